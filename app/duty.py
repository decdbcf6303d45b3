"""Who is on standby, and what a shift leaves to the next one: the first page's part of Siaga 24 jam."""

from collections.abc import Iterable, Iterator
from typing import Any, NamedTuple

from flask import url_for
from flask_babel import gettext as _
from markupsafe import Markup

from app.core import display
from app.core.actor import ADMIN, PEKSOS, Actor, has_role
from app.core.phones import FREE_TO_CALL
from app.core.views import calling
from app.reference.services import office_on
from app.standby import queries
from app.standby.models import Handover, Shift
from app.standby.queries import Watch
from app.tasks import FIRST, Link, Section, Task


class Answering(NamedTuple):
    """Somebody who is on standby now."""

    name: str
    until: str
    call: Markup
    mine: bool


class Strip(NamedTuple):
    """What the first page says of standby."""

    now: list[Answering]
    following: str | None
    loud: bool
    """Whether nobody answers, and the reader is somebody who can mend that."""
    actions: list[tuple[Any, str]]


def strip_of(watch: Watch, user: Actor) -> Strip:
    """Who answers now, who does next, and what the one on standby may do from here."""
    mine = mine_of(watch, user)
    actions: list[tuple[Any, str]] = []
    if mine is not None:
        actions = [
            (_("Write down a call"), url_for("ShiftView.move_take_call", pk=mine.id)),
            *([] if mine.handover else [(_("Hand over"), url_for("HandoverView.add"))]),
        ]
    elif not watch.now and has_role(user, ADMIN):
        actions = [(_("Plan shifts"), url_for("ShiftView.add"))]
    return Strip(
        [_answering(shift, user) for shift in watch.now],
        watch.following.label if watch.following else None,
        not watch.now and has_role(user, ADMIN),
        actions,
    )


def mine_of(watch: Watch, user: Actor) -> Shift | None:
    """The shift in which the user is now."""
    return next((shift for shift in watch.now if shift.worker_id == user.actor_id), None)


def _answering(shift: Shift, user: Actor) -> Answering:
    phone = shift.phone or _office_phone()
    call = calling.number(phone, FREE_TO_CALL) if phone else Markup("")
    until = _("until %(time)s", time=display.moment(shift.ends_at))
    return Answering(shift.worker.full_name, until, call, shift.worker_id == user.actor_id)


def _office_phone() -> str | None:
    office = office_on()
    return office.phone if office else None


def sections(watch: Watch, user: Actor) -> Iterator[Section]:
    """What must not fall between two shifts."""
    if has_role(user, PEKSOS):
        yield from _handovers(user)
    if has_role(user, PEKSOS, ADMIN):
        yield from _never_handed_over(user)
    if has_role(user, ADMIN):
        yield from _without_worker()
    mine = mine_of(watch, user)
    if mine is not None:
        yield from _promised(mine, user)


def first_things_first(watch: Watch, user: Actor, found: Iterable[Section]) -> list[Section]:
    """Put the reports that nobody has taken up before everything else for who is on standby."""
    on_duty = mine_of(watch, user) is not None
    return sorted(found, key=lambda section: on_duty and section.name != "reports")


def _handovers(user: Actor) -> Iterator[Section]:
    tasks = [_handover(one, user) for one in queries.unread_handovers(user, FIRST)]
    if tasks:
        yield Section("handovers", _("Hand-overs that nobody has taken over"), [], tasks)


def _handover(one: Handover, user: Actor) -> Task:
    coming = one.to_shift is not None and one.to_shift.worker_id == user.actor_id
    line = _("From %(name)s: read it and take over", name=one.from_worker)
    if not coming:
        line = _("%(name)s has not taken over yet: call", name=one.to_worker or display.UNKNOWN)
    late = _("More than 30 minutes") if one.is_late else ""
    url = url_for("HandoverView.show", pk=one.id)
    return Task(one.label, url, line, display.clock_time(one.sent_at), late)


def _never_handed_over(user: Actor) -> Iterator[Section]:
    tasks = []
    for shift in queries.never_handed_over(user, FIRST):
        own = shift.worker_id == user.actor_id
        url = (
            url_for("HandoverView.add", from_shift=shift.id)
            if own
            else url_for("ShiftView.show", pk=shift.id)
        )
        line = _("What was open is still with %(name)s", name=shift.worker.full_name)
        tasks.append(Task(shift.label, url, line, late=_("No hand-over")))
    if tasks:
        listed = Link(_("All shifts"), url_for("ShiftView.list"))
        yield Section("not-handed-over", _("Shifts that ended without a hand-over"), [listed], tasks)


def _without_worker() -> Iterator[Section]:
    tasks = [
        Task(
            shift.hours,
            url_for("ShiftView.move_swap", pk=shift.id),
            _("%(name)s can no longer be on standby: give it to a colleague", name=shift.worker.full_name),
            late=_("Nobody comes"),
        )
        for shift in queries.shifts_without_worker(FIRST)
    ]
    if tasks:
        yield Section("without-worker", _("Shifts without a worker"), [], tasks)


def _promised(shift: Shift, user: Actor) -> Iterator[Section]:
    tasks = [
        Task(
            one.title,
            url_for("FollowUpView.show", pk=one.id),
            " · ".join(filter(None, (one.case.client.label, one.assignee and one.assignee.full_name))),
            display.day(one.due_on),
            _("Overdue") if one.timing and one.timing.name == "overdue" else "",
        )
        for one in queries.promised(user, shift, FIRST)
    ]
    if tasks:
        yield Section("promised", _("Promised by colleagues, due in your shift"), [], tasks)
