"""What `siaga check` finds in the two books."""

from app.cli.books import verify_books
from app.core.operations.check import Note
from app.extensions import db


def findings() -> list[str]:
    """Return the faults, and what cannot be proved (`Note`)."""
    db.session.rollback()
    return list(verify_books())


def faults() -> list[str]:
    """Return what was changed, shortened or written anew."""
    return [finding for finding in findings() if not isinstance(finding, Note)]
