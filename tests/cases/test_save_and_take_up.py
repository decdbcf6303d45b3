"""One request saves an incoming report and opens its take-up form."""

from collections.abc import Callable

import pytest
from sqlalchemy import func, select

from app.cases.models.report import IncomingReport
from app.extensions import db
from tests.support.client import PortalClient

REPORT = {"description": "Diusir suaminya, menunggu di pos ronda.", "channel": "phone_whatsapp"}


@pytest.fixture
def rina(as_user: Callable[[str], PortalClient]) -> PortalClient:
    return as_user("rina")


def get_report_id() -> int:
    return int(db.session.scalars(select(IncomingReport.id)).one())


def test_report_is_saved_and_its_take_up_form_opens(rina: PortalClient) -> None:
    answer = rina.post("/incoming-reports/add", data={**REPORT, "then": "take_up"})
    assert answer.location == f"/incoming-reports/{get_report_id()}/take_up"
    page = rina.get(answer.location, headers={"Referer": "http://localhost/incoming-reports/add"})
    # the form for a new report is not used as the return URL
    assert 'name="next" type="hidden" value=""' in page.text


def test_a_report_that_is_only_saved_opens_itself(rina: PortalClient) -> None:
    answer = rina.post("/incoming-reports/add", data=REPORT)
    assert answer.location == f"/incoming-reports/show/{get_report_id()}"


@pytest.mark.parametrize("then", ["dismiss", "add", "../../clients/list/", ""])
def test_unknown_next_step_is_ignored(rina: PortalClient, then: str) -> None:
    answer = rina.post("/incoming-reports/add", data={**REPORT, "then": then})
    assert answer.location == f"/incoming-reports/show/{get_report_id()}"


def test_same_form_key_with_the_other_button_saves_nothing_more(rina: PortalClient) -> None:
    key = {"form_key": "the-key-of-one-form"}
    rina.post("/incoming-reports/add", data={**REPORT, **key})
    answer = rina.post("/incoming-reports/add", data={**REPORT, **key, "then": "take_up"})
    assert answer.location == f"/incoming-reports/{get_report_id()}/take_up"
    assert db.session.scalar(select(func.count(IncomingReport.id))) == 1


def test_invalid_report_is_refused_before_the_take_up(rina: PortalClient) -> None:
    answer = rina.post("/incoming-reports/add", data={"channel": "walk_in", "then": "take_up"})
    assert answer.status_code == 200
    assert 'id="description-error"' in answer.text
