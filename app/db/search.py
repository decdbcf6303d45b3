"""Quick search: every word anywhere in a record's `search_text`, numbers however they are typed.

`search_text` is folded when the row is written and the query when it is asked, so a plain LIKE decides, the
same on both databases. The trigram indexes of `core.ddl` only make it fast: PostgreSQL applies its own to the
LIKE by itself, SQLite is told to look into its full-text table first.
"""

import re
import unicodedata
from collections.abc import Iterable
from itertools import groupby
from typing import Any

from sqlalchemy import (
    ColumnElement,
    TableClause,
    and_,
    column,
    false,
    func,
    literal,
    or_,
    select,
    table,
    true,
)
from sqlalchemy.orm import Query

from app.db.query_hints import id_in, set_scan_key
from app.extensions import db

MAX_QUERY_LENGTH = 200
"""Characters of a query that are read."""
MAX_QUERY_WORDS = 8
"""Words of a query that are looked for: each makes the statement longer, and statements are cached."""
MIN_INDEXED_LENGTH = 3
"""Characters that a word needs to be looked up in the full-text index."""
LONG_NUMBER_DIGITS = 12
"""Digits from which a number is long: a NIK, a No. KK, most phones."""
UNINDEXED_SEARCH_LIMIT = 10_000
"""Records among which a query is looked for that has no such word: no index knows it."""

_APOSTROPHES = dict.fromkeys(map(ord, "'`´‘’ʻʼʿʾ"))  # noqa: RUF001 (Nur'aini, however it was typed)
_NUMBER_PATTERN = re.compile(r"[\d.()+-]+", re.ASCII)

Term = list[list[str]]
"""Alternatives; each is a list of words that must all be there."""


def fold_text(text: str) -> str:
    """Lower the text, drop accents, apostrophes and control characters, part words by single spaces."""
    # Marks go first: to normalise a long run of them takes time by the square of its length.
    text = "".join(char for char in text if unicodedata.category(char)[0] != "M").translate(_APOSTROPHES)
    text = unicodedata.normalize("NFKD", unicodedata.normalize("NFKD", text).casefold())
    return " ".join("".join(map(_fold_character, text)).split())


def _fold_character(character: str) -> str:
    category = unicodedata.category(character)[0]
    if category == "M" or ord(character) in _APOSTROPHES:
        return ""
    return " " if category in "CZ" else character


def build_search_text(*parts: str | None, numbers: Iterable[str | None] = ()) -> str:
    """Join what a record is found by: its words, and its numbers (NIK, No. KK, phones in E.164) as digits."""
    return " ".join(
        filter(None, [*(fold_text(part or "") for part in parts), *map(_join_number_forms, numbers)])
    )


def _join_number_forms(number: str | None) -> str:
    digits = re.sub(r"\D", "", number or "", flags=re.ASCII)
    # 0811… and +62 811… are one phone; both forms are kept, so that any part of either finds it.
    return f"{digits} 0{digits[2:]}" if number and number.startswith("+62") else digits


def build_search_filter(model: Any, q: str, *, whole_numbers: bool = False) -> ColumnElement[bool]:
    """Match the rows of a searchable model in which every word of `q` stands; a blank `q` matches all.

    One or two letters alone are looked for in the `NEWEST` records, not in a hundred thousand one by one.

    `whole_numbers`: a number must be typed whole. Whoever sees only the last digits of a NIK could else
    ask for the others one by one.
    """
    if not q.strip():
        return true()
    wanted = parse_terms(q)
    if not wanted:
        return false()
    if not any(len(word) >= MIN_INDEXED_LENGTH for term in wanted for words in term for word in words):
        newest = (
            select(model.id, model.search_text)
            .order_by(model.id.desc())
            .limit(UNINDEXED_SEARCH_LIMIT)
            .subquery()
        )
        return id_in(
            model.id, select(newest.c.id).where(_match_all_terms(newest.c.search_text, wanted, whole_numbers))
        )
    found, expression = (
        _match_all_terms(model.search_text, wanted, whole_numbers),
        _build_fts_expression(wanted),
    )
    if not expression:
        return found
    index = _get_fts_table(model)
    return and_(model.id.in_(select(index.c.rowid).where(_match_fts(index, expression))), found)


