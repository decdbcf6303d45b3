"""`python -m tests.benchmarks`: build the databases, serve them, measure the pages and print the tables."""

from collections.abc import Iterator
from itertools import groupby
from pathlib import Path

import click

import config
from tests.benchmarks import report
from tests.benchmarks.measurement import Server, measure, measure_memory, run_servers
from tests.benchmarks.offices import (
    Office,
    fill_office,
    postgres_server,
    postgres_url,
    prepare_office,
    sqlite_url,
)
from tests.benchmarks.pages import PAGES
from tests.benchmarks.processes import measure_start_time, memory_megabytes

SMALL_OFFICE_CLIENTS = 10_000
COMPARED_KINDS = ("tuned", "django", "limit")


@click.command()
@click.option("--clients", default=1_000_000, show_default=True, help="Clients of the larger office.")
@click.option("--postgres", is_flag=True, help="Measure on PostgreSQL as well (the test extra's server).")
@click.option(
    "--folder",
    type=click.Path(path_type=Path, file_okay=False),
    default=config.ROOT / "instance" / "benchmark",
    help="Where the offices are kept; what is there is used again.",
)
@click.option("--database", multiple=True, help="Measure this filled database instead; may be repeated.")
@click.option("--plain/--no-plain", default=True, help="At a million clients the plain one takes minutes.")
@click.option("--rounds", default=30, show_default=True, help="How often each page is asked for.")
@click.option("--requests", default=10_000, show_default=True, help="Requests of the look at the memory.")
def main(
    clients: int,
    postgres: bool,
    folder: Path,
    database: tuple[str, ...],
    plain: bool,
    rounds: int,
    requests: int,
) -> None:
    """Measure the portal beside Django admin and raw SQL."""
    folder = folder.absolute()
    offices = list(
        _named_offices(folder, database)
        if database
        else _generated_offices(folder, clients, postgres=postgres)
    )
    offices.sort(key=lambda office: (office.dialect, office.clients))
    click.echo(f"{report.describe_machine()}\n")
    for _dialect, group in groupby(offices, key=lambda office: office.dialect):
        _measure_database(
            list(group), [kind for kind in COMPARED_KINDS if plain or kind != "django"], rounds, requests
        )


def _named_offices(folder: Path, database: tuple[str, ...]) -> Iterator[Office]:
    for number, url in enumerate(database, start=1):
        office_folder = folder / f"named-{number}"
        office_folder.mkdir(parents=True, exist_ok=True)
        yield prepare_office(office_folder, url)


def _generated_offices(folder: Path, clients: int, *, postgres: bool) -> Iterator[Office]:
    server = postgres_server(folder / "pg") if postgres else None
    for number in sorted({min(SMALL_OFFICE_CLIENTS, clients), clients}):
        place = folder / f"sqlite-{number}"
        fill_office(place, sqlite_url(place), number)
        yield prepare_office(place, sqlite_url(place))
        if server is not None:
            place, url = folder / f"pg-{number}", postgres_url(server, number)
            fill_office(place, url, number)
            yield prepare_office(place, url)


def _measure_database(offices: list[Office], compared_kinds: list[str], rounds: int, requests: int) -> None:
    largest = offices[-1]
    kinds = [("portal", office) for office in offices] + [(kind, largest) for kind in compared_kinds]
    with run_servers(kinds) as servers:
        measure(servers, PAGES, rounds)
        for line in report.build_tables(servers):
            click.echo(line)
        click.echo(report.summarize(servers))
        for server in servers:
            click.echo(_describe_memory(server))
        portal = next(server for server in servers if server.name == ("portal", largest.clients))
        sizes = measure_memory(portal, PAGES, requests) if requests else []
        click.echo(
            "Memory over requests: " + ", ".join(f"{number:,}: {size:.0f} MB" for number, size in sizes)
        )
    click.echo(
        f"Start after init: {measure_start_time(largest):.2f} s; longest case: {largest.events:,} events.\n"
    )


def _describe_memory(server: Server) -> str:
    kind, clients = server.name
    peak, now = memory_megabytes(server.process, "VmHWM"), memory_megabytes(server.process)
    sizes = f"{server.memory_at_start or 0:.0f} MB begun, {now or 0:.0f} now, {peak or 0:.0f} at most"
    return f"Memory of {kind} {clients:,}: {sizes}"


if __name__ == "__main__":
    main()
