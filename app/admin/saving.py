"""From form to verb: the one place where what was typed becomes a record, or comes back whole."""

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
    """Adding and editing: one transaction, opened and ended here, around the room's verb."""

    add_service: Callable[..., Any] | None = None
    edit_service: Callable[..., Any] | None = None

    @expose("/add", methods=["GET", "POST"])
    @permission_required("add")
    def add(self) -> Response | tuple[str, int]:
        """The empty form, or the saved record."""
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
        typed = idempotency.hash_fields(dict(request.form.lists()))
        if key and (receipt := idempotency.find_receipt(key, entity=table, by=current_user)):
            return self._duplicate_response(form, receipt, typed)

        verb = self._build_idempotent_service(key, table, typed)
        outcome = self.run_service(form, self.add_columns, verb, check=self.check_form)
        if outcome.item is None:
            if key and (receipt := idempotency.find_receipt(key, entity=table, by=current_user)):
                return self._duplicate_response(form, receipt, typed)
            # A key that somebody else has used would be refused for ever.
            form.form_key.data = (
                key if key and not idempotency.is_key_used(key) else secrets.token_urlsafe(32)
            )
            return self.form_page("add", form, self.add_title, outcome)
        return self.success_response(outcome, _("Saved."), self._get_url_after_add(outcome.item_id))

    def _build_idempotent_service(
        self, form_key: str, table: str, typed_hash: str
    ) -> Callable[[Mapping[str, Any]], Any]:
        """Wrap the add service so that it makes one record for one form key."""

        def run_once(data: Mapping[str, Any]) -> Any:
            if form_key:
                idempotency.claim_key(form_key)
            made = type(self).add_service or (lambda data, *, by: create(self.datamodel.obj, data, by=by))
            item = made(data, by=current_user)
            if form_key:
                idempotency.save_receipt(
                    form_key, entity=table, entity_id=item.id, typed_hash=typed_hash, by=current_user
                )
            return item

        return run_once

    def check_form(self, form: PortalForm) -> None:
        """Refuse a new record before its transaction begins; what this itself writes down stays."""

    def success_response(self, result: SaveResult, message: str, url: str) -> Response | tuple[str, int]:
        """To the next page; but what is told only once is told here: on the way it would be in the cookie."""
        once = type(self).one_time_message(result.item) if type(self).one_time_message is not None else None
        if once is None:
            flash(message, "success")
            notice = type(self).save_notice(result.item) if type(self).save_notice is not None else None
            if notice:
                flash(notice, "warning")
            return redirect(url)
        item, title = result.item, self.option_text(result.item)
        page = self.render_template(
            "one_time_message.html",
            title=title,
            sentence=once,
            target=url,
            crumbs=self.crumbs(item),
            view=self,
        )
        return str(page), 200

    def _get_url_after_add(self, pk: int | None) -> str:
        """The record's page, or the form of the move that was asked for with the same press."""
        move = request.form.get("then") if self.next_transition() else None
        page = f"move_{move}" if self.save_and_next and move == self.save_and_next[0] else "show"
        return url_for(f"{self.endpoint}.{page}", pk=pk)

    def _duplicate_response(
        self, form: PortalForm, receipt: idempotency.FormReceipt, typed_hash: str
    ) -> Response | tuple[str, int]:
        """A double click leads to the record; a form that was sent, left by *back* and changed is asked."""
        page = url_for(f"{self.endpoint}.show", pk=receipt.entity_id)
        if receipt.typed_hash == typed_hash:
            return redirect(self._get_url_after_add(receipt.entity_id))
        sentence = _("This form was saved before you changed it. Save again only to record a second one.")
        outcome = self._build_error_result(form, Conflict(sentence, link=(page, _("Open what was saved"))))
        form.form_key.data = secrets.token_urlsafe(32)
        return self.form_page("add", form, self.add_title, outcome)

    @expose("/edit/<int:pk>", methods=["GET", "POST"])
    @permission_required("edit")
    def edit(self, pk: int) -> Response | tuple[str, int]:
        """The filled form, or the changed record."""
        item = self.get_or_404(pk)
        if not self.is_editable(item):
            self.deny_record(item, "edit")
        withheld = self.restricted_columns(item)
        form = self.remove_fields(self.bind_form(self.edit_form, obj=item), withheld)
        if request.method != "POST":
            self.set_version(form, item)
            log_view(self, pk, "edit")
            return self.form_page("edit", form, self.edit_title, SaveResult(), item)
        names = [name for name in self.edit_columns if name not in withheld]
        outcome = self.version_conflict(form, item, names)
        if outcome is None:
            verb = type(self).edit_service or update
            outcome = self.run_service(form, names, lambda data: verb(item, data, by=current_user), item)
            if outcome.status == Conflict.status:
                outcome = self.version_conflict(form, self.get_or_404(pk), names) or outcome
        if outcome.item is None:
            log_view(self, pk, "edit")
            return self.form_page("edit", form, self.edit_title, outcome, item)
        return self.success_response(outcome, _("Saved."), self.return_url(form, pk))

    def deny_record(self, item: Any, page: str) -> NoReturn:
        """Answer 403 and log it; raise Forbidden where the room can say why its row rule refuses."""
        log_denied_record(self, item.id, page)
        explain = type(self).explain_refusal
        sentence = explain(item, current_user) if explain is not None else None
        if sentence is None:
            abort(403)
        raise Forbidden(sentence)

    def run_service(
        self,
        form: PortalForm,
        names: Sequence[str],
        service: Callable[[Mapping[str, Any]], Any],
        shown_item: Any = None,
        check: Callable[[PortalForm], None] | None = None,
    ) -> SaveResult:
        """Run the verb in one transaction; a refusal undoes all and keeps what was typed."""
        if unavailable.RESUBMIT_FIELD in request.form:
            return SaveResult(problems=[(None, None, _get_outage_notice(), None)])
        if not form.validate():
            return SaveResult(problems=_list_field_errors(form))
        kept: list[files.SavedFile] = []
        seen = None if shown_item is None else (shown_item, shown_item.version)
        uploads = [form[name] for name in names if isinstance(form[name], fields.UploadField)]
        try:
            if check is not None:
                check(form)
            if uploads:
                db.session.rollback()  # nobody should wait for our lock while a file is checked and written
            data = self._collect_data(form, names, kept)
            with transaction(by=current_user, expected_version=seen):
                item = service(data)
                record_stored_files(kept)
                discard_draft(current_user.actor_id, request.path)
                self.discard_add_draft()
                outcome = SaveResult(item=item, item_id=item.id, status=302)
                discard_stored_files(one.object_data for one in uploads if _is_replaced(item, one))
        except Exception as fault:
            if (
                unavailable.get_outage_status(fault) != unavailable.DATABASE_BUSY
            ):  # who lost the database cannot know what it saved
                _discard_files(_list_file_keys(kept))
            return self._build_error_result(form, errors.to_portal_error(fault))
        except BaseException:
            _discard_files(_list_file_keys(kept))
            raise
        _finalize_files(kept)
        return outcome

    def _collect_data(
        self, form: PortalForm, names: Sequence[str], saved_files: list[files.SavedFile]
    ) -> dict[str, Any]:
        data = {}
        for name in names:
            value = form[name].data
            if isinstance(form[name], fields.UploadField):
                if not isinstance(value, FileStorage):
                    continue  # an empty file field keeps the file that is there
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
        """Compare the form's version with the record's: None when nobody was faster."""
        if request.form.get("version") == str(item.version):  # the field itself would fall back on the record
            return None
        outcome = self._build_error_result(
            form,
            Conflict(
                _("Somebody else changed this record meanwhile. Nothing of yours is lost: compare and save.")
            ),
        )
        compared = [name for name in names if not isinstance(form[name], fields.UploadField)]
        yours = {name: form[name].data for name in compared}
        theirs = {name: getattr(item, name, None) for name in compared}
        hidden = self.find_hidden_ids([yours, theirs])
        outcome.conflict = [
            (
                self.label_columns[name],
                *(self._render_conflict_value(name, side[name], hidden) for side in (yours, theirs)),
            )
            for name in compared
            if (yours[name] or None) != (theirs[name] or None)
        ]
        form.version.data = str(item.version)
        return outcome

    def _render_conflict_value(self, name: str, value: Any, hidden_ids: HiddenIds) -> Markup:
        many = value if is_collection(value) else [value]
        return Markup(", ").join(
            self._render_related_text(one, hidden_ids)
            if registry.is_record(one)
            else render_value(one, self.columns.get(name))
            for one in many
        )


