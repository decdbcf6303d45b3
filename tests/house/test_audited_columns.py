"""The audit book repeats no words about a client or a case: its reader may not see them where they stand."""

from typing import Any

from flask import Flask

from app.db.model import Entity
from app.db.types import Line
from app.extensions import Model

ISSUED_NUMBERS = {"number", "letter_number", "handover_number", "system_number", "evidence_number"}
"""Numbers that the portal gives out, and those of receipts."""
PORTAL_VALUES = {"sha256", "text_version", "field"}


def test_every_text_column_about_a_client_or_case_is_marked_personal(shared_app: Flask) -> None:
    models = [mapper for mapper in Model.registry.mappers if issubclass(mapper.class_, Entity)]
    tied = {"case_file", "client", "household", "incoming_report"}
    for _again in models:
        tied |= {one.local_table.name for one in models if _refers_to(one.local_table, tied)}
    told = {
        f"{one.local_table.name}.{column.name}"
        for one in models
        if one.local_table.name in tied
        for column in one.local_table.columns
        if isinstance(column.type, Line) and not column.info.get("personal")
        if column.name not in ISSUED_NUMBERS | PORTAL_VALUES
    }
    assert told == set()


def _refers_to(table: Any, names: set[str]) -> bool:
    return any(key.column.table.name in names for column in table.columns for key in column.foreign_keys)
