"""The Indonesian catalogue is complete, current, and equal to the English messages in form."""

import re
from collections.abc import Iterator
from functools import cache
from io import BytesIO

import pytest
from babel.messages.catalog import Catalog, Message
from babel.messages.mofile import read_mo, write_mo
from babel.messages.pofile import read_po

from app.cli.i18n import TRANSLATED_LIBRARIES, collect_messages
from config import ROOT
from tests.support.page_texts import split_words

FOLDER = ROOT / "translations" / "id" / "LC_MESSAGES"
RUN_HINT = "run: siaga translations extract, update, translate, compile"


@cache
def read_indonesian() -> Catalog:
    with (FOLDER / "messages.po").open("rb") as stream:
        return read_po(stream, locale="id")


@cache
def collect_wrapped() -> Catalog:
    return collect_messages()


def _messages(catalogue: Catalog) -> list[Message]:
    return [message for message in catalogue if message.id]


def _keys(catalogue: Catalog) -> set[tuple[str | None, str]]:
    return {(message.context, _source_texts(message)[0]) for message in _messages(catalogue)}


def _source_texts(message: Message) -> tuple[str, ...]:
    return message.id if isinstance(message.id, tuple) else (message.id,)


def _translations(message: Message) -> tuple[str, ...]:
    return message.string if isinstance(message.string, tuple) else (message.string,)


def test_every_wrapped_message_is_in_the_catalogue() -> None:
    assert _keys(collect_wrapped()) - _keys(read_indonesian()) == set(), RUN_HINT


def test_catalogue_has_no_obsolete_message() -> None:
    assert _keys(read_indonesian()) - _keys(collect_wrapped()) == set(), RUN_HINT
    assert not read_indonesian().obsolete


@pytest.mark.parametrize(("library", "at_least"), [("flask_appbuilder", 150), ("wtforms", 35)])
def test_messages_of_the_libraries_are_found(library: str, at_least: int) -> None:
    assert library in TRANSLATED_LIBRARIES
    library_messages = [
        m for m in _messages(collect_wrapped()) if any(file.startswith(library) for file, _ in m.locations)
    ]
    assert len(library_messages) >= at_least


def test_no_translation_is_missing_or_uncertain() -> None:
    missing = [message.id for message in _messages(read_indonesian()) if not all(_translations(message))]
    assert missing == []
    assert [message.id for message in _messages(read_indonesian()) if message.fuzzy] == []


def _placeholders(text: str) -> list[str]:
    return sorted(re.findall(r"%\(\w+\)[sd]|%[sd]|\{\w*\}", text))


def test_placeholders_are_the_same_in_both_languages() -> None:
    different = [
        message.id
        for message in _messages(read_indonesian())
        for text in _translations(message)
        if _placeholders(text) != _placeholders(_source_texts(message)[-1])
    ]
    assert different == []
    assert [
        error for message in _messages(read_indonesian()) for error in message.check(read_indonesian())
    ] == []


def _shape_differences(english: str, text: str) -> Iterator[str]:
    abbreviated = english.lower().endswith("no.")
    if not abbreviated and english[-1:] != text[-1:] and {english[-1:], text[-1:]} & set(".?:…"):
        yield f"{english!r} and {text!r} end differently"
    if english[:1].isupper() != text[:1].isupper() and english[:1].isalpha() and text[:1].isalpha():
        yield f"{english!r} and {text!r} begin differently"
    if text != text.strip() and english == english.strip():
        yield f"{text!r} has blanks around it"
    if "!" in text or '"' in text:
        yield f"{text!r} shouts, or has straight quotes"


def test_translations_keep_capitals_and_final_punctuation() -> None:
    differences = [
        fault
        for message in _messages(read_indonesian())
        for fault in _shape_differences(_source_texts(message)[0], _translations(message)[0])
    ]
    assert differences == []


def test_compiled_catalogue_is_current() -> None:
    compiled = BytesIO()
    write_mo(compiled, read_indonesian())
    compiled.seek(0)
    with (FOLDER / "messages.mo").open("rb") as stream:
        committed = read_mo(stream)
    assert _compiled_words(committed) == _compiled_words(read_mo(compiled)), RUN_HINT


def _compiled_words(catalogue: Catalog) -> dict[tuple[str | None, str], object]:
    return {(message.context, str(message.id)): message.string for message in catalogue}


def test_split_words_ignores_error_ids() -> None:
    words = split_words(["Kesalahan 500 · be97daa9 to created_by 5items"])
    assert words == {"kesalahan", "to", "created", "by", "items"}
