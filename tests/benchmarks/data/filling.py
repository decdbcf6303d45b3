"""Fills a database without clients with copies of the template."""

from collections import defaultdict
from collections.abc import Mapping
from pathlib import Path
from tempfile import TemporaryDirectory
from zlib import crc32

from sqlalchemy import Table, select
from tqdm import tqdm

from app.audit.services.audit_book import seal_books
from app.clients.models.client import Client
from app.core import clock
from app.core.actor import SYSTEM
from app.db.transaction import transaction
from app.demo.receipts import upload_receipt
from app.extensions import Model, db
from tests.benchmarks.data import longest
from tests.benchmarks.data.books import Books
from tests.benchmarks.data.copying import Copy, Plan, Row, Spread, staged
from tests.benchmarks.data.loading import Loader
from tests.benchmarks.data.people import People
from tests.benchmarks.data.rows import TemplateRows
from tests.benchmarks.data.setting import WORKERS
from tests.benchmarks.data.shared import CLIENTS_PER_COPY, copies_of, shared_rows
from tests.benchmarks.data.staff import hire_staff
from tests.benchmarks.data.template import template_in
from tests.benchmarks.data.values import Values

TEMPLATE_CLIENTS = 1_000
BLOCK = 5_000
"""Clients per transaction: limits the memory used."""
SECONDS = 3 * 3600
"""Copies are shifted by less than this, so that every step stays within its day."""
EVENTS = "case_event"


