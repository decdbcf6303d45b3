"""`siaga make-migration`: generate the next migration from the models and list untranslated messages."""

import secrets
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager, redirect_stdout
from io import StringIO
from pathlib import Path
from typing import Any

import click
from alembic import command
from alembic.operations import ops
from flask import current_app
from sqlalchemy import URL

from app.cli import i18n
from app.cli.portal import build_app
from app.core.errors import StartupError
from app.extensions import db
from app.operations import setup
from config import ROOT, Settings


@click.command("make-migration")
@click.argument("text")
def make_migration(text: str) -> None:
    """Write the next migration from the models; TEXT says in a few words what changes.

    Needs no database: the migrations so far are run on an empty SQLite file, which is thrown away.
    """
    message = _checked_message(text)
    if not (ROOT / "pyproject.toml").is_file():
        raise StartupError("Migrations are made in a checkout of the source: run this command there.")
    with _scratch_database():
        setup.migrate_database()
        click.echo(f"An empty SQLite database has been brought to revision {setup.get_head_revision()}.")
        _write_revision(message)
    _refresh_catalogues()


def _checked_message(text: str) -> str:
    """Return the text as it is used in the docstring and, shortened, in the name of the migration."""
    message = " ".join(text.split()).rstrip(".").replace("\\", "/").replace('"', "'")
    if not any(character.isalnum() for character in message):
        raise StartupError('Say what changes: siaga make-migration "Add the partner\'s website".')
    return message


@contextmanager
def _scratch_database() -> Iterator[None]:
    """Enter an application context on a temporary database, so that no office's data is involved."""
    with tempfile.TemporaryDirectory(prefix="siaga-make-migration-") as name:
        folder = Path(name)
        key = secrets.token_urlsafe(32)
        settings = Settings(
            instance=folder,
            database=URL.create("sqlite", database=str(folder / "scratch.sqlite")),
            secret_key=key,
            book_key=key,
            upload_dir=folder,
        )
        with build_app(settings).app_context():
            try:
                yield
            finally:
                db.session.remove()
                db.engine.dispose()


def _write_revision(message: str) -> None:
    configuration = current_app.extensions["migrate"].migrate.get_config()
    number = f"{int(setup.get_head_revision() or 0) + 1:04}"
    required: list[str] = []

    def examine(_context: Any, _revision: Any, directives: list[Any]) -> None:
        if directives[0].upgrade_ops.is_empty():
            directives[:] = []
        else:
            required.extend(_required_columns(directives[0].upgrade_ops))

    with redirect_stdout(StringIO()):  # hides Alembic's output
        script: Any = command.revision(
            configuration,
            message,
            autogenerate=True,
            rev_id=number,
            process_revision_directives=examine,
        )
    if not script:
        click.echo("The models say nothing that the migrations do not: no migration was written.")
        return
    file = Path(script.path)
    _leave_out_marks(file)
    click.echo(f"{file.relative_to(ROOT)} is written; read it, then run siaga init.")
    for column in required:
        click.echo(f"  {column} is required: give the rows that are there a value before it is NOT NULL.")


def _leave_out_marks(file: Path) -> None:
    """Remove Alembic's own comments from the migration; they say nothing that the code does not."""
    lines = file.read_text(encoding="utf-8").splitlines(keepends=True)
    file.write_text(
        "".join(line for line in lines if not line.lstrip().startswith("# ###")), encoding="utf-8"
    )


def _required_columns(changes: ops.UpgradeOps) -> Iterator[str]:
    """Yield new NOT NULL columns without a default: a table with rows cannot get them in one step."""
    for change in changes.ops:
        for added in change.ops if isinstance(change, ops.ModifyTableOps) else ():
            if isinstance(added, ops.AddColumnOp) and _is_required(added.column):
                yield f"{added.table_name}.{added.column.name}"


def _is_required(column: Any) -> bool:
    return not column.nullable and column.server_default is None


def _refresh_catalogues() -> None:
    """Extract and merge the messages, and list those without a translation."""
    i18n.write_template()
    i18n.print_untranslated(i18n.merge_template())
