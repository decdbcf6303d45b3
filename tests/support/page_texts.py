"""Extraction of all texts and text attributes that a user sees, or hears from a screen reader."""

import json
import re
from collections.abc import Iterable, Iterator
from functools import lru_cache
from typing import Any
from xml.etree.ElementTree import Element

from html5lib import HTMLParser
from werkzeug.test import TestResponse

SKIPPED_TAGS = {"script", "style", "template", "symbol"}
TEXT_ATTRIBUTES = {"placeholder", "aria-label", "aria-description", "title", "alt", "label"}
SCRIPT_VALUE = re.compile(r"[/#{]|[\w-]*$")
"""A `data-` attribute value meant for a script: URL, name or JSON."""
BUTTON_TYPES = {"submit", "button", "reset"}


def extract_texts(response: TestResponse) -> Iterator[str]:
    """Yield the texts of an HTML page or a JSON response; none for a redirect, which is not displayed."""
    if 300 <= response.status_code < 400:
        return
    if response.mimetype == "application/json":
        yield from _json_texts(json.loads(response.get_data(as_text=True)))
    elif response.mimetype == "text/html":
        yield from element_texts(parse_page(response))


def parse_page(response: TestResponse) -> Element:
    return _parse_text(response.get_data(as_text=True))


@lru_cache(maxsize=4)  # one page is parsed for its texts and for its forms
def _parse_text(text: str) -> Element:
    return HTMLParser(strict=True, namespaceHTMLElements=False).parse(text)


def _json_texts(value: Any) -> Iterator[str]:
    if isinstance(value, str):
        yield value
    elif isinstance(value, dict | list):
        for item in value.values() if isinstance(value, dict) else value:
            yield from _json_texts(item)


def element_texts(element: Element) -> Iterator[str]:
    """Yield the visible and spoken texts of an element and its descendants."""
    # html5lib gives comments a function as tag. Elements with `lang` are in another language and are skipped.
    if isinstance(element.tag, str) and element.tag not in SKIPPED_TAGS and not _is_foreign(element):
        yield from _attribute_texts(element)
        yield from _clean_text(element.text)
        for child in element:
            yield from element_texts(child)
            yield from _clean_text(child.tail)


def _is_foreign(element: Element) -> bool:
    return element.tag != "html" and "lang" in element.attrib


def _attribute_texts(element: Element) -> Iterator[str]:
    for name, value in element.attrib.items():
        if (
            name in TEXT_ATTRIBUTES
            or (name.startswith("data-") and not SCRIPT_VALUE.match(value))
            or _is_button(element, name)
        ):
            yield from _clean_text(value)


def _is_button(element: Element, attribute: str) -> bool:
    return attribute == "value" and element.tag == "input" and element.get("type") in BUTTON_TYPES


def _clean_text(text: str | None) -> Iterator[str]:
    text = " ".join((text or "").split())
    if text:
        yield text


def split_words(texts: Iterable[str]) -> set[str]:
    """Return the words of the texts in lower case, without URLs, placeholders, file names and error ids."""
    none = r"%\(\w+\)[sd]|%[sd]|https?://\S+|\S+@\S+|\S+\.(?:py|po|example)\b|\b[0-9a-f]{8}\b"
    plain = (re.sub(none, " ", text) for text in texts)
    return {word.lower() for text in plain for word in re.findall(r"[A-Za-z]{2,}", text)}
