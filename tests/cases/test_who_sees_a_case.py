from collections.abc import Callable
from types import ModuleType, SimpleNamespace
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import select

from app.cases import access
from app.cases.choices import PersonRole
from app.cases.models import Attachment, Case, CaseNote, CasePerson, FollowUp, IncomingReport, Service
from app.cases.services import open_case, take_up_report
from app.clients.access import visible_to as clients_visible_to
from app.clients.models import Client
from app.core.actor import SYSTEM
from app.core.unit import unit
from app.extensions import db
from app.reference.choices import Confidentiality

ORDINARY, LIMITED, SECRET = Confidentiality
EVERYBODY = ("admin", "rina", "dodi", "sari", "kabid")


class Nobody:
    actor_id = None
    full_name = ""
    role_names: frozenset[str] = frozenset()
    emergency_case_ids: frozenset[int] = frozenset()


@pytest.fixture
def case_of(make: ModuleType, people: SimpleNamespace) -> Callable[..., Case]:
    """A case of Rina's with Dodi on its team."""
    return lambda tier, **data: make.case(by="rina", team=[people.dodi], confidentiality=tier, **data)


def _seen(model: Any, predicate: Callable[[Any], Any], item: Any, make: ModuleType) -> list[str]:
    def sees(username: str) -> bool:
        query = select(model.id).where(model.id == item.id, predicate(make.person(username)))
        return db.session.scalar(query) is not None

    return [username for username in EVERYBODY if sees(username)]


@pytest.mark.parametrize(
    ("tier", "seen_by"),
    [
        (ORDINARY, ["admin", "rina", "dodi", "sari", "kabid"]),
        (LIMITED, ["admin", "rina", "dodi", "kabid"]),
        (SECRET, ["rina", "dodi"]),
    ],
)
def test_the_tier_decides_who_sees_a_case_and_everything_in_it(
    app: Flask, make: ModuleType, case_of: Callable[..., Case], tier: Confidentiality, seen_by: list[str]
) -> None:
    report = make.report()
    case = case_of(tier, report=report)
    entries: list[tuple[Any, Any, Any]] = [
        (Case, access.visible_to, case),
        (CasePerson, access.people_visible_to, make.case_person(case=case)),
        (Service, access.services_visible_to, make.service(case=case)),
        (CaseNote, access.notes_visible_to, make.note(case=case)),
        (FollowUp, access.follow_ups_visible_to, make.follow_up(case=case)),
        (Attachment, access.attachments_visible_to, make.attachment(case=case)),
        (IncomingReport, access.reports_visible_to, report),
    ]
    for model, predicate, item in entries:
        assert _seen(model, predicate, item, make) == seen_by, model.__name__
        assert db.session.scalar(select(model.id).where(predicate(Nobody()))) is None
        assert db.session.scalar(select(model.id).where(predicate(SYSTEM))) is not None


def test_administrators_and_supervisors_on_the_team_see_a_secret_case(
    app: Flask, make: ModuleType, people: SimpleNamespace
) -> None:
    case = make.case(confidentiality=SECRET, team=[people.admin, people.kabid])
    assert _seen(Case, access.visible_to, case, make) == ["admin", "rina", "kabid"]


def test_a_report_is_for_all_staff_until_it_is_a_case(app: Flask, make: ModuleType) -> None:
    assert _seen(IncomingReport, access.reports_visible_to, make.report(), make) == list(EVERYBODY)


def test_a_report_that_joined_a_secret_case_follows_it(
    app: Flask, make: ModuleType, case_of: Callable[..., Case], people: SimpleNamespace
) -> None:
    report, case = make.report(), case_of(SECRET)
    with unit(by=people.rina):
        take_up_report(report, by=people.rina, case=case)
    assert _seen(IncomingReport, access.reports_visible_to, report, make) == ["rina", "dodi"]


def _client_seen(make: ModuleType, client: Client) -> list[str]:
    return _seen(Client, clients_visible_to, client, make)


def test_a_client_of_secret_cases_only_is_hidden_from_who_is_not_on_their_teams(
    app: Flask, make: ModuleType, case_of: Callable[..., Case]
) -> None:
    client = case_of(SECRET).client
    assert _client_seen(make, client) == ["rina", "dodi"]
    make.case(by="dodi", client=client, confidentiality=SECRET)
    assert _client_seen(make, client) == ["rina", "dodi"]


