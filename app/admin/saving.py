"""AddEditPages: validate a form and run its service; on an error show the form again with all input."""

from __future__ import annotations

import secrets
from collections.abc import Callable, Mapping, Sequence
from typing import Any, NoReturn

from flask import abort, flash, redirect, request, url_for
from flask_appbuilder import expose
from flask_babel import gettext as _
from flask_login import current_user
from markupsafe import Markup
from werkzeug.datastructures import FileStorage
from werkzeug.wrappers import Response

from app.admin import fields, idempotency, registry
from app.admin.access_log import log_denied_record, log_view
from app.admin.drafts import discard_draft
from app.admin.form_page import HIDDEN_FIELDS, FormPage, PortalForm, SaveResult
from app.admin.permissions import permission_required
from app.admin.rows import HiddenIds, is_collection
from app.admin.values import render_value
from app.core import files
from app.core.errors import Conflict, Forbidden, PortalError
from app.db import errors, unavailable
from app.db.records import create, update
from app.db.stored_files import discard_stored_files, record_stored_files
from app.db.transaction import transaction
from app.extensions import db


class AddEditPages(FormPage):
    """Add and edit routes: one transaction, opened and ended here, around the view's service."""

    add_service: Callable[..., Any] | None = None
    edit_service: Callable[..., Any] | None = None

    @expose("/add", methods=["GET", "POST"])
    @permission_required("add")
    def add(self) -> Response | tuple[str, int]:
        """Show the empty form, or save a record; a form key that was used before leads to its record."""
        if request.method != "POST":
            form = self.bind_form(self.add_form, data=self._prefill_from_query())
            form.form_key.data = secrets.token_urlsafe(32)
            self.log_prefilled_records(form)
            return self.form_page("add", form, self.add_title, SaveResult())
        form = self.bind_form(self.add_form)
        key, table = (
            str(form.form_key.data or "")[: idempotency.FORM_KEY_LENGTH],
            self.datamodel.obj.__tablename__,
        )
        typed_hash = idempotency.hash_fields(dict(request.form.lists()))
        if key and (receipt := idempotency.find_receipt(key, entity=table, by=current_user)):
            return self._duplicate_response(form, receipt, typed_hash)

        service = self._build_idempotent_service(key, table, typed_hash)
        result = self.run_service(form, self.add_columns, service, check=self.check_form)
        if result.item is None:
            if key and (receipt := idempotency.find_receipt(key, entity=table, by=current_user)):
                return self._duplicate_response(form, receipt, typed_hash)
            # A key that another user or form has used would be refused on every attempt.
            form.form_key.data = (
                key if key and not idempotency.is_key_used(key) else secrets.token_urlsafe(32)
            )
            return self.form_page("add", form, self.add_title, result)
        return self.success_response(result, _("Saved."), self._get_url_after_add(result.item_id))

    def _build_idempotent_service(
        self, form_key: str, table: str, typed_hash: str
    ) -> Callable[[Mapping[str, Any]], Any]:
        """Wrap the add service so that one form key creates one record."""

        def run_once(data: Mapping[str, Any]) -> Any:
            if form_key:
                idempotency.claim_key(form_key)
            service = type(self).add_service or (lambda data, *, by: create(self.datamodel.obj, data, by=by))
            item = service(data, by=current_user)
            if form_key:
                idempotency.save_receipt(
                    form_key, entity=table, entity_id=item.id, typed_hash=typed_hash, by=current_user
                )
            return item

        return run_once

    def check_form(self, form: PortalForm) -> None:
        """Hook: raise PortalError to refuse a new record before its transaction; own writes are kept."""

    def success_response(self, result: SaveResult, message: str, url: str) -> Response | tuple[str, int]:
        """Flash the message and redirect, or render the one-time message."""
        # Rendered in this response: a flashed text would be stored in the session cookie.
        one_time_text = (
            type(self).one_time_message(result.item) if type(self).one_time_message is not None else None
        )
        if one_time_text is None:
            flash(message, "success")
            notice = type(self).save_notice(result.item) if type(self).save_notice is not None else None
            if notice:
                flash(notice, "warning")
            return redirect(url)
        item, title = result.item, self.option_text(result.item)
        page = self.render_template(
            "one_time_message.html",
            title=title,
            sentence=one_time_text,
            target=url,
            crumbs=self.crumbs(item),
            view=self,
        )
        return str(page), 200

    def _get_url_after_add(self, pk: int | None) -> str:
        """Return the detail page, or the form of the transition that the second button requested."""
        transition_name = request.form.get("then") if self.next_transition() else None
        page = (
            f"move_{transition_name}"
            if self.save_and_next and transition_name == self.save_and_next[0]
            else "show"
        )
        return url_for(f"{self.endpoint}.{page}", pk=pk)

    def _duplicate_response(
        self, form: PortalForm, receipt: idempotency.FormReceipt, typed_hash: str
    ) -> Response | tuple[str, int]:
        """Redirect a double click to its record; ask before saving a second record.

        The latter occurs if the user went *back* in the browser, changed the saved form and sent it again.
        """
        page = url_for(f"{self.endpoint}.show", pk=receipt.entity_id)
        if receipt.typed_hash == typed_hash:
            return redirect(self._get_url_after_add(receipt.entity_id))
        message = _("This form was saved before you changed it. Save again only to record a second one.")
        result = self._build_error_result(form, Conflict(message, link=(page, _("Open what was saved"))))
        form.form_key.data = secrets.token_urlsafe(32)
        return self.form_page("add", form, self.add_title, result)

    @expose("/edit/<int:pk>", methods=["GET", "POST"])
    @permission_required("edit")
    def edit(self, pk: int) -> Response | tuple[str, int]:
        """Show the filled form, or save the changed record."""
        item = self.get_or_404(pk)
        if not self.is_editable(item):
            self.deny_record(item, "edit")
        restricted = self.restricted_columns(item)
        form = self.remove_fields(self.bind_form(self.edit_form, obj=item), restricted)
        if request.method != "POST":
            self.set_version(form, item)
            log_view(self, pk, "edit")
            return self.form_page("edit", form, self.edit_title, SaveResult(), item)
        names = [name for name in self.edit_columns if name not in restricted]
        result = self.version_conflict(form, item, names)
        if result is None:
            service = type(self).edit_service or update
            result = self.run_service(form, names, lambda data: service(item, data, by=current_user), item)
            if result.status == Conflict.status:
                result = self.version_conflict(form, self.get_or_404(pk), names) or result
        if result.item is None:
            log_view(self, pk, "edit")
            return self.form_page("edit", form, self.edit_title, result, item)
        return self.success_response(result, _("Saved."), self.return_url(form, pk))

    def deny_record(self, item: Any, page: str) -> NoReturn:
        """Log the denial and answer 403; raise Forbidden if `explain_refusal` gives a message."""
        log_denied_record(self, item.id, page)
        explain = type(self).explain_refusal
        explanation = explain(item, current_user) if explain is not None else None
        if explanation is None:
            abort(403)
        raise Forbidden(explanation)

    def run_service(
        self,
        form: PortalForm,
        names: Sequence[str],
        service: Callable[[Mapping[str, Any]], Any],
        shown_item: Any = None,
        check: Callable[[PortalForm], None] | None = None,
    ) -> SaveResult:
        """Run the service in one transaction; an error undoes everything and keeps the input.

        `names` are the fields passed to the service. `shown_item` is the record that must not have changed.
        `check` runs before the transaction. Uploads are stored first and deleted if the transaction fails.
        """
        if unavailable.RESUBMIT_FIELD in request.form:
            return SaveResult(problems=[(None, None, _get_outage_notice(), None)])
        if not form.validate():
            return SaveResult(problems=_list_field_errors(form))
        saved_files: list[files.SavedFile] = []
        expected_version = None if shown_item is None else (shown_item, shown_item.version)
        uploads = [form[name] for name in names if isinstance(form[name], fields.UploadField)]
        try:
            if check is not None:
                check(form)
            if uploads:
                db.session.rollback()  # release our lock: checking and writing a file takes long
            data = self._collect_data(form, names, saved_files)
            with transaction(by=current_user, expected_version=expected_version):
                item = service(data)
                record_stored_files(saved_files)
                discard_draft(current_user.actor_id, request.path)
                self.discard_add_draft()
                result = SaveResult(item=item, item_id=item.id, status=302)
                discard_stored_files(upload.object_data for upload in uploads if _is_replaced(item, upload))
        except Exception as error:
            # If the connection was lost, the transaction may have been committed: keep the files then.
            if unavailable.get_outage_status(error) != unavailable.DATABASE_BUSY:
                _discard_files(_list_file_keys(saved_files))
            return self._build_error_result(form, errors.to_portal_error(error))
        except BaseException:
            _discard_files(_list_file_keys(saved_files))
            raise
        _finalize_files(saved_files)
        return result

    def _collect_data(
        self, form: PortalForm, names: Sequence[str], saved_files: list[files.SavedFile]
    ) -> dict[str, Any]:
        data = {}
        for name in names:
            value = form[name].data
            if isinstance(form[name], fields.UploadField):
                if not isinstance(value, FileStorage):
                    continue  # an empty file field keeps the stored file
                value = _store_upload(value, name, saved_files)
            data[name] = value
        return data

    def _build_error_result(self, form: PortalForm, error: PortalError) -> SaveResult:
        name = error.field if error.field in form else None
        if name is not None:
            form[name].errors = [*form[name].errors, error.message]
            form[name].error_link = error.link
        label = form[name].label.text if name is not None else None
        return SaveResult(
            status=error.status,
            problems=[
                (form[name].id if name else None, label, error.message, error.link),
                *((None, None, "", link) for link in error.links),
            ],
        )

    def version_conflict(self, form: PortalForm, item: Any, names: Sequence[str]) -> SaveResult | None:
        """Return the conflict if another user saved the record since the form was opened, else None."""
        if request.form.get("version") == str(item.version):  # form.version falls back to the record
            return None
        result = self._build_error_result(
            form,
            Conflict(
                _("Somebody else changed this record meanwhile. Nothing of yours is lost: compare and save.")
            ),
        )
        compared_names = [name for name in names if not isinstance(form[name], fields.UploadField)]
        yours = {name: form[name].data for name in compared_names}
        theirs = {name: getattr(item, name, None) for name in compared_names}
        hidden_ids = self.find_hidden_ids([yours, theirs])
        result.conflict = [
            (
                self.label_columns[name],
                *(self._render_conflict_value(name, values[name], hidden_ids) for values in (yours, theirs)),
            )
            for name in compared_names
            if (yours[name] or None) != (theirs[name] or None)
        ]
        form.version.data = str(item.version)
        return result

    def _render_conflict_value(self, name: str, value: Any, hidden_ids: HiddenIds) -> Markup:
        elements = value if is_collection(value) else [value]
        return Markup(", ").join(
            self._render_related_text(element, hidden_ids)
            if registry.is_record(element)
            else render_value(element, self.columns.get(name))
            for element in elements
        )


