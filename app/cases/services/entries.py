"""What is added to a case: services, notes, follow-ups, files. Saved is final."""

from typing import Any

from flask_babel import gettext as _

from app.cases.models import Attachment, Case, CaseNote, FollowUp, Service
from app.cases.services.closing import enter
from app.cases.services.events import record
from app.cases.services.rules import (
    Data,
    lock,
    may_work_on,
    must_be_peksos,
    must_know_of,
    must_see,
    not_in_future,
    not_in_past,
    said,
    user_of,
)
from app.cases.services.violence import stop_clock_of
from app.cases.standing import Standing, closing_checks
from app.cases.states import FOLLOW_UP_MOVES, EventKind, FollowUpState
from app.core import clock
from app.core.actor import Actor
from app.core.display import day
from app.core.errors import Forbidden, PortalError
from app.core.files import sha256_of
from app.core.moves import move_named
from app.core.services import create
from app.security.models import PortalUser


def give_service(data: Data, *, by: Actor) -> Service:
    """Write down one of the six services, given to the client or for him."""
    values = _entry(data, by, "happened_at", "ended_at")
    if values.get("ended_at") is not None and values["ended_at"] < values["happened_at"]:
        raise PortalError(_("The end is before the beginning."), field="ended_at")
    service = create(Service, values, by=by)
    stop_clock_of(service)
    record(
        service.case,
        EventKind.service_given,
        by=by,
        occurred_at=service.happened_at,
        source=service,
        data={"service": service.kind, "place": service.place, "partner_id": service.partner_id},
    )
    return service


def add_note(data: Data, *, by: Actor) -> CaseNote:
    """Write down what is worth knowing about the case."""
    note = create(CaseNote, _entry(data, by, "happened_at"), by=by)
    record(note.case, EventKind.note_added, by=by, occurred_at=note.happened_at, source=note)
    return note


def _entry(data: Data, by: Actor, *moments: str) -> dict[str, Any]:
    for moment in moments:
        not_in_future(data.get(moment), moment)
    values = {name: value for name, value in enter(data, by=by).items() if value is not None}
    values.setdefault("happened_at", clock.now())
    return values


def set_follow_up(data: Data, *, by: Actor) -> FollowUp:
    """Promise something for a day; without an assignee the case's peksos does it, else who writes it."""
    not_in_past(data["due_on"], "due_on")
    values = enter(data, by=by)
    case: Case = values["case"]
    follow_up = create(FollowUp, {**values, "assignee": _owner(case, data.get("assignee"), by)}, by=by)
    record(
        case,
        EventKind.follow_up_set,
        by=by,
        source=follow_up,
        data={"due_on": follow_up.due_on, "assignee_id": follow_up.assignee_id},
    )
    return follow_up


def _owner(case: Case, named: PortalUser | None, by: Actor) -> PortalUser:
    """Find the one who does it: nobody's promise is kept by nobody."""
    if named is not None:
        must_be_peksos(named, "assignee")
        must_see(case, named, "assignee")
        return named
    worker = case.worker if case.worker is not None and case.worker.active else None
    owner = worker or user_of(by)
    if owner is None:
        raise PortalError(_("Say who does it: nobody is responsible for this case."), field="assignee")
    return owner


def finish_follow_up(follow_up: FollowUp, *, result: str, by: Actor) -> FollowUp:
    """Say what came of it."""
    _take(follow_up, "done", by)
    follow_up.state = FollowUpState.done
    follow_up.done_at = clock.now()
    follow_up.result = said(result, "result")
    record(follow_up.case, EventKind.follow_up_done, by=by, source=follow_up)
    return follow_up


def cancel_follow_up(follow_up: FollowUp, *, reason: str, by: Actor) -> FollowUp:
    """Say why it is not to be done any more."""
    _take(follow_up, "cancel", by)
    follow_up.state = FollowUpState.cancelled
    follow_up.cancelled_at = clock.now()
    follow_up.reason = said(reason, "reason")
    record(follow_up.case, EventKind.follow_up_cancelled, by=by, source=follow_up)
    return follow_up


def _take(follow_up: FollowUp, move: str, by: Actor) -> None:
    """Lock its case before itself, as everybody does, and ask who he is and how it stands."""
    lock(follow_up.case)
    lock(follow_up)
    must_know_of(follow_up.case, by)
    mine = by.actor_id in (follow_up.assignee_id, follow_up.created_by_id)
    if not (mine or may_work_on(follow_up.case, by)):
        raise Forbidden(_("Only its owner, who set it, the team and administrators may end a follow-up."))
    move_named(FOLLOW_UP_MOVES, move).check(follow_up)


def attach_file(data: Data, *, by: Actor) -> Attachment:
    """Keep a file with the case; its checksum says later whether it is still the same."""
    values = enter(data, by=by)
    attachment = create(Attachment, {**values, "sha256": sha256_of(data["file"])}, by=by)
    record(attachment.case, EventKind.attachment_added, by=by, source=attachment)
    return attachment


def open_follow_ups(case: Case) -> list[Standing]:
    """List the follow-ups that nobody has done or cancelled yet."""
    waiting = [follow_up for follow_up in case.follow_ups if follow_up.state is FollowUpState.open]
    return [
        Standing(
            _("Follow-up due on %(day)s: %(title)s", day=day(each.due_on), title=each.title),
            "follow-ups",
            each.id,
        )
        for each in waiting
    ]


closing_checks.append(open_follow_ups)
