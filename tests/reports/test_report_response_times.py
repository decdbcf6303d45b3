"""Charts of reports by hour, and of the time until they are taken up."""

import re
from collections.abc import Callable
from datetime import datetime, timedelta
from html import unescape
from types import ModuleType, SimpleNamespace
from typing import Any

from flask import Flask

from app.cases.enums import Channel, Urgency
from app.cases.services.reports import take_up_report
from app.core import clock
from app.db.transaction import transaction
from app.reference.enums import Confidentiality
from app.reports.queries import count_overdue_reports, count_reports_by_hour, list_response_times
from tests.support.client import PortalClient
from tests.support.portal import get_user

AsUser = Callable[[str], PortalClient]
NOW = datetime(2027, 1, 15, 12, tzinfo=clock.WITA)


def make_answered_report(
    make: ModuleType, moment: datetime, minutes: int | None = None, by: str = "rina", **data: Any
) -> Any:
    with clock.freeze_time(moment):
        report = make.report(**{"urgency": Urgency.emergency, **data})
    if minutes is None:
        return report
    with clock.freeze_time(moment + timedelta(minutes=minutes)), transaction(by=get_user(by)):
        return take_up_report(report, by=get_user(by), alias="Seseorang")


def test_reports_are_counted_by_the_hour_in_bontang(
    app: Flask, make: ModuleType, people: SimpleNamespace
) -> None:
    midnight = datetime(2027, 1, 1, tzinfo=clock.WITA)
    make_answered_report(make, midnight - timedelta(minutes=1), channel=Channel.rt_rw)
    make_answered_report(make, midnight, channel=Channel.phone_whatsapp)
    make_answered_report(make, midnight + timedelta(minutes=59), channel=Channel.phone_whatsapp)
    make_answered_report(make, NOW - timedelta(days=400))
    with clock.freeze_time(NOW):
        assert count_reports_by_hour(people.kabid) == {(23, Channel.rt_rw): 1, (0, Channel.phone_whatsapp): 2}


def test_the_median_and_the_share_in_time_by_month_and_worker(
    app: Flask, make: ModuleType, people: SimpleNamespace
) -> None:
    december = datetime(2026, 12, 31, 23, 50, tzinfo=clock.WITA)
    for minutes, by in ((10, "rina"), (20, "dodi"), (60, "dodi"), (30, "rina")):
        make_answered_report(make, december, minutes, by)
    make_answered_report(make, december + timedelta(minutes=10), 25)
    make_answered_report(make, december + timedelta(days=1))  # not taken up
    with clock.freeze_time(NOW):
        found = [
            (f"{one.month:%m/%Y}", one.worker, one.reports, one.median_seconds, one.in_time)
            for one in list_response_times(people.kabid)
        ]
        waiting = {f"{month:%m/%Y}": number for month, number in count_overdue_reports(people.kabid).items()}
    rina, dodi = people.rina.full_name, people.dodi.full_name
    assert found == [
        ("12/2026", None, 4, 25 * 60, 3),
        ("12/2026", dodi, 2, 40 * 60, 1),
        ("12/2026", rina, 2, 20 * 60, 2),
        ("01/2027", None, 1, 25 * 60, 1),
        ("01/2027", rina, 1, 25 * 60, 1),
    ]
    assert waiting == {"01/2027": 1}


def test_a_report_of_a_secret_case_counts_for_its_team_alone(
    app: Flask, make: ModuleType, people: SimpleNamespace
) -> None:
    case = make.case(confidentiality=Confidentiality.secret, team=[people.rina])
    with clock.freeze_time(NOW - timedelta(days=1)):
        report = make.report()
        with transaction(by=people.rina):
            take_up_report(report, by=people.rina, case=case)
    with clock.freeze_time(NOW):
        assert sum(count_reports_by_hour(people.rina).values()) == 1
        assert count_reports_by_hour(people.kabid) == {}
        assert list_response_times(people.kabid) == []


def test_both_charts_show_their_figures_in_a_table(app: Flask, make: ModuleType, as_user: AsUser) -> None:
    make_answered_report(make, NOW - timedelta(days=1), 12)
    with clock.freeze_time(NOW):
        kabid = as_user("kabid")
        table = unescape(kabid.get("/statistics/time-to-take-up/").text).partition("<tbody>")[2]
        assert re.search(r"12\s", table)
        assert "(1 " in table
        page = kabid.get("/statistics/reports-by-hour/").text
        assert page.count('<rect class="bar"') == 24


def test_month_without_taken_up_reports_shows_the_waiting_ones(
    app: Flask, make: ModuleType, as_user: AsUser
) -> None:
    make_answered_report(make, NOW - timedelta(days=40))
    with clock.freeze_time(NOW):
        table = unescape(as_user("rina").get("/statistics/time-to-take-up/").text).partition("<tbody>")[2]
    assert table.count("<tr>") == 1
    assert "—" in table
