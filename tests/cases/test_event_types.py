"""Types of case events: each one is complete, and an event of an unknown type is shown with its code."""

import enum
import keyword
import re
from collections import Counter
from collections.abc import Iterator
from importlib import import_module
from types import ModuleType
from typing import Any

import pytest
from flask import Flask
from flask_babel import force_locale

from app.admin.base import PortalView
from app.cases import event_types as case_events
from app.cases.events import (
    LABEL,
    EventGroup,
    EventType,
    PayloadFormat,
    event_groups,
    event_types,
    format_event,
    list_event_types,
)
from app.cases.models.case import Case
from app.cases.services.events import record_event
from app.core.pdf import TEMPLATE_FOLDER
from app.core.registry import RegistryError
from app.db.transaction import transaction
from app.extensions import Model, db
from app.operations.check import Check, Note, run_checks
from app.operations.checks import check_event_kinds
from tests.cases.support import AsUser
from tests.support import books
from tests.support.registries import with_entries

PACKAGES_WITH_EVENTS = (
    "app.cases.event_types",
    "app.grants.event_types",
    "app.aid.event_types",
    "app.referrals.event_types",
)
ALL_TYPES = [
    event_type for name in PACKAGES_WITH_EVENTS for event_type in list_event_types(import_module(name))
]
SPECIAL_VALUES = {"skipped": ["planning"], "columns": ["address", "no_kk"], "amount": 25_000_000}
OPTIONAL_KEYS = {"skipped"}
PLACEHOLDER = re.compile(r"%\((\w+)\)s")
OTHER = EventGroup("other", "Other")
each_type = pytest.mark.parametrize("event_type", ALL_TYPES, ids=lambda event_type: event_type.code)


def _list_sentences(event_type: EventType) -> list[Any]:
    return [event_type.sentence, *(variant.sentence for variant in event_type.variants)]


def _list_payloads(event_type: EventType) -> Iterator[dict[str, Any]]:
    """Yield payloads that together contain every code that a sentence of the type can show."""
    keys = {key for sentence in _list_sentences(event_type) for key in PLACEHOLDER.findall(str(sentence))}
    plain = {"other": 1, **dict.fromkeys(keys - {"label"}, "Isi")}
    codes = {key: _list_codes(payload_format) for key, payload_format in event_type.payload.items()}
    plain |= {key: SPECIAL_VALUES.get(key) or codes[key][0] for key in codes}
    yield plain
    yield {key: value for key, value in plain.items() if key not in OPTIONAL_KEYS}
    yield from ({**plain, key: code} for key in codes for code in codes[key])


def _list_codes(payload_format: PayloadFormat) -> list[str]:
    return list(payload_format.__members__) if isinstance(payload_format, enum.EnumType) else []


def test_registered_are_the_types_of_all_packages(shared_app: Flask) -> None:
    assert list(event_types) == list(dict.fromkeys(ALL_TYPES)), "see PACKAGES_WITH_EVENTS and registration.py"
    assert len(ALL_TYPES) > 60


def _format_all(event_type: EventType, language: str) -> tuple[set[str], list[str]]:
    """Return the messages of the type and its sentence for each payload, in this language."""
    messages = [event_type.label, *(words for words in _list_sentences(event_type) if words != LABEL)]
    with force_locale(language):
        sentences = [event_type.format_sentence(payload) for payload in _list_payloads(event_type)]
        return {str(message) for message in messages}, sentences


@each_type
def test_every_type_has_sentences_in_both_languages(shared_app: Flask, event_type: EventType) -> None:
    with shared_app.test_request_context():
        english, english_sentences = _format_all(event_type, "en")
        indonesian, indonesian_sentences = _format_all(event_type, "id")
    assert english.isdisjoint(indonesian)
    sentences = english_sentences + indonesian_sentences
    assert [sentence for sentence in sentences if "%(" in sentence or not sentence] == []


