"""FormPage: forms filled from the record, the query string or a draft, with errors beside the fields."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from flask import request, url_for
from flask_appbuilder.forms import DynamicForm
from flask_babel import gettext as _
from flask_login import current_user
from markupsafe import Markup
from werkzeug.datastructures import MultiDict
from wtforms import HiddenField
from wtforms.validators import InputRequired, Optional

from app.admin import choice_fields, fields, registry
from app.admin.access_log import log_view
from app.admin.draft_forms import DraftForms
from app.admin.drafts import find_draft, list_form_fields
from app.admin.form_converter import PortalConverter
from app.admin.permissions import can, get_local_path
from app.core import formats

FieldGroups = list[tuple[Any, list[Any], bool]]
"""(title, bound fields, is open) of each group of a form."""


class PrintableHiddenField(HiddenField):
    """Hidden field with a value that the page wrote itself; unprintable input is not from the page."""

    def process_formdata(self, valuelist: list[Any]) -> None:
        """Replace an unprintable value by an empty one."""
        if valuelist:
            self.data = valuelist[0] if str(valuelist[0]).isprintable() else ""


class PortalForm(DynamicForm):
    """Form with the version of the shown record, an idempotency key and the return URL."""

    version = PrintableHiddenField()
    form_key = PrintableHiddenField()
    next = PrintableHiddenField()


HIDDEN_FIELDS = ("csrf_token", "version", "form_key", "next")


def build_form_class(
    view: Any, converter: PortalConverter, names: list[str], required: Sequence[str] = ()
) -> type[PortalForm]:
    """Build the form of these columns and extra fields; `required` names those that must be filled."""
    validators = {name: list(view.validators_columns.get(name, [])) for name in names}
    base_form = converter.create_form(
        view.label_columns, names, view.description_columns, validators, view.extra_fields
    )
    body = {name: getattr(base_form, name) for name in names}
    for name in required:
        body[name] = _make_required(body[name], **({} if name in view.extra_fields else {"default": None}))
    return type("PortalForm", (PortalForm,), body)


def _make_required(unbound_field: Any, **overrides: Any) -> Any:
    """Copy a field as a required one, although other forms may leave it blank.

    The default of a column is no answer of the user (`default=None`); extra fields keep the declared one.
    """
    other_validators = [
        validator
        for validator in unbound_field.kwargs.get("validators") or ()
        if not isinstance(validator, Optional)
    ]
    return unbound_field.field_class(
        *unbound_field.args,
        **{**unbound_field.kwargs, **overrides, "validators": [InputRequired(), *other_validators]},
    )


@dataclass
class SaveResult:
    """Result of a submitted form: the record, or the errors to show above and beside the fields."""

    item: Any = None
    item_id: int | None = None
    status: int = 200
    problems: list[tuple[str | None, Any, Any, Any]] = field(default_factory=list)
    """(field id or None, label, message, link) for the error summary above the form."""
    conflict: list[tuple[Any, Markup, Markup]] | None = None
    """(label, user's value, stored value) of each field, if another user saved first."""


class FormPage(DraftForms):
    """Binding and rendering shared by add, edit and transition forms."""

    def bind_form(
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

    def remove_fields(self, form: PortalForm, names: Iterable[str]) -> PortalForm:
        """Delete fields from a bound form: they are neither shown nor read from the request."""
        for name in names:
            if name in form:
                del form[name]
        return form

    def _find_requested_draft(self) -> Any:
        is_add_page = request.path == f"{self.route_base}/add"
        drafts = [
            self.find_add_draft() if is_add_page else None,
            find_draft(current_user.actor_id, request.path),
        ]
        return max(filter(None, drafts), key=lambda draft: draft.saved_at, default=None)

    def set_version(self, form: PortalForm, item: Any) -> None:
        """Store the version of the record and the return URL in an opened form.

        A draft keeps its own version, which may be older by now.
        """
        form.version.data = form.version.data or str(item.version)
        form.next.data = form.next.data or self.referrer_path()

    def _prefill_from_query(self) -> dict[str, Any]:
        """Read relations and enum codes from the query string (`/cases/add?client=5`).

        Other fields are ignored: a URL must not contain personal data.
        """
        form = self.add_form(formdata=None)
        prefill = {}
        for name in set(self.add_columns) & set(request.args):
            if isinstance(form[name], choice_fields.RecordSelectField | choice_fields.EnumSelectField):
                form[name].process(request.args)
                if not form[name].process_errors and form[name].data:
                    prefill[name] = form[name].data
        return prefill

    def log_prefilled_records(self, form: PortalForm) -> None:
        """Log a view of each record that the query string selects, as the form shows its name."""
        for bound_field in form:
            if registry.is_record(bound_field.data) and (view := registry.find_view(type(bound_field.data))):
                log_view(view, bound_field.data.id, "add")

    def return_url(self, form: PortalForm, pk: int) -> str:
        """Return the previous page, else the detail page; the list page if the record is hidden by now."""
        if self.datamodel.get(pk, self._base_filters) is None:
            return url_for(f"{self.endpoint}.list")
        return get_local_path(form.next.data) or url_for(f"{self.endpoint}.show", pk=pk)

    def referrer_path(self) -> str:
        """Return the portal page from which the form was opened, or an empty string."""
        path = get_local_path(request.referrer) or ""
        page = path.split("?")[0]
        return "" if page == request.path or "/edit/" in page or page.endswith("/add") else path

    def form_page(
        self,
        page_kind: str,
        form: PortalForm,
        title: Any,
        result: SaveResult,
        item: Any = None,
        *,
        groups: FieldGroups | None = None,
        **more: Any,
    ) -> tuple[str, int]:
        """Render a form with its errors; return the HTML and the status.

        `page_kind` is `add`, `edit` or `move` (the form of a transition).
        """
        draft_saved_at = getattr(form, "draft_saved_at", None)
        cancel_url = (
            url_for(f"{self.endpoint}.show", pk=item.id)
            if item is not None
            else url_for(f"{self.endpoint}.list")
        )
        widget = self.add_widget(
            form=form,
            groups=groups if groups is not None else self._build_field_groups(page_kind, form),
            width=self.field_width,
            errors=result.problems,
            conflict=result.conflict,
            submit_label=more.pop("submit_label", None)
            or (self.add_submit_label if page_kind == "add" else None),
            cancel_url=cancel_url,
            multipart=any(isinstance(bound_field, fields.UploadField) for bound_field in form),
            action=request.path,
            hidden_fields=[form[name] for name in HIDDEN_FIELDS if name in form],
            saved_at=formats.format_instant(draft_saved_at) if draft_saved_at else None,
            notice=_("Here is what you had typed and not saved.")
            if draft_saved_at
            else more.pop("notice", None),
            notice_link=self._build_draft_link(page_kind, draft_saved_at),
            draft_url=f"{self.route_base}/draft" if page_kind == "add" and self.autosave else None,
            danger=more.pop("danger", False),
            next_transition=self.next_transition() if page_kind == "add" else None,
            view=self,
        )
        template = self.add_template if page_kind == "add" else self.edit_template
        page = self.render_template(
            template,
            title=title,
            widgets={"add": widget, "edit": widget},
            crumbs=self.crumbs(item, title),
            view=self,
        )
        return str(page), 200 if result.status == 302 else result.status

    def next_transition(self) -> tuple[str, Any] | None:
        """Return `save_and_next` if the user has the permission for its transition, else None."""
        return self.save_and_next if self.save_and_next and can(self, self.save_and_next[0]) else None

    def _build_draft_link(self, page_kind: str, draft_saved_at: Any) -> tuple[str, str] | None:
        """Return (URL, text) of the link from an empty add form to the user's draft, or None."""
        if page_kind != "add" or request.method != "GET" or draft_saved_at:
            return None
        draft = self.find_add_draft()
        if draft is None:
            return None
        text = _(
            "You began to write here, kept %(time)s. Go on with it",
            time=formats.format_instant(draft.saved_at),
        )
        query_args: dict[str, Any] = {**request.args.to_dict(), "draft": 1}
        return url_for(f"{self.endpoint}.add", **query_args), text

    def _build_field_groups(self, page_kind: str, form: PortalForm) -> FieldGroups:
        fieldsets = getattr(self, f"{page_kind}_fieldsets") or [
            (None, {"fields": getattr(self, f"{page_kind}_columns")})
        ]
        return self.group_fields(fieldsets, form)

    def group_fields(
        self, declared: Sequence[tuple[Any, Mapping[str, Any]]], form: PortalForm
    ) -> FieldGroups:
        """Bind the declared groups; omit those without fields and those whose `when(form)` is false."""
        return [
            (title, [form[name] for name in group["fields"] if name in form], self._is_open(group, form))
            for title, group in declared
            if (group.get("when") is None or group["when"](form))
            and any(map(form.__contains__, group["fields"]))
        ]

    def _is_open(self, group: Mapping[str, Any], form: PortalForm) -> bool:
        """Open a collapsed group that contains an error: the user would not look for it."""
        return bool(group.get("expanded", True)) or any(
            form[name].errors for name in group["fields"] if name in form
        )
