"""Who is on standby, what waits to be handed over, and what stands on a sheet before this reader."""

from collections.abc import Sequence
from datetime import date, datetime, timedelta
from typing import Any, NamedTuple

from sqlalchemy import ColumnElement, exists, or_, select
from sqlalchemy.orm import aliased, joinedload, selectinload

from app.cases import policy as cases
from app.cases.enums import FollowUpState, ReportState, Urgency
from app.cases.models.case import Case
from app.cases.models.entries import FollowUp
from app.cases.models.report import IncomingReport
from app.cases.visibility import visible_to
from app.core import clock, formats
from app.core.actor import ADMIN, PEKSOS, Actor, has_role
from app.extensions import db
from app.reference.services import get_office_setting
from app.security.models import PortalUser, Role
from app.standby.enums import HandoverState, ShiftState
from app.standby.models import HANDOVER_GRACE_PERIOD, Handover, Shift

RECENT_PERIOD = timedelta(days=14)
"""How long a shift that nobody handed over is asked about."""


class OnCall(NamedTuple):
    """Who answers now, and who does next."""

    current_shifts: list[Shift]
    next_shift: Shift | None


class StandbyContact(NamedTuple):
    """Whom a partner calls at this moment."""

    office_name: str
    phone: str | None
    worker_name: str
    ends_at: datetime

    @property
    def phone_text(self) -> str:
        """The number as it is read."""
        return formats.format_phone(self.phone) if self.phone else ""


class HandoverSheet(NamedTuple):
    """What is handed over, as far as the reader may see it."""

    emergencies: list[Any]
    """Reports and cases of this shift, and reports still waiting, in which somebody is in danger."""
    reports: list[tuple[IncomingReport, str]]
    """Each with the code of the state in which it stood."""
    waiting: list[IncomingReport]
    cases: list[Case]
    promises: list[FollowUp]
    overdue: list[FollowUp]


def get_on_call() -> OnCall:
    """Tell who is on standby; an account that is closed answers no call."""
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
        [one for one in shifts if one.starts_at <= now],
        next((one for one in shifts if one.starts_at > now), None),
    )


def get_standby_contact() -> StandbyContact | None:
    """Tell whom to call now: the office and the number of who is on standby; None: nobody."""
    office, shifts = get_office_setting(), get_on_call().current_shifts
    if not shifts:
        return None
    first = shifts[0]
    name, phone = (office.office_name, office.phone) if office else ("", None)
    return StandbyContact(name, first.phone or phone, first.worker.full_name, first.ends_at)


def list_unread_handovers(user: Actor, limit: int) -> list[Handover]:
    """Give what the user should take over, and what he sent and nobody has taken over in time."""
    late = clock.now() - HANDOVER_GRACE_PERIOD
    coming, leaving = aliased(Shift), aliased(Shift)
    query = (
        select(Handover)
        .join(leaving, Handover.from_shift)
        .outerjoin(coming, Handover.to_shift)
        .where(
            Handover.state == HandoverState.sent,
            or_(
                coming.worker_id == user.actor_id,
                (leaving.worker_id == user.actor_id) & (leaving.ends_at <= late),
            ),
        )
        .options(*_build_worker_loaders())
        .order_by(leaving.ends_at, Handover.id)
        .limit(limit)
    )
    return list(db.session.scalars(query))


def _build_worker_loaders() -> list[Any]:
    return [
        joinedload(Handover.from_shift).joinedload(Shift.worker),
        joinedload(Handover.to_shift).joinedload(Shift.worker),
    ]


def list_shifts_without_handover(user: Actor, limit: int) -> list[Shift]:
    """Give the shifts that ended without a hand-over: an administrator everybody's, a peksos his own."""
    now, after = clock.now(), aliased(Shift)
    goes_on = exists().where(
        after.worker_id == Shift.worker_id,
        after.state == ShiftState.planned,
        after.starts_at == Shift.ends_at,
    )
    query = select(Shift).where(
        Shift.ends_at <= now - HANDOVER_GRACE_PERIOD,
        Shift.ends_at > now - RECENT_PERIOD,
        Shift.state == ShiftState.planned,
        ~exists().where(Handover.from_shift_id == Shift.id),
        ~goes_on.correlate(Shift),
    )
    if not has_role(user, ADMIN):
        query = query.where(Shift.worker_id == user.actor_id)
    query = query.options(joinedload(Shift.worker)).order_by(Shift.ends_at.desc(), Shift.id)
    return list(db.session.scalars(query.limit(limit)))


def list_shifts_without_worker(limit: int) -> list[Shift]:
    """Give the shifts to come whose worker no longer can: account closed, or no peksos any more."""
    able = PortalUser.roles.any(Role.name == PEKSOS)
    query = (
        select(Shift)
        .join(Shift.worker)
        .where(
            Shift.ends_at > clock.now(),
            Shift.state == ShiftState.planned,
            or_(PortalUser.active.is_not(True), ~able),
        )
        .options(joinedload(Shift.worker))
        .order_by(Shift.starts_at, Shift.id)
        .limit(limit)
    )
    return list(db.session.scalars(query))


