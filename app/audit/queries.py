"""What papers ask of the book."""

from sqlalchemy import select

from app.audit.models import AuditEntry
from app.extensions import db


def entries_about(table: str, key: int, most: int) -> list[AuditEntry]:
    """Give the lines about one record, the newest first, by the index of entity and id."""
    query = select(AuditEntry).where(AuditEntry.entity == table, AuditEntry.entity_id == key)
    return list(db.session.scalars(query.order_by(AuditEntry.id.desc()).limit(most)))
