"""A violated constraint with a message is shown beside its field; any other is logged as an error."""

import re
import sqlite3
from collections.abc import Callable, Iterator
from types import ModuleType

import pytest
from flask import Flask
from sqlalchemy import PrimaryKeyConstraint, UniqueConstraint, select, text
from sqlalchemy.exc import IntegrityError

from app.db.constraints import UNKNOWN_CONSTRAINT, get_constraint_name
from app.extensions import Model, db
from app.grants.models.pots import FundingSource
from app.grants.views.pots import FundingSourceView
from tests.support.client import PortalClient
from tests.support.concurrency import run_concurrently

AsUser = Callable[[str], PortalClient]

UNNAMED_VIOLATIONS = {
    "NOT NULL number_series.last": "INSERT INTO number_series (kind, year, last) VALUES ('Melati', 1, NULL)",
    "pk_number_series": "INSERT INTO number_series VALUES ('Melati', 1, 1), ('Melati', 1, 2)",
    "ck_partner_active": "UPDATE partner SET active = NOT active, name = 'Melati'",
    "ck_commitment_kept": "DELETE FROM commitment WHERE purpose <> 'Melati'",
    "audit_entry is append-only": "DELETE FROM audit_entry WHERE entity <> 'Melati'",
    "fk_case_team_case_id": "INSERT INTO case_team (case_id, user_id) VALUES (424242, 424242)",
}
VIOLATIONS_WITHOUT_NAME = {"fk_case_team_case_id": "FOREIGN KEY"}
"""Text of SQLite's error, which names no constraint."""


@pytest.mark.parametrize("constraint", UNNAMED_VIOLATIONS)
def test_violation_without_a_message_is_logged_as_an_internal_error(
    app: Flask,
    as_user: AsUser,
    make: ModuleType,
    monkeypatch: pytest.MonkeyPatch,
    caplog: pytest.LogCaptureFixture,
    constraint: str,
) -> None:
    make.partner()
    make.commitment(case=make.case())
    client, sql = as_user("admin"), UNNAMED_VIOLATIONS[constraint]
    execute_violation = staticmethod(lambda data, *, by: db.session.execute(text(sql)))
    monkeypatch.setattr(FundingSourceView, "add_service", execute_violation)
    response = client.post("/funding-sources/add", data={"name": "Melati Sukma"})
    assert response.status_code == 500
    reference = re.search(r"· ([0-9a-f]{8})\s", response.text)
    assert reference is not None
    name = (
        VIOLATIONS_WITHOUT_NAME.get(constraint, constraint)
        if db.engine.dialect.name == "sqlite"
        else constraint
    )
    (logged,) = [one.getMessage() for one in caplog.records if one.levelname == "ERROR"]
    assert re.fullmatch(rf"{reference[1]}: \w+ \({re.escape(name)}\) at FundingSourceView\.add", logged)
    for typed in ("Melati", "424242"):
        assert typed not in caplog.text + response.text
    assert db.session.scalar(select(FundingSource.id).filter_by(name="Melati Sukma")) is None


def test_concurrent_users_of_one_name_get_a_message_beside_the_field(app: Flask, as_user: AsUser) -> None:
    clients = [as_user("admin") for _ in range(4)]
    data = {"first_name": "Budi Santoso", "username": "budi", "roles": "Peksos"}
    responses = run_concurrently(4, lambda number: clients[number].post("/users/add", data=data))
    refused = [one for one in responses if 'name="username"' in one.text]  # type: ignore[union-attr]
    assert {one.status_code for one in responses} == {200}  # type: ignore[union-attr]
    assert len(refused) == 3
    assert all('id="username-error"' in one.text for one in refused)  # type: ignore[union-attr]


def test_violated_user_name_constraint_is_reported_beside_the_field(
    app: Flask, as_user: AsUser, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(
        "app.security.services.users.find_user", lambda _name: None
    )  # as if another request had inserted the name since
    data = {"first_name": "Rina Dua", "username": "rina", "roles": "Peksos"}
    response = as_user("admin").post("/users/add", data=data)
    assert response.status_code == 200
    assert 'id="username-error"' in response.text


def list_unique_constraints() -> Iterator[tuple[str, str, list[str]]]:
    for table in Model.metadata.sorted_tables:
        keys = [one for one in table.constraints if isinstance(one, UniqueConstraint | PrimaryKeyConstraint)]
        for one in (*keys, *(index for index in table.indexes if index.unique)):
            yield table.name, str(one.name), [column.name for column in one.columns]


def test_unique_constraints_are_named_alike_on_both_databases(shared_app: Flask) -> None:
    known = list(list_unique_constraints())
    assert len(known) > 50
    for table, name, columns in known:
        message = "UNIQUE constraint failed: " + ", ".join(f"{table}.{column}" for column in columns)
        same = {found for other, found, parts in known if (other, set(parts)) == (table, set(columns))}
        assert get_constraint_name(IntegrityError("", {}, sqlite3.IntegrityError(message))) in same, name


@pytest.mark.parametrize("message", ["datatype mismatch: Melati", "x is append-only Melati", ""])
def test_unknown_database_message_is_not_repeated(message: str) -> None:
    assert get_constraint_name(IntegrityError("", {}, sqlite3.IntegrityError(message))) == UNKNOWN_CONSTRAINT
