"""Form classes of a view: the fields of named columns, and hidden fields of the page."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from flask_appbuilder.forms import DynamicForm
from wtforms import HiddenField
from wtforms.validators import InputRequired, Optional

from app.admin.form_converter import PortalConverter
from app.admin.registry import View

__all__ = ["DynamicForm", "PortalForm", "build_form_class"]

HIDDEN_FIELDS = ("csrf_token", "version", "form_key", "next")


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


def build_form_class(view: View, names: Sequence[str], required: Sequence[str] = ()) -> type[PortalForm]:
    """Build the form of these columns and extra fields; `required` names those that must be filled."""
    validators = {name: list(view.validators_columns.get(name, [])) for name in names}
    base_form = PortalConverter(view.datamodel).create_form(
        view.label_columns, list(names), view.description_columns, validators, view.extra_fields
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
