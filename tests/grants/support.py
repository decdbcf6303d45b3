"""What the tests of the money share."""

from collections.abc import Callable
from typing import Any

import pytest

from app.core.errors import PortalError
from app.extensions import db
from tests.support.making import stored
from tests.support.rows import dump

JUTA = 1_000_000
BOOKS = ("grant_fund", "grant_purpose", "disbursement", "commitment", "expenditure", "asset", "aid")


def a_receipt() -> str:
    """A receipt that was uploaded, by its key."""
    return stored(b"%PDF-1.7 kwitansi", "kwitansi.pdf")


def refused(act: Callable[..., Any], *args: Any, **kwargs: Any) -> PortalError:
    """What the verb refuses; nothing was written."""
    before = _books()
    with pytest.raises(PortalError) as refusal:
        act(*args, **kwargs)
    db.session.rollback()
    assert _books() == before
    return refusal.value


def _books() -> dict[str, list[str]]:
    rows = dump()
    return {name: rows[name] for name in (*BOOKS, "case_event", "number_series")}
