"""From the first release with people in it to this one, step by step: everything is still there and found."""

from collections.abc import Iterator
from datetime import UTC
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest
from alembic import command
from alembic.script import ScriptDirectory
from flask import Flask, current_app
from sqlalchemy import URL, Connection, Engine, MetaData, Table, func, inspect, select, text

from app.audit.choices import EVIDENCE
from app.audit.services import CHAINED
from app.cli.checks import CHECKS
from app.core import chain, clock, ddl
from app.core.operations import check
from app.extensions import Model, db
from app.referrals.models import ReferralDisclosure
from app.referrals.services.disclosures import verify_disclosures
from config import Settings
from tests.support import portal
from tests.support.client import end_transaction

BOTH = [("sqlite", "sqlite"), ("postgresql", "postgresql")]
FIRST = "0001"
LATER_RULES = {"incoming_report": {"deadline_at", "response_met"}, "follow_up": {"assignee_id"}}
"""Columns that a later migration fills in."""
GONE: dict[str, dict[str, Any]] = {"ab_user": {"locked_at": None, "session_stamp": "0" * 32}}
"""Columns that a later migration takes away, and what a row of the first release has in them."""


def lived(make: ModuleType) -> None:
    """What an office could do with the first release."""
    client = make.client(name="Nur'aini binti Saleh", nik="6474015708450001", household=make.household())
    case = make.case(client=client)
    make.consent(client=client)
    make.report()
    make.case_person(case=case)
    make.service(case=case)
    make.note(case=case, text="Catatan dari rilis pertama")
    make.follow_up(case=case)
    make.attachment(case=case)
    make.partner_contact(partner=make.partner(name="Panti Asih Bontang"))
    make.asset(grant=make.grant(name="Hibah kursi roda"), name="Kursi roda 3 in 1")


@pytest.fixture
def old(app: Flask, make: ModuleType, blank: URL, tmp_path: Path) -> Iterator[Flask]:
    """A portal whose database is the one of the first release, with the rows that it would have held."""
    lived(make)
    settings = current_app.extensions["siaga_settings"]
    made = portal.make_app(
        Settings(
            instance=tmp_path,
            database=blank,
            secret_key=settings.secret_key,
            book_key=settings.book_key,
            upload_dir=settings.upload_dir,
            testing=True,
        )
    )
    end_transaction()
    source = db.engine
    with made.app_context():
        upgrade(FIRST)
        copy(source, db.engine)
        yield made
        db.session.remove()
        db.engine.dispose()


def upgrade(revision: str) -> None:
    command.upgrade(current_app.extensions["migrate"].migrate.get_config(), revision)


def copy(source: Engine, target: Engine) -> None:
    """Fill the old tables with the same rows, by SQL and as far as they have the columns."""
    known = MetaData()
    known.reflect(target, only=lambda name, _metadata: name in Model.metadata.tables)
    with source.connect() as here, target.begin() as there:
        for table in known.sorted_tables:
            gone = GONE.get(table.name, {})
            kept = [column for column in table.c if column.name not in gone]
            rows = [{**row, **gone} for row in here.execute(select(*kept)).mappings()]
            if table.name == "audit_entry":
                rows = as_the_first_release(rows)
            if rows:
                there.execute(table.insert(), rows)
            if rows and target.dialect.name == "postgresql" and "id" in table.c:
                serial = func.setval(func.pg_get_serial_sequence(table.name, "id"), len(rows) + 1000)
                there.execute(select(serial))


