"""The command `siaga`: what the administrator of the machine asks of the portal."""

from pathlib import Path

import click

from app import synthetic
from app.cli import doors
from app.cli.checks import CHECKS
from app.cli.faults import told
from app.cli.file_cleaning import clean_files
from app.cli.portal import opened, prepare
from app.cli.words import translations
from app.core.actor import ADMIN, SYSTEM
from app.core.errors import StartupError
from app.core.operations import backup as zips
from app.core.operations import check as checking
from app.core.operations import setup
from app.core.operations.lock import setup_lock
from app.core.unit import unit
from app.extensions import db
from app.referrals.models import Referral
from app.referrals.queries import overdue_untold
from app.referrals.services import escalate_referral
from app.security import lockout
from app.security import services as accounts
from app.security.models import PortalUser

MOST_TOLD = 1000
"""Referrals that one run tells of; the next run goes on."""
FILE = click.Path(dir_okay=False, path_type=Path)


class ToldGroup(click.Group):
    """A group whose commands tell what stands in their way in one sentence."""

    def invoke(self, ctx: click.Context) -> object:
        """Run the command; exit with 2 when it cannot even begin."""
        with told():
            return super().invoke(ctx)


@click.group(cls=ToldGroup)
@click.option("--demo", is_flag=True, help="Use the demo's own database file.")
@click.pass_context
def main(context: click.Context, demo: bool) -> None:
    """Set up, fill, check, back up and restore the portal."""
    context.obj = demo


main.add_command(translations)


@main.command()
@click.pass_obj
def init(demo: bool) -> None:
    """Make or update the tables, the roles and the reference data."""
    with opened(demo=demo) as app:
        for line in prepare(app):
            click.echo(line)
    click.echo("The database is ready.")


@main.command()
@click.option("--clients", required=True, type=click.IntRange(1), help="How many clients to invent.")
@click.option("--seed", default=1, show_default=True, help="The same seed invents the same people.")
@click.pass_obj
def synthesize(demo: bool, clients: int, seed: int) -> None:
    """Fill an empty database with invented data at scale, to measure the portal by."""
    with opened(demo=demo) as app:
        prepare(app)
        with setup_lock(db.engine, Path(app.instance_path)):
            doors.refuse_used()
            synthetic.synthesize(clients, seed)
    click.echo(f"{clients} clients were invented.")


@main.command()
def demo() -> None:
    """Fill an empty database with invented people and their stories."""
    with opened(demo=True) as app:
        prepare(app)
        if doors.has_clients():
            raise StartupError("The database has clients already; the demo only fills an empty one.")
        for line in doors.open_doors(app):
            click.echo(line)


@main.command()
@click.pass_obj
def check(demo: bool) -> None:
    """Look whether everything in the database and on the disk is as it should be."""
    with opened(demo=demo):
        if setup.revision() is None:
            raise StartupError("The database has not been set up: run siaga init.")
        if _report_faults():
            raise click.exceptions.Exit(1)


def _report_faults() -> int:
    number = 0
    for question, faults in checking.run(CHECKS):
        click.echo(f"{question.name}: {'ok' if not faults else f'{len(faults)} faults'}")
        for fault in faults:
            click.echo(f"  {fault}")
        number += len(faults)
    return number


@main.command("clean-files")
@click.pass_obj
def clean_files_now(demo: bool) -> None:
    """Free the stored files of older releases of metadata; init does it, too."""
    with opened(demo=demo) as app:
        if setup.revision() != setup.head():
            raise StartupError("The tables are not those of this release: run siaga init.")
        with setup_lock(db.engine, Path(app.instance_path)):
            for line in clean_files():
                click.echo(line)


@main.command()
@click.pass_obj
def escalate(demo: bool) -> None:
    """Tell in the books of the cases which referrals are late: once for each breach, so run it often."""
    with opened(demo=demo):
        number = sum(map(_escalated, overdue_untold(MOST_TOLD)))
    click.echo(f"Referrals newly found late: {number}.")


def _escalated(key: int) -> bool:
    """Each in a transaction of its own: nobody who works on another one waits."""
    with unit(by=SYSTEM):
        return escalate_referral(db.session.get_one(Referral, key), by=SYSTEM)


@main.command()
@click.argument("file", type=FILE)
@click.pass_obj
def backup(demo: bool, file: Path) -> None:
    """Copy the database and the uploads into one zip."""
    with opened(demo=demo):
        uploads = zips.backup(file.absolute())
    click.echo(f"{file} holds the database and {uploads} uploads. Keep it where only you can read it.")


@main.command()
@click.argument("file", type=FILE)
@click.pass_obj
def restore(demo: bool, file: Path) -> None:
    """Fill an empty database and an empty upload folder from a backup, then check them."""
    with opened(demo=demo) as app:
        uploads = zips.restore(file.absolute())
        prepare(app)
        click.echo(f"The database and {uploads} uploads are back.")
        if _report_faults():
            raise click.exceptions.Exit(1)


@main.command()
@click.argument("username")
@click.pass_obj
def unlock(demo: bool, username: str) -> None:
    """Let a user log in again at once who has to wait after wrong passwords."""
    with opened(demo=demo), unit(by=SYSTEM):
        lockout.forget_failures(_account(username))
    click.echo(f"{username} may log in now.")


@main.command("reset-password")
@click.argument("username")
@click.pass_obj
def reset_password(demo: bool, username: str) -> None:
    """Give a user a temporary password and end the sessions; for when no administrator can log in."""
    with opened(demo=demo):
        with unit(by=SYSTEM):
            user = accounts.reset_password(_account(username), by=SYSTEM)
        click.echo(f"Temporary password, shown only now and good for 72 hours: {user.temporary_password}")


def _account(username: str) -> PortalUser:
    user = accounts.user_named(username)
    if user is None:
        raise StartupError(f"There is no user {username}.")
    return user


@main.command("create-admin")
@click.option("--username", required=True)
@click.option("--password", help="At least 12 characters; without it a temporary one is made and shown.")
@click.pass_obj
def create_admin(demo: bool, username: str, password: str | None) -> None:
    """Open an account for another administrator."""
    with opened(demo=demo) as app:
        prepare(app)
        data = {"first_name": username, "username": username, "roles": [ADMIN], "password": password}
        with unit(by=SYSTEM):
            user = accounts.create_user(data, by=SYSTEM)
        click.echo(f"Administrator {user.username} may log in now.")
        if password is None:
            click.echo(f"Temporary password, shown only now: {user.temporary_password}")