def test_a_client_of_a_secret_case_that_nobody_leads_is_hidden(
    app: Flask, make: ModuleType, people: SimpleNamespace
) -> None:
    unled = make.case(by="admin", team=[people.dodi], confidentiality=SECRET)
    assert unled.worker_id is None
    assert _client_seen(make, unled.client) == ["admin", "dodi"]
    person = make.case_person(by="dodi", case=unled, role=PersonRole.child)
    assert _client_seen(make, person.client) == ["admin", "dodi"]


def test_a_client_with_another_case_stays_visible_and_only_the_secret_case_is_hidden(
    app: Flask, make: ModuleType, case_of: Callable[..., Case]
) -> None:
    secret = case_of(SECRET)
    make.case(client=secret.client)
    assert _client_seen(make, secret.client) == list(EVERYBODY)
    assert _seen(Case, access.visible_to, secret, make) == ["rina", "dodi"]


def test_a_client_of_a_limited_case_or_of_none_is_visible(
    app: Flask, make: ModuleType, case_of: Callable[..., Case]
) -> None:
    assert _client_seen(make, case_of(LIMITED).client) == list(EVERYBODY)
    assert _client_seen(make, make.client()) == list(EVERYBODY)


def test_a_person_who_is_only_in_secret_cases_is_hidden_too(
    app: Flask, make: ModuleType, case_of: Callable[..., Case]
) -> None:
    person = make.case_person(case=case_of(SECRET), role=PersonRole.child)
    assert _client_seen(make, person.client) == ["rina", "dodi"]
    make.case_person(case=case_of(ORDINARY), client=person.client, role=PersonRole.child)
    assert _client_seen(make, person.client) == list(EVERYBODY)


def test_the_portal_itself_sees_every_client(
    app: Flask, make: ModuleType, case_of: Callable[..., Case]
) -> None:
    client = case_of(SECRET).client
    query = select(Client.id).where(Client.id == client.id, clients_visible_to(SYSTEM))
    assert db.session.scalar(query) == client.id


def test_the_team_and_administrators_edit_and_nobody_else(
    app: Flask, case_of: Callable[..., Case], people: SimpleNamespace
) -> None:
    case = case_of(ORDINARY)
    may = [name for name in EVERYBODY if access.may_edit(case, getattr(people, name))]
    assert may == ["admin", "rina", "dodi"]


@pytest.mark.parametrize(
    ("tier", "move", "who"),
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
def test_a_move_is_offered_to_whom_it_is_for(
    app: Flask, case_of: Callable[..., Case], people: SimpleNamespace, tier: Any, move: str, who: list[str]
) -> None:
    case = case_of(tier)
    rules = (access.may_move, access.offers_move)
    offered = [name for name in EVERYBODY if all(rule(case, getattr(people, name), move) for rule in rules)]
    assert offered == who


def test_a_follow_up_is_ended_by_its_owner_its_author_the_team_and_administrators(
    app: Flask, make: ModuleType, case_of: Callable[..., Case], people: SimpleNamespace
) -> None:
    plain = make.follow_up(case=case_of(ORDINARY))
    hers = make.follow_up(case=case_of(ORDINARY), assignee=people.sari)

    def may(follow_up: FollowUp) -> list[str]:
        return [n for n in EVERYBODY if access.may_move_follow_up(follow_up, getattr(people, n), "done")]

    assert may(plain) == ["admin", "rina", "dodi"]
    assert may(hers) == ["admin", "rina", "dodi", "sari"]


def test_the_opener_of_a_case_from_a_hidden_clients_nik_learns_nothing(
    app: Flask, make: ModuleType, case_of: Callable[..., Case]
) -> None:
    from app.cases.choices import Channel

    hidden = make.client(name="Melati", nik="6474015708450001")
    case_of(SECRET, client=hidden)
    typed = {"name": "M", "nik": "6474015708450001", "channel": Channel.family, "presenting_problem": "?"}
    case = make.saved(open_case, typed, by="sari")
    assert case.client is not hidden
    assert (case.client.name, case.client.nik) == ("M", "6474015708450001")
