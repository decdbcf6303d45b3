"""Findings of `siaga check` in the two hash-chained books (audit entries and case timeline)."""

from app.extensions import db
from app.operations.book_checks import verify_books
from app.operations.check import Note


def list_findings() -> list[str]:
    """Return all findings: faults, and what cannot be verified (`Note`)."""
    db.session.rollback()
    return list(verify_books())


def list_faults() -> list[str]:
    """Return the faults only: rows that were changed, removed or rewritten."""
    return [finding for finding in list_findings() if not isinstance(finding, Note)]
