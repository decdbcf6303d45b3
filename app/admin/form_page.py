"""Forms as pages: filled from the record, the address or a draft, with what is wrong beside each field."""

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
"""(title, bound fields, open) of a form."""


class PrintableHiddenField(HiddenField):
    """What the page itself wrote and sends back; what cannot be printed it did not write."""

    def process_formdata(self, valuelist: list[Any]) -> None:
        """Take what is printable."""
        if valuelist:
            self.data = valuelist[0] if str(valuelist[0]).isprintable() else ""


class PortalForm(DynamicForm):
    """A form with the version of the record it shows, the key that makes it save once, and the way back."""

    version = PrintableHiddenField()
    form_key = PrintableHiddenField()
    next = PrintableHiddenField()


HIDDEN_FIELDS = ("csrf_token", "version", "form_key", "next")


def build_form_class(
    view: Any, converter: PortalConverter, names: list[str], required: Sequence[str] = ()
) -> type[PortalForm]:
    """The form of these columns and extra fields of the view."""
    validators = {name: list(view.validators_columns.get(name, [])) for name in names}
    made = converter.create_form(
        view.label_columns, names, view.description_columns, validators, view.extra_fields
    )
    body = {name: getattr(made, name) for name in names}
    for name in required:
        body[name] = _make_required(body[name], **({} if name in view.extra_fields else {"default": None}))
    return type("PortalForm", (PortalForm,), body)


def _make_required(unbound_field: Any, **overrides: Any) -> Any:
    """The field as one that must be filled, though another form may leave it blank.

    What stands in the record is no answer (`default=None`); what the room declares for the form stays.
    """
    checks = [one for one in unbound_field.kwargs.get("validators") or () if not isinstance(one, Optional)]
    return unbound_field.field_class(
        *unbound_field.args, **{**unbound_field.kwargs, **overrides, "validators": [InputRequired(), *checks]}
    )


@dataclass
class SaveResult:
    """What became of a form: the record, or the refusals that stand above and beside the fields."""

    item: Any = None
    item_id: int | None = None
    status: int = 200
    problems: list[tuple[str | None, Any, Any, Any]] = field(default_factory=list)
    """(id of the field or None, label, sentence, link) for the summary above the form."""
    conflict: list[tuple[Any, Markup, Markup]] | None = None
    """(label, yours, theirs) where somebody else was faster."""


class FormPage(DraftForms):
    """The page that every form of a room has."""

    def bind_form(
        self, form: type[PortalForm], *, obj: Any = None, data: Mapping[str, Any] | None = None
    ) -> PortalForm:
        """The form with what was typed now, else with the user's draft of this page, else with the record."""
        if request.method == "POST":
            return form(obj=obj, data=data)
        draft = self._find_requested_draft() if "draft" in request.args else None
        if draft is None:
            return form(formdata=None, obj=obj, data=data)
        made = form(formdata=MultiDict(list_form_fields(draft)), obj=obj, data=data)
        made.draft_saved_at = draft.saved_at
        return made

    def remove_fields(self, form: PortalForm, names: Iterable[str]) -> PortalForm:
        """Take fields out of an opened form: they are neither shown nor read from what was sent."""
        for name in names:
            if name in form:
                del form[name]
        return form

    def _find_requested_draft(self) -> Any:
        adding = request.path == f"{self.route_base}/add"
        found = [
            self.find_add_draft() if adding else None,
            find_draft(current_user.actor_id, request.path),
        ]
        return max(filter(None, found), key=lambda draft: draft.saved_at, default=None)

    def set_version(self, form: PortalForm, item: Any) -> None:
        """Note in an opened form which version it shows; a draft keeps its own, which may be older by now."""
        form.version.data = form.version.data or str(item.version)
        form.next.data = form.next.data or self.referrer_path()

    def _prefill_from_query(self) -> dict[str, Any]:
        """Relations and codes from the address (`/cases/add?client=5`): nothing personal stands there."""
        form = self.add_form(formdata=None)
        out = {}
        for name in set(self.add_columns) & set(request.args):
            if isinstance(form[name], choice_fields.RecordSelectField | choice_fields.EnumSelectField):
                form[name].process(request.args)
                if not form[name].process_errors and form[name].data:
                    out[name] = form[name].data
        return out

    def log_prefilled_records(self, form: PortalForm) -> None:
        """Note the records whose names an empty form shows because its address named them."""
        for one in form:
            if registry.is_record(one.data) and (view := registry.find_view(type(one.data))):
                log_view(view, one.data.id, "add")

    def return_url(self, form: PortalForm, pk: int) -> str:
        """Where the user came from, else the record; the list when it is hidden from him by now."""
        if self.datamodel.get(pk, self._base_filters) is None:
            return url_for(f"{self.endpoint}.list")
        return get_local_path(form.next.data) or url_for(f"{self.endpoint}.show", pk=pk)

    def referrer_path(self) -> str:
        """The page inside the portal from which the form was opened, if there is one."""
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
        """The page of a form, with what is wrong above and beside the fields."""
        draft_at = getattr(form, "draft_saved_at", None)
        cancel = (
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
            cancel_url=cancel,
            multipart=any(isinstance(one, fields.UploadField) for one in form),
            action=request.path,
            hidden_fields=[form[name] for name in HIDDEN_FIELDS if name in form],
            saved_at=formats.format_instant(draft_at) if draft_at else None,
            notice=_("Here is what you had typed and not saved.") if draft_at else more.pop("notice", None),
            notice_link=self._build_draft_link(page_kind, draft_at),
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
        """The move that the add form offers to go on to, if this user may make it."""
        return self.save_and_next if self.save_and_next and can(self, self.save_and_next[0]) else None

    def _build_draft_link(self, page_kind: str, draft_saved_at: Any) -> tuple[str, str] | None:
        """Where an add form that is opened empty finds what was typed before."""
        if page_kind != "add" or request.method != "GET" or draft_saved_at:
            return None
        draft = self.find_add_draft()
        if draft is None:
            return None
        text = _(
            "You began to write here, kept %(time)s. Go on with it",
            time=formats.format_instant(draft.saved_at),
        )
        asked: dict[str, Any] = {**request.args.to_dict(), "draft": 1}
        return url_for(f"{self.endpoint}.add", **asked), text

    def _build_field_groups(self, page_kind: str, form: PortalForm) -> FieldGroups:
        declared = getattr(self, f"{page_kind}_fieldsets") or [
            (None, {"fields": getattr(self, f"{page_kind}_columns")})
        ]
        return self.group_fields(declared, form)

    def group_fields(
        self, declared: Sequence[tuple[Any, Mapping[str, Any]]], form: PortalForm
    ) -> FieldGroups:
        """The fields of a form in their declared groups."""
        return [
            (title, [form[name] for name in group["fields"] if name in form], self._is_open(group, form))
            for title, group in declared
            if (group.get("when") is None or group["when"](form))
            and any(map(form.__contains__, group["fields"]))
        ]

    def _is_open(self, group: Mapping[str, Any], form: PortalForm) -> bool:
        """A folded group opens when it holds an error: nobody looks for it."""
        return bool(group.get("expanded", True)) or any(
            form[name].errors for name in group["fields"] if name in form
        )
