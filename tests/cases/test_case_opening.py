from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from types import ModuleType, SimpleNamespace

import pytest
from flask import Flask
from sqlalchemy import func, select

from app.cases.enums import CaseStage, CaseStatus, Channel
from app.cases.models.case import Case
from app.cases.models.event import CaseEvent
from app.cases.models.links import CaseCategory
from app.cases.services.cases import update_case
from app.cases.services.opening import open_case
from app.clients.enums import Sex
from app.clients.models.client import Client
from app.clients.services.clients import archive_client
from app.core import clock
from app.core.actor import SYSTEM
from app.core.errors import PortalError
from app.db.transaction import transaction
from app.extensions import db
from app.reference.enums import Confidentiality
from tests.support.client import PortalClient
from tests.support.concurrency import run_concurrently


def test_a_case_gets_the_next_number_of_the_year_in_bontang(app: Flask, make: ModuleType) -> None:
    with clock.freeze_time(datetime(2026, 12, 31, 15, 59, tzinfo=UTC)):
        last = make.case()
        second = make.case()
    with clock.freeze_time(datetime(2026, 12, 31, 16, 0, tzinfo=UTC)):
        first = make.case()
    assert [last.number, second.number, first.number] == ["LK3/2026/0001", "LK3/2026/0002", "LK3/2027/0001"]


def test_twenty_colleagues_open_cases_at_once_without_a_gap(app: Flask, make: ModuleType) -> None:
    client_id = make.client().id

    def open_one(number: int) -> str:
        rina = make.get_user("rina")
        with transaction(by=rina):
            data = {
                "client": db.session.get(Client, client_id),
                "channel": Channel.walk_in,
                "presenting_problem": f"Masalah {number}",
            }
            if number % 4 == 3:
                data["opened_at"] = clock.now() + timedelta(days=1)  # refused; the next case gets its number
            return open_case(data, by=rina).number

    answers = run_concurrently(20, open_one)
    numbers = sorted(answer for answer in answers if isinstance(answer, str))
    assert numbers == [f"LK3/{clock.current_year()}/{number:04d}" for number in range(1, 16)]
    assert all(isinstance(answer, str | PortalError) for answer in answers)


def test_new_case_is_active_in_engagement_and_has_an_opening_event(
    app: Flask, make: ModuleType, people: SimpleNamespace
) -> None:
    case = make.case(by="rina")
    event = db.session.scalars(select(CaseEvent)).one()
    assert (case.stage, case.status, case.worker, case.team) == (
        CaseStage.engagement,
        CaseStatus.active,
        people.rina,
        [people.rina],
    )
    assert (event.kind, event.actor_id, event.case_id) == ("case_opened", people.rina.id, case.id)
    assert event.data == {"number": case.number, "client_id": case.client_id, "report_id": None}


def test_an_administrator_opens_a_case_for_a_peksos(
    app: Flask, make: ModuleType, people: SimpleNamespace
) -> None:
    case = make.case(by="admin", worker=people.dodi)
    assert case.worker == people.dodi
    assert {*case.team} == {people.admin, people.dodi}
    assert make.case(by="admin").worker is None


def test_only_a_peksos_is_made_the_worker(app: Flask, make: ModuleType, people: SimpleNamespace) -> None:
    with pytest.raises(PortalError) as refusal:
        make.case(by="admin", worker=people.kabid)
    assert refusal.value.field == "worker"


def test_a_new_client_is_registered_with_the_case(app: Flask, make: ModuleType) -> None:
    case = make.create_record(
        open_case,
        {"client": None, "name": "Nurhayati", "channel": Channel.family, "presenting_problem": "Utang"},
        by="rina",
    )
    assert case.client.name == "Nurhayati"


