from collections.abc import Callable

from playwright.sync_api import Page


def test_somebody_logs_in_on_a_phone(enter: Callable[..., Page]) -> None:
    page = enter("rina")
    assert page.evaluate("document.documentElement.scrollWidth") <= 360
