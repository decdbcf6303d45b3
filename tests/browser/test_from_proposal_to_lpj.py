"""The money in a real browser: a peksos asks for it on a phone, the office approves, proves and reports."""

import re
from collections.abc import Callable
from pathlib import Path

import pytest
from playwright.sync_api import Page, expect

from app.core import clock
from app.grants.choices import Purpose
from tests import factories as make
from tests.browser.pages import SMALL_TARGETS, choose_option, error_of, faults, fits, press, save
from tests.grants.support import JUTA
from tests.support.portal import Portal

Enter = Callable[..., Page]


def test_from_the_proposal_to_the_lpj(enter: Enter, site: Portal, tmp_path: Path) -> None:
    with site.app.app_context():
        case = make.case(by="rina")
        pot = make.pot(Purpose.client_aid, ceiling_initial=2 * JUTA, arrived=2 * JUTA, name="Bantuan klien")
        case_id, number, pot_id = case.id, case.number, pot.id
    rina = enter("rina")
    rina.goto(f"/aid/add?case={case_id}")
    fits(rina)
    rina.select_option("[name=kind]", "cash")
    rina.fill("[name=item]", "Biaya sekolah")
    rina.fill("[name=value]", "Rp 2.500.000")
    choose_option(rina, "grant", "Bantuan klien")
    rina.fill("[name=again_reason]", "Sudah ditanyakan ke kelurahan.")
    save(rina)
    expect(error_of(rina, "value")).to_contain_text("2.000.000")
    rina.fill("[name=value]", "1.500.000")
    save(rina)
    aid_page = rina.url

    admin = enter("admin", width=1280)
    admin.goto(f"/grants/show/{pot_id}")
    press(admin, "a[href*='_flt_0_state=proposed']")
    press(admin, "tbody a[href*='/expenditures/show/']")
    with admin.expect_navigation():
        admin.locator("form[action$='/approve'] button").click()
    press(admin, "a[href$='/evidence']")
    receipt = tmp_path / "kwitansi.pdf"
    receipt.write_bytes(b"%PDF-1.7 kwitansi")
    admin.set_input_files("[name=evidence]", receipt)
    admin.fill("[name=evidence_number]", "KW-01")
    admin.fill("[name=evidence_on]", clock.today().isoformat())
    save(admin)

    rina.goto(aid_page)
    press(rina, "a[href$='/hand_over']")
    rina.fill("[name=received_by]", "Ibu klien")
    save(rina)
    with rina.expect_download() as note:
        rina.locator("a[href$='/handover.pdf']").click()
    assert note.value.path().read_bytes().startswith(b"%PDF")
    rina.goto(f"/cases/{case_id}/timeline?kind=money")
    expect(rina.locator("main")).to_contain_text(f"001/BAST/LK3/{clock.year()}")

    admin.goto(f"/grants/show/{pot_id}")
    with admin.expect_navigation():
        admin.locator("form[action$='/absorb'] button").click()
        confirm = admin.locator("dialog[open] button[type=submit], dialog[open] .btn-primary")
        if confirm.count():
            confirm.first.click()
    with admin.expect_download() as report:
        admin.locator("a[href$='/lpj.pdf']").click()
    assert report.value.path().read_bytes().startswith(b"%PDF")
    with admin.expect_download() as book:
        admin.locator("a[href$='/lpj.xlsx']").click()
    assert re.fullmatch(r"lpj-\d+\.xlsx", book.value.suggested_filename)
    press(admin, "a[href$='/account']")
    admin.fill("[name=report_number]", "LPJ-1")
    save(admin)
    expect(admin.locator(".states")).to_be_visible()
    admin.goto("/statistics/money/")
    expect(admin.locator("main")).to_contain_text("75,0%")
    assert number not in admin.locator("main").inner_text()


@pytest.mark.parametrize(("width", "scheme"), [(360, "light"), (1280, "dark")])
def test_the_pages_of_the_money_keep_nobody_out(enter: Enter, site: Portal, width: int, scheme: str) -> None:
    with site.app.app_context():
        pot = make.pot(Purpose.operational, ceiling_initial=200 * JUTA, arrived=9 * JUTA)
        spent = make.expenditure(grant=pot, amount=JUTA)
        held = make.commitment(grant=pot, amount=JUTA)
        aid = make.aid()
        pages = [
            "/statistics/money/",
            f"/grants/show/{pot.id}",
            f"/grants/{pot.id}/disburse",
            "/expenditures/list/",
            "/expenditures/add",
            f"/expenditures/show/{spent.id}",
            f"/expenditures/{spent.id}/evidence",
            f"/commitments/{held.id}/spend",
            "/aid/add",
            f"/aid/{aid.id}/hand_over",
        ]
    page, found = enter("admin", width=width, scheme=scheme), []
    for address in pages:
        page.goto(address)
        fits(page)
        found += faults(page)
        if width == 360:
            found += [f"{address}: small: {html}" for html in page.evaluate(SMALL_TARGETS)]
    assert found == []
