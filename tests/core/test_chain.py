"""A chain tells where somebody changed it, and survives the erasure that the law demands."""

import enum
from datetime import UTC, date, datetime
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.core import chain


class Kind(enum.Enum):
    note_added = "Note added"


def chained(*payloads: object) -> list[chain.Link]:
    links: list[chain.Link] = []
    for number, payload in enumerate(payloads, start=1):
        prev_hash = links[-1].hash if links else chain.GENESIS
        salt = chain.new_salt()
        data_hash = chain.digest(payload, salt)
        fields = {"kind": Kind.note_added, "actor_id": number, "actor_name": "Rina"}
        row_hash = chain.link(prev_hash, fields, data_hash)
        links.append(chain.Link(number, prev_hash, fields, payload, salt, data_hash, row_hash, erased=False))
    return links


BOOK = chained({"a": 1}, {"a": 2}, {"a": 3})


def test_a_whole_chain_has_no_broken_link() -> None:
    assert chain.verify(BOOK) is None
    assert chain.verify([]) is None


@pytest.mark.parametrize(
    "change",
    [
        {"payload": {"a": 7}},
        {"payload": None},
        {"salt": "another"},
        {"fields": {"kind": "note_added", "actor_id": 9, "actor_name": "Rina"}},
        {"data_hash": "0" * 64},
        {"hash": "0" * 64},
        {"prev_hash": chain.GENESIS},
        {"payload": None, "salt": None},  # emptied without saying so
        {"erased": True},  # said to be erased, but it is all there
    ],
)
def test_a_changed_row_is_named(change: dict[str, object]) -> None:
    assert chain.verify([BOOK[0], BOOK[1]._replace(**change), BOOK[2]]) == 2


def test_the_row_after_a_removed_one_is_named() -> None:
    assert chain.verify([BOOK[0], BOOK[2]]) == 3
    assert chain.verify(BOOK[1:]) == 2


def test_two_rows_that_changed_places_are_named() -> None:
    assert chain.verify([BOOK[1], BOOK[0], BOOK[2]]) == 2


def test_an_erased_payload_does_not_break_the_chain() -> None:
    erased = BOOK[1]._replace(payload=None, salt=None, erased=True)

    assert chain.verify([BOOK[0], erased, BOOK[2]]) is None


def test_the_salt_hides_a_payload_that_could_be_guessed() -> None:
    assert chain.digest({"nik": "6474"}, chain.new_salt()) != chain.digest({"nik": "6474"}, chain.new_salt())


def test_the_canonical_form_does_not_depend_on_order_zone_or_type_of_list() -> None:
    noon = datetime(2026, 11, 24, 4, tzinfo=UTC)
    one = {"b": [1, None], "a": {"at": noon, "on": date(2026, 11, 24), "kind": Kind.note_added}}
    same = {
        "a": {"kind": "note_added", "on": "2026-11-24", "at": noon.astimezone(ZoneInfo("Asia/Makassar"))},
        "b": (1, None),
    }

    assert chain.canonical(one) == chain.canonical(same)
    assert chain.canonical(one) == (
        b'{"a":{"at":"2026-11-24T04:00:00.000000+00:00","kind":"note_added","on":"2026-11-24"},"b":[1,null]}'
    )


def test_a_fraction_has_no_canonical_form() -> None:
    with pytest.raises(TypeError, match="float"):
        chain.canonical({"amount": 0.5})


def test_text_is_hashed_as_the_database_keeps_it() -> None:
    kept, typed = {"name": "Rina", "note": None}, {"name": " Rina ", "note": "  "}

    assert chain.link(chain.GENESIS, typed, "") == chain.link(chain.GENESIS, kept, "")


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(),
    lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner),
)


@given(JSON)
def test_what_is_plain_already_stays_as_it_is(value: object) -> None:
    assert chain.plain(value) == value
