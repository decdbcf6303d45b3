"""The demo stays true: its five stories, its years, every state, and nobody who is real."""

from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime, timedelta
from pathlib import Path

import pytest
from flask import Flask
from sqlalchemy import URL, func, select

from app import demo
from app.aid.models import Aid
from app.aid.states import AidState
from app.cases.access import visible_to
from app.cases.models import Case, CaseEvent, EntryCorrection, FollowUp, IncomingReport, Service
from app.cases.states import CaseStatus, FollowUpState, ReportState
from app.cli.checks import CHECKS
from app.cli.money import CHECKS as MONEY
from app.cli.portal import prepare
from app.clients.access import visible_to as client_visible_to
from app.clients.models import Client, Consent
from app.core import clock
from app.core.actor import SYSTEM
from app.core.operations.check import run
from app.extensions import db
from app.grants.models import Commitment, Expenditure, Grant
from app.grants.queries import money_of_year
from app.grants.services import forecast
from app.grants.states import CommitmentState, ExpenditureState, GrantState
from app.security.models import PortalUser
from app.standby.models import Handover
from app.standby.queries import never_handed_over, on_standby
from app.standby.states import HandoverState
from config import Settings
from tests.support.portal import PASSWORD, make_app

NOW = datetime(2026, 11, 24, 8, 0, tzinfo=clock.WITA)


@contextmanager
def portal_with_demo(folder: Path, now: datetime = NOW) -> Iterator[Flask]:
    """A portal of its own on SQLite, set up as `siaga demo` does it."""
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
    with app.app_context(), clock.at(now):
        prepare(app)
        demo.build(PASSWORD)
        yield app
        db.session.remove()
        db.engine.dispose()


@pytest.fixture(scope="module")
def told(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Flask]:
    """The demo, told once for all that is asked of it here."""
    with portal_with_demo(tmp_path_factory.mktemp("demo")) as app:
        yield app


def user(name: str) -> PortalUser:
    return db.session.scalars(select(PortalUser).filter_by(username=name)).one()


def the_case(words: str) -> Case:
    return db.session.scalars(select(Case).where(Case.presenting_problem.contains(words))).one()


def sees(name: str, case: Case) -> bool:
    return bool(db.session.scalar(select(Case.id).where(Case.id == case.id, visible_to(user(name)))))


def test_the_years_count_as_they_were_published(told: Flask) -> None:
    years = Counter(at.astimezone(clock.WITA).year for at in db.session.scalars(select(Client.created_at)))
    assert (years[2011], years[2012]) == (64, 102)
    assert sum(years.values()) > 1000


def test_the_man_from_the_market_has_no_name_but_a_number_and_is_being_traced(told: Flask) -> None:
    case = the_case("tidur di emperan kios")
    assert case.client.name is None
    assert case.client.system_number.startswith("2026-")
    assert case.report is not None
    partners = {service.partner.name for service in services(case) if service.partner}
    assert partners == {"Dinas Kependudukan dan Pencatatan Sipil Kota Bontang"}
    assert [step.state for step in case.follow_ups] == [FollowUpState.open]


def services(case: Case) -> list[Service]:
    return list(db.session.scalars(select(Service).filter_by(case_id=case.id)))


def test_the_family_in_debt_is_one_household_of_four(told: Flask) -> None:
    case = the_case("tiga pinjaman daring")
    household = case.client.household
    assert household is not None
    assert len(household.members) == 4
    assert [person.role.name for person in case.people] == ["spouse"]
    overdue = [
        step for step in case.follow_ups if step.state is FollowUpState.open and step.due_on < clock.today()
    ]
    assert len(overdue) == 1


def test_the_child_is_known_to_its_team_alone(told: Flask) -> None:
    case = the_case("lebam dua kali")
    assert case.confidentiality.name == "secret"
    assert {name: sees(name, case) for name in demo.ACCOUNTS} == {
        "admin": False,
        "rina": True,
        "dodi": True,
        "sari": False,
        "kabid": False,
    }
    for name, may in (("dodi", True), ("sari", False), ("admin", False)):
        seen = db.session.scalar(
            select(Client.id).where(Client.id == case.client_id, client_visible_to(user(name)))
        )
        assert bool(seen) is may


def test_the_night_call_became_client_case_and_visit_before_midnight(told: Flask) -> None:
    case = the_case("terbaring sendirian")
    assert case.urgency.name == "emergency"
    assert case.client.name == "Zubaidah"
    (visit,) = services(case)
    assert (
        visit.happened_at.astimezone(clock.WITA) - case.report.received_at.astimezone(clock.WITA)
    ).seconds < 1800


