"""Who did the invented work."""

from sqlalchemy import select

from app.core.actor import PEKSOS, SYSTEM
from app.core.unit import unit
from app.extensions import db
from app.security.models import PortalUser
from app.security.services import create_user

CLIENTS_OF_ONE = 2_000
"""A peksos more for so many clients, and never fewer than the four of Bontang."""


def peksos(clients: int) -> list[tuple[int, str]]:
    """Give the id and name of each peksos; who is missing for so many is made, with an unknown password."""
    missing = max(4, clients // CLIENTS_OF_ONE) - len(_peksos())
    with unit(by=SYSTEM):
        for number in range(1, missing + 1):
            data = {"first_name": f"Peksos {number}", "username": f"peksos{number}", "roles": [PEKSOS]}
            create_user(data, by=SYSTEM)
    return _peksos()


def _peksos() -> list[tuple[int, str]]:
    users = db.session.scalars(select(PortalUser).order_by(PortalUser.id))
    return [(user.id, user.full_name) for user in users if PEKSOS in user.role_names]
