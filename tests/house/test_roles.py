"""The permissions of the roles, as FAB reads them."""

import re

from flask import Flask

from app.core.actor import STAFF_ROLES


def test_roles_are_the_staff_roles(shared_app: Flask) -> None:
    assert set(shared_app.config["FAB_ROLES"]) == set(STAFF_ROLES)
    assert set(shared_app.appbuilder.sm.builtin_roles) == set(STAFF_ROLES)  # type: ignore[attr-defined]


def test_every_pattern_is_anchored(shared_app: Flask) -> None:
    loose = [
        pattern
        for rows in shared_app.config["FAB_ROLES"].values()
        for row in rows
        for pattern in row
        if not (pattern.startswith("^") and pattern.endswith("$") and ".*" not in pattern)
    ]
    assert loose == []


def test_every_pattern_names_a_view_and_a_permission_that_exist(shared_app: Flask) -> None:
    builder = shared_app.appbuilder  # type: ignore[attr-defined]
    known = {
        (view.class_permission_name, name) for view in builder.baseviews for name in view.base_permissions
    }
    known |= {(item.name, "menu_access") for item in _menu_items(builder.menu.menu)}
    for role, rows in shared_app.config["FAB_ROLES"].items():
        for view, permission in rows:
            matches = [pair for pair in known if re.match(view, pair[0]) and re.match(permission, pair[1])]
            assert matches, f"{role}: {view} {permission} matches no permission"


def _menu_items(items: list) -> list:  # type: ignore[type-arg]
    return [found for item in items for found in (item, *_menu_items(item.childs))]
