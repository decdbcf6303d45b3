"""The book of one invented case: what happens in it, in order, chained as the verbs chain it."""

from datetime import datetime, timedelta
from typing import Any

from app.core import chain
from app.synthetic.loading import Row
from app.synthetic.world import PORTAL, Person, World


class Book:
    """A case, and the moment at which its story stands; nothing is written of what is still to come."""

    def __init__(self, world: World, case: dict[str, Any], worker: Person) -> None:
        self.world, self.case, self.worker = world, case, worker
        self.moment: datetime = case["opened_at"]
        self.waits = False
        """Whether the next step lies ahead of us: the story ends there, and the case stays open."""
        self.events = 0
        self.consent_id: int | None = None
        """The client's consent to share data with partners, once it was given."""
        self._last_hash = chain.GENESIS

    def later(self, fewest: float, most: float) -> bool:
        """Let a time between so many hours pass; false: it is not over yet."""
        return self.until(self.moment + timedelta(hours=self.world.chance.uniform(fewest, most)))

    def until(self, moment: datetime) -> bool:
        """Go on at that moment; false: it has not come yet."""
        self.waits = moment > self.world.now
        if not self.waits:
            self.moment = moment
        return not self.waits

    def entry(self, table: str, by: Person | None = None, **fields: Any) -> int:
        """Keep a row of the case, made now; gives its id."""
        return self.world.row(table, self.moment, by or self.worker, case_id=self.case["id"], **fields)

    def event(
        self,
        kind: str,
        source: str,
        source_id: int,
        *,
        by: Person | None = None,
        why: str | None = None,
        **data: Any,
    ) -> None:
        """Write down what happened now, as `cases.services.record` does; `why` is kept beside the book."""
        by = by or self.worker
        salt = f"{self.world.chance.getrandbits(128):032x}"
        fields: Row = {
            "case_id": self.case["id"],
            "kind": kind,
            "occurred_at": self.moment,
            "recorded_at": self.moment,
            "actor_id": by.id,
            "actor_name": by.name,
            "actor_kind": "system" if by is PORTAL else "user",
            "source": source,
            "source_id": source_id,
            "corrects_id": None,
        }
        data_hash = chain.digest(data, salt)
        prev_hash, self._last_hash = self._last_hash, chain.link(self._last_hash, fields, data_hash)
        key = self.world.loading.next_id("case_event")
        book = {"id": key, "data": chain.canonical(data).decode(), "salt": salt, "data_hash": data_hash}
        hashes = {"prev_hash": prev_hash, "hash": self._last_hash}
        self.world.loading.add("case_event", {**fields, **book, **hashes})
        self.events += 1
        if why is not None:
            self.world.row("case_reason", self.moment, by, event_id=key, text=why)
