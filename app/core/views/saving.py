"""From form to verb: the one place where what was typed becomes a record, or comes back whole."""

from __future__ import annotations

import secrets
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from flask import abort, flash, redirect, request, url_for
from flask_appbuilder import expose
from flask_appbuilder.forms import DynamicForm
from flask_babel import gettext as _
from flask_login import current_user
from markupsafe import Markup
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm.exc import StaleDataError
from werkzeug.datastructures import FileStorage, MultiDict
from werkzeug.wrappers import Response
from wtforms import HiddenField

from app.core import display, files, receipts, refusals
from app.core.errors import Conflict, PortalError
from app.core.forms import fields
from app.core.forms.converter import PortalConverter
from app.core.services import create, update
from app.core.unit import unit
from app.core.views.guard import allowed, local_path
from app.core.views.showing import Showing

Groups = list[tuple[Any, list[Any], bool]]


class PortalForm(DynamicForm):  # type: ignore[misc]
    """A form with the version of the record it shows, the key that makes it save once, and the way back."""

    version = HiddenField()
    form_key = HiddenField()
    next = HiddenField()


HIDDEN = ("csrf_token", "version", "form_key", "next")


def form_class(view: Any, converter: PortalConverter, names: list[str], needs: Sequence[str] = ()) -> type[PortalForm]:
    """The form of these columns and extra fields of the view."""
    from wtforms.validators import InputRequired

    validators = {name: list(view.validators_columns.get(name, [])) for name in names}
    for name in needs:
        validators[name].append(InputRequired())
    made = converter.create_form(view.label_columns, names, view.description_columns, validators, view.extra_fields)
    body = {name: getattr(made, name) for name in names}
    return type("PortalForm", (PortalForm,), body)


@dataclass
class Outcome:
    """What became of a form: the record, or the refusals that stand above and beside the fields."""

    item: Any = None
    status: int = 200
    problems: list[tuple[str | None, Any, Any, Any]] = field(default_factory=list)
    """(id of the field or None, label, sentence, link) for the summary above the form."""
    conflict: list[tuple[Any, Markup, Markup]] | None = None
    """(label, yours, theirs) where somebody else was faster."""


