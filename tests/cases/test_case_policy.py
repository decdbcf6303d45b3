from collections.abc import Callable
from types import ModuleType, SimpleNamespace
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import select

from app.cases.enums import GoalResult, PersonRole
from app.cases.models.case import Case
from app.cases.models.entries import FollowUp
from app.cases.models.process import PlanGoal
from app.cases.policy import (
    AssessmentPolicy,
    AttachmentPolicy,
    CaseNotePolicy,
    CasePersonPolicy,
    CasePolicy,
    FollowUpPolicy,
    IncomingReportPolicy,
    PlanGoalPolicy,
    ServicePolicy,
)
from app.cases.services.opening import open_case
from app.cases.services.process import evaluate_goal
from app.cases.services.reports import take_up_report
from app.clients.models.client import Client
from app.clients.policy import ClientPolicy
from app.core.actor import SYSTEM
from app.core.errors import Forbidden
from app.db.policy import Policy
from app.db.transaction import transaction
from app.extensions import db
from app.reference.enums import Confidentiality

ORDINARY, LIMITED, SECRET = Confidentiality
CAST_NAMES = ("admin", "rina", "dodi", "sari", "kabid")


class ActorWithoutRole:
    actor_id = None
    full_name = ""
    role_names: frozenset[str] = frozenset()
    emergency_case_ids: frozenset[int] = frozenset()


@pytest.fixture
def make_case(make: ModuleType, people: SimpleNamespace) -> Callable[..., Case]:
    """Return a function that makes a case of Rina's with Dodi on the team."""
    return lambda tier, **data: make.case(by="rina", team=[people.dodi], confidentiality=tier, **data)


def _users_who_see(policy: type[Policy[Any]], item: Any, make: ModuleType) -> list[str]:
    model = policy.model

    def sees(username: str) -> bool:
        query = select(model.id).where(model.id == item.id, policy.visible_to(make.get_user(username)))
        return db.session.scalar(query) is not None

    return [username for username in CAST_NAMES if sees(username)]


@pytest.mark.parametrize(
    ("tier", "seen_by"),
    [
        (ORDINARY, ["admin", "rina", "dodi", "sari", "kabid"]),
        (LIMITED, ["admin", "rina", "dodi", "kabid"]),
        (SECRET, ["rina", "dodi"]),
    ],
)
def test_the_tier_decides_who_sees_a_case_and_everything_in_it(
    app: Flask, make: ModuleType, make_case: Callable[..., Case], tier: Confidentiality, seen_by: list[str]
) -> None:
    report = make.report()
    case = make_case(tier, report=report)
    records: list[tuple[type[Policy[Any]], Any]] = [
        (CasePolicy, case),
        (CasePersonPolicy, make.case_person(case=case)),
        (ServicePolicy, make.service(case=case)),
        (CaseNotePolicy, make.note(case=case)),
        (FollowUpPolicy, make.follow_up(case=case)),
        (AttachmentPolicy, make.attachment(case=case)),
        (AssessmentPolicy, make.assessment(case=case)),
        (PlanGoalPolicy, make.goal(case=case)),
        (IncomingReportPolicy, report),
    ]
    for policy, item in records:
        assert _users_who_see(policy, item, make) == seen_by, policy.__name__
        keys = select(policy.model.id)
        assert db.session.scalar(keys.where(policy.visible_to(ActorWithoutRole()))) is None
        assert db.session.scalar(keys.where(policy.visible_to(SYSTEM))) is not None


def test_administrators_and_supervisors_on_the_team_see_a_secret_case(
    app: Flask, make: ModuleType, people: SimpleNamespace
) -> None:
    case = make.case(confidentiality=SECRET, team=[people.admin, people.kabid])
    assert _users_who_see(CasePolicy, case, make) == ["admin", "rina", "kabid"]


def test_a_report_is_for_all_staff_until_it_is_a_case(app: Flask, make: ModuleType) -> None:
    assert _users_who_see(IncomingReportPolicy, make.report(), make) == list(CAST_NAMES)


def test_a_report_that_joined_a_secret_case_follows_it(
    app: Flask, make: ModuleType, make_case: Callable[..., Case], people: SimpleNamespace
) -> None:
    report, case = make.report(), make_case(SECRET)
    with transaction(by=people.rina):
        take_up_report(report, by=people.rina, case=case)
    assert _users_who_see(IncomingReportPolicy, report, make) == ["rina", "dodi"]


def _users_who_see_client(make: ModuleType, client: Client) -> list[str]:
    return _users_who_see(ClientPolicy, client, make)


def test_client_of_secret_cases_only_is_hidden_from_users_outside_their_teams(
    app: Flask, make: ModuleType, make_case: Callable[..., Case]
) -> None:
    client = make_case(SECRET).client
    assert _users_who_see_client(make, client) == ["rina", "dodi"]
    make.case(by="dodi", client=client, confidentiality=SECRET)
    assert _users_who_see_client(make, client) == ["rina", "dodi"]


def test_a_client_of_a_secret_case_that_nobody_leads_is_hidden(
    app: Flask, make: ModuleType, people: SimpleNamespace
) -> None:
    unled = make.case(by="admin", team=[people.dodi], confidentiality=SECRET)
    assert unled.worker_id is None
    assert _users_who_see_client(make, unled.client) == ["admin", "dodi"]
    person = make.case_person(by="dodi", case=unled, role=PersonRole.child)
    assert _users_who_see_client(make, person.client) == ["admin", "dodi"]


def test_a_client_with_another_case_stays_visible_and_only_the_secret_case_is_hidden(
    app: Flask, make: ModuleType, make_case: Callable[..., Case]
) -> None:
    secret = make_case(SECRET)
    make.case(client=secret.client)
    assert _users_who_see_client(make, secret.client) == list(CAST_NAMES)
    assert _users_who_see(CasePolicy, secret, make) == ["rina", "dodi"]


