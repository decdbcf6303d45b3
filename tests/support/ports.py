"""Ports for servers that run as processes of their own."""

import getpass
import random
import socket
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import fasteners

CANDIDATES = range(20_000, 30_000)
"""Below the ports that systems hand out by themselves (Linux from 32768, others from 49152)."""


@contextmanager
def reserve_port() -> Iterator[int]:
    """A port that no other test of this user on this machine takes meanwhile, of whatever run.

    The lock is the operating system's: it goes with the process, however that ends.
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