def fill(
    clients: int, seed: int = 1, folder: Path | None = None, template_clients: int = TEMPLATE_CLIENTS
) -> None:
    """Fill the prepared database of the application; same seed and same day give the same people.

    `clients` is rounded down to whole copies of a template of `template_clients`. `folder` keeps the
    template; an existing one is reused. An interrupted run leaves an unusable part: start again with an empty
    database.
    """
    if has_clients():
        raise ValueError("the database has clients already")
    template_size = min(clients, template_clients)
    with TemporaryDirectory() as temporary:
        file = template_in(folder or Path(temporary), template_size, seed, clock.now())
        template = TemplateRows(file)
    filling = Filling(template, clients // template_size, seed)
    with Loader() as loader:
        filling.write(loader)
    with transaction(by=SYSTEM) as session:
        seal_books(session, by=SYSTEM)


def has_clients() -> bool:
    """Return whether the database contains a client."""
    found = db.session.scalar(select(Client.id).limit(1)) is not None
    db.session.rollback()
    return found


class Filling:
    """Copies a template into the application's database."""

    def __init__(self, template: TemplateRows, copies: int, seed: int) -> None:
        self._template, self._copies = template, copies
        self._people = People(seed, clock.today())
        self._workers, self._admin = hire_staff(template.clients * copies, WORKERS)
        self._template_workers = tuple(template.users[f"peksos{slot + 1}"] for slot in range(WORKERS))
        self._crews: dict[int, Mapping[int | None, int | None]] = {}
        with transaction(by=SYSTEM):
            self._receipt = upload_receipt()

    def write(self, loader: Loader) -> None:
        """Write shared rows, the copies of all clients, the number series and the longest case."""
        self._plan(loader)
        self._write_shared(loader)
        self._values = Values(self._people, self._template.owners, self._copies, self._workers, self._receipt)
        self._books = Books(self._spreads, self._workers)
        self._stage(loader)
        self._write_clients(loader)
        series = self._template.of["number_series"]
        loader.insert("number_series", [row | {"last": row["last"] * self._copies} for row in series])
        loader.set_sequences()
        longest.write(loader, self._books, self._template)
        loader.set_sequences()

    def _plan(self, loader: Loader) -> None:
        """Determine the ids of shipped rows, and how the keys of each table are spread."""
        clients = self._template.clients * self._copies
        copies = {table.name: self._copies for table in self._template.tables}
        copies |= {name: copies_of(name, clients) for name in CLIENTS_PER_COPY}
        tables = Model.metadata.tables
        self._spreads = {
            name: Spread(loader.max_id(name), number)
            for name, number in copies.items()
            if "id" in tables[name].c
        }
        self._plans = {
            name: Plan(tables[name], self._spreads, self._template_workers, self._admin) for name in copies
        }

    def _write_shared(self, loader: Loader) -> None:
        for name in CLIENTS_PER_COPY:
            number = copies_of(name, self._template.clients * self._copies)
            rows = self._template.of[name]
            made = shared_rows(
                name, rows, self._plans[name], self._crew(0), copies=number, shares=self._copies
            )
            loader.insert(name, list(made))
        loader.commit()

    @property
    def _staged_tables(self) -> list[Table]:
        """Tables whose copied rows differ only in keys, users and dates."""
        own = {*self._values.of, EVENTS}
        return [one for one in self._template.tables if one.name not in own and self._template.of[one.name]]

    def _stage(self, loader: Loader) -> None:
        """Write the rows that the database copies by itself into temporary tables."""
        for table in self._staged_tables:
            name = staged(table.name)
            loader.execute(
                f"CREATE TEMPORARY TABLE {name} AS SELECT *, 0 AS owner FROM {table.name} WHERE 1 = 0"
            )
            loader.insert(name, [row | {"owner": owner} for owner, row in self._template.owned(table.name)])
            loader.execute(f"CREATE INDEX ix_{name} ON {name} (owner)")
        columns = ("owner", "number", "days", "seconds", *(f"worker_{slot}" for slot in range(WORKERS)))
        typed = ", ".join(f"{name} INTEGER" for name in columns)
        loader.execute(f"CREATE TEMPORARY TABLE {staged('copy')} ({typed}, PRIMARY KEY (owner, number))")
        loader.commit()

    def _write_clients(self, loader: Loader) -> None:
        bounds = self._template.bounds(self._plans, clock.today())
        rows = {name: self._template.by_owner(name) for name in (*self._values.of, EVENTS)}
        step = max(1, BLOCK // self._copies)
        with tqdm(total=len(bounds) * self._copies, desc="copies", unit="client", disable=None) as progress:
            for first in range(0, len(bounds), step):
                owners = range(first, min(first + step, len(bounds)))
                copies = [
                    self._copy(owner, number, *bounds[owner])
                    for owner in owners
                    for number in range(self._copies)
                ]
                self._write_block(loader, self._own_rows(rows, copies), copies)
                loader.commit()
                progress.update(len(copies))

    def _own_rows(
        self, rows: Mapping[str, Mapping[int, list[Row]]], copies: list[Copy]
    ) -> dict[str, list[Row]]:
        """Return table -> rows that have values of their own."""
        made: dict[str, list[Row]] = defaultdict(list)
        for copy in copies:
            self._values.begin()
            for name, complete in self._values.of.items():
                for row in rows[name].get(copy.owner, ()):
                    new = self._plans[name].row(row, copy)
                    made[name].append(new | complete(row, new, copy))
            events = rows[EVENTS].get(copy.owner, ())
            made[EVENTS].extend(self._books.copy(events, copy, self._values.disclosure_hashes))
        return made

    def _write_block(self, loader: Loader, own: dict[str, list[Row]], copies: list[Copy]) -> None:
        """Write the given rows and copy the staged ones, parents first."""
        loader.execute(f"DELETE FROM {staged('copy')}")
        loader.insert(staged("copy"), [self._shift(copy) for copy in copies])
        for table in self._template.tables:
            if table.name in own:
                loader.insert(table.name, sorted(own[table.name], key=lambda row: row.get("id", 0)))
            elif table in self._staged_tables:
                plan = self._plans[table.name]
                first, last = copies[0].owner, copies[-1].owner
                loader.execute(plan.insert(first, last, postgresql=loader.is_postgresql))

    def _shift(self, copy: Copy) -> Row:
        shift = {"owner": copy.owner, "number": copy.number, "days": copy.days, "seconds": copy.seconds}
        return shift | {
            f"worker_{slot}": copy.users[user] for slot, user in enumerate(self._template_workers)
        }

    def _copy(self, owner: int, number: int, earliest: int, latest: int) -> Copy:
        roll = crc32(f"{self._people.seed} {owner} {number} shift".encode())
        days, seconds = earliest + roll % (latest - earliest + 1), roll // 128 % SECONDS
        return Copy(owner, number, days, seconds, self._crew(number))

    def _crew(self, number: int) -> Mapping[int | None, int | None]:
        """Return user of the template -> user of the office: four peksos of the office for each copy."""
        workers = list(self._workers)
        first = number * WORKERS % len(workers)
        if first not in self._crews:
            crew = {
                user: workers[(first + slot) % len(workers)]
                for slot, user in enumerate(self._template_workers)
            }
            others = dict.fromkeys(self._template.users.values(), self._admin)
            self._crews[first] = {None: None, **others, **crew}
        return self._crews[first]
