"""The administrator's page of users."""

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
from app.core.unit import unit
from app.extensions import db
from app.security import services
from app.security.models import PortalUser
from app.security.services import update_user
from tests.security.test_log_in import log_in
from tests.support.client import PortalClient
from tests.support.portal import PASSWORD, person
from tests.support.rows import dump
from tests.support.together import run_together

AsUser = Callable[[str], PortalClient]
OWN = "kuda lumping naik perahu"


def add(client: PortalClient, **typed: object) -> TestResponse:
    data = {"first_name": "Sumiati", "username": "sumiati", "roles": ["Peksos"], **typed}
    return client.post("/users/add", data=data)


def move(client: PortalClient, user: PortalUser, name: str) -> TestResponse:
    return client.post(f"/users/{user.id}/{name}", data={"version": user.version})


def told(page: TestResponse) -> str:
    found = re.search(r"[a-z0-9]{4}(-[a-z0-9]{4}){3}", page.text)
    assert found, "the page tells no temporary password"
    return found.group()


def test_a_new_user_gets_a_temporary_password_that_is_shown_once(as_user: AsUser) -> None:
    admin = as_user("admin")
    shown = add(admin)
    assert shown.headers["Cache-Control"] == "no-store"
    assert told(shown)
    assert told(shown) not in admin.get_page(f"/users/show/{person('sumiati').id}")
    assert f"/users/show/{person('sumiati').id}" in shown.text
    assert person("sumiati").full_name == "Sumiati"
    assert person("sumiati").role_names == {"Peksos"}


def test_a_temporary_password_is_changed_before_anything_else(as_user: AsUser, nobody: PortalClient) -> None:
    admin = as_user("admin")
    password = told(add(admin))
    log_in(nobody, "sumiati", password)
    for path in ("/", "/profile/", "/users/list/"):
        assert nobody.get(path).location == "/password/"
    assert nobody.post("/profile/", data={"first_name": "x"}).location == "/password/"
    assert nobody.get("/api/v1/search?q=a").status_code == 403
    typed = {"old_password": password, "new_password": OWN, "conf_password": OWN}
    assert nobody.post("/password/", data=typed).status_code == 302
    assert nobody.get("/profile/").status_code == 200


def test_the_temporary_password_itself_is_no_new_password(as_user: AsUser, nobody: PortalClient) -> None:
    admin = as_user("admin")
    password = told(add(admin))
    log_in(nobody, "sumiati", password)
    typed = {"old_password": password, "new_password": password, "conf_password": password}
    assert nobody.post("/password/", data=typed).status_code == 200
    assert nobody.get("/").location == "/password/"


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
def test_a_user_that_cannot_be_is_not_made(as_user: AsUser, typed: dict[str, object]) -> None:
    answer = add(as_user("admin"), **typed)
    assert answer.status_code == 200
    assert "error-summary" in answer.text
    assert services.user_named("sumiati") is None


def test_an_administrator_changes_name_and_roles(as_user: AsUser) -> None:
    dodi = person("dodi")
    typed = {"first_name": "Dodi", "roles": ["Peksos", "Supervisor"], "version": dodi.version}
    admin = as_user("admin")
    assert 'value="Dodi Pratama"' in admin.get_page(f"/users/edit/{dodi.id}")
    assert admin.post(f"/users/edit/{dodi.id}", data=typed).status_code == 302
    assert person("dodi").full_name == "Dodi"
    assert person("dodi").role_names == {"Peksos", "Supervisor"}


def test_two_administrators_do_not_overwrite_each_other(as_user: AsUser) -> None:
    dodi = person("dodi")
    typed = {"first_name": "Dodi", "roles": ["Peksos"], "version": dodi.version}
    admin = as_user("admin")
    admin.post(f"/users/edit/{dodi.id}", data=typed)
    assert admin.post(f"/users/edit/{dodi.id}", data={**typed, "first_name": "D."}).status_code == 409
    assert person("dodi").full_name == "Dodi"


def test_the_last_administrator_remains(as_user: AsUser) -> None:
    boss = person("admin")
    typed = {"first_name": "Admin", "roles": ["Peksos"], "version": boss.version}
    assert as_user("admin").post(f"/users/edit/{boss.id}", data=typed).status_code == 200
    assert person("admin").role_names == {"Admin"}


def test_nobody_deactivates_himself(as_user: AsUser) -> None:
    boss = person("admin")
    assert move(as_user("admin"), boss, "deactivate").status_code == 403
    assert person("admin").active


