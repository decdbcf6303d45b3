"""Results as Markdown tables."""

import os
import platform
import sqlite3
from collections.abc import Iterator, Sequence
from pathlib import Path
from statistics import median

from tests.benchmarks.measurement import Sample, Server
from tests.benchmarks.pages import PAGES

WHOLE_MS_FROM = 10
"""From so many milliseconds on, no decimals are printed."""


def describe_machine() -> str:
    """Return processor, memory and versions in one line, without the host name."""
    memory = _read_line("/proc/meminfo", "MemTotal")
    gigabytes = f"{int(memory.split()[0]) / 2**20:.0f} GiB, " if memory else ""
    model = _read_line("/proc/cpuinfo", "model name") or platform.machine()
    return (
        f"{model}, {os.cpu_count()} cores, {gigabytes}{platform.system()}, "
        f"Python {platform.python_version()}, SQLite {sqlite3.sqlite_version}"
    )


def _read_line(file: str, name: str) -> str:
    path = Path(file)
    lines = path.read_text().splitlines() if path.exists() else []
    found = next((line for line in lines if line.startswith(name)), "")
    return found.partition(":")[2].strip()


def build_tables(servers: Sequence[Server]) -> Iterator[str]:
    """Yield the table of times and the table of CPU time, statements and sizes."""
    small, large = (min(servers, key=_office_size), max(servers, key=_office_size))
    sizes = sorted({small.office.clients, large.office.clients})
    columns = [server for clients in sizes for server in servers if server.office.clients == clients]
    yield f"### {'SQLite' if large.office.dialect == 'sqlite' else 'PostgreSQL'}, p50 / p95 in ms"
    yield ""
    headings = [f"{server.kind} {server.office.clients:,}" for server in columns]
    yield _row("page", *headings, "÷ smaller", "÷ first page", "÷ tuned", "- limit")
    yield _row(*["---", *["---:"] * (len(headings) + 4)])
    own = [server for server in columns if server.kind == "portal"]
    others = {server.kind: server for server in columns if server.office is own[-1].office}
    for page in PAGES:
        mine = own[-1].samples[page.name]
        yield _row(
            page.name,
            *(_time(server.samples.get(page.name)) for server in columns),
            _ratio(mine, own[0].samples[page.name]) if len(own) > 1 else "",
            _ratio(mine, own[-1].samples[PAGES[0].name]),
            _ratio(mine, _sample(others, "tuned", page.name)),
            _difference(mine, _sample(others, "limit", page.name)),
        )
    yield ""
    yield from _weight_table(others)


def _weight_table(others: dict[str, Server]) -> Iterator[str]:
    headings = list(others)
    yield "Processor ms of the server itself; statements; kB raw (kB sent):"
    yield ""
    yield _row("page", *headings)
    yield _row("---", *["---:"] * len(headings))
    for page in PAGES:
        yield _row(page.name, *(_weight(server.samples.get(page.name)) for server in others.values()))
    yield ""


def summarize(servers: Sequence[Server]) -> str:
    """Compare the median page with the tuned admin, and list the slower pages."""
    largest = max(server.office.clients for server in servers)
    by_kind = {server.kind: server for server in servers if server.office.clients == largest}
    mine, tuned = by_kind["portal"].samples, by_kind.get("tuned")
    if tuned is None:
        return ""
    ratios = {name: mine[name].p50 / sample.p50 for name, sample in tuned.samples.items()}
    slower = [f"{name} ({ratio:.2f})" for name, ratio in ratios.items() if ratio > 1]
    return (
        f"The median page takes {median(ratios.values()):.2f} of the tuned admin's time; "
        f"slower than it: {', '.join(slower) or 'none'}."
    )


def _office_size(server: Server) -> int:
    return server.office.clients


def _sample(others: dict[str, Server], kind: str, page: str) -> Sample | None:
    return others[kind].samples.get(page) if kind in others else None


def _row(*cells: str) -> str:
    return f"| {' | '.join(cells)} |"


def _time(sample: Sample | None) -> str:
    if sample is None:
        return ""
    few = f" n{len(sample.times)}" if len(sample.times) < 30 else ""
    return f"{_ms(sample.p50)} / {_ms(sample.p95)}{few}"


def _ms(value: float) -> str:
    return f"{value:.1f}" if value < WHOLE_MS_FROM else f"{value:.0f}"


def _ratio(mine: Sample, other: Sample | None) -> str:
    return "" if other is None else f"{mine.p50 / other.p50:.2f}"


def _difference(mine: Sample, other: Sample | None) -> str:
    return "" if other is None else _ms(mine.p50 - other.p50)


def _weight(sample: Sample | None) -> str:
    if sample is None:
        return ""
    kilobytes = f"{sample.raw / 1000:.0f} ({sample.sent / 1000:.0f})"
    return f"{_ms(sample.processor)}; {sample.statements}; {kilobytes}"
