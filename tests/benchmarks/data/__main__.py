"""`python -m tests.benchmarks.data --clients N`: fill an empty database with invented data at scale."""

from pathlib import Path

import click
from sqlalchemy import select

import config
from app.cli.errors import report_errors
from app.cli.portal import open_portal, prepare_database
from app.core.errors import StartupError
from app.extensions import db
from app.operations.lock import setup_lock
from app.security.models import PortalUser
from tests.benchmarks.data import filling


@click.command()
@click.option("--clients", required=True, type=click.IntRange(1), help="How many clients to invent.")
@click.option("--seed", default=1, show_default=True, help="The same seed invents the same people.")
@click.option("--template", type=click.Path(path_type=Path), help="Folder that keeps the template.")
@click.option("--template-clients", default=filling.TEMPLATE_CLIENTS, show_default=True)
def main(clients: int, seed: int, template: Path | None, template_clients: int) -> None:
    """Fill the database of the settings (SIAGA_DATABASE_URL, SIAGA_INSTANCE_DIR)."""
    with report_errors(), open_portal() as app:
        prepare_database(app)
        with setup_lock(db.engine, config.load().instance):
            _refuse_used()
            filling.fill(clients, seed, template, template_clients)
    click.echo(f"{clients} clients were invented.")


def _refuse_used() -> None:
    """Refuse a database with real people: what the books record of invented ones cannot be deleted."""
    somebody = db.session.scalar(select(PortalUser.id).where(PortalUser.username != "admin").limit(1))
    db.session.rollback()
    if filling.has_clients() or somebody is not None:
        raise StartupError(
            "The database has clients or users already; invented data only fills an empty one."
        )


if __name__ == "__main__":
    main()
