from datetime import timedelta
from types import ModuleType

import pytest
from flask import Flask
from sqlalchemy import func, select, update
from sqlalchemy.exc import DBAPIError

from app.admin.base import PortalView
from app.audit.services.audit_book import erase_payload
from app.cases.enums import ActorKind, ServiceKind
from app.cases.event_types import CASE_OPENED, CASE_UPDATED
from app.cases.models.case import Case
from app.cases.models.entries import CaseNote
from app.cases.models.event import CaseEvent
from app.cases.services.entries import add_note
from app.cases.services.events import record_event
from app.core import clock
from app.core.actor import SYSTEM
from app.core.errors import PortalError
from app.db.transaction import transaction
from app.extensions import db
from tests.cases.service_calls import SERVICE_CALLS, create_records, find_service
from tests.support import books
from tests.support.concurrency import run_concurrently

SERVICES_WITHOUT_EVENT = {"receive_report", "update_report", "dismiss_report", "close_emergency_access"}
"""A report has no timeline; closing an emergency access is recorded in the audit log only."""


def _list_declared_services(app: Flask) -> set[str]:
    """Return the names of the case services that views declare for a form or a transition."""
    views = [view for view in app.appbuilder.baseviews if isinstance(view, PortalView)]  # type: ignore[attr-defined]
    declared = [
        service
        for view in views
        for service in (type(view).add_service, type(view).edit_service, *view.transition_services.values())
    ]
    return {
        service.__name__ for service in declared if service and "app.cases.services" in service.__module__
    }


def test_every_declared_service_has_a_call(shared_app: Flask) -> None:
    assert _list_declared_services(shared_app) - {*SERVICE_CALLS, *SERVICES_WITHOUT_EVENT} == set()


@pytest.mark.parametrize("service_name", sorted(SERVICE_CALLS))
def test_every_service_writes_exactly_one_event(app: Flask, make: ModuleType, service_name: str) -> None:
    kind, by, arguments = SERVICE_CALLS[service_name]
    it = create_records(make)
    before = db.session.scalar(select(func.max(CaseEvent.id))) or 0
    with transaction(by=make.get_user(by)):
        positional, named = arguments(it)
        find_service(service_name)(*positional, by=make.get_user(by), **named)
    written = db.session.scalars(select(CaseEvent).where(CaseEvent.id > before)).all()
    assert [(event.kind, event.actor_id, event.actor_kind) for event in written] == [
        (kind, make.get_user(by).id, ActorKind.user)
    ]
    assert books.list_faults() == []


def test_event_stores_time_of_occurrence_and_of_recording(app: Flask, make: ModuleType) -> None:
    yesterday = clock.now() - timedelta(days=1)
    note = make.note(happened_at=yesterday)
    event = db.session.scalars(select(CaseEvent).where(CaseEvent.kind == "note_added")).one()
    assert (event.occurred_at, event.source, event.source_id) == (yesterday, "case_note", note.id)
    assert event.recorded_at > yesterday


def test_event_sentence_has_its_placeholders_filled(app: Flask, make: ModuleType) -> None:
    make.service(kind=ServiceKind.counselling)
    sentences = [event.sentence for event in db.session.scalars(select(CaseEvent).order_by(CaseEvent.id))]
    assert "LK3/" in sentences[0]
    assert "%(" not in "".join(sentences)


def test_event_of_the_portal_itself_has_the_system_as_actor(app: Flask, make: ModuleType) -> None:
    case = make.case()
    with transaction(by=SYSTEM):
        event = record_event(case, CASE_UPDATED, by=SYSTEM)
    assert (event.actor_id, event.actor_name, event.actor_kind) == (None, "Siaga", ActorKind.system)


@pytest.mark.both_databases
def test_twenty_colleagues_write_in_one_case_at_once_and_the_chain_holds(
    app: Flask, make: ModuleType
) -> None:
    case_id = make.case().id

    def write(number: int) -> int:
        rina = make.get_user("rina")
        with transaction(by=rina):
            return add_note({"case": db.session.get(Case, case_id), "text": f"Catatan {number}"}, by=rina).id

    answers = run_concurrently(20, write)
    assert [answer for answer in answers if not isinstance(answer, int)] == []
    events = db.session.scalars(select(CaseEvent).order_by(CaseEvent.id)).all()
    assert len(events) == 21
    assert [event.prev_hash for event in events[1:]] == [event.hash for event in events[:-1]]
    assert books.list_faults() == []


def test_an_event_cannot_be_changed_or_deleted(app: Flask, make: ModuleType) -> None:
    make.case()
    for statement in (update(CaseEvent).values(kind="note_added"), CaseEvent.__table__.delete()):
        with pytest.raises(DBAPIError), transaction(by=SYSTEM):
            db.session.execute(statement)


def test_an_erased_payload_does_not_break_the_chain(app: Flask, make: ModuleType) -> None:
    make.note()
    first = db.session.scalars(select(CaseEvent).order_by(CaseEvent.id)).first()
    assert first is not None
    with transaction(by=SYSTEM):
        erase_payload(first, basis="UU PDP pasal 8", by=SYSTEM)
    db.session.expire_all()
    assert first.sentence == str(CASE_OPENED.label)
    assert books.list_faults() == []


@pytest.mark.both_databases
def test_refused_service_writes_no_event(app: Flask, make: ModuleType) -> None:
    case = make.case()
    with pytest.raises(PortalError):
        make.note(case=case, happened_at=clock.now() + timedelta(hours=1))
    assert db.session.scalar(select(func.count()).select_from(CaseEvent)) == 1
    assert db.session.scalar(select(func.count()).select_from(CaseNote)) == 0
