"""What becomes of a report, through the browser."""

from types import ModuleType

from flask import Flask
from sqlalchemy import select

from app.cases.models import Case, CaseEvent
from app.cases.states import EventKind, ReportState
from app.extensions import db
from tests.cases.support import AsUser, count_of, fresh


def test_take_up_carries_text_place_and_reporter_over_and_registers_the_client(
    app: Flask, as_user: AsUser, make: ModuleType
) -> None:
    report = make.report(
        description="Seorang ibu tidur di pasar",
        location="Pasar Rawa Indah",
        reporter_name="Pak RT",
        reporter_phone="08115413355",
    )
    rina = as_user("rina")
    assert rina.get(f"/incoming-reports/{report.id}/take_up").status_code == 200
    data = {"version": report.version, "sex": "female", "alias": "Ibu pasar"}
    answer = rina.post(f"/incoming-reports/{report.id}/take_up", data=data)
    case = db.session.scalars(select(Case)).one()
    assert (answer.status_code, answer.location) == (302, f"/cases/show/{case.id}")
    assert (case.report_id, case.client.alias, case.client.address) == (
        report.id,
        "Ibu pasar",
        "Pasar Rawa Indah",
    )
    for said in ("Seorang ibu tidur di pasar", "Pasar Rawa Indah", "Pak RT"):
        assert said in case.presenting_problem
    assert "5413355" not in case.presenting_problem, "the phone stays in the report, where it is masked"
    assert fresh(report).state is ReportState.taken_up
    again = rina.post(f"/incoming-reports/{report.id}/take_up", data=data | {"version": report.version})
    assert again.status_code == 409
    assert count_of(Case) == 1


def test_take_up_joins_a_case_that_is_there_already(app: Flask, as_user: AsUser, make: ModuleType) -> None:
    report, case = make.report(), make.case(by="rina")
    answer = as_user("sari").post(
        f"/incoming-reports/{report.id}/take_up", data={"version": report.version, "case": case.id}
    )
    assert answer.status_code == 302
    assert fresh(case).reports == [report]
    told = db.session.scalars(select(CaseEvent.kind).order_by(CaseEvent.id)).all()
    assert told == [EventKind.case_opened, EventKind.report_joined]


def test_take_up_asks_for_a_client_or_a_case(app: Flask, as_user: AsUser, make: ModuleType) -> None:
    report = make.report()
    answer = as_user("rina").post(f"/incoming-reports/{report.id}/take_up", data={"version": report.version})
    assert answer.status_code == 200
    both = {"version": report.version, "case": make.case().id, "alias": "Ibu pasar"}
    assert as_user("rina").post(f"/incoming-reports/{report.id}/take_up", data=both).status_code == 200
    assert fresh(report).state is ReportState.new


def test_a_report_is_dismissed_with_a_reason_only(app: Flask, as_user: AsUser, make: ModuleType) -> None:
    report = make.report()
    address, data = f"/incoming-reports/{report.id}/dismiss", {"version": report.version}
    assert as_user("rina").post(address, data=data).status_code == 200
    answer = as_user("rina").post(address, data=data | {"dismissed_reason": "Laporan ganda"})
    assert answer.status_code == 302
    assert (fresh(report).state, report.dismissed_reason) == (ReportState.dismissed, "Laporan ganda")
    assert as_user("rina").get(f"/incoming-reports/edit/{report.id}").status_code == 403


def test_the_phone_of_a_reporter_stays_in_the_report(as_user: AsUser, make: ModuleType) -> None:
    report = make.report(reporter_name="Pak Usman", reporter_phone="0812-0000-7427")
    answer = as_user("rina").post(
        f"/incoming-reports/{report.id}/take_up", data={"name": "Zubaidah", "version": report.version}
    )
    assert answer.status_code == 302
    page = as_user("kabid").get(answer.location).text
    assert "Pak Usman" in page
    assert "00007427" not in page
