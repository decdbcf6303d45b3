"""Seals of the two books: HMAC-SHA256 of a row's hash, with a key outside the database and its backups.

An attacker with write access to the database can recompute every hash of a chain, but no seal.
"""

import hashlib
import hmac
from collections import Counter
from typing import Any, NamedTuple

from flask import current_app

_FINGERPRINT_PREFIX = b"siaga book key:"
"""Prefix that separates the fingerprint from other hashes of the same key."""


class BookKey(NamedTuple):
    """The key from `SIAGA_BOOK_KEY` and its fingerprint, which is stored with each seal (`key_id`)."""

    secret: bytes
    id: str

    def seal(self, row_hash: str) -> str:
        """Return the HMAC-SHA256 of a row's hash, as hex."""
        return hmac.digest(self.secret, row_hash.encode(), "sha256").hex()


def get_book_key() -> BookKey:
    """Return the configured key of this application, with its fingerprint of 16 hex digits."""
    secret = str(current_app.config["BOOK_KEY"]).encode()
    return BookKey(secret, hashlib.sha256(_FINGERPRINT_PREFIX + secret).hexdigest()[:16])


class SealVerifier:
    """Verify seals made with the current key, and count rows sealed with another key."""

    def __init__(self) -> None:
        self.key = get_book_key()
        self.unproven_by_key: Counter[str] = Counter()
        """Fingerprint of another key -> number of rows that only that key can verify."""

    def is_valid(self, row: Any) -> bool:
        """Return whether the seal is correct, made with another key, or absent as in older releases."""
        if row.key_id == self.key.id:
            return hmac.compare_digest(self.key.seal(row.hash), row.seal or "")
        if row.key_id is not None:
            self.unproven_by_key[row.key_id] += 1
            return True
        return row.seal is None
