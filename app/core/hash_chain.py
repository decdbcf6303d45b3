"""Hash chain of rows: a changed, removed or inserted row breaks it; `find_broken_row` says where.

A row's `hash` covers its fields and, instead of its payload, the payload's salted hash. So an erasure
required by law can empty payload and salt without breaking the chain, and an erased payload cannot be guessed
from its hash.
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
    """What `find_broken_row` needs of a row."""

    row_id: Any
    """The row's id, returned if the row is broken."""
    prev_hash: str
    fields: Mapping[str, Any]
    """The same fields that were given to `hash_row`."""
    payload: Any
    salt: str | None
    """None: erased."""
    data_hash: str
    hash: str
    is_erased: bool
    """Whether the row is marked as erased (`erased_at`)."""


def generate_salt() -> str:
    """Return a random salt for the payload of one row."""
    return secrets.token_hex(16)


def hash_payload(payload: Any, salt: str) -> str:
    """Return the SHA-256 of the salt and the payload's canonical JSON, as hex."""
    return hashlib.sha256(salt.encode() + to_canonical_json(payload)).hexdigest()


def hash_row(prev_hash: str, row_fields: Mapping[str, Any], data_hash: str) -> str:
    """Return the hash of a row that follows the row with `prev_hash`.

    `row_fields` are all fields except id, payload, salt, hashes and erased_at.
    """
    # Hash text as the column types store it: stripped, blank as None.
    fields = {
        name: (value.strip() or None) if isinstance(value, str) else value
        for name, value in row_fields.items()
    }
    return hashlib.sha256(prev_hash.encode() + to_canonical_json(fields) + data_hash.encode()).hexdigest()


def find_broken_row(rows: Iterable[ChainRow]) -> Any | None:
    """Return the `row_id` of the first broken row of a chain in order; None if the chain is intact."""
    prev_hash = GENESIS
    for row in rows:
        is_linked = row.prev_hash == prev_hash and row.hash == hash_row(prev_hash, row.fields, row.data_hash)
        if not is_linked or not _is_payload_intact(row):
            return row.row_id
        prev_hash = row.hash
    return None


def _is_payload_intact(row: ChainRow) -> bool:
    if row.salt is None:
        return row.is_erased and row.payload is None
    return not row.is_erased and row.data_hash == hash_payload(row.payload, row.salt)


def to_canonical_json(obj: Any) -> bytes:
    """Encode an object as canonical JSON: the same bytes whichever database returned the values."""
    return _ENCODER.encode(to_json_value(obj)).encode()


def to_json_value(value: Any) -> Any:
    """Convert an object to JSON values: instants in UTC, days, enum codes, whole numbers, text.

    Raises `TypeError` for other types.
    """
    if type(value) in _JSON_SCALAR_TYPES:
        return value
    # A million events are hashed here: most items are scalars and skip the recursive call.
    if isinstance(value, (dict, Mapping)):
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
    # A fraction has no canonical form: SQLite and PostgreSQL return it as different text.
    raise TypeError(f"{type(value).__name__} has no canonical form")
