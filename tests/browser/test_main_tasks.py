"""The main tasks on a phone, including input errors."""

from collections.abc import Callable

from playwright.sync_api import Page, expect

from tests import factories as make
from tests.browser.page_actions import (
    assert_fits_width,
    choose_option,
    click_and_wait,
    field_error,
    submit_form,
    type_date,
)
from tests.support.money_factories import grant
from tests.support.portal import PortalInstance

OpenPageAs = Callable[..., Page]
NIK = "6474015708450001"


def test_admin_adds_a_partner(open_page_as: OpenPageAs) -> None:
    page = open_page_as("admin")
    click_and_wait(page, "a[href='/partners/list/']")
    click_and_wait(page, "a[href='/partners/add']")
    page.fill("[name=name]", "Rumah Zakat Bontang Utara")
    page.select_option("[name=kind]", "zakat")
    page.fill("[name=phone]", "nanti ditanyakan")
    submit_form(page)
    expect(field_error(page, "phone")).to_be_visible()
    assert page.input_value("[name=phone]") == "nanti ditanyakan"
    assert page.input_value("[name=name]") == "Rumah Zakat Bontang Utara"
    page.fill("[name=phone]", "0811-5413-355")
    submit_form(page)
    expect(page.locator("h1")).to_have_text("Rumah Zakat Bontang Utara")
    assert_fits_width(page)


def test_admin_adds_a_grant(open_page_as: OpenPageAs) -> None:
    page = open_page_as("admin")
    page.goto("/grants/add")
    page.fill("[name=name]", "Bantuan sosial 2026")
    page.fill("[name=fiscal_year]", "2026")
    page.select_option("[name=source]", index=1)
    page.select_option("[name=form]", "cash")
    page.fill("[name=ceiling_initial]", "tiga ratus juta")
    submit_form(page)
    expect(field_error(page, "ceiling_initial")).to_be_visible()
    assert page.input_value("[name=ceiling_initial]") == "tiga ratus juta"
    page.fill("[name=ceiling_initial]", "350.000.000")
    page.locator("[name=purposes]").first.check()
    submit_form(page)
    expect(page.locator("main")).to_contain_text("Rp\N{NO-BREAK SPACE}350.000.000")
    assert_fits_width(page)


def test_admin_adds_a_user_who_chooses_a_password(
    open_page_as: OpenPageAs, open_page: Callable[..., Page]
) -> None:
    page = open_page_as("admin")
    page.goto("/users/add")
    page.fill("[name=first_name]", "Wulan")
    page.fill("[name=username]", "wulan")
    submit_form(page)
    expect(field_error(page, "roles")).to_be_visible()
    page.check("[name=roles][value=Peksos]")
    submit_form(page)
    words = page.locator(".alert-warning").inner_text()
    temporary = words.split(": ")[1].split(". ")[0]

    phone = open_page()
    phone.goto("/login/")
    phone.fill("[name=username]", "wulan")
    phone.fill("[name=password]", temporary)
    phone.press("[name=password]", "Enter")
    phone.wait_for_url("**/password/")
    phone.goto("/clients/list/")
    phone.wait_for_url("**/password/")  # no other page opens before the password is changed
    phone.fill("[name=old_password]", temporary)
    for name in ("new_password", "conf_password"):
        phone.fill(f"[name={name}]", "hujan di Bontang Kuala")
    submit_form(phone)
    phone.goto("/clients/list/")
    expect(phone.locator("a[href='/clients/add']").first).to_be_visible()


def test_peksos_registers_a_client_with_errors_and_opens_a_case(open_page_as: OpenPageAs) -> None:
    page = open_page_as("rina")
    click_and_wait(page, "a[href='/clients/list/']")
    click_and_wait(page, "a[href='/clients/add']")
    page.fill("[name=name]", "Nurhayati")
    page.fill("[name=nik]", "6474 0157 0845")
    page.fill("[name=rt]", "dua")
    submit_form(page)
    expect(field_error(page, "nik")).to_be_visible()
    expect(page.locator(".error-summary")).to_be_focused()
    assert page.input_value("[name=name]") == "Nurhayati"
    page.fill("[name=nik]", "6474.0157.0845.0001")
    submit_form(page)
    expect(field_error(page, "rt")).to_be_visible()
    page.fill("[name=rt]", "2")
    page.select_option("[name=sex]", "female")
    type_date(page, "birth_date", "31", "02", "1945")
    page.locator(".savebar button").click()
    expect(field_error(page, "birth_date")).to_be_visible()
    assert page.input_value("[name=name]") == "Nurhayati"
    page.fill("[name=birth_date]", "")
    type_date(page, "birth_date", "17", "08", "1945")
    submit_form(page)
    expect(page.locator("h1")).to_have_text("Nurhayati")
    assert_fits_width(page)

    click_and_wait(page, "a[href^='/cases/add?client=']")
    expect(page.locator("[name=client] option:checked")).to_contain_text("Nurhayati")
    page.fill("[name=presenting_problem]", "Suami di-PHK, menunggak sewa rumah tiga bulan.")
    page.select_option("[name=channel]", "rt_rw")
    submit_form(page)
    expect(page.locator("h1")).to_contain_text("LK3/")
    expect(page.locator("main")).to_contain_text("Nurhayati")
    assert_fits_width(page)


def test_duplicate_nik_links_to_the_known_client(site: PortalInstance, open_page_as: OpenPageAs) -> None:
    with site.app.app_context():
        known = make.client(name="Nurhayati", nik=NIK).id
    page = open_page_as("rina")
    page.goto("/clients/add")
    page.fill("[name=name]", "Nur Hayati")
    page.fill("[name=nik]", NIK)
    submit_form(page)
    page.once("dialog", lambda question: question.accept())  # leave the page with unsaved input
    click_and_wait(page, f".error-summary a[href='/clients/show/{known}']")
    expect(page.locator("h1")).to_have_text("Nurhayati")


def test_client_is_found_by_type_ahead(site: PortalInstance, open_page_as: OpenPageAs) -> None:
    with site.app.app_context():
        make.client(name="Nurhayati binti Salim")
        make.client(name="Joko")
    page = open_page_as("rina")
    page.goto("/cases/add")
    choose_option(page, "client", "salim nur")
    expect(page.locator("[name=client] option:checked")).to_have_text("Nurhayati binti Salim")


def test_supervisor_reads_records_and_cannot_change_them(
    site: PortalInstance, open_page_as: OpenPageAs
) -> None:
    with site.app.app_context():
        client = make.client(name="Nurhayati", nik=NIK)
        shown = {
            "/clients": client.id,
            "/cases": make.case(client=client).id,
            "/partners": make.partner().id,
            "/grants": grant().id,
        }
    page = open_page_as("kabid")
    for room, record in shown.items():
        page.goto(f"{room}/list/")
        expect(page.locator(f"a[href='{room}/show/{record}']").first).to_be_visible()
        assert_fits_width(page)
        page.goto(f"{room}/show/{record}")
        expect(page.locator("h1")).to_be_visible()
        assert_fits_width(page)
        changing = "main a[href*='/add'], main a[href*='/edit/'], main form[method=post]"
        expect(page.locator(changing)).to_have_count(0)
        assert NIK not in page.content()
        for url in (f"{room}/add", f"{room}/edit/{record}"):
            response = page.goto(url)
            assert response is not None
            assert response.status == 403
            expect(page.locator("h1")).to_be_visible()
