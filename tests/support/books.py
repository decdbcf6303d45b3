"""What `siaga check` finds in the two books."""

from app.extensions import db
from app.operations.book_checks import verify_books
from app.operations.check import Note


def list_findings() -> list[str]:
    """Return the faults, and what cannot be proved (`Note`)."""
    db.session.rollback()
    return list(verify_books())


def list_faults() -> list[str]:
    """Return what was changed, shortened or written anew."""
    return [finding for finding in list_findings() if not isinstance(finding, Note)]
