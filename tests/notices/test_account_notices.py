"""A change of a user's account is notified to this user only."""

from collections.abc import Callable
from types import SimpleNamespace

import pytest
from flask import Flask
from sqlalchemy import select

from app.core import clock, formats
from app.core.actor import SYSTEM
from app.db.transaction import transaction
from app.extensions import db
from app.notices.enums import NoticeKind
from app.notices.models import Notice
from app.security.enums import AccountChange
from tests.security.test_log_in import log_in
from tests.security.test_users import add_user, apply_transition, temporary_password
from tests.support.accounts import change_account, edit_account
from tests.support.client import PortalClient
from tests.support.portal import PASSWORD, get_user

AsUser = Callable[[str], PortalClient]
SENTENCES = {
    AccountChange.password_reset: "Administrator memberi akun Anda kata sandi sementara yang baru.",
    AccountChange.roles_changed: "Administrator mengubah peran akun Anda.",
    AccountChange.deactivated: "Administrator menonaktifkan akun Anda.",
    AccountChange.activated: "Administrator mengaktifkan kembali akun Anda.",
}
OWN_PASSWORD = "kuda lumping naik perahu"


def list_account_notices() -> list[tuple[str, AccountChange | None]]:
    """Return user and change of each notice about an account, oldest first."""
    db.session.rollback()
    query = select(Notice).where(Notice.kind == NoticeKind.account_changed).order_by(Notice.id)
    users = {get_user(name).id: name for name in ("admin", "rina", "dodi", "sari", "kabid")}
    return [(users[notice.user_id], notice.detail) for notice in db.session.scalars(query)]


@pytest.mark.parametrize("change", AccountChange, ids=lambda change: change.name)
def test_account_change_is_notified_to_its_user_alone(
    app: Flask, as_user: AsUser, change: AccountChange
) -> None:
    change_account(as_user("admin"), "dodi", change)
    assert list_account_notices() == [("dodi", change)]
    if change is AccountChange.deactivated:  # readable once the account is active again
        with transaction(by=SYSTEM):
            get_user("dodi").active = True
    if change is AccountChange.password_reset:
        with transaction(by=SYSTEM):
            get_user("dodi").must_change_password = False
    dodi = as_user("dodi")
    for address in ("/", "/notices/list/"):
        page = dodi.get_page(address)
        assert SENTENCES[change] in page
        assert [text for text in SENTENCES.values() if text in page] == [SENTENCES[change]]
        assert "Admin<" not in page, "the notice names the administrator"
    assert formats.format_instant(clock.now()) in dodi.get_page("/")
    assert f"/users/show/{get_user('dodi').id}" not in dodi.get_page("/"), (
        "only administrators can open the page of a user"
    )
    for other in ("admin", "rina", "kabid"):
        browser = as_user(other)
        assert SENTENCES[change] not in browser.get_page("/") + browser.get_page("/notices/list/")


def test_account_notice_is_on_the_first_page_until_it_is_read(as_user: AsUser) -> None:
    change_account(as_user("admin"), "dodi", AccountChange.roles_changed)
    notice = db.session.scalars(select(Notice)).one()
    dodi = as_user("dodi")
    answer = dodi.post(f"/notices/{notice.id}/read", data={"version": notice.version, "next": "/"})
    assert answer.status_code == 302
    assert SENTENCES[AccountChange.roles_changed] not in dodi.get_page("/")
    assert SENTENCES[AccountChange.roles_changed] in dodi.get_page("/notices/list/")
    assert SENTENCES[AccountChange.roles_changed] in dodi.get_page(f"/notices/show/{notice.id}")


def test_user_reads_of_a_reset_password_after_the_next_log_in(
    as_user: AsUser, anonymous_client: PortalClient
) -> None:
    password = temporary_password(apply_transition(as_user("admin"), get_user("dodi"), "reset_password"))
    log_in(anonymous_client, "dodi", password)
    typed = {"old_password": password, "new_password": OWN_PASSWORD, "conf_password": OWN_PASSWORD}
    assert anonymous_client.post("/password/", data=typed).status_code == 302
    assert SENTENCES[AccountChange.password_reset] in anonymous_client.get_page("/")
    assert list_account_notices() == [("dodi", AccountChange.password_reset)]


def test_each_reset_is_notified_even_while_the_previous_notice_is_unread(as_user: AsUser) -> None:
    admin = as_user("admin")
    for _ in range(2):
        change_account(admin, "dodi", AccountChange.password_reset)
    assert list_account_notices() == [("dodi", AccountChange.password_reset)] * 2


def test_administrator_reads_of_a_change_of_his_own_account(as_user: AsUser) -> None:
    admin = as_user("admin")
    edit_account(admin, "admin", ["Admin", "Peksos"])
    assert list_account_notices() == [("admin", AccountChange.roles_changed)]
    page = admin.get_page("/")
    assert SENTENCES[AccountChange.roles_changed] in page
    assert f'href="/users/show/{get_user("admin").id}"' in page


def test_change_without_effect_on_access_is_not_notified(as_user: AsUser, people: SimpleNamespace) -> None:
    admin, dodi = as_user("admin"), as_user("dodi")
    edit_account(admin, "dodi", ["Peksos"], name="Dodi Saputra")
    edit_account(admin, "dodi", ["Peksos"], name="Dodi Saputra")
    assert add_user(admin).status_code == 200
    assert dodi.post("/profile/", data={"first_name": "Dodi"}).status_code == 302
    typed = {"old_password": PASSWORD, "new_password": OWN_PASSWORD, "conf_password": OWN_PASSWORD}
    assert dodi.post("/password/", data=typed).status_code == 302
    assert list_account_notices() == []


def test_refused_change_is_not_notified(as_user: AsUser) -> None:
    dodi = get_user("dodi")
    address, version = f"/users/{dodi.id}/activate", {"version": dodi.version}
    assert as_user("admin").post(address, data=version).status_code == 409
    assert as_user("sari").post(f"/users/{dodi.id}/reset_password", data=version).status_code == 403
    assert list_account_notices() == []
