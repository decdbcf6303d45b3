"""Shared query helpers."""

from typing import Any

from sqlalchemy import Select, func

from app.extensions import db


def first_and_count(query: Select[Any], limit: int) -> tuple[int, list[Any]]:
    """Return the total number of records of an ordered query and its first `limit` ones, in one query."""
    rows = db.session.execute(query.add_columns(func.count().over()).limit(limit)).all()
    return (rows[0][-1] if rows else 0), [row[0] for row in rows]
