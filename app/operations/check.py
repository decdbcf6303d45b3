"""Framework of `siaga check`, and the checks that know no domain: release, database, triggers, files.

`operations.checks` adds the checks that know the domain.
"""

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from sqlalchemy import literal, select, text
from sqlalchemy.orm import joinedload
from tqdm import tqdm

from app.core import files
from app.db import triggers
from app.db.session import read_only
from app.db.stored_files import StoredFile, iter_upload_columns
from app.extensions import db
from app.operations import setup

Faults = Iterable[str]


class Note(str):
    """A finding that is printed but is not a fault."""


@dataclass(frozen=True)
class Check:
    """One consistency check of the whole installation."""

    name: str
    """What is checked, as the command prints it."""
    find_faults: Callable[[], Faults]
    """Yields one sentence for each fault, and `Note`s."""


def run_checks(checks: Iterable[Check]) -> Iterator[tuple[Check, list[str]]]:
    """Run each check in a read-only session and yield its findings; an exception counts as a fault."""
    for check in checks:
        db.session.remove()
        with read_only():
            faults = _run_check(check)
        db.session.remove()
        yield check, faults


def _run_check(check: Check) -> list[str]:
    try:
        return list(check.find_faults())
    except Exception as error:
        return [f"could not be checked: {type(error).__name__}: {error}"]


def check_release() -> Faults:
    """Yield a fault if the database is not at the migration of this release."""
    if setup.get_revision() != setup.get_head_revision():
        yield (
            f"the tables stand at revision {setup.get_revision()}, not at {setup.get_head_revision()}:"
            " run siaga init"
        )


def check_constraints() -> Faults:
    """Let the database check for damaged pages, broken references and violated constraints."""
    return _find_sqlite_faults() if db.engine.dialect.name == "sqlite" else _find_postgresql_faults()


def _find_sqlite_faults() -> Faults:
    for (finding,) in db.session.execute(text("PRAGMA integrity_check")):
        if finding != "ok":
            yield str(finding)
    for table, row, parent, _number in db.session.execute(text("PRAGMA foreign_key_check")):
        yield f"{table} {row} refers to a record of {parent} that does not exist"


def _find_postgresql_faults() -> Faults:
    unvalidated_query = "SELECT conname FROM pg_constraint WHERE NOT convalidated"
    invalid_query = "SELECT indexrelid::regclass::text FROM pg_index WHERE NOT indisvalid"
    for (name,) in db.session.execute(text(unvalidated_query)):
        yield f"constraint {name} has never been held against the rows that were there before it"
    for (name,) in db.session.execute(text(invalid_query)):
        yield f"index {name} is not valid: REINDEX it"


def check_triggers() -> Faults:
    """Yield missing triggers, full-text tables and indexes."""
    with db.engine.connect() as connection:
        for name in triggers.list_missing_objects(connection):
            yield f"{name} is missing"


def check_files() -> Faults:
    """Yield uploaded files that are missing, have changed, or belong to no record."""
    # List the disk first: a file that is saved meanwhile has its record by the end. Unfinished files belong
    # to no record yet.
    on_disk = set(files.iter_keys_on_disk()) - files.list_unfinished_keys()
    stored = {row.key: row for row in db.session.scalars(select(StoredFile))}
    fault_by_key: dict[str, str | None] = {}
    for model, name in iter_upload_columns():
        yield from _find_file_faults(model, name, stored, fault_by_key)
    for key in sorted(on_disk - fault_by_key.keys()):
        yield f"the file {key} belongs to no record (unless it is being saved just now: ask again)"
    for key in sorted(stored.keys() - fault_by_key.keys()):
        yield f"the stored file {key} belongs to no record"


def _find_file_faults(
    model: Any, name: str, stored: Mapping[str, StoredFile], fault_by_key: dict[str, str | None]
) -> Faults:
    """Yield the faults of one column's files; `fault_by_key` caches results, so each file is read once."""
    column = getattr(model, name)
    checksum = getattr(model, "sha256", None) if name == "file" else None
    query = select(model.id, column, literal(None) if checksum is None else checksum)
    rows = db.session.execute(query.where(column.is_not(None)).execution_options(yield_per=500))
    for record_id, key, expected in _show_progress(rows, model):
        if key not in fault_by_key:
            fault_by_key[key] = _describe_file_fault(key, stored.get(key))
        fault = fault_by_key[key]
        if fault is None and expected not in (None, stored[key].sha256):
            fault = "has another checksum than its record"
        if fault is not None:
            yield f"{model.__tablename__} {record_id}: the file {key} {fault}"


def _describe_file_fault(key: str, row: StoredFile | None) -> str | None:
    path = files.get_path(key)
    if not path.is_file():
        return "is missing"
    if row is None:
        return "has no row of its own: run siaga clean-files"
    is_same = path.stat().st_size == row.size and files.compute_sha256(key) == row.sha256
    return None if is_same else "has been changed"


def build_search_check(
    model: Any, build_text: Callable[[Any], str | None], relationships: Iterable[Any] = ()
) -> Callable[[], Faults]:
    """Return a check that `search_text` of every record equals what `build_text` returns now.

    `relationships` are loaded with the records.
    """

    def faults() -> Faults:
        query = select(model).options(*map(joinedload, relationships))
        items = db.session.scalars(query.execution_options(yield_per=500))
        for item in _show_progress(items, model):
            if item.search_text != (build_text(item) or None):
                yield f"{model.__tablename__} {item.id}: its search text is not current"

    return faults


def _show_progress(rows: Iterable[Any], model: Any) -> Iterable[Any]:
    bar: Iterable[Any] = tqdm(rows, desc=model.__tablename__, unit="row", leave=False, disable=None)
    return bar


CHECKS = (
    Check("release", check_release),
    Check("database", check_constraints),
    Check("triggers and full-text tables", check_triggers),
    Check("uploaded files", check_files),
)
