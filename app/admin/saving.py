"""Saving of a submitted form: validate, run the service in one transaction, or describe what is wrong."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from flask import flash, request
from flask_babel import gettext as _
from flask_login import current_user
from markupsafe import Markup
from werkzeug.datastructures import FileStorage

from app.admin import fields, registry
from app.admin.drafts import discard_draft
from app.admin.forms import HIDDEN_FIELDS, PortalForm
from app.admin.links import Link, build_link
from app.admin.registry import View
from app.admin.rows import HiddenIds, is_collection
from app.admin.values import render_value
from app.core import files
from app.core.errors import Conflict, PortalError
from app.db import errors, unavailable
from app.db.stored_files import discard_stored_files, record_stored_files
from app.db.transaction import transaction
from app.extensions import db


@dataclass(frozen=True, slots=True)
class FormProblem:
    """Line of the error summary above a form."""

    message: Any
    field_id: str | None = None
    label: Any = None
    link: Link | None = None
    """Link to the next step."""


@dataclass(frozen=True, slots=True)
class ComparedValue:
    """Field whose value another user changed meanwhile."""

    label: Any
    yours: Markup
    theirs: Markup


@dataclass
class SaveResult:
    """Result of a submitted form: the record, or the errors to show above and beside the fields."""

    item: Any = None
    item_id: int | None = None
    status: int = 200
    problems: Sequence[FormProblem] = ()
    conflict: Sequence[ComparedValue] | None = None
    """The differing fields, if another user saved first."""


def run_service(
    view: View,
    form: PortalForm,
    names: Sequence[str],
    service: Callable[[Mapping[str, Any]], Any],
    *,
    shown_item: Any = None,
    check: Callable[[PortalForm], None] | None = None,
) -> SaveResult:
    """Run the service in one transaction; an error undoes everything and keeps the input.

    `names` are the fields passed to the service. `shown_item` is the record that must not have changed.
    `check` runs before the transaction. Uploads are stored first and deleted if the transaction fails.
    """
    if unavailable.RESUBMIT_FIELD in request.form:
        return SaveResult(problems=[FormProblem(_get_outage_notice())])
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
        data = _collect_data(form, names, saved_files)
        with transaction(by=current_user, expected_version=expected_version):
            item = service(data)
            record_stored_files(saved_files)
            discard_draft(current_user.actor_id, request.path)
            view.draft_forms.discard()
            result = SaveResult(item=item, item_id=item.id, status=302)
            discard_stored_files(upload.object_data for upload in uploads if _is_replaced(item, upload))
    except Exception as error:
        # If the connection was lost, the transaction may have been committed: keep the files then.
        if unavailable.get_outage_status(error) != unavailable.DATABASE_BUSY:
            _discard_files(saved_files)
        return build_error_result(form, errors.to_portal_error(error))
    except BaseException:
        _discard_files(saved_files)
        raise
    _finish_files(saved_files)
    return result


def _collect_data(
    form: PortalForm, names: Sequence[str], saved_files: list[files.SavedFile]
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


def build_error_result(form: PortalForm, error: PortalError) -> SaveResult:
    """Put the message beside its field, and above the form with its links."""
    name = error.field if error.field in form else None
    field_id = label = None
    if name is not None:
        form[name].errors = [*form[name].errors, error.message]
        form[name].error_link = build_link(error.link)
        field_id, label = form[name].id, form[name].label.text
    return SaveResult(
        status=error.status,
        problems=[
            FormProblem(error.message, field_id, label, build_link(error.link)),
            *(FormProblem("", link=build_link(link)) for link in error.links),
        ],
    )


def find_version_conflict(
    view: View, form: PortalForm, item: Any, names: Sequence[str] = ()
) -> SaveResult | None:
    """Return the conflict if another user saved the record since the form was opened, else None.

    `names` are the fields to compare; the form gets the stored version, so that the user may save again.
    """
    if request.form.get("version") == str(item.version):  # form.version falls back to the record
        return None
    message = _("Somebody else changed this record meanwhile. Nothing of yours is lost: compare and save.")
    result = build_error_result(form, Conflict(message))
    compared_names = [name for name in names if not isinstance(form[name], fields.UploadField)]
    yours = {name: form[name].data for name in compared_names}
    theirs = {name: getattr(item, name, None) for name in compared_names}
    hidden_ids = view.row_renderer.find_hidden_ids([yours, theirs])
    result.conflict = [
        ComparedValue(
            view.label_columns[name],
            *(_render_compared_value(view, name, values[name], hidden_ids) for values in (yours, theirs)),
        )
        for name in compared_names
        if (yours[name] or None) != (theirs[name] or None)
    ]
    form.version.data = str(item.version)
    return result


def _render_compared_value(view: View, name: str, value: Any, hidden_ids: HiddenIds) -> Markup:
    elements = value if is_collection(value) else [value]
    return Markup(", ").join(
        view.row_renderer.render_related_text(element, hidden_ids)
        if registry.is_record(element)
        else render_value(element, view.columns.get(name))
        for element in elements
    )


def _get_outage_notice() -> str:
    return str(_("Here is what you typed; it has not been saved yet. Choose a file again, if there was one."))


def _list_field_errors(form: PortalForm) -> list[FormProblem]:
    return [
        FormProblem(bound_field.errors[0], bound_field.id, bound_field.label.text)
        for bound_field in form
        if bound_field.errors and bound_field.name not in HIDDEN_FIELDS
    ]


# Uploads


def _is_replaced(item: Any, field: fields.UploadField) -> bool:
    """Return whether the record references another file than when its form was bound."""
    return bool(getattr(item, field.name, field.object_data) != field.object_data)


def _store_upload(upload: FileStorage, name: str, saved_files: list[files.SavedFile]) -> str:
    try:
        saved = files.save_upload(upload)
    except PortalError as error:
        error.field = name
        raise
    saved_files.append(saved)
    return saved.key


def _discard_files(saved_files: Sequence[files.SavedFile]) -> None:
    for saved_file in saved_files:
        files.delete_file(saved_file.key)


def _finish_files(saved_files: Sequence[files.SavedFile]) -> None:
    """Move uploads of committed records to their final names; report lost animation frames."""
    files.finish_uploads([saved_file.key for saved_file in saved_files])
    if any(saved_file.is_first_frame for saved_file in saved_files):
        flash(_("The picture was an animation; only its first frame is kept."), "info")
