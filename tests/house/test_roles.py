"""The table of roles as the framework reads it."""

import re

from flask import Flask

from app.core.actor import STAFF


def test_there_are_three_roles_and_each_is_code(built: Flask) -> None:
    assert set(built.config["FAB_ROLES"]) == set(STAFF)
    assert set(built.appbuilder.sm.builtin_roles) == set(STAFF)  # type: ignore[attr-defined]


def test_every_pattern_is_anchored(built: Flask) -> None:
    loose = [
        pattern
        for rows in built.config["FAB_ROLES"].values()
        for row in rows
        for pattern in row
        if not (pattern.startswith("^") and pattern.endswith("$") and ".*" not in pattern)
    ]
    assert loose == []


def test_every_pattern_names_a_view_and_a_permission_that_exist(built: Flask) -> None:
    builder = built.appbuilder  # type: ignore[attr-defined]
    known = {
        (view.class_permission_name, name) for view in builder.baseviews for name in view.base_permissions
    }
    known |= {(item.name, "menu_access") for item in _menu_items(builder.menu.menu)}
    for role, rows in built.config["FAB_ROLES"].items():
        for view, permission in rows:
            matches = [pair for pair in known if re.match(view, pair[0]) and re.match(permission, pair[1])]
            assert matches, f"{role}: {view} {permission} names nothing"


def _menu_items(items: list) -> list:  # type: ignore[type-arg]
    return [found for item in items for found in (item, *_menu_items(item.childs))]
