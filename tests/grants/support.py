"""Helpers for the tests of money."""

from collections.abc import Callable
from typing import Any

import pytest

from app.core.errors import PortalError
from app.extensions import db
from tests.support.record_factory import store_file
from tests.support.rows import dump_tables

MILLION = 1_000_000
MONEY_TABLES = ("grant_fund", "grant_purpose", "disbursement", "commitment", "expenditure", "asset", "aid")


def store_receipt() -> str:
    """Store a receipt and return its file key."""
    return store_file(b"%PDF-1.7 kwitansi", "kwitansi.pdf")


def expect_refusal(service: Callable[..., Any], *args: Any, **kwargs: Any) -> PortalError:
    """Assert that the call is refused and changes no table of money; return the error."""
    before = _dump_money_tables()
    with pytest.raises(PortalError) as refusal:
        service(*args, **kwargs)
    db.session.rollback()
    assert _dump_money_tables() == before
    return refusal.value


def _dump_money_tables() -> dict[str, list[str]]:
    rows = dump_tables()
    return {name: rows[name] for name in (*MONEY_TABLES, "case_event", "number_series")}
