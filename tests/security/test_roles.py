"""The roles at work."""

from collections.abc import Callable
from typing import Any

import pytest
from flask import Flask, g
from flask_login import login_user

from app.security.rules.roles import PERMISSION_TABLE, ROLE_PERMISSIONS, has_permission
from tests.support.client import PortalClient
from tests.support.portal import get_user

CHANGING_PERMISSIONS = {"can_add", "can_edit", "can_archive", "can_restore"}


def test_the_supervisor_changes_nothing_but_own_sessions_and_notices() -> None:
    reads = {"can_list", "can_show", "can_download"}
    assert {(view, name) for view, name in ROLE_PERMISSIONS["Supervisor"] if name not in reads} == {
        ("SessionView", "can_end"),
        ("NoticeView", "can_read"),
    }


def test_only_the_administrator_lowers_a_confidentiality() -> None:
    assert has_permission(_ActorWithRoles("Admin"), "can_lower_confidentiality", "CaseView")
    assert not has_permission(_ActorWithRoles("Peksos"), "can_lower_confidentiality", "CaseView")


def test_nobody_deletes() -> None:
    assert [name for pairs in ROLE_PERMISSIONS.values() for _view, name in pairs if "delete" in name] == []


def test_somebody_without_a_role_may_nothing() -> None:
    assert not any(has_permission(_ActorWithRoles(), "can_list", view) for view in PERMISSION_TABLE)


class _ActorWithRoles:
    actor_id = 1
    full_name = "Somebody"
    emergency_case_ids: frozenset[int] = frozenset()

    def __init__(self, *roles: str) -> None:
        self.role_names = frozenset(roles)


@pytest.mark.parametrize("username", ["admin", "rina", "kabid"])
def test_the_menu_holds_exactly_what_the_role_may_open(app: Flask, username: str) -> None:
    builder: Any = app.appbuilder  # type: ignore[attr-defined]
    with app.test_request_context():
        user = get_user(username)
        login_user(user)
        g.user = user
        allowed = builder.sm.get_user_menu_access(builder.menu.get_flat_name_list())
        for item in _menu_items(builder.menu.get_list()):
            if type(item.baseview).__name__ in PERMISSION_TABLE:
                name = type(item.baseview).__name__
                first = item.baseview.get_method_permission(item.baseview.default_view)
                assert (item.name in allowed) == has_permission(user, f"can_{first}", name), name
            if item.childs:
                assert (item.name in allowed) == bool({child.name for child in item.childs} & allowed)


def _menu_items(items: list[Any]) -> list[Any]:
    return [found for item in items for found in (item, *_menu_items(item.childs))]


@pytest.mark.parametrize("username", ["admin", "rina", "kabid"])
def test_rights_cost_no_statement(
    as_user: Callable[[str], PortalClient], capture_statements: Callable[..., Any], username: str
) -> None:
    client = as_user(username)
    client.get("/profile/")
    with capture_statements() as sent:
        client.get("/profile/")
    selects = [str(one) for one in sent if "select" in str(one).lower()]
    assert len(selects) == 1, selects