def test_a_client_of_a_limited_case_or_of_none_is_visible(
    app: Flask, make: ModuleType, make_case: Callable[..., Case]
) -> None:
    assert _users_who_see_client(make, make_case(LIMITED).client) == list(CAST_NAMES)
    assert _users_who_see_client(make, make.client()) == list(CAST_NAMES)


def test_a_person_who_is_only_in_secret_cases_is_hidden_too(
    app: Flask, make: ModuleType, make_case: Callable[..., Case]
) -> None:
    person = make.case_person(case=make_case(SECRET), role=PersonRole.child)
    assert _users_who_see_client(make, person.client) == ["rina", "dodi"]
    make.case_person(case=make_case(ORDINARY), client=person.client, role=PersonRole.child)
    assert _users_who_see_client(make, person.client) == list(CAST_NAMES)


def test_the_portal_itself_sees_every_client(
    app: Flask, make: ModuleType, make_case: Callable[..., Case]
) -> None:
    client = make_case(SECRET).client
    query = select(Client.id).where(Client.id == client.id, ClientPolicy.visible_to(SYSTEM))
    assert db.session.scalar(query) == client.id


def test_the_team_and_administrators_edit_and_nobody_else(
    app: Flask, make_case: Callable[..., Case], people: SimpleNamespace
) -> None:
    case = make_case(ORDINARY)
    permitted = [name for name in CAST_NAMES if CasePolicy.can_edit(case, getattr(people, name))]
    assert permitted == ["admin", "rina", "dodi"]


@pytest.mark.parametrize(
    ("tier", "transition", "who"),
    [
        (ORDINARY, "join", ["sari"]),
        (LIMITED, "join", []),
        (ORDINARY, "take", ["dodi"]),
        (ORDINARY, "assign", ["admin", "rina", "dodi"]),
        (ORDINARY, "raise_confidentiality", ["admin", "rina", "dodi"]),
        (SECRET, "raise_confidentiality", []),
        (LIMITED, "lower_confidentiality", ["admin"]),
        (ORDINARY, "lower_confidentiality", []),
    ],
)
def test_transition_is_offered_to_permitted_users_only(
    app: Flask,
    make_case: Callable[..., Case],
    people: SimpleNamespace,
    tier: Any,
    transition: str,
    who: list[str],
) -> None:
    case = make_case(tier)
    rules = (CasePolicy.can_transition, CasePolicy.shows_transition)
    offered = [
        name for name in CAST_NAMES if all(rule(case, getattr(people, name), transition) for rule in rules)
    ]
    assert offered == who


def test_a_follow_up_is_ended_by_its_owner_its_author_the_team_and_administrators(
    app: Flask, make: ModuleType, make_case: Callable[..., Case], people: SimpleNamespace
) -> None:
    plain = make.follow_up(case=make_case(ORDINARY))
    hers = make.follow_up(case=make_case(ORDINARY), assignee=people.sari)

    def permitted(follow_up: FollowUp) -> list[str]:
        return [n for n in CAST_NAMES if FollowUpPolicy.can_transition(follow_up, getattr(people, n), "done")]

    assert permitted(plain) == ["admin", "rina", "dodi"]
    assert permitted(hers) == ["admin", "rina", "dodi", "sari"]


def test_a_goal_is_evaluated_by_its_owner_its_author_the_team_and_administrators(
    app: Flask, make: ModuleType, make_case: Callable[..., Case], people: SimpleNamespace
) -> None:
    plain = make.goal(case=make_case(ORDINARY))
    hers = make.goal(case=make_case(ORDINARY), responsible=people.sari)

    def permitted(goal: PlanGoal) -> list[str]:
        return [n for n in CAST_NAMES if PlanGoalPolicy.can_transition(goal, getattr(people, n), "evaluate")]

    assert permitted(plain) == ["admin", "rina", "dodi"]
    assert permitted(hers) == ["admin", "rina", "dodi", "sari"]


@pytest.mark.parametrize("policy", [ServicePolicy, CaseNotePolicy])
def test_entry_is_corrected_by_its_author_and_administrators(
    app: Flask,
    make: ModuleType,
    make_case: Callable[..., Case],
    people: SimpleNamespace,
    policy: type[Policy[Any]],
) -> None:
    case = make_case(ORDINARY)
    entry = make.service(case=case) if policy is ServicePolicy else make.note(case=case)
    permitted = [
        name for name in CAST_NAMES if policy.can_transition(entry, getattr(people, name), "correct")
    ]
    assert permitted == ["admin", "rina"]


def test_evaluating_a_foreign_goal_is_refused(
    app: Flask, make: ModuleType, make_case: Callable[..., Case], people: SimpleNamespace
) -> None:
    goal = make.goal(case=make_case(ORDINARY))
    with pytest.raises(Forbidden), transaction(by=people.sari):
        evaluate_goal(goal, result=GoalResult.reached, by=people.sari)


def test_opening_a_case_with_the_nik_of_a_hidden_client_reveals_nothing(
    app: Flask, make: ModuleType, make_case: Callable[..., Case]
) -> None:
    from app.cases.enums import Channel

    hidden = make.client(name="Melati", nik="6474015708450001")
    make_case(SECRET, client=hidden)
    typed = {"name": "M", "nik": "6474015708450001", "channel": Channel.family, "presenting_problem": "?"}
    case = make.create_record(open_case, typed, by="sari")
    assert case.client is not hidden
    assert (case.client.name, case.client.nik) == ("M", "6474015708450001")
