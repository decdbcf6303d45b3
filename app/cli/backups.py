"""The commands `siaga backup`, `siaga verify` and `siaga restore`."""

from contextlib import nullcontext, suppress
from datetime import datetime
from pathlib import Path

import click
from flask import current_app
from sqlalchemy.exc import DatabaseError

from app.audit.services import heads
from app.audit.services.audit_book import record_restore
from app.cli.check import report_faults
from app.cli.portal import open_portal, prepare_database
from app.core import clock
from app.core.actor import SYSTEM
from app.core.errors import StartupError
from app.core.seals import get_book_key
from app.db.command_runs import BACKUP, record_run
from app.db.transaction import transaction
from app.extensions import db
from app.operations import setup
from app.operations.backup import write_backup, write_dated_backup
from app.operations.backup_check import BackupReport, verify_backup
from app.operations.restore import restore_backup

FILE_PATH_TYPE = click.Path(dir_okay=False, path_type=Path)
FOLDER_PATH_TYPE = click.Path(file_okay=False, path_type=Path)
KEPT_BACKUPS = 14


@click.command()
@click.argument("file", type=FILE_PATH_TYPE, required=False)
@click.option("--into", "folder", type=FOLDER_PATH_TYPE, help="A folder; the backup gets a dated name in it.")
@click.option(
    "--keep",
    type=click.IntRange(min=1),
    default=KEPT_BACKUPS,
    show_default=True,
    help="With --into: how many dated backups stay after a good one.",
)
@click.pass_obj
def backup(demo: bool, file: Path | None, folder: Path | None, keep: int) -> None:
    """Copy the database and the uploads into one zip and verify it; exit code 1 on a fault."""
    if (file is None) == (folder is None):
        raise click.UsageError("Name either a FILE or a folder with --into.")
    with open_portal(demo=demo):
        if setup.get_revision() != setup.get_head_revision():
            raise StartupError("The tables are not those of this release: run siaga init.")
        started_at = clock.now()
        address = heads.get_database_address(db.engine.url)
        book, head = heads.save_head()
        book_info = {"id": book, "key_id": get_book_key().id, "head": None if head is None else str(head)}
        if folder is None:
            assert file is not None  # noqa: S101  checked above
            target = file.absolute()
            report = write_backup(target, book_info, address)
        else:
            target, report = write_dated_backup(folder.absolute(), keep, book_info, address)
        _print_report(report)
        _record_backup(started_at, report)
    if report.damage:
        click.echo("No backup was made. Keep the database, and restore the last good backup.", err=True)
    else:
        click.echo(f"{target} holds {_count_contents(report)}. Keep it where only you can read it.")
    if report.faults:
        raise click.exceptions.Exit(1)


def _record_backup(started_at: datetime, report: BackupReport) -> None:
    """Store the result for the first page; a damaged database may refuse it."""
    with suppress(DatabaseError) if report.damage else nullcontext():
        record_run(BACKUP, started_at, _summarize(report), succeeded=not report.faults)


@click.command()
@click.argument("file", type=FILE_PATH_TYPE)
@click.pass_obj
def verify(demo: bool, file: Path) -> None:
    """Read a whole backup and compare it with its checksums and its own database; exit code 1 on a fault."""
    with open_portal(demo=demo):
        report = verify_backup(file.absolute(), Path(current_app.instance_path))
    click.echo(f"Backup of {report.address or 'an unnamed database'}, made at {report.made_at}")
    _print_report(report)
    if report.faults:
        raise click.exceptions.Exit(1)
    click.echo(f"{file} is good: it holds {_count_contents(report)}.")


def _print_report(report: BackupReport) -> None:
    for note in report.notes:
        click.echo(f"note: {note}")
    for fault in report.faults:
        click.echo(f"fault: {fault}", err=True)


def _summarize(report: BackupReport) -> str:
    return report.faults[0] if report.faults else _count_contents(report)


def _count_contents(report: BackupReport) -> str:
    return f"{report.client_count} clients and {report.upload_count} uploads"


@click.command()
@click.argument("file", type=FILE_PATH_TYPE)
@click.pass_obj
def restore(demo: bool, file: Path) -> None:
    """Fill an empty database and an empty upload folder from a backup, then check them."""
    with open_portal(demo=demo) as app:
        result = restore_backup(file.absolute())
        _book, last_head = heads.get_current_head()
        prepare_database(app)
        with transaction(by=SYSTEM) as session:
            backup_info = {"made_at": result.made_at, "sha256": result.manifest_sha256}
            record_restore(
                session, last_id=None if last_head is None else last_head.id, by=SYSTEM, **backup_info
            )
        click.echo(f"The database and {result.upload_count} uploads are back.")
        if report_faults():
            raise click.exceptions.Exit(1)
