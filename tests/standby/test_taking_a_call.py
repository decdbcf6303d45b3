"""A call at night: one form makes report, client, case and first service; a clock runs until then."""

from collections.abc import Callable
from datetime import datetime, timedelta
from html import unescape
from types import ModuleType
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import func, select

from app.cases.choices import Channel, Place, ServiceKind, Urgency
from app.cases.models import Case, IncomingReport, Service
from app.cases.services import dismiss_report, take_up_report, update_report
from app.cases.states import ReportState
from app.clients.choices import SafeToContact
from app.clients.models import Client
from app.core import clock
from app.core.errors import Conflict, Forbidden, PortalError
from app.core.unit import unit
from app.extensions import db
from app.standby.models import Shift
from app.standby.services import take_call
from tests.support.client import PortalClient
from tests.support.portal import person
from tests.support.together import run_together

AsUser = Callable[[str], PortalClient]
MIDNIGHT = datetime(2026, 11, 25, 0, tzinfo=clock.WITA)
CALL = {
    "description": "Nenek kira-kira 75 tahun terbaring sendirian.",
    "kind": ServiceKind.outreach,
    "narrative": "Dibawa ke IGD.",
}


def counts() -> list[int]:
    return [
        db.session.scalar(select(func.count()).select_from(model)) or 0
        for model in (IncomingReport, Client, Case, Service)
    ]


def test_one_form_makes_report_client_case_and_first_service(app: Flask, make: ModuleType) -> None:
    shift = make.shift("rina", MIDNIGHT - timedelta(hours=4))
    rina = person("rina")
    with clock.at(MIDNIGHT + timedelta(minutes=5)), unit(by=rina):
        case = take_call(
            shift, by=rina, **CALL, alias="Nek Idah", urgency=Urgency.emergency, place=Place.home, nik=None
        )
    assert counts() == [1, 1, 1, 1]
    assert case.worker == rina
    assert case.client.alias == "Nek Idah"
    assert case.channel is Channel.phone_whatsapp
    report = case.report
    assert report is not None
    assert (report.state, report.answered_by_id) == (ReportState.taken_up, rina.id)
    assert report.answered_at == MIDNIGHT + timedelta(minutes=5)
    service = db.session.scalars(select(Service)).one()
    assert (service.kind, service.place, service.narrative) == (
        ServiceKind.outreach,
        Place.home,
        "Dibawa ke IGD.",
    )


def test_whether_the_reporter_may_be_called_is_kept(as_user: AsUser, make: ModuleType) -> None:
    shift = make.shift("rina")
    typed = {
        "description": CALL["description"],
        "kind": ServiceKind.outreach.name,
        "narrative": CALL["narrative"],
        "alias": "Nek Idah",
        "reporter_phone": "0812-0000-7427",
        "reporter_safe_to_contact": SafeToContact.no.name,
        "version": shift.version,
    }
    assert as_user("rina").post(f"/shifts/{shift.id}/take_call", data=typed).status_code == 302
    report = db.session.scalars(select(IncomingReport)).one()
    assert report.reporter_safe_to_contact is SafeToContact.no


def test_a_call_about_nobody_is_refused_whole(app: Flask, make: ModuleType) -> None:
    shift = make.shift("rina", MIDNIGHT - timedelta(hours=4))
    with clock.at(MIDNIGHT), pytest.raises(PortalError) as refusal, unit(by=person("rina")):
        take_call(shift, by=person("rina"), **CALL)
    assert refusal.value.field == "client"
    assert counts() == [0, 0, 0, 0]


def test_only_who_is_on_standby_writes_a_call_down(app: Flask, make: ModuleType) -> None:
    shift = make.shift("rina", MIDNIGHT)
    with clock.at(MIDNIGHT + timedelta(hours=1)), pytest.raises(Forbidden), unit(by=person("dodi")):
        take_call(shift, by=person("dodi"), **CALL, alias="Nek Idah")
    with clock.at(MIDNIGHT - timedelta(hours=1)), pytest.raises(Conflict), unit(by=person("rina")):
        take_call(shift, by=person("rina"), **CALL, alias="Nek Idah")


def test_the_same_form_sent_twice_makes_one_case(app: Flask, make: ModuleType, as_user: AsUser) -> None:
    shift = make.shift("rina", MIDNIGHT)
    with clock.at(MIDNIGHT + timedelta(hours=1)):
        rina = as_user("rina")
        typed = {
            "description": "Telepon ketua RT",
            "alias": "Pak Tua",
            "kind": "consultation",
            "narrative": "Ditenangkan.",
        }
        typed["version"] = str(shift.version)
        address = f"/shifts/{shift.id}/take_call"
        first, second = (rina.post(address, data=typed) for _twice in range(2))
        assert first.status_code == 302
        assert "/cases/show/" in first.location
        assert second.status_code == 409
        assert "Telepon ketua RT" in second.text  # nothing typed is lost
    assert counts() == [1, 1, 1, 1]


