from datetime import datetime, timedelta
from types import ModuleType, SimpleNamespace

from flask import Flask
from sqlalchemy import select

from app.cases.choices import ServiceKind
from app.cases.models import Case
from app.cases.queries import running_clocks
from app.cases.services import take_up_report
from app.core import clock
from app.core.unit import unit
from app.extensions import db
from app.partners.choices import PartnerKind
from app.reference.models import ProblemTag
from tests.cases.support import AsUser, fresh

LATE_EVENING = datetime(2026, 11, 23, 23, 50, tzinfo=clock.WITA)


def _violent(make: ModuleType, **data: object) -> Case:
    tag = db.session.scalars(select(ProblemTag).filter_by(code="sexual_violence")).one()
    return make.case(tags=[tag], **data)


def test_the_clock_runs_from_the_first_word_across_midnight(
    app: Flask, make: ModuleType, people: SimpleNamespace
) -> None:
    tag = db.session.scalars(select(ProblemTag).filter_by(code="sexual_violence")).one()
    with clock.at(LATE_EVENING):
        report = make.report()
    with clock.at(LATE_EVENING + timedelta(minutes=20)), unit(by=people.rina):
        case = take_up_report(report, by=people.rina, client=make.client())
        case.tags = [tag]
    deadline = case.reporting_deadline
    assert deadline is not None
    assert deadline.astimezone(clock.WITA) == datetime(2026, 11, 26, 23, 50, tzinfo=clock.WITA)


def test_the_team_sees_the_deadline_and_nobody_else(
    app: Flask, make: ModuleType, people: SimpleNamespace, as_user: AsUser
) -> None:
    case = _violent(make, team=[people.dodi])
    for who in ("rina", "dodi"):
        assert running_clocks(getattr(people, who), 5) == [case]
        assert f"/cases/show/{case.id}" in as_user(who).get("/").text
    for who in ("sari", "admin", "kabid"):
        assert running_clocks(getattr(people, who), 5) == []


def test_the_number_of_the_police_report_stops_it(app: Flask, make: ModuleType, as_user: AsUser) -> None:
    case = _violent(make)
    page = as_user("rina").get(f"/cases/show/{case.id}").text
    assert f"/cases/{case.id}/police_report" in page
    data = {"version": case.version, "police_report_number": "LP/B/7/XI/2026"}
    assert as_user("rina").post(f"/cases/{case.id}/police_report", data=data).status_code == 302
    assert fresh(case).reporting_deadline is None
    assert "LP/B/7/XI/2026" in as_user("rina").get(f"/cases/show/{case.id}").text


def test_a_referral_to_uptd_ppa_stops_it_and_another_service_does_not(app: Flask, make: ModuleType) -> None:
    case, ppa = _violent(make), make.partner(kind=PartnerKind.uptd_ppa)
    make.service(case=case, kind=ServiceKind.counselling, partner=ppa)
    make.service(case=case, kind=ServiceKind.referral, partner=make.partner())
    assert case.reporting_deadline is not None
    make.service(case=case, kind=ServiceKind.referral, partner=ppa)
    assert case.reporting_deadline is None


def test_a_case_that_is_not_about_it_has_no_clock(app: Flask, make: ModuleType, as_user: AsUser) -> None:
    case = make.case()
    assert case.reporting_deadline is None
    data = {"version": case.version, "police_report_number": "LP/B/7/XI/2026"}
    assert as_user("rina").post(f"/cases/{case.id}/police_report", data=data).status_code == 403
