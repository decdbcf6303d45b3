"""FormPage: add and edit forms, filled from the record, the query string or a draft."""

from __future__ import annotations

import secrets
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from flask import flash, redirect, request, url_for
from flask_babel import gettext as _
from flask_login import current_user
from werkzeug.datastructures import MultiDict
from werkzeug.wrappers import Response

from app.admin import choice_fields, fields, idempotency, registry
from app.admin.access_log import log_view
from app.admin.draft_forms import DraftForms
from app.admin.drafts import FormDraft, find_draft, list_form_fields
from app.admin.forms import HIDDEN_FIELDS, PortalForm
from app.admin.links import Link
from app.admin.permissions import can, get_local_path
from app.admin.registry import View
from app.admin.saving import SaveResult, build_error_result, find_version_conflict, run_service
from app.core import formats
from app.core.errors import Conflict
from app.core.records import RecordLink, RecordRef
from app.db.records import create, update

Page = Response | tuple[str, int]
"""Redirect, or HTML and status."""


@dataclass(frozen=True, slots=True)
class FieldGroup:
    """Titled group of bound fields."""

    title: Any
    fields: Sequence[Any]
    is_open: bool = True


class FormPage:
    """Add and edit pages of one view; transitions bind and render their forms here, too."""

    def __init__(self, view: View, draft_forms: DraftForms) -> None:
        self.view, self.draft_forms = view, draft_forms

    # Add

    def add(self) -> Page:
        """Show the empty form, or save a record; a form key that was used before leads to its record."""
        view = self.view
        if request.method != "POST":
            form = self.bind(view.add_form, data=self._prefill_from_query())
            form.form_key.data = secrets.token_urlsafe(32)
            self._log_prefilled_records(form)
            return self.render("add", form, view.add_title, SaveResult())
        form, table = self.bind(view.add_form), view.datamodel.obj.__tablename__
        key = str(form.form_key.data or "")[: idempotency.FORM_KEY_LENGTH]
        typed_hash = idempotency.hash_fields(dict(request.form.lists()))
        if key and (receipt := idempotency.find_receipt(key, entity=table, by=current_user)):
            return self._respond_to_duplicate(form, receipt, typed_hash)
        service = self._build_idempotent_service(key, table, typed_hash)
        result = run_service(view, form, view.add_columns, service, check=view.check_form)
        if result.item is None:
            if key and (receipt := idempotency.find_receipt(key, entity=table, by=current_user)):
                return self._respond_to_duplicate(form, receipt, typed_hash)
            # A key that another user or form has used would be refused on every attempt.
            form.form_key.data = (
                key if key and not idempotency.is_key_used(key) else secrets.token_urlsafe(32)
            )
            return self.render("add", form, view.add_title, result)
        return self.respond_to_success(result, _("Saved."), self._get_url_after_add(result.item_id))

    def _build_idempotent_service(
        self, form_key: str, table: str, typed_hash: str
    ) -> Callable[[Mapping[str, Any]], Any]:
        """Wrap the add service so that one form key creates one record."""
        model, add_service = self.view.datamodel.obj, type(self.view).add_service

        def run_once(data: Mapping[str, Any]) -> Any:
            if form_key:
                idempotency.claim_key(form_key)
            item = (
                create(model, data, by=current_user)
                if add_service is None
                else add_service(data, by=current_user)
            )
            if form_key:
                idempotency.save_receipt(
                    form_key, entity=table, entity_id=item.id, typed_hash=typed_hash, by=current_user
                )
            return item

        return run_once

    def _respond_to_duplicate(
        self, form: PortalForm, receipt: idempotency.FormReceipt, typed_hash: str
    ) -> Page:
        """Redirect a double click to its record; ask before saving a second record.

        The latter occurs if the user went *back* in the browser, changed the saved form and sent it again.
        """
        if receipt.typed_hash == typed_hash:
            return redirect(self._get_url_after_add(receipt.entity_id))
        message = _("This form was saved before you changed it. Save again only to record a second one.")
        link = RecordLink(RecordRef(self.view.datamodel.obj, receipt.entity_id), _("Open what was saved"))
        result = build_error_result(form, Conflict(message, link=link))
        form.form_key.data = secrets.token_urlsafe(32)
        return self.render("add", form, self.view.add_title, result)

    def _get_url_after_add(self, pk: int | None) -> str:
        """Return the detail page, or the form of the transition that the second button requested."""
        next_transition = self._get_next_transition()
        is_next = next_transition is not None and request.form.get("then") == next_transition[0]
        page = f"move_{next_transition[0]}" if next_transition is not None and is_next else "show"
        return url_for(f"{self.view.endpoint}.{page}", pk=pk)

    def _get_next_transition(self) -> tuple[str, Any] | None:
        """Return `save_and_next` if the user has the permission for its transition, else None."""
        declared = self.view.save_and_next
        return declared if declared and can(self.view, declared[0]) else None

    def _prefill_from_query(self) -> dict[str, Any]:
        """Read relations and enum codes from the query string (`/cases/add?client=5`).

        Other fields are ignored: a URL must not contain personal data.
        """
        form = self.view.add_form(formdata=None)
        prefill = {}
        for name in set(self.view.add_columns) & set(request.args):
            if isinstance(form[name], choice_fields.RecordSelectField | choice_fields.EnumSelectField):
                form[name].process(request.args)
                if not form[name].process_errors and form[name].data:
                    prefill[name] = form[name].data
        return prefill

    def _log_prefilled_records(self, form: PortalForm) -> None:
        """Log a view of each record that the query string selects, as the form shows its name."""
        for bound_field in form:
            if registry.is_record(bound_field.data) and (view := registry.find_view(type(bound_field.data))):
                log_view(view, bound_field.data.id, "add")

    # Edit

    def edit(self, pk: int) -> Page:
        """Show the filled form, or save the changed record."""
        view = self.view
        item = view.get_or_404(pk)
        if not view.is_editable(item):
            view.deny_record(item, "edit")
        restricted = view.restricted_columns(item)
        form = _remove_fields(self.bind(view.edit_form, obj=item), restricted)
        if request.method != "POST":
            self.set_version(form, item)
            log_view(view, pk, "edit")
            return self.render("edit", form, view.edit_title, SaveResult(), item)
        names = [name for name in view.edit_columns if name not in restricted]
        result = find_version_conflict(view, form, item, names)
        if result is None:
            service = type(view).edit_service or update
            result = run_service(
                view, form, names, lambda data: service(item, data, by=current_user), shown_item=item
            )
            if result.status == Conflict.status:
                result = find_version_conflict(view, form, view.get_or_404(pk), names) or result
        if result.item is None:
            log_view(view, pk, "edit")
            return self.render("edit", form, view.edit_title, result, item)
        return self.respond_to_success(result, _("Saved."), self.get_return_url(form, pk))

    # Shared by add, edit and transitions

    def bind(
        self, form: type[PortalForm], *, obj: Any = None, data: Mapping[str, Any] | None = None
    ) -> PortalForm:
        """Bind the form to the submitted data, else to the user's draft of this page, else to the record."""
        if request.method == "POST":
            return form(obj=obj, data=data)
        draft = self._find_requested_draft() if "draft" in request.args else None
        if draft is None:
            return form(formdata=None, obj=obj, data=data)
        bound_form = form(formdata=MultiDict(list_form_fields(draft)), obj=obj, data=data)
        bound_form.draft_saved_at = draft.saved_at
        return bound_form

    def _find_requested_draft(self) -> FormDraft | None:
        """Return the newest draft of this page: kept during typing, or when the session had expired."""
        is_add_page = request.path == f"{self.view.route_base}/add"
        drafts = [
            self.draft_forms.find() if is_add_page else None,
            find_draft(current_user.actor_id, request.path),
        ]
        found = [draft for draft in drafts if draft is not None]
        return max(found, key=lambda draft: draft.saved_at, default=None)

    def set_version(self, form: PortalForm, item: Any) -> None:
        """Store the version of the record and the return URL in an opened form.

        A draft keeps its own version, which may be older by now.
        """
        form.version.data = form.version.data or str(item.version)
        form.next.data = form.next.data or _get_referrer_path()

    def get_return_url(self, form: PortalForm, pk: int) -> str:
        """Return the previous page, else the detail page; the list page if the record is hidden by now."""
        view = self.view
        if view.datamodel.get(pk, view._base_filters) is None:
            return url_for(f"{view.endpoint}.list")
        return get_local_path(form.next.data) or url_for(f"{view.endpoint}.show", pk=pk)

    def respond_to_success(self, result: SaveResult, message: str, url: str) -> Page:
        """Flash the message and redirect, or render the one-time message."""
        view = self.view
        one_time_message, save_notice = type(view).one_time_message, type(view).save_notice
        # Rendered in this response: a flashed text would be stored in the session cookie.
        one_time_text = one_time_message(result.item) if one_time_message is not None else None
        if one_time_text is not None:
            page = view.render_template(
                "one_time_message.html",
                title=view.option_text(result.item),
                sentence=one_time_text,
                target=url,
                crumbs=view.crumbs(result.item),
                view=view,
            )
            return str(page), 200
        flash(message, "success")
        notice = save_notice(result.item) if save_notice is not None else None
        if notice:
            flash(notice, "warning")
        return redirect(url)

    def render(
        self,
        page_kind: str,
        form: PortalForm,
        title: Any,
        result: SaveResult,
        item: Any = None,
        *,
        groups: Sequence[FieldGroup] | None = None,
        notice: Any = None,
        submit_label: Any = None,
        is_dangerous: bool = False,
    ) -> tuple[str, int]:
        """Render a form with its errors; return the HTML and the status.

        `page_kind` is `add`, `edit` or `move` (the form of a transition).
        """
        view, is_add_page = self.view, page_kind == "add"
        draft_saved_at = getattr(form, "draft_saved_at", None)
        widget = view.add_widget(
            form=form,
            groups=self._group_declared_fields(page_kind, form) if groups is None else groups,
            width=view.field_width,
            errors=result.problems,
            conflict=result.conflict,
            submit_label=submit_label or (view.add_submit_label if is_add_page else None),
            cancel_url=self._get_cancel_url(item),
            multipart=any(isinstance(bound_field, fields.UploadField) for bound_field in form),
            action=request.path,
            hidden_fields=[form[name] for name in HIDDEN_FIELDS if name in form],
            saved_at=formats.format_instant(draft_saved_at) if draft_saved_at else None,
            notice=_("Here is what you had typed and not saved.") if draft_saved_at else notice,
            notice_link=self._build_draft_link() if is_add_page and not draft_saved_at else None,
            draft_url=f"{view.route_base}/draft" if is_add_page and view.autosave else None,
            danger=is_dangerous,
            next_transition=self._get_next_transition() if is_add_page else None,
            view=view,
        )
        page = view.render_template(
            view.add_template if is_add_page else view.edit_template,
            title=title,
            widgets={"add": widget, "edit": widget},
            crumbs=view.crumbs(item, title),
            view=view,
        )
        return str(page), 200 if result.status == 302 else result.status

    def _get_cancel_url(self, item: Any) -> str:
        endpoint = self.view.endpoint
        return url_for(f"{endpoint}.list") if item is None else url_for(f"{endpoint}.show", pk=item.id)

    def _build_draft_link(self) -> Link | None:
        """Return the link from an empty add form to the user's draft, or None."""
        draft = self.draft_forms.find() if request.method == "GET" else None
        if draft is None:
            return None
        text = _(
            "You began to write here, kept %(time)s. Go on with it",
            time=formats.format_instant(draft.saved_at),
        )
        query_args: dict[str, Any] = {**request.args.to_dict(), "draft": 1}
        return Link(url_for(f"{self.view.endpoint}.add", **query_args), text)

    def _group_declared_fields(self, page_kind: str, form: PortalForm) -> list[FieldGroup]:
        view = self.view
        fieldsets, columns = (
            (view.add_fieldsets, view.add_columns)
            if page_kind == "add"
            else (view.edit_fieldsets, view.edit_columns)
        )
        return group_fields(fieldsets or [(None, {"fields": columns})], form)


def group_fields(fieldsets: Sequence[tuple[Any, Mapping[str, Any]]], form: PortalForm) -> list[FieldGroup]:
    """Bind the declared groups; omit those without fields and those whose `when(form)` is false."""
    groups = []
    for title, declared in fieldsets:
        bound_fields = [form[name] for name in declared["fields"] if name in form]
        is_wanted = declared.get("when") is None or declared["when"](form)
        if bound_fields and is_wanted:
            # A collapsed group that contains an error is open: the user would not look for it.
            has_errors = any(bound_field.errors for bound_field in bound_fields)
            groups.append(FieldGroup(title, bound_fields, bool(declared.get("expanded", True)) or has_errors))
    return groups


def _remove_fields(form: PortalForm, names: Iterable[str]) -> PortalForm:
    """Delete fields from a bound form: they are neither shown nor read from the request."""
    for name in names:
        if name in form:
            del form[name]
    return form


def _get_referrer_path() -> str:
    """Return the portal page from which the form was opened, or an empty string."""
    path = get_local_path(request.referrer) or ""
    page = path.split("?")[0]
    return "" if page == request.path or "/edit/" in page or page.endswith("/add") else path
