"""Calls at night: one form makes report, client, case and first service; reports have a deadline."""

from collections.abc import Callable
from datetime import datetime, timedelta
from html import unescape
from types import ModuleType
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import func, select

from app.cases.enums import Channel, Place, ReportState, ServiceKind, Urgency
from app.cases.models.case import Case
from app.cases.models.entries import Service
from app.cases.models.report import IncomingReport
from app.cases.services.reports import dismiss_report, take_up_report, update_report
from app.clients.enums import SafeToContact
from app.clients.models.client import Client
from app.core import clock
from app.core.errors import Conflict, Forbidden, PortalError
from app.db.transaction import transaction
from app.extensions import db
from app.standby.models import Shift
from app.standby.services.calls import take_call
from tests.support.client import PortalClient
from tests.support.concurrency import run_concurrently
from tests.support.portal import get_user

AsUser = Callable[[str], PortalClient]
MIDNIGHT = datetime(2026, 11, 25, 0, tzinfo=clock.WITA)
CALL_FORM = {
    "description": "Nenek kira-kira 75 tahun terbaring sendirian.",
    "kind": ServiceKind.outreach,
    "narrative": "Dibawa ke IGD.",
}


def count_records() -> list[int]:
    return [
        db.session.scalar(select(func.count()).select_from(model)) or 0
        for model in (IncomingReport, Client, Case, Service)
    ]


def test_one_form_makes_report_client_case_and_first_service(app: Flask, make: ModuleType) -> None:
    shift = make.shift("rina", MIDNIGHT - timedelta(hours=4))
    rina = get_user("rina")
    with clock.freeze_time(MIDNIGHT + timedelta(minutes=5)), transaction(by=rina):
        case = take_call(
            shift,
            by=rina,
            **CALL_FORM,
            alias="Nek Idah",
            urgency=Urgency.emergency,
            place=Place.home,
            nik=None,
        )
    assert count_records() == [1, 1, 1, 1]
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


def test_call_saves_whether_the_reporter_may_be_called(as_user: AsUser, make: ModuleType) -> None:
    shift = make.shift("rina")
    typed = {
        "description": CALL_FORM["description"],
        "kind": ServiceKind.outreach.name,
        "narrative": CALL_FORM["narrative"],
        "alias": "Nek Idah",
        "reporter_phone": "0812-0000-7427",
        "reporter_safe_to_contact": SafeToContact.no.name,
        "version": shift.version,
    }
    assert as_user("rina").post(f"/shifts/{shift.id}/take_call", data=typed).status_code == 302
    report = db.session.scalars(select(IncomingReport)).one()
    assert report.reporter_safe_to_contact is SafeToContact.no


def test_call_without_a_person_saves_nothing(app: Flask, make: ModuleType) -> None:
    shift = make.shift("rina", MIDNIGHT - timedelta(hours=4))
    with clock.freeze_time(MIDNIGHT), pytest.raises(PortalError) as refusal, transaction(by=get_user("rina")):
        take_call(shift, by=get_user("rina"), **CALL_FORM)
    assert refusal.value.field == "client"
    assert count_records() == [0, 0, 0, 0]


def test_only_the_worker_on_standby_records_a_call(app: Flask, make: ModuleType) -> None:
    shift = make.shift("rina", MIDNIGHT)
    with (
        clock.freeze_time(MIDNIGHT + timedelta(hours=1)),
        pytest.raises(Forbidden),
        transaction(by=get_user("dodi")),
    ):
        take_call(shift, by=get_user("dodi"), **CALL_FORM, alias="Nek Idah")
    with (
        clock.freeze_time(MIDNIGHT - timedelta(hours=1)),
        pytest.raises(Conflict),
        transaction(by=get_user("rina")),
    ):
        take_call(shift, by=get_user("rina"), **CALL_FORM, alias="Nek Idah")


def test_the_same_form_sent_twice_makes_one_case(app: Flask, make: ModuleType, as_user: AsUser) -> None:
    shift = make.shift("rina", MIDNIGHT)
    with clock.freeze_time(MIDNIGHT + timedelta(hours=1)):
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
        assert "Telepon ketua RT" in second.text  # typed values are kept
    assert count_records() == [1, 1, 1, 1]


def test_concurrent_calls_make_one_case_each_or_conflict(app: Flask, make: ModuleType) -> None:
    with clock.freeze_time(MIDNIGHT):
        key = make.shift("rina", MIDNIGHT - timedelta(hours=1)).id

    def one(number: int) -> Any:
        rina = get_user("rina")
        with clock.freeze_time(MIDNIGHT), transaction(by=rina):
            return take_call(db.session.get_one(Shift, key), by=rina, **CALL_FORM, alias=f"Warga {number}").id

    answers = run_concurrently(3, one)
    made = [answer for answer in answers if isinstance(answer, int)]
    assert {type(answer) for answer in answers} <= {int, Conflict}
    assert count_records() == [len(made)] * 4