class Saving(Showing):
    """Adding and editing: one transaction, opened and ended here, around the room's verb."""

    add_verb: Callable[..., Any] | None = None
    edit_verb: Callable[..., Any] | None = None

    @expose("/add", methods=["GET", "POST"])
    @allowed("add")
    def add(self) -> Response | tuple[str, int]:
        """The empty form, or the saved record."""
        if request.method == "GET":
            form = self.bound(self.add_form, data=self._prefill())
            form.form_key.data = secrets.token_urlsafe(32)
            return self.form_page("add", form, self.add_title, Outcome())
        form = self.bound(self.add_form)
        key, table = str(form.form_key.data or "")[: receipts.KEY_LENGTH], self.datamodel.obj.__tablename__
        if key and (made := receipts.record_made_by(key, entity=table, by=current_user)):
            return redirect(url_for(f"{self.endpoint}.show", pk=made))

        def verb(data: Mapping[str, Any]) -> Any:
            made = type(self).add_verb or (lambda data, *, by: create(self.datamodel.obj, data, by=by))
            item = made(data, by=current_user)
            if key:
                receipts.keep_receipt(key, entity=table, entity_id=item.id, by=current_user)
            return item

        outcome = self.attempt(form, self.add_columns, verb)
        if outcome.item is None:
            if key and (made := receipts.record_made_by(key, entity=table, by=current_user)):
                return redirect(url_for(f"{self.endpoint}.show", pk=made))
            form.form_key.data = key or secrets.token_urlsafe(32)
            return self.form_page("add", form, self.add_title, outcome)
        flash(_("Saved."), "success")
        return redirect(url_for(f"{self.endpoint}.show", pk=outcome.item.id))

    @expose("/edit/<int:pk>", methods=["GET", "POST"])
    @allowed("edit")
    def edit(self, pk: int) -> Response | tuple[str, int]:
        """The filled form, or the changed record."""
        item = self.find(pk)
        if not self.edits(item):
            abort(403)
        if request.method == "GET":
            form = self.bound(self.edit_form, obj=item)
            form.version.data, form.next.data = str(item.version), self.came_from()
            return self.form_page("edit", form, self.edit_title, Outcome(), item)
        form = self.bound(self.edit_form, obj=item)
        outcome = self.stale(form, item, self.edit_columns)
        if outcome is None:
            verb = type(self).edit_verb or update
            outcome = self.attempt(form, self.edit_columns, lambda data: verb(item, data, by=current_user))
            if outcome.status == Conflict.status:
                outcome = self.stale(form, self.find(pk), self.edit_columns) or outcome
        if outcome.item is None:
            form.version.data = str(self.find(pk).version)
            return self.form_page("edit", form, self.edit_title, outcome, item)
        flash(_("Saved."), "success")
        return redirect(local_path(form.next.data) or url_for(f"{self.endpoint}.show", pk=pk))

    # The way of a form

    def bound(self, form: type[PortalForm], *, obj: Any = None, data: Mapping[str, Any] | None = None) -> PortalForm:
        """The form with what was typed now, else with the user's draft of this page, else with the record."""
        if request.method == "POST":
            return form(obj=obj, data=data)
        draft = receipts.draft_for(current_user.actor_id, request.path) if "draft" in request.args else None
        if draft is None:
            return form(formdata=None, obj=obj, data=data)
        made = form(formdata=MultiDict(receipts.as_form_fields(draft)), obj=obj, data=data)
        made.draft_saved_at = draft.saved_at
        return made

    def _prefill(self) -> dict[str, Any]:
        """Relations and codes from the address (`/cases/add?client=5`); nothing personal stands in addresses."""
        form = self.add_form(formdata=None)
        out = {}
        for name in set(self.add_columns) & set(request.args):
            if isinstance(form[name], fields.RemoteField | fields.ChoiceField):
                form[name].process(request.args)
                if not form[name].process_errors and form[name].data:
                    out[name] = form[name].data
        return out

    def attempt(self, form: PortalForm, names: Sequence[str], verb: Callable[[Mapping[str, Any]], Any]) -> Outcome:
        """Check the form and run the verb in one transaction; a refusal undoes everything and keeps what was typed."""
        if not form.validate():
            return Outcome(problems=_problems(form))
        kept: list[str] = []
        try:
            with unit(by=current_user):
                item = verb(self._data(form, names, kept))
                receipts.discard_draft(current_user.actor_id, request.path)
                return Outcome(item=item, status=302)
        except PortalError as refusal:
            problem = refusal
        except StaleDataError:
            problem = Conflict(_("Somebody else changed this record while you were writing."))
        except IntegrityError as broken:
            problem = refusals.sentence(broken, self.datamodel.obj)
        for key in kept:
            files.forget(key)
        return self._refused(form, problem)

    def _data(self, form: PortalForm, names: Sequence[str], kept: list[str]) -> dict[str, Any]:
        data = {}
        for name in names:
            value = form[name].data
            if isinstance(form[name], fields.UploadField):
                if not isinstance(value, FileStorage) or not value.filename:
                    continue  # an empty file field keeps the file that is there
                value = _kept_upload(value, name, kept)
            data[name] = value
        return data

    def _refused(self, form: PortalForm, problem: PortalError) -> Outcome:
        name = problem.field if problem.field in form else None
        if name is not None:
            form[name].errors = [*form[name].errors, problem.message]
            form[name].error_link = problem.link
        label = form[name].label.text if name is not None else None
        return Outcome(status=problem.status, problems=[(form[name].id if name else None, label, problem.message, problem.link)])

    def stale(self, form: PortalForm, item: Any, names: Sequence[str]) -> Outcome | None:
        """Compare the form's version with the record's: None when nobody was faster."""
        if str(form.version.data) == str(item.version):
            return None
        outcome = self._refused(form, Conflict(_("Somebody else changed this record while you were writing. Nothing of yours is lost: compare and save again.")))
        outcome.conflict = []
        for name in names:
            if not isinstance(form[name], fields.UploadField):
                theirs, yours = getattr(item, name, None), form[name].data
                if (theirs or None) != (yours or None):
                    outcome.conflict.append((self.label_columns[name], self._side(name, yours), self._side(name, theirs)))
        form.version.data = str(item.version)
        return outcome

    def _side(self, name: str, value: Any) -> Markup:
        many = value if isinstance(value, list) else [value]
        return Markup(", ").join(
            self._related_text(one, frozenset()) if hasattr(one, "__table__") else display.show(one, self.columns.get(name)) for one in many
        )

    def came_from(self) -> str:
        """The page inside the portal from which the form was opened, if there is one."""
        path = local_path(request.referrer)
        return path if path and path.split("?")[0] != request.path and "/edit/" not in path else ""

    def form_page(self, what: str, form: PortalForm, title: Any, outcome: Outcome, item: Any = None, *, groups: Groups | None = None, **more: Any) -> tuple[str, int]:
        """The page of a form, with what is wrong above and beside the fields."""
        draft_at = getattr(form, "draft_saved_at", None)
        cancel = url_for(f"{self.endpoint}.show", pk=item.id) if item is not None else url_for(f"{self.endpoint}.list")
        widget = self.add_widget(
            form=form,
            groups=groups if groups is not None else self._groups(what, form),
            width=self.field_width,
            errors=outcome.problems,
            conflict=outcome.conflict,
            submit_label=more.pop("submit_label", _("Save")),
            cancel_url=cancel,
            multipart=any(isinstance(one, fields.UploadField) for one in form),
            action=request.path,
            hidden_fields=[form[name] for name in HIDDEN if name in form],
            saved_at=display.moment(draft_at) if draft_at else None,
            notice=_("Here is what you had typed before you were asked to log in again.") if draft_at else more.pop("notice", None),
            danger=more.pop("danger", False),
            view=self,
        )
        template = self.add_template if what == "add" else self.edit_template
        page = self.render_template(template, title=title, widgets={"add": widget, "edit": widget}, crumbs=self.crumbs(item, title), view=self)
        return str(page), 200 if outcome.status == 302 else outcome.status

    def _groups(self, what: str, form: PortalForm) -> Groups:
        declared = getattr(self, f"{what}_fieldsets") or [(None, {"fields": getattr(self, f"{what}_columns")})]
        return [(title, [form[name] for name in group["fields"]], self._open(group, form)) for title, group in declared]

    def _open(self, group: Mapping[str, Any], form: PortalForm) -> bool:
        """A folded group opens when it holds an error: nobody looks for it."""
        return bool(group.get("expanded", True)) or any(form[name].errors for name in group["fields"])


def _kept_upload(upload: FileStorage, name: str, kept: list[str]) -> str:
    try:
        key = files.save_upload(upload)
    except PortalError as refusal:
        refusal.field = name
        raise
    kept.append(key)
    return key


def _problems(form: PortalForm) -> list[tuple[str | None, Any, Any, Any]]:
    return [(one.id, one.label.text, one.errors[0], None) for one in form if one.errors and one.name not in HIDDEN]
