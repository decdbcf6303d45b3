"""Forms that are sent twice, and forms whose sender had to log in again.

A `form_receipt` says that a form's key has been used and which record it made, so that a double click
saves once, also without JavaScript. A `form_draft` keeps, for one user and one path, what was typed; nobody
else ever reads it.
"""

import hashlib
import json
from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any

from flask_babel import lazy_gettext as _l
from sqlalchemy import ForeignKey, UniqueConstraint, delete, func, select
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.orm import Mapped, mapped_column

from app.core import clock
from app.core.actor import Actor
from app.core.errors import PortalError
from app.core.model import Base
from app.core.types import Line, PlainJSON
from app.extensions import db

KEY_LENGTH = 43
PATH_LENGTH = 200
DRAFT_LIFE = timedelta(days=30)
NEVER_KEPT = (
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


KEY_USED = _l("Something else was saved with this form. Check it and save again.")


class FormReceipt(Base):
    """The key of a form that has been saved, and the record it made."""

    __tablename__ = "form_receipt"
    __constraint_messages__ = {"pk_form_receipt": (None, KEY_USED)}

    form_key: Mapped[str] = mapped_column(Line(KEY_LENGTH), primary_key=True)
    user_id: Mapped[int | None] = mapped_column(ForeignKey("ab_user.id", ondelete="RESTRICT"))
    entity: Mapped[str] = mapped_column(Line(60))
    entity_id: Mapped[int]
    typed_hash: Mapped[str | None] = mapped_column(Line(64))
    """What was typed: the same key with other words is no double click, and must not be swallowed."""
    saved_at: Mapped[datetime] = mapped_column(default=clock.now)


class FormDraft(Base):
    """What a user had typed on one path."""

    __tablename__ = "form_draft"
    __table_args__ = (UniqueConstraint("user_id", "path"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    user_id: Mapped[int] = mapped_column(ForeignKey("ab_user.id", ondelete="RESTRICT"))
    path: Mapped[str] = mapped_column(Line(PATH_LENGTH))
    fields: Mapped[dict[str, list[str]]] = mapped_column(PlainJSON)
    saved_at: Mapped[datetime] = mapped_column(default=clock.now)


def receipt_of(form_key: str, *, entity: str, by: Actor) -> FormReceipt | None:
    """The receipt of this form of this user, if it has been saved before."""
    found: FormReceipt | None = db.session.scalar(
        select(FormReceipt).where(
            FormReceipt.form_key == form_key,
            FormReceipt.entity == entity,
            FormReceipt.user_id == by.actor_id,
        )
    )
    return found


def claim_key(form_key: str) -> None:
    """Refuse a key with which anything was saved, before the verb looks at what was typed.

    Whoever presses twice waits here until the first press has saved; SQLite has one writer anyway. Refused
    only after the verb, a used key would undo what the verb wrote, and answer what it had found.
    """
    if db.engine.dialect.name == "postgresql":
        db.session.execute(select(func.pg_advisory_xact_lock(func.hashtextextended(form_key, 1))))
    if is_used(form_key):
        raise PortalError(KEY_USED)


def is_used(form_key: str) -> bool:
    """Return whether any form of anybody was saved with this key."""
    return db.session.scalar(select(FormReceipt.form_key).where(FormReceipt.form_key == form_key)) is not None


def keep_receipt(form_key: str, *, entity: str, entity_id: int, typed_hash: str, by: Actor) -> None:
    """Note that the form has made its record, in the transaction that made it."""
    db.session.add(
        FormReceipt(
            form_key=form_key,
            user_id=by.actor_id,
            entity=entity,
            entity_id=entity_id,
            typed_hash=typed_hash,
        )
    )
    db.session.flush()


def hash_of(fields: Mapping[str, Sequence[str]]) -> str:
    """A fingerprint of what was typed, whatever token the page carried."""
    typed = sorted((name, list(values)) for name, values in fields.items() if name not in NEVER_KEPT)
    return hashlib.sha256(json.dumps(typed).encode()).hexdigest()


def save_draft(user_id: int, path: str, fields: Mapping[str, Sequence[str]]) -> FormDraft:
    """Keep what was typed on `path` in place of an older draft, without passwords and keys."""
    kept = {
        _storable(name): [_storable(value) for value in values]
        for name, values in fields.items()
        if name not in NEVER_KEPT
    }
    path = path[:PATH_LENGTH]  # a number may be written with zeros without end
    db.session.execute(delete(FormDraft).where(FormDraft.saved_at < clock.now() - DRAFT_LIFE))
    values = {"fields": kept, "saved_at": clock.now()}
    insert = sqlite.insert if db.engine.dialect.name == "sqlite" else postgresql.insert
    db.session.execute(  # in one statement: the same form may be open in two tabs
        insert(FormDraft)
        .values(user_id=user_id, path=path, **values)
        .on_conflict_do_update(index_elements=["user_id", "path"], set_=values)
    )
    draft = select(FormDraft).filter_by(user_id=user_id, path=path)
    return db.session.scalars(draft.execution_options(populate_existing=True)).one()


def _storable(text: str) -> str:
    """Mark the zeros, which PostgreSQL does not keep; the form refuses them when it is sent again."""
    return text.replace("\0", "\N{REPLACEMENT CHARACTER}")


def draft_for(user_id: int, path: str) -> FormDraft | None:
    """The user's draft of this path, not older than thirty days."""
    found: FormDraft | None = db.session.scalar(
        select(FormDraft).where(
            FormDraft.user_id == user_id,
            FormDraft.path == path[:PATH_LENGTH],
            FormDraft.saved_at >= clock.now() - DRAFT_LIFE,
        )
    )
    return found


def discard_draft(user_id: int | None, path: str) -> None:
    """Forget the draft: it was saved, or its user threw it away."""
    there = FormDraft.path == path[:PATH_LENGTH]
    db.session.execute(delete(FormDraft).where(FormDraft.user_id == user_id, there))


def as_form_fields(draft: FormDraft) -> list[tuple[str, Any]]:
    """The draft as (name, value) pairs, the way a browser would send them."""
    return [(name, value) for name, values in draft.fields.items() for value in values]
