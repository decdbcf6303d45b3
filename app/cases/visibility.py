"""Which cases somebody may see. Beneath the services: a verb asks again once it has locked the case."""

from sqlalchemy import ColumnElement, and_, false, or_, true

from app.cases.choices import CaseStatus
from app.cases.models import Case, CasePerson, CaseTeam
from app.clients.models import Client
from app.core.actor import ADMIN, PEKSOS, STAFF, SUPERVISOR, SYSTEM, Actor, has_role
from app.core.asking import each
from app.core.sight import made_once
from app.reference.choices import Confidentiality
from app.security.models import PortalUser, Role

ABLE = (ADMIN, PEKSOS)
"""Who can work on a case."""


@made_once
def visible_to(user: Actor) -> ColumnElement[bool]:
    """Show an ordinary case to all staff, a limited one to its team, supervisors and administrators.

    A secret one is shown to its named team alone, and for an hour to who opened it in an emergency.
    """
    if user is SYSTEM:
        return true()
    if not has_role(user, *STAFF):
        return false()
    tiers = [Confidentiality.ordinary]
    if has_role(user, ADMIN, SUPERVISOR):
        tiers.append(Confidentiality.limited)
    return or_(Case.confidentiality.in_(tiers), reached_by(user))


def reached_by(user: Actor) -> ColumnElement[bool]:
    """Say that the user knows of the case however secret it is."""
    if not (user.emergency_case_ids and has_role(user, *ABLE)):
        return team_member(user)
    return or_(team_member(user), Case.id.in_(sorted(user.emergency_case_ids)))


def team_member(user: Actor) -> ColumnElement[bool]:
    """Say that the user works on the case: yes or no, never unknown, so that NOT can be said of it."""
    leads = and_(Case.worker_id.is_not(None), Case.worker_id == user.actor_id)
    return or_(leads, each(Case, CaseTeam.case_id == Case.id, CaseTeam.user_id == user.actor_id))


def is_guest(case: Case, user: Actor) -> bool:
    """Return whether the user sees the case by emergency access alone: he reads it and writes entries."""
    return case.id in user.emergency_case_ids and not case.has_on_team(user.actor_id)


def attended() -> ColumnElement[bool]:
    """Say that somebody on the team can work: his account is open, and he does not only read."""
    able = and_(PortalUser.active.is_(True), PortalUser.roles.any(Role.name.in_(ABLE)))
    return each(Case, CaseTeam.case_id == Case.id, PortalUser.id == CaseTeam.user_id, able)


def is_limited_case_of(client: Client) -> ColumnElement[bool]:
    """Say of a case that it is limited, open, and that the client is in it, as main client or otherwise."""
    person = each(Case, CasePerson.case_id == Case.id, CasePerson.client_id == client.id)
    return and_(
        Case.confidentiality == Confidentiality.limited,
        Case.status != CaseStatus.closed,
        or_(Case.client_id == client.id, person),
    )
