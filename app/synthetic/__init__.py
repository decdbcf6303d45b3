"""Invented data at scale: an office of a million clients, to measure and to break the portal with."""

import random

from tqdm import tqdm

from app.core import clock
from app.extensions import db
from app.synthetic.loading import Loading
from app.synthetic.people import Town
from app.synthetic.staff import peksos
from app.synthetic.work import Office

CHUNK = 2_000
"""Clients in one transaction: memory stays bounded, whatever the number."""


def synthesize(clients: int, seed: int) -> None:
    """Fill a database that has no clients; the same seed gives the same people on the same day.

    Written past the verbs, in bulk, by rows that the verbs would have written: `siaga check` finds nothing.
    A run that is broken off leaves what was written: every chunk is one transaction.
    """
    workers = peksos(clients)
    db.session.rollback()
    chance = random.Random(seed)  # noqa: S311  invented people must repeat themselves
    with Loading() as loading:
        town = Town(chance, loading, clock.today())
        office = Office(chance, loading, workers, clock.now())
        with tqdm(total=clients, desc="synthesize", unit="client", disable=None) as progress:
            for start in range(0, clients, CHUNK):
                chunk = range(start, min(start + CHUNK, clients))
                for number in chunk:
                    client_id, since = town.client(number, of=clients)
                    office.work_for(client_id, since)
                loading.write()
                progress.update(len(chunk))
        office.close_books()
