"""The users who work for a client and can settle whether a NIK is the client's own."""

from sqlalchemy import or_, select, union

from app.cases.models.case import Case, CasePerson
from app.cases.models.links import CaseTeam
from app.cases.policy import CASE_WORK_ROLES
from app.clients.models.client import Client
from app.clients.policy import ClientPolicy
from app.core.actor import ADMIN
from app.extensions import db
from app.security.models import PortalUser, Role


def list_client_team(client: Client) -> list[PortalUser]:
    """Return the active users who see the client: the teams of its cases, and administrators."""
    cases = union(
        select(Case.id).where(Case.client_id == client.id),
        select(CasePerson.case_id).where(CasePerson.client_id == client.id),
    ).subquery()
    team_user_ids = select(CaseTeam.user_id).join(cases, CaseTeam.case_id == cases.c.id)
    worker_ids = select(Case.worker_id).join(cases, Case.id == cases.c.id)
    query = select(PortalUser).where(
        PortalUser.active.is_(True),
        PortalUser.roles.any(Role.name.in_(CASE_WORK_ROLES)),
        or_(
            PortalUser.id.in_(team_user_ids),
            PortalUser.id.in_(worker_ids),
            PortalUser.roles.any(Role.name == ADMIN),
        ),
    )
    return [
        user for user in db.session.scalars(query.order_by(PortalUser.id)).unique() if _can_see(user, client)
    ]


def _can_see(user: PortalUser, client: Client) -> bool:
    query = select(Client.id).where(Client.id == client.id, ClientPolicy.visible_to(user))
    return db.session.scalar(query) is not None
