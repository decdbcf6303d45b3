"""Row policy of cases: which of them a user sees.

Placed below the services, because a service checks again once it has locked the case.
"""

from sqlalchemy import ColumnElement, and_, false, or_, true

from app.cases.enums import CaseStatus
from app.cases.models.case import Case, CasePerson
from app.cases.models.links import CaseTeam
from app.clients.models.client import Client
from app.core.actor import ADMIN, PEKSOS, STAFF_ROLES, SUPERVISOR, SYSTEM, Actor, has_role
from app.db.predicates import cache_predicate
from app.db.query_hints import correlated_exists
from app.reference.enums import Confidentiality
from app.security.models import PortalUser, Role

CASE_WORK_ROLES = (ADMIN, PEKSOS)
"""Roles whose users can work on a case."""


@cache_predicate
def visible_to(user: Actor) -> ColumnElement[bool]:
    """Match ordinary cases for all staff, limited ones for their team, supervisors and administrators.

    A secret case is visible to its named team alone, and for an hour to whoever opened it in an emergency.
    """
    if user is SYSTEM:
        return true()
    if not has_role(user, *STAFF_ROLES):
        return false()
    tiers = [Confidentiality.ordinary]
    if has_role(user, ADMIN, SUPERVISOR):
        tiers.append(Confidentiality.limited)
    return or_(Case.confidentiality.in_(tiers), has_team_or_emergency_access(user))


def has_team_or_emergency_access(user: Actor) -> ColumnElement[bool]:
    """Match cases that the user knows of however secret they are: by team or by emergency access."""
    if not (user.emergency_case_ids and has_role(user, *CASE_WORK_ROLES)):
        return is_team_member(user)
    return or_(is_team_member(user), Case.id.in_(sorted(user.emergency_case_ids)))


def is_team_member(user: Actor) -> ColumnElement[bool]:
    """Match cases of whose team the user is; never NULL, so that NOT can be applied."""
    is_worker = and_(Case.worker_id.is_not(None), Case.worker_id == user.actor_id)
    return or_(
        is_worker, correlated_exists(Case, CaseTeam.case_id == Case.id, CaseTeam.user_id == user.actor_id)
    )


def has_emergency_access_only(case: Case, user: Actor) -> bool:
    """Return whether the user sees the case by emergency access alone: to read it and add entries."""
    return case.id in user.emergency_case_ids and not case.has_team_member(user.actor_id)


def has_staffed_team() -> ColumnElement[bool]:
    """Match cases with a team member who can work: account active, and with a role that may write."""
    can_work = and_(PortalUser.active.is_(True), PortalUser.roles.any(Role.name.in_(CASE_WORK_ROLES)))
    return correlated_exists(Case, CaseTeam.case_id == Case.id, PortalUser.id == CaseTeam.user_id, can_work)


def is_limited_case_of(client: Client) -> ColumnElement[bool]:
    """Match open limited cases in which the client is the main client or another person."""
    is_other_person = correlated_exists(
        Case, CasePerson.case_id == Case.id, CasePerson.client_id == client.id
    )
    return and_(
        Case.confidentiality == Confidentiality.limited,
        Case.status != CaseStatus.closed,
        or_(Case.client_id == client.id, is_other_person),
    )


def is_staffed(case: Case) -> bool:
    """Return whether a team member can work: account active, and with a role that may write."""
    return any(member.active and has_role(member, *CASE_WORK_ROLES) for member in case.team)


def can_work_on(case: Case, by: Actor) -> bool:
    """Return whether the user is on the team, or an administrator with more than emergency access."""
    return (has_role(by, ADMIN) and not has_emergency_access_only(case, by)) or case.has_team_member(
        by.actor_id
    )


def can_reassign(case: Case, by: Actor) -> bool:
    """Return whether an administrator may give away a case opened in an emergency: its team cannot work."""
    return has_role(by, ADMIN) and not is_staffed(case)