def test_a_deactivated_user_stays_in_the_list_and_comes_back(as_user: AsUser, nobody: PortalClient) -> None:
    admin = as_user("admin")
    assert move(admin, person("dodi"), "deactivate").status_code == 302
    assert log_in(nobody, "dodi").status_code == 200
    assert "Dodi Pratama" in admin.get_page("/users/list/")
    assert move(admin, person("dodi"), "activate").status_code == 302
    assert log_in(nobody, "dodi").status_code == 302


def test_a_reset_password_is_told_once_and_the_old_one_is_dead(as_user: AsUser, nobody: PortalClient) -> None:
    dodi, admin = person("dodi"), as_user("admin")
    working = as_user("dodi")
    password = told(move(admin, dodi, "reset_password"))
    assert working.get("/profile/").location.startswith("/login/")
    assert log_in(nobody, "dodi", PASSWORD).status_code == 200
    log_in(nobody, "dodi", password)
    assert nobody.get("/").location == "/password/"


def test_a_temporary_password_is_in_no_cookie_no_log_and_no_table(
    as_user: AsUser, caplog: pytest.LogCaptureFixture
) -> None:
    admin = as_user("admin")
    with caplog.at_level(logging.DEBUG):
        for answer in (add(admin), move(admin, person("dodi"), "reset_password")):
            password = told(answer)
            with admin.session_transaction() as session:
                assert password not in str(dict(session))
            assert password not in caplog.text
            rows = {
                **dump(),
                "audit": [repr(row) for row in db.session.execute(select(AuditEntry.__table__))],
            }
            assert [table for table, lines in rows.items() if password in "".join(lines)] == []


def test_a_form_sent_twice_makes_one_user_and_tells_no_second_password(as_user: AsUser) -> None:
    admin = as_user("admin")
    assert told(add(admin, form_key="u" * 43))
    again = add(admin, form_key="u" * 43)
    assert again.location == f"/users/show/{person('sumiati').id}"
    assert "-" not in "".join(re.findall(r"[a-z0-9]{4}(?:-[a-z0-9]{4}){3}", admin.get_page(again.location)))


@pytest.mark.parametrize("username", ["rina", "kabid"])
def test_only_administrators_see_and_change_users(as_user: AsUser, username: str) -> None:
    client, dodi = as_user(username), person("dodi")
    for path in ("/users/list/", f"/users/show/{dodi.id}", "/users/add", f"/users/edit/{dodi.id}"):
        assert client.get(path).status_code == 403
    assert add(client).status_code == 403
    for name in ("deactivate", "activate", "unlock", "reset_password"):
        assert move(client, dodi, name).status_code == 403
    assert services.user_named("sumiati") is None


def test_the_last_administrator_is_deactivated_by_nobody(people: SimpleNamespace) -> None:
    with pytest.raises(PortalError), unit(by=SYSTEM):
        services.deactivate(people.admin, by=SYSTEM)
    assert person("admin").active


def test_two_administrators_who_dismiss_each_other_at_once_leave_one(people: SimpleNamespace) -> None:
    with unit(by=SYSTEM):
        services.update_user(people.dodi, {"first_name": "Dodi", "roles": ["Admin"]}, by=SYSTEM)
    ids = [people.admin.id, people.dodi.id]

    def dismiss(number: int) -> object:
        me, other = (db.session.get_one(PortalUser, ids[number - turn]) for turn in (0, 1))
        if number == 0:
            verb = partial(services.deactivate, other, by=me)
        else:
            verb = partial(services.update_user, other, {"first_name": "Admin", "roles": ["Peksos"]}, by=me)
        with unit(by=me):
            verb()
        return None

    ends = run_together(2, dismiss)
    assert sorted(type(end).__name__ for end in ends) == ["NoneType", "PortalError"]
    bosses = select(PortalUser.id).where(PortalUser.active.is_(True), PortalUser.roles.any(name="Admin"))
    assert len(db.session.scalars(bosses).all()) == 1


def test_of_two_who_change_an_account_at_once_one_is_told(people: SimpleNamespace) -> None:
    sari, seen = people.sari, people.sari.version
    db.session.rollback()
    with db.engine.begin() as other:
        other.exec_driver_sql("UPDATE ab_user SET version = version + 1 WHERE username = 'sari'")
    set_committed_value(sari, "version", seen)
    with pytest.raises(Conflict), unit(by=people.admin):
        update_user(sari, {"first_name": "Sari Baru", "roles": ["Peksos"]}, by=people.admin)
