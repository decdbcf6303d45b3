"""Permissions of the roles."""

from collections.abc import Callable
from typing import Any

import pytest
from flask import Flask, g
from flask_login import login_user

from app.admin.navigation import get_navigation
from app.admin.permissions import can
from app.extensions import db
from app.security.models import PortalUser
from app.security.rules.roles import ROLE_PERMISSIONS
from tests.support.accounts import is_permitted
from tests.support.client import PortalClient
from tests.support.portal import CAST, get_user


def test_the_supervisor_changes_nothing_but_own_sessions_and_notices() -> None:
    reads = {"can_list", "can_show", "can_download"}
    assert {(view, name) for view, name in ROLE_PERMISSIONS["Supervisor"] if name not in reads} == {
        ("SessionView", "can_end"),
        ("NoticeView", "can_read"),
    }


def test_only_the_administrator_lowers_a_confidentiality() -> None:
    holders = {
        role for role, pairs in ROLE_PERMISSIONS.items() if ("CaseView", "can_lower_confidentiality") in pairs
    }
    assert holders == {"Admin"}


def test_no_role_has_a_permission_to_delete() -> None:
    assert [name for pairs in ROLE_PERMISSIONS.values() for _view, name in pairs if "delete" in name] == []


@pytest.mark.parametrize("username", [*CAST, None])
def test_framework_grants_exactly_the_permissions_of_the_table(app: Flask, username: str | None) -> None:
    builder: Any = app.appbuilder  # type: ignore[attr-defined]
    with app.test_request_context():
        user = _log_in(username) if username else None
        pairs = [(view, name) for view in builder.baseviews for name in view.base_permissions]
        assert len(pairs) > 200
        for view, name in pairs:
            page = name.removeprefix("can_")
            expected = user is not None and is_permitted(user, name, view.class_permission_name)
            assert can(view, page) is expected, (view.class_permission_name, name)


def test_user_without_a_role_has_no_permission(app: Flask) -> None:
    builder: Any = app.appbuilder  # type: ignore[attr-defined]
    with app.test_request_context():
        _log_in("rina").roles = []
        assert not any(can(view, "list") or can(view, "show") for view in builder.baseviews)
        assert get_navigation().groups == []
        db.session.rollback()


def _log_in(username: str) -> PortalUser:
    user = get_user(username)
    login_user(user)
    g.user = user
    return user


@pytest.mark.parametrize("username", ["admin", "rina", "kabid"])
def test_the_menu_links_exactly_the_pages_that_the_role_may_open(app: Flask, username: str) -> None:
    builder: Any = app.appbuilder  # type: ignore[attr-defined]
    with app.test_request_context():
        user = _log_in(username)
        shown = {link.url for group in get_navigation().groups for link in group.links}
        for item in _menu_items(builder.menu.get_list()):
            if item.baseview is None:
                continue
            page = item.baseview.get_method_permission(item.baseview.default_view)
            name = type(item.baseview).__name__
            assert (item.get_url() in shown) == is_permitted(user, f"can_{page}", name), name


def _menu_items(items: list[Any]) -> list[Any]:
    return [found for item in items for found in (item, *_menu_items(item.childs))]


@pytest.mark.parametrize("username", ["admin", "rina", "kabid"])
def test_permission_checks_take_no_statement(
    as_user: Callable[[str], PortalClient], capture_statements: Callable[..., Any], username: str
) -> None:
    client = as_user(username)
    client.get("/profile/")
    with capture_statements() as sent:
        client.get("/profile/")
    selects = [str(one) for one in sent if "select" in str(one).lower()]
    assert len(selects) == 1, selects
