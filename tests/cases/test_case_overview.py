from datetime import datetime, timedelta
from types import ModuleType

from flask import Flask

from app.cases.enums import ServiceKind, Timing
from app.core import clock
from tests.cases.support import AsUser


def test_overview_shows_what_is_next_and_offers_each_service(
    app: Flask, make: ModuleType, as_user: AsUser
) -> None:
    case = make.case()
    page = as_user("rina").get(f"/cases/show/{case.id}").text
    assert 'class="turn turn-mine"' in page
    assert f'action="/cases/{case.id}/advance"' in page
    for kind in ServiceKind:
        assert f"/services/add?case={case.id}&amp;kind={kind.name}" in page
    assert "/services/add?case=" not in as_user("kabid").get(f"/cases/show/{case.id}").text


def test_supervisor_reads_four_digits_of_a_reporter_abroad(make: ModuleType, as_user: AsUser) -> None:
    case = make.case(report=make.report(reporter_phone="+60 12-345 6789"))
    page = as_user("kabid").get_page(f"/cases/show/{case.id}")
    assert "••••6789" in page
    assert "60123456789" not in page
    assert "+60 12-345 6789" in as_user("rina").get_page(f"/cases/show/{case.id}")


def test_a_service_needs_three_fields_and_the_rest_is_folded(
    app: Flask, make: ModuleType, as_user: AsUser
) -> None:
    case = make.case()
    form = as_user("rina").get(f"/services/add?case={case.id}&kind=advocacy").text
    seen = form.split('<details class="group"')[0]
    assert [name for name in ("case", "kind", "narrative") if f'name="{name}"' not in seen] == []
    assert [name for name in ("happened_at", "place", "partner", "outcome") if f'name="{name}"' in seen] == []


def test_a_follow_up_is_overdue_today_or_upcoming_by_the_day_in_wita(app: Flask, make: ModuleType) -> None:
    midnight = datetime(2026, 11, 24, 0, 0, tzinfo=clock.WITA)
    with clock.freeze_time(midnight - timedelta(hours=3)):
        step = make.follow_up(due_on=(midnight - timedelta(hours=3)).date())
        assert step.timing is Timing.today
    with clock.freeze_time(midnight + timedelta(minutes=1)):
        assert step.timing is Timing.overdue
    with clock.freeze_time(midnight - timedelta(days=1, hours=3)):
        assert step.timing is Timing.upcoming
