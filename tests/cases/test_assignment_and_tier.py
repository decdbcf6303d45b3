from datetime import timedelta
from types import ModuleType, SimpleNamespace

import pytest
from flask import Flask
from sqlalchemy import select

from app.cases.enums import PersonRole, Urgency
from app.cases.models.event import CaseEvent, CaseReason
from app.cases.services.caseload import assign_worker, take_case
from app.cases.services.cases import (
    add_person,
    join_team,
    lower_confidentiality,
    raise_confidentiality,
    update_case,
    update_person,
)
from app.core import clock
from app.core.errors import Conflict, Forbidden, PortalError
from app.db.transaction import transaction
from app.extensions import db
from app.reference.enums import Confidentiality
from tests.support.concurrency import run_concurrently

ORDINARY, LIMITED, SECRET = Confidentiality


def _last_event() -> CaseEvent:
    return db.session.scalars(select(CaseEvent).order_by(CaseEvent.id.desc())).first()


def _last_reason() -> str | None:
    return db.session.scalar(select(CaseReason.text).where(CaseReason.event_id == _last_event().id))


def test_a_peksos_joins_an_ordinary_case(app: Flask, make: ModuleType, people: SimpleNamespace) -> None:
    case = make.case(by="rina")
    before = case.version
    with transaction(by=people.sari):
        join_team(case, by=people.sari)
    assert {*case.team} == {people.rina, people.sari}
    assert (_last_event().actor_id, _last_event().data) == (people.sari.id, {"user_id": people.sari.id})
    assert case.version > before, "a concurrent edit of the team must be a version conflict"


def test_nobody_joins_a_limited_case_twice_or_as_a_supervisor(
    app: Flask, make: ModuleType, people: SimpleNamespace
) -> None:
    ordinary, limited = make.case(), make.case(confidentiality=LIMITED)
    for case, by, refusal in (
        (limited, people.sari, Forbidden),
        (ordinary, people.kabid, Forbidden),
        (ordinary, people.rina, Conflict),
    ):
        with pytest.raises(refusal), transaction(by=by):
            join_team(case, by=by)


@pytest.mark.both_databases
def test_two_colleagues_take_a_case_at_once_and_both_events_are_written(app: Flask, make: ModuleType) -> None:
    from app.cases.models.case import Case

    case_id = make.case(by="rina", team=[make.get_user("dodi"), make.get_user("sari")]).id

    def take(number: int) -> int | None:
        me = make.get_user(("dodi", "sari")[number])
        with transaction(by=me):
            return take_case(db.session.get(Case, case_id), by=me).worker_id

    answers = run_concurrently(2, take)
    assert answers == [make.get_user("dodi").id, make.get_user("sari").id]
    case = db.session.get(Case, case_id)
    assert case is not None
    recorded = [
        e.data["worker_id"] for e in db.session.scalars(select(CaseEvent).order_by(CaseEvent.id)).all()[1:]
    ]
    assert recorded[-1] == case.worker_id
    assert sorted(recorded) == sorted(answers)


def test_a_case_is_assigned_to_another_peksos_with_a_reason(
    app: Flask, make: ModuleType, people: SimpleNamespace
) -> None:
    case = make.case(by="rina")
    with transaction(by=people.rina):
        assign_worker(case, worker=people.dodi, reason="Cuti", by=people.rina)
    assert case.worker == people.dodi
    assert people.dodi in case.team
    assert _last_event().data == {"worker_id": people.dodi.id, "previous_id": people.rina.id}
    assert _last_reason() == "Cuti"
    with pytest.raises(PortalError) as refusal, transaction(by=people.rina):
        assign_worker(case, worker=people.kabid, reason="Salah", by=people.rina)
    assert refusal.value.field == "worker"


def test_confidentiality_is_raised_by_the_team_and_lowered_by_an_administrator_only(
    app: Flask, make: ModuleType, people: SimpleNamespace
) -> None:
    case = make.case(by="rina")
    with transaction(by=people.rina):
        raise_confidentiality(case, confidentiality=LIMITED, reason="Anak", by=people.rina)
    with pytest.raises(Forbidden), transaction(by=people.rina):
        lower_confidentiality(case, confidentiality=ORDINARY, reason="Keliru", by=people.rina)
    with transaction(by=people.admin):
        lower_confidentiality(case, confidentiality=ORDINARY, reason="Keliru", by=people.admin)
    assert case.confidentiality is ORDINARY
    assert _last_event().data == {"confidentiality": "ordinary"}
    assert _last_reason() == "Keliru"


