"""Forms by touch, by keyboard and without JavaScript."""

from collections.abc import Callable

from playwright.sync_api import Browser, Page, expect

from tests import factories as make
from tests.browser.page_actions import find_violations, log_in
from tests.support.portal import PASSWORD, PortalInstance

OpenPageAs = Callable[..., Page]


def test_remote_select_is_used_by_keyboard(site: PortalInstance, open_page_as: OpenPageAs) -> None:
    with site.app.app_context():
        make.client(name="Nurhayati", by="rina")
    page = open_page_as("rina")
    page.goto("/cases/add")
    name = page.locator("label[for=client]").inner_text()
    page.get_by_role("combobox", name=name, exact=True).focus()
    page.keyboard.press("Enter")
    page.keyboard.type("zz")
    expect(page.locator(".select2-results__message")).to_have_text(
        str(page.locator("body").get_attribute("data-none-found"))
    )
    assert find_violations(page) == []
    page.keyboard.press("Control+a")
    page.keyboard.type("nurh")
    expect(page.get_by_role("option", name="Nurhayati")).to_be_visible()
    page.keyboard.press("Enter")
    expect(page.get_by_role("combobox", name=f"{name}, Nurhayati")).to_be_focused()
    assert page.locator("[name=client]").input_value() != ""


def test_leaving_typed_text_asks_for_confirmation(open_page_as: OpenPageAs) -> None:
    page = open_page_as("rina")
    page.goto("/clients/add")
    page.fill("[name=alias]", "Mak Ros")
    dialogs = []
    page.on("dialog", lambda question: (dialogs.append(question.type), question.dismiss()))
    page.locator(".navbar-brand").click()
    page.wait_for_timeout(300)
    assert dialogs == ["beforeunload"]
    assert page.input_value("[name=alias]") == "Mak Ros"


def test_double_click_saves_once(open_page_as: OpenPageAs) -> None:
    page = open_page_as("rina")
    page.goto("/clients/add")
    page.fill("[name=name]", "Rosmiati")
    page.select_option("[name=sex]", "female")
    sent = []
    page.on("request", lambda request: sent.append(request.url) if request.method == "POST" else None)
    page.locator(".savebar button").dblclick()
    page.wait_for_url("**/clients/show/*")
    assert len(sent) == 1


def test_client_is_added_without_javascript(browser: Browser, origin: str) -> None:
    context = browser.new_context(
        base_url=origin, java_script_enabled=False, viewport={"width": 360, "height": 740}
    )
    page = context.new_page()
    log_in(page, "rina", PASSWORD)
    page.locator(".navbar-toggle").click()
    page.locator("#menu details:has(a[href='/clients/list/']) summary").click()
    page.locator("#menu a[href='/clients/list/']").click()
    page.locator("a[href='/clients/add']").first.click()
    page.fill("[name=name]", "Murni")
    page.select_option("[name=sex]", "female")
    page.locator(".savebar button").click()
    expect(page.locator("h1")).to_have_text("Murni")
    expect(page.locator(".alert-success")).to_be_visible()
    context.close()


def test_case_number_is_typed_without_javascript(site: PortalInstance, browser: Browser, origin: str) -> None:
    with site.app.app_context():
        number = make.case(client=make.client(name="Nurhayati")).number
    context = browser.new_context(base_url=origin, java_script_enabled=False)
    page = context.new_page()
    log_in(page, "rina", PASSWORD)
    page.goto("/services/add")
    page.fill("[name='case.typed']", number)
    page.select_option("[name=kind]", "counselling")
    page.fill("[name=narrative]", "Mendengarkan.")
    page.locator(".savebar button").click()
    expect(page.locator("main")).to_contain_text(number)
    expect(page.locator(".alert-success")).to_be_visible()
    context.close()
