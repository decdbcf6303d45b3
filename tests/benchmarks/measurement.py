"""Asking in turn: every server once, then every server again, so that a busy machine is busy for all."""

import subprocess
from collections.abc import Iterator, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from statistics import median

from tqdm import tqdm

from tests.benchmarks.http_client import HttpClient
from tests.benchmarks.offices import Office
from tests.benchmarks.pages import Page
from tests.benchmarks.processes import (
    await_answer,
    free_port,
    memory_megabytes,
    processor_time,
    start_process,
)
from tests.benchmarks.server import PASSWORD, USERNAME

WARM_UP_REQUESTS = 4
MIN_REQUESTS = 3
SECONDS_PER_PAGE = 4.0
"""Seconds that one page of one server may take up; a slow one is asked less often, and says so."""


@dataclass
class Sample:
    """What the answers of one page took, in milliseconds, and what they weighed."""

    times: list[float] = field(default_factory=list)
    processor: float = 0.0
    """Of the server itself, for one answer: what it would take on a machine with nothing else to do."""
    min_requests: int = MIN_REQUESTS
    statements: int = 0
    sent: int = 0
    raw: int = 0

    @property
    def p50(self) -> float:
        """Half of the answers came sooner."""
        return median(self.times)

    @property
    def p95(self) -> float:
        """Nineteen of twenty came sooner."""
        return sorted(self.times)[min(len(self.times) - 1, int(len(self.times) * 0.95))]


@dataclass
class Server:
    """A running server with somebody logged in there."""

    kind: str
    office: Office
    process: subprocess.Popen[bytes]
    client: HttpClient
    samples: dict[str, Sample] = field(default_factory=dict)
    memory_at_start: float | None = None
    """Megabytes when it had just begun."""

    @property
    def name(self) -> tuple[str, int]:
        return self.kind, self.office.clients


START_PATHS = {"portal": "/login/", "django": "/admin/login/", "tuned": "/admin/login/", "limit": "/clients"}


@contextmanager
def run_servers(kinds: Sequence[tuple[str, Office]]) -> Iterator[list[Server]]:
    """Start servers, wait for them, log in."""
    with ExitStack() as stack:
        servers = []
        for kind, office in kinds:
            port = free_port()
            command = ("-m", "tests.benchmarks.server", kind, str(port))
            process = stack.enter_context(start_process(office, *command, port=port))
            await_answer(process, port, START_PATHS[kind])  # one after the other: two share a file of log-ins
            visitor = HttpClient(port)
            if kind != "limit":
                username = office.username if kind == "portal" else USERNAME
                visitor.log_in(START_PATHS[kind], username, PASSWORD)
            servers.append(Server(kind, office, process, visitor, memory_at_start=memory_megabytes(process)))
        yield servers


def measure(servers: Sequence[Server], pages: Sequence[Page], rounds: int) -> None:
    """Ask every server for every page, in turn; the samples stay with the servers."""
    for page in tqdm(pages, desc="pages", unit="page", disable=None):
        asked = [
            (server, address)
            for server in servers
            if (address := page.address(server.kind, server.office)) is not None
        ]
        for server, address in asked:
            server.samples[page.name] = _first_sample(server, address)
        begun = [processor_time(server.process) for server, _address in asked]
        for _round in range(rounds):
            for server, address in asked:
                sample = server.samples[page.name]
                if len(sample.times) < sample.min_requests or sum(sample.times) < SECONDS_PER_PAGE * 1000:
                    sample.times.append(_measure_milliseconds(server, address))
        for (server, _address), before in zip(asked, begun, strict=True):
            sample = server.samples[page.name]
            sample.processor = (processor_time(server.process) - before) * 1000 / len(sample.times)


def _first_sample(server: Server, address: str) -> Sample:
    """Warm up, and take what does not change from one answer to the next."""
    answer = raw = server.client.get(address, encoding="identity")
    slow = raw.seconds > SECONDS_PER_PAGE
    for _turn in range(0 if slow else WARM_UP_REQUESTS):
        answer = server.client.get(address)
    assert answer.status == 200, f"{server.kind} answered {address} with {answer.status}"
    fewest = 1 if slow else MIN_REQUESTS
    return Sample(min_requests=fewest, statements=answer.statements, sent=answer.size, raw=raw.size)


def _measure_milliseconds(server: Server, address: str) -> float:
    answer = server.client.get(address)
    assert answer.status == 200, f"{server.kind} answered {address} with {answer.status}"
    return answer.seconds * 1000


def measure_memory(server: Server, pages: Sequence[Page], requests: int) -> list[tuple[int, float]]:
    """Megabytes of the process over so many requests: (requests, megabytes)."""
    addresses = [page.portal(server.office) for page in pages]
    seen = []
    for number in tqdm(range(requests), desc="memory", unit="request", disable=None):
        server.client.get(addresses[number % len(addresses)])
        if (number + 1) % max(1, requests // 10) == 0:
            seen.append((number + 1, memory_megabytes(server.process) or 0.0))
    return seen
