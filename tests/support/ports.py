"""Free ports for servers that run in processes of their own."""

import getpass
import random
import socket
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import fasteners

CANDIDATES = range(20_000, 30_000)
"""Below the ephemeral ports of operating systems (Linux from 32768, others from 49152)."""


@contextmanager
def reserve_port() -> Iterator[int]:
    """Reserve a port that no other test run of this user on this machine takes meanwhile.

    The operating system releases the file lock when the process ends, however it ends.
    """
    folder = Path(tempfile.gettempdir()) / f"siaga-ports-{getpass.getuser()}"
    folder.mkdir(exist_ok=True)
    for port in random.Random().sample(CANDIDATES, len(CANDIDATES)):
        lock = fasteners.InterProcessLock(folder / str(port))
        if lock.acquire(blocking=False):
            try:
                if _is_free(port):
                    yield port
                    return
            finally:
                lock.release()
    raise OSError("no port is free")


def _is_free(port: int) -> bool:
    with socket.socket() as probe:
        try:
            probe.bind(("127.0.0.1", port))
        except OSError:
            return False
    return True
