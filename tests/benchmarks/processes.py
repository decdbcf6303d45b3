"""The servers as processes: start, wait, memory, CPU time."""

import http.client
import os
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from statistics import median

from config import ROOT
from tests.benchmarks.offices import Office

KILOBYTES_PER_MEGABYTE = 1024


@contextmanager
def start_process(office: Office, *command: str, port: int) -> Iterator[subprocess.Popen[bytes]]:
    """Run a process of that office inside the block; its output goes to `servers.log`."""
    environment = {**office.environment, "SIAGA_PORT": str(port), "PYTHONPATH": _python_path(office)}
    with (office.folder / "servers.log").open("ab") as log:
        process = subprocess.Popen(
            [sys.executable, *command], cwd=ROOT, env=environment, stdout=log, stderr=log
        )
    try:
        yield process
    finally:
        process.terminate()
        process.wait(timeout=30)


def _python_path(office: Office) -> str:
    return ":".join(filter(None, (str(ROOT), office.environment.get("PYTHONPATH", ""))))


def free_port() -> int:
    """Return a port that is free now."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def await_response(process: subprocess.Popen[bytes], port: int, path: str, timeout: float = 120.0) -> None:
    """Wait until the server responds with any status."""
    end = time.monotonic() + timeout
    while time.monotonic() < end and process.poll() is None:
        connection = http.client.HTTPConnection("127.0.0.1", port, timeout=5)
        try:
            connection.request("GET", path)
            connection.getresponse().read()
        except OSError:
            time.sleep(0.01)
        else:
            return
        finally:
            connection.close()
    raise RuntimeError(f"no answer from {process.args!r}: see servers.log beside its database")


def measure_start_time(office: Office, times: int = 5) -> float:
    """Return the median seconds from `python run.py` to the first response, on a prepared database."""
    seconds = []
    for _turn in range(times):
        port = free_port()
        start = time.perf_counter()
        with start_process(office, "run.py", port=port) as process:
            await_response(process, port, "/healthz")
            seconds.append(time.perf_counter() - start)
    return median(seconds)


def memory_megabytes(process: subprocess.Popen[bytes], line: str = "VmRSS") -> float | None:
    """Return the memory of a process (`VmRSS` now, `VmHWM` peak); None outside Linux."""
    try:
        status = Path(f"/proc/{process.pid}/status").read_text()
    except OSError:
        return None
    found = next((one for one in status.splitlines() if one.startswith(f"{line}:")), None)
    return None if found is None else int(found.split()[1]) / KILOBYTES_PER_MEGABYTE


def processor_time(process: subprocess.Popen[bytes]) -> float:
    """Return the CPU seconds used so far; 0 outside Linux."""
    try:
        text = Path(f"/proc/{process.pid}/stat").read_text()
    except OSError:
        return 0.0
    user, system = text.rpartition(")")[2].split()[11:13]
    return (int(user) + int(system)) / os.sysconf("SC_CLK_TCK")
