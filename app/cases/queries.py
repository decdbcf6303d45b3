"""What waits in this room, and how much it was: each as far as the user may see it."""

from datetime import date, datetime
from typing import Any, NamedTuple

from sqlalchemy import ColumnElement, True_, and_, exists, func, or_, select, union_all
from sqlalchemy import case as either
from sqlalchemy.orm import InstrumentedAttribute, joinedload, selectinload

from app.cases import access
from app.cases.choices import ServiceKind, Urgency
from app.cases.models import (
    SEXUAL_VIOLENCE,
    Case,
    CaseNote,
    CaseReport,
    CaseTag,
    FollowUp,
    IncomingReport,
    Service,
)
from app.cases.states import OPEN_STATUSES, CaseStatus, FollowUpState, ReportState
from app.cases.visibility import ABLE, attended, is_limited_case_of
from app.clients.models import Client
from app.core import clock
from app.core.actor import Actor
from app.core.asking import among
from app.core.firsts import first_and_count
from app.extensions import db
from app.reference.choices import Confidentiality
from app.reference.models import ProblemTag
from app.security.models import PortalUser, Role


class Due(NamedTuple):
    """Follow-ups of one person that cannot wait for tomorrow."""

    overdue: int
    today: int
    first: list[FollowUp]


class Quiet(NamedTuple):
    """A case, and when somebody last did or wrote something for it."""

    case: Case
    since: datetime


class Unowned(NamedTuple):
    """What nobody answers for."""

    total: int
    first: list[Any]


class Figures(NamedTuple):
    """What happened since some moment."""

    reports: int
    cases: int
    services: dict[ServiceKind, int]


def restricting_cases(client: Client, user: Actor) -> list[Case]:
    """Give the limited cases for whose sake the user does not read the client's personal details."""
    readable = access.personal_details_readable(user)
    if isinstance(readable, True_):
        return []
    query = (
        select(Case)
        .where(is_limited_case_of(client), ~exists().where(Client.id == client.id, readable))
        .options(joinedload(Case.worker), selectinload(Case.team))
        .order_by(Case.id)
    )
    return list(db.session.scalars(query))


def new_reports(user: Actor, most: int) -> tuple[int, list[IncomingReport]]:
    """Count the reports that nobody has taken up; give emergencies first, then who has waited longest."""
    urgency = IncomingReport.urgency
    rank = either((urgency == Urgency.emergency, 0), (urgency == Urgency.urgent, 1), else_=2)
    query = (
        select(IncomingReport)
        .where(*_new_reports(user))
        .options(joinedload(IncomingReport.kelurahan))
        .order_by(rank, IncomingReport.received_at, IncomingReport.id)
    )
    return first_and_count(query, most)


def _new_reports(user: Actor) -> tuple[ColumnElement[bool], ...]:
    return IncomingReport.state == ReportState.new, access.reports_visible_to(user)


def reports_of(case: Case, user: Actor) -> list[IncomingReport]:
    """Give the reports of the case that the user sees, the earliest first."""
    query = (
        select(IncomingReport)
        .join(CaseReport, CaseReport.report_id == IncomingReport.id)
        .where(CaseReport.case_id == case.id, access.reports_visible_to(user))
        .options(joinedload(IncomingReport.kelurahan))
        .order_by(IncomingReport.received_at, IncomingReport.id)
    )
    return list(db.session.scalars(query))


def due_follow_ups(user: Actor, day: date, most: int) -> Due:
    """Give the user's own open follow-ups that are due until that day, the latest ones first."""
    mine = (
        FollowUp.assignee_id == user.actor_id,
        FollowUp.state == FollowUpState.open,
        FollowUp.due_on <= day,
        access.follow_ups_visible_to(user),
    )
    late = func.coalesce(func.sum(either((FollowUp.due_on < day, 1), else_=0)), 0)
    overdue, total = db.session.execute(select(late, func.count()).where(*mine)).one()
    query = (
        select(FollowUp)
        .where(*mine)
        .options(joinedload(FollowUp.case).joinedload(Case.client))
        .order_by(FollowUp.due_on, FollowUp.id)
        .limit(most)
    )
    return Due(overdue, total - overdue, list(db.session.scalars(query)) if total else [])


def running_clocks(user: Actor, most: int) -> list[Case]:
    """Give the cases of sexual violence on whose team the user is that nobody has reported yet."""
    # From the tag to its cases, which are few: asked of each case in turn it would read them all.
    told = select(CaseTag.case_id).join(ProblemTag).where(ProblemTag.code == SEXUAL_VIOLENCE)
    query = (
        select(Case)
        .where(
            Case.id.in_(told),
            Case.violence_reported_at.is_(None),
            Case.status != CaseStatus.closed,
            access.team_member(user),
        )
        .options(joinedload(Case.client), selectinload(Case.tags), selectinload(Case.reports))
        .order_by(Case.opened_at, Case.id)
        .limit(most)
    )
    return list(db.session.scalars(query))


def active_cases(user: Actor) -> int:
    """How many active cases the user leads."""
    return _count(Case.id, *_led_by(user))


