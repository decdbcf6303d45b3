"""`siaga check` finds each kind of fault, and none in a consistent database."""

import os
import sqlite3
from contextlib import closing
from io import BytesIO
from types import ModuleType

import pytest
from flask import Flask
from sqlalchemy import text
from werkzeug.datastructures import FileStorage

from app.core import files
from app.core.files import compute_sha256, finish_uploads, get_path, save_upload
from app.extensions import Model, db
from app.operations import check, uploads
from app.operations.checks import CHECKS, SEARCH_TEXT_BUILDERS
from tests.support.fixed_clock import machine_now


def list_faults() -> list[str]:
    return [f"{item.name}: {fault}" for item, found in check.run_checks(CHECKS) for fault in found]


def execute_without_triggers(*statements: str) -> None:
    """Change the database directly, with its triggers disabled."""
    db.session.rollback()
    with db.engine.begin() as connection:
        triggers = []
        if connection.dialect.name == "postgresql":
            connection.execute(text("SET session_replication_role = replica"))
        else:
            triggers = connection.execute(
                text("SELECT name, sql FROM sqlite_master WHERE type = 'trigger'")
            ).fetchall()
            for name, _sql in triggers:
                connection.execute(text(f"DROP TRIGGER {name}"))
        for statement in statements:
            connection.execute(text(statement))
        if connection.dialect.name == "postgresql":
            connection.execute(text("SET session_replication_role = origin"))
        else:
            for _name, sql in triggers:
                connection.exec_driver_sql(sql)


@pytest.fixture
def office_records(app: Flask, make: ModuleType) -> ModuleType:
    """A client without a name, two cases, a household and a scan."""
    make.client(name=None)
    make.case()
    make.case()
    make.client(household=make.household())
    make.consent(scan=make.store_file(b"%PDF-1.7 surat"))
    return make


def test_consistent_portal_has_no_fault(office_records: ModuleType) -> None:
    assert list_faults() == []


def test_every_searchable_table_is_checked() -> None:
    searchable = {table.name for table in Model.metadata.tables.values() if "search_text" in table.c}
    assert {model.__tablename__ for model in SEARCH_TEXT_BUILDERS} == searchable


def test_stale_search_text_is_found(office_records: ModuleType) -> None:
    stale = office_records.client(name="Lama").id
    execute_without_triggers(f"UPDATE client SET name = 'Baru' WHERE id = {stale}")
    assert list_faults() == [f"search text of client: client {stale}: its search text is not current"]


def test_missing_and_changed_files_are_found(office_records: ModuleType) -> None:
    key = office_records.store_file(b"%PDF-1.7 lampiran")
    attached = office_records.attachment(file=key).id
    get_path(key).write_bytes(b"%PDF-1.7 lain")
    assert list_faults() == [f"uploaded files: attachment {attached}: the file {key} has been changed"]
    get_path(key).unlink()
    assert list_faults() == [f"uploaded files: attachment {attached}: the file {key} is missing"]


def store_upload(content: bytes) -> str:
    """Store a file as a request that is interrupted before its transaction; return the key."""
    return save_upload(FileStorage(BytesIO(content), "surat.pdf")).key


def test_file_without_record_is_found(office_records: ModuleType) -> None:
    key = store_upload(b"%PDF-1.7 yatim")
    finish_uploads([key])
    message = "belongs to no record (unless it is being saved just now: ask again)"
    assert list_faults() == [f"uploaded files: the file {key} {message}"]


def test_files_of_interrupted_saves_are_no_fault_and_are_cleaned_up(office_records: ModuleType) -> None:
    saved = office_records.store_file(b"%PDF-1.7 simpan")
    given_up, under_way = store_upload(b"%PDF-1.7 putus"), store_upload(b"%PDF-1.7 sedang")
    office_records.consent(scan=saved)
    long_ago = machine_now().timestamp() - uploads.MAX_SAVE_SECONDS - 1
    for key in (saved, given_up):
        os.utime(get_path(key), (long_ago, long_ago))
    assert list_faults() == []
    uploads.clean_up_uploads()
    assert get_path(saved).name == saved
    assert not get_path(given_up).exists()
    assert get_path(under_way).exists()
    assert list_faults() == []


