"""Who is on standby, what waits to be handed over, and what stands on a sheet before this reader."""

from collections.abc import Sequence
from datetime import date, datetime, timedelta
from typing import Any, NamedTuple

from sqlalchemy import ColumnElement, exists, or_, select
from sqlalchemy.orm import aliased, joinedload, selectinload

from app.cases import access as cases
from app.cases.choices import Urgency
from app.cases.models import Case, FollowUp, IncomingReport
from app.cases.states import FollowUpState
from app.core import clock, display
from app.core.actor import ADMIN, PEKSOS, Actor, has_role
from app.extensions import db
from app.reference.services import office_on
from app.security.models import PortalUser, Role
from app.standby.models import PATIENCE, Handover, Shift
from app.standby.services import collect
from app.standby.services.handovers import next_shift
from app.standby.states import HandoverState, ShiftState

PAST = timedelta(days=14)
"""How long a shift that nobody handed over is asked about."""


class Watch(NamedTuple):
    """Who answers now, and who does next."""

    now: list[Shift]
    following: Shift | None


class OnStandby(NamedTuple):
    """Whom a partner calls at this moment."""

    office: str
    phone: str | None
    worker: str
    until: datetime

    @property
    def phone_text(self) -> str:
        """The number as it is read."""
        return display.phone(self.phone) if self.phone else ""


class Sheet(NamedTuple):
    """What is handed over, as far as the reader may see it."""

    emergencies: list[Any]
    """Reports and cases of this shift, and reports still waiting, in which somebody is in danger."""
    reports: list[tuple[IncomingReport, str]]
    """Each with the code of the state in which it stood."""
    waiting: list[IncomingReport]
    cases: list[Case]
    promises: list[FollowUp]
    overdue: list[FollowUp]


def watch() -> Watch:
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
    return Watch(
        [one for one in shifts if one.starts_at <= now],
        next((one for one in shifts if one.starts_at > now), None),
    )


def on_standby() -> OnStandby | None:
    """Tell whom to call now: the office and the number of who is on standby; None: nobody."""
    office, shifts = office_on(), watch().now
    if not shifts:
        return None
    first = shifts[0]
    name, phone = (office.office_name, office.phone) if office else ("", None)
    return OnStandby(name, first.phone or phone, first.worker.full_name, first.ends_at)


def unread_handovers(user: Actor, most: int) -> list[Handover]:
    """Give what the user should take over, and what he sent and nobody has taken over in time."""
    late = clock.now() - PATIENCE
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
        .options(*_both_workers())
        .order_by(leaving.ends_at, Handover.id)
        .limit(most)
    )
    return list(db.session.scalars(query))


def _both_workers() -> list[Any]:
    return [
        joinedload(Handover.from_shift).joinedload(Shift.worker),
        joinedload(Handover.to_shift).joinedload(Shift.worker),
    ]


def never_handed_over(user: Actor, most: int) -> list[Shift]:
    """Give the shifts that ended without a hand-over: an administrator everybody's, a peksos his own."""
    now, after = clock.now(), aliased(Shift)
    goes_on = exists().where(
        after.worker_id == Shift.worker_id,
        after.state == ShiftState.planned,
        after.starts_at == Shift.ends_at,
    )
    query = select(Shift).where(
        Shift.ends_at <= now - PATIENCE,
        Shift.ends_at > now - PAST,
        Shift.state == ShiftState.planned,
        ~exists().where(Handover.from_shift_id == Shift.id),
        ~goes_on.correlate(Shift),
    )
    if not has_role(user, ADMIN):
        query = query.where(Shift.worker_id == user.actor_id)
    query = query.options(joinedload(Shift.worker)).order_by(Shift.ends_at.desc(), Shift.id)
    return list(db.session.scalars(query.limit(most)))


def shifts_without_worker(most: int) -> list[Shift]:
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
        .limit(most)
    )
    return list(db.session.scalars(query))


def promised(user: Actor, shift: Shift, most: int) -> list[FollowUp]:
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
        .limit(most)
    )
    return list(db.session.scalars(query))


def shifts_between(first: date, last: date) -> list[Shift]:
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


def sheet_of(shift: Shift, handover: Handover | None, user: Actor) -> Sheet:
    """Read a sheet: as it was taken over, else as things stand now."""
    coming = handover.to_shift if handover else next_shift(shift)
    kept = (handover.sheet if handover else None) or collect(shift, coming)
    states = dict(kept["reports"])
    reports = _seen(
        IncomingReport,
        [*states, *kept["waiting"]],
        cases.reports_visible_to(user),
        joinedload(IncomingReport.kelurahan),
        selectinload(IncomingReport.cases),
    )
    told = _seen(
        Case, kept["cases"], cases.visible_to(user), joinedload(Case.client), joinedload(Case.worker)
    )
    due = _seen(
        FollowUp,
        [*kept["promises"], *kept["overdue"]],
        cases.follow_ups_visible_to(user),
        joinedload(FollowUp.case).joinedload(Case.client),
        joinedload(FollowUp.assignee),
    )
    told_of = {case.id for report in reports.values() for case in report.cases}
    alarming = [one for one in reports.values() if one.urgency is Urgency.emergency]
    alarming += [one for one in told.values() if one.urgency is Urgency.emergency and one.id not in told_of]
    return Sheet(
        alarming,
        [(reports[key], state) for key, state in states.items() if key in reports],
        _pick(reports, kept["waiting"]),
        list(told.values()),
        _pick(due, kept["promises"]),
        _pick(due, kept["overdue"]),
    )


def _seen(model: Any, ids: Sequence[int], condition: ColumnElement[bool], *options: Any) -> dict[int, Any]:
    """Those of these records that the reader may see, in this order."""
    if not ids:
        return {}
    query = select(model).where(model.id.in_(ids), condition).options(*options)
    found = {one.id: one for one in db.session.scalars(query).unique()}
    return {key: found[key] for key in ids if key in found}


def _pick(found: dict[int, Any], ids: Sequence[int]) -> list[Any]:
    return [found[key] for key in ids if key in found]


def peksos() -> list[PortalUser]:
    """Give everybody who can be on standby, by name."""
    able = PortalUser.roles.any(Role.name == PEKSOS)
    query = select(PortalUser).where(PortalUser.active.is_(True), able)
    return list(db.session.scalars(query.order_by(PortalUser.first_name, PortalUser.id)))


def recent_shifts() -> list[Shift]:
    """Give the shifts of two weeks back and one ahead, the newest first."""
    today = clock.today()
    return shifts_between(today - PAST, today + timedelta(days=7))[::-1]