def list_colleague_follow_ups(user: Actor, shift: Shift, limit: int) -> list[FollowUp]:
    """Give what colleagues promised for the days of a shift and what is late, in cases that the user sees."""
    last = (shift.ends_at - timedelta(seconds=1)).astimezone(clock.WITA).date()
    query = (
        select(FollowUp)
        .where(
            FollowUp.state == FollowUpState.open,
            FollowUp.due_on <= last,
            or_(FollowUp.assignee_id.is_(None), FollowUp.assignee_id != user.actor_id),
            cases.follow_ups_visible_to(user),
        )
        .options(joinedload(FollowUp.case).joinedload(Case.client), joinedload(FollowUp.assignee))
        .order_by(FollowUp.due_on.desc(), FollowUp.id)
        .limit(limit)
    )
    return list(db.session.scalars(query))


def list_shifts_between(first: date, last: date) -> list[Shift]:
    """Give the shifts that touch these days of Bontang."""
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
    """Read a sheet: as it was taken over, else as things stand now."""
    coming = handover.to_shift if handover else find_next_shift(shift)
    kept = (handover.sheet if handover else None) or collect_sheet(shift, coming)
    states = dict(kept["reports"])
    reports = _load_visible(
        IncomingReport,
        [*states, *kept["waiting"]],
        cases.reports_visible_to(user),
        joinedload(IncomingReport.kelurahan),
        selectinload(IncomingReport.cases),
    )
    told = _load_visible(
        Case, kept["cases"], visible_to(user), joinedload(Case.client), joinedload(Case.worker)
    )
    due = _load_visible(
        FollowUp,
        [*kept["promises"], *kept["overdue"]],
        cases.follow_ups_visible_to(user),
        joinedload(FollowUp.case).joinedload(Case.client),
        joinedload(FollowUp.assignee),
    )
    told_of = {case.id for report in reports.values() for case in report.cases}
    alarming = [one for one in reports.values() if one.urgency is Urgency.emergency]
    alarming += [one for one in told.values() if one.urgency is Urgency.emergency and one.id not in told_of]
    return HandoverSheet(
        alarming,
        [(reports[key], state) for key, state in states.items() if key in reports],
        _pick(reports, kept["waiting"]),
        list(told.values()),
        _pick(due, kept["promises"]),
        _pick(due, kept["overdue"]),
    )


def _load_visible(
    model: Any, ids: Sequence[int], condition: ColumnElement[bool], *options: Any
) -> dict[int, Any]:
    """Those of these records that the reader may see, in this order."""
    if not ids:
        return {}
    query = select(model).where(model.id.in_(ids), condition).options(*options)
    found = {one.id: one for one in db.session.scalars(query).unique()}
    return {key: found[key] for key in ids if key in found}


def _pick(records: dict[int, Any], ids: Sequence[int]) -> list[Any]:
    return [records[key] for key in ids if key in records]


def list_peksos() -> list[PortalUser]:
    """Give everybody who can be on standby, by name."""
    able = PortalUser.roles.any(Role.name == PEKSOS)
    query = select(PortalUser).where(PortalUser.active.is_(True), able)
    return list(db.session.scalars(query.order_by(PortalUser.first_name, PortalUser.id)))


def list_recent_shifts() -> list[Shift]:
    """Give the shifts of two weeks back and one ahead, the newest first."""
    today = clock.today()
    return list_shifts_between(today - RECENT_PERIOD, today + timedelta(days=7))[::-1]


def find_next_shift(shift: Shift) -> Shift | None:
    """Find the shift that goes on when this one has ended."""
    query = select(Shift).where(
        Shift.state == ShiftState.planned, Shift.starts_at > shift.starts_at, Shift.ends_at > shift.ends_at
    )
    return db.session.scalar(query.order_by(Shift.starts_at, Shift.id).limit(1))


def find_running_shift(user: Actor) -> Shift | None:
    """Find the shift in which the user is now."""
    now = clock.now()
    return _mine(user, Shift.ends_at > now)


def find_shift_to_hand_over(user: Actor) -> Shift | None:
    """Find the user's last shift that has begun and that he has not handed over."""
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
"""Lines of one part of a sheet."""


def collect_sheet(shift: Shift, next_shift: Shift | None) -> dict[str, Any]:
    """Fill the sheet of a shift as things stand now."""
    start, end = shift.starts_at, shift.ends_at
    first, last = (
        _get_local_days(next_shift.starts_at, next_shift.ends_at)
        if next_shift
        else _get_local_days(end, end + timedelta(days=1))
    )
    today = clock.today()
    unread = IncomingReport.state == ReportState.new
    reports = (
        select(IncomingReport.id, IncomingReport.state)
        .where(IncomingReport.received_at >= start, IncomingReport.received_at < end)
        .order_by(IncomingReport.received_at, IncomingReport.id)
        .limit(MAX_LINES_PER_PART)
    )
    return {
        "reports": [[key, state.name] for key, state in db.session.execute(reports)],
        "waiting": _list_ids(
            IncomingReport, IncomingReport.received_at, unread, IncomingReport.received_at < start
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
    """The days in Bontang that a time touches."""
    last = (end - timedelta(seconds=1)).astimezone(clock.WITA).date()
    return start.astimezone(clock.WITA).date(), last


def _list_ids(model: Any, order: Any, *conditions: ColumnElement[bool]) -> list[int]:
    return list(
        db.session.scalars(
            select(model.id).where(*conditions).order_by(order, model.id).limit(MAX_LINES_PER_PART)
        )
    )
