"""Invented data at scale: an office of a million clients, to measure and to break the portal with."""

import random

from tqdm import tqdm

from app.audit.services import seal_books
from app.core import clock
from app.core.actor import SYSTEM
from app.core.unit import unit
from app.extensions import db
from app.synthetic.loading import Loading
from app.synthetic.network import Network
from app.synthetic.people import Town
from app.synthetic.pots import Pots
from app.synthetic.staff import administrator, peksos
from app.synthetic.work import Office
from app.synthetic.world import World

CHUNK = 2_000
"""Clients in one transaction: memory stays bounded, whatever the number."""


def synthesize(clients: int, seed: int) -> None:
    """Fill a database that has no clients; the same seed gives the same people on the same day.

    Written past the verbs, in bulk, by rows that the verbs would have written, and what is still to come was
    not written: so few referrals, proposals and follow-ups wait, all of them of the last days, and `siaga
    check` finds nothing. Left out is the audit of it all, which no page of the work reads: its book begins
    with what people do to the invented office. A run that is broken off leaves a part that nobody can work
    in: begin anew with an empty database.
    """
    workers, admin = peksos(clients), administrator()
    db.session.rollback()
    chance = random.Random(seed)  # noqa: S311  invented people must repeat themselves
    with Loading() as loading:
        world = World(chance, loading, clock.now(), workers, admin, clients)
        town, network, pots = Town(world), Network(world), Pots(world)
        office = Office(world, network, pots)
        with tqdm(total=clients, desc="synthesize", unit="client", disable=None) as progress:
            for start in range(0, clients, CHUNK):
                chunk = range(start, min(start + CHUNK, clients))
                for number in chunk:
                    client_id, since = town.client(number)
                    if number == 0:
                        office.work_longest_for(client_id, since)
                    office.work_for(client_id, since)
                loading.write()
                progress.update(len(chunk))
        world.close_books()
    with unit(by=SYSTEM) as session:
        seal_books(session, by=SYSTEM)  # the events were written past the session that would vouch for them