@each_type
def test_every_type_has_an_icon_of_the_sprite_and_known_groups(
    shared_app: Flask, event_type: EventType
) -> None:
    assert f'id="i-{event_type.icon}"' in (TEMPLATE_FOLDER / "sprite.html").read_text()
    assert set(event_type.groups) <= set(event_groups)


def test_transitions_name_registered_types(shared_app: Flask) -> None:
    views = [view for view in shared_app.appbuilder.baseviews if isinstance(view, PortalView)]  # type: ignore[attr-defined]
    named = {transition.event for view in views for transition in view.transitions} - {None}
    assert len(named) > 20
    assert named <= set(event_types)


@each_type
def test_every_type_reads_columns_that_exist(event_type: EventType) -> None:
    for name in event_type.text_columns:
        table, column = name.split(".")
        assert column in Model.metadata.tables[table].c


def test_codes_are_words_and_fit_the_column() -> None:
    codes = [event_type.code for event_type in ALL_TYPES]
    assert [
        code for code in codes if not re.fullmatch(r"[a-z_]{1,40}", code) or keyword.iskeyword(code)
    ] == []


@pytest.mark.parametrize("language", ["id", "en"])
def test_no_two_types_share_a_label(shared_app: Flask, language: str) -> None:
    with shared_app.test_request_context(), force_locale(language):
        labels = Counter(str(event_type.label) for event_type in ALL_TYPES)
    assert [label for label, count in labels.items() if count > 1] == []


@pytest.mark.parametrize("missing", ["label", "sentence", "icon", "groups"])
def test_incomplete_type_cannot_be_declared(missing: str) -> None:
    parts: dict[str, Any] = {"label": "Told", "sentence": LABEL, "icon": "note", "groups": (OTHER,)}
    EventType("house_sold", **parts)
    with pytest.raises(ValueError, match=f"event type house_sold: {missing} missing"):
        EventType("house_sold", **parts | {missing: ()})


def test_two_types_of_one_code_are_refused(shared_app: Flask, monkeypatch: pytest.MonkeyPatch) -> None:
    again = EventType("note_added", label="Again", sentence=LABEL, icon="note", groups=(OTHER,))
    monkeypatch.setattr(event_types, "_is_closed", False)
    with pytest.raises(RegistryError, match="types of case events: note_added is registered already"):
        event_types.register(again)
    event_types.register(case_events.NOTE_ADDED)


def _record_event_of_a_future_release(case: Case, make: ModuleType) -> None:
    """Record an event of a type that only a later release registers."""
    future = EventType("house_sold", label="House sold", sentence=LABEL, icon="note", groups=(OTHER,))
    rina = make.get_user("rina")
    with with_entries(event_types, future), transaction(by=rina):
        record_event(case, future, by=rina, source=case, data={"buyer_id": 7, "price": "high"})


def test_event_of_an_unknown_type_is_shown_with_its_code(
    app: Flask, make: ModuleType, as_user: AsUser
) -> None:
    case = make.case()
    _record_event_of_a_future_release(case, make)
    for who in ("rina", "kabid"):
        client = as_user(who)
        assert "Kejadian lain (house_sold)" in client.get_page(f"/cases/{case.id}/timeline")
        assert "Kejadian lain (house_sold)" in client.get_page(f"/cases/show/{case.id}")
        assert "house_sold" not in client.get_page(f"/cases/{case.id}/timeline?kind=notes")
    assert as_user("rina").get(f"/cases/{case.id}/timeline.pdf").data[:5] == b"%PDF-"
    with force_locale("en"):
        assert format_event("house_sold", None) == "Other event (house_sold)"


def test_check_reports_an_unknown_type_as_a_note(app: Flask, make: ModuleType) -> None:
    case = make.case()
    for _number in range(2):
        _record_event_of_a_future_release(case, make)
    ((_check, found),) = run_checks([Check("kinds", check_event_kinds)])
    (note,) = found
    assert isinstance(note, Note)
    assert note.startswith("2 case events are of the kind house_sold, which this release does not know")
    assert books.list_faults() == []
    db.session.rollback()
