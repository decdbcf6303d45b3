"""Who is responsible for a case: taken, given to a colleague, or a whole caseload handed over at once."""

from typing import Any

from flask_babel import gettext as _
from sqlalchemy import select

from app.cases.models import Case, FollowUp
from app.cases.services.events import record
from app.cases.services.rules import Data, lock, must_be_peksos, said, touch, user_of
from app.cases.states import CASE_MOVES, OPEN_STATUSES, CaseStatus, EventKind, FollowUpState
from app.core.actor import ADMIN, PEKSOS, Actor, has_role
from app.core.errors import Conflict, Forbidden, PortalError
from app.core.moves import move_named
from app.extensions import db
from app.security.models import PortalUser


def take_case(case: Case, *, by: Actor) -> Case:
    """Make oneself the peksos of the case."""
    lock(case)
    move_named(CASE_MOVES, "take").check(case)
    me = user_of(by)
    if me is None or not has_role(by, PEKSOS):
        raise Forbidden(_("Only a peksos can take a case."))
    return _give_to(case, me, {}, by)


def assign_worker(case: Case, *, worker: PortalUser, reason: str, by: Actor) -> Case:
    """Make another peksos responsible for the case and for what its former peksos still had to do."""
    lock(case)
    move_named(CASE_MOVES, "assign").check(case)
    must_be_peksos(worker, "worker")
    return _give_to(case, worker, {"reason": said(reason, "reason")}, by)


def hand_over_caseload(*, worker: PortalUser, successor: PortalUser, reason: str, by: Actor) -> list[Case]:
    """Give every open case of a peksos to another one, all or none; what he wrote stays his."""
    if not has_role(by, ADMIN):
        raise Forbidden(_("Only an administrator may hand over a whole caseload."))
    must_be_peksos(successor, "successor")
    if successor.id == worker.id:
        raise PortalError(_("Choose two different people."), field="successor")
    reason = said(reason, "reason")
    led = select(Case).where(
        Case.worker_id == worker.id, Case.status.in_([CaseStatus[s] for s in OPEN_STATUSES])
    )
    cases = list(db.session.scalars(led.order_by(Case.id).with_for_update(key_share=True, of=Case)))
    if not cases:
        raise PortalError(_("%(name)s leads no open case.", name=worker.full_name), field="worker")
    return [_give_to(case, successor, {"reason": reason}, by) for case in cases]


def _give_to(case: Case, worker: PortalUser, told: Data, by: Actor) -> Case:
    if case.worker_id == worker.id:
        raise Conflict(_("%(name)s is the peksos of this case already.", name=worker.full_name))
    previous = case.worker_id
    case.worker = worker
    add_to_team(case, worker)
    said_too: dict[str, Any] = {**told, "worker_id": worker.id, "previous_id": previous}
    moved = _move_follow_ups(case, previous, worker)
    if moved:
        said_too["follow_up_ids"] = moved
    record(case, EventKind.worker_assigned, by=by, source=case, data=said_too)
    return case


def _move_follow_ups(case: Case, previous: int | None, worker: PortalUser) -> list[int]:
    """Let what the former peksos still had to do follow the case."""
    if previous is None:
        return []
    theirs = select(FollowUp).where(
        FollowUp.case_id == case.id, FollowUp.state == FollowUpState.open, FollowUp.assignee_id == previous
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
