"""Every text field has a maximum length, which its column can hold."""

from collections.abc import Iterator
from typing import Any

from flask import Flask
from wtforms import Form, HiddenField, StringField
from wtforms.validators import Length

from app.admin.base import PortalView
from app.cases.forms import CaseloadForm
from app.db.types import MAX_PROSE_LENGTH
from app.security.forms import LoginForm, PasswordForm, ProfileForm
from app.security.rules.passwords import MAX_PASSWORD_LENGTH

OWN_FORMS = (LoginForm, ProfileForm, PasswordForm, CaseloadForm)


def _forms(app: Flask) -> Iterator[tuple[str, Any, dict[str, Any]]]:
    """Yield (name, form class, columns behind its fields) of every form."""
    for view in app.appbuilder.baseviews:  # type: ignore[attr-defined]
        if isinstance(view, PortalView):
            name = type(view).__name__
            forms = {"add": view.add_form, "edit": view.edit_form, **view.transition_forms}
            yield from ((f"{name}.{what}", form, view.columns) for what, form in forms.items() if form)
            extras = type("Extras", (Form,), dict(view.extra_fields))
            yield f"{name}.extra_fields", extras, view.columns
    yield from ((form.__name__, form, {}) for form in OWN_FORMS)


def _max_length(field: StringField) -> int | None:
    limits = [check.max for check in field.validators if isinstance(check, Length) and check.max > 0]
    return min(limits, default=None)


def test_every_text_field_has_a_maximum_length_within_its_column(shared_app: Flask) -> None:
    faults = []
    with shared_app.test_request_context():
        for name, form, columns in _forms(shared_app):
            for field in form(formdata=None) if form else ():
                if not isinstance(field, StringField) or isinstance(field, HiddenField):
                    continue
                max_length, column = _max_length(field), columns.get(field.name)
                column_length = getattr(getattr(column, "type", None), "length", None) or MAX_PROSE_LENGTH
                if max_length is None or max_length > column_length:
                    faults.append(f"{name}: {field.name} ({max_length} of {column_length})")
    assert faults == []
    assert MAX_PASSWORD_LENGTH < MAX_PROSE_LENGTH
