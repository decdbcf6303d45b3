import inspect
from datetime import timedelta
from types import ModuleType

import pytest
from flask import Flask
from sqlalchemy import func, select, update
from sqlalchemy.exc import DBAPIError

from app.audit.services import erase_payload
from app.cases import services
from app.cases.choices import ServiceKind
from app.cases.models import Case, CaseEvent, CaseNote
from app.cases.services import add_note, record
from app.cases.states import ActorKind, EventKind
from app.core import clock
from app.core.actor import SYSTEM
from app.core.errors import PortalError
from app.core.unit import unit
from app.extensions import db
from tests.cases.walk import CALLS, cast
from tests.support import books
from tests.support.together import run_together

WITHOUT_A_CASE = {"receive_report", "update_report", "dismiss_report", "close_emergency_access"}
"""A report that is no case has no timeline, and the end of an access was told at its beginning."""


def _verbs() -> set[str]:
    functions = {name: thing for name, thing in vars(services).items() if inspect.isfunction(thing)}
    return {name for name, verb in functions.items() if "by" in inspect.signature(verb).parameters} - {
        "record"
    }


def test_every_verb_is_walked_here() -> None:
    assert _verbs() == {*CALLS, *WITHOUT_A_CASE}


@pytest.mark.parametrize("verb", sorted(CALLS))
def test_every_verb_writes_exactly_one_event(app: Flask, make: ModuleType, verb: str) -> None:
    kind, by, arguments = CALLS[verb]
    it = cast(make)
    before = db.session.scalar(select(func.max(CaseEvent.id))) or 0
    with unit(by=make.person(by)):
        positional, named = arguments(it)
        getattr(services, verb)(*positional, by=make.person(by), **named)
    written = db.session.scalars(select(CaseEvent).where(CaseEvent.id > before)).all()
    assert [(event.kind, event.actor_id, event.actor_kind) for event in written] == [
        (kind, make.person(by).id, ActorKind.user)
    ]
    assert books.faults() == []


def test_an_event_is_told_when_it_happened_and_when_it_was_written_down(app: Flask, make: ModuleType) -> None:
    yesterday = clock.now() - timedelta(days=1)
    note = make.note(happened_at=yesterday)
    event = db.session.scalars(select(CaseEvent).where(CaseEvent.kind == EventKind.note_added)).one()
    assert (event.occurred_at, event.source, event.source_id) == (yesterday, "case_note", note.id)
    assert event.recorded_at > yesterday


def test_an_event_says_what_happened_in_words(app: Flask, make: ModuleType) -> None:
    make.service(kind=ServiceKind.counselling)
    told = [event.sentence for event in db.session.scalars(select(CaseEvent).order_by(CaseEvent.id))]
    assert "LK3/" in told[0]
    assert "%(" not in "".join(told)


def test_what_the_portal_does_by_itself_is_told_as_such(app: Flask, make: ModuleType) -> None:
    case = make.case()
    with unit(by=SYSTEM):
        event = record(case, EventKind.case_updated, by=SYSTEM)
    assert (event.actor_id, event.actor_name, event.actor_kind) == (None, "Siaga", ActorKind.system)


def test_twenty_colleagues_write_in_one_case_at_once_and_the_chain_holds(
    app: Flask, make: ModuleType
) -> None:
    case_id = make.case().id

    def write(number: int) -> int:
        rina = make.person("rina")
        with unit(by=rina):
            return add_note({"case": db.session.get(Case, case_id), "text": f"Catatan {number}"}, by=rina).id

    answers = run_together(20, write)
    assert [answer for answer in answers if not isinstance(answer, int)] == []
    events = db.session.scalars(select(CaseEvent).order_by(CaseEvent.id)).all()
    assert len(events) == 21
    assert [event.prev_hash for event in events[1:]] == [event.hash for event in events[:-1]]
    assert books.faults() == []


def test_an_event_cannot_be_changed_or_deleted(app: Flask, make: ModuleType) -> None:
    make.case()
    for statement in (update(CaseEvent).values(kind=EventKind.note_added), CaseEvent.__table__.delete()):
        with pytest.raises(DBAPIError), unit(by=SYSTEM):
            db.session.execute(statement)


def test_an_erased_payload_does_not_break_the_chain(app: Flask, make: ModuleType) -> None:
    make.note()
    first = db.session.scalars(select(CaseEvent).order_by(CaseEvent.id)).first()
    assert first is not None
    with unit(by=SYSTEM):
        erase_payload(first, basis="UU PDP pasal 8", by=SYSTEM)
    db.session.expire_all()
    assert first.sentence == str(EventKind.case_opened.value)
    assert books.faults() == []


def test_a_refused_verb_writes_no_event(app: Flask, make: ModuleType) -> None:
    case = make.case()
    with pytest.raises(PortalError):
        make.note(case=case, happened_at=clock.now() + timedelta(hours=1))
    assert db.session.scalar(select(func.count()).select_from(CaseEvent)) == 1
    assert db.session.scalar(select(func.count()).select_from(CaseNote)) == 0