def test_two_calls_in_the_same_moment_are_two_cases_or_one_is_asked(app: Flask, make: ModuleType) -> None:
    with clock.at(MIDNIGHT):
        key = make.shift("rina", MIDNIGHT - timedelta(hours=1)).id

    def one(number: int) -> Any:
        rina = person("rina")
        with clock.at(MIDNIGHT), unit(by=rina):
            return take_call(db.session.get_one(Shift, key), by=rina, **CALL, alias=f"Warga {number}").id

    answers = run_together(3, one)
    made = [answer for answer in answers if isinstance(answer, int)]
    assert {type(answer) for answer in answers} <= {int, Conflict}
    assert counts() == [len(made)] * 4


def due(urgency: Urgency, make: ModuleType, *moment: int) -> str:
    with clock.at(datetime(*moment, tzinfo=clock.WITA)):  # type: ignore[arg-type,misc]
        report = make.report(urgency=urgency)
    return f"{report.due_at.astimezone(clock.WITA):%d/%m/%Y %H.%M}"


def test_each_urgency_has_its_clock(app: Flask, make: ModuleType) -> None:
    assert due(Urgency.emergency, make, 2026, 12, 31, 23, 45) == "01/01/2027 00.15"
    assert due(Urgency.urgent, make, 2026, 11, 30, 22) == "01/12/2026 02.00"
    # Until the end of the next working day: the midnight after it.
    assert due(Urgency.ordinary, make, 2026, 11, 24, 23, 59) == "26/11/2026 00.00"
    assert due(Urgency.ordinary, make, 2026, 11, 27, 9) == "01/12/2026 00.00"  # a Friday
    assert due(Urgency.ordinary, make, 2026, 12, 23, 9) == "29/12/2026 00.00"  # joint leave, Christmas
    assert due(Urgency.ordinary, make, 2026, 12, 31, 9) == "05/01/2027 00.00"  # New Year's Day is a Friday


def test_a_report_that_turns_out_to_be_urgent_gets_the_shorter_clock(app: Flask, make: ModuleType) -> None:
    with clock.at(MIDNIGHT):
        report = make.report()
        same = report.due_at
        with unit(by=person("rina")):
            update_report(report, {"location": "Gang Piano"}, by=person("rina"))
        assert report.due_at == same
        with unit(by=person("rina")):
            update_report(report, {"urgency": Urgency.emergency}, by=person("rina"))
        assert report.due_at == MIDNIGHT + timedelta(minutes=30)


def test_a_report_that_is_dismissed_was_answered_too(app: Flask, make: ModuleType) -> None:
    with clock.at(MIDNIGHT):
        report = make.report()
    with clock.at(MIDNIGHT + timedelta(hours=1)), unit(by=person("dodi")):
        dismiss_report(report, dismissed_reason="Laporan ganda.", by=person("dodi"))
    assert report.answered_at == MIDNIGHT + timedelta(hours=1)
    assert report.answered_by_id == person("dodi").id


def test_on_standby_the_reports_nobody_has_taken_up_come_first(
    app: Flask, make: ModuleType, as_user: AsUser
) -> None:
    with clock.at(MIDNIGHT):
        make.shift("rina", MIDNIGHT - timedelta(hours=4))
        make.report(description="Biasa saja")
        emergency = make.report(description="Anak terkunci di rumah", urgency=Urgency.emergency)
        make.follow_up(by="dodi", title="Janji Dodi", due_on=MIDNIGHT.date())
        make.follow_up(by="rina", title="Janji Rina", due_on=MIDNIGHT.date())
    with clock.at(MIDNIGHT + timedelta(minutes=31)):
        page = unescape(as_user("rina").get("/").text)
        places = [page.index(text) for text in ("Anak terkunci", "Biasa saja", "Janji Dodi", "Janji Rina")]
        assert places == sorted(places)
        assert "00.30" in page
        assert page.count('class="late"') == 1
        assert "/take_call" in page
        with unit(by=person("rina")):
            take_up_report(emergency, by=person("rina"), alias="Anak")
        assert 'class="late"' not in as_user("rina").get("/").text


def test_nobody_on_standby_is_said_loudly_to_administrators(
    app: Flask, make: ModuleType, as_user: AsUser
) -> None:
    with clock.at(MIDNIGHT):
        make.shift("rina", MIDNIGHT + timedelta(hours=8), phone="0812-0000-0101")
        assert "card alarm" in as_user("admin").get("/").text
        for other in ("dodi", "kabid"):
            assert "card alarm" not in as_user(other).get("/").text
    with clock.at(MIDNIGHT + timedelta(hours=9)):
        assert "card alarm" not in as_user("admin").get("/").text
        for username in ("admin", "dodi", "kabid"):
            assert 'href="tel:+6281200000101"' in as_user(username).get("/").text
        assert 'href="tel:+6281200000101"' not in as_user("rina").get("/").text
