"""What stands in the database after `siaga init`, on SQLite and on PostgreSQL."""

from alembic import command
from flask import Flask

from app.db import triggers
from app.extensions import db, migrate
from tests.support import schema


def test_the_migrations_make_the_tables_of_the_models(app: Flask) -> None:
    command.check(migrate.get_config())


def test_the_checks_of_the_migrated_database_are_those_of_the_models(app: Flask) -> None:
    with db.engine.connect() as connection:
        assert schema.all_different_checks(connection) == {}


def test_every_trigger_and_full_text_table_is_there_and_no_other(app: Flask) -> None:
    with db.engine.connect() as connection:
        assert triggers.list_present_objects(connection) == set(
            triggers.build_expected_objects(connection.dialect.name)
        )
