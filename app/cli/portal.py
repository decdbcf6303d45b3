"""The application as the commands use it: opening, and the set-up steps of `siaga init`."""

from collections.abc import Iterable, Iterator
from contextlib import contextmanager

import click
from flask import Flask, current_app
from flask_babel import force_locale
from limits.errors import ConfigurationError
from sqlalchemy import select

import config
from app import create_app
from app.audit.services.audit_book import get_book_id, seal_books
from app.audit.services.heads import get_database_address
from app.cases.services.report_clocks import load_report_clocks
from app.cli import demo_accounts
from app.cli.file_cleaning import clean_files
from app.core.actor import ADMIN, SYSTEM
from app.core.errors import StartupError
from app.db.transaction import transaction
from app.extensions import db
from app.grants.seed import seed_grants
from app.operations import setup
from app.partners.services import load_partners
from app.reference.services import load_reference
from app.referrals.services.disclosures import disclose_live_referrals
from app.referrals.services.terms import load_terms
from app.security.models import PortalUser
from app.security.services import users as accounts


@contextmanager
def open_portal(*, demo: bool = False) -> Iterator[Flask]:
    """Build the application from the settings and enter its context, with messages in English.

    It names the database first, so that nobody works on another one than the server without noticing.
    """
    settings = config.load(demo=demo)
    click.echo(f"Database: {get_database_address(settings.database)}")
    app = build_app(settings)
    with app.app_context(), force_locale("en"):
        try:
            yield app
        finally:
            db.session.remove()
            db.engine.dispose()


def build_app(settings: config.Settings) -> Flask:
    """Build the application; raise `StartupError` for a missing driver or an invalid setting."""
    demo_accounts.check_demo_password(settings.demo_password)
    try:
        return create_app(settings)
    except ConfigurationError as error:
        raise StartupError(f"SIAGA_RATELIMIT_URL cannot be used: {error}.") from error
    except ModuleNotFoundError as error:
        if error.name != "psycopg":
            raise
        raise StartupError("PostgreSQL needs a driver: run pip install -e '.[postgres]'.") from error


def prepare_database(app: Flask) -> list[str]:
    """Run `siaga init`, which can be repeated, and return lines for the administrator."""
    return setup.initialise(app, SETUP_STEPS)


def _seal_books() -> Iterable[str]:
    """Add one audit entry that covers everything written before seals existed; give the book its id."""
    with transaction(by=SYSTEM) as session:
        if get_book_id(session) is None:
            seal_books(session, by=SYSTEM)
    return ()


def _create_roles() -> Iterable[str]:
    """Create the rows of the roles; permissions of a role are code, not rows."""
    with transaction(by=SYSTEM):
        accounts.ensure_roles()
    return ()


def _create_administrator() -> Iterable[str]:
    """Create the first administrator if there are no users; the demo has its own accounts."""
    settings: config.Settings = _get_settings()
    if settings.demo or db.session.scalar(select(PortalUser.id).limit(1)) is not None:
        return
    with transaction(by=SYSTEM):
        data = {"first_name": "Administrator", "username": "admin", "roles": [ADMIN], "expires": False}
        user = accounts.create_user(data, by=SYSTEM)
    yield "First log-in, shown only now; the portal asks for a password of your own:"
    yield f"  user name {user.username}   password {user.temporary_password}"


def _get_settings() -> config.Settings:
    settings: config.Settings = current_app.extensions["siaga_settings"]
    return settings


def _load_reference_data() -> Iterable[str]:
    """Load places, categories, needs, partners, terms, report clocks and the published grant figures."""
    with transaction(by=SYSTEM):
        load_reference(by=SYSTEM)
        seed_grants(by=SYSTEM)
        load_partners(by=SYSTEM)
        load_terms(by=SYSTEM)
        load_report_clocks(by=SYSTEM)
    return ()


SETUP_STEPS: tuple[setup.SetupStep, ...] = (
    _seal_books,
    _create_roles,
    _load_reference_data,
    _create_administrator,
    clean_files,
    disclose_live_referrals,
)
"""Steps of `siaga init` after the migrations, in this order."""
