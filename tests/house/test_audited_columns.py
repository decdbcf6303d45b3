"""Text columns about a client or case are marked personal: audit entries leave out their values."""

from typing import Any

from flask import Flask

from app.db.model import Entity
from app.db.types import Line
from app.extensions import Model

ISSUED_NUMBERS = {"number", "letter_number", "handover_number", "system_number", "evidence_number"}
"""Numbers that the portal assigns, and receipt numbers."""
PORTAL_VALUES = {"sha256", "text_version", "field"}


def test_every_text_column_about_a_client_or_case_is_marked_personal(shared_app: Flask) -> None:
    models = [mapper for mapper in Model.registry.mappers if issubclass(mapper.class_, Entity)]
    client_tables = {"case_file", "client", "household", "incoming_report"}
    for _again in models:
        client_tables |= {
            one.local_table.name for one in models if _refers_to(one.local_table, client_tables)
        }
    unmarked = {
        f"{one.local_table.name}.{column.name}"
        for one in models
        if one.local_table.name in client_tables
        for column in one.local_table.columns
        if isinstance(column.type, Line) and not column.info.get("personal")
        if column.name not in ISSUED_NUMBERS | PORTAL_VALUES
    }
    assert unmarked == set()


def _refers_to(table: Any, names: set[str]) -> bool:
    return any(key.column.table.name in names for column in table.columns for key in column.foreign_keys)
