"""Responsibility for cases: take one, assign one to a colleague, or hand over a whole caseload."""

from typing import Any, NamedTuple

from flask_babel import gettext as _
from sqlalchemy import select

from app.cases.enums import CaseStatus, FollowUpState
from app.cases.event_types import FOLLOW_UPS_HANDED_OVER, WORKER_ASSIGNED
from app.cases.models.case import Case
from app.cases.models.entries import FollowUp
from app.cases.policy import can_reassign, has_emergency_access_only
from app.cases.services.events import record_event
from app.cases.services.rules import require_team_or_admin, require_visible_case
from app.cases.transitions import CASE_TRANSITIONS, OPEN_STATUSES
from app.core.actor import ADMIN, PEKSOS, Actor, has_role
from app.core.checks import require_text
from app.core.errors import Conflict, Forbidden, PortalError
from app.core.transitions import get_transition
from app.db.records import lock, touch
from app.extensions import db
from app.reference.enums import Confidentiality
from app.security.models import PortalUser
from app.security.services.users import get_acting_user, is_active_peksos, require_active_peksos

_OPEN_STATE = FollowUpState.open


def take_case(case: Case, *, by: Actor) -> Case:
    """Make the acting user, a peksos, responsible for the case."""
    lock(case)
    require_team_or_admin(case, by)
    get_transition(CASE_TRANSITIONS, "take").check_allowed(case)
    peksos = get_acting_user(by)
    if peksos is None or not has_role(by, PEKSOS):
        raise Forbidden(_("Only a peksos can take a case."))
    return _set_worker(case, peksos, None, by)


def assign_worker(case: Case, *, worker: PortalUser, reason: str, by: Actor) -> Case:
    """Make another peksos responsible for the case and for the former one's open follow-ups."""
    lock(case)
    if has_emergency_access_only(case, by):
        _require_can_reassign(case, worker, by)
    else:
        require_team_or_admin(case, by)
    get_transition(CASE_TRANSITIONS, "assign").check_allowed(case)
    require_active_peksos(worker, "worker")
    return _set_worker(case, worker, require_text(reason, "reason"), by)


def _require_can_reassign(case: Case, worker: PortalUser, by: Actor) -> None:
    """Let a user with emergency access alone only give the case away, where its team cannot work."""
    require_visible_case(case, by)
    if not can_reassign(case, by):
        raise Forbidden(_("You see this case by emergency access: its team decides about it."))
    if worker.id == by.actor_id:
        raise PortalError(_("Give the case to a colleague, not to yourself."), field="worker")


class CaseloadHandover(NamedTuple):
    """Counts of what a caseload hand-over did; never which cases they are."""

    transferred_case_count: int
    """Cases that the successor leads now."""
    reassigned_follow_up_count: int
    """Open follow-ups in cases led by others that got another assignee."""
    unchanged_case_count: int
    """Limited and secret cases that stay as they are with their team."""


def hand_over_caseload(
    *, worker: PortalUser, successor: PortalUser, reason: str, by: Actor
) -> CaseloadHandover:
    """Give a peksos's open cases and open follow-ups to a successor, all in one transaction.

    Nobody is added to the team of a limited or secret case. A case whose team the successor is not on stays
    as it is, and a follow-up there goes to a colleague who is on the team, if there is one.
    """
    if not has_role(by, ADMIN):
        raise Forbidden(_("Only an administrator may hand over a whole caseload."))
    require_active_peksos(successor, "successor")
    if successor.id == worker.id:
        raise PortalError(_("Choose two different people."), field="successor")
    reason = require_text(reason, "reason")
    promised_case_ids = select(FollowUp.case_id).where(
        FollowUp.assignee_id == worker.id, FollowUp.state == _OPEN_STATE
    )
    is_led_case = (Case.worker_id == worker.id) & Case.status.in_(
        [CaseStatus[code] for code in OPEN_STATUSES]
    )
    query = select(Case).where(is_led_case | Case.id.in_(promised_case_ids)).order_by(Case.id)
    query = query.with_for_update(key_share=True, of=Case).execution_options(populate_existing=True)
    cases = list(db.session.scalars(query))
    if not cases:
        raise PortalError(_("%(name)s leads no open case.", name=worker.full_name), field="worker")
    transferred_count = reassigned_count = unchanged_count = 0
    for case in cases:
        owner = _get_owner_after_handover(case, worker, successor)
        if owner is None:
            unchanged_count += 1
        elif case.worker_id == worker.id:
            _set_worker(case, owner, reason, by)
            transferred_count += 1
        else:
            reassigned_count += _hand_over_follow_ups(case, worker, owner, reason, by)
    return CaseloadHandover(transferred_count, reassigned_count, unchanged_count)


def _get_owner_after_handover(case: Case, worker: PortalUser, successor: PortalUser) -> PortalUser | None:
    """Return who takes over the worker's tasks in the case; None: they stay as they are."""
    if case.confidentiality is Confidentiality.ordinary or case.has_team_member(successor.id):
        return successor
    if case.worker_id == worker.id:
        return None
    candidates = [case.worker, *sorted(case.team, key=lambda member: member.id)]
    return next(
        (
            candidate
            for candidate in candidates
            if candidate not in (None, worker) and is_active_peksos(candidate)
        ),
        None,
    )


def _set_worker(case: Case, worker: PortalUser, reason: str | None, by: Actor) -> Case:
    if case.worker_id == worker.id:
        raise Conflict(_("%(name)s is the peksos of this case already.", name=worker.full_name))
    previous_id = case.worker_id
    case.worker = worker
    add_to_team(case, worker)
    data: dict[str, Any] = {"worker_id": worker.id, "previous_id": previous_id}
    follow_up_ids = _reassign_follow_ups(case, previous_id, worker)
    if follow_up_ids:
        data["follow_up_ids"] = follow_up_ids
    record_event(case, WORKER_ASSIGNED, by=by, source=case, data=data, reason=reason)
    return case


def _hand_over_follow_ups(case: Case, previous: PortalUser, owner: PortalUser, reason: str, by: Actor) -> int:
    """Hand over a user's open follow-ups in a case that another leads; return their number."""
    follow_up_ids = _reassign_follow_ups(case, previous.id, owner)
    data = {"assignee_id": owner.id, "previous_id": previous.id, "follow_up_ids": follow_up_ids}
    record_event(case, FOLLOW_UPS_HANDED_OVER, by=by, source=case, data=data, reason=reason)
    return len(follow_up_ids)


def _reassign_follow_ups(case: Case, previous: int | None, worker: PortalUser) -> list[int]:
    """Assign the previous peksos's open follow-ups in the case to the worker; return their ids."""
    if previous is None:
        return []
    query = select(FollowUp).where(
        FollowUp.case_id == case.id, FollowUp.state == _OPEN_STATE, FollowUp.assignee_id == previous
    )
    follow_ups = list(db.session.scalars(query.order_by(FollowUp.id)))
    for follow_up in follow_ups:
        follow_up.assignee = worker
    return [follow_up.id for follow_up in follow_ups]


def add_to_team(case: Case, user: PortalUser | None) -> None:
    """Add the user, if there is one, to the team of the case."""
    if user is not None and user not in case.team:
        case.team.append(user)
    touch(case)
