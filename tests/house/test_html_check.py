"""`check_page` finds malformed HTML, also in a page with repeated elements."""

import pytest
from werkzeug.test import EnvironBuilder, TestResponse

from tests.support.html import check_page

PAGE = "<!doctype html><html><head><title>x</title></head><body><ul>{}</ul></body></html>"
UNCLOSED = "<li><b>x</li>"


def page_with(body: str) -> TestResponse:
    request = EnvironBuilder().get_request()
    headers = {"Content-Type": "text/html"}
    return TestResponse([PAGE.format(body).encode()], "200 OK", headers, request)  # type: ignore[arg-type]


@pytest.mark.parametrize("rows", [0, 1, 2, 3, 50])
def test_well_formed_rows_pass(rows: int) -> None:
    check_page(page_with("<li><b>x</b></li>" * rows))


@pytest.mark.parametrize("rows", [1, 2, 3, 50])
def test_malformed_row_is_found_among_well_formed_ones(rows: int) -> None:
    check_page(page_with("<li><b>x</b></li>" * rows))
    with pytest.raises(AssertionError, match="line 1"):
        check_page(page_with("<li><b>x</b></li>" * rows + UNCLOSED))
    with pytest.raises(AssertionError, match="line 1"):
        check_page(page_with(UNCLOSED * rows))
