"""Queries of standby: who is on call, open hand-overs, and the sheet as far as its reader may see it."""

from collections.abc import Sequence
from datetime import date, datetime, timedelta
from typing import Any, NamedTuple

from sqlalchemy import ColumnElement, exists, or_, select
from sqlalchemy.orm import aliased, joinedload, selectinload

from app.cases.enums import FollowUpState, ReportState, Urgency
from app.cases.models.case import Case
from app.cases.models.entries import FollowUp
from app.cases.models.report import IncomingReport
from app.cases.policy import CasePolicy, FollowUpPolicy, IncomingReportPolicy
from app.core import clock, formats
from app.core.actor import ADMIN, PEKSOS, Actor, has_role
from app.extensions import db
from app.reference.services import get_office_setting
from app.security.models import PortalUser, Role
from app.standby.enums import HandoverState, ShiftState
from app.standby.models import HANDOVER_GRACE_PERIOD, Handover, Shift

RECENT_PERIOD = timedelta(days=14)
"""How far back recent shifts and shifts without a hand-over are listed."""


class OnCall(NamedTuple):
    """Shifts that run now, and the next one."""

    current_shifts: list[Shift]
    next_shift: Shift | None


class StandbyContact(NamedTuple):
    """Contact that a partner can call now."""

    office_name: str
    phone: str | None
    worker_name: str
    ends_at: datetime

    @property
    def phone_text(self) -> str:
        """Phone number formatted for display."""
        return formats.format_phone(self.phone) if self.phone else ""


class HandoverSheet(NamedTuple):
    """Records of a hand-over that the reader may see."""

    emergencies: list[Any]
    """Records of `reports`, `waiting` and `cases` whose urgency is emergency."""
    reports: list[tuple[IncomingReport, str]]
    """Each with the code of its state when the sheet was filled."""
    waiting: list[IncomingReport]
    cases: list[Case]
    promises: list[FollowUp]
    overdue: list[FollowUp]


def get_on_call() -> OnCall:
    """Return the running shifts and the next one; skip inactive accounts, which answer no call."""
    now = clock.now()
    query = (
        select(Shift)
        .join(Shift.worker)
        .where(Shift.state == ShiftState.planned, Shift.ends_at > now, PortalUser.active.is_(True))
        .options(joinedload(Shift.worker), joinedload(Shift.handover))
        .order_by(Shift.starts_at, Shift.id)
        .limit(6)
    )
    shifts = list(db.session.scalars(query))
    return OnCall(
        [shift for shift in shifts if shift.starts_at <= now],
        next((shift for shift in shifts if shift.starts_at > now), None),
    )


def get_standby_contact() -> StandbyContact | None:
    """Return the worker on call as a contact, with the office's number as fallback; None: nobody."""
    office, shifts = get_office_setting(), get_on_call().current_shifts
    if not shifts:
        return None
    shift = shifts[0]
    office_name, office_phone = (office.office_name, office.phone) if office else ("", None)
    return StandbyContact(office_name, shift.phone or office_phone, shift.worker.full_name, shift.ends_at)


def list_unread_handovers(user: Actor, limit: int) -> list[Handover]:
    """List unacknowledged hand-overs to the user, and those from the user that are past the grace period."""
    late_before = clock.now() - HANDOVER_GRACE_PERIOD
    to_shift, from_shift = aliased(Shift), aliased(Shift)
    query = (
        select(Handover)
        .join(from_shift, Handover.from_shift)
        .outerjoin(to_shift, Handover.to_shift)
        .where(
            Handover.state == HandoverState.sent,
            or_(
                to_shift.worker_id == user.actor_id,
                (from_shift.worker_id == user.actor_id) & (from_shift.ends_at <= late_before),
            ),
        )
        .options(*_build_worker_loaders())
        .order_by(from_shift.ends_at, Handover.id)
        .limit(limit)
    )
    return list(db.session.scalars(query))


def _build_worker_loaders() -> list[Any]:
    return [
        joinedload(Handover.from_shift).joinedload(Shift.worker),
        joinedload(Handover.to_shift).joinedload(Shift.worker),
    ]


