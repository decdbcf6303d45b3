"""Labels and hints of a view's columns: its own where it deviates, else those of the model."""

from collections.abc import Iterable
from copy import copy
from typing import Any

from app.db.column_info import get_hint, get_info, get_label


def fill_labels(view: Any, names: Iterable[str]) -> None:
    """Complete `label_columns`, `description_columns` and `extra_fields` of a new view.

    They become dicts of this view alone: FAB modifies `label_columns`. Raise `TypeError` if a form names an
    internal column.
    """
    view_class, model, form_columns = type(view), view.datamodel.obj, sorted(_collect_form_columns(view))
    internal = [
        name
        for name in form_columns
        if name not in view.extra_fields and get_info(model, name).get("internal")
    ]
    if internal:
        raise TypeError(f"{view_class.__name__} has internal columns in a form: {', '.join(internal)}")
    labels = {name: find_label(view_class, model, name) for name in names}
    view.label_columns = {name: label for name, label in labels.items() if label is not None}
    hints = {name: get_hint(model, name) for name in form_columns}
    view.description_columns = {
        **{name: hint for name, hint in hints.items() if hint is not None},
        **(view.description_columns or {}),
    }
    view.extra_fields = {name: _label_field(field, model, name) for name, field in view.extra_fields.items()}


def find_label(view_class: Any, model: type[Any], name: str) -> Any:
    """Return the label of a column on the pages of a view, or None.

    The view's `label_columns` come first, then the label of an extra field, then the model's.
    """
    labels = (
        (view_class.label_columns or {}).get(name),
        get_field_label(view_class.extra_fields.get(name)),
        get_label(model, name),
    )
    return next((label for label in labels if label is not None), None)


def get_field_label(field: Any) -> Any:
    """Return the label with which an extra field was declared, or None."""
    if field is None:
        return None
    return field.args[0] if field.args else field.kwargs.get("label")


def _label_field(field: Any, model: type[Any], name: str) -> Any:
    """Return the field; a copy with label and hint of the column it replaces, if it has no label."""
    label = get_label(model, name)
    if label is None or get_field_label(field) is not None:
        return field
    labelled_field = copy(field)
    hint = get_hint(model, name)
    labelled_field.args = (label, *field.args[1:])
    labelled_field.kwargs = {"description": "" if hint is None else hint, **field.kwargs}
    return labelled_field


def _collect_form_columns(view: Any) -> set[str]:
    """Collect the columns and extra fields of all forms of the view."""
    names = {name for transition in view.transitions for name in transition.fields}
    for page in ("add", "edit"):
        names |= set(getattr(view, f"{page}_columns") or ())
        for _title, group in getattr(view, f"{page}_fieldsets") or ():
            names |= set(group["fields"])
    return names
