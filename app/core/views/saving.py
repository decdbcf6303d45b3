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

from app.core import display, files, outages, receipts, refusals, registry
from app.core.errors import Conflict, Forbidden, PortalError
from app.core.forms import fields
from app.core.services import create, update
from app.core.stored_files import discard_stored_files, record_stored_files
from app.core.unit import unit
from app.core.views.access_log import log_refused, log_view
from app.core.views.cells import Hidden, is_many
from app.core.views.formpage import HIDDEN, FormPage, Outcome, PortalForm
from app.core.views.guard import allowed
from app.extensions import db


class Saving(FormPage):
    """Adding and editing: one transaction, opened and ended here, around the room's verb."""

    add_verb: Callable[..., Any] | None = None
    edit_verb: Callable[..., Any] | None = None

    @expose("/add", methods=["GET", "POST"])
    @allowed("add")
    def add(self) -> Response | tuple[str, int]:
        """The empty form, or the saved record."""
        if request.method != "POST":
            form = self.bound(self.add_form, data=self._prefill())
            form.form_key.data = secrets.token_urlsafe(32)
            self.log_related(form)
            return self.form_page("add", form, self.add_title, Outcome())
        form = self.bound(self.add_form)
        key, table = str(form.form_key.data or "")[: receipts.KEY_LENGTH], self.datamodel.obj.__tablename__
        typed = receipts.hash_of(dict(request.form.lists()))
        if key and (receipt := receipts.receipt_of(key, entity=table, by=current_user)):
            return self._saved_before(form, receipt, typed)

        verb = self._adding(key, table, typed)
        outcome = self.attempt(form, self.add_columns, verb, check=self.form_check)
        if outcome.item is None:
            if key and (receipt := receipts.receipt_of(key, entity=table, by=current_user)):
                return self._saved_before(form, receipt, typed)
            # A key that somebody else has used would be refused for ever.
            form.form_key.data = key if key and not receipts.is_used(key) else secrets.token_urlsafe(32)
            return self.form_page("add", form, self.add_title, outcome)
        return self.lead_on(outcome, _("Saved."), self._after_adding(outcome.item_id))

    def _adding(self, key: str, table: str, typed: str) -> Callable[[Mapping[str, Any]], Any]:
        """The room's verb, which makes one record for one key."""

        def verb(data: Mapping[str, Any]) -> Any:
            if key:
                receipts.claim_key(key)
            made = type(self).add_verb or (lambda data, *, by: create(self.datamodel.obj, data, by=by))
            item = made(data, by=current_user)
            if key:
                receipts.keep_receipt(key, entity=table, entity_id=item.id, typed_hash=typed, by=current_user)
            return item

        return verb

    def form_check(self, form: PortalForm) -> None:
        """Refuse a new record before its transaction begins; what this itself writes down stays."""

    def lead_on(self, outcome: Outcome, said: str, target: str) -> Response | tuple[str, int]:
        """To the next page; but what is told only once is told here: on the way it would be in the cookie."""
        once = type(self).tells_once(outcome.item) if type(self).tells_once is not None else None
        if once is None:
            flash(said, "success")
            notice = type(self).save_notice(outcome.item) if type(self).save_notice is not None else None
            if notice:
                flash(notice, "warning")
            return redirect(target)
        item, title = outcome.item, self.option_text(outcome.item)
        page = self.render_template(
            "told.html", title=title, sentence=once, target=target, crumbs=self.crumbs(item), view=self
        )
        return str(page), 200

    def _after_adding(self, pk: int | None) -> str:
        """The record's page, or the form of the move that was asked for with the same press."""
        move = request.form.get("then") if self.going_on() else None
        page = f"move_{move}" if self.goes_on and move == self.goes_on[0] else "show"
        return url_for(f"{self.endpoint}.{page}", pk=pk)

    def _saved_before(
        self, form: PortalForm, receipt: receipts.FormReceipt, typed: str
    ) -> Response | tuple[str, int]:
        """A double click leads to the record; a form that was sent, left by *back* and changed is asked."""
        page = url_for(f"{self.endpoint}.show", pk=receipt.entity_id)
        if receipt.typed_hash == typed:
            return redirect(self._after_adding(receipt.entity_id))
        sentence = _("This form was saved before you changed it. Save again only to record a second one.")
        outcome = self._refused(form, Conflict(sentence, link=(page, _("Open what was saved"))))
        form.form_key.data = secrets.token_urlsafe(32)
        return self.form_page("add", form, self.add_title, outcome)

    @expose("/edit/<int:pk>", methods=["GET", "POST"])
    @allowed("edit")
    def edit(self, pk: int) -> Response | tuple[str, int]:
        """The filled form, or the changed record."""
        item = self.find(pk)
        if not self.edits(item):
            self.refuse_row(item, "edit")
        withheld = self.withheld(item)
        form = self.without(self.bound(self.edit_form, obj=item), withheld)
        if request.method != "POST":
            self.date(form, item)
            log_view(self, pk, "edit")
            return self.form_page("edit", form, self.edit_title, Outcome(), item)
        names = [name for name in self.edit_columns if name not in withheld]
        outcome = self.stale(form, item, names)
        if outcome is None:
            verb = type(self).edit_verb or update
            outcome = self.attempt(form, names, lambda data: verb(item, data, by=current_user), item)
            if outcome.status == Conflict.status:
                outcome = self.stale(form, self.find(pk), names) or outcome
        if outcome.item is None:
            log_view(self, pk, "edit")
            return self.form_page("edit", form, self.edit_title, outcome, item)
        return self.lead_on(outcome, _("Saved."), self.way_back(form, pk))

    def refuse_row(self, item: Any, page: str) -> NoReturn:
        """Answer 403 and log it; raise Forbidden where the room can say why its row rule refuses."""
        log_refused(self, item.id, page)
        explain = type(self).explain_refusal
        sentence = explain(item, current_user) if explain is not None else None
        if sentence is None:
            abort(403)
        raise Forbidden(sentence)

    def attempt(
        self,
        form: PortalForm,
        names: Sequence[str],
        verb: Callable[[Mapping[str, Any]], Any],
        shown: Any = None,
        check: Callable[[PortalForm], None] | None = None,
    ) -> Outcome:
        """Run the verb in one transaction; a refusal undoes all and keeps what was typed."""
        if outages.AGAIN in request.form:
            return Outcome(problems=[(None, None, _back_again(), None)])
        if not form.validate():
            return Outcome(problems=_problems(form))
        kept: list[files.SavedFile] = []
        seen = None if shown is None else (shown, shown.version)
        uploads = [form[name] for name in names if isinstance(form[name], fields.UploadField)]
        try:
            if check is not None:
                check(form)
            if uploads:
                db.session.rollback()  # nobody should wait for our lock while a file is checked and written
            data = self._data(form, names, kept)
            with unit(by=current_user, seen=seen):
                item = verb(data)
                record_stored_files(kept)
                receipts.discard_draft(current_user.actor_id, request.path)
                self.forget_draft()
                outcome = Outcome(item=item, item_id=item.id, status=302)
                discard_stored_files(one.object_data for one in uploads if _is_replaced(item, one))
        except Exception as fault:
            if outages.status_of(fault) != outages.BUSY:  # who lost the database cannot know what it saved
                _forget(_keys(kept))
            return self._refused(form, refusals.of(fault))
        except BaseException:
            _forget(_keys(kept))
            raise
        _settle(kept)
        return outcome

    def _data(self, form: PortalForm, names: Sequence[str], kept: list[files.SavedFile]) -> dict[str, Any]:
        data = {}
        for name in names:
            value = form[name].data
            if isinstance(form[name], fields.UploadField):
                if not isinstance(value, FileStorage):
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
        return Outcome(
            status=problem.status,
            problems=[
                (form[name].id if name else None, label, problem.message, problem.link),
                *((None, None, "", link) for link in problem.links),
            ],
        )

    def stale(self, form: PortalForm, item: Any, names: Sequence[str]) -> Outcome | None:
        """Compare the form's version with the record's: None when nobody was faster."""
        if request.form.get("version") == str(item.version):  # the field itself would fall back on the record
            return None
        outcome = self._refused(
            form,
            Conflict(
                _("Somebody else changed this record meanwhile. Nothing of yours is lost: compare and save.")
            ),
        )
        compared = [name for name in names if not isinstance(form[name], fields.UploadField)]
        yours = {name: form[name].data for name in compared}
        theirs = {name: getattr(item, name, None) for name in compared}
        hidden = self.hidden_related([yours, theirs])
        outcome.conflict = [
            (self.label_columns[name], *(self._side(name, side[name], hidden) for side in (yours, theirs)))
            for name in compared
            if (yours[name] or None) != (theirs[name] or None)
        ]
        form.version.data = str(item.version)
        return outcome

    def _side(self, name: str, value: Any, hidden: Hidden) -> Markup:
        many = value if is_many(value) else [value]
        return Markup(", ").join(
            self._related_text(one, hidden)
            if registry.is_record(one)
            else display.show(one, self.columns.get(name))
            for one in many
        )


def _back_again() -> str:
    return str(_("Here is what you typed; it has not been saved yet. Choose a file again, if there was one."))


def _is_replaced(item: Any, field: fields.UploadField) -> bool:
    """Return whether the record names another file now than when its form was read."""
    return bool(getattr(item, field.name, field.object_data) != field.object_data)


def _forget(keys: Sequence[str]) -> None:
    for key in keys:
        files.forget(key)


def _settle(saved: Sequence[files.SavedFile]) -> None:
    """Give the files of saved records their own names, and say what is missing of them."""
    files.settle(_keys(saved))
    if any(one.is_first_frame for one in saved):
        flash(_("The picture was an animation; only its first frame is kept."), "info")


def _keys(saved: Sequence[files.SavedFile]) -> list[str]:
    return [one.key for one in saved]


def _kept_upload(upload: FileStorage, name: str, kept: list[files.SavedFile]) -> str:
    try:
        saved = files.save_upload(upload)
    except PortalError as refusal:
        refusal.field = name
        raise
    kept.append(saved)
    return saved.key


def _problems(form: PortalForm) -> list[tuple[str | None, Any, Any, Any]]:
    return [
        (one.id, one.label.text, one.errors[0], None) for one in form if one.errors and one.name not in HIDDEN
    ]
