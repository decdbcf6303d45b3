"""Quick search finds the same rows on both databases."""

from typing import Any

import pytest
from flask import Flask
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st
from sqlalchemy import insert, select

from app.clients.models import Household
from app.core import search
from app.core.asking import walking
from app.core.search import fold, keep_matches, matches, search_text
from app.extensions import db

WORDS = st.text(alphabet="ab1%_'\"\\/*.-é(", min_size=1, max_size=5)
TEXTS = st.lists(WORDS, min_size=1, max_size=4).map(" ".join)


@pytest.fixture
def household(app: Flask) -> dict[str, Any]:
    """Columns that a household needs; the tests write its search_text by hand."""
    return {"address": "Gang Kenari 1"}


def found(q: str) -> list[str]:
    """As a condition, and as what a list and a type-ahead read no further than they must."""
    texts = select(Household.search_text).where(matches(Household, q)).order_by(Household.id)
    answer = list(db.session.scalars(texts))
    with walking(Household.id) as walk:
        kept = keep_matches(db.session.query(Household.search_text), Household, q)
    assert [row[0] for row in kept.order_by(walk.key)] == answer
    assert [row[0] for row in kept.order_by(walk.key.desc())] == answer[::-1]
    return answer


def keep(household: dict[str, Any], *texts: str) -> None:
    if texts:
        db.session.execute(insert(Household), [{**household, "search_text": text} for text in texts])


@settings(max_examples=150, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(texts=st.lists(TEXTS, min_size=1, max_size=4), q=TEXTS)
@example(texts=["100% kapas", "100 kapas"], q="100%")
@example(texts=["a_b_c", "abbbc"], q="a_b")
@example(texts=['"siti" or 1'], q='"siti" or')
@example(texts=["a\\b", "a/b"], q="\\b")
def test_every_word_stands_somewhere_in_the_text(household: dict[str, Any], texts: list[str], q: str) -> None:
    folded = [text for text in map(fold, texts) if text]
    words = fold(q).split()
    keep(household, *folded)

    answer = found(q)
    db.session.rollback()

    literally = [text for text in folded if words and all(word in text for word in words)]
    if any(word.strip(".()-").isdigit() for word in words):  # neighbouring numbers count as one, too
        assert set(literally) <= set(answer)
    else:
        assert answer == literally


@settings(max_examples=100, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(text=st.text(min_size=1, max_size=30), data=st.data())
def test_any_part_of_any_text_finds_it(household: dict[str, Any], text: str, data: st.DataObject) -> None:
    folded = fold(text)
    if not folded:
        return
    keep(household, folded)
    start = data.draw(st.integers(0, len(folded) - 1))
    part = folded[start : data.draw(st.integers(start + 1, len(folded)))]

    answer = found(part)
    db.session.rollback()

    assert answer == [folded]  # a blank query finds all


@given(st.text())
def test_folding_twice_changes_nothing(text: str) -> None:
    assert fold(fold(text)) == fold(text)


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
def test_a_number_is_found_however_it_is_typed(household: dict[str, Any], typed: str) -> None:
    mine = search_text("Budi Setiawan", None, numbers=["6474011203900001", "+628115413355", None])
    keep(household, mine, search_text("Budi Hartono", numbers=["6474015505880002", "+6281254000111"]))

    assert found(typed) == [mine]


def test_a_number_typed_in_pairs_is_found_however_long_ago_it_was_written(
    household: dict[str, Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(search, "NEWEST", 1)
    old, new = (
        search_text("Li", numbers=["6474011203900001"]),
        search_text("Li", numbers=["6474015505880002"]),
    )
    keep(household, old, new)

    assert found("64 74 01 12 03 90 00 01") == [old]
    assert found("li") == [new]  # two letters alone are looked for among the newest


@pytest.mark.parametrize("typed", ["nuraini", "Nur'aini", "NUR\u2019AINI", "ñur ndu", "aini nandu"])
def test_accents_apostrophes_and_capitals_do_not_matter(household: dict[str, Any], typed: str) -> None:
    keep(household, search_text("Nur\u2018aini  Ñandú"), search_text("Nur Hayati"))

    assert found(typed) == ["nuraini nandu"]


def test_an_empty_query_finds_all_and_one_without_a_word_finds_nothing(household: dict[str, Any]) -> None:
    keep(household, "siti", "budi")

    assert found("  ") == ["siti", "budi"]
    assert found("'") == []


def test_a_changed_text_is_found_by_its_new_words_only(household: dict[str, Any]) -> None:
    keep(household, "siti aminah")
    item = db.session.scalars(select(Household).filter_by(search_text="siti aminah")).one()
    item.search_text = "budi santoso"
    db.session.flush()

    assert found("aminah") == []
    assert found("santoso") == ["budi santoso"]


def test_a_very_long_query_is_cut_and_answered(household: dict[str, Any]) -> None:
    keep(household, "siti")

    assert found("siti " * 5000) == ["siti"]


def test_folding_drops_marks_before_it_sorts_them() -> None:
    assert fold("Re\u0301no\u0323" + "\u0301\u0323" * 500_000) == "reno"  # sorted, they would take hours


def test_only_the_first_words_of_a_query_are_looked_for() -> None:
    assert len(search.terms(" ".join(f"kata{chr(97 + n)}" for n in range(20)))) == search.MAX_WORDS
