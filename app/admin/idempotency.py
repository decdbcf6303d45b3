"""Idempotency keys of forms.

A `form_receipt` records that the key of a form has been used and which record it created, so that a double
click saves once, also without JavaScript.
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
    """Key of a form that has been saved, and the record it created."""

    __tablename__ = "form_receipt"
    __constraint_messages__ = {"pk_form_receipt": (None, KEY_USED_MESSAGE)}

    form_key: Mapped[str] = mapped_column(Line(FORM_KEY_LENGTH), primary_key=True)
    user_id: Mapped[int | None] = mapped_column(ForeignKey("ab_user.id", ondelete="RESTRICT"))
    entity: Mapped[str] = mapped_column(Line(60))
    entity_id: Mapped[int]
    typed_hash: Mapped[str | None] = mapped_column(Line(64))
    """Hash of the input: the same key with other input is no double click and must not be ignored."""
    saved_at: Mapped[datetime] = mapped_column(default=clock.now)


def find_receipt(form_key: str, *, entity: str, by: Actor) -> FormReceipt | None:
    """Return the receipt if this user has saved this form before, else None."""
    receipt: FormReceipt | None = db.session.scalar(
        select(FormReceipt).where(
            FormReceipt.form_key == form_key,
            FormReceipt.entity == entity,
            FormReceipt.user_id == by.actor_id,
        )
    )
    return receipt


def claim_key(form_key: str) -> None:
    """Raise PortalError if the key has been used, before the service checks the input.

    A second click waits here until the first has saved: by an advisory lock on PostgreSQL; SQLite has one
    writer anyway. A check after the service would undo what the service wrote, and the user would see the
    service's error about the record just saved.
    """
    if db.engine.dialect.name == "postgresql":
        db.session.execute(select(func.pg_advisory_xact_lock(func.hashtextextended(form_key, 1))))
    if is_key_used(form_key):
        raise PortalError(KEY_USED_MESSAGE)


def is_key_used(form_key: str) -> bool:
    """Return whether any user has saved any form with this key."""
    return db.session.scalar(select(FormReceipt.form_key).where(FormReceipt.form_key == form_key)) is not None


def save_receipt(form_key: str, *, entity: str, entity_id: int, typed_hash: str, by: Actor) -> None:
    """Store the receipt in the transaction that creates the record."""
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
    """Return the SHA-256 hash of the input without tokens and other `EXCLUDED_FIELDS`."""
    sorted_fields = sorted(
        (name, list(values)) for name, values in fields.items() if name not in EXCLUDED_FIELDS
    )
    return hashlib.sha256(json.dumps(sorted_fields).encode()).hexdigest()
