"""Who is responsible for a case: taken, given to a colleague, or a whole caseload handed over at once."""

from typing import Any, NamedTuple

from flask_babel import gettext as _
from sqlalchemy import select

from app.cases.enums import CaseStatus, EventKind, FollowUpState
from app.cases.models.case import Case
from app.cases.models.entries import FollowUp
from app.cases.services.events import record_event
from app.cases.services.rules import (
    get_acting_user,
    is_active_peksos,
    lock,
    require_active_peksos,
    require_team_or_admin,
    require_text,
    require_visible_case,
    touch,
)
from app.cases.transitions import CASE_TRANSITIONS, OPEN_STATUSES
from app.cases.visibility import can_reassign, has_emergency_access_only
from app.core.actor import ADMIN, PEKSOS, Actor, has_role
from app.core.errors import Conflict, Forbidden, PortalError
from app.core.transitions import get_transition
from app.extensions import db
from app.reference.enums import Confidentiality
from app.security.models import PortalUser

_OPEN_STATE = FollowUpState.open


def take_case(case: Case, *, by: Actor) -> Case:
    """Make oneself the peksos of the case."""
    lock(case)
    require_team_or_admin(case, by)
    get_transition(CASE_TRANSITIONS, "take").check_allowed(case)
    me = get_acting_user(by)
    if me is None or not has_role(by, PEKSOS):
        raise Forbidden(_("Only a peksos can take a case."))
    return _set_worker(case, me, None, by)


def assign_worker(case: Case, *, worker: PortalUser, reason: str, by: Actor) -> Case:
    """Make another peksos responsible for the case and for what its former peksos still had to do."""
    lock(case)
    if has_emergency_access_only(case, by):
        _require_can_reassign(case, worker, by)
    else:
        require_team_or_admin(case, by)
    get_transition(CASE_TRANSITIONS, "assign").check_allowed(case)
    require_active_peksos(worker, "worker")
    return _set_worker(case, worker, require_text(reason, "reason"), by)


def _require_can_reassign(case: Case, worker: PortalUser, by: Actor) -> None:
    """Let whoever opened the case in an emergency do no more than give it on where its team is gone."""
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
    """Give a peksos's open cases and promised follow-ups to a successor, all in one transaction.

    Nobody is put on the team of a limited or secret case: one whose team the successor is not on stays as it
    is, and a follow-up promised there goes to a colleague who is on it, if there is one.
    """
    if not has_role(by, ADMIN):
        raise Forbidden(_("Only an administrator may hand over a whole caseload."))
    require_active_peksos(successor, "successor")
    if successor.id == worker.id:
        raise PortalError(_("Choose two different people."), field="successor")
    reason = require_text(reason, "reason")
    owed = select(FollowUp.case_id).where(FollowUp.assignee_id == worker.id, FollowUp.state == _OPEN_STATE)
    led = (Case.worker_id == worker.id) & Case.status.in_([CaseStatus[s] for s in OPEN_STATUSES])
    query = select(Case).where(led | Case.id.in_(owed)).order_by(Case.id)
    query = query.with_for_update(key_share=True, of=Case).execution_options(populate_existing=True)
    cases = list(db.session.scalars(query))
    if not cases:
        raise PortalError(_("%(name)s leads no open case.", name=worker.full_name), field="worker")
    moved = reassigned = left = 0
    for case in cases:
        owner = _get_owner_after_handover(case, worker, successor)
        if owner is None:
            left += 1
        elif case.worker_id == worker.id:
            _set_worker(case, owner, reason, by)
            moved += 1
        else:
            reassigned += _hand_over_follow_ups(case, worker, owner, reason, by)
    return CaseloadHandover(moved, reassigned, left)


def _get_owner_after_handover(case: Case, worker: PortalUser, successor: PortalUser) -> PortalUser | None:
    """Return who takes over what the worker has in the case; None: it stays as it is."""
    if case.confidentiality is Confidentiality.ordinary or case.has_team_member(successor.id):
        return successor
    if case.worker_id == worker.id:
        return None
    members = [case.worker, *sorted(case.team, key=lambda member: member.id)]
    return next((one for one in members if one not in (None, worker) and is_active_peksos(one)), None)


def _set_worker(case: Case, worker: PortalUser, reason: str | None, by: Actor) -> Case:
    if case.worker_id == worker.id:
        raise Conflict(_("%(name)s is the peksos of this case already.", name=worker.full_name))
    previous = case.worker_id
    case.worker = worker
    add_to_team(case, worker)
    told: dict[str, Any] = {"worker_id": worker.id, "previous_id": previous}
    moved = _reassign_follow_ups(case, previous, worker)
    if moved:
        told["follow_up_ids"] = moved
    record_event(case, EventKind.worker_assigned, by=by, source=case, data=told, reason=reason)
    return case


def _hand_over_follow_ups(case: Case, previous: PortalUser, owner: PortalUser, reason: str, by: Actor) -> int:
    """Hand over the open follow-ups that somebody promised in a case led by another; return their number."""
    moved = _reassign_follow_ups(case, previous.id, owner)
    told = {"assignee_id": owner.id, "previous_id": previous.id, "follow_up_ids": moved}
    record_event(case, EventKind.follow_ups_handed_over, by=by, source=case, data=told, reason=reason)
    return len(moved)


def _reassign_follow_ups(case: Case, previous: int | None, worker: PortalUser) -> list[int]:
    """Let what somebody still had to do in the case follow."""
    if previous is None:
        return []
    theirs = select(FollowUp).where(
        FollowUp.case_id == case.id, FollowUp.state == _OPEN_STATE, FollowUp.assignee_id == previous
    )
    moved = list(db.session.scalars(theirs.order_by(FollowUp.id)))
    for follow_up in moved:
        follow_up.assignee = worker
    return [follow_up.id for follow_up in moved]


def add_to_team(case: Case, user: PortalUser | None) -> None:
    """Let the user work on the case too."""
    if user is not None and user not in case.team:
        case.team.append(user)
    touch(case)
