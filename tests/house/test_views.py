"""Declarations of the model views."""

from collections.abc import Iterator
from typing import Any

from flask import Flask
from flask_babel import LazyString

from app.admin.base import PortalView
from app.admin.declaration import collect_column_names
from app.security.rules.roles import PERMISSION_TABLE

_STATE_COLUMNS = {"state", "status", "stage"}


def _views(app: Flask) -> list[PortalView]:
    views = [view for view in app.appbuilder.baseviews if isinstance(view, PortalView)]  # type: ignore[attr-defined]
    assert len(views) > 10
    return views


def _texts(view: PortalView) -> Iterator[tuple[str, Any]]:
    """Yield (place, text) of every text that the view declares."""
    declared = type(view)
    for title in ("list_title", "show_title", "add_title", "edit_title", "empty_hint", "search_hint"):
        yield title, getattr(declared, title)
    for name in collect_column_names(view):
        yield f"label of {name}", view.label_columns[name]
    for name, text in view.description_columns.items():
        yield f"hint of {name}", text
    for what in ("show", "add", "edit"):
        for title, _group in getattr(declared, f"{what}_fieldsets") or ():
            yield f"{what} fieldset", title
    for transition in declared.transitions:
        yield f"button of {transition.name}", transition.label
        yield f"question of {transition.name}", transition.confirm


def test_texts_of_views_are_lazy_strings(shared_app: Flask) -> None:
    fixed = [
        f"{type(view).__name__}: {place} = {text!r}"
        for view in _views(shared_app)
        for place, text in _texts(view)
        if text not in (None, "") and not isinstance(text, LazyString)
    ]
    assert fixed == []


def test_every_view_declares_titles_columns_and_policy(shared_app: Flask) -> None:
    for view in _views(shared_app):
        declared = type(view)
        assert declared.policy.is_complete_for(view.datamodel.obj), declared.__name__
        for name in ("list_title", "show_title", "add_title", "edit_title", "list_columns", "base_order"):
            assert getattr(declared, name), f"{declared.__name__} declares no {name}"
        for name in ("search_columns", "order_columns"):
            assert getattr(declared, name) is not None, f"{declared.__name__} declares no {name}"


def test_no_state_is_a_field_of_a_form(shared_app: Flask) -> None:
    for view in _views(shared_app):
        states = _STATE_COLUMNS | {transition.column for transition in view.transitions}
        form_columns = {*(view.add_columns or ()), *(view.edit_columns or ())}
        assert not form_columns & states, type(view).__name__


def test_no_form_contains_stamps_or_versions(shared_app: Flask) -> None:
    stamps = {
        "id",
        "created_at",
        "created_by",
        "changed_at",
        "changed_by",
        "version",
        "search_text",
        "archived_at",
    }
    for view in _views(shared_app):
        assert not {*(view.add_columns or ()), *(view.edit_columns or ())} & stamps, type(view).__name__


def test_every_view_is_in_the_permission_table(shared_app: Flask) -> None:
    every = {type(view).__name__ for view in shared_app.appbuilder.baseviews}  # type: ignore[attr-defined]
    assert {type(view).__name__ for view in _views(shared_app)} <= set(PERMISSION_TABLE) <= every


def test_no_view_has_bulk_actions(shared_app: Flask) -> None:
    # Each transition of a record needs its own reason, version and check; caseloads have a page of their own.
    assert [type(view).__name__ for view in _views(shared_app) if view.actions] == []
    rules = {rule.rule for rule in shared_app.url_map.iter_rules()}
    assert not {f"{view.route_base}/action_post" for view in _views(shared_app)} & rules
    assert [rule for rule in rules if "/action/" in rule or "/delete/" in rule] == []
