"""Log-ins, failed log-ins, log-outs and refused pages are recorded in the audit log."""

from collections.abc import Callable

from sqlalchemy import select

from app.audit.models import AuditEntry
from app.extensions import db
from tests.security.test_log_in import log_in
from tests.support.client import PortalClient
from tests.support.portal import get_user


def list_login_entries() -> list[tuple[str, int | None, int | None]]:
    """Return action, id of the account and id of the actor of each entry, in the order of recording."""
    rows = db.session.scalars(select(AuditEntry).order_by(AuditEntry.id))
    return [
        (row.action.name, row.entity_id, row.actor_id)
        for row in rows
        if row.action.name in ("login", "login_failed", "logout", "denied")
    ]


def test_log_in_and_log_out_are_recorded(anonymous_client: PortalClient) -> None:
    log_in(anonymous_client)
    anonymous_client.post("/logout/")
    rina = get_user("rina").id
    assert list_login_entries()[-2:] == [("login", rina, rina), ("logout", rina, rina)]


def test_failed_log_in_names_the_account_and_nothing_that_was_typed(anonymous_client: PortalClient) -> None:
    log_in(anonymous_client, "rina", "kuda lumping naik perahu")
    log_in(anonymous_client, "my password by mistake", "x")
    assert list_login_entries()[-2:] == [
        ("login_failed", get_user("rina").id, None),
        ("login_failed", None, None),
    ]
    rows = db.session.execute(select(AuditEntry.__table__)).all()
    assert not [row for row in rows if "lumping" in str(row) or "mistake" in str(row)]


def test_refused_page_is_recorded(as_user: Callable[[str], PortalClient]) -> None:
    as_user("rina").get("/users/list/")
    assert list_login_entries()[-1] == ("denied", None, get_user("rina").id)


def test_changed_password_is_recorded_without_its_value(as_user: Callable[[str], PortalClient]) -> None:
    rina = get_user("rina")
    as_user("admin").post(f"/users/{rina.id}/reset_password", data={"version": rina.version})
    entry = db.session.scalars(select(AuditEntry).order_by(AuditEntry.id.desc())).first()
    assert entry is not None
    assert set(entry.changes) >= {"password", "must_change_password"}
    assert get_user("rina").password not in str(entry.changes)
