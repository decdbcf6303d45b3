"""Chained rows: a row changed, removed or slipped in breaks the chain, and `verify` says where.

A row's `hash` covers its fields and, instead of its payload, the payload's salted hash. So the law's erasure
may empty payload and salt without breaking the chain, and nobody can guess an erased payload from its hash.
"""

import enum
import hashlib
import json
import secrets
from collections.abc import Iterable, Mapping
from datetime import UTC, date, datetime
from typing import Any, NamedTuple

GENESIS = "0" * 64
"""The `prev_hash` of a chain's first row."""

_PLAIN = frozenset({str, int, bool, type(None)})
_ENCODER = json.JSONEncoder(sort_keys=True, separators=(",", ":"), ensure_ascii=False)


class Link(NamedTuple):
    """What `verify` needs to know of a row."""

    name: Any
    """What to call the row by when it is broken: its id."""
    prev_hash: str
    fields: Mapping[str, Any]
    """The same fields that `link` was given."""
    payload: Any
    salt: str | None
    """None: erased."""
    data_hash: str
    hash: str
    erased: bool
    """Whether the row says that it was erased."""


def new_salt() -> str:
    """Make a salt for one row."""
    return secrets.token_hex(16)


def digest(payload: Any, salt: str) -> str:
    """Hash a payload with its salt."""
    return hashlib.sha256(salt.encode() + canonical(payload)).hexdigest()


def link(prev_hash: str, row_fields: Mapping[str, Any], data_hash: str) -> str:
    """Hash a row that follows the one with `prev_hash`.

    `row_fields` are all but id, payload, salt, hashes and erased_at.
    """
    # Text as the column types keep it: stripped, blank as nothing.
    fields = {
        name: (value.strip() or None) if isinstance(value, str) else value
        for name, value in row_fields.items()
    }
    return hashlib.sha256(prev_hash.encode() + canonical(fields) + data_hash.encode()).hexdigest()


def verify(rows: Iterable[Link]) -> Any | None:
    """Name the first broken link of a chain, given in its order; None: the chain is whole."""
    prev_hash = GENESIS
    for row in rows:
        whole = row.prev_hash == prev_hash and row.hash == link(prev_hash, row.fields, row.data_hash)
        if not whole or not _payload_whole(row):
            return row.name
        prev_hash = row.hash
    return None


def _payload_whole(row: Link) -> bool:
    if row.salt is None:
        return row.erased and row.payload is None
    return not row.erased and row.data_hash == digest(row.payload, row.salt)


def canonical(obj: Any) -> bytes:
    """Write an object down in the one way, whichever database gave it back."""
    return _ENCODER.encode(plain(obj)).encode()


def plain(value: Any) -> Any:
    """Turn an object into what JSON keeps: instants in UTC, days, enum codes, whole numbers, text."""
    if type(value) in _PLAIN:
        return value
    if isinstance(value, (dict, Mapping)):  # a million events are hashed here: most items are not asked twice
        return {str(key): item if type(item) in _PLAIN else plain(item) for key, item in value.items()}
    if isinstance(value, (list, tuple)):
        return [plain(item) for item in value]
    if isinstance(value, enum.Enum):
        return value.name
    if isinstance(value, datetime):
        return value.astimezone(UTC).isoformat(timespec="microseconds")
    if isinstance(value, date):
        return value.isoformat()
    if isinstance(value, (str, int)):
        return value
    # A fraction comes back from one database as another text than from the other.
    raise TypeError(f"{type(value).__name__} has no canonical form")
