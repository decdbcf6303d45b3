"""The portal as the commands open it: what is prepared, what is checked."""

from collections.abc import Iterable, Iterator
from contextlib import contextmanager

from flask import Flask, current_app
from flask_babel import force_locale
from limits.errors import ConfigurationError
from sqlalchemy import select

import config
from app import create_app
from app.audit.services.audit_book import get_book_id, seal_books
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
    """Open the portal of the settings, in an application context."""
    app = build_app(config.load(demo=demo))
    with app.app_context(), force_locale("en"):
        try:
            yield app
        finally:
            db.session.remove()
            db.engine.dispose()


def build_app(settings: config.Settings) -> Flask:
    """Build the application; a missing driver is told like a broken setting."""
    demo_accounts.check_demo_password(settings.demo_password)
    try:
        return create_app(settings)
    except ConfigurationError as fault:
        raise StartupError(f"SIAGA_RATELIMIT_URL cannot be used: {fault}.") from fault
    except ModuleNotFoundError as fault:
        if fault.name != "psycopg":
            raise
        raise StartupError("PostgreSQL needs a driver: run pip install -e '.[postgres]'.") from fault


def prepare_database(app: Flask) -> list[str]:
    """Do what `siaga init` does, as often as anybody likes; the answer is for whoever sits at the machine."""
    return setup.initialise(app, SETUP_STEPS)


def _seal_books() -> Iterable[str]:
    """Cover by one line what the books held before they were sealed, and give the audit book its id."""
    with transaction(by=SYSTEM) as session:
        if get_book_id(session) is None:
            seal_books(session, by=SYSTEM)
    return ()


def _create_roles() -> Iterable[str]:
    """Make the rows that users' roles point to; what a role may do is code, not rows."""
    with transaction(by=SYSTEM):
        accounts.ensure_roles()
    return ()


def _create_administrator() -> Iterable[str]:
    """Open the first account, unless there is one; the demo brings its own."""
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
    """Load what the office works with: places, categories, needs, partners, what was published of money."""
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
"""What `siaga init` prepares after the tables."""