@pytest.mark.parametrize(
    ("service", "to"), [(raise_confidentiality, ORDINARY), (lower_confidentiality, SECRET)]
)
def test_raise_and_lower_change_the_tier_in_their_own_direction_only(
    app: Flask, make: ModuleType, people: SimpleNamespace, service, to: Confidentiality
) -> None:
    case = make.case(confidentiality=LIMITED)
    with pytest.raises(PortalError) as refusal, transaction(by=people.admin):
        service(case, confidentiality=to, reason="x", by=people.admin)
    assert refusal.value.field == "confidentiality"


def test_case_without_team_is_not_made_secret(app: Flask, make: ModuleType, people: SimpleNamespace) -> None:
    case = make.case()
    with transaction(by=people.admin):
        case.worker, case.team = None, []
    with pytest.raises(PortalError), transaction(by=people.admin):
        raise_confidentiality(case, confidentiality=SECRET, reason="Anak", by=people.admin)


@pytest.mark.parametrize("cannot_work", ["reads only", "is inactive"])
def test_a_team_without_anybody_who_can_work_has_no_secret_case(
    app: Flask, make: ModuleType, people: SimpleNamespace, cannot_work: str
) -> None:
    raised, edited = make.case(by="admin"), make.case(by="admin", team=[people.sari], confidentiality=SECRET)
    member = people.kabid if cannot_work == "reads only" else people.dodi
    with transaction(by=people.admin):
        member.active = cannot_work == "reads only"
        raised.team = [member]
    with pytest.raises(PortalError) as refusal, transaction(by=people.admin):
        raise_confidentiality(raised, confidentiality=SECRET, reason="Anak", by=people.admin)
    assert refusal.value.field == "team"
    with pytest.raises(PortalError) as refusal, transaction(by=people.sari):
        update_case(edited, {"team": [member]}, by=people.sari)
    assert refusal.value.field == "team"


def test_a_case_is_not_dated_ahead_by_an_edit(app: Flask, make: ModuleType, people: SimpleNamespace) -> None:
    case = make.case()
    with pytest.raises(PortalError) as refusal, transaction(by=people.rina):
        update_case(case, {"opened_at": clock.now() + timedelta(minutes=1)}, by=people.rina)
    assert refusal.value.field == "opened_at"


def test_a_new_secret_category_makes_the_case_secret_and_the_event_says_so(
    app: Flask, make: ModuleType, people: SimpleNamespace
) -> None:
    case, category = make.case(), make.category(SECRET)
    with transaction(by=people.rina):
        update_case(case, {"categories": [category], "urgency": Urgency.urgent}, by=people.rina)
    assert case.confidentiality is SECRET
    recorded = dict(_last_event().data)
    assert recorded.pop("previous_categories") == []
    assert len(recorded.pop("categories")) == 1
    assert recorded == {"fields": ["categories", "urgency"], "confidentiality": "secret"}


def test_tier_lowered_by_an_administrator_stays_when_the_case_is_saved_again(
    app: Flask, make: ModuleType, people: SimpleNamespace
) -> None:
    category = make.category(LIMITED)
    case = make.case(categories=[category])
    with transaction(by=people.admin):
        lower_confidentiality(case, confidentiality=ORDINARY, reason="Keliru", by=people.admin)
    with transaction(by=people.rina):
        update_case(case, {"categories": [category], "presenting_problem": "Lain"}, by=people.rina)
    assert case.confidentiality is ORDINARY


def test_saving_an_unchanged_case_writes_no_event(
    app: Flask, make: ModuleType, people: SimpleNamespace
) -> None:
    case = make.case(team=[people.dodi], tags=[make.tag(), make.tag()])
    before, event = case.version, _last_event().id
    data = {"team": list(reversed(case.team)), "tags": list(reversed(case.tags)), "categories": []}
    with transaction(by=people.rina):
        update_case(case, data, by=people.rina)
    assert (case.version, _last_event().id) == (before, event)


def test_the_worker_stays_on_the_team(app: Flask, make: ModuleType, people: SimpleNamespace) -> None:
    case = make.case(by="rina", team=[people.dodi])
    with transaction(by=people.dodi):
        update_case(case, {"team": []}, by=people.dodi)
    assert case.team == [people.rina]


def test_a_person_is_named_once_and_changed_by_the_team(
    app: Flask, make: ModuleType, people: SimpleNamespace
) -> None:
    case = make.case(by="rina")
    with pytest.raises(PortalError) as refusal:
        make.case_person(case=case, client=case.client)
    assert refusal.value.field == "client"
    with pytest.raises(Forbidden), transaction(by=people.sari):
        add_person({"case": case, "client": make.client(), "role": PersonRole.child}, by=people.sari)
    spouse = make.case_person(case=case)
    with pytest.raises(Forbidden), transaction(by=people.sari):
        update_person(spouse, {"role": PersonRole.child}, by=people.sari)
