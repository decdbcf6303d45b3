"""Add services, notes, follow-ups and files to a case. A saved entry is final."""

from typing import Any

from flask_babel import gettext as _

from app.cases.enums import FollowUpState
from app.cases.event_types import (
    ATTACHMENT_ADDED,
    FOLLOW_UP_CANCELLED,
    FOLLOW_UP_DONE,
    FOLLOW_UP_SET,
    NOTE_ADDED,
    SERVICE_GIVEN,
)
from app.cases.models.case import Case
from app.cases.models.entries import Attachment, CaseNote, FollowUp, Service
from app.cases.policy import FollowUpPolicy
from app.cases.services.closing import prepare_entry_values
from app.cases.services.events import record_event
from app.cases.services.rules import require_assignable_user, require_visible_case
from app.cases.services.violence import stop_reporting_deadline
from app.cases.transitions import FOLLOW_UP_TRANSITIONS
from app.core import clock
from app.core.actor import Actor
from app.core.checks import require_not_in_future, require_not_in_past, require_text
from app.core.errors import Forbidden, PortalError
from app.core.files import compute_sha256
from app.core.formats import format_day
from app.core.records import RecordLink, RecordRef
from app.core.transitions import get_transition
from app.db.records import FormData, create, lock
from app.security.models import PortalUser
from app.security.services.users import get_acting_user, require_active_peksos


def give_service(data: FormData, *, by: Actor) -> Service:
    """Record one of the six services, given to the client or on the client's behalf."""
    values = _prepare_dated_values(data, by, "happened_at", "ended_at")
    if values.get("ended_at") is not None and values["ended_at"] < values["happened_at"]:
        raise PortalError(_("The end is before the beginning."), field="ended_at")
    service = create(Service, values, by=by)
    stop_reporting_deadline(service)
    record_event(
        service.case,
        SERVICE_GIVEN,
        by=by,
        occurred_at=service.happened_at,
        source=service,
        data={"service": service.kind, "place": service.place, "partner_id": service.partner_id},
    )
    return service


def add_note(data: FormData, *, by: Actor) -> CaseNote:
    """Record what is worth knowing about the case."""
    note = create(CaseNote, _prepare_dated_values(data, by, "happened_at"), by=by)
    record_event(note.case, NOTE_ADDED, by=by, occurred_at=note.happened_at, source=note)
    return note


def _prepare_dated_values(data: FormData, by: Actor, *instant_columns: str) -> dict[str, Any]:
    for column in instant_columns:
        require_not_in_future(data.get(column), column)
    values = {name: value for name, value in prepare_entry_values(data, by=by).items() if value is not None}
    values.setdefault("happened_at", clock.now())
    return values


def set_follow_up(data: FormData, *, by: Actor) -> FollowUp:
    """Record a follow-up for a day; its default assignee is the case's peksos, else the acting user."""
    require_not_in_past(data["due_on"], "due_on")
    values = prepare_entry_values(data, by=by)
    case: Case = values["case"]
    follow_up = create(FollowUp, {**values, "assignee": _get_assignee(case, data.get("assignee"), by)}, by=by)
    record_event(
        case,
        FOLLOW_UP_SET,
        by=by,
        source=follow_up,
        data={"due_on": follow_up.due_on, "assignee_id": follow_up.assignee_id},
    )
    return follow_up


def _get_assignee(case: Case, assignee: PortalUser | None, by: Actor) -> PortalUser:
    """Return who does the follow-up; raise PortalError where it would be nobody."""
    if assignee is not None:
        require_active_peksos(assignee, "assignee")
        require_assignable_user(case, assignee, "assignee")
        return assignee
    worker = case.worker if case.worker is not None and case.worker.active else None
    owner = worker or get_acting_user(by)
    if owner is None:
        raise PortalError(_("Say who does it: nobody is responsible for this case."), field="assignee")
    return owner


def finish_follow_up(follow_up: FollowUp, *, result: str, by: Actor) -> FollowUp:
    """Mark the follow-up as done and record its result."""
    _start_transition(follow_up, "done", by)
    follow_up.state = FollowUpState.done
    follow_up.done_at = clock.now()
    follow_up.result = require_text(result, "result")
    record_event(follow_up.case, FOLLOW_UP_DONE, by=by, source=follow_up)
    return follow_up


def cancel_follow_up(follow_up: FollowUp, *, reason: str, by: Actor) -> FollowUp:
    """Cancel the follow-up and record the reason."""
    _start_transition(follow_up, "cancel", by)
    follow_up.state = FollowUpState.cancelled
    follow_up.cancelled_at = clock.now()
    follow_up.reason = require_text(reason, "reason")
    record_event(follow_up.case, FOLLOW_UP_CANCELLED, by=by, source=follow_up)
    return follow_up


def _start_transition(follow_up: FollowUp, transition_name: str, by: Actor) -> None:
    """Lock case and follow-up; check the user and the state."""
    # the case first, as in all services: another order could end in a deadlock
    lock(follow_up.case)
    lock(follow_up)
    require_visible_case(follow_up.case, by)
    if not FollowUpPolicy.can_transition(follow_up, by, transition_name):
        raise Forbidden(_("Only its owner, who set it, the team and administrators may end a follow-up."))
    get_transition(FOLLOW_UP_TRANSITIONS, transition_name).check_allowed(follow_up)


def attach_file(data: FormData, *, by: Actor) -> Attachment:
    """Store a file with the case; its checksum shows later whether it is still the same."""
    values = prepare_entry_values(data, by=by)
    attachment = create(Attachment, {**values, "sha256": compute_sha256(data["file"])}, by=by)
    record_event(attachment.case, ATTACHMENT_ADDED, by=by, source=attachment)
    return attachment


def list_follow_up_blockers(case: Case) -> list[RecordLink]:
    """Return the open follow-ups of the case as closing blockers."""
    open_follow_ups = [follow_up for follow_up in case.follow_ups if follow_up.state is FollowUpState.open]
    return [
        RecordLink(
            RecordRef(FollowUp, item.id),
            _("Follow-up due on %(day)s: %(title)s", day=format_day(item.due_on), title=item.title),
        )
        for item in open_follow_ups
    ]
