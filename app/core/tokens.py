"""Tokens and codes that the portal gives out; only their hashes are stored."""

import base64
import hashlib
import hmac
import secrets

from flask import current_app


def generate_token() -> str:
    """Return a random URL-safe token of 256 bits."""
    return secrets.token_urlsafe(32)


def generate_code(length: int) -> str:
    """Return a random code of `length` decimal digits, short enough to be read out by phone."""
    return "".join(secrets.choice("0123456789") for _position in range(length))


def derive_token(purpose: str, seed: str) -> str:
    """Return a URL-safe token derived from the seed by HMAC with the secret key.

    It is as hard to guess as a random token, but can be derived again.
    """
    return base64.urlsafe_b64encode(_compute_hmac(purpose, seed)).rstrip(b"=").decode()


def hash_token(token: str) -> str:
    """Return the SHA-256 of a token for storage; it needs no key: 256 random bits cannot be guessed."""
    return hashlib.sha256(token.encode()).hexdigest()


def hash_code(purpose: str, code: str) -> str:
    """Return the HMAC of a short code for storage; without the secret key, trying all codes finds nothing."""
    return _compute_hmac(purpose, code).hex()


def is_same_hash(one: str, other: str) -> bool:
    """Compare two hashes in constant time."""
    return hmac.compare_digest(one, other)


def _compute_hmac(purpose: str, text: str) -> bytes:
    key = str(current_app.secret_key).encode()
    return hmac.digest(key, f"{purpose}\0{text}".encode(), "sha256")
