"""The first few of what waits, and how many there are: one question instead of two."""

from typing import Any

from sqlalchemy import Select, func

from app.extensions import db


def first_and_count(query: Select[Any], limit: int) -> tuple[int, list[Any]]:
    """Count what an ordered query for records finds, and give its first ones."""
    rows = db.session.execute(query.add_columns(func.count().over()).limit(limit)).all()
    return (rows[0][-1] if rows else 0), [row[0] for row in rows]
