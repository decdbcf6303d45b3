"""HTML validation of every page that a test receives."""

import hashlib
import re

from html5lib import HTMLParser
from html5lib.html5parser import ParseError
from werkzeug.test import TestResponse

from tests.support import postgres

_TEXT = re.compile(r'(?<=>)[^<>&]+(?=<)|(?<==")[^<>&"]+(?=")')
"""Text between two tags or in an attribute value that cannot make the HTML invalid."""
_REPETITION = re.compile(r"(<(tr|li|option|a|div|dd)\b(?:(?!<\2\b).)*?</\2>)(\s*\1)(?:\s*\1)+", re.DOTALL)
"""Three or more equal adjacent elements: rows of a list, options of a field."""


def check_page(response: TestResponse) -> None:
    """Fail if the page is no well-formed HTML or shows a traceback."""
    if response.mimetype != "text/html" or 300 <= response.status_code < 400:
        return
    text = response.get_data(as_text=True)
    if not text:
        return
    assert "Traceback (most recent call last)" not in text, f"{response.request.path} shows a traceback"
    known = postgres.quick_folder() / f"page-{_digest_markup(text)}"
    if known.exists():
        return  # parsing takes as long as rendering, so each markup is parsed once per test run
    parser = HTMLParser(strict=True)
    try:
        parser.parse(text)
    except ParseError as problem:
        raise AssertionError(_describe_error(parser, response, text, problem)) from None
    known.touch()


def _digest_markup(text: str) -> str:
    """Hash the markup without texts and values; three or more equal adjacent elements count as two."""
    markup = _REPETITION.sub(r"\1\3", _TEXT.sub("", text))
    return hashlib.sha256(markup.encode()).hexdigest()


def field_error(response: TestResponse, field: str) -> str:
    """Return the error message of a field in a form that was shown again."""
    assert response.status_code == 200
    text = response.get_data(as_text=True)
    assert f'id="{field}-error"' in text
    return text.partition(f'id="{field}-error"')[2].partition(">")[2].partition("<")[0]


def _describe_error(parser: HTMLParser, response: TestResponse, text: str, problem: ParseError) -> str:
    line, column = parser.tokenizer.stream.position()
    lines = text.splitlines()
    around = "\n".join(lines[max(0, line - 3) : line + 1])
    return f"{response.request.path}, line {line}, column {column}: {problem}\n{around}"
