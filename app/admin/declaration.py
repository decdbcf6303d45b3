"""Checks at start-up that a model view declares what it must."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from app.admin.registry import View
from app.core.actor import Actor

REQUIRED_ATTRIBUTES = (
    "list_columns",
    "search_columns",
    "order_columns",
    "base_order",
    "mobile_columns",
)
REQUIRED_TITLES = ("list_title", "show_title", "add_title", "edit_title")


@dataclass(frozen=True, slots=True)
class BulkAction:
    """Read-only action on the ticked rows of a list page."""

    label: Any
    endpoint: str
    """Endpoint of a GET route; it receives one `id` argument per ticked row."""
    query_argument: tuple[str, str] = ("", "")
    """(name, value) of an extra argument that the button sends."""


@dataclass(frozen=True, slots=True)
class Document:
    """File that is built from one record: a GET route below the record, for the permission *download*."""

    path: str
    """Last part of the URL; its suffix decides the media type."""
    build: Callable[[Any, Actor], bytes | None]
    """`build(item, user)` returns the content, as far as the user may read it; None: answered with 404."""
    name: str
    """The file is saved as `<name>-<id>.<suffix>`: never under a name of a person."""
    action: str = "export"
    """Action of the audit entry: export or print."""


def check_declarations(view: View) -> None:
    """Raise TypeError, with all missing declarations, if the view is incomplete."""
    missing = [
        name
        for name in (*REQUIRED_ATTRIBUTES, *REQUIRED_TITLES)
        if getattr(type(view), name, None) in (None, "")
    ]
    if not (hasattr(view, "policy") and view.policy.is_complete_for(view.datamodel.obj)):
        missing.append(f"policy of {view.datamodel.obj.__name__}")
    for page, is_required in (("show", True), ("add", view.has_add_form), ("edit", view.has_edit_form)):
        declared_columns = getattr(view, f"{page}_columns") or getattr(view, f"{page}_fieldsets")
        if is_required and declared_columns is None:
            missing.append(f"{page}_columns")
    missing += [
        f"label_columns[{name}]"
        for name in sorted(collect_column_names(view))
        if name not in (view.label_columns or {})
    ]
    missing += [
        f"transition_services[{transition.name}]"
        for transition in view.transitions
        if transition.name not in view.transition_services
    ]
    if list((view.mobile_columns or {}).values()).count("title") != 1:
        missing.append("mobile_columns with one title")
    if missing:
        raise TypeError(f"{type(view).__name__} does not declare: {', '.join(missing)}")


def collect_column_names(view: View) -> set[str]:
    """Collect the names of all columns that a list, filter, form or detail page of the view names."""
    names: set[str] = {
        *(view.list_columns or ()),
        *(view.search_columns or ()),
        *(view.order_columns or ()),
    }
    for page in ("show", "add", "edit"):
        names |= set(getattr(view, f"{page}_columns") or ())
        for _title, group in getattr(view, f"{page}_fieldsets") or ():
            names |= set(group["fields"])
    names -= {"id"}
    return names | {name for transition in view.transitions for name in transition.fields}
