"""The command `siaga` for the administrator of the machine."""

from collections.abc import Sequence
from pathlib import Path

import click

from app.audit.services import heads
from app.audit.services.audit_book import record_restore
from app.audit.services.heads import BookHead
from app.cli import demo_accounts
from app.cli.errors import report_errors
from app.cli.file_cleaning import clean_files
from app.cli.i18n import translations
from app.cli.make_migration import make_migration
from app.cli.portal import open_portal, prepare_database
from app.core.actor import ADMIN, SYSTEM
from app.core.errors import StartupError
from app.core.seals import get_book_key
from app.db.transaction import transaction
from app.extensions import db
from app.operations import backup as zips
from app.operations import book_checks, setup
from app.operations import check as checking
from app.operations.checks import CHECKS
from app.operations.lock import setup_lock
from app.referrals.models.referral import Referral
from app.referrals.queries import list_unescalated_overdue_ids
from app.referrals.services.rules import escalate_referral
from app.security.models import PortalUser
from app.security.services import lockout
from app.security.services import users as accounts

MAX_ESCALATIONS_PER_RUN = 1000
"""Referrals that one run escalates; the next run continues."""
FILE_PATH_TYPE = click.Path(dir_okay=False, path_type=Path)


class ErrorReportingGroup(click.Group):
    """A command group that reports expected errors in one sentence instead of a traceback."""

    def invoke(self, ctx: click.Context) -> object:
        """Run the command; exit with 2 on an expected error (see `report_errors`)."""
        with report_errors():
            return super().invoke(ctx)


@click.group(cls=ErrorReportingGroup)
@click.option("--demo", is_flag=True, help="Use the demo's own database file.")
@click.version_option(package_name="siaga", message="Siaga %(version)s")
@click.pass_context
def main(context: click.Context, demo: bool) -> None:
    """Set up, fill, check, back up and restore the portal."""
    context.obj = demo


main.add_command(translations)
main.add_command(make_migration)


@main.command()
@click.pass_obj
def init(demo: bool) -> None:
    """Make or update the tables, the roles and the reference data."""
    with open_portal(demo=demo) as app:
        for line in prepare_database(app):
            click.echo(line)
    click.echo("The database is ready.")


@main.command()
def demo() -> None:
    """Fill an empty database with invented people and their stories."""
    with open_portal(demo=True) as app:
        prepare_database(app)
        if demo_accounts.has_clients():
            raise StartupError("The database has clients already; the demo only fills an empty one.")
        for line in demo_accounts.prepare_demo_accounts(app):
            click.echo(line)


@main.command()
@click.option("--head", "printed", multiple=True, help="A head from the office's safe, as check printed it.")
@click.pass_obj
def check(demo: bool, printed: tuple[str, ...]) -> None:
    """Look whether everything in the database and on the disk is as it should be."""
    printed_heads = [_parse_head_argument(line) for line in printed]
    with open_portal(demo=demo):
        if setup.get_revision() is None:
            raise StartupError("The database has not been set up: run siaga init.")
        if _report_faults(printed_heads):
            raise click.exceptions.Exit(1)


def _parse_head_argument(line: str) -> BookHead:
    head = heads.parse_head(line.rpartition("head: ")[2])
    if head is None:
        raise StartupError(f"{line!r} is no head; it must look like TIME NUMBER HASH.")
    return head


def _report_faults(printed_heads: Sequence[BookHead] = ()) -> int:
    """Print all findings and the head of the audit book; return the number of faults."""
    fault_count = 0
    selected_checks = [
        book_checks.build_books_check(printed_heads) if item.name == book_checks.CHECK_NAME else item
        for item in CHECKS
    ]
    for finished_check, findings in checking.run_checks(selected_checks):
        faults = [item for item in findings if not isinstance(item, checking.Note)]
        click.echo(f"{finished_check.name}: {'ok' if not faults else f'{len(faults)} faults'}")
        for finding in findings:
            click.echo(f"  {'note: ' if isinstance(finding, checking.Note) else ''}{finding}")
        fault_count += len(faults)
    _book, head = heads.save_head()
    if head is not None:
        click.echo(f"audit book head: {head}")
    return fault_count