def list_shifts_without_handover(user: Actor, limit: int) -> list[Shift]:
    """List recent shifts that ended without a hand-over: all for an administrator, else the user's own.

    A shift that the same worker continues without a gap needs no hand-over.
    """
    now, following = clock.now(), aliased(Shift)
    is_continued = exists().where(
        following.worker_id == Shift.worker_id,
        following.state == ShiftState.planned,
        following.starts_at == Shift.ends_at,
    )
    query = select(Shift).where(
        Shift.ends_at <= now - HANDOVER_GRACE_PERIOD,
        Shift.ends_at > now - RECENT_PERIOD,
        Shift.state == ShiftState.planned,
        ~exists().where(Handover.from_shift_id == Shift.id),
        ~is_continued.correlate(Shift),
    )
    if not has_role(user, ADMIN):
        query = query.where(Shift.worker_id == user.actor_id)
    query = query.options(joinedload(Shift.worker)).order_by(Shift.ends_at.desc(), Shift.id)
    return list(db.session.scalars(query.limit(limit)))


def list_shifts_without_worker(limit: int) -> list[Shift]:
    """List shifts that have not ended and whose worker has an inactive account or is no peksos any more."""
    is_peksos = PortalUser.roles.any(Role.name == PEKSOS)
    query = (
        select(Shift)
        .join(Shift.worker)
        .where(
            Shift.ends_at > clock.now(),
            Shift.state == ShiftState.planned,
            or_(PortalUser.active.is_not(True), ~is_peksos),
        )
        .options(joinedload(Shift.worker))
        .order_by(Shift.starts_at, Shift.id)
        .limit(limit)
    )
    return list(db.session.scalars(query))


def list_colleague_follow_ups(user: Actor, shift: Shift, limit: int) -> list[FollowUp]:
    """List open follow-ups of colleagues, due by the last day of the shift, that the user may see."""
    last_day = (shift.ends_at - timedelta(seconds=1)).astimezone(clock.WITA).date()
    query = (
        select(FollowUp)
        .where(
            FollowUp.state == FollowUpState.open,
            FollowUp.due_on <= last_day,
            or_(FollowUp.assignee_id.is_(None), FollowUp.assignee_id != user.actor_id),
            FollowUpPolicy.visible_to(user),
        )
        .options(joinedload(FollowUp.case).joinedload(Case.client), joinedload(FollowUp.assignee))
        .order_by(FollowUp.due_on.desc(), FollowUp.id)
        .limit(limit)
    )
    return list(db.session.scalars(query))


def list_shifts_between(first: date, last: date) -> list[Shift]:
    """List planned shifts that overlap these days in WITA, sorted by start."""
    start = datetime.combine(first, datetime.min.time(), clock.WITA)
    end = datetime.combine(last + timedelta(days=1), datetime.min.time(), clock.WITA)
    query = (
        select(Shift)
        .where(Shift.ends_at > start, Shift.starts_at < end, Shift.state == ShiftState.planned)
        .options(joinedload(Shift.worker))
        .order_by(Shift.starts_at, Shift.id)
    )
    return list(db.session.scalars(query))


def get_sheet(shift: Shift, handover: Handover | None, user: Actor) -> HandoverSheet:
    """Return the sheet as it was acknowledged, else as it would be filled now."""
    next_shift = handover.to_shift if handover else find_next_shift(shift)
    content = (handover.sheet if handover else None) or collect_sheet(shift, next_shift)
    states = dict(content["reports"])
    reports = _load_visible(
        IncomingReport,
        [*states, *content["waiting"]],
        IncomingReportPolicy.visible_to(user),
        joinedload(IncomingReport.kelurahan),
        selectinload(IncomingReport.cases),
    )
    case_by_id = _load_visible(
        Case, content["cases"], CasePolicy.visible_to(user), joinedload(Case.client), joinedload(Case.worker)
    )
    follow_ups = _load_visible(
        FollowUp,
        [*content["promises"], *content["overdue"]],
        FollowUpPolicy.visible_to(user),
        joinedload(FollowUp.case).joinedload(Case.client),
        joinedload(FollowUp.assignee),
    )
    reported_case_ids = {case.id for report in reports.values() for case in report.cases}
    emergencies = [record for record in reports.values() if record.urgency is Urgency.emergency]
    emergencies += [
        record
        for record in case_by_id.values()
        if record.urgency is Urgency.emergency and record.id not in reported_case_ids
    ]
    return HandoverSheet(
        emergencies,
        [(reports[key], state) for key, state in states.items() if key in reports],
        _pick(reports, content["waiting"]),
        list(case_by_id.values()),
        _pick(follow_ups, content["promises"]),
        _pick(follow_ups, content["overdue"]),
    )


