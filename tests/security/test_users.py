"""Pages on which administrators manage users."""

import logging
import re
from collections.abc import Callable
from functools import partial
from types import SimpleNamespace

import pytest
from sqlalchemy import select
from sqlalchemy.orm.attributes import set_committed_value
from werkzeug.test import TestResponse

from app.audit.models import AuditEntry
from app.core.actor import SYSTEM
from app.core.errors import Conflict, PortalError
from app.db.transaction import transaction
from app.extensions import db
from app.security.models import PortalUser
from app.security.services import users
from app.security.services.users import update_user
from tests.security.test_log_in import log_in
from tests.support.client import PortalClient
from tests.support.concurrency import run_concurrently
from tests.support.html import field_error
from tests.support.portal import PASSWORD, get_user
from tests.support.rows import dump_tables

AsUser = Callable[[str], PortalClient]
OWN_PASSWORD = "kuda lumping naik perahu"


def add_user(client: PortalClient, **typed: object) -> TestResponse:
    data = {"first_name": "Sumiati", "username": "sumiati", "roles": ["Peksos"], **typed}
    return client.post("/users/add", data=data)


def apply_transition(client: PortalClient, user: PortalUser, name: str) -> TestResponse:
    return client.post(f"/users/{user.id}/{name}", data={"version": user.version})


def temporary_password(page: TestResponse) -> str:
    found = re.search(r"[a-z0-9]{4}(-[a-z0-9]{4}){3}", page.text)
    assert found, "the page shows no temporary password"
    return found.group()


def test_a_new_user_gets_a_temporary_password_that_is_shown_once(as_user: AsUser) -> None:
    admin = as_user("admin")
    shown = add_user(admin)
    assert shown.headers["Cache-Control"] == "no-store"
    assert temporary_password(shown)
    assert temporary_password(shown) not in admin.get_page(f"/users/show/{get_user('sumiati').id}")
    assert f"/users/show/{get_user('sumiati').id}" in shown.text
    assert get_user("sumiati").full_name == "Sumiati"
    assert get_user("sumiati").role_names == {"Peksos"}


def test_a_temporary_password_is_changed_before_anything_else(
    as_user: AsUser, anonymous_client: PortalClient
) -> None:
    admin = as_user("admin")
    password = temporary_password(add_user(admin))
    log_in(anonymous_client, "sumiati", password)
    for path in ("/", "/profile/", "/users/list/"):
        assert anonymous_client.get(path).location == "/password/"
    assert anonymous_client.post("/profile/", data={"first_name": "x"}).location == "/password/"
    assert anonymous_client.get("/api/v1/search?q=a").status_code == 403
    typed = {"old_password": password, "new_password": OWN_PASSWORD, "conf_password": OWN_PASSWORD}
    assert anonymous_client.post("/password/", data=typed).status_code == 302
    assert anonymous_client.get("/profile/").status_code == 200


def test_temporary_password_cannot_be_kept_as_the_own_password(
    as_user: AsUser, anonymous_client: PortalClient
) -> None:
    admin = as_user("admin")
    password = temporary_password(add_user(admin))
    log_in(anonymous_client, "sumiati", password)
    typed = {"old_password": password, "new_password": password, "conf_password": password}
    assert anonymous_client.post("/password/", data=typed).status_code == 200
    assert anonymous_client.get("/").location == "/password/"


@pytest.mark.parametrize(
    "typed",
    [
        {"first_name": ""},
        {"first_name": "x" * 65},
        {"username": "rina"},
        {"username": "RINA"},
        {"username": "ab"},
        {"username": "ada spasi"},
        {"username": ""},
        {"roles": []},
        {"roles": ["Owner"]},
    ],
)
def test_invalid_user_is_not_created(as_user: AsUser, typed: dict[str, object]) -> None:
    answer = add_user(as_user("admin"), **typed)
    assert answer.status_code == 200
    assert "error-summary" in answer.text
    assert users.find_user("sumiati") is None


def test_an_administrator_changes_name_and_roles(as_user: AsUser) -> None:
    dodi = get_user("dodi")
    typed = {"first_name": "Dodi", "roles": ["Peksos", "Supervisor"], "version": dodi.version}
    admin = as_user("admin")
    assert 'value="Dodi Pratama"' in admin.get_page(f"/users/edit/{dodi.id}")
    assert admin.post(f"/users/edit/{dodi.id}", data=typed).status_code == 302
    assert get_user("dodi").full_name == "Dodi"
    assert get_user("dodi").role_names == {"Peksos", "Supervisor"}


@pytest.mark.both_databases
def test_two_administrators_do_not_overwrite_each_other(as_user: AsUser) -> None:
    dodi = get_user("dodi")
    typed = {"first_name": "Dodi", "roles": ["Peksos"], "version": dodi.version}
    admin = as_user("admin")
    admin.post(f"/users/edit/{dodi.id}", data=typed)
    assert admin.post(f"/users/edit/{dodi.id}", data={**typed, "first_name": "D."}).status_code == 409
    assert get_user("dodi").full_name == "Dodi"


def test_last_administrator_keeps_the_role(as_user: AsUser) -> None:
    boss = get_user("admin")
    typed = {"first_name": "Admin", "roles": ["Peksos"], "version": boss.version}
    assert as_user("admin").post(f"/users/edit/{boss.id}", data=typed).status_code == 200
    assert get_user("admin").role_names == {"Admin"}


