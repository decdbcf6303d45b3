"""Forms that are sent twice, and forms whose sender had to log in again.

A `form_receipt` says that a form's key has been used and which record it made, so that a double click
saves once, also without JavaScript. A `form_draft` keeps, for one user and one path, what was typed; nobody
else ever reads it.
"""

import hashlib
import json
from collections.abc import Mapping, Sequence
from datetime import datetime

from flask_babel import lazy_gettext as _l
from sqlalchemy import ForeignKey, func, select
from sqlalchemy.orm import Mapped, mapped_column

from app.admin.drafts import EXCLUDED_FIELDS
from app.core import clock
from app.core.actor import Actor
from app.core.errors import PortalError
from app.db.model import Base
from app.db.types import Line
from app.extensions import db

FORM_KEY_LENGTH = 43


KEY_USED_MESSAGE = _l("Something else was saved with this form. Check it and save again.")


class FormReceipt(Base):
    """The key of a form that has been saved, and the record it made."""

    __tablename__ = "form_receipt"
    __constraint_messages__ = {"pk_form_receipt": (None, KEY_USED_MESSAGE)}

    form_key: Mapped[str] = mapped_column(Line(FORM_KEY_LENGTH), primary_key=True)
    user_id: Mapped[int | None] = mapped_column(ForeignKey("ab_user.id", ondelete="RESTRICT"))
    entity: Mapped[str] = mapped_column(Line(60))
    entity_id: Mapped[int]
    typed_hash: Mapped[str | None] = mapped_column(Line(64))
    """What was typed: the same key with other words is no double click, and must not be swallowed."""
    saved_at: Mapped[datetime] = mapped_column(default=clock.now)


def find_receipt(form_key: str, *, entity: str, by: Actor) -> FormReceipt | None:
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
    if is_key_used(form_key):
        raise PortalError(KEY_USED_MESSAGE)


def is_key_used(form_key: str) -> bool:
    """Return whether any form of anybody was saved with this key."""
    return db.session.scalar(select(FormReceipt.form_key).where(FormReceipt.form_key == form_key)) is not None


def save_receipt(form_key: str, *, entity: str, entity_id: int, typed_hash: str, by: Actor) -> None:
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


def hash_fields(fields: Mapping[str, Sequence[str]]) -> str:
    """A fingerprint of what was typed, whatever token the page carried."""
    typed = sorted((name, list(values)) for name, values in fields.items() if name not in EXCLUDED_FIELDS)
    return hashlib.sha256(json.dumps(typed).encode()).hexdigest()