def _load_visible(
    model: Any, ids: Sequence[int], condition: ColumnElement[bool], *options: Any
) -> dict[int, Any]:
    """Return the records that meet the condition by id, in the order of `ids`."""
    if not ids:
        return {}
    query = select(model).where(model.id.in_(ids), condition).options(*options)
    records = {record.id: record for record in db.session.scalars(query).unique()}
    return {key: records[key] for key in ids if key in records}


def _pick(records: dict[int, Any], ids: Sequence[int]) -> list[Any]:
    return [records[key] for key in ids if key in records]


def list_peksos() -> list[PortalUser]:
    """List active users with the role of peksos, sorted by first name."""
    is_peksos = PortalUser.roles.any(Role.name == PEKSOS)
    query = select(PortalUser).where(PortalUser.active.is_(True), is_peksos)
    return list(db.session.scalars(query.order_by(PortalUser.first_name, PortalUser.id)))


def list_recent_shifts() -> list[Shift]:
    """List the shifts from two weeks ago to one week ahead, the newest first."""
    today = clock.today()
    return list_shifts_between(today - RECENT_PERIOD, today + timedelta(days=7))[::-1]


def find_next_shift(shift: Shift) -> Shift | None:
    """Return the first planned shift that starts and ends later than this one."""
    query = select(Shift).where(
        Shift.state == ShiftState.planned, Shift.starts_at > shift.starts_at, Shift.ends_at > shift.ends_at
    )
    return db.session.scalar(query.order_by(Shift.starts_at, Shift.id).limit(1))


def find_running_shift(user: Actor) -> Shift | None:
    """Return the user's running shift."""
    now = clock.now()
    return _mine(user, Shift.ends_at > now)


def find_shift_to_hand_over(user: Actor) -> Shift | None:
    """Return the user's last shift that has begun and has no hand-over."""
    return _mine(user, ~exists().where(Handover.from_shift_id == Shift.id))


def _mine(user: Actor, condition: Any) -> Shift | None:
    query = select(Shift).where(
        Shift.worker_id == user.actor_id,
        Shift.state == ShiftState.planned,
        Shift.starts_at <= clock.now(),
        condition,
    )
    return db.session.scalar(query.order_by(Shift.starts_at.desc()).limit(1))


MAX_LINES_PER_PART = 200
"""Maximum number of records in one part of a sheet."""


def collect_sheet(shift: Shift, next_shift: Shift | None) -> dict[str, Any]:
    """Collect the present content of a sheet: ids, and the state code of each report.

    Promises are open follow-ups due on the days of the next shift, or on the day after if there is none.
    """
    start, end = shift.starts_at, shift.ends_at
    first, last = (
        _get_local_days(next_shift.starts_at, next_shift.ends_at)
        if next_shift
        else _get_local_days(end, end + timedelta(days=1))
    )
    today = clock.today()
    is_new = IncomingReport.state == ReportState.new
    reports = (
        select(IncomingReport.id, IncomingReport.state)
        .where(IncomingReport.received_at >= start, IncomingReport.received_at < end)
        .order_by(IncomingReport.received_at, IncomingReport.id)
        .limit(MAX_LINES_PER_PART)
    )
    return {
        "reports": [[key, state.name] for key, state in db.session.execute(reports)],
        "waiting": _list_ids(
            IncomingReport, IncomingReport.received_at, is_new, IncomingReport.received_at < start
        ),
        "cases": _list_ids(Case, Case.opened_at, Case.opened_at >= start, Case.opened_at < end),
        "promises": _list_ids(
            FollowUp, FollowUp.due_on, _is_open(), FollowUp.due_on.between(max(first, today), last)
        ),
        "overdue": _list_ids(FollowUp, FollowUp.due_on, _is_open(), FollowUp.due_on < today),
    }


def _is_open() -> ColumnElement[bool]:
    return FollowUp.state == FollowUpState.open


def _get_local_days(start: datetime, end: datetime) -> tuple[Any, Any]:
    """Return the first and the last day in WITA that a period overlaps; its end is exclusive."""
    last = (end - timedelta(seconds=1)).astimezone(clock.WITA).date()
    return start.astimezone(clock.WITA).date(), last


def _list_ids(model: Any, order: Any, *conditions: ColumnElement[bool]) -> list[int]:
    return list(
        db.session.scalars(
            select(model.id).where(*conditions).order_by(order, model.id).limit(MAX_LINES_PER_PART)
        )
    )
