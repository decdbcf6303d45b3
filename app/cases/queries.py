"""What waits in this room, and how much it was: each as far as the user may see it."""

from datetime import date, datetime
from typing import Any, NamedTuple

from sqlalchemy import ColumnElement, True_, and_, exists, func, or_, select, union_all
from sqlalchemy import case as either
from sqlalchemy.orm import InstrumentedAttribute, joinedload, selectinload

from app.cases import policy
from app.cases.enums import CaseStatus, FollowUpState, ReportState, ServiceKind, Urgency
from app.cases.models.case import SEXUAL_VIOLENCE, Case
from app.cases.models.entries import CaseNote, FollowUp, Service
from app.cases.models.links import CaseReport, CaseTag
from app.cases.models.report import IncomingReport
from app.cases.transitions import OPEN_STATUSES
from app.cases.visibility import (
    CASE_WORK_ROLES,
    has_staffed_team,
    is_limited_case_of,
    is_team_member,
    visible_to,
)
from app.clients.models.client import Client
from app.core import clock
from app.core.actor import Actor
from app.db.queries import first_and_count
from app.db.query_hints import id_in
from app.extensions import db
from app.reference.enums import Confidentiality
from app.reference.models import ProblemTag
from app.security.models import PortalUser, Role


class DueFollowUps(NamedTuple):
    """Follow-ups of one person that cannot wait for tomorrow."""

    overdue_count: int
    due_today_count: int
    follow_ups: list[FollowUp]


class IdleCase(NamedTuple):
    """A case, and when somebody last did or wrote something for it."""

    case: Case
    last_activity_at: datetime


class UnownedRecords(NamedTuple):
    """What nobody answers for."""

    total: int
    records: list[Any]


class CaseFigures(NamedTuple):
    """What happened since some moment."""

    reports: int
    cases: int
    services: dict[ServiceKind, int]


def list_restricting_cases(client: Client, user: Actor) -> list[Case]:
    """Give the limited cases for whose sake the user does not read the client's personal details."""
    readable = policy.can_read_client_details(user)
    if isinstance(readable, True_):
        return []
    query = (
        select(Case)
        .where(is_limited_case_of(client), ~exists().where(Client.id == client.id, readable))
        .options(joinedload(Case.worker), selectinload(Case.team))
        .order_by(Case.id)
    )
    return list(db.session.scalars(query))


def get_new_reports(user: Actor, limit: int) -> tuple[int, list[IncomingReport]]:
    """Count the reports that nobody has taken up; give emergencies first, then who has waited longest."""
    urgency = IncomingReport.urgency
    rank = either((urgency == Urgency.emergency, 0), (urgency == Urgency.urgent, 1), else_=2)
    query = (
        select(IncomingReport)
        .where(*_build_new_report_conditions(user))
        .options(joinedload(IncomingReport.kelurahan))
        .order_by(rank, IncomingReport.received_at, IncomingReport.id)
    )
    return first_and_count(query, limit)


def _build_new_report_conditions(user: Actor) -> tuple[ColumnElement[bool], ...]:
    return IncomingReport.state == ReportState.new, policy.reports_visible_to(user)


def list_case_reports(case: Case, user: Actor) -> list[IncomingReport]:
    """Give the reports of the case that the user sees, the earliest first."""
    query = (
        select(IncomingReport)
        .join(CaseReport, CaseReport.report_id == IncomingReport.id)
        .where(CaseReport.case_id == case.id, policy.reports_visible_to(user))
        .options(joinedload(IncomingReport.kelurahan))
        .order_by(IncomingReport.received_at, IncomingReport.id)
    )
    return list(db.session.scalars(query))


def get_due_follow_ups(user: Actor, day: date, limit: int) -> DueFollowUps:
    """Give the user's own open follow-ups that are due until that day, the latest ones first."""
    mine = (
        FollowUp.assignee_id == user.actor_id,
        FollowUp.state == FollowUpState.open,
        FollowUp.due_on <= day,
        policy.follow_ups_visible_to(user),
    )
    late = func.coalesce(func.sum(either((FollowUp.due_on < day, 1), else_=0)), 0)
    overdue, total = db.session.execute(select(late, func.count()).where(*mine)).one()
    query = (
        select(FollowUp)
        .where(*mine)
        .options(joinedload(FollowUp.case).joinedload(Case.client))
        .order_by(FollowUp.due_on, FollowUp.id)
        .limit(limit)
    )
    return DueFollowUps(overdue, total - overdue, list(db.session.scalars(query)) if total else [])


def list_unreported_violence_cases(user: Actor, limit: int) -> list[Case]:
    """Give the cases of sexual violence on whose team the user is that nobody has reported yet."""
    # From the tag to its cases, which are few: asked of each case in turn it would read them all.
    told = select(CaseTag.case_id).join(ProblemTag).where(ProblemTag.code == SEXUAL_VIOLENCE)
    query = (
        select(Case)
        .where(
            Case.id.in_(told),
            Case.violence_reported_at.is_(None),
            Case.status != CaseStatus.closed,
            is_team_member(user),
        )
        .options(joinedload(Case.client), selectinload(Case.tags), selectinload(Case.reports))
        .order_by(Case.opened_at, Case.id)
        .limit(limit)
    )
    return list(db.session.scalars(query))


def count_active_cases(user: Actor) -> int:
    """How many active cases the user leads."""
    return _count(Case.id, *_build_active_case_conditions(user))


