"""Every column has one label and one hint, on the model; a view or form repeats neither."""

from collections.abc import Iterator
from typing import Any

from flask import Flask
from sqlalchemy.ext.hybrid import hybrid_property

from app.admin.base import PortalView
from app.admin.declaration import collect_column_names
from app.admin.labels import get_field_label
from app.db.column_info import get_hint, get_label
from app.db.model import Entity
from app.extensions import Model


def _views(app: Flask) -> list[PortalView]:
    views = [view for view in app.appbuilder.baseviews if isinstance(view, PortalView)]  # type: ignore[attr-defined]
    assert len(views) > 10
    return views


def _models() -> set[type[Any]]:
    return {mapper.class_ for mapper in Model.registry.mappers}


def _declared_texts(view: PortalView) -> Iterator[tuple[str, Any, Any]]:
    """Yield (place, text that the view declares, text without it) of each label and hint."""
    declared, model = type(view), view.datamodel.obj
    for name, label in (declared.label_columns or {}).items():
        field_label = get_field_label(declared.extra_fields.get(name))
        yield f"label_columns[{name}]", label, field_label or get_label(model, name)
    for name, hint in (declared.description_columns or {}).items():
        yield f"description_columns[{name}]", hint, get_hint(model, name)


def test_views_do_not_repeat_labels_and_hints_of_the_model(shared_app: Flask) -> None:
    repeated = [
        f"{type(view).__name__}.{place}"
        for view in _views(shared_app)
        for place, text, other_text in _declared_texts(view)
        if str(text) == str(other_text)
    ]
    assert repeated == []


def test_views_declare_labels_and_hints_of_their_columns_only(shared_app: Flask) -> None:
    unused = [
        f"{type(view).__name__}: {name}"
        for view in _views(shared_app)
        for declared in (type(view).label_columns, type(view).description_columns)
        for name in declared or {}
        if name not in collect_column_names(view)
    ]
    assert unused == []


def test_extra_fields_do_not_repeat_the_label_of_their_column(shared_app: Flask) -> None:
    # A field of several forms may take its label from a column of another model, as the same object.
    model_labels = {id(get_label(model, name)) for model in _models() for name in dir(model)}
    repeated = [
        f"{type(view).__name__}.extra_fields[{name}]"
        for view in _views(shared_app)
        for name, field in type(view).extra_fields.items()
        if id(label := get_field_label(field)) not in model_labels
        and str(label) == str(get_label(view.datamodel.obj, name))
    ]
    assert repeated == []


def test_every_named_column_has_a_label(shared_app: Flask) -> None:
    missing = [
        f"{type(view).__name__}: {name}"
        for view in _views(shared_app)
        for name in collect_column_names(view)
        if not view.label_columns.get(name)
    ]
    assert missing == []


def test_models_override_labels_of_inherited_columns_only(shared_app: Flask) -> None:
    repeated = [
        f"{model.__name__}.{name}"
        for model in _models()
        for mapping in ("__labels__", "__hints__")
        for name in vars(model).get(mapping, {})
        if name in vars(model).get("__annotations__", {})
        or isinstance(vars(model).get(name), property | hybrid_property)
    ]
    assert repeated == []


def test_every_searched_and_hashed_text_is_internal(shared_app: Flask) -> None:
    open_columns = [
        f"{mapper.local_table.name}.{column.name}"
        for mapper in Model.registry.mappers
        if issubclass(mapper.class_, Entity)
        for column in mapper.local_table.columns
        if column.name in ("search_text", "archived_at", "merged_into_id") or column.name.endswith("_hash")
        if not column.info.get("internal")
    ]
    assert open_columns == []
