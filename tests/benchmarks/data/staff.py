"""Users of the filled office, who appear as authors of the invented records."""

from sqlalchemy import select

from app.core.actor import ADMIN, PEKSOS, SYSTEM
from app.db.transaction import transaction
from app.extensions import db
from app.security.models import PortalUser
from app.security.services.users import create_user

CLIENTS_PER_WORKER = 2_000


def hire_staff(clients: int, fewest: int) -> tuple[dict[int, str], int]:
    """Create missing users; return the peksos (id -> name) for so many clients, and an administrator's id."""
    _hire_up_to(PEKSOS, max(fewest, clients // CLIENTS_PER_WORKER))
    _hire_up_to(ADMIN, 1)
    workers = {user.id: user.full_name for user in _staff(PEKSOS)}
    admin = _staff(ADMIN)[0].id
    db.session.rollback()
    return workers, admin


def _hire_up_to(role: str, wanted: int) -> None:
    missing = wanted - len(_staff(role))
    db.session.rollback()
    if missing <= 0:
        return
    with transaction(by=SYSTEM):
        data = {"first_name": f"{role} 1", "username": f"{role.lower()}1", "roles": [role]}
        first = create_user(data, by=SYSTEM)
        for number in range(2, missing + 1):  # password hash of the first: hashing is slow on purpose
            username = f"{role.lower()}{number}"
            user = PortalUser(username=username, email=f"{username}@siaga.invalid", last_name="", active=True)
            user.first_name, user.roles = f"{role} {number}", list(first.roles)
            user.password, user.must_change_password = first.password, True
            db.session.add(user)


def _staff(role: str) -> list[PortalUser]:
    users = db.session.scalars(select(PortalUser).order_by(PortalUser.id))
    return [user for user in users if user.active and role in user.role_names]
