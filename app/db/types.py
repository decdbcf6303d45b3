"""Column types with a meaning; forms, lists and exports choose their format by them."""

import enum
from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any, TypeVar

from sqlalchemy import JSON, BigInteger, DateTime, Dialect, Enum, String, Text
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.types import TypeDecorator


class Instant(TypeDecorator[datetime]):
    """An instant with offset, stored in UTC; shown in WITA."""

    impl = DateTime(timezone=True)
    cache_ok = True

    def process_bind_param(self, value: datetime | None, dialect: Dialect) -> datetime | None:
        """Convert to UTC; raise `ValueError` for an instant without offset, which is ambiguous."""
        if value is None:
            return None
        if value.tzinfo is None:
            raise ValueError("an instant needs its offset")
        value = value.astimezone(UTC)
        return value.replace(tzinfo=None) if dialect.name == "sqlite" else value

    def process_result_value(self, value: datetime | None, dialect: Dialect) -> datetime | None:
        """Return the instant in UTC with offset; SQLite stores it without."""
        if value is None:
            return None
        return value.replace(tzinfo=UTC) if value.tzinfo is None else value.astimezone(UTC)


def _blank_to_none(value: str | None) -> str | None:
    value = value.strip() if value else None
    return value or None


class Line(TypeDecorator[str]):
    """One line of text; blank is NULL."""

    impl = String
    cache_ok = True

    def process_bind_param(self, value: str | None, dialect: Dialect) -> str | None:
        """Strip; blank becomes NULL."""
        return _blank_to_none(value)


class Prose(TypeDecorator[str]):
    """Several lines of text, at most `MAX_PROSE_LENGTH` characters; blank is NULL."""

    impl = Text
    cache_ok = True

    def process_bind_param(self, value: str | None, dialect: Dialect) -> str | None:
        """Strip; blank becomes NULL."""
        return _blank_to_none(value)


MAX_PROSE_LENGTH = 20_000
"""Characters in one prose field: about ten typed pages. Longer text belongs in an attachment."""


class Rupiah(TypeDecorator[int]):
    """An amount of money in whole rupiah."""

    impl = BigInteger
    cache_ok = True


class Phone(TypeDecorator[str]):
    """A phone number in E.164 (`+628115413355`) or a short code (`112`)."""

    impl = String(20)
    cache_ok = True

    def process_bind_param(self, value: str | None, dialect: Dialect) -> str | None:
        """Blank becomes NULL."""
        return _blank_to_none(value)


MAX_INTEGER_DIGITS = 9
"""Digits of an id, year or count: a number of nine digits always fits PostgreSQL's integer."""
MAX_MONEY_DIGITS = 15


def parse_whole_number(value: Any, max_digits: int = MAX_INTEGER_DIGITS) -> int | None:
    """Return the value as a whole number, or None if it is none or has more than `max_digits` digits."""
    text = str(value)
    # isdigit() alone accepts characters like `²`.
    return int(text) if text.isascii() and text.isdigit() and len(text) <= max_digits else None


class UploadedFile(TypeDecorator[str]):
    """The key under which `core.files` stores an uploaded file. The file's own name is never stored."""

    impl = String(80)
    cache_ok = True


PlainJSON = JSON().with_variant(JSONB(), "postgresql")


def enum_type(enum_class: type[enum.Enum]) -> Enum:
    """Return the column type of an enum: member names are the stored codes, enforced by a CHECK."""
    return Enum(
        enum_class,
        native_enum=False,
        create_constraint=True,
        length=40,
        name=_to_snake_case(enum_class.__name__),
        validate_strings=True,
    )


def _to_snake_case(name: str) -> str:
    return "".join("_" + c.lower() if c.isupper() else c for c in name).lstrip("_")


T = TypeVar("T", bound=enum.Enum)


def badge_tones(**tones: str) -> Callable[[type[T]], type[T]]:
    """Return a decorator that sets the badge tone of a state enum's members.

    Tones: plain, info, wait, ok, bad, secret, alarm, hidden_badge. `hidden_badge` marks the state of nearly
    every record: page heads and cards omit it, tables show it without a badge.
    Raises `ValueError` for a name that is no member.
    """

    def set_tones(enum_class: type[T]) -> type[T]:
        unknown = set(tones) - set(enum_class.__members__)
        if unknown:
            raise ValueError(f"{enum_class.__name__} has no {sorted(unknown)}")
        enum_class.tones = tones  # type: ignore[attr-defined]
        return enum_class

    return set_tones
