"""The demo has its five stories, the published figures, a record in every state, and no real person."""

import enum
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import URL, func, select

from app import demo
from app.aid.models import Aid
from app.aid.transitions import AidState
from app.cases.enums import CaseStatus, FollowUpState, ReportState
from app.cases.models.case import Case
from app.cases.models.entries import FollowUp, Service
from app.cases.models.event import CaseEvent
from app.cases.models.process import EntryCorrection
from app.cases.models.report import IncomingReport
from app.cases.policy import CasePolicy
from app.cli.portal import prepare_database
from app.clients.models.client import Client, Consent
from app.clients.policy import ClientPolicy
from app.core import clock
from app.core.actor import SYSTEM
from app.extensions import db
from app.grants.models.money import Commitment, Expenditure
from app.grants.models.pots import Grant
from app.grants.queries.forecast import forecast_lapse
from app.grants.queries.grants import list_grant_balances_of_year
from app.grants.transitions import CommitmentState, ExpenditureState, GrantState
from app.operations.check import run_checks
from app.operations.checks import CHECKS
from app.operations.money_checks import CHECKS as MONEY
from app.security.models import PortalUser
from app.standby.enums import HandoverState
from app.standby.models import Handover
from app.standby.queries import get_standby_contact, list_shifts_without_handover
from config import Settings
from tests.support.portal import PASSWORD, make_app

NOW = datetime(2026, 11, 24, 8, 0, tzinfo=clock.WITA)
UNSHOWN_STATES = {GrantState.accounted}
"""States of which the demo has no record."""


@contextmanager
def open_demo(folder: Path, now: datetime = NOW) -> Iterator[Flask]:
    """Create a portal on SQLite with the data of `siaga demo`."""
    app = make_app(
        Settings(
            instance=folder,
            database=URL.create("sqlite", database=str(folder / "demo.sqlite")),
            secret_key="only for tests, never elsewhere",
            book_key="only for tests, never elsewhere",
            upload_dir=folder,
            demo=True,
            testing=True,
        )
    )
    with app.app_context(), clock.freeze_time(now):
        prepare_database(app)
        demo.build(PASSWORD)
        yield app
        db.session.remove()
        db.engine.dispose()


@pytest.fixture(scope="module")
def demo_app(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Flask]:
    """The demo, created once for all tests of this module, which only read it."""
    with open_demo(tmp_path_factory.mktemp("demo")) as app:
        yield app


def get_user(name: str) -> PortalUser:
    return db.session.scalars(select(PortalUser).filter_by(username=name)).one()


def find_case(words: str) -> Case:
    return db.session.scalars(select(Case).where(Case.presenting_problem.contains(words))).one()


def can_see(name: str, case: Case) -> bool:
    return bool(
        db.session.scalar(select(Case.id).where(Case.id == case.id, CasePolicy.visible_to(get_user(name))))
    )


def test_clients_of_2011_and_2012_match_the_published_figures(demo_app: Flask) -> None:
    years = Counter(at.astimezone(clock.WITA).year for at in db.session.scalars(select(Client.created_at)))
    assert (years[2011], years[2012]) == (64, 102)
    assert sum(years.values()) > 1000


def test_the_man_from_the_market_has_no_name_but_a_number_and_is_being_traced(demo_app: Flask) -> None:
    case = find_case("tidur di emperan kios")
    assert case.client.name is None
    assert case.client.system_number.startswith("2026-")
    assert case.report is not None
    partners = {service.partner.name for service in list_services(case) if service.partner}
    assert partners == {"Dinas Kependudukan dan Pencatatan Sipil Kota Bontang"}
    assert [step.state for step in case.follow_ups] == [FollowUpState.open]


def list_services(case: Case) -> list[Service]:
    return list(db.session.scalars(select(Service).filter_by(case_id=case.id)))


def test_the_family_in_debt_is_one_household_of_four(demo_app: Flask) -> None:
    case = find_case("tiga pinjaman daring")
    household = case.client.household
    assert household is not None
    assert len(household.members) == 4
    assert [person.role.name for person in case.people] == ["spouse"]
    overdue = [
        step for step in case.follow_ups if step.state is FollowUpState.open and step.due_on < clock.today()
    ]
    assert len(overdue) == 1


def test_the_child_is_known_to_its_team_alone(demo_app: Flask) -> None:
    case = find_case("lebam dua kali")
    assert case.confidentiality.name == "secret"
    assert {name: can_see(name, case) for name in demo.ACCOUNTS} == {
        "admin": False,
        "rina": True,
        "dodi": True,
        "sari": False,
        "kabid": False,
    }
    for name, is_visible in (("dodi", True), ("sari", False), ("admin", False)):
        seen = db.session.scalar(
            select(Client.id).where(Client.id == case.client_id, ClientPolicy.visible_to(get_user(name)))
        )
        assert bool(seen) is is_visible


def test_the_night_call_became_client_case_and_visit_before_midnight(demo_app: Flask) -> None:
    case = find_case("terbaring sendirian")
    assert case.urgency.name == "emergency"
    assert case.client.name == "Zubaidah"
    (visit,) = list_services(case)
    assert (
        visit.happened_at.astimezone(clock.WITA) - case.report.received_at.astimezone(clock.WITA)
    ).seconds < 1800


