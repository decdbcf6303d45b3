"""Audit entries about viewing, refusals and log-ins, also when the request saves nothing."""

from collections.abc import Callable
from types import ModuleType, SimpleNamespace

import pytest
from flask import Flask
from sqlalchemy import select

from app.audit.enums import Action
from app.audit.models import AuditEntry
from app.audit.services import audit_book
from app.core.signals import record_accessed
from app.extensions import db
from tests.support import portal
from tests.support.client import PortalClient

AsUser = Callable[[str], PortalClient]


def list_entries() -> list[tuple[str, str, int | None, str | None]]:
    query = select(AuditEntry).order_by(AuditEntry.id)
    db.session.rollback()
    return [(e.action.name, e.entity, e.entity_id, e.actor_name) for e in db.session.scalars(query)]


def test_opening_a_record_is_recorded(as_user: AsUser, make: ModuleType) -> None:
    client = make.client()

    as_user("kabid").get(f"/clients/show/{client.id}")

    assert list_entries()[-1] == ("view", "client", client.id, "Kepala Bidang")
    assert audit_book.find_broken_entry() is None


def test_refusal_is_recorded_though_nothing_is_saved(as_user: AsUser, make: ModuleType) -> None:
    client = make.client()

    answer = as_user("kabid").post(f"/clients/edit/{client.id}", data={"name": "Someone else"})

    assert answer.status_code == 403
    assert list_entries()[-1] == ("denied", "client", None, "Kepala Bidang")


def test_entry_has_the_ip_address_of_the_request(as_user: AsUser, make: ModuleType) -> None:
    client = make.client()

    as_user("rina").get(f"/clients/show/{client.id}", environ_overrides={"REMOTE_ADDR": "10.0.0.7"})

    assert db.session.scalars(select(AuditEntry).order_by(AuditEntry.id.desc())).first().ip == "10.0.0.7"


def test_log_in_failure_and_log_out_are_recorded(
    anonymous_client: PortalClient, people: SimpleNamespace
) -> None:
    key = people.rina.id
    before = len(list_entries())

    anonymous_client.post("/login/", data={"username": "rina", "password": "wrong"})
    anonymous_client.post("/login/", data={"username": "rina", "password": portal.PASSWORD})
    anonymous_client.post("/logout/")

    assert [entry for entry in list_entries()[before:] if entry[0] != "update"] == [
        ("login_failed", "ab_user", key, None),
        ("login", "ab_user", key, "Rina Kusuma"),
        ("logout", "ab_user", key, "Rina Kusuma"),
    ]


def test_an_access_outside_a_request_is_written_at_once(app: Flask) -> None:
    record_accessed.send(None, action="export", entity="client", entity_id=None)

    assert list_entries()[-1] == ("export", "client", None, None)


@pytest.mark.parametrize("action", [a for a in Action if a.name not in ("create", "update", "delete")])
def test_every_access_can_be_logged(app: Flask, people: SimpleNamespace, action: Action) -> None:
    audit_book.log_access(action.name, "client", 7, by=people.rina, ip="10.0.0.7")

    assert list_entries()[-1] == (action.name, "client", 7, "Rina Kusuma")
