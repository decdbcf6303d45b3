from datetime import timedelta
from types import ModuleType

import pytest
from flask import Flask

from app.admin.drafts import DRAFT_LIFETIME, FormDraft
from app.cases.models.entries import Service
from app.cases.models.event import CaseEvent
from app.core import clock
from app.db.transaction import transaction
from app.extensions import db
from tests.cases.support import AsUser, count_rows
from tests.support.fixed_clock import advance_machine_clock

TYPED = "Ibu bercerita tentang suaminya"


def _draft_form(case_id: int) -> dict[str, object]:
    return {"case": case_id, "kind": "counselling", "narrative": TYPED, "form_key": "x"}


def test_draft_is_saved_and_offered_to_its_user_only(app: Flask, make: ModuleType, as_user: AsUser) -> None:
    case, other = make.case(), make.case()
    events = count_rows(CaseEvent)
    rina = as_user("rina")
    answer = rina.post("/services/draft", data=_draft_form(case.id))
    assert answer.status_code == 200
    assert "WITA" in answer.json["text"]
    address = f"/services/add?case={case.id}"
    assert "draft=1" in rina.get(address).text
    assert TYPED in rina.get(f"{address}&draft=1").text
    assert "draft=1" not in rina.get(f"/services/add?case={other.id}").text, "drafts are kept per case"
    for who in ("dodi", "admin"):
        assert "draft=1" not in as_user(who).get(address).text
        assert TYPED not in as_user(who).get(f"{address}&draft=1").text
    assert (count_rows(Service), count_rows(CaseEvent)) == (0, events)
    assert TYPED not in as_user("dodi").get(f"/cases/show/{case.id}").text


def test_a_draft_is_gone_once_it_is_saved(app: Flask, make: ModuleType, as_user: AsUser) -> None:
    case, rina = make.case(), as_user("rina")
    rina.post("/services/draft", data=_draft_form(case.id))
    assert rina.post("/services/add", data=_draft_form(case.id)).status_code == 302
    assert count_rows(FormDraft) == 0


@pytest.mark.both_databases
def test_draft_survives_an_ended_session_and_expires_after_thirty_days(
    app: Flask, make: ModuleType, as_user: AsUser
) -> None:
    case = make.case()
    as_user("rina").post("/services/draft", data=_draft_form(case.id))
    address = f"/services/add?case={case.id}&draft=1"
    with advance_machine_clock(timedelta(hours=1)):
        assert TYPED in as_user("rina").get(address).text
    draft = db.session.query(FormDraft).one()
    with transaction(by=make.get_user("rina")):
        draft.saved_at = clock.now() - DRAFT_LIFETIME - timedelta(minutes=1)
    assert TYPED not in as_user("rina").get(address).text


def test_outdated_drafts_of_everybody_go_with_the_next_one(
    app: Flask, make: ModuleType, as_user: AsUser
) -> None:
    case = make.case()
    as_user("rina").post("/services/draft", data=_draft_form(case.id))
    draft = db.session.query(FormDraft).one()
    with transaction(by=make.get_user("rina")):
        draft.saved_at = clock.now() - DRAFT_LIFETIME - timedelta(minutes=1)
    as_user("dodi").post("/services/draft", data=_draft_form(case.id))
    db.session.expire_all()
    assert [one.user_id for one in db.session.query(FormDraft)] == [make.get_user("dodi").id]


def test_draft_needs_permission_to_add_and_some_text(app: Flask, make: ModuleType, as_user: AsUser) -> None:
    case = make.case()
    assert as_user("kabid").post("/services/draft", data=_draft_form(case.id)).status_code == 403
    assert as_user("rina").post("/services/draft", data=_draft_form(case.id), csrf=False).status_code == 400
    as_user("rina").post("/services/draft", data={"case": case.id, "kind": "counselling"})
    assert count_rows(FormDraft) == 0
    too_long = {**_draft_form(case.id), "narrative": "a" * 200_000}
    assert as_user("rina").post("/services/draft", data=too_long).status_code == 413
