"""Standby (Siaga 24 jam) on the first page: a banner with who is on call, and sections of open tasks."""

from collections.abc import Iterable, Iterator
from typing import Any, NamedTuple

from flask import url_for
from flask_babel import gettext as _
from markupsafe import Markup

from app.admin import phone_links
from app.core import formats
from app.core.actor import ADMIN, PEKSOS, Actor, has_role
from app.core.phones import CALL_ALLOWED
from app.dashboard.section_types import MAX_SECTION_TASKS, Section, SectionLink, Task
from app.reference.services import get_office_setting
from app.standby import queries
from app.standby.models import Handover, Shift
from app.standby.queries import OnCall


class OnCallWorker(NamedTuple):
    """Worker on call, as the banner shows it."""

    name: str
    until: str
    call_link: Markup
    is_self: bool


class StandbyBanner(NamedTuple):
    """Content of the standby banner."""

    workers: list[OnCallWorker]
    next_shift: str | None
    is_alarm: bool
    """Whether nobody is on call and the user is an administrator, who can plan a shift."""
    actions: list[tuple[Any, str]]


def build_standby_banner(on_call: OnCall, user: Actor) -> StandbyBanner:
    """Build the banner: workers on call, next shift, and actions of the worker on call or the planner."""
    own_shift = find_own_shift(on_call, user)
    actions: list[tuple[Any, str]] = []
    if own_shift is not None:
        actions = [
            (_("Write down a call"), url_for("ShiftView.move_take_call", pk=own_shift.id)),
            *([] if own_shift.handover else [(_("Hand over"), url_for("HandoverView.add"))]),
        ]
    elif not on_call.current_shifts and has_role(user, ADMIN):
        actions = [(_("Plan shifts"), url_for("ShiftView.add"))]
    return StandbyBanner(
        [_build_on_call_worker(shift, user) for shift in on_call.current_shifts],
        on_call.next_shift.label if on_call.next_shift else None,
        not on_call.current_shifts and has_role(user, ADMIN),
        actions,
    )


def find_own_shift(on_call: OnCall, user: Actor) -> Shift | None:
    """Return the user's running shift, or None."""
    return next((shift for shift in on_call.current_shifts if shift.worker_id == user.actor_id), None)


def _build_on_call_worker(shift: Shift, user: Actor) -> OnCallWorker:
    phone = shift.phone or _get_office_phone()
    call_link = phone_links.render_phone_links(phone, CALL_ALLOWED) if phone else Markup("")
    until = _("until %(time)s", time=formats.format_instant(shift.ends_at))
    return OnCallWorker(shift.worker.full_name, until, call_link, shift.worker_id == user.actor_id)


def _get_office_phone() -> str | None:
    office = get_office_setting()
    return office.phone if office else None


def build_standby_sections(on_call: OnCall, user: Actor) -> Iterator[Section]:
    """Build the sections of hand-overs, vacant shifts and promised follow-ups."""
    if has_role(user, PEKSOS):
        yield from _build_handover_section(user)
    if has_role(user, PEKSOS, ADMIN):
        yield from _build_missing_handover_section(user)
    if has_role(user, ADMIN):
        yield from _build_vacant_shift_section()
    own_shift = find_own_shift(on_call, user)
    if own_shift is not None:
        yield from _build_promised_section(own_shift, user)


def sort_sections(on_call: OnCall, user: Actor, task_sections: Iterable[Section]) -> list[Section]:
    """Put the section of new reports first if the user is on call."""
    is_on_call = find_own_shift(on_call, user) is not None
    return sorted(task_sections, key=lambda section: is_on_call and section.name != "reports")


def _build_handover_section(user: Actor) -> Iterator[Section]:
    tasks = [
        _build_handover_task(handover, user)
        for handover in queries.list_unread_handovers(user, MAX_SECTION_TASKS)
    ]
    if tasks:
        yield Section("handovers", _("Hand-overs that nobody has taken over"), [], tasks)


def _build_handover_task(handover: Handover, user: Actor) -> Task:
    is_own_turn = handover.to_shift is not None and handover.to_shift.worker_id == user.actor_id
    line = _("From %(name)s: read it and take over", name=handover.from_worker)
    if not is_own_turn:
        line = _("%(name)s has not taken over yet: call", name=handover.to_worker or formats.EMPTY_VALUE)
    late = _("More than 30 minutes") if handover.is_late else ""
    url = url_for("HandoverView.show", pk=handover.id)
    return Task(handover.label, url, line, formats.format_time(handover.sent_at), late)


def _build_missing_handover_section(user: Actor) -> Iterator[Section]:
    tasks = []
    for shift in queries.list_shifts_without_handover(user, MAX_SECTION_TASKS):
        is_own = shift.worker_id == user.actor_id
        url = (
            url_for("HandoverView.add", from_shift=shift.id)
            if is_own
            else url_for("ShiftView.show", pk=shift.id)
        )
        line = _("What was open is still with %(name)s", name=shift.worker.full_name)
        tasks.append(Task(shift.label, url, line, late=_("No hand-over")))
    if tasks:
        list_link = SectionLink(_("All shifts"), url_for("ShiftView.list"))
        yield Section("not-handed-over", _("Shifts that ended without a hand-over"), [list_link], tasks)


def _build_vacant_shift_section() -> Iterator[Section]:
    tasks = [
        Task(
            shift.hours,
            url_for("ShiftView.move_swap", pk=shift.id),
            _("%(name)s can no longer be on standby: give it to a colleague", name=shift.worker.full_name),
            late=_("Nobody comes"),
        )
        for shift in queries.list_shifts_without_worker(MAX_SECTION_TASKS)
    ]
    if tasks:
        yield Section("without-worker", _("Shifts without a worker"), [], tasks)


def _build_promised_section(shift: Shift, user: Actor) -> Iterator[Section]:
    tasks = [
        Task(
            follow_up.title,
            url_for("FollowUpView.show", pk=follow_up.id),
            " · ".join(
                filter(
                    None, (follow_up.case.client.label, follow_up.assignee and follow_up.assignee.full_name)
                )
            ),
            formats.format_day(follow_up.due_on),
            _("Overdue") if follow_up.timing and follow_up.timing.name == "overdue" else "",
        )
        for follow_up in queries.list_colleague_follow_ups(user, shift, MAX_SECTION_TASKS)
    ]
    if tasks:
        yield Section("promised", _("Promised by colleagues, due in your shift"), [], tasks)