def as_the_first_release(lines: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """The audit book without the lines that prove others, chained anew."""
    kept, prev_hash = [], chain.GENESIS
    for line in sorted(lines, key=lambda one: one["id"]):
        if line["action"] not in [one.name for one in EVIDENCE]:
            fields = {name: line[name] for name in CHAINED}
            fields["at"] = fields["at"].replace(tzinfo=fields["at"].tzinfo or UTC)  # SQLite keeps none
            row_hash = chain.link(prev_hash, fields, line["changes_hash"])
            kept.append({**line, "prev_hash": prev_hash, "hash": row_hash})
            prev_hash = row_hash
    return kept


def rows_of(connection: Connection, tables: MetaData) -> dict[str, list[str]]:
    return {
        table.name: sorted(repr(list(row)) for row in connection.execute(select(*_lasting(table))))
        for table in tables.sorted_tables
    }


def _lasting(table: Table) -> list[Any]:
    """The columns that have the same values in every release."""
    passing = {*LATER_RULES.get(table.name, ()), *GONE.get(table.name, ())}
    return [column for column in table.c if column.name not in passing]


def revisions() -> list[str]:
    scripts = ScriptDirectory.from_config(current_app.extensions["migrate"].migrate.get_config())
    return [script.revision for script in reversed(list(scripts.walk_revisions()))]


def assert_held(connection: Connection) -> None:
    """Every trigger and index of the tables that have their newest form is there, and finds old rows."""
    known = inspect(connection)
    newest = {
        table.name
        for table in Model.metadata.sorted_tables
        if known.has_table(table.name)
        and {column["name"] for column in known.get_columns(table.name)} >= set(table.c.keys())
    }
    wanted = {piece for piece in ddl.expected(connection.dialect.name) if piece.table in newest}
    assert ddl.present(connection) == wanted
    if "client" in newest:  # its search comes back with the last revision that changes the table
        assert connection.execute(text(FOUND[connection.dialect.name])).all() == [("Nur'aini binti Saleh",)]
    if "case_event" in newest:  # revisions are run in one transaction: no book is seen without its triggers
        with pytest.raises(Exception, match="append-only"), connection.begin_nested():
            connection.execute(text("UPDATE case_event SET actor_name = 'Orang lain'"))


FOUND = {
    "sqlite": "SELECT name FROM client JOIN client_fts ON client_fts.rowid = client.id"
    " WHERE client_fts MATCH '\"aini b\"'",
    "postgresql": "SELECT name FROM client WHERE search_text LIKE '%aini b%'",
}


@pytest.mark.parametrize(("house", "blank"), BOTH, indirect=True)
def test_the_first_release_with_people_in_it_becomes_this_one_step_by_step(old: Flask) -> None:
    before = MetaData()
    with db.engine.connect() as connection:
        before.reflect(connection, only=lambda name, _metadata: name in Model.metadata.tables)
        there = rows_of(connection, before)
    assert len(there["case_event"]) > 5
    for revision in revisions()[1:]:
        upgrade(revision)
        with db.engine.connect() as connection:
            assert_held(connection)
    with db.engine.connect() as connection:
        assert rows_of(connection, before) == there
        assert ddl.missing(connection) == []
        unsealed = "SELECT count(*) FROM audit_entry WHERE seal IS NOT NULL"
        assert connection.scalar(text(unsealed)) == 0, "no row of before is updated"
    assert portal.prepare(old) == []
    assert {one.name: found for one, found in check.run(CHECKS) if found} == {}
    client: Any = portal.logged_in_to(old, "rina")
    for room, words, name in (
        ("clients", "aini bin", "Nur&#39;aini binti Saleh"),
        ("partners", "asih bont", "Panti Asih Bontang"),
        ("assets", "roda 3", "Kursi roda 3 in 1"),
    ):
        assert name in client.get(f"/{room}/list/?q={words}").text


TOLD = {"reporter_name": "Pak Usman", "reporter_role": "Ketua RT", "location": "Gang Melati 4"}
ENGLISH = "Reported by: Pak Usman, Ketua RT\nPlace: Gang Melati 4, Api-api"
SENT_BY_A_BROWSER = "Dilaporkan oleh: Pak Usman, Ketua RT\r\nTempat: Gang Melati 4, Api-api"
INDONESIAN = "Dilaporkan oleh: Pak Usman, Ketua RT\nTempat: Gang Melati 4, Api-api"


@pytest.mark.parametrize(("house", "blank"), BOTH, indirect=True)
def test_reporter_and_place_leave_the_text_of_a_case_where_nobody_edited_them(old: Flask) -> None:
    edited = f"Anak dipukul\n\n{INDONESIAN.replace('Ketua RT', 'tetangga')}"
    in_a_line = f"Kata Ibu: {INDONESIAN}"
    kept = (edited, in_a_line, "Anak dipukul", f"Anak dipukul\n\n{INDONESIAN.splitlines()[0]}")
    taken_out = {
        f"Anak dipukul\n\n{ENGLISH}": "Anak dipukul",
        f"Anak dipukul\n\n{INDONESIAN}": "Anak dipukul",
        f"Anak dipukul\n\n{INDONESIAN}\n\nSudah dikunjungi.": "Anak dipukul\n\nSudah dikunjungi.",
        f"Mendesak.\r\n\r\n{SENT_BY_A_BROWSER}\r\nBesok.": "Mendesak.\r\n\r\nBesok.",
        INDONESIAN: "Laporan lama",
    }
    with db.engine.begin() as connection:
        made = {text: case_of_report(connection, TOLD, text) for text in (*taken_out, *kept)}
        unnamed = case_of_report(connection, {"location": "Pasar"}, "Tidur\n\nTempat: Pasar, Api-api")
        of_no_report = connection.scalar(text("SELECT id FROM case_file WHERE report_id IS NULL"))
        untouched = row_of_case(connection, of_no_report)
    upgrade("head")
    with db.engine.connect() as connection:
        for before, after in (taken_out | dict.fromkeys(kept)).items():
            found = row_of_case(connection, made[before])
            assert found == ((before, 1) if after is None else (after, 2)), before
        assert row_of_case(connection, unnamed) == ("Tidur", 2)
        assert row_of_case(connection, of_no_report) == untouched
        report = "SELECT count(*) FROM incoming_report WHERE reporter_name = 'Pak Usman'"
        assert connection.scalar(text(report)) == len(made), "the report keeps who told it"


@pytest.mark.parametrize(("house", "blank"), BOTH, indirect=True)
def test_init_keeps_what_the_partner_of_a_live_referral_sees_after_the_migrations(old: Flask) -> None:
    upgrade("0011")  # the last release whose cases hold their reporter, and before disclosures
    with db.engine.begin() as connection:
        case_id = case_of_report(connection, TOLD, f"Anak dipukul\n\n{INDONESIAN}")
        referral_id = live_referral(connection, case_id)
    assert "what partners see was kept for 1 live referrals" in portal.prepare(old)
    kept = db.session.scalars(select(ReferralDisclosure)).one()
    assert (kept.referral_id, kept.origin.name) == (referral_id, "upgraded")
    values = {row["field"]: row["value"] for row in kept.data or ()}
    assert values["problem"] == "Anak dipukul", "it holds no line that a migration takes out of the case"
    assert values["name"] == "Nur'aini binti Saleh"
    assert list(verify_disclosures()) == []
    end_transaction()
    assert portal.prepare(old) == []


def live_referral(connection: Connection, case_id: int) -> int:
    """A referral that a release without disclosures has sent."""
    known = MetaData()
    known.reflect(connection, only=["referral", "partner", "need_kind"])
    now = clock.now()
    row = {
        "number": "RJK/2025/0001",
        "partner_id": connection.scalar(select(func.min(known.tables["partner"].c.id))),
        "need_kind_id": connection.scalar(select(func.min(known.tables["need_kind"].c.id))),
        "request": "Kursi roda",
        "urgency": "ordinary",
        "state": "sent",
        "shared_fields": ["identity", "problem"],
        "legal_basis": "emergency",
        "legal_reason": "Nyawa terancam",
        "case_id": case_id,
        "version": 1,
        **dict.fromkeys(("sent_at", "created_at", "changed_at"), now),
    }
    made: int = connection.execute(known.tables["referral"].insert().values(row)).inserted_primary_key[0]  # type: ignore[index]
    return made


def case_of_report(connection: Connection, told: dict[str, str], problem: str) -> int:
    """A case that the first release made of a report, with this text."""
    known = MetaData()
    known.reflect(connection, only=["case_file", "incoming_report", "kelurahan"])
    reports, cases, places = (known.tables[name] for name in ("incoming_report", "case_file", "kelurahan"))
    api_api = connection.scalar(select(places.c.id).where(places.c.name == "Api-api"))
    rows = [dict(connection.execute(select(table).limit(1)).mappings().one()) for table in (reports, cases)]
    report = {**rows[0], **told, "description": "Laporan lama", "kelurahan_id": api_api, "id": None}
    report_id = connection.execute(reports.insert().values(_new(report))).inserted_primary_key[0]  # type: ignore[index]
    case = {**rows[1], "number": f"LK3/2025/{report_id:05}", "report_id": report_id, "version": 1}
    case |= {"presenting_problem": problem}
    made: int = connection.execute(cases.insert().values(_new(case))).inserted_primary_key[0]  # type: ignore[index]
    return made


def _new(row: dict[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in row.items() if name != "id"}


def row_of_case(connection: Connection, key: int) -> tuple[str, int]:
    cases = Model.metadata.tables["case_file"].c
    found = connection.execute(select(cases.presenting_problem, cases.version).where(cases.id == key)).one()
    return found.presenting_problem, found.version