def test_file_without_row_and_row_without_file_are_found(office_records: ModuleType) -> None:
    key = store_upload(b"%PDF-1.7 lampiran")
    consent = office_records.consent(scan=key).id
    message = "has no row of its own: run siaga clean-files"
    assert list_faults() == [f"uploaded files: consent {consent}: the file {key} {message}"]
    orphan = office_records.store_file()
    get_path(orphan).unlink()
    assert f"uploaded files: the stored file {orphan} belongs to no record" in list_faults()


@pytest.mark.parametrize("column", ["size = size + 1", "sha256 = 'other'"])
def test_file_that_differs_from_its_row_is_found(office_records: ModuleType, column: str) -> None:
    key = office_records.store_file(b"%PDF-1.7 kuitansi")
    consent = office_records.consent(scan=key).id
    execute_without_triggers(f"UPDATE stored_file SET {column} WHERE key = '{key}'")
    assert list_faults() == [f"uploaded files: consent {consent}: the file {key} has been changed"]


def test_record_with_another_checksum_than_its_file_is_found(office_records: ModuleType) -> None:
    attached = office_records.attachment()
    pk, key = attached.id, attached.file
    execute_without_triggers(f"UPDATE attachment SET sha256 = 'other' WHERE id = {pk}")
    message = "has another checksum than its record"
    assert list_faults() == [f"uploaded files: attachment {pk}: the file {key} {message}"]


def test_file_of_many_records_is_read_once(
    office_records: ModuleType, monkeypatch: pytest.MonkeyPatch
) -> None:
    key = office_records.store_file()
    for _record in range(3):
        office_records.consent(scan=key)
    read: list[str] = []

    def record_read(key: str) -> str:
        read.append(key)
        return compute_sha256(key)

    monkeypatch.setattr(files, "compute_sha256", record_read)
    assert list_faults() == []
    assert read.count(key) == 1


def test_missing_scan_is_found(office_records: ModuleType) -> None:
    key = office_records.store_file(b"%PDF-1.7 pindaian")
    consent = office_records.consent(scan=key).id
    get_path(key).unlink()
    assert list_faults() == [f"uploaded files: consent {consent}: the file {key} is missing"]


def test_tampered_event_is_found(office_records: ModuleType) -> None:
    case = office_records.case()
    case_id = case.id
    execute_without_triggers(f"UPDATE case_event SET actor_name = 'Orang lain' WHERE case_id = {case_id}")
    found = list_faults()
    assert len(found) == 1
    assert found[0].startswith(f"books: case {case_id}: the chain of events breaks at event ")


def test_removed_audit_entry_is_found(office_records: ModuleType) -> None:
    execute_without_triggers("DELETE FROM audit_entry WHERE id = (SELECT max(id) - 1 FROM audit_entry)")
    found = list_faults()
    assert len(found) == 1
    assert found[0].startswith("books: the chain of the audit breaks at entry ")


def test_skipped_and_invented_case_numbers_are_found(office_records: ModuleType) -> None:
    number = office_records.case().number
    year = number.split("/")[1]
    made_up = f"number = 'LK3/{year}/9999', search_text = 'lk3/{year}/9999'"
    execute_without_triggers(f"UPDATE case_file SET {made_up} WHERE number = '{number}'")
    assert list_faults() == [
        f"numbers: case number {number} was given out and stands nowhere",
        f"numbers: case number LK3/{year}/9999 was never given out",
    ]


def test_violated_constraint_is_found(office_records: ModuleType) -> None:
    if db.engine.dialect.name == "postgresql":
        execute_without_triggers("ALTER TABLE household ADD CONSTRAINT later CHECK (id > 0) NOT VALID")
        found = list_faults()
        execute_without_triggers("ALTER TABLE household DROP CONSTRAINT later")
        assert len(found) == 1
        assert "constraint later" in found[0]
    else:
        with closing(sqlite3.connect(str(db.engine.url.database))) as connection_without_foreign_keys:
            connection_without_foreign_keys.execute("UPDATE consent SET client_id = 99999")
            connection_without_foreign_keys.commit()
        assert [fault for fault in list_faults() if "refers to a record of client" in fault]


def test_failing_check_is_a_fault_and_the_next_check_runs(app: Flask) -> None:
    def raise_error() -> list[str]:
        raise LookupError("nobody is there")

    results = list(
        check.run_checks([check.Check("first", raise_error), check.Check("second", lambda: ["found"])])
    )
    assert [found for _item, found in results] == [
        ["could not be checked: LookupError: nobody is there"],
        ["found"],
    ]
