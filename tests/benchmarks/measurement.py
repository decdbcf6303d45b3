"""Measurement: requests go to all servers in turn, so that other load on the machine affects all alike."""

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
    await_response,
    free_port,
    memory_megabytes,
    processor_time,
    start_process,
)
from tests.benchmarks.server import PASSWORD, USERNAME

WARM_UP_REQUESTS = 4
MIN_REQUESTS = 3
SECONDS_PER_PAGE = 4.0
"""Time limit per page and server; a slow page gets fewer requests, and the report says so."""


@dataclass
class Sample:
    """Measurements of one page: times in milliseconds, sizes in bytes."""

    times: list[float] = field(default_factory=list)
    processor: float = 0.0
    """CPU milliseconds of the server per response, independent of other load on the machine."""
    min_requests: int = MIN_REQUESTS
    statements: int = 0
    sent: int = 0
    raw: int = 0

    @property
    def p50(self) -> float:
        """Median time."""
        return median(self.times)

    @property
    def p95(self) -> float:
        """95th percentile."""
        return sorted(self.times)[min(len(self.times) - 1, int(len(self.times) * 0.95))]


@dataclass
class Server:
    """A running server with a logged-in client."""

    kind: str
    office: Office
    process: subprocess.Popen[bytes]
    client: HttpClient
    samples: dict[str, Sample] = field(default_factory=dict)
    memory_at_start: float | None = None
    """Megabytes after the log-in."""

    @property
    def name(self) -> tuple[str, int]:
        return self.kind, self.office.clients


START_PATHS = {"portal": "/login/", "django": "/admin/login/", "tuned": "/admin/login/", "limit": "/clients"}


@contextmanager
def run_servers(kinds: Sequence[tuple[str, Office]]) -> Iterator[list[Server]]:
    """Start the servers, wait for their first response and log in."""
    with ExitStack() as stack:
        servers = []
        for kind, office in kinds:
            port = free_port()
            command = ("-m", "tests.benchmarks.server", kind, str(port))
            process = stack.enter_context(start_process(office, *command, port=port))
            await_response(process, port, START_PATHS[kind])  # in turn: both Django kinds share a database
            client = HttpClient(port)
            if kind != "limit":
                username = office.username if kind == "portal" else USERNAME
                client.log_in(START_PATHS[kind], username, PASSWORD)
            servers.append(Server(kind, office, process, client, memory_at_start=memory_megabytes(process)))
        yield servers


def measure(servers: Sequence[Server], pages: Sequence[Page], rounds: int) -> None:
    """Request every page from every server in turn; store the results in `server.samples`."""
    for page in tqdm(pages, desc="pages", unit="page", disable=None):
        targets = [
            (server, path)
            for server in servers
            if (path := page.path(server.kind, server.office)) is not None
        ]
        for server, path in targets:
            server.samples[page.name] = _first_sample(server, path)
        cpu_before = [processor_time(server.process) for server, _path in targets]
        for _round in range(rounds):
            for server, path in targets:
                sample = server.samples[page.name]
                if len(sample.times) < sample.min_requests or sum(sample.times) < SECONDS_PER_PAGE * 1000:
                    sample.times.append(_measure_milliseconds(server, path))
        for (server, _path), cpu_start in zip(targets, cpu_before, strict=True):
            sample = server.samples[page.name]
            sample.processor = (processor_time(server.process) - cpu_start) * 1000 / len(sample.times)


def _first_sample(server: Server, path: str) -> Sample:
    """Warm up the page, and record statements and sizes, which are the same in each response."""
    response = raw = server.client.get(path, encoding="identity")
    slow = raw.seconds > SECONDS_PER_PAGE
    for _turn in range(0 if slow else WARM_UP_REQUESTS):
        response = server.client.get(path)
    assert response.status == 200, f"{server.kind} answered {path} with {response.status}"
    fewest = 1 if slow else MIN_REQUESTS
    return Sample(min_requests=fewest, statements=response.statements, sent=response.size, raw=raw.size)


def _measure_milliseconds(server: Server, path: str) -> float:
    response = server.client.get(path)
    assert response.status == 200, f"{server.kind} answered {path} with {response.status}"
    return response.seconds * 1000


def measure_memory(server: Server, pages: Sequence[Page], requests: int) -> list[tuple[int, float]]:
    """Return (requests so far, megabytes of the process), ten times over the requests."""
    paths = [page.portal(server.office) for page in pages]
    sizes = []
    for number in tqdm(range(requests), desc="memory", unit="request", disable=None):
        server.client.get(paths[number % len(paths)])
        if (number + 1) % max(1, requests // 10) == 0:
            sizes.append((number + 1, memory_megabytes(server.process) or 0.0))
    return sizes
