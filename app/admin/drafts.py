"""Drafts: unsaved input of one user on one path; nobody else ever reads it."""

from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import ForeignKey, UniqueConstraint, delete, select
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.orm import Mapped, mapped_column

from app.core import clock
from app.db.model import Base
from app.db.types import Line, PlainJSON
from app.extensions import db

DRAFT_PATH_LENGTH = 200


DRAFT_LIFETIME = timedelta(days=30)


EXCLUDED_FIELDS = (
    "csrf_token",
    "password",
    "passwd",
    "old_password",
    "new_password",
    "conf_password",
    "form_key",
    "then",
    "again",
)


class FormDraft(Base):
    """Unsaved input; at most one draft per user and path."""

    __tablename__ = "form_draft"
    __table_args__ = (UniqueConstraint("user_id", "path"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    user_id: Mapped[int] = mapped_column(ForeignKey("ab_user.id", ondelete="RESTRICT"))
    path: Mapped[str] = mapped_column(Line(DRAFT_PATH_LENGTH))
    fields: Mapped[dict[str, list[str]]] = mapped_column(PlainJSON)
    saved_at: Mapped[datetime] = mapped_column(default=clock.now)


def save_draft(user_id: int, path: str, fields: Mapping[str, Sequence[str]]) -> FormDraft:
    """Store the input as the draft of `path`, replacing an older one; without passwords and keys.

    Also deletes the outdated drafts of all users.
    """
    stored_fields = {
        _storable(name): [_storable(value) for value in values]
        for name, values in fields.items()
        if name not in EXCLUDED_FIELDS
    }
    path = path[:DRAFT_PATH_LENGTH]  # an id may have any number of leading zeros
    db.session.execute(delete(FormDraft).where(FormDraft.saved_at < clock.now() - DRAFT_LIFETIME))
    values = {"fields": stored_fields, "saved_at": clock.now()}
    insert = sqlite.insert if db.engine.dialect.name == "sqlite" else postgresql.insert
    db.session.execute(  # one upsert: the same form may be open in two tabs
        insert(FormDraft)
        .values(user_id=user_id, path=path, **values)
        .on_conflict_do_update(index_elements=["user_id", "path"], set_=values)
    )
    draft_query = select(FormDraft).filter_by(user_id=user_id, path=path)
    return db.session.scalars(draft_query.execution_options(populate_existing=True)).one()


def _storable(text: str) -> str:
    """Replace NUL, which PostgreSQL cannot store; the form refuses the replacement when it is sent."""
    return text.replace("\0", "\N{REPLACEMENT CHARACTER}")


def find_draft(user_id: int, path: str) -> FormDraft | None:
    """Return the user's draft of this path, or None if there is none newer than `DRAFT_LIFETIME`."""
    draft: FormDraft | None = db.session.scalar(
        select(FormDraft).where(
            FormDraft.user_id == user_id,
            FormDraft.path == path[:DRAFT_PATH_LENGTH],
            FormDraft.saved_at >= clock.now() - DRAFT_LIFETIME,
        )
    )
    return draft


def discard_draft(user_id: int | None, path: str) -> None:
    """Delete the draft: it was saved, or its user discarded it."""
    path_condition = FormDraft.path == path[:DRAFT_PATH_LENGTH]
    db.session.execute(delete(FormDraft).where(FormDraft.user_id == user_id, path_condition))


def list_form_fields(draft: FormDraft) -> list[tuple[str, Any]]:
    """Return the draft as (name, value) pairs, like a browser sends them."""
    return [(name, value) for name, values in draft.fields.items() for value in values]
