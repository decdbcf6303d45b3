"""Migration of a release 0.1 office, revision by revision: all data is kept and can be found."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from alembic import command
from alembic.script import ScriptDirectory
from flask import Flask, current_app
from sqlalchemy import URL, Connection, MetaData, Table, inspect, select, text

from app.cli.portal import prepare_database
from app.db import triggers
from app.extensions import Model, db
from app.operations import check, setup
from app.operations.checks import CHECKS
from app.referrals.models.disclosure import ReferralDisclosure
from app.referrals.services.disclosures import verify_disclosures
from config import Settings
from tests.support import portal, release_0_1, schema
from tests.support.client import end_transaction

pytestmark = pytest.mark.slow
DROPPED = {"ab_user": {"locked_at", "session_stamp"}}
"""Columns that a later migration drops."""
SECRET = "only for tests, never elsewhere"
UNUSED = {
    *("ab_api_key", "ab_group", "ab_group_role", "ab_permission", "ab_permission_view"),
    *("ab_permission_view_role", "ab_register_user", "ab_user_group", "ab_view_menu"),
}
"""FAB tables that the portal leaves empty."""


@pytest.fixture
def first_release_app(empty_database: URL, tmp_path: Path) -> Iterator[Flask]:
    """This release on the database of a release 0.1 office, not yet migrated."""
    uploads = tmp_path / "uploads"
    release_0_1.load(empty_database, uploads)
    keys = {"secret_key": SECRET, "book_key": SECRET}
    made = portal.make_app(
        Settings(instance=tmp_path, database=empty_database, upload_dir=uploads, testing=True, **keys)
    )
    with made.app_context():
        yield made
        db.session.remove()
        db.engine.dispose()


def alembic_config() -> Any:
    return current_app.extensions["migrate"].migrate.get_config()


def run_migrations(revision: str) -> None:
    command.upgrade(alembic_config(), revision)


def read_rows(connection: Connection, tables: MetaData) -> dict[str, list[str]]:
    return {
        table.name: sorted(repr(list(row)) for row in connection.execute(select(*_stable_columns(table))))
        for table in tables.sorted_tables
    }


def _stable_columns(table: Table) -> list[Any]:
    """Return the columns that keep their values in all later releases."""
    dropped = DROPPED.get(table.name, ())
    return [column for column in table.c if column.name not in dropped]


def list_revisions() -> list[str]:
    scripts = ScriptDirectory.from_config(alembic_config())
    return [script.revision for script in reversed(list(scripts.walk_revisions()))]


def assert_triggers_present(connection: Connection) -> None:
    """Assert that tables in their newest form have all triggers and indexes, and find old rows."""
    known = inspect(connection)
    newest = {
        table.name
        for table in Model.metadata.sorted_tables
        if known.has_table(table.name)
        and {column["name"] for column in known.get_columns(table.name)} >= set(table.c.keys())
    }
    wanted = {
        piece for piece in triggers.build_expected_objects(connection.dialect.name) if piece.table in newest
    }
    assert triggers.list_present_objects(connection) == wanted
    if "client" in newest:  # its index is recreated by the last revision that changes the table
        assert connection.execute(text(SEARCH_STATEMENTS[connection.dialect.name])).all() == [
            ("Nur'aini binti Saleh",)
        ]
    if "case_event" in newest:  # all revisions run in one transaction
        with pytest.raises(Exception, match="append-only"), connection.begin_nested():
            connection.execute(text("UPDATE case_event SET actor_name = 'Orang lain'"))


SEARCH_STATEMENTS = {
    "sqlite": "SELECT name FROM client JOIN client_fts ON client_fts.rowid = client.id"
    " WHERE client_fts MATCH '\"aini b\"'",
    "postgresql": "SELECT name FROM client WHERE search_text LIKE '%aini b%'",
}


def test_first_revision_creates_the_tables_of_release_0_1(first_release_app: Flask) -> None:
    with db.engine.connect() as connection:
        before = schema.described(connection)
    assert len(before) > 1000
    command.downgrade(alembic_config(), "base")
    assert setup.is_database_empty()
    run_migrations(release_0_1.REVISION)
    with db.engine.connect() as connection:
        assert schema.described(connection) == before


def test_migrations_from_release_0_1_keep_all_data(first_release_app: Flask) -> None:
    before = MetaData()
    with db.engine.connect() as connection:
        before.reflect(connection, only=lambda name, _metadata: name in Model.metadata.tables)
        rows_before = read_rows(connection, before)
    assert {name for name, rows in rows_before.items() if not rows} == UNUSED, (
        "the fixture has a row in every other table"
    )
    for revision in list_revisions()[1:]:
        run_migrations(revision)
        with db.engine.connect() as connection:
            assert_triggers_present(connection)
    with db.engine.connect() as connection:
        assert read_rows(connection, before) == rows_before
        assert triggers.list_missing_objects(connection) == []
        unsealed = "SELECT count(*) FROM audit_entry WHERE seal IS NOT NULL"
        assert connection.scalar(text(unsealed)) == 0, "old rows are not updated"
        assert schema.all_different_checks(connection) == {}
    prepare_database(first_release_app)
    assert prepare_database(first_release_app) == []
    photo = next(Path(first_release_app.config["UPLOAD_FOLDER"]).rglob("*.png"))
    assert b"HP Rina" not in photo.read_bytes(), "init removes metadata from old photos"
    assert {one.name: found for one, found in check.run_checks(CHECKS) if found} == {}
    client: Any = portal.log_in_client_to(first_release_app, "rina")
    for room, words, name in (
        ("clients", "aini bin", "Nur&#39;aini binti Saleh"),
        ("partners", "asih bont", "Panti Asih Bontang"),
        ("assets", "roda 3", "Kursi roda 3 in 1"),
    ):
        assert name in client.get(f"/{room}/list/?q={words}").text


REPORTER = {"reporter_name": "Pak Usman", "reporter_role": "Ketua RT", "location": "Gang Melati 4"}
ENGLISH_HEADING = "Reported by: Pak Usman, Ketua RT\nPlace: Gang Melati 4, Api-api"
HEADING_WITH_CRLF = "Dilaporkan oleh: Pak Usman, Ketua RT\r\nTempat: Gang Melati 4, Api-api"
INDONESIAN_HEADING = "Dilaporkan oleh: Pak Usman, Ketua RT\nTempat: Gang Melati 4, Api-api"


def test_unedited_reporter_and_place_are_removed_from_the_case_text(
    first_release_app: Flask,
) -> None:
    edited = f"Anak dipukul\n\n{INDONESIAN_HEADING.replace('Ketua RT', 'tetangga')}"
    in_a_line = f"Kata Ibu: {INDONESIAN_HEADING}"
    kept = (edited, in_a_line, "Anak dipukul", f"Anak dipukul\n\n{INDONESIAN_HEADING.splitlines()[0]}")
    shortened = {
        f"Anak dipukul\n\n{ENGLISH_HEADING}": "Anak dipukul",
        f"Anak dipukul\n\n{INDONESIAN_HEADING}": "Anak dipukul",
        f"Anak dipukul\n\n{INDONESIAN_HEADING}\n\nSudah dikunjungi.": "Anak dipukul\n\nSudah dikunjungi.",
        f"Mendesak.\r\n\r\n{HEADING_WITH_CRLF}\r\nBesok.": "Mendesak.\r\n\r\nBesok.",
        INDONESIAN_HEADING: "Laporan lama",
    }
    with db.engine.begin() as connection:
        made = {text: insert_case_of_report(connection, REPORTER, text) for text in (*shortened, *kept)}
        unnamed = insert_case_of_report(connection, {"location": "Pasar"}, "Tidur\n\nTempat: Pasar, Api-api")
        of_no_report = connection.scalar(text("SELECT id FROM case_file WHERE report_id IS NULL"))
        untouched = read_case(connection, of_no_report)
    run_migrations("head")
    with db.engine.connect() as connection:
        for before, after in (shortened | dict.fromkeys(kept)).items():
            found = read_case(connection, made[before])
            assert found == ((before, 1) if after is None else (after, 2)), before
        assert read_case(connection, unnamed) == ("Tidur", 2)
        assert read_case(connection, of_no_report) == untouched
        copies = "SELECT count(*) FROM incoming_report WHERE description = 'Laporan lama'"
        with_reporter = f"{copies} AND reporter_name = 'Pak Usman'"
        assert connection.scalar(text(with_reporter)) == len(made), "the report keeps its reporter"


def test_init_records_disclosures_of_live_referrals_after_the_migrations(
    first_release_app: Flask,
) -> None:
    run_migrations("0011")  # the last revision that copies the reporter into the case, before disclosures
    referral = Model.metadata.tables["referral"].c
    with db.engine.begin() as connection:
        referral_id, case_id = connection.execute(select(referral.id, referral.case_id)).one()
        pasted = "UPDATE case_file SET report_id = 1, presenting_problem = :text WHERE id = :case"
        connection.execute(text(pasted), {"text": f"Anak dipukul\n\n{INDONESIAN_HEADING}", "case": case_id})
    assert "what partners see was kept for 1 live referrals" in prepare_database(first_release_app)
    disclosure = db.session.scalars(select(ReferralDisclosure)).one()
    assert (disclosure.referral_id, disclosure.origin.name) == (referral_id, "upgraded")
    values = {row["field"]: row["value"] for row in disclosure.data or ()}
    assert values["problem"] == "Anak dipukul", "lines that a migration removes are not disclosed"
    assert values["name"] == "Nur'aini binti Saleh"
    assert list(verify_disclosures()) == []
    end_transaction()
    assert prepare_database(first_release_app) == []


def insert_case_of_report(connection: Connection, reporter: dict[str, str], problem: str) -> int:
    """Insert a case as release 0.1 opened it from a report, with this text; return its id."""
    known = MetaData()
    known.reflect(connection, only=["case_file", "incoming_report", "kelurahan"])
    reports, cases, places = (known.tables[name] for name in ("incoming_report", "case_file", "kelurahan"))
    api_api = connection.scalar(select(places.c.id).where(places.c.name == "Api-api"))
    rows = [dict(connection.execute(select(table).limit(1)).mappings().one()) for table in (reports, cases)]
    no_reporter = dict.fromkeys(("reporter_name", "reporter_role", "location"))
    report = {
        **rows[0],
        **no_reporter,
        **reporter,
        "description": "Laporan lama",
        "kelurahan_id": api_api,
        "id": None,
    }
    report_id = connection.execute(reports.insert().values(_without_id(report))).inserted_primary_key[0]  # type: ignore[index]
    case = {**rows[1], "number": f"LK3/2025/{report_id:05}", "report_id": report_id, "version": 1}
    case |= {"presenting_problem": problem}
    made: int = connection.execute(cases.insert().values(_without_id(case))).inserted_primary_key[0]  # type: ignore[index]
    return made


def _without_id(row: dict[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in row.items() if name != "id"}


def read_case(connection: Connection, key: int) -> tuple[str, int]:
    cases = Model.metadata.tables["case_file"].c
    found = connection.execute(select(cases.presenting_problem, cases.version).where(cases.id == key)).one()
    return found.presenting_problem, found.version
