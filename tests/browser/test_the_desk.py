"""The page of a case on a phone, and a form that is kept while it is typed."""

from collections.abc import Callable

from playwright.sync_api import Page, expect

from tests import factories as make
from tests.browser.pages import fits, press, save
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
