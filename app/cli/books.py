"""What `siaga check` asks of the two books: that neither was changed, shortened or written anew."""

from collections.abc import Iterable, Iterator
from itertools import groupby
from typing import Any

from sqlalchemy import select

from app.audit import heads
from app.audit.heads import Head, KeptHead
from app.audit.services import CaseDigest
from app.audit.verification import AuditReading
from app.cases.models import CaseEvent
from app.cases.services.events import as_link
from app.core import chain
from app.core.operations.check import Check, Note
from app.core.seals import SealVerifier
from app.extensions import db

NAME = "books"


def verify_books(printed: Iterable[Head] = ()) -> Iterator[str]:
    """Yield what is wrong with the books, and what cannot be proved (`Note`).

    Each book is read once. `printed` are heads that the office kept on paper.
    """
    audit = AuditReading([*heads.kept_heads(), *map(_as_kept, printed)])
    yield from audit.faults()
    yield from CaseBooks(audit).faults()
    yield from map(Note, audit.notes())


def check_with(printed: Iterable[Head]) -> Check:
    """Return the check of the books that also wants these heads."""
    return Check(NAME, lambda: verify_books(printed))


def _as_kept(head: Head) -> KeptHead:
    book, _head = heads.current_head()
    return KeptHead(book or "", heads.database_address(db.engine.url), head)


class CaseBooks:
    """One reading of all case books, held against what the audit book vouches for."""

    def __init__(self, audit: AuditReading) -> None:
        self._audit = audit
        self._covered_id: int = (audit.digest or {}).get("event_id") or 0
        """The last event that the digest covers."""
        self._covered = CaseDigest()
        self._unvouched: dict[int, str] = {}
        """Case -> its last hash, where the audit book says another one, or nothing."""
        self._emptied: list[tuple[int, int]] = []
        """Case and id of erased events."""

    def faults(self) -> Iterator[str]:
        """Read the books and tell what is wrong with them."""
        events: Any = select(CaseEvent.__table__).order_by(CaseEvent.case_id, CaseEvent.id)
        rows: Iterable[Any] = db.session.execute(events.execution_options(yield_per=500))
        for case_id, rows_of_case in groupby(rows, lambda event: event.case_id):
            book = CaseBook(rows_of_case, self._audit.seals, self._covered_id)
            yield from (f"case {case_id}: {fault}" for fault in book.faults())
            self._compare(case_id, book)
        later = self._audit.read_later()  # what was written while we read
        for case_id, last_hash in self._unvouched.items():
            if last_hash not in later:
                yield f"case {case_id}: its last event is not the one that the audit vouches for"
        yield from (f"case {case_id}: its events are gone" for case_id in self._audit.vouched)
        yield from self._digest_faults()
        for case_id, event_id in self._emptied:
            if (CaseEvent.__tablename__, event_id) not in self._audit.erased:
                yield f"case {case_id}: event {event_id} was erased, and no line of the audit says why"

    def _compare(self, case_id: int, book: "CaseBook") -> None:
        self._emptied += [(case_id, event_id) for event_id in book.emptied]
        if book.covered_hash is not None:
            self._covered.add(case_id, book.covered_hash)
        vouched = self._audit.vouched.pop(case_id, book.covered_hash)
        if vouched != book.last_hash:
            self._unvouched[case_id] = book.last_hash

    def _digest_faults(self) -> Iterator[str]:
        wanted = self._audit.digest
        if wanted is not None and wanted["digest"] != self._covered.hexdigest():
            yield (
                f"the events up to {self._covered_id}, of {self._covered.cases} cases, are not those that "
                f"were sealed, of {wanted['cases']} cases"
            )


class CaseBook:
    """The events of one case."""

    def __init__(self, rows: Iterable[Any], seals: SealVerifier, covered_id: int) -> None:
        self._rows, self._seals, self._covered_id = rows, seals, covered_id
        self.covered_hash: str | None = None
        """Of the last event that the digest covers."""
        self.last_hash = chain.GENESIS
        self.emptied: list[int] = []
        self._unsealed: int | None = None
        """The first event whose seal is wrong or missing."""
        self._is_sealed = False

    def faults(self) -> Iterator[str]:
        """Read the book and tell what is wrong with it."""
        links = self._links()
        broken = chain.verify(links)
        for _rest in links:
            pass
        if broken is not None:
            yield f"the chain of events breaks at event {broken}"
        if self._unsealed is not None:
            yield f"the seal of event {self._unsealed} is wrong"

    def _links(self) -> Iterator[chain.Link]:
        for row in self._rows:
            self.last_hash = row.hash
            if row.id <= self._covered_id:
                self.covered_hash = row.hash
            if row.erased_at is not None:
                self.emptied.append(row.id)
            is_whole = self._seals.is_valid(row) and not (self._is_sealed and row.key_id is None)
            self._is_sealed = row.key_id is not None
            if not is_whole and self._unsealed is None:
                self._unsealed = row.id
            yield as_link(row)