def _get_outage_notice() -> str:
    return str(_("Here is what you typed; it has not been saved yet. Choose a file again, if there was one."))


def _is_replaced(item: Any, field: fields.UploadField) -> bool:
    """Return whether the record references another file than when its form was bound."""
    return bool(getattr(item, field.name, field.object_data) != field.object_data)


def _discard_files(keys: Sequence[str]) -> None:
    for key in keys:
        files.delete_file(key)


def _finalize_files(saved_files: Sequence[files.SavedFile]) -> None:
    """Move uploads of committed records to their final names; report lost animation frames."""
    files.finish_uploads(_list_file_keys(saved_files))
    if any(saved_file.is_first_frame for saved_file in saved_files):
        flash(_("The picture was an animation; only its first frame is kept."), "info")


def _list_file_keys(saved_files: Sequence[files.SavedFile]) -> list[str]:
    return [saved_file.key for saved_file in saved_files]


def _store_upload(upload: FileStorage, name: str, saved_files: list[files.SavedFile]) -> str:
    try:
        saved = files.save_upload(upload)
    except PortalError as error:
        error.field = name
        raise
    saved_files.append(saved)
    return saved.key


def _list_field_errors(form: PortalForm) -> list[tuple[str | None, Any, Any, Any]]:
    return [
        (bound_field.id, bound_field.label.text, bound_field.errors[0], None)
        for bound_field in form
        if bound_field.errors and bound_field.name not in HIDDEN_FIELDS
    ]