def due_time(urgency: Urgency, make: ModuleType, *moment: int) -> str:
    with clock.freeze_time(datetime(*moment, tzinfo=clock.WITA)):  # type: ignore[arg-type,misc]
        report = make.report(urgency=urgency)
    return f"{report.due_at.astimezone(clock.WITA):%d/%m/%Y %H.%M}"


def test_each_urgency_has_its_deadline(app: Flask, make: ModuleType) -> None:
    assert due_time(Urgency.emergency, make, 2026, 12, 31, 23, 45) == "01/01/2027 00.15"
    assert due_time(Urgency.urgent, make, 2026, 11, 30, 22) == "01/12/2026 02.00"
    # The end of the next working day is the midnight after it.
    assert due_time(Urgency.ordinary, make, 2026, 11, 24, 23, 59) == "26/11/2026 00.00"
    assert due_time(Urgency.ordinary, make, 2026, 11, 27, 9) == "01/12/2026 00.00"  # a Friday
    assert due_time(Urgency.ordinary, make, 2026, 12, 23, 9) == "29/12/2026 00.00"  # joint leave, Christmas
    assert (
        due_time(Urgency.ordinary, make, 2026, 12, 31, 9) == "05/01/2027 00.00"
    )  # New Year's Day is a Friday


def test_report_that_becomes_urgent_gets_the_shorter_deadline(app: Flask, make: ModuleType) -> None:
    with clock.freeze_time(MIDNIGHT):
        report = make.report()
        same = report.due_at
        with transaction(by=get_user("rina")):
            update_report(report, {"location": "Gang Piano"}, by=get_user("rina"))
        assert report.due_at == same
        with transaction(by=get_user("rina")):
            update_report(report, {"urgency": Urgency.emergency}, by=get_user("rina"))
        assert report.due_at == MIDNIGHT + timedelta(minutes=30)


def test_dismissed_report_counts_as_answered(app: Flask, make: ModuleType) -> None:
    with clock.freeze_time(MIDNIGHT):
        report = make.report()
    with clock.freeze_time(MIDNIGHT + timedelta(hours=1)), transaction(by=get_user("dodi")):
        dismiss_report(report, dismissed_reason="Laporan ganda.", by=get_user("dodi"))
    assert report.answered_at == MIDNIGHT + timedelta(hours=1)
    assert report.answered_by_id == get_user("dodi").id


def test_worker_on_standby_sees_reports_to_take_up_first(
    app: Flask, make: ModuleType, as_user: AsUser
) -> None:
    with clock.freeze_time(MIDNIGHT):
        make.shift("rina", MIDNIGHT - timedelta(hours=4))
        make.report(description="Biasa saja")
        emergency = make.report(description="Anak terkunci di rumah", urgency=Urgency.emergency)
        make.follow_up(by="dodi", title="Janji Dodi", due_on=MIDNIGHT.date())
        make.follow_up(by="rina", title="Janji Rina", due_on=MIDNIGHT.date())
    with clock.freeze_time(MIDNIGHT + timedelta(minutes=31)):
        page = unescape(as_user("rina").get("/").text)
        places = [page.index(text) for text in ("Anak terkunci", "Biasa saja", "Janji Dodi", "Janji Rina")]
        assert places == sorted(places)
        assert "00.30" in page
        assert page.count('class="late"') == 1
        assert "/take_call" in page
        with transaction(by=get_user("rina")):
            take_up_report(emergency, by=get_user("rina"), alias="Anak")
        assert 'class="late"' not in as_user("rina").get("/").text


def test_first_page_of_administrators_warns_when_nobody_is_on_standby(
    app: Flask, make: ModuleType, as_user: AsUser
) -> None:
    with clock.freeze_time(MIDNIGHT):
        make.shift("rina", MIDNIGHT + timedelta(hours=8), phone="0812-0000-0101")
        assert "card alarm" in as_user("admin").get("/").text
        for other in ("dodi", "kabid"):
            assert "card alarm" not in as_user(other).get("/").text
    with clock.freeze_time(MIDNIGHT + timedelta(hours=9)):
        assert "card alarm" not in as_user("admin").get("/").text
        for username in ("admin", "dodi", "kabid"):
            assert 'href="tel:+6281200000101"' in as_user(username).get("/").text
        assert 'href="tel:+6281200000101"' not in as_user("rina").get("/").text
