"""Only hashes of tokens and codes are stored."""

import pytest
from flask import Flask

from app.core import tokens


def test_hash_of_a_code_depends_on_the_key_of_the_portal(
    shared_app: Flask, monkeypatch: pytest.MonkeyPatch
) -> None:
    stored = tokens.hash_code("partner-code", "1:123456")
    assert tokens.is_same_hash(tokens.hash_code("partner-code", "1:123456"), stored)
    assert tokens.hash_code("another purpose", "1:123456") != stored
    monkeypatch.setitem(shared_app.config, "SECRET_KEY", "another key")
    assert tokens.hash_code("partner-code", "1:123456") != stored
