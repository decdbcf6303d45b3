"""Checks of the two books for `siaga check`: neither was changed, shortened or rewritten."""

from collections.abc import Iterable, Iterator
from itertools import groupby
from typing import Any

from sqlalchemy import select

from app.audit.services import heads
from app.audit.services.audit_book import CaseDigest
from app.audit.services.heads import BookHead, SavedHead
from app.audit.services.verification import AuditBookCheck
from app.cases.models.event import CaseEvent
from app.cases.services.events import build_chain_link
from app.core import hash_chain
from app.core.seals import SealVerifier
from app.extensions import db
from app.operations.check import Check, Note

CHECK_NAME = "books"


def verify_books(printed_heads: Iterable[BookHead] = ()) -> Iterator[str]:
    """Yield the faults of the books, and a `Note` for what cannot be verified.

    Each book is read once. `printed_heads` are heads that the office kept on paper.
    """
    audit_check = AuditBookCheck([*heads.read_saved_heads(), *map(_to_saved_head, printed_heads)])
    yield from audit_check.find_faults()
    yield from CaseBooksCheck(audit_check).find_faults()
    yield from map(Note, audit_check.list_notes())


def build_books_check(printed_heads: Iterable[BookHead]) -> Check:
    """Return the check of the books with heads that must be part of the audit book."""
    return Check(CHECK_NAME, lambda: verify_books(printed_heads))


def _to_saved_head(head: BookHead) -> SavedHead:
    book, _head = heads.get_current_head()
    return SavedHead(book or "", heads.get_database_address(db.engine.url), head)


class CaseBooksCheck:
    """Verification of all case books against the hashes that the audit book contains."""

    def __init__(self, audit: AuditBookCheck) -> None:
        self._audit = audit
        self._covered_id: int = (audit.digest or {}).get("event_id") or 0
        """Id of the last event that the digest covers."""
        self._covered_digest = CaseDigest()
        self._mismatched_hashes: dict[int, str] = {}
        """Case id -> hash of its last event, if the audit book has another hash or none."""
        self._erased_events: list[tuple[int, int]] = []
        """(case id, event id) of erased events."""

    def find_faults(self) -> Iterator[str]:
        """Read all case books once and yield their faults."""
        events: Any = select(CaseEvent.__table__).order_by(CaseEvent.case_id, CaseEvent.id)
        rows: Iterable[Any] = db.session.execute(events.execution_options(yield_per=500))
        for case_id, rows_of_case in groupby(rows, lambda event: event.case_id):
            book = CaseBookCheck(rows_of_case, self._audit.seals, self._covered_id)
            yield from (f"case {case_id}: {fault}" for fault in book.find_faults())
            self._compare_book(case_id, book)
        new_entries = self._audit.read_new_entries()  # entries written during this check
        for case_id, last_hash in self._mismatched_hashes.items():
            if last_hash not in new_entries:
                yield f"case {case_id}: its last event is not the one that the audit vouches for"
        yield from (f"case {case_id}: its events are gone" for case_id in self._audit.latest_case_hashes)
        yield from self._find_digest_faults()
        for case_id, event_id in self._erased_events:
            if (CaseEvent.__tablename__, event_id) not in self._audit.erased_rows:
                yield f"case {case_id}: event {event_id} was erased, and no line of the audit says why"

    def _compare_book(self, case_id: int, book: "CaseBookCheck") -> None:
        self._erased_events += [(case_id, event_id) for event_id in book.erased_ids]
        if book.covered_hash is not None:
            self._covered_digest.add(case_id, book.covered_hash)
        expected_hash = self._audit.latest_case_hashes.pop(case_id, book.covered_hash)
        if expected_hash != book.last_hash:
            self._mismatched_hashes[case_id] = book.last_hash

    def _find_digest_faults(self) -> Iterator[str]:
        expected = self._audit.digest
        if expected is not None and expected["digest"] != self._covered_digest.hexdigest():
            yield (
                f"the events up to {self._covered_id}, of {self._covered_digest.case_count} cases, are not "
                f"those that were sealed, of {expected['cases']} cases"
            )


class CaseBookCheck:
    """Verification of the hash chain and the seals of one case's events."""

    def __init__(self, rows: Iterable[Any], seals: SealVerifier, covered_id: int) -> None:
        self._rows, self._seals, self._covered_id = rows, seals, covered_id
        self.covered_hash: str | None = None
        """Hash of the last event that the digest covers."""
        self.last_hash = hash_chain.GENESIS
        self.erased_ids: list[int] = []
        self._first_unsealed_id: int | None = None
        """Id of the first event whose seal is wrong or missing."""
        self._is_sealed = False

    def find_faults(self) -> Iterator[str]:
        """Read the case's events once and yield their faults."""
        chain_rows = self._iter_chain_rows()
        broken_id = hash_chain.find_broken_row(chain_rows)
        for _row in chain_rows:
            pass
        if broken_id is not None:
            yield f"the chain of events breaks at event {broken_id}"
        if self._first_unsealed_id is not None:
            yield f"the seal of event {self._first_unsealed_id} is wrong"

    def _iter_chain_rows(self) -> Iterator[hash_chain.ChainRow]:
        for row in self._rows:
            self.last_hash = row.hash
            if row.id <= self._covered_id:
                self.covered_hash = row.hash
            if row.erased_at is not None:
                self.erased_ids.append(row.id)
            is_seal_valid = self._seals.is_valid(row) and not (self._is_sealed and row.key_id is None)
            self._is_sealed = row.key_id is not None
            if not is_seal_valid and self._first_unsealed_id is None:
                self._first_unsealed_id = row.id
            yield build_chain_link(row)
