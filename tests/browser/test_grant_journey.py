"""Spending in a browser: proposed on a phone, then approved, documented and reported by the office."""

import re
from collections.abc import Callable
from pathlib import Path

from playwright.sync_api import Page, expect

from app.core import clock
from app.grants.enums import Purpose
from tests import factories as make
from tests.browser.page_actions import (
    assert_fits_width,
    choose_option,
    click_and_wait,
    field_error,
    submit_form,
)
from tests.browser.page_faults import find_faults
from tests.grants.support import MILLION
from tests.support import money_factories
from tests.support.money_factories import commitment, expenditure
from tests.support.portal import PortalInstance

OpenPageAs = Callable[..., Page]


def test_spending_from_proposal_to_report(
    open_page_as: OpenPageAs, site: PortalInstance, tmp_path: Path
) -> None:
    with site.app.app_context():
        case = make.case(by="rina")
        pot = make.funded_grant(
            Purpose.client_aid, ceiling_initial=2 * MILLION, arrived=2 * MILLION, name="Bantuan klien"
        )
        case_id, number, pot_id = case.id, case.number, pot.id
    rina = open_page_as("rina")
    rina.goto(f"/aid/add?case={case_id}")
    assert_fits_width(rina)
    rina.select_option("[name=kind]", "cash")
    rina.fill("[name=item]", "Biaya sekolah")
    rina.fill("[name=value]", "Rp 2.500.000")
    choose_option(rina, "grant", "Bantuan klien")
    rina.fill("[name=again_reason]", "Sudah ditanyakan ke kelurahan.")
    submit_form(rina)
    expect(field_error(rina, "value")).to_contain_text("2.000.000")
    rina.fill("[name=value]", "1.500.000")
    submit_form(rina)
    aid_page = rina.url

    admin = open_page_as("admin", width=1280)
    admin.goto(f"/grants/show/{pot_id}")
    click_and_wait(admin, "a[href*='_flt_0_state=proposed']")
    click_and_wait(admin, "tbody a[href*='/expenditures/show/']")
    with admin.expect_navigation():
        admin.locator("form[action$='/approve'] button").click()
    click_and_wait(admin, "a[href$='/evidence']")
    receipt = tmp_path / "kwitansi.pdf"
    receipt.write_bytes(b"%PDF-1.7 kwitansi")
    admin.set_input_files("[name=evidence]", receipt)
    admin.fill("[name=evidence_number]", "KW-01")
    admin.fill("[name=evidence_on]", clock.today().isoformat())
    submit_form(admin)

    rina.goto(aid_page)
    click_and_wait(rina, "a[href$='/hand_over']")
    rina.fill("[name=received_by]", "Ibu klien")
    submit_form(rina)
    with rina.expect_download() as note:
        rina.locator("a[href$='/handover.pdf']").click()
    assert note.value.path().read_bytes().startswith(b"%PDF")
    rina.goto(f"/cases/{case_id}/timeline?kind=money")
    expect(rina.locator("main")).to_contain_text(f"001/BAST/LK3/{clock.current_year()}")

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
    click_and_wait(admin, "a[href$='/account']")
    admin.fill("[name=report_number]", "LPJ-1")
    submit_form(admin)
    expect(admin.locator(".states")).to_be_visible()
    admin.goto("/statistics/money/")
    expect(admin.locator("main")).to_contain_text("75,0%")
    assert number not in admin.locator("main").inner_text()


def test_money_pages_are_accessible(open_page_as: OpenPageAs, site: PortalInstance) -> None:
    with site.app.app_context():
        pot = make.funded_grant(Purpose.operational, ceiling_initial=200 * MILLION, arrived=9 * MILLION)
        spent = expenditure(grant=pot, amount=MILLION)
        reserved = commitment(grant=pot, amount=MILLION)
        aid = money_factories.aid()
        pages = [
            "/statistics/money/",
            f"/grants/show/{pot.id}",
            f"/grants/{pot.id}/disburse",
            "/expenditures/list/",
            "/expenditures/add",
            f"/expenditures/show/{spent.id}",
            f"/expenditures/{spent.id}/evidence",
            f"/commitments/{reserved.id}/spend",
            "/aid/add",
            f"/aid/{aid.id}/hand_over",
        ]
    page, found = open_page_as("admin"), []
    for url in pages:
        page.goto(url)
        assert_fits_width(page)
        found += find_faults(page)
    assert found == []