def test_the_woman_who_asks_for_a_wheelchair_agreed_to_share_her_data(demo_app: Flask) -> None:
    case = find_case("Meminta kursi roda")
    purposes = db.session.scalars(select(Consent.purpose).filter_by(client_id=case.client_id))
    assert {purpose.name for purpose in purposes} == {"share_with_partner", "photo"}


def test_every_reachable_state_occurs(demo_app: Flask) -> None:
    columns: list[tuple[Any, type[enum.Enum]]] = [
        (IncomingReport.state, ReportState),
        (FollowUp.state, FollowUpState),
        (Grant.state, GrantState),
        (Expenditure.state, ExpenditureState),
        (Commitment.state, CommitmentState),
        (Aid.state, AidState),
    ]
    for column, states in columns:
        missing = set(states) - set(db.session.scalars(select(column)))
        assert missing == UNSHOWN_STATES & set(states), "add a record to app/demo, or to UNSHOWN_STATES"
    tiers = {tier.name for tier in db.session.scalars(select(Case.confidentiality))}
    assert tiers == {"ordinary", "limited", "secret"}
    assert db.session.scalar(select(func.count()).where(Client.archived_at.is_not(None)))
    assert db.session.scalar(select(func.count()).where(Consent.withdrawn_at.is_not(None)))


def test_one_grant_is_about_to_lapse_and_warns(demo_app: Flask) -> None:
    pots = list_grant_balances_of_year(get_user("kabid"), NOW.year)
    warned = [
        one.grant.name
        for one in pots
        if (ahead := forecast_lapse(one.grant, one.balance)) and ahead.has_warning
    ]
    assert "Kegiatan keluarga tangguh APBD-P 2026" in warned
    assert f"Dana operasional Kementerian Sosial {NOW.year}" not in warned


@pytest.mark.parametrize("day", [(2027, 1, 1), (2027, 3, 2), (2024, 2, 29)])
def test_money_is_spent_in_its_year_whenever_the_demo_is_built(
    tmp_path: Path, day: tuple[int, int, int], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(demo, "create_background_cases", lambda _cast: None)  # no money is spent in them
    with open_demo(tmp_path, datetime(*day, 8, 0, tzinfo=clock.WITA)):
        assert [found for _check, found in run_checks(MONEY) if found] == []


def test_cases_are_in_every_status_and_most_stages(demo_app: Flask) -> None:
    assert set(db.session.scalars(select(Case.status))) >= set(CaseStatus) - {CaseStatus.aftercare}
    stages = {stage.name for stage in db.session.scalars(select(Case.stage))}
    assert {"engagement", "assessment", "intervention", "aftercare"} <= stages
    case = find_case("lansia tanpa kartu keluarga")
    assert case.is_reopened
    assert db.session.scalar(select(func.count()).where(EntryCorrection.note_id.is_not(None)))
    clocks = [find_case("setelah kekerasan"), find_case("dipaksa oleh kerabat")]
    assert [one.reporting_deadline is not None for one in clocks] == [True, False]


def test_nothing_happens_after_now(demo_app: Flask) -> None:
    assert db.session.scalar(select(func.max(CaseEvent.occurred_at))) <= clock.now()


def test_most_of_the_newest_clients_are_described(demo_app: Flask) -> None:
    newest = db.session.scalars(select(Client).order_by(Client.id.desc()).limit(25)).all()
    described = [one for one in newest if one.birth_date and one.kelurahan and one.address]
    assert len(described) > 15


def test_no_official_of_the_news_is_a_client(demo_app: Flask) -> None:
    for official in ("Suratmi", "Abdu Safa Muha"):
        assert not db.session.scalar(select(Client.id).where(Client.name.contains(official)))


def test_the_demo_passes_its_own_check(demo_app: Flask) -> None:
    db.session.rollback()  # an open read transaction blocks the check on SQLite
    assert [(check, found) for check, found in run_checks(CHECKS) if found] == []


def test_demo_of_one_day_is_reproducible(demo_app: Flask, tmp_path: Path) -> None:
    first = list_client_names()
    db.session.rollback()
    with open_demo(tmp_path):
        assert list_client_names() == first


def list_client_names() -> list[tuple[str | None, str | None]]:
    return [
        (row[0], row[1]) for row in db.session.execute(select(Client.name, Client.nik).order_by(Client.id))
    ]


def test_no_event_has_the_system_as_actor(demo_app: Flask) -> None:
    assert not db.session.scalar(select(func.count()).where(CaseEvent.actor_id.is_(None)))
    assert SYSTEM.actor_id is None


def test_somebody_is_on_standby_all_month_and_some_hand_overs_are_read(demo_app: Flask) -> None:
    for days in (-13, 0, 15):
        with clock.freeze_time(NOW + timedelta(days=days, hours=3)):
            on_duty = get_standby_contact()
            assert on_duty is not None
            assert on_duty.phone is not None
    assert set(db.session.scalars(select(Handover.state))) == set(HandoverState)
    assert len(list_shifts_without_handover(get_user("admin"), 9)) == 1