def test_inactive_administrator_does_not_count_as_another_one(as_user: AsUser) -> None:
    with transaction(by=get_user("admin")):
        get_user("sari").roles = get_user("admin").roles
        get_user("sari").active = False
    admin = get_user("admin")
    data = {"version": admin.version, "first_name": "Admin", "roles": "Peksos"}
    answer = as_user("admin").post(f"/users/edit/{admin.id}", data=data)
    assert field_error(answer, "roles")
    db.session.expire_all()
    assert get_user("admin").role_names == {"Admin"}


def test_a_temporary_password_opens_no_api(as_user: AsUser) -> None:
    rina = as_user("rina")
    assert rina.get("/api/v1/search?q=a").status_code == 200
    with transaction(by=get_user("admin")):
        get_user("rina").must_change_password = True
    assert rina.get("/api/v1/search?q=a").status_code == 403


def test_administrator_cannot_deactivate_the_own_account(as_user: AsUser) -> None:
    boss = get_user("admin")
    assert apply_transition(as_user("admin"), boss, "deactivate").status_code == 403
    assert get_user("admin").active


def test_deactivated_user_is_listed_and_can_be_activated_again(
    as_user: AsUser, anonymous_client: PortalClient
) -> None:
    admin = as_user("admin")
    assert apply_transition(admin, get_user("dodi"), "deactivate").status_code == 302
    assert log_in(anonymous_client, "dodi").status_code == 200
    assert "Dodi Pratama" in admin.get_page("/users/list/")
    assert apply_transition(admin, get_user("dodi"), "activate").status_code == 302
    assert log_in(anonymous_client, "dodi").status_code == 302


def test_reset_password_is_shown_once_and_the_old_one_is_invalid(
    as_user: AsUser, anonymous_client: PortalClient
) -> None:
    dodi, admin = get_user("dodi"), as_user("admin")
    working = as_user("dodi")
    password = temporary_password(apply_transition(admin, dodi, "reset_password"))
    assert working.get("/profile/").location.startswith("/login/")
    assert log_in(anonymous_client, "dodi", PASSWORD).status_code == 200
    log_in(anonymous_client, "dodi", password)
    assert anonymous_client.get("/").location == "/password/"


def test_a_temporary_password_is_in_no_cookie_no_log_and_no_table(
    as_user: AsUser, caplog: pytest.LogCaptureFixture
) -> None:
    admin = as_user("admin")
    with caplog.at_level(logging.DEBUG):
        for answer in (add_user(admin), apply_transition(admin, get_user("dodi"), "reset_password")):
            password = temporary_password(answer)
            with admin.session_transaction() as session:
                assert password not in str(dict(session))
            assert password not in caplog.text
            rows = {
                **dump_tables(),
                "audit": [repr(row) for row in db.session.execute(select(AuditEntry.__table__))],
            }
            assert [table for table, lines in rows.items() if password in "".join(lines)] == []


def test_form_sent_twice_makes_one_user_and_shows_no_second_password(as_user: AsUser) -> None:
    admin = as_user("admin")
    assert temporary_password(add_user(admin, form_key="u" * 43))
    again = add_user(admin, form_key="u" * 43)
    assert again.location == f"/users/show/{get_user('sumiati').id}"
    assert "-" not in "".join(re.findall(r"[a-z0-9]{4}(?:-[a-z0-9]{4}){3}", admin.get_page(again.location)))


@pytest.mark.parametrize("username", ["rina", "kabid"])
def test_only_administrators_see_and_change_users(as_user: AsUser, username: str) -> None:
    client, dodi = as_user(username), get_user("dodi")
    for path in ("/users/list/", f"/users/show/{dodi.id}", "/users/add", f"/users/edit/{dodi.id}"):
        assert client.get(path).status_code == 403
    assert add_user(client).status_code == 403
    for name in ("deactivate", "activate", "unlock", "reset_password"):
        assert apply_transition(client, dodi, name).status_code == 403
    assert users.find_user("sumiati") is None


def test_last_administrator_cannot_be_deactivated(people: SimpleNamespace) -> None:
    with pytest.raises(PortalError), transaction(by=SYSTEM):
        users.deactivate(people.admin, by=SYSTEM)
    assert get_user("admin").active


@pytest.mark.both_databases
def test_two_administrators_who_deactivate_each_other_at_once_leave_one(people: SimpleNamespace) -> None:
    with transaction(by=SYSTEM):
        users.update_user(people.dodi, {"first_name": "Dodi", "roles": ["Admin"]}, by=SYSTEM)
    ids = [people.admin.id, people.dodi.id]

    def remove_other(number: int) -> object:
        me, other = (db.session.get_one(PortalUser, ids[number - turn]) for turn in (0, 1))
        if number == 0:
            service = partial(users.deactivate, other, by=me)
        else:
            service = partial(users.update_user, other, {"first_name": "Admin", "roles": ["Peksos"]}, by=me)
        with transaction(by=me):
            service()
        return None

    ends = run_concurrently(2, remove_other)
    assert sorted(type(end).__name__ for end in ends) == ["NoneType", "PortalError"]
    bosses = select(PortalUser.id).where(PortalUser.active.is_(True), PortalUser.roles.any(name="Admin"))
    assert len(db.session.scalars(bosses).all()) == 1


@pytest.mark.both_databases
def test_of_two_concurrent_account_changes_one_is_a_conflict(people: SimpleNamespace) -> None:
    sari, loaded_version = people.sari, people.sari.version
    db.session.rollback()
    with db.engine.begin() as other:
        other.exec_driver_sql("UPDATE ab_user SET version = version + 1 WHERE username = 'sari'")
    set_committed_value(sari, "version", loaded_version)
    with pytest.raises(Conflict), transaction(by=people.admin):
        update_user(sari, {"first_name": "Sari Baru", "roles": ["Peksos"]}, by=people.admin)
