"""Pages that take up or dismiss an incoming report, and what the case shows of its report."""

from types import ModuleType

import pytest
from flask import Flask
from sqlalchemy import select

from app.cases.enums import ClosingReason, ReportState
from app.cases.models.case import Case
from app.cases.models.event import CaseEvent
from app.cases.services.closing import close_case
from app.cases.services.reports import take_up_report
from app.clients.enums import SafeToContact
from app.core.errors import Conflict, Forbidden, PortalError
from app.extensions import db
from app.reference.enums import Confidentiality
from app.referrals.enums import SharedField
from app.referrals.services.office import send_referral
from tests.cases.support import AsUser, count_rows, reload
from tests.referrals.partner_link import create_link, open_link, text_of
from tests.support.client import PortalClient


def test_take_up_copies_text_and_place_and_registers_the_client(
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
    assert case.presenting_problem == "Seorang ibu tidur di pasar"
    assert reload(report).state is ReportState.taken_up
    again = rina.post(f"/incoming-reports/{report.id}/take_up", data=data | {"version": report.version})
    assert again.status_code == 409
    assert count_rows(Case) == 1


def test_take_up_joins_a_case_that_is_there_already(app: Flask, as_user: AsUser, make: ModuleType) -> None:
    report, case = make.report(), make.case(by="rina")
    answer = as_user("sari").post(
        f"/incoming-reports/{report.id}/take_up", data={"version": report.version, "case": case.id}
    )
    assert answer.status_code == 302
    assert reload(case).reports == [report]
    values = db.session.scalars(select(CaseEvent.kind).order_by(CaseEvent.id)).all()
    assert values == ["case_opened", "report_joined"]


def test_take_up_joins_neither_a_closed_nor_a_hidden_case_nor_that_of_another_client(
    app: Flask, make: ModuleType
) -> None:
    report, closed, hidden = (
        make.report(),
        make.case(),
        make.case(by="dodi", confidentiality=Confidentiality.secret),
    )
    end = {"closing_reason": ClosingReason.moved, "closing_summary": "Pindah"}
    make.apply_transition(closed, close_case, **end)
    for case, kind in ((closed, Conflict), (hidden, Forbidden)):
        with pytest.raises(kind):
            make.apply_transition(report, take_up_report, case=case)
    with pytest.raises(PortalError) as refusal:
        make.apply_transition(report, take_up_report, case=make.case(), client=make.client())
    assert refusal.value.field == "case"
    assert (reload(report).state, report.cases) == (ReportState.new, [])


def test_take_up_requires_either_a_client_or_a_case(app: Flask, as_user: AsUser, make: ModuleType) -> None:
    report = make.report()
    answer = as_user("rina").post(f"/incoming-reports/{report.id}/take_up", data={"version": report.version})
    assert answer.status_code == 200
    both = {"version": report.version, "case": make.case().id, "alias": "Ibu pasar"}
    assert as_user("rina").post(f"/incoming-reports/{report.id}/take_up", data=both).status_code == 200
    assert reload(report).state is ReportState.new


def test_a_report_is_dismissed_with_a_reason_only(app: Flask, as_user: AsUser, make: ModuleType) -> None:
    report = make.report()
    address, data = f"/incoming-reports/{report.id}/dismiss", {"version": report.version}
    assert as_user("rina").post(address, data=data).status_code == 200
    answer = as_user("rina").post(address, data=data | {"dismissed_reason": "Laporan ganda"})
    assert answer.status_code == 302
    assert (reload(report).state, report.dismissed_reason) == (ReportState.dismissed, "Laporan ganda")
    assert as_user("rina").get(f"/incoming-reports/edit/{report.id}").status_code == 403


def take_up_and_get_case(make: ModuleType, rina: PortalClient, **data: object) -> Case:
    """Take up a report by Pak Usman that has a place and a phone; return the new case."""
    values = {"reporter_name": "Pak Usman", "reporter_role": "Ketua RT 12", "location": "Gang Melati 4"}
    report = make.report(**{**values, "reporter_phone": "0812-0000-7427", **data})
    answer = rina.post(
        f"/incoming-reports/{report.id}/take_up", data={"name": "Zubaidah", "version": report.version}
    )
    assert answer.status_code == 302
    return db.session.scalars(select(Case).filter_by(report_id=report.id)).one()


def test_take_up_saves_whether_the_new_client_may_be_called(as_user: AsUser, make: ModuleType) -> None:
    report = make.report()
    typed = {"name": "Zubaidah", "phone": "0812-0000-7428", "safe_to_contact": SafeToContact.ask_first.name}
    as_user("rina").post(f"/incoming-reports/{report.id}/take_up", data={**typed, "version": report.version})
    case = db.session.scalars(select(Case).filter_by(report_id=report.id)).one()
    assert case.client.safe_to_contact is SafeToContact.ask_first


def test_case_shows_the_reporter_of_its_report(as_user: AsUser, make: ModuleType) -> None:
    case = take_up_and_get_case(make, as_user("rina"))
    page = as_user("rina").get_page(f"/cases/show/{case.id}")
    for text in ("Pak Usman", "Ketua RT 12", "Gang Melati 4", "0812-0000-7427"):
        assert text in page
    assert f'href="/incoming-reports/show/{case.report_id}"' in page
    masked = as_user("kabid").get_page(f"/cases/show/{case.id}")
    assert "Pak Usman" in masked
    assert "7427" in masked
    assert "0000-7427" not in masked
    assert "00007427" not in masked


def test_a_case_without_a_report_has_no_panel_of_it(as_user: AsUser, make: ModuleType) -> None:
    title = "Dari laporan"
    assert title in as_user("rina").get_page(f"/cases/show/{take_up_and_get_case(make, as_user('rina')).id}")
    assert title not in as_user("rina").get_page(f"/cases/show/{make.case().id}")


def test_partner_page_shows_the_problem_without_the_reporter(
    as_user: AsUser, anonymous_client: PortalClient, make: ModuleType
) -> None:
    case = take_up_and_get_case(
        make, as_user("rina"), description="Tidur di pasar", location="Pasar Rawa Indah"
    )
    referral = make.referral(case=case)
    make.consent(client=case.client, purpose=make.ConsentPurpose.share_with_partner)
    make.apply_transition(referral, send_referral, shared_fields=[SharedField.problem])
    page = text_of(open_link(anonymous_client, create_link(referral)))
    assert "Tidur di pasar" in page
    for hidden in ("Pak Usman", "Ketua RT 12", "Pasar Rawa Indah"):
        assert hidden not in page


@pytest.mark.parametrize(
    ("answer", "offered"), [(None, True), ("yes", True), ("ask_first", True), ("no", False)]
)
def test_a_reporter_is_called_unless_that_is_not_safe(
    as_user: AsUser, make: ModuleType, answer: str | None, offered: bool
) -> None:
    rina = as_user("rina")
    form = {"channel": "rt_rw", "description": "Diusir", "reporter_phone": "0812-0000-7427"}
    saved = rina.post("/incoming-reports/add", data=form | {"reporter_safe_to_contact": answer or ""})
    assert saved.status_code == 302
    page = rina.get_page(saved.location)
    assert "0812-0000-7427" in page
    assert ('href="tel:+6281200007427"' in page) is offered


@pytest.mark.parametrize("column", ["phone", "guardian_phone"])
def test_a_reporter_with_the_phone_of_the_client_is_called_as_the_client_is(
    as_user: AsUser, make: ModuleType, column: str
) -> None:
    client = make.client(**{column: "0812-0000-7427"})
    report = make.report(reporter_phone="0812-0000-7427")
    make.apply_transition(report, take_up_report, client=client)
    call = 'href="tel:+6281200007427"'
    pages = [f"/cases/show/{reload(report).cases[0].id}", f"/incoming-reports/show/{report.id}"]
    assert [call in as_user("rina").get_page(page) for page in pages] == [True, True]
    make.case(client=client, tags=[make.tag(Confidentiality.secret)])
    assert [call in as_user("rina").get_page(page) for page in pages] == [False, False]