def _get_outage_notice() -> str:
    return str(_("Here is what you typed; it has not been saved yet. Choose a file again, if there was one."))


def _is_replaced(item: Any, field: fields.UploadField) -> bool:
    """Return whether the record names another file now than when its form was read."""
    return bool(getattr(item, field.name, field.object_data) != field.object_data)


def _discard_files(keys: Sequence[str]) -> None:
    for key in keys:
        files.delete_file(key)


def _finalize_files(saved_files: Sequence[files.SavedFile]) -> None:
    """Give the files of saved records their own names, and say what is missing of them."""
    files.finish_uploads(_list_file_keys(saved_files))
    if any(one.is_first_frame for one in saved_files):
        flash(_("The picture was an animation; only its first frame is kept."), "info")


def _list_file_keys(saved_files: Sequence[files.SavedFile]) -> list[str]:
    return [one.key for one in saved_files]


def _store_upload(upload: FileStorage, name: str, saved_files: list[files.SavedFile]) -> str:
    try:
        saved = files.save_upload(upload)
    except PortalError as refusal:
        refusal.field = name
        raise
    saved_files.append(saved)
    return saved.key


def _list_field_errors(form: PortalForm) -> list[tuple[str | None, Any, Any, Any]]:
    return [
        (one.id, one.label.text, one.errors[0], None)
        for one in form
        if one.errors and one.name not in HIDDEN_FIELDS
    ]
