"""Who did the invented work."""

from collections.abc import Iterator

from sqlalchemy import select

from app.core.actor import ADMIN, PEKSOS, SYSTEM
from app.core.unit import unit
from app.extensions import db
from app.security.models import PortalUser
from app.security.services import create_user
from app.synthetic.world import Person

CLIENTS_OF_ONE = 2_000
"""A peksos more for so many clients, and never fewer than the four of Bontang."""


def peksos(clients: int) -> list[Person]:
    """Give each peksos; who is missing for so many clients is made, with an unknown password."""
    return _staff(PEKSOS, max(4, clients // CLIENTS_OF_ONE))


def administrator() -> Person:
    """Give who approves spending; the demo has none before its own cast is hired."""
    return _staff(ADMIN, 1)[0]


def _staff(role: str, wanted: int) -> list[Person]:
    missing = wanted - len(list(_known(role)))
    with unit(by=SYSTEM):
        for number in range(1, missing + 1):
            name, username = f"{role} {number}", f"{role.lower()}{number}"
            create_user({"first_name": name, "username": username, "roles": [role]}, by=SYSTEM)
    return list(_known(role))


def _known(role: str) -> Iterator[Person]:
    for user in db.session.scalars(select(PortalUser).order_by(PortalUser.id)):
        if user.active and role in user.role_names:
            yield Person(user.id, user.full_name)
