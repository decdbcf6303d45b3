"""The page of the audit book: administrators read all, a peksos his own, others nothing, nobody writes."""

from collections.abc import Callable
from types import ModuleType

import pytest
from sqlalchemy import select

from app.audit.models import AuditEntry
from app.extensions import db
from tests.support.client import PortalClient

AsUser = Callable[[str], PortalClient]


def last_by(name: str) -> int:
    """The id of the last entry of what somebody did to a client."""
    query = select(AuditEntry.id).filter_by(actor_name=name, entity="client").order_by(AuditEntry.id.desc())
    return db.session.scalars(query).first()


def test_an_administrator_reads_everybodys_entries(as_user: AsUser, make: ModuleType) -> None:
    make.client(by="rina")
    make.client(by="dodi")

    page = as_user("admin").get("/audit/list/").get_data(as_text=True)

    assert "Rina Kusuma" in page
    assert "Dodi Pratama" in page


def test_a_peksos_reads_his_own_entries_only(as_user: AsUser, make: ModuleType) -> None:
    make.client(by="rina")
    make.client(by="dodi")
    rina = as_user("rina")

    page = rina.get("/audit/list/").get_data(as_text=True)

    assert "Dodi Pratama" not in page
    assert rina.get(f"/audit/show/{last_by('Rina Kusuma')}").status_code == 200
    assert rina.get(f"/audit/show/{last_by('Dodi Pratama')}").status_code == 404


def test_a_supervisor_does_not_open_it(as_user: AsUser, make: ModuleType) -> None:
    assert as_user("kabid").get("/audit/list/").status_code == 403


@pytest.mark.parametrize("path", ["/audit/add", "/audit/edit/1", "/audit/delete/1"])
def test_nobody_writes_in_it(as_user: AsUser, make: ModuleType, path: str) -> None:
    make.client()

    assert as_user("admin").post(path).status_code in (403, 404, 405)


def test_an_entry_says_what_changed_in_words(as_user: AsUser, make: ModuleType) -> None:
    make.client()

    page = as_user("admin").get(f"/audit/show/{last_by('Rina Kusuma')}").get_data(as_text=True)

    assert "identity_status" not in page
    assert "not_checked" not in page
    assert "→" in page
