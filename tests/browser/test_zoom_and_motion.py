"""Tests of the checks for cut-off text and motion in `page_faults`."""

from collections.abc import Callable

import pytest
from playwright.sync_api import Page

from tests.browser.page_faults import FIND_MOTION, find_cut_off

OpenPageAs = Callable[..., Page]
SET_STYLE = "([where, style]) => { document.querySelector(where).style = style; }"


@pytest.mark.parametrize("width", [360, 768])
def test_check_finds_cut_off_text(open_page: OpenPageAs, width: int) -> None:
    page = open_page(width=width)
    page.goto("/login/")
    page.evaluate(SET_STYLE, ["h1", "width: 60px; overflow: hidden; white-space: nowrap"])
    page.evaluate(SET_STYLE, ["form", "width: 900px"])
    found = " ".join(find_cut_off(page))
    assert "<h1" in found
    assert "<form" in found


def test_check_finds_motion_and_reduced_motion_stops_it(open_page_as: OpenPageAs) -> None:
    page = open_page_as("rina")
    page.goto("/help/")
    page.evaluate(SET_STYLE, ["h1", "transition: color 1s"])
    assert len(page.evaluate(FIND_MOTION)) == 1
    page.emulate_media(reduced_motion="reduce")
    assert page.evaluate(FIND_MOTION) == []  # by the stylesheet of the portal