def quiet_cases(user: Actor, before: datetime, most: int) -> list[Quiet]:
    """Give the active cases that the user leads, the longest without a service or a note first."""
    service = _last(Service.happened_at, Service.case_id)
    note = _last(CaseNote.happened_at, CaseNote.case_id)
    since = either((service > note, service), else_=note)
    query = (
        select(Case, since)
        .where(*_led_by(user), since < before)
        .options(joinedload(Case.client))
        .order_by(since, Case.id)
        .limit(most)
    )
    return [Quiet(case, moment) for case, moment in db.session.execute(query)]


def _last(
    happened_at: InstrumentedAttribute[datetime], case_id: InstrumentedAttribute[int]
) -> ColumnElement[datetime]:
    """Tell the last time; a case in which nothing of that kind happened counts from its opening."""
    last = select(func.max(happened_at)).where(case_id == Case.id).correlate(Case).scalar_subquery()
    return func.coalesce(last, Case.opened_at)


def _led_by(user: Actor) -> tuple[ColumnElement[bool], ...]:
    return Case.worker_id == user.actor_id, Case.status == CaseStatus.active, access.visible_to(user)


def figures_since(user: Actor, start: datetime) -> Figures:
    """Count reports received, cases opened and services given since that moment."""
    services = (
        select(Service.kind, func.count())
        .where(Service.happened_at >= start, access.services_visible_to(user))
        .group_by(Service.kind)
    )
    return Figures(
        _count(IncomingReport.id, IncomingReport.received_at >= start, access.reports_visible_to(user)),
        _count(Case.id, Case.opened_at >= start, access.visible_to(user)),
        dict.fromkeys(ServiceKind, 0) | dict(db.session.execute(services).all()),
    )


def _count(key: InstrumentedAttribute[int], *conditions: ColumnElement[bool]) -> int:
    return db.session.scalar(select(func.count(key)).where(*conditions)) or 0


def overdue() -> ColumnElement[bool]:
    """Open follow-ups whose day is over in Bontang."""
    return and_(FollowUp.state == FollowUpState.open, FollowUp.due_on < clock.today())


def due_today() -> ColumnElement[bool]:
    """Open follow-ups of today."""
    return and_(FollowUp.state == FollowUpState.open, FollowUp.due_on == clock.today())


def upcoming() -> ColumnElement[bool]:
    """Open follow-ups of later days."""
    return and_(FollowUp.state == FollowUpState.open, FollowUp.due_on > clock.today())


def done() -> ColumnElement[bool]:
    """Follow-ups of which somebody said what came of them."""
    return FollowUp.state == FollowUpState.done


def promised_by_nobody() -> ColumnElement[bool]:
    """Open follow-ups without anybody who could do them: account closed, reads only, or nobody is named."""
    return _of_nobody(FollowUp, FollowUp.assignee_id, FollowUp.state == FollowUpState.open)


def led_by_nobody() -> ColumnElement[bool]:
    """Open cases without somebody whose account is open and who does not only read."""
    return _of_nobody(Case, Case.worker_id, Case.status.in_([CaseStatus[code] for code in OPEN_STATUSES]))


def _of_nobody(
    model: Any, user_id: InstrumentedAttribute[int | None], is_open: ColumnElement[bool]
) -> ColumnElement[bool]:
    """Say that it is open and nobody's; a union, for no index serves 'of nobody, or of one of these'."""
    able = PortalUser.roles.any(Role.name.in_(ABLE))
    gone = select(PortalUser.id).where(or_(PortalUser.active.is_not(True), ~able))
    nobodys = (select(model.id).where(is_open, owner) for owner in (user_id.is_(None), user_id.in_(gone)))
    return among(model.id, union_all(*nobodys))


def unowned_cases(user: Actor, most: int) -> Unowned:
    """Give the cases that nobody leads, the longest waiting first."""
    query = select(Case, func.count().over()).where(led_by_nobody(), access.visible_to(user))
    query = query.options(joinedload(Case.client)).order_by(Case.opened_at, Case.id)
    return _unowned(query.limit(most))


def case_numbers_without_team(most: int) -> list[str]:
    """Return the numbers of secret open cases on whose team nobody is left who can work, the oldest first.

    The number alone: who is to give such a case to somebody opens it by emergency access.
    """
    gone = (led_by_nobody(), Case.confidentiality == Confidentiality.secret, ~attended())
    query = select(Case.number).where(*gone).order_by(Case.opened_at, Case.id).limit(most)
    return list(db.session.scalars(query))


def unowned_follow_ups(user: Actor, most: int) -> Unowned:
    """Give the follow-ups that nobody does, the first due ones first."""
    seen = access.follow_ups_visible_to(user)
    query = select(FollowUp, func.count().over()).where(promised_by_nobody(), seen)
    query = query.options(joinedload(FollowUp.case).joinedload(Case.client))
    return _unowned(query.order_by(FollowUp.due_on, FollowUp.id).limit(most))


def _unowned(query: Any) -> Unowned:
    rows = db.session.execute(query).all()
    return Unowned(rows[0][1] if rows else 0, [row[0] for row in rows])
