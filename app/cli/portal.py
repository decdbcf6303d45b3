"""The portal as the commands open it: what is prepared, what is checked."""

from collections.abc import Iterable, Iterator
from contextlib import contextmanager

from flask import Flask, current_app
from flask_babel import force_locale
from limits.errors import ConfigurationError
from sqlalchemy import select

import config
from app import create_app
from app.audit.services import book_id, seal_books
from app.cases.services.clocks import load_clocks
from app.cli import doors
from app.cli.file_cleaning import clean_files
from app.core.actor import ADMIN, SYSTEM
from app.core.errors import StartupError
from app.core.operations import setup
from app.core.unit import unit
from app.extensions import db
from app.grants.facts import load_money_facts
from app.partners.services import load_partners
from app.reference.services import load_reference
from app.referrals.services.disclosures import disclose_live_referrals
from app.referrals.services.terms import load_terms
from app.security import services as accounts
from app.security.models import PortalUser


@contextmanager
def opened(*, demo: bool = False) -> Iterator[Flask]:
    """Open the portal of the settings, in an application context."""
    app = build(config.load(demo=demo))
    with app.app_context(), force_locale("en"):
        try:
            yield app
        finally:
            db.session.remove()
            db.engine.dispose()


def build(settings: config.Settings) -> Flask:
    """Build the application; a missing driver is told like a broken setting."""
    doors.refuse_weak(settings.demo_password)
    try:
        return create_app(settings)
    except ConfigurationError as fault:
        raise StartupError(f"SIAGA_RATELIMIT_URL cannot be used: {fault}.") from fault
    except ModuleNotFoundError as fault:
        if fault.name != "psycopg":
            raise
        raise StartupError("PostgreSQL needs a driver: run pip install -e '.[postgres]'.") from fault


def prepare(app: Flask) -> list[str]:
    """Do what `siaga init` does, as often as anybody likes; the answer is for whoever sits at the machine."""
    return setup.initialise(app, STEPS)


def _seals() -> Iterable[str]:
    """Cover by one line what the books held before they were sealed, and give the audit book its id."""
    with unit(by=SYSTEM) as session:
        if book_id(session) is None:
            seal_books(session, by=SYSTEM)
    return ()


def _roles() -> Iterable[str]:
    """Make the rows that users' roles point to; what a role may do is code, not rows."""
    with unit(by=SYSTEM):
        accounts.ensure_roles()
    return ()


def _administrator() -> Iterable[str]:
    """Open the first account, unless there is one; the demo brings its own."""
    settings: config.Settings = _settings()
    if settings.demo or db.session.scalar(select(PortalUser.id).limit(1)) is not None:
        return
    with unit(by=SYSTEM):
        data = {"first_name": "Administrator", "username": "admin", "roles": [ADMIN], "expires": False}
        user = accounts.create_user(data, by=SYSTEM)
    yield "First log-in, shown only now; the portal asks for a password of your own:"
    yield f"  user name {user.username}   password {user.temporary_password}"


def _settings() -> config.Settings:
    settings: config.Settings = current_app.extensions["siaga_settings"]
    return settings


def _reference() -> Iterable[str]:
    """Load what the office works with: places, categories, needs, partners, what was published of money."""
    with unit(by=SYSTEM):
        load_reference(by=SYSTEM)
        load_money_facts(by=SYSTEM)
        load_partners(by=SYSTEM)
        load_terms(by=SYSTEM)
        load_clocks(by=SYSTEM)
    return ()


STEPS: tuple[setup.Step, ...] = (
    _seals,
    _roles,
    _reference,
    _administrator,
    clean_files,
    disclose_live_referrals,
)
"""What `siaga init` prepares after the tables."""
