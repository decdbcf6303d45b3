"""Upper limits of page loads and taps for frequent tasks on a phone."""

from collections.abc import Callable
from datetime import timedelta
from pathlib import Path

import pytest
from playwright.sync_api import Locator, Page, expect

from app.core import clock
from tests import factories as make
from tests.browser.page_actions import assert_fits_width
from tests.support.photos import plain_png
from tests.support.portal import PortalInstance

OpenPageAs = Callable[..., Page]
PHOTO = plain_png()


class TapCounter:
    """Counts page loads and taps on an open page; typing is not counted."""

    def __init__(self, page: Page) -> None:
        self.page = page
        self.loads = self.taps = 0
        page.on("framenavigated", self._count_load)

    def _count_load(self, frame: object) -> None:
        self.loads += frame == self.page.main_frame

    def tap(self, target: str | Locator) -> None:
        """Tap the first visible match."""
        found = self.page.locator(target) if isinstance(target, str) else target
        found.locator("visible=true").first.tap()
        self.taps += 1

    def tap_and_wait(self, target: str | Locator) -> None:
        """Tap and wait for the navigation."""
        with self.page.expect_navigation(wait_until="load"):
            self.tap(target)

    def fill(self, name: str, words: str) -> None:
        """Tap a field and type the text."""
        self.tap(f"[name={name}]")
        self.page.keyboard.insert_text(words)
        expect(self.page.locator(f"[name={name}]")).to_have_value(words)

    def choose(self, name: str, code: str) -> None:
        """Tap a select and choose an option: two taps."""
        self.tap(f"[name={name}]")
        self.page.locator(f"[name={name}]").select_option(code)
        self.taps += 1

    def count_loads_and_taps(self) -> tuple[int, int]:
        """Return (page loads, taps) so far; assert that the page fits the screen."""
        assert_fits_width(self.page)
        return self.loads, self.taps


def assert_within(counts: tuple[int, int], loads: int, taps: int) -> None:
    assert counts[0] <= loads, f"{counts[0]} pages were loaded"
    assert counts[1] <= taps, f"{counts[1]} taps"


def test_call_is_recorded_as_client_and_case(open_page_as: OpenPageAs) -> None:
    thumb = TapCounter(page := open_page_as("rina"))
    thumb.tap(".tabbar .catat")
    thumb.tap_and_wait(".tabbar a[href='/cases/add']")
    thumb.tap("details.group:has([name=name]) > summary")
    thumb.fill("name", "Rosmiati")
    thumb.fill("phone", "081254133550")
    thumb.fill("presenting_problem", "Diusir suaminya, menunggu di pos ronda dengan dua anak.")
    thumb.choose("channel", "phone_whatsapp")
    thumb.choose("urgency", "emergency")
    thumb.tap_and_wait(".savebar button")
    expect(page.locator("h1")).to_contain_text("LK3/")
    expect(page.locator("main")).to_contain_text("Rosmiati")
    assert_within(thumb.count_loads_and_taps(), 3, 12)


def test_call_is_recorded_as_report_and_taken_up(open_page_as: OpenPageAs) -> None:
    thumb = TapCounter(page := open_page_as("rina"))
    thumb.tap(".tabbar .catat")
    thumb.tap_and_wait(".tabbar a[href='/incoming-reports/add']")
    thumb.fill("description", "Ibu dan dua anak diusir, menunggu di pos ronda.")
    thumb.choose("channel", "phone_whatsapp")
    thumb.tap_and_wait(".savebar button[name=then]")
    thumb.fill("name", "Rosmiati")
    thumb.fill("phone", "081254133550")
    thumb.tap_and_wait(".savebar button")
    expect(page.locator("h1")).to_contain_text("LK3/")
    expect(page.locator("main")).to_contain_text("Rosmiati")
    expect(page.locator("main")).to_contain_text("pos ronda")
    assert_within(thumb.count_loads_and_taps(), 3, 12)


@pytest.mark.parametrize("waits", ["as a promise", "as a case long without contact"])
def test_home_visit_is_recorded_from_the_first_page(
    site: PortalInstance, open_page_as: OpenPageAs, waits: str
) -> None:
    with site.app.app_context(), clock.freeze_time(clock.now() - timedelta(days=9)):
        case = make.case(client=make.client(name="Nurhayati"))
        if waits == "as a promise":
            make.follow_up(case=case, title="Tengok lagi", due_on=clock.today() + timedelta(days=8))
        number = case.id
    page = open_page_as("rina")
    page.goto("/")
    thumb = TapCounter(page)
    thumb.tap_and_wait(f".card:has(#h-{'follow-ups' if waits == 'as a promise' else 'quiet'}) .task > .btn")
    expect(page.locator("[name=case] option:checked")).to_contain_text("Nurhayati")
    thumb.choose("kind", "outreach")
    thumb.fill("narrative", "Suaminya sudah pulang, anak-anak kembali sekolah.")
    thumb.tap_and_wait(".savebar button")
    expect(page.locator(f"main a[href='/cases/show/{number}']").first).to_be_visible()
    expect(page.locator("main")).to_contain_text("Di rumah")
    assert_within(thumb.count_loads_and_taps(), 2, 6)


def test_case_is_found_by_a_part_of_the_clients_name(site: PortalInstance, open_page_as: OpenPageAs) -> None:
    with site.app.app_context():
        number = make.case(client=make.client(name="Nurhayati binti Salim")).id
        make.case(client=make.client(name="Joko"))
    thumb = TapCounter(page := open_page_as("rina"))
    thumb.fill("q", "hayat")
    thumb.tap_and_wait("form.quick button")
    thumb.tap_and_wait(f"main a[href='/cases/show/{number}']")
    expect(page.locator("main")).to_contain_text("Nurhayati binti Salim")
    assert_within(thumb.count_loads_and_taps(), 2, 3)


def test_photo_is_attached_to_a_case(site: PortalInstance, open_page_as: OpenPageAs, tmp_path: Path) -> None:
    photo = tmp_path / "surat.png"
    photo.write_bytes(PHOTO)
    with site.app.app_context():
        number = make.case().id
    page = open_page_as("rina")
    page.goto(f"/cases/show/{number}")
    thumb = TapCounter(page)
    thumb.tap("details:has(a[href^='/attachments/add']) > summary")
    thumb.tap_and_wait("a[href^='/attachments/add']")
    thumb.fill("title", "Surat keterangan RT")
    with page.expect_file_chooser() as chooser:
        thumb.tap("[name=file]")
    chooser.value.set_files(photo)
    thumb.tap_and_wait(".savebar button")
    expect(page.locator("h1")).to_have_text("Surat keterangan RT")
    expect(page.locator("main a[href$='/file/file']")).to_be_visible()
    assert_within(thumb.count_loads_and_taps(), 2, 5)


def test_overdue_follow_up_is_visible_without_a_tap(site: PortalInstance, open_page_as: OpenPageAs) -> None:
    with site.app.app_context(), clock.freeze_time(clock.now() - timedelta(days=5)):
        make.follow_up(title="Antar surat ke RSUD", due_on=clock.today() + timedelta(days=1))
    page = open_page_as("rina")
    thumb = TapCounter(page)
    page.goto("/")
    expect(page.locator(".task", has_text="Antar surat ke RSUD").locator(".late")).to_be_in_viewport()
    expect(page.locator(".card-head a.late")).to_contain_text("1")
    assert_within(thumb.count_loads_and_taps(), 1, 0)
