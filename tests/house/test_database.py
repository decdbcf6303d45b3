"""Tables, constraints and triggers after `siaga init`, on SQLite and on PostgreSQL."""

from alembic import command
from flask import Flask

from app.db import triggers
from app.extensions import db, migrate
from tests.support import schema


def test_migrations_create_the_tables_of_the_models(app: Flask) -> None:
    command.check(migrate.get_config())


def test_check_constraints_equal_those_of_the_models(app: Flask) -> None:
    with db.engine.connect() as connection:
        assert schema.all_different_checks(connection) == {}


def test_triggers_and_full_text_tables_are_the_expected_ones(app: Flask) -> None:
    with db.engine.connect() as connection:
        assert triggers.list_present_objects(connection) == set(
            triggers.build_expected_objects(connection.dialect.name)
        )
