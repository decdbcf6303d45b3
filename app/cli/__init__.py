"""The command `siaga` for the administrator of the machine."""

from pathlib import Path

import click

from app.cli import demo_accounts
from app.cli.backups import backup, restore, verify
from app.cli.check import check
from app.cli.errors import report_errors
from app.cli.file_cleaning import clean_files
from app.cli.i18n import translations
from app.cli.make_migration import make_migration
from app.cli.portal import open_portal, prepare_database
from app.clients.queries import has_clients
from app.core.actor import ADMIN, SYSTEM
from app.core.errors import StartupError
from app.db.transaction import transaction
from app.extensions import db
from app.operations import setup
from app.operations.lock import setup_lock
from app.referrals.models.referral import Referral
from app.referrals.queries import list_unescalated_overdue_ids
from app.referrals.services.rules import escalate_referral
from app.security.models import PortalUser
from app.security.services import lockout
from app.security.services import users as accounts

MAX_ESCALATIONS_PER_RUN = 1000
"""Referrals that one run escalates; the next run continues."""


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


for command in (check, backup, verify, restore, translations, make_migration):
    main.add_command(command)


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
        if has_clients():
            raise StartupError("The database has clients already; the demo only fills an empty one.")
        for line in demo_accounts.prepare_demo_accounts(app):
            click.echo(line)


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
