"""Secrets that the portal gives out and knows again: it keeps their hashes alone."""

import base64
import hashlib
import hmac
import secrets

from flask import current_app


def generate_token() -> str:
    """A token that nobody can guess."""
    return secrets.token_urlsafe(32)


def generate_code(length: int) -> str:
    """A code that can be told by phone."""
    return "".join(secrets.choice("0123456789") for _place in range(length))


def derive_token(purpose: str, seed: str) -> str:
    """A token as good as a fresh one, and the same whenever it is made again of this seed with this key."""
    return base64.urlsafe_b64encode(_compute_hmac(purpose, seed)).rstrip(b"=").decode()


def hash_token(token: str) -> str:
    """What is kept of a token: nobody gets back from it to so many random bits."""
    return hashlib.sha256(token.encode()).hexdigest()


def hash_code(purpose: str, code: str) -> str:
    """What is kept of a short code: without the portal's key it cannot be found by trying all of them."""
    return _compute_hmac(purpose, code).hex()


def is_same_hash(one: str, other: str) -> bool:
    """Whether two hashes are the same, in a time that tells nothing."""
    return hmac.compare_digest(one, other)


def _compute_hmac(purpose: str, text: str) -> bytes:
    key = str(current_app.secret_key).encode()
    return hmac.digest(key, f"{purpose}\0{text}".encode(), "sha256")
