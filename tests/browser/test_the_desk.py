"""The page of a case on a phone, and a form that is kept while it is typed."""

from collections.abc import Callable

import pytest
from playwright.sync_api import Page, expect
from sqlalchemy import select

from app.cases.services import correct_note
from app.core.unit import unit
from app.extensions import db
from app.reference.models import ProblemTag
from tests import factories as make
from tests.browser.pages import SMALL_TARGETS, faults, fits, press, save
from tests.support.portal import Portal

Enter = Callable[..., Page]


def test_a_counselling_is_kept_while_typed_and_saved_from_the_desk(enter: Enter, site: Portal) -> None:
    with site.app.app_context():
        case_id = make.case(by="rina").id
    page = enter("rina")
    page.goto(f"/cases/show/{case_id}")
    fits(page)
    press(page, f"a[href='/services/add?case={case_id}&kind=counselling']")
    fits(page)
    page.fill("[name=narrative]", "Mendengarkan cerita klien sampai selesai")
    expect(page.locator("#kept")).to_contain_text("WITA")
    other = enter("rina")  # another phone: the first one is dead
    other.goto(f"/services/add?case={case_id}&kind=counselling")
    press(other, "a[href*='draft=1']")
    assert other.input_value("[name=narrative]") == "Mendengarkan cerita klien sampai selesai"
    save(other)
    expect(other.locator("h1")).to_be_visible()
    other.goto(f"/services/add?case={case_id}&kind=counselling")
    expect(other.locator("a[href*='draft=1']")).to_have_count(0)


@pytest.mark.parametrize(("width", "scheme"), [(360, "light"), (1280, "dark")])
def test_the_desk_and_its_forms_keep_nobody_out(enter: Enter, site: Portal, width: int, scheme: str) -> None:
    with site.app.app_context():
        tag = db.session.scalars(select(ProblemTag).filter_by(code="sexual_violence")).one()
        case = make.case(by="rina", tags=[tag])
        goal, note = make.goal(case=case), make.note(case=case, text="Senin")
        rina = make.person("rina")
        with unit(by=rina):
            correct_note(note, text="Selasa", by=rina)
        pages = [
            f"/cases/show/{case.id}",
            f"/cases/{case.id}/close",
            f"/case-notes/show/{note.id}",
            f"/plan-goals/{goal.id}/evaluate",
            "/assessments/add",
            "/services/add",
        ]
    page, found = enter("rina", width=width, scheme=scheme), []
    for address in pages:
        page.goto(address)
        fits(page)
        found += faults(page)
        if width == 360:
            found += [f"{address}: small: {html}" for html in page.evaluate(SMALL_TARGETS)]
    assert found == []