def apply_search_filter(
    query: "Query[Any]", model: Any, q: str, *, whole_numbers: bool = False
) -> "Query[Any]":
    """Keep what `matches` says, read no further than to the LIMIT of the query.

    What stands in an IN, SQLite gathers whole before it reads the first row; what is joined it reads on its
    way, the full-text table in the order of ids.
    """
    wanted = parse_terms(q)
    expression = _build_fts_expression(wanted)
    if not expression:
        return query.filter(build_search_filter(model, q, whole_numbers=whole_numbers))
    index = _get_fts_table(model)
    set_scan_key(index.c.rowid)
    joined = query.join(index, index.c.rowid == model.id)
    return joined.filter(
        _match_fts(index, expression), _match_all_terms(model.search_text, wanted, whole_numbers)
    )


def build_text_filter(text: ColumnElement[Any], q: str, whole_numbers: bool) -> ColumnElement[bool]:
    """Match the rows in which every word of `q` stands in this text; no index serves it."""
    wanted = parse_terms(q)
    return _match_all_terms(text, wanted, whole_numbers) if wanted else false()


def fold_column(column: Any) -> ColumnElement[Any]:
    """Fold a column of names as far as both databases can: lower case, no apostrophes; accents stay."""
    text: ColumnElement[Any] = func.lower(func.coalesce(column, ""))
    for mark in _APOSTROPHES:
        text = func.replace(text, chr(mark), "")
    return text


def _get_fts_table(model: Any) -> TableClause:
    return table(f"{model.__tablename__}_fts", column("rowid"), column("search_text"))


def _match_fts(index: TableClause, expression: str) -> ColumnElement[bool]:
    return index.c.search_text.op("MATCH", is_comparison=True)(expression)


def _match_all_terms(text: Any, search_terms: list[Term], whole_numbers: bool) -> ColumnElement[bool]:
    return and_(
        *(
            or_(*(and_(*(_match_word(text, word, whole_numbers) for word in words)) for words in term))
            for term in search_terms
        )
    )


def _match_word(text: Any, word: str, whole_numbers: bool) -> ColumnElement[bool]:
    """Look up what the index knows of the word, and hold the text against the rest past the index."""
    looked_up: ColumnElement[bool] = text.contains(_get_indexed_part(word), autoescape=True)
    if whole_numbers and any(map(str.isdigit, word)):
        return and_(looked_up, (literal(" ") + text + " ").contains(f" {word} ", autoescape=True))
    if _get_indexed_part(word) != word:
        return and_(looked_up, (literal("") + text).contains(word, autoescape=True))
    return looked_up


def _get_indexed_part(word: str) -> str:
    """Of a long number the middle: many begin alike and end alike, and an index would read through them."""
    return (
        word[LONG_NUMBER_DIGITS // 2 : LONG_NUMBER_DIGITS]
        if len(word) >= LONG_NUMBER_DIGITS and word.isdecimal()
        else word
    )


def parse_terms(q: str) -> list[Term]:
    """Split a query into words. Neighbouring numbers also count as one: `0811 541-3355`, `64.74.01…`."""
    found: list[Term] = []
    for numeric, group in groupby(
        fold_text(q[:MAX_QUERY_LENGTH])[:MAX_QUERY_LENGTH].split()[:MAX_QUERY_WORDS],
        lambda word: bool(_NUMBER_PATTERN.fullmatch(word)),
    ):
        words = list(group)
        digits = re.sub(r"\D", "", "".join(words))
        if numeric and digits and [digits] != words:
            found.append([words, [digits]])
        else:
            found.extend([[word]] for word in words)
    return found


def _build_fts_expression(search_terms: list[Term]) -> str:
    """Write what SQLite's trigram index can answer of the query as an FTS5 expression; empty: nothing."""
    parts: list[str] = []
    if db.engine.dialect.name != "sqlite":
        return ""
    for term in search_terms:
        options = [
            " AND ".join(_quote_word(word) for word in words if len(word) >= MIN_INDEXED_LENGTH)
            for words in term
        ]
        if all(options):
            parts.append(" OR ".join(f"({option})" for option in options))
    return " AND ".join(f"({part})" for part in parts)


def _quote_word(word: str) -> str:
    return '"' + _get_indexed_part(word).replace('"', '""') + '"'