@main.command("clean-files")
@click.pass_obj
def clean_files_command(demo: bool) -> None:
    """Free the stored files of older releases of metadata; init does it, too."""
    with open_portal(demo=demo) as app:
        if setup.get_revision() != setup.get_head_revision():
            raise StartupError("The tables are not those of this release: run siaga init.")
        with setup_lock(db.engine, Path(app.instance_path)):
            for line in clean_files():
                click.echo(line)


@main.command()
@click.pass_obj
def escalate(demo: bool) -> None:
    """Tell in the books of the cases which referrals are late: once for each breach, so run it often."""
    with open_portal(demo=demo):
        escalated_count = sum(map(_escalate_by_id, list_unescalated_overdue_ids(MAX_ESCALATIONS_PER_RUN)))
    click.echo(f"Referrals newly found late: {escalated_count}.")


def _escalate_by_id(referral_id: int) -> bool:
    """Escalate one referral in a separate transaction, so that users of other referrals do not wait."""
    with transaction(by=SYSTEM):
        return escalate_referral(db.session.get_one(Referral, referral_id), by=SYSTEM)


@main.command()
@click.argument("file", type=FILE_PATH_TYPE)
@click.pass_obj
def backup(demo: bool, file: Path) -> None:
    """Copy the database and the uploads into one zip."""
    with open_portal(demo=demo):
        if setup.get_revision() != setup.get_head_revision():
            raise StartupError("The tables are not those of this release: run siaga init.")
        book, head = heads.save_head()
        book_info = {"id": book, "key_id": get_book_key().id, "head": None if head is None else str(head)}
        upload_count = zips.write_backup(file.absolute(), book_info)
    click.echo(f"{file} holds the database and {upload_count} uploads. Keep it where only you can read it.")


@main.command()
@click.argument("file", type=FILE_PATH_TYPE)
@click.pass_obj
def restore(demo: bool, file: Path) -> None:
    """Fill an empty database and an empty upload folder from a backup, then check them."""
    with open_portal(demo=demo) as app:
        result = zips.restore_backup(file.absolute())
        _book, last_head = heads.get_current_head()
        prepare_database(app)
        with transaction(by=SYSTEM) as session:
            backup_info = {"made_at": result.made_at, "sha256": result.manifest_sha256}
            record_restore(
                session, last_id=None if last_head is None else last_head.id, by=SYSTEM, **backup_info
            )
        click.echo(f"The database and {result.upload_count} uploads are back.")
        if _report_faults():
            raise click.exceptions.Exit(1)


@main.command()
@click.argument("username")
@click.pass_obj
def unlock(demo: bool, username: str) -> None:
    """Let a user log in again at once who has to wait after wrong passwords."""
    with open_portal(demo=demo), transaction(by=SYSTEM):
        lockout.reset_failures(_get_account(username))
    click.echo(f"{username} may log in now.")


@main.command("reset-password")
@click.argument("username")
@click.pass_obj
def reset_password(demo: bool, username: str) -> None:
    """Give a user a temporary password and end the sessions; for when no administrator can log in."""
    with open_portal(demo=demo):
        with transaction(by=SYSTEM):
            user = accounts.reset_password(_get_account(username), by=SYSTEM)
        click.echo(f"Temporary password, shown only now and good for 72 hours: {user.temporary_password}")


def _get_account(username: str) -> PortalUser:
    user = accounts.find_user(username)
    if user is None:
        raise StartupError(f"There is no user {username}.")
    return user


@main.command("create-admin")
@click.option("--username", required=True)
@click.option("--password", help="At least 12 characters; without it a temporary one is made and shown.")
@click.pass_obj
def create_admin(demo: bool, username: str, password: str | None) -> None:
    """Open an account for another administrator."""
    with open_portal(demo=demo) as app:
        prepare_database(app)
        data = {"first_name": username, "username": username, "roles": [ADMIN], "password": password}
        with transaction(by=SYSTEM):
            user = accounts.create_user(data, by=SYSTEM)
        click.echo(f"Administrator {user.username} may log in now.")
        if password is None:
            click.echo(f"Temporary password, shown only now: {user.temporary_password}")
