"""Migrations are atomic, keep triggers, and leave nothing for autogenerate to find."""

import shutil
from collections.abc import Iterator
from pathlib import Path

import flask_migrate
import pytest
from alembic import command
from alembic.migration import MigrationContext
from flask import current_app
from sqlalchemy import URL, inspect, text
from sqlalchemy.exc import IntegrityError

from app.db import triggers
from app.extensions import Model, db
from config import Settings
from tests.support import portal

MIGRATIONS = Path(portal.__file__).parents[2] / "app" / "migrations"
NEXT_MIGRATION = """
from alembic import op
import sqlalchemy as sa
revision, down_revision = "0002", "0001"
def upgrade():
    {body}
"""


@pytest.fixture
def migrations_folder(empty_database: URL, tmp_path: Path) -> Iterator[Path]:
    """A migrations folder whose first migration was generated from the models, and run."""
    app = portal.make_app(
        Settings(
            instance=tmp_path,
            database=empty_database,
            secret_key="only for tests",
            book_key="only for tests",
            upload_dir=tmp_path,
            testing=True,
        )
    )
    with app.app_context():
        folder = tmp_path / "migrations"
        (folder / "versions").mkdir(parents=True)
        for name in ("env.py", "script.py.mako", "alembic.ini"):
            shutil.copyfile(MIGRATIONS / name, folder / name)
        flask_migrate.migrate(str(folder), message="first", rev_id="0001")
        run_migrations(folder)
        yield folder
        db.session.remove()
        db.engine.dispose()


def run_migrations(folder: Path) -> None:
    """Upgrade as `siaga init` does; Flask-Migrate's own function would turn an error into an exit."""
    command.upgrade(current_app.extensions["migrate"].migrate.get_config(str(folder)), "head")


def test_first_migration_creates_the_tables_of_the_models(migrations_folder: Path) -> None:
    flask_migrate.migrate(str(migrations_folder), message="nothing is left to do")

    assert [file.name for file in (migrations_folder / "versions").glob("*.py")] == ["0001_first.py"]
    with db.engine.connect() as connection:
        assert set(Model.metadata.tables) <= set(inspect(connection).get_table_names())


def test_generated_migration_imports_nothing_of_the_app(migrations_folder: Path) -> None:
    assert "app." not in (migrations_folder / "versions" / "0001_first.py").read_text()


def test_triggers_and_indexes_exist_after_a_migration(migrations_folder: Path) -> None:
    with db.engine.connect() as connection:
        assert triggers.list_missing_objects(connection) == []


def test_table_rebuilt_by_a_migration_keeps_its_triggers(migrations_folder: Path) -> None:
    body = """with op.batch_alter_table("audit_entry", recreate="always") as batch:
        batch.alter_column("action", type_=sa.String(60))"""
    (migrations_folder / "versions" / "0002_wider.py").write_text(NEXT_MIGRATION.format(body=body))

    run_migrations(migrations_folder)

    with db.engine.connect() as connection:
        assert triggers.list_missing_objects(connection) == []


def test_failed_migration_is_rolled_back(migrations_folder: Path) -> None:
    body = """op.create_table("half", sa.Column("id", sa.Integer, primary_key=True))
    raise RuntimeError("in the middle")"""
    (migrations_folder / "versions" / "0002_half.py").write_text(NEXT_MIGRATION.format(body=body))

    with pytest.raises(RuntimeError, match="in the middle"):
        run_migrations(migrations_folder)

    with db.engine.connect() as connection:
        assert not inspect(connection).has_table("half")
        assert MigrationContext.configure(connection).get_current_revision() == "0001"


def test_migration_that_breaks_foreign_keys_fails(migrations_folder: Path) -> None:
    body = """op.execute("INSERT INTO ab_user_role (id, user_id, role_id) VALUES (1, 4711, 4711)")"""
    (migrations_folder / "versions" / "0002_orphan.py").write_text(NEXT_MIGRATION.format(body=body))

    with pytest.raises((RuntimeError, IntegrityError)):
        run_migrations(migrations_folder)


def test_foreign_keys_are_enforced_again_after_a_migration(migrations_folder: Path) -> None:
    if db.engine.dialect.name != "sqlite":
        return
    with db.engine.connect() as connection:
        assert connection.execute(text("PRAGMA foreign_keys")).scalar() == 1


def test_rebuilt_table_keeps_the_triggers_of_its_children(migrations_folder: Path) -> None:
    body = """with op.batch_alter_table("grant_fund") as batch:
        batch.alter_column("name", type_=sa.String(240))"""
    (migrations_folder / "versions" / "0002_longer.py").write_text(NEXT_MIGRATION.format(body=body))

    run_migrations(migrations_folder)

    with db.engine.connect() as connection:
        assert triggers.list_missing_objects(connection) == []
        assert "expenditure_guard" in str(triggers.list_present_objects(connection))
