"""Closing and reopening of a case; every closure stays on record."""

from typing import Any

from flask_babel import gettext as _

from app.cases.enums import CaseStage, CaseStatus, ClosingReason
from app.cases.event_types import CASE_CLOSED, CASE_REOPENED
from app.cases.models.case import Case
from app.cases.models.process import CaseClosure
from app.cases.policy import can_work_on
from app.cases.rules.closing_blockers import list_closing_blockers
from app.cases.services.events import record_event
from app.cases.services.rules import require_team_or_admin, require_visible_case
from app.cases.transitions import CASE_TRANSITIONS
from app.core import clock
from app.core.actor import Actor
from app.core.checks import require_text
from app.core.errors import Conflict
from app.core.transitions import get_transition
from app.db.records import FormData, create, lock, lock_and_check_version


def close_case(case: Case, *, closing_reason: ClosingReason, closing_summary: str, by: Actor) -> Case:
    """Close the case with a reason and a summary; raise Conflict while something in it is open."""
    lock_and_check_version(case)
    require_team_or_admin(case, by)
    get_transition(CASE_TRANSITIONS, "close").check_allowed(case)
    summary = require_text(closing_summary, "closing_summary")
    blockers = list_closing_blockers(case)
    if blockers:
        raise Conflict(
            _("The case cannot be closed yet. Still open:"),
            links=blockers,
        )
    now = clock.now()
    case.status, case.hold_until = CaseStatus.closed, None
    case.closed_at, case.closing_reason, case.closing_summary = now, closing_reason, summary
    closure = {
        "case": case,
        "closed_at": now,
        "closing_reason": closing_reason,
        "closing_summary": summary,
    }
    create(CaseClosure, closure, by=by)
    data = {"closing_reason": closing_reason}
    record_event(case, CASE_CLOSED, by=by, occurred_at=now, source=case, data=data)
    return case


def reopen_case(case: Case, *, stage: CaseStage, reason: str, by: Actor) -> Case:
    """Reopen the case in a stage; how it was closed before stays on record."""
    lock_and_check_version(case)
    require_team_or_admin(case, by)
    get_transition(CASE_TRANSITIONS, "reopen").check_allowed(case)
    reason = require_text(reason, "reason")
    last_closure = case.closures[-1]
    last_closure.reopened_at, last_closure.reopening_reason = clock.now(), reason
    case.status = CaseStatus.aftercare if stage is CaseStage.aftercare else CaseStatus.active
    case.stage = stage
    case.closed_at = case.closing_reason = case.closing_summary = None
    record_event(case, CASE_REOPENED, by=by, source=case, data={"stage": stage}, reason=reason)
    return case


REOPENING_FIELD_NAMES = ("reopen_stage", "reopen_reason")
"""Fields that the form of an entry adds when its case is closed."""


def prepare_entry_values(data: FormData, *, by: Actor) -> dict[str, Any]:
    """Lock the case that the entry belongs to and return the entry's own values.

    A closed case is reopened in the same transaction, if the form says in which stage it goes on, and why.
    Raises Forbidden if the user no longer sees the case, Conflict if the case stays closed.
    """
    case: Case = data["case"]
    lock(case)
    require_visible_case(case, by)
    if not case.is_open:
        _reopen_for_entry(case, data, by)
    return {name: value for name, value in data.items() if name not in REOPENING_FIELD_NAMES}


def _reopen_for_entry(case: Case, data: FormData, by: Actor) -> None:
    if not can_work_on(case, by):
        not_allowed_message = _(
            "Case %(number)s is closed. Only its team and administrators may reopen it.", number=case.number
        )
        raise Conflict(not_allowed_message)
    stage = data.get("reopen_stage")
    if stage is None:
        missing_stage_message = _(
            "Case %(number)s is closed. Say in which stage it goes on, and why:"
            " it is reopened together with this entry.",
            number=case.number,
        )
        raise Conflict(missing_stage_message, field="reopen_stage")
    reopen_case(case, stage=stage, reason=require_text(data.get("reopen_reason"), "reopen_reason"), by=by)
