"""Quick search: matches every word anywhere in a record's `search_text`, numbers in any notation.

`search_text` is folded when the row is written, the query when it is searched. So a plain LIKE decides, the
same on both databases. The trigram indexes of `db.triggers` only make it fast: PostgreSQL applies its index
to the LIKE by itself; on SQLite the statement queries the full-text table first.
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
"""Words of a query that are searched: each makes the statement longer, and statements are cached."""
MIN_INDEXED_LENGTH = 3
"""Characters that a word needs to be found by the trigram index."""
LONG_NUMBER_DIGITS = 12
"""Digits from which on a number counts as long: a NIK, a No. KK, most phones."""
UNINDEXED_SEARCH_LIMIT = 10_000
"""Newest records that are searched if no word of the query is long enough for the index."""

_APOSTROPHES = dict.fromkeys(map(ord, "'`´‘’ʻʼʿʾ"))  # noqa: RUF001 (Nur'aini, however it was typed)
_NUMBER_PATTERN = re.compile(r"[\d.()+-]+", re.ASCII)

Term = list[list[str]]
"""Alternatives; each is a list of words that must all match."""


def fold_text(text: str) -> str:
    """Fold a text: lower case, no accents, apostrophes or control characters, single spaces."""
    # Remove marks first: normalising a long run of them takes quadratic time.
    text = "".join(char for char in text if unicodedata.category(char)[0] != "M").translate(_APOSTROPHES)
    text = unicodedata.normalize("NFKD", unicodedata.normalize("NFKD", text).casefold())
    return " ".join("".join(map(_fold_character, text)).split())


def _fold_character(character: str) -> str:
    category = unicodedata.category(character)[0]
    if category == "M" or ord(character) in _APOSTROPHES:
        return ""
    return " " if category in "CZ" else character


def build_search_text(*parts: str | None, numbers: Iterable[str | None] = ()) -> str:
    """Build `search_text` from folded texts and from numbers (NIK, No. KK, phones in E.164) as digits."""
    return " ".join(
        filter(None, [*(fold_text(part or "") for part in parts), *map(_join_number_forms, numbers)])
    )


def _join_number_forms(number: str | None) -> str:
    digits = re.sub(r"\D", "", number or "", flags=re.ASCII)
    # 0811… and +62 811… are the same phone; store both forms, so that any part of either finds it.
    return f"{digits} 0{digits[2:]}" if number and number.startswith("+62") else digits


def build_search_filter(model: Any, q: str, *, whole_numbers: bool = False) -> ColumnElement[bool]:
    """Return the condition that `search_text` contains every word of `q`; a blank `q` matches all rows.

    If all words are shorter than `MIN_INDEXED_LENGTH`, only the newest `UNINDEXED_SEARCH_LIMIT` records are
    searched instead of a hundred thousand one by one.

    `whole_numbers`: a number must be typed whole. Otherwise a user who sees only the last digits of a NIK
    could find out the others one by one.
    """
    if not q.strip():
        return true()
    terms = parse_terms(q)
    if not terms:
        return false()
    if not any(len(word) >= MIN_INDEXED_LENGTH for term in terms for words in term for word in words):
        newest = (
            select(model.id, model.search_text)
            .order_by(model.id.desc())
            .limit(UNINDEXED_SEARCH_LIMIT)
            .subquery()
        )
        return id_in(
            model.id, select(newest.c.id).where(_match_all_terms(newest.c.search_text, terms, whole_numbers))
        )
    matches, expression = (
        _match_all_terms(model.search_text, terms, whole_numbers),
        _build_fts_expression(terms),
    )
    if not expression:
        return matches
    index = _get_fts_table(model)
    return and_(model.id.in_(select(index.c.rowid).where(_match_fts(index, expression))), matches)


def apply_search_filter(
    query: "Query[Any]", model: Any, q: str, *, whole_numbers: bool = False
) -> "Query[Any]":
    """Filter a query like `build_search_filter`, but in a form that stops at the LIMIT of the query.

    SQLite computes an IN subquery completely before it reads the first row. A joined full-text table is read
    on the way, in the order of ids.
    """
    terms = parse_terms(q)
    expression = _build_fts_expression(terms)
    if not expression:
        return query.filter(build_search_filter(model, q, whole_numbers=whole_numbers))
    index = _get_fts_table(model)
    set_scan_key(index.c.rowid)
    joined = query.join(index, index.c.rowid == model.id)
    return joined.filter(
        _match_fts(index, expression), _match_all_terms(model.search_text, terms, whole_numbers)
    )


def build_text_filter(text: ColumnElement[Any], q: str, whole_numbers: bool) -> ColumnElement[bool]:
    """Return the condition that `text` contains every word of `q`; it uses no index."""
    terms = parse_terms(q)
    return _match_all_terms(text, terms, whole_numbers) if terms else false()


def fold_column(column: Any) -> ColumnElement[Any]:
    """Return an expression that folds a column as far as both databases can: lower case, no apostrophes."""
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
    """Match the indexed part of the word, then the whole word.

    The second condition applies to an expression instead of the column, so that no index is used for it.
    """
    indexed_match: ColumnElement[bool] = text.contains(_get_indexed_part(word), autoescape=True)
    if whole_numbers and any(map(str.isdigit, word)):
        return and_(indexed_match, (literal(" ") + text + " ").contains(f" {word} ", autoescape=True))
    if _get_indexed_part(word) != word:
        return and_(indexed_match, (literal("") + text).contains(word, autoescape=True))
    return indexed_match


def _get_indexed_part(word: str) -> str:
    """Return the middle of a long number, else the word.

    Many long numbers share their first or last digits: an index would read through all of them.
    """
    return (
        word[LONG_NUMBER_DIGITS // 2 : LONG_NUMBER_DIGITS]
        if len(word) >= LONG_NUMBER_DIGITS and word.isdecimal()
        else word
    )


def parse_terms(q: str) -> list[Term]:
    """Split a query into terms; neighbouring numbers also match joined: `0811 541-3355`, `64.74.01…`."""
    terms: list[Term] = []
    for is_numeric, group in groupby(
        fold_text(q[:MAX_QUERY_LENGTH])[:MAX_QUERY_LENGTH].split()[:MAX_QUERY_WORDS],
        lambda word: bool(_NUMBER_PATTERN.fullmatch(word)),
    ):
        words = list(group)
        digits = re.sub(r"\D", "", "".join(words))
        if is_numeric and digits and [digits] != words:
            terms.append([words, [digits]])
        else:
            terms.extend([[word]] for word in words)
    return terms


def _build_fts_expression(search_terms: list[Term]) -> str:
    """Return the part of the query that SQLite's trigram index can answer as an FTS5 expression, or ""."""
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
