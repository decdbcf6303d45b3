"""Every page that a test sees is looked at."""

import re

from html5lib import HTMLParser
from html5lib.html5parser import ParseError
from werkzeug.test import TestResponse

_TEXT = re.compile(r'(?<=>)[^<>&]+(?=<)|(?<==")[^<>&"]+(?=")')
"""What stands between two tags or as a value, and cannot break a page."""
_checked_pages: set[int] = set()


def check_page(response: TestResponse) -> None:
    """Fail when a page is not well-formed HTML or shows a fault of ours."""
    if response.mimetype != "text/html" or 300 <= response.status_code < 400:
        return
    text = response.get_data(as_text=True)
    if not text:
        return
    assert "Traceback (most recent call last)" not in text, f"{response.request.path} shows a traceback"
    form = hash(_TEXT.sub("", text))
    if form in _checked_pages:
        return  # a page like this one was read before: reading it takes as long as making it
    parser = HTMLParser(strict=True)
    try:
        parser.parse(text)
    except ParseError as problem:
        raise AssertionError(_describe_error(parser, response, text, problem)) from None
    _checked_pages.add(form)


def field_error(response: TestResponse, field: str) -> str:
    """Return the sentence beside the field of a form that came back."""
    assert response.status_code == 200
    text = response.get_data(as_text=True)
    assert f'id="{field}-error"' in text
    return text.partition(f'id="{field}-error"')[2].partition(">")[2].partition("<")[0]


def _describe_error(parser: HTMLParser, response: TestResponse, text: str, problem: ParseError) -> str:
    line, column = parser.tokenizer.stream.position()
    lines = text.splitlines()
    around = "\n".join(lines[max(0, line - 3) : line + 1])
    return f"{response.request.path}, line {line}, column {column}: {problem}\n{around}"