def test_note_about_a_doubtful_nik_is_in_the_opening_event(
    as_user: Callable[[str], PortalClient], make: ModuleType
) -> None:
    described = {"alias": "Nur", "nik_note": "Kartu dilihat sendiri", "sex": "female"}
    rina = as_user("rina")
    form = {"channel": "walk_in", "presenting_problem": "Masalah", "form_key": "k" * 43, **described}
    assert rina.post("/cases/add", data=form).status_code == 302
    case, other = db.session.scalars(select(Case.id)).one(), make.case(by="rina").id
    assert "Kartu dilihat sendiri" in rina.get_page(f"/cases/{case}/timeline")
    assert "Kartu dilihat sendiri" not in rina.get_page(f"/cases/{other}/timeline")


def test_new_client_needs_only_a_sex(app: Flask, make: ModuleType) -> None:
    data = {"sex": Sex.male, "channel": Channel.outreach, "presenting_problem": "Ditemukan di pasar"}
    case = make.create_record(open_case, data, by="rina")
    assert case.client.name is None
    assert case.client.system_number


def test_a_case_without_any_client_is_refused(app: Flask, make: ModuleType) -> None:
    with pytest.raises(PortalError) as refusal:
        make.create_record(open_case, {"channel": Channel.family, "presenting_problem": "Utang"}, by="rina")
    assert refusal.value.field == "client"


def test_a_client_and_a_new_one_at_once_or_an_archived_one_is_refused(
    app: Flask, make: ModuleType, people: SimpleNamespace
) -> None:
    client = make.client()
    with pytest.raises(PortalError) as refusal:
        make.case(client=client, name="Nurhayati")
    assert refusal.value.field == "client"
    with transaction(by=people.admin):
        archive_client(client, by=people.admin)
    with pytest.raises(PortalError) as refusal:
        make.case(client=client)
    assert refusal.value.field == "client"


def test_a_refused_case_leaves_no_client_behind(app: Flask, make: ModuleType) -> None:
    data = {"name": "Nurhayati", "channel": Channel.family, "presenting_problem": "Utang"}
    with pytest.raises(PortalError):
        make.create_record(open_case, {**data, "opened_at": clock.now() + timedelta(hours=1)}, by="rina")
    assert db.session.scalar(select(func.count()).select_from(Client)) == 0


def test_one_category_is_the_primary_one(app: Flask, make: ModuleType) -> None:
    first, second = make.category(), make.category()
    named = make.case(categories=[first], primary_category=second)
    unnamed = make.case(categories=[second, first])
    assert (named.primary_category, named.categories) == (second, [first, second])
    assert unnamed.primary_category == first


def test_the_primary_category_can_be_swapped(app: Flask, make: ModuleType, people: SimpleNamespace) -> None:
    first, second, third = (make.category() for _ in range(3))
    case = make.case(categories=[first, second], primary_category=first)
    with transaction(by=people.rina):
        update_case(case, {"categories": [second, third], "primary_category": second}, by=people.rina)
    assert (case.primary_category, case.categories) == (second, [second, third])
    links = select(CaseCategory.category_id).where(CaseCategory.is_primary)
    assert db.session.scalars(links).all() == [second.id]


def test_strictest_of_category_tag_and_choice_sets_the_tier(app: Flask, make: ModuleType) -> None:
    limited, secret = make.category(Confidentiality.limited), make.category(Confidentiality.secret)
    tag = make.tag(Confidentiality.secret)
    assert make.case(categories=[limited]).confidentiality is Confidentiality.limited
    assert make.case(categories=[limited, secret]).confidentiality is Confidentiality.secret
    assert make.case(tags=[tag]).confidentiality is Confidentiality.secret
    assert make.case(confidentiality=Confidentiality.limited).confidentiality is Confidentiality.limited
    strict = make.case(categories=[secret], confidentiality=Confidentiality.ordinary)
    assert strict.confidentiality is Confidentiality.secret


def test_a_secret_case_without_a_team_is_refused(app: Flask, make: ModuleType) -> None:
    client = make.client()
    data = {"client": client, "channel": Channel.partner, "presenting_problem": "Anak"}
    with pytest.raises(PortalError) as refusal, transaction(by=SYSTEM):
        open_case({**data, "confidentiality": Confidentiality.secret}, by=SYSTEM)
    assert refusal.value.field == "team"
    assert db.session.scalar(select(func.count()).select_from(Case)) == 0
