"""The audit book knows who came, who failed and who left."""

from collections.abc import Callable

from sqlalchemy import select

from app.audit.models import AuditEntry
from app.extensions import db
from tests.security.test_log_in import log_in
from tests.support.client import PortalClient
from tests.support.portal import person


def accesses() -> list[tuple[str, int | None, int | None]]:
    """(action, whose account, who did it), as written."""
    rows = db.session.scalars(select(AuditEntry).order_by(AuditEntry.id))
    return [
        (row.action.name, row.entity_id, row.actor_id)
        for row in rows
        if row.action.name in ("login", "login_failed", "logout", "denied")
    ]


def test_coming_and_going_are_written_down(nobody: PortalClient) -> None:
    log_in(nobody)
    nobody.post("/logout/")
    rina = person("rina").id
    assert accesses()[-2:] == [("login", rina, rina), ("logout", rina, rina)]


def test_a_failure_names_the_account_and_nothing_that_was_typed(nobody: PortalClient) -> None:
    log_in(nobody, "rina", "kuda lumping naik perahu")
    log_in(nobody, "my password by mistake", "x")
    assert accesses()[-2:] == [("login_failed", person("rina").id, None), ("login_failed", None, None)]
    rows = db.session.execute(select(AuditEntry.__table__)).all()
    assert not [row for row in rows if "lumping" in str(row) or "mistake" in str(row)]


def test_a_refused_page_is_written_down(as_user: Callable[[str], PortalClient]) -> None:
    as_user("rina").get("/users/list/")
    assert accesses()[-1] == ("denied", None, person("rina").id)


def test_a_changed_password_is_told_without_any_of_it(as_user: Callable[[str], PortalClient]) -> None:
    rina = person("rina")
    as_user("admin").post(f"/users/{rina.id}/reset_password", data={"version": rina.version})
    told = db.session.scalars(select(AuditEntry).order_by(AuditEntry.id.desc())).first()
    assert told is not None
    assert set(told.changes) >= {"password", "must_change_password"}
    assert person("rina").password not in str(told.changes)
