"""What `siaga check` asks of the two books: that neither was changed, shortened or written anew."""

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
    """Yield what is wrong with the books, and what cannot be proved (`Note`).

    Each book is read once. `printed` are heads that the office kept on paper.
    """
    audit = AuditBookCheck([*heads.read_saved_heads(), *map(_to_saved_head, printed_heads)])
    yield from audit.find_faults()
    yield from CaseBooksCheck(audit).find_faults()
    yield from map(Note, audit.list_notes())


def build_books_check(printed_heads: Iterable[BookHead]) -> Check:
    """Return the check of the books that also wants these heads."""
    return Check(CHECK_NAME, lambda: verify_books(printed_heads))


def _to_saved_head(head: BookHead) -> SavedHead:
    book, _head = heads.get_current_head()
    return SavedHead(book or "", heads.get_database_address(db.engine.url), head)


class CaseBooksCheck:
    """One reading of all case books, held against what the audit book vouches for."""

    def __init__(self, audit: AuditBookCheck) -> None:
        self._audit = audit
        self._covered_id: int = (audit.digest or {}).get("event_id") or 0
        """The last event that the digest covers."""
        self._covered_digest = CaseDigest()
        self._mismatched_hashes: dict[int, str] = {}
        """Case -> its last hash, where the audit book says another one, or nothing."""
        self._erased_events: list[tuple[int, int]] = []
        """Case and id of erased events."""

    def find_faults(self) -> Iterator[str]:
        """Read the books and tell what is wrong with them."""
        events: Any = select(CaseEvent.__table__).order_by(CaseEvent.case_id, CaseEvent.id)
        rows: Iterable[Any] = db.session.execute(events.execution_options(yield_per=500))
        for case_id, rows_of_case in groupby(rows, lambda event: event.case_id):
            book = CaseBookCheck(rows_of_case, self._audit.seals, self._covered_id)
            yield from (f"case {case_id}: {fault}" for fault in book.find_faults())
            self._compare_book(case_id, book)
        later = self._audit.read_new_entries()  # what was written while we read
        for case_id, last_hash in self._mismatched_hashes.items():
            if last_hash not in later:
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
        vouched = self._audit.latest_case_hashes.pop(case_id, book.covered_hash)
        if vouched != book.last_hash:
            self._mismatched_hashes[case_id] = book.last_hash

    def _find_digest_faults(self) -> Iterator[str]:
        wanted = self._audit.digest
        if wanted is not None and wanted["digest"] != self._covered_digest.hexdigest():
            yield (
                f"the events up to {self._covered_id}, of {self._covered_digest.case_count} cases, are not "
                f"those that were sealed, of {wanted['cases']} cases"
            )


class CaseBookCheck:
    """The events of one case."""

    def __init__(self, rows: Iterable[Any], seals: SealVerifier, covered_id: int) -> None:
        self._rows, self._seals, self._covered_id = rows, seals, covered_id
        self.covered_hash: str | None = None
        """Of the last event that the digest covers."""
        self.last_hash = hash_chain.GENESIS
        self.erased_ids: list[int] = []
        self._first_unsealed_id: int | None = None
        """The first event whose seal is wrong or missing."""
        self._is_sealed = False

    def find_faults(self) -> Iterator[str]:
        """Read the book and tell what is wrong with it."""
        links = self._iter_chain_rows()
        broken = hash_chain.find_broken_row(links)
        for _rest in links:
            pass
        if broken is not None:
            yield f"the chain of events breaks at event {broken}"
        if self._first_unsealed_id is not None:
            yield f"the seal of event {self._first_unsealed_id} is wrong"

    def _iter_chain_rows(self) -> Iterator[hash_chain.ChainRow]:
        for row in self._rows:
            self.last_hash = row.hash
            if row.id <= self._covered_id:
                self.covered_hash = row.hash
            if row.erased_at is not None:
                self.erased_ids.append(row.id)
            is_whole = self._seals.is_valid(row) and not (self._is_sealed and row.key_id is None)
            self._is_sealed = row.key_id is not None
            if not is_whole and self._first_unsealed_id is None:
                self._first_unsealed_id = row.id
            yield build_chain_link(row)