def test_the_woman_who_asks_for_a_wheelchair_agreed_to_share_her_data(told: Flask) -> None:
    case = the_case("Meminta kursi roda")
    purposes = db.session.scalars(select(Consent.purpose).filter_by(client_id=case.client_id))
    assert {purpose.name for purpose in purposes} == {"share_with_partner", "photo"}


def test_every_state_that_a_verb_reaches_is_there(told: Flask) -> None:
    assert set(db.session.scalars(select(IncomingReport.state))) == set(ReportState)
    assert set(db.session.scalars(select(FollowUp.state))) == set(FollowUpState)
    grants = {state.name for state in db.session.scalars(select(Grant.state))}
    assert grants == set(GrantState.__members__) - {"accounted"}
    assert set(db.session.scalars(select(Expenditure.state))) == set(ExpenditureState)
    assert set(db.session.scalars(select(Commitment.state))) == set(CommitmentState)
    assert set(db.session.scalars(select(Aid.state))) == set(AidState)
    tiers = {tier.name for tier in db.session.scalars(select(Case.confidentiality))}
    assert tiers == {"ordinary", "limited", "secret"}
    assert db.session.scalar(select(func.count()).where(Client.archived_at.is_not(None)))
    assert db.session.scalar(select(func.count()).where(Consent.withdrawn_at.is_not(None)))


def test_one_pot_is_about_to_lapse_and_warns(told: Flask) -> None:
    pots = money_of_year(user("kabid"), NOW.year)
    warned = [one.grant.name for one in pots if (ahead := forecast(one.grant, one.balance)) and ahead.warns]
    assert "Kegiatan keluarga tangguh APBD-P 2026" in warned
    assert f"Dana operasional Kementerian Sosial {NOW.year}" not in warned


@pytest.mark.parametrize("day", [(2027, 1, 1), (2027, 3, 2), (2024, 2, 29)])
def test_the_money_is_spent_in_its_year_whenever_the_demo_is_told(
    tmp_path: Path, day: tuple[int, int, int], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(demo, "fill_the_years", lambda _cast: None)  # no money is spent in them
    with portal_with_demo(tmp_path, datetime(*day, 8, 0, tzinfo=clock.WITA)):
        assert [found for _check, found in run(MONEY) if found] == []


def test_cases_stand_in_every_status_and_most_stages(told: Flask) -> None:
    assert set(db.session.scalars(select(Case.status))) >= set(CaseStatus) - {CaseStatus.aftercare}
    stages = {stage.name for stage in db.session.scalars(select(Case.stage))}
    assert {"engagement", "assessment", "intervention", "aftercare"} <= stages
    case = the_case("lansia tanpa kartu keluarga")
    assert case.is_reopened
    assert db.session.scalar(select(func.count()).where(EntryCorrection.note_id.is_not(None)))
    clocks = [the_case("setelah kekerasan"), the_case("dipaksa oleh kerabat")]
    assert [one.reporting_deadline is not None for one in clocks] == [True, False]


def test_nothing_happens_after_now(told: Flask) -> None:
    assert db.session.scalar(select(func.max(CaseEvent.occurred_at))) <= clock.now()


def test_most_of_the_newest_clients_are_described(told: Flask) -> None:
    newest = db.session.scalars(select(Client).order_by(Client.id.desc()).limit(25)).all()
    described = [one for one in newest if one.birth_date and one.kelurahan and one.address]
    assert len(described) > 15


def test_no_official_of_the_news_is_a_client(told: Flask) -> None:
    for official in ("Suratmi", "Abdu Safa Muha"):
        assert not db.session.scalar(select(Client.id).where(Client.name.contains(official)))


def test_the_demo_passes_its_own_check(told: Flask) -> None:
    db.session.rollback()  # what was read before holds up the check on SQLite
    assert [(check, found) for check, found in run(CHECKS) if found] == []


def test_the_same_day_tells_the_same_demo(told: Flask, tmp_path: Path) -> None:
    first = names()
    db.session.rollback()
    with portal_with_demo(tmp_path):
        assert names() == first


def names() -> list[tuple[str | None, str | None]]:
    return [
        (row[0], row[1]) for row in db.session.execute(select(Client.name, Client.nik).order_by(Client.id))
    ]


def test_the_portal_itself_told_nothing(told: Flask) -> None:
    assert not db.session.scalar(select(func.count()).where(CaseEvent.actor_id.is_(None)))
    assert SYSTEM.actor_id is None


def test_somebody_is_on_standby_all_month_and_some_hand_overs_are_read(told: Flask) -> None:
    for days in (-13, 0, 15):
        with clock.at(NOW + timedelta(days=days, hours=3)):
            on_duty = on_standby()
            assert on_duty is not None
            assert on_duty.phone is not None
    assert set(db.session.scalars(select(Handover.state))) == set(HandoverState)
    assert len(never_handed_over(user("admin"), 9)) == 1
