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

_JSON_SCALAR_TYPES = frozenset({str, int, bool, type(None)})
_ENCODER = json.JSONEncoder(sort_keys=True, separators=(",", ":"), ensure_ascii=False)


class ChainRow(NamedTuple):
    """What `verify` needs to know of a row."""

    row_id: Any
    """What to call the row by when it is broken: its id."""
    prev_hash: str
    fields: Mapping[str, Any]
    """The same fields that `link` was given."""
    payload: Any
    salt: str | None
    """None: erased."""
    data_hash: str
    hash: str
    is_erased: bool
    """Whether the row says that it was erased."""


def generate_salt() -> str:
    """Make a salt for one row."""
    return secrets.token_hex(16)


def hash_payload(payload: Any, salt: str) -> str:
    """Hash a payload with its salt."""
    return hashlib.sha256(salt.encode() + to_canonical_json(payload)).hexdigest()


def hash_row(prev_hash: str, row_fields: Mapping[str, Any], data_hash: str) -> str:
    """Hash a row that follows the one with `prev_hash`.

    `row_fields` are all but id, payload, salt, hashes and erased_at.
    """
    # Text as the column types keep it: stripped, blank as nothing.
    fields = {
        name: (value.strip() or None) if isinstance(value, str) else value
        for name, value in row_fields.items()
    }
    return hashlib.sha256(prev_hash.encode() + to_canonical_json(fields) + data_hash.encode()).hexdigest()


def find_broken_row(rows: Iterable[ChainRow]) -> Any | None:
    """Name the first broken link of a chain, given in its order; None: the chain is whole."""
    prev_hash = GENESIS
    for row in rows:
        whole = row.prev_hash == prev_hash and row.hash == hash_row(prev_hash, row.fields, row.data_hash)
        if not whole or not _is_payload_intact(row):
            return row.row_id
        prev_hash = row.hash
    return None


def _is_payload_intact(row: ChainRow) -> bool:
    if row.salt is None:
        return row.is_erased and row.payload is None
    return not row.is_erased and row.data_hash == hash_payload(row.payload, row.salt)


def to_canonical_json(obj: Any) -> bytes:
    """Write an object down in the one way, whichever database gave it back."""
    return _ENCODER.encode(to_json_value(obj)).encode()


def to_json_value(value: Any) -> Any:
    """Turn an object into what JSON keeps: instants in UTC, days, enum codes, whole numbers, text."""
    if type(value) in _JSON_SCALAR_TYPES:
        return value
    if isinstance(value, (dict, Mapping)):  # a million events are hashed here: most items are not asked twice
        return {
            str(key): item if type(item) in _JSON_SCALAR_TYPES else to_json_value(item)
            for key, item in value.items()
        }
    if isinstance(value, (list, tuple)):
        return [to_json_value(item) for item in value]
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
