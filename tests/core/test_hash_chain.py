"""Hash chains detect changed rows and stay valid after a lawful erasure."""

import enum
from datetime import UTC, date, datetime
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.core import hash_chain


class ExampleKind(enum.Enum):
    note_added = "Note added"


def build_chain(*payloads: object) -> list[hash_chain.ChainRow]:
    links: list[hash_chain.ChainRow] = []
    for number, payload in enumerate(payloads, start=1):
        prev_hash = links[-1].hash if links else hash_chain.GENESIS
        salt = hash_chain.generate_salt()
        data_hash = hash_chain.hash_payload(payload, salt)
        fields = {"kind": ExampleKind.note_added, "actor_id": number, "actor_name": "Rina"}
        row_hash = hash_chain.hash_row(prev_hash, fields, data_hash)
        links.append(
            hash_chain.ChainRow(
                number, prev_hash, fields, payload, salt, data_hash, row_hash, is_erased=False
            )
        )
    return links


CHAIN = build_chain({"a": 1}, {"a": 2}, {"a": 3})


def test_intact_chain_has_no_broken_link() -> None:
    assert hash_chain.find_broken_row(CHAIN) is None
    assert hash_chain.find_broken_row([]) is None


@pytest.mark.parametrize(
    "change",
    [
        {"payload": {"a": 7}},
        {"payload": None},
        {"salt": "another"},
        {"fields": {"kind": "note_added", "actor_id": 9, "actor_name": "Rina"}},
        {"data_hash": "0" * 64},
        {"hash": "0" * 64},
        {"prev_hash": hash_chain.GENESIS},
        {"payload": None, "salt": None},  # emptied without being marked as erased
        {"is_erased": True},  # marked as erased, but complete
    ],
)
def test_changed_row_is_found(change: dict[str, object]) -> None:
    assert hash_chain.find_broken_row([CHAIN[0], CHAIN[1]._replace(**change), CHAIN[2]]) == 2


def test_row_after_a_removed_one_is_found() -> None:
    assert hash_chain.find_broken_row([CHAIN[0], CHAIN[2]]) == 3
    assert hash_chain.find_broken_row(CHAIN[1:]) == 2


def test_swapped_rows_are_found() -> None:
    assert hash_chain.find_broken_row([CHAIN[1], CHAIN[0], CHAIN[2]]) == 2


def test_erased_payload_does_not_break_the_chain() -> None:
    erased = CHAIN[1]._replace(payload=None, salt=None, is_erased=True)

    assert hash_chain.find_broken_row([CHAIN[0], erased, CHAIN[2]]) is None


def test_equal_payloads_have_different_hashes_by_their_salt() -> None:
    assert hash_chain.hash_payload({"nik": "6474"}, hash_chain.generate_salt()) != hash_chain.hash_payload(
        {"nik": "6474"}, hash_chain.generate_salt()
    )


def test_canonical_form_is_independent_of_order_time_zone_and_list_type() -> None:
    noon = datetime(2026, 11, 24, 4, tzinfo=UTC)
    one = {"b": [1, None], "a": {"at": noon, "on": date(2026, 11, 24), "kind": ExampleKind.note_added}}
    same = {
        "a": {"kind": "note_added", "on": "2026-11-24", "at": noon.astimezone(ZoneInfo("Asia/Makassar"))},
        "b": (1, None),
    }

    assert hash_chain.to_canonical_json(one) == hash_chain.to_canonical_json(same)
    assert hash_chain.to_canonical_json(one) == (
        b'{"a":{"at":"2026-11-24T04:00:00.000000+00:00","kind":"note_added","on":"2026-11-24"},"b":[1,null]}'
    )


def test_float_has_no_canonical_form() -> None:
    with pytest.raises(TypeError, match="float"):
        hash_chain.to_canonical_json({"amount": 0.5})


def test_text_is_hashed_as_it_is_stored() -> None:
    stored, typed = {"name": "Rina", "note": None}, {"name": " Rina ", "note": "  "}

    assert hash_chain.hash_row(hash_chain.GENESIS, typed, "") == hash_chain.hash_row(
        hash_chain.GENESIS, stored, ""
    )


json_values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(),
    lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner),
)


@given(json_values)
def test_json_value_is_unchanged(value: object) -> None:
    assert hash_chain.to_json_value(value) == value
