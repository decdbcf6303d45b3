"""Quick search finds the same rows on both databases."""

from typing import Any

import pytest
from flask import Flask
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st
from sqlalchemy import insert, select

from app.clients.models.client import Household
from app.db import search
from app.db.query_hints import ordered_scan
from app.db.search import apply_search_filter, build_search_filter, build_search_text, fold_text
from app.extensions import db

search_words = st.text(alphabet="ab1%_'\"\\/*.-é(", min_size=1, max_size=5)
search_texts = st.lists(search_words, min_size=1, max_size=4).map(" ".join)


@pytest.fixture
def household_columns(app: Flask) -> dict[str, Any]:
    """Required columns of a household; the tests insert `search_text` directly."""
    return {"address": "Gang Kenari 1"}


def find_texts(q: str) -> list[str]:
    """Search by condition, and by ordered scan in both directions; assert that the rows are the same."""
    texts = select(Household.search_text).where(build_search_filter(Household, q)).order_by(Household.id)
    found = list(db.session.scalars(texts))
    with ordered_scan(Household.id) as scan:
        query = apply_search_filter(db.session.query(Household.search_text), Household, q)
    assert [row[0] for row in query.order_by(scan.sort_key)] == found
    assert [row[0] for row in query.order_by(scan.sort_key.desc())] == found[::-1]
    return found


def insert_households(household_columns: dict[str, Any], *texts: str) -> None:
    if texts:
        db.session.execute(insert(Household), [{**household_columns, "search_text": text} for text in texts])


@settings(max_examples=150, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(texts=st.lists(search_texts, min_size=1, max_size=4), q=search_texts)
@example(texts=["100% kapas", "100 kapas"], q="100%")
@example(texts=["a_b_c", "abbbc"], q="a_b")
@example(texts=['"siti" or 1'], q='"siti" or')
@example(texts=["a\\b", "a/b"], q="\\b")
def test_every_query_word_occurs_in_the_text(
    household_columns: dict[str, Any], texts: list[str], q: str
) -> None:
    folded = [text for text in map(fold_text, texts) if text]
    words = fold_text(q).split()
    insert_households(household_columns, *folded)

    found = find_texts(q)
    db.session.rollback()

    matching = [text for text in folded if words and all(word in text for word in words)]
    if any(word.strip(".()-").isdigit() for word in words):  # adjacent numbers also match as one
        assert set(matching) <= set(found)
    else:
        assert found == matching


@settings(max_examples=100, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(text=st.text(min_size=1, max_size=30), data=st.data())
def test_every_part_of_a_text_finds_it(
    household_columns: dict[str, Any], text: str, data: st.DataObject
) -> None:
    folded = fold_text(text)
    if not folded:
        return
    insert_households(household_columns, folded)
    start = data.draw(st.integers(0, len(folded) - 1))
    part = folded[start : data.draw(st.integers(start + 1, len(folded)))]

    found = find_texts(part)
    db.session.rollback()

    assert found == [folded]  # a blank part finds all rows


@given(st.text())
def test_folding_twice_changes_nothing(text: str) -> None:
    assert fold_text(fold_text(text)) == fold_text(text)


@pytest.mark.parametrize(
    "typed",
    [
        "628115413355",
        "+62 811-541-3355",
        "+628115413355",
        "0811 541 3355",
        "0811.541.3355",
        "(0811) 5413355",
        "8115413355",
        "541 3355",
        "6474011203900001",
        "64.74.01.120390.0001",
        "6474 0112 0390 0001",
        "64740112-0390",
        "budi 0811 541",
        "0390 0001 Setiawan",
    ],
)
def test_number_is_found_in_any_notation(household_columns: dict[str, Any], typed: str) -> None:
    expected = build_search_text("Budi Setiawan", None, numbers=["6474011203900001", "+628115413355", None])
    insert_households(
        household_columns,
        expected,
        build_search_text("Budi Hartono", numbers=["6474015505880002", "+6281254000111"]),
    )

    assert find_texts(typed) == [expected]


def test_number_typed_in_pairs_is_found_in_old_rows(
    household_columns: dict[str, Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(search, "UNINDEXED_SEARCH_LIMIT", 1)
    old, new = (
        build_search_text("Li", numbers=["6474011203900001"]),
        build_search_text("Li", numbers=["6474015505880002"]),
    )
    insert_households(household_columns, old, new)

    assert find_texts("64 74 01 12 03 90 00 01") == [old]
    assert find_texts("li") == [new]  # two letters are searched in the newest rows only


@pytest.mark.parametrize("typed", ["nuraini", "Nur'aini", "NUR\u2019AINI", "ñur ndu", "aini nandu"])
def test_accents_apostrophes_and_case_are_ignored(household_columns: dict[str, Any], typed: str) -> None:
    insert_households(
        household_columns, build_search_text("Nur\u2018aini  Ñandú"), build_search_text("Nur Hayati")
    )

    assert find_texts(typed) == ["nuraini nandu"]


def test_empty_query_finds_all_and_query_without_words_finds_nothing(
    household_columns: dict[str, Any],
) -> None:
    insert_households(household_columns, "siti", "budi")

    assert find_texts("  ") == ["siti", "budi"]
    assert find_texts("'") == []


def test_changed_text_is_found_by_its_new_words_only(household_columns: dict[str, Any]) -> None:
    insert_households(household_columns, "siti aminah")
    item = db.session.scalars(select(Household).filter_by(search_text="siti aminah")).one()
    item.search_text = "budi santoso"
    db.session.flush()

    assert find_texts("aminah") == []
    assert find_texts("santoso") == ["budi santoso"]


def test_very_long_query_is_cut(household_columns: dict[str, Any]) -> None:
    insert_households(household_columns, "siti")

    assert find_texts("siti " * 5000) == ["siti"]


def test_folding_removes_marks_before_normalization() -> None:
    assert fold_text("Re\u0301no\u0323" + "\u0301\u0323" * 500_000) == "reno"  # normalizing first takes hours


def test_query_is_limited_to_its_first_words() -> None:
    assert (
        len(search.parse_terms(" ".join(f"kata{chr(97 + n)}" for n in range(20)))) == search.MAX_QUERY_WORDS
    )