def list_idle_cases(user: Actor, before: datetime, limit: int) -> list[IdleCase]:
    """Give the active cases that the user leads, the longest without a service or a note first."""
    service = _build_last_activity(Service.happened_at, Service.case_id)
    note = _build_last_activity(CaseNote.happened_at, CaseNote.case_id)
    since = either((service > note, service), else_=note)
    query = (
        select(Case, since)
        .where(*_build_active_case_conditions(user), since < before)
        .options(joinedload(Case.client))
        .order_by(since, Case.id)
        .limit(limit)
    )
    return [IdleCase(case, moment) for case, moment in db.session.execute(query)]


def _build_last_activity(
    happened_at: InstrumentedAttribute[datetime], case_id: InstrumentedAttribute[int]
) -> ColumnElement[datetime]:
    """Tell the last time; a case in which nothing of that kind happened counts from its opening."""
    last = select(func.max(happened_at)).where(case_id == Case.id).correlate(Case).scalar_subquery()
    return func.coalesce(last, Case.opened_at)


def _build_active_case_conditions(user: Actor) -> tuple[ColumnElement[bool], ...]:
    return Case.worker_id == user.actor_id, Case.status == CaseStatus.active, visible_to(user)


def get_figures_since(user: Actor, start: datetime) -> CaseFigures:
    """Count reports received, cases opened and services given since that moment."""
    services = (
        select(Service.kind, func.count())
        .where(Service.happened_at >= start, policy.services_visible_to(user))
        .group_by(Service.kind)
    )
    return CaseFigures(
        _count(IncomingReport.id, IncomingReport.received_at >= start, policy.reports_visible_to(user)),
        _count(Case.id, Case.opened_at >= start, visible_to(user)),
        dict.fromkeys(ServiceKind, 0) | dict(db.session.execute(services).all()),
    )


def _count(key: InstrumentedAttribute[int], *conditions: ColumnElement[bool]) -> int:
    return db.session.scalar(select(func.count(key)).where(*conditions)) or 0


def is_overdue() -> ColumnElement[bool]:
    """Open follow-ups whose day is over in Bontang."""
    return and_(FollowUp.state == FollowUpState.open, FollowUp.due_on < clock.today())


def is_due_today() -> ColumnElement[bool]:
    """Open follow-ups of today."""
    return and_(FollowUp.state == FollowUpState.open, FollowUp.due_on == clock.today())


def is_upcoming() -> ColumnElement[bool]:
    """Open follow-ups of later days."""
    return and_(FollowUp.state == FollowUpState.open, FollowUp.due_on > clock.today())


def is_done() -> ColumnElement[bool]:
    """Follow-ups of which somebody said what came of them."""
    return FollowUp.state == FollowUpState.done


def is_unowned_follow_up() -> ColumnElement[bool]:
    """Open follow-ups without anybody who could do them: account closed, reads only, or nobody is named."""
    return _is_unowned(FollowUp, FollowUp.assignee_id, FollowUp.state == FollowUpState.open)


def is_unowned_case() -> ColumnElement[bool]:
    """Open cases without somebody whose account is open and who does not only read."""
    return _is_unowned(Case, Case.worker_id, Case.status.in_([CaseStatus[code] for code in OPEN_STATUSES]))


def _is_unowned(
    model: Any, user_id: InstrumentedAttribute[int | None], is_open: ColumnElement[bool]
) -> ColumnElement[bool]:
    """Say that it is open and nobody's; a union, for no index serves 'of nobody, or of one of these'."""
    able = PortalUser.roles.any(Role.name.in_(CASE_WORK_ROLES))
    gone = select(PortalUser.id).where(or_(PortalUser.active.is_not(True), ~able))
    nobodys = (select(model.id).where(is_open, owner) for owner in (user_id.is_(None), user_id.in_(gone)))
    return id_in(model.id, union_all(*nobodys))


def get_unowned_cases(user: Actor, limit: int) -> UnownedRecords:
    """Give the cases that nobody leads, the longest waiting first."""
    query = select(Case, func.count().over()).where(is_unowned_case(), visible_to(user))
    query = query.options(joinedload(Case.client)).order_by(Case.opened_at, Case.id)
    return _build_unowned_records(query.limit(limit))


def list_case_numbers_without_team(limit: int) -> list[str]:
    """Return the numbers of secret open cases on whose team nobody is left who can work, the oldest first.

    The number alone: who is to give such a case to somebody opens it by emergency access.
    """
    gone = (is_unowned_case(), Case.confidentiality == Confidentiality.secret, ~has_staffed_team())
    query = select(Case.number).where(*gone).order_by(Case.opened_at, Case.id).limit(limit)
    return list(db.session.scalars(query))


def get_unowned_follow_ups(user: Actor, limit: int) -> UnownedRecords:
    """Give the follow-ups that nobody does, the first due ones first."""
    seen = policy.follow_ups_visible_to(user)
    query = select(FollowUp, func.count().over()).where(is_unowned_follow_up(), seen)
    query = query.options(joinedload(FollowUp.case).joinedload(Case.client))
    return _build_unowned_records(query.order_by(FollowUp.due_on, FollowUp.id).limit(limit))


def _build_unowned_records(query: Any) -> UnownedRecords:
    rows = db.session.execute(query).all()
    return UnownedRecords(rows[0][1] if rows else 0, [row[0] for row in rows])
