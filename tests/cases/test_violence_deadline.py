from datetime import datetime, timedelta
from types import ModuleType, SimpleNamespace

from flask import Flask
from sqlalchemy import select

from app.cases.enums import ServiceKind
from app.cases.models.case import Case
from app.cases.queries import list_unreported_violence_cases
from app.cases.services.cases import lower_confidentiality
from app.cases.services.reports import take_up_report
from app.cases.services.violence import record_police_report
from app.core import clock
from app.db.transaction import transaction
from app.extensions import db
from app.partners.enums import PartnerKind
from app.reference.enums import Confidentiality
from app.reference.models import ProblemTag
from tests.cases.support import AsUser, reload

LATE_EVENING = datetime(2026, 11, 23, 23, 50, tzinfo=clock.WITA)


def _violence_case(make: ModuleType, **data: object) -> Case:
    tag = db.session.scalars(select(ProblemTag).filter_by(code="sexual_violence")).one()
    return make.case(tags=[tag], **data)


def test_deadline_counts_from_the_first_report_across_midnight(
    app: Flask, make: ModuleType, people: SimpleNamespace
) -> None:
    tag = db.session.scalars(select(ProblemTag).filter_by(code="sexual_violence")).one()
    with clock.freeze_time(LATE_EVENING):
        report = make.report()
    with clock.freeze_time(LATE_EVENING + timedelta(minutes=20)), transaction(by=people.rina):
        case = take_up_report(report, by=people.rina, client=make.client())
        case.tags = [tag]
    deadline = case.reporting_deadline
    assert deadline is not None
    assert deadline.astimezone(clock.WITA) == datetime(2026, 11, 26, 23, 50, tzinfo=clock.WITA)


def test_only_the_team_sees_the_deadline(
    app: Flask, make: ModuleType, people: SimpleNamespace, as_user: AsUser
) -> None:
    case = _violence_case(make, team=[people.dodi])
    for who in ("rina", "dodi"):
        assert list_unreported_violence_cases(getattr(people, who), 5) == [case]
        assert f"/cases/show/{case.id}" in as_user(who).get("/").text
    for who in ("sari", "admin", "kabid"):
        assert list_unreported_violence_cases(getattr(people, who), 5) == []


def test_deadline_of_a_case_that_everybody_sees_is_for_its_team_alone(
    app: Flask, make: ModuleType, people: SimpleNamespace
) -> None:
    case = _violence_case(make, team=[people.admin])
    make.apply_transition(
        case, lower_confidentiality, by="admin", confidentiality=Confidentiality.ordinary, reason="Keliru"
    )
    users = (people.rina, people.admin, people.dodi, people.kabid)
    assert [list_unreported_violence_cases(user, 5) for user in users] == [[case], [case], [], []]


def test_police_report_number_ends_the_deadline(app: Flask, make: ModuleType, as_user: AsUser) -> None:
    case = _violence_case(make)
    page = as_user("rina").get(f"/cases/show/{case.id}").text
    assert f"/cases/{case.id}/police_report" in page
    data = {"version": case.version, "police_report_number": "LP/B/7/XI/2026"}
    assert as_user("rina").post(f"/cases/{case.id}/police_report", data=data).status_code == 302
    assert reload(case).reporting_deadline is None
    assert "LP/B/7/XI/2026" in as_user("rina").get(f"/cases/show/{case.id}").text


def test_referral_to_uptd_ppa_ends_the_deadline_and_another_service_does_not(
    app: Flask, make: ModuleType
) -> None:
    case, ppa = _violence_case(make), make.partner(kind=PartnerKind.uptd_ppa)
    make.service(case=case, kind=ServiceKind.counselling, partner=ppa)
    make.service(case=case, kind=ServiceKind.referral, partner=make.partner())
    assert case.reporting_deadline is not None
    make.service(case=case, kind=ServiceKind.referral, partner=ppa)
    assert case.reporting_deadline is None


def test_earliest_report_of_violence_is_not_replaced_by_later_ones(
    app: Flask, make: ModuleType, people: SimpleNamespace
) -> None:
    case, ppa = _violence_case(make), make.partner(kind=PartnerKind.uptd_ppa)
    today = clock.now()
    for hours in (3, 5, 1):  # services may be recorded later than they were given
        happened_at = today - timedelta(hours=hours)
        make.service(case=case, kind=ServiceKind.referral, partner=ppa, happened_at=happened_at)
    assert case.violence_reported_at == today - timedelta(hours=5)
    with transaction(by=people.rina):
        record_police_report(case, police_report_number="LP/B/7/XI/2026", by=people.rina)
    need = make.get_need_kind()
    make.partner_service(need, partner=ppa)
    make.sent_referral(case=case, partner=ppa, need_kind=need)
    assert case.violence_reported_at == today - timedelta(hours=5)


def test_case_without_violence_has_no_deadline(app: Flask, make: ModuleType, as_user: AsUser) -> None:
    case = make.case()
    assert case.reporting_deadline is None
    data = {"version": case.version, "police_report_number": "LP/B/7/XI/2026"}
    assert as_user("rina").post(f"/cases/{case.id}/police_report", data=data).status_code == 403
