"""The case overview on a phone, and the autosaved draft of a form."""

from collections.abc import Callable

from playwright.sync_api import Page, expect
from sqlalchemy import select

from app.cases.services.process import correct_note
from app.db.transaction import transaction
from app.extensions import db
from app.reference.models import ProblemTag
from tests import factories as make
from tests.browser.page_actions import (
    assert_fits_width,
    click_and_wait,
    submit_form,
)
from tests.browser.page_faults import find_faults
from tests.support.portal import PortalInstance

OpenPageAs = Callable[..., Page]


def test_counselling_is_autosaved_and_saved_from_the_overview(
    open_page_as: OpenPageAs, site: PortalInstance
) -> None:
    with site.app.app_context():
        case_id = make.case(by="rina").id
    page = open_page_as("rina")
    page.goto(f"/cases/show/{case_id}")
    assert_fits_width(page)
    click_and_wait(page, f"a[href='/services/add?case={case_id}&kind=counselling']")
    assert_fits_width(page)
    page.fill("[name=narrative]", "Mendengarkan cerita klien sampai selesai")
    expect(page.locator("#kept")).to_contain_text("WITA")
    other = open_page_as("rina")  # another phone, as if the first had failed
    other.goto(f"/services/add?case={case_id}&kind=counselling")
    click_and_wait(other, "a[href*='draft=1']")
    assert other.input_value("[name=narrative]") == "Mendengarkan cerita klien sampai selesai"
    submit_form(other)
    expect(other.locator("h1")).to_be_visible()
    other.goto(f"/services/add?case={case_id}&kind=counselling")
    expect(other.locator("a[href*='draft=1']")).to_have_count(0)


def test_case_overview_and_its_forms_are_accessible(open_page_as: OpenPageAs, site: PortalInstance) -> None:
    with site.app.app_context():
        tag = db.session.scalars(select(ProblemTag).filter_by(code="sexual_violence")).one()
        case = make.case(by="rina", tags=[tag])
        goal, note = make.goal(case=case), make.note(case=case, text="Senin")
        rina = make.get_user("rina")
        with transaction(by=rina):
            correct_note(note, text="Selasa", by=rina)
        pages = [
            f"/cases/show/{case.id}",
            f"/cases/{case.id}/close",
            f"/case-notes/show/{note.id}",
            f"/plan-goals/{goal.id}/evaluate",
            "/assessments/add",
            "/services/add",
        ]
    page, found = open_page_as("rina"), []
    for url in pages:
        page.goto(url)
        assert_fits_width(page)
        found += find_faults(page)
    assert found == []
