"""Helpers shared by the tests of cases."""

from collections.abc import Callable
from typing import TypeVar

from sqlalchemy import func, select

from app.extensions import db
from tests.support.client import PortalClient

T = TypeVar("T")

AsUser = Callable[[str], PortalClient]


def count_rows(model: type) -> int:
    return db.session.scalar(select(func.count()).select_from(model)) or 0


def reload(record: T) -> T:
    db.session.expire_all()
    return record
