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
    known = list(_known(role))
    if len(known) < wanted:
        with unit(by=SYSTEM):
            _hire(role, wanted - len(known))
    return list(_known(role))


def _hire(role: str, missing: int) -> None:
    """Open so many accounts; all have the lock of the first, for it takes long to make one."""
    first = create_user(
        {"first_name": f"{role} 1", "username": f"{role.lower()}1", "roles": [role]}, by=SYSTEM
    )
    for number in range(2, missing + 1):
        username = f"{role.lower()}{number}"
        user = PortalUser(username=username, email=f"{username}@siaga.invalid", last_name="", active=True)
        user.first_name, user.roles = f"{role} {number}", list(first.roles)
        user.password, user.must_change_password = first.password, True
        db.session.add(user)


def _known(role: str) -> Iterator[Person]:
    for user in db.session.scalars(select(PortalUser).order_by(PortalUser.id)):
        if user.active and role in user.role_names:
            yield Person(user.id, user.full_name)
