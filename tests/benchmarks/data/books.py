"""Case events of the copies: each copy's hash chain is computed and sealed anew."""

import json
from collections.abc import Iterable, Iterator, Mapping
from datetime import datetime, timedelta
from hashlib import sha256
from typing import Any, NamedTuple

from app.cases.services.events import HASHED_FIELDS
from app.core import hash_chain
from app.core.seals import get_book_key
from tests.benchmarks.data.copying import Copy, Row, Spread, shifted_day, shifted_instant
from tests.benchmarks.data.values import renumbered

KEYS = {
    "client_id": "client",
    "consent_id": "consent",
    "disclosure_id": "referral_disclosure",
    "partner_id": "partner",
    "previous_id": "referral",
}
"""Field of a payload -> table that it references."""
VARYING = {*KEYS, "assignee_id", "number", "due_on", "completed_on", "due_at"}
"""Fields of a payload that differ between copies."""
MARKS = {"case_id": -1, "actor_id": -2, "source_id": -3, "actor_name": "@name", "at": "@at"}
"""Placeholders in the canonical form for the values that differ between the copies of an event."""


class Event(NamedTuple):
    """Event of the template, preprocessed: hashing events takes most of the time of filling an office."""

    row: Row
    moment: datetime
    canonical: str
    """%-pattern of the hashed text, with the names of `MARKS`."""
    payload: dict[str, Any]
    is_varying: bool


class Books:
    """Copies case events and chains their hashes."""

    def __init__(self, spreads: Mapping[str, Spread], names: Mapping[int | None, str]) -> None:
        self._spreads, self.names = spreads, names
        self._copies = spreads["client"].copies
        self._key = get_book_key()
        self._prepared: dict[int, Event] = {}

    def copy(self, rows: Iterable[Row], copy: Copy, disclosures: Mapping[int, str]) -> Iterator[Row]:
        """Yield the events of one client in a copy, each chained to the previous one of its case.

        `disclosures`: id of a disclosure in the template -> hash of the copy's disclosure.
        """
        last: dict[int, str] = {}
        shift = timedelta(days=copy.days, seconds=copy.seconds)
        spreads, number = self._spreads, copy.number
        for row in rows:
            event = self._event(row)
            actor, source = copy.users[row["actor_id"]], spreads.get(row["source"])
            own = {
                "id": spreads["case_event"].of(row["id"], number),
                "case_id": spreads["case_file"].of(row["case_id"], number),
                "actor_id": actor,
                "actor_name": self.names.get(actor, row["actor_name"]),
                "source_id": row["source_id"] if source is None else source.of(row["source_id"], number),
            }
            payload = self._payload(event.payload, copy, disclosures) if event.is_varying else None
            previous = last.get(row["case_id"], hash_chain.GENESIS)
            made = self._chained(event, own, event.moment + shift, payload, previous)
            last[row["case_id"]] = made["hash"]
            yield made

    def repeat(self, row: Row, own: Row, moment: datetime, prev_hash: str) -> Row:
        """Return a copy of the event with other keys and another time; its payload stays the same."""
        return self._chained(self._event(row), own, moment, None, prev_hash)

    def _chained(
        self, event: Event, own: Row, moment: datetime, payload: Mapping[str, Any] | None, prev_hash: str
    ) -> Row:
        at = moment.isoformat(" ", "microseconds")
        data, data_hash = event.row["data"], event.row["data_hash"]
        if payload is not None:
            written = hash_chain.to_canonical_json(payload)
            data, data_hash = written.decode(), sha256(event.row["salt"].encode() + written).hexdigest()
        actor = "null" if own["actor_id"] is None else own["actor_id"]
        covered = event.canonical % (own | {"actor_id": actor, "at": f"{at[:10]}T{at[11:]}+00:00"})
        row_hash = sha256(f"{prev_hash}{covered}{data_hash}".encode()).hexdigest()
        return {
            **event.row,
            **own,
            "occurred_at": at,
            "recorded_at": at,
            "data": data,
            "data_hash": data_hash,
            "prev_hash": prev_hash,
            "hash": row_hash,
            "seal": self._key.seal(row_hash),
            "key_id": self._key.id,
        }

    def _event(self, row: Row) -> Event:
        known = self._prepared.get(row["id"])
        if known is None:
            if row["occurred_at"] != row["recorded_at"] or row["corrects_id"] is not None:
                raise ValueError("stories tell what happens now, and correct nothing")
            marked = row | MARKS | {"occurred_at": MARKS["at"], "recorded_at": MARKS["at"]}
            text = (
                hash_chain.to_canonical_json({name: marked[name] for name in HASHED_FIELDS})
                .decode()
                .replace("%", "%%")
            )
            for name, mark in MARKS.items():
                text = text.replace(str(mark), f"%({name})s")
            payload = json.loads(row["data"])
            known = Event(
                row, datetime.fromisoformat(row["recorded_at"]), text, payload, bool(payload.keys() & VARYING)
            )
            self._prepared[row["id"]] = known
        return known

    def _payload(self, known: dict[str, Any], copy: Copy, disclosures: Mapping[int, str]) -> dict[str, Any]:
        data = dict(known)
        for name, value in known.items():
            if value is None or name not in VARYING:
                continue
            if name in KEYS:
                data[name] = self._spreads[KEYS[name]].of(value, copy.number)
            else:
                data[name] = self._moved(name, value, copy)
        if "disclosure_id" in known:
            data["disclosure_hash"] = disclosures[known["disclosure_id"]]
        return data

    def _moved(self, name: str, value: Any, copy: Copy) -> Any:
        if name == "assignee_id":
            return copy.users[value]
        if name == "number":
            return renumbered(value, self._copies, copy.number)
        if name == "due_at":
            moved = shifted_instant(value[:26].replace("T", " "), copy)
            return f"{moved.replace(' ', 'T')}+00:00"
        return shifted_day(value, copy)
