"""Who did the invented work."""

from sqlalchemy import select

from app.core.actor import PEKSOS, SYSTEM
from app.core.unit import unit
from app.extensions import db
from app.security.models import PortalUser
from app.security.services import create_user

NAMES = ("Peksos Satu", "Peksos Dua", "Peksos Tiga", "Peksos Empat")


def peksos() -> list[tuple[int, str]]:
    """Give the id and name of each peksos; where there is none, make four whose passwords nobody knows."""
    found = _peksos()
    if not found:
        with unit(by=SYSTEM):
            for number, name in enumerate(NAMES, 1):
                data = {"first_name": name, "username": f"peksos{number}", "roles": [PEKSOS]}
                create_user(data, by=SYSTEM)
        found = _peksos()
    return found


def _peksos() -> list[tuple[int, str]]:
    users = db.session.scalars(select(PortalUser).order_by(PortalUser.id))
    return [(user.id, user.full_name) for user in users if PEKSOS in user.role_names]
