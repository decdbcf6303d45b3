"""Queries and conditions on cases, reports and follow-ups for pages of other packages and list presets.

Unless a docstring says otherwise, the results hold only what the user sees.
"""

from datetime import date, datetime
from typing import Any, NamedTuple

from sqlalchemy import ColumnElement, True_, and_, exists, func, or_, select, union_all
from sqlalchemy import case as either
from sqlalchemy.orm import InstrumentedAttribute, joinedload, selectinload

from app.cases.enums import CaseStatus, FollowUpState, ReportState, ServiceKind, Urgency
from app.cases.models.case import SEXUAL_VIOLENCE, Case
from app.cases.models.entries import CaseNote, FollowUp, Service
from app.cases.models.links import CaseReport, CaseTag
from app.cases.models.report import IncomingReport
from app.cases.policy import (
    CASE_WORK_ROLES,
    CasePolicy,
    FollowUpPolicy,
    IncomingReportPolicy,
    ServicePolicy,
    can_read_client_details,
    has_staffed_team,
    is_limited_case_of,
    is_team_member,
)
from app.cases.transitions import OPEN_STATUSES
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
    """Open follow-ups of one user that are overdue or due today."""

    overdue_count: int
    due_today_count: int
    follow_ups: list[FollowUp]


class IdleCase(NamedTuple):
    """A case, and the instant of the last service or note in it."""

    case: Case
    last_activity_at: datetime


class UnownedRecords(NamedTuple):
    """Records without a responsible user: how many, and the first of them."""

    total: int
    records: list[Any]


class CaseFigures(NamedTuple):
    """Counts of what happened since an instant."""

    reports: int
    cases: int
    services: dict[ServiceKind, int]


def list_restricting_cases(client: Client, user: Actor) -> list[Case]:
    """Return the limited cases that keep the user from reading the client's personal details.

    Also cases that the user does not see: only their team is shown.
    """
    is_readable = can_read_client_details(user)
    if isinstance(is_readable, True_):
        return []
    query = (
        select(Case)
        .where(is_limited_case_of(client), ~exists().where(Client.id == client.id, is_readable))
        .options(joinedload(Case.worker), selectinload(Case.team))
        .order_by(Case.id)
    )
    return list(db.session.scalars(query))


def get_new_reports(user: Actor, limit: int) -> tuple[int, list[IncomingReport]]:
    """Return the number of new reports and the first ones: by urgency, then the longest waiting."""
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
    return IncomingReport.state == ReportState.new, IncomingReportPolicy.visible_to(user)


def list_case_reports(case: Case, user: Actor) -> list[IncomingReport]:
    """Return the reports of the case that the user sees, the earliest first."""
    query = (
        select(IncomingReport)
        .join(CaseReport, CaseReport.report_id == IncomingReport.id)
        .where(CaseReport.case_id == case.id, IncomingReportPolicy.visible_to(user))
        .options(joinedload(IncomingReport.kelurahan))
        .order_by(IncomingReport.received_at, IncomingReport.id)
    )
    return list(db.session.scalars(query))


def get_due_follow_ups(user: Actor, day: date, limit: int) -> DueFollowUps:
    """Return the user's own open follow-ups due until that day, the longest overdue first."""
    conditions = (
        FollowUp.assignee_id == user.actor_id,
        FollowUp.state == FollowUpState.open,
        FollowUp.due_on <= day,
        FollowUpPolicy.visible_to(user),
    )
    overdue_sum = func.coalesce(func.sum(either((FollowUp.due_on < day, 1), else_=0)), 0)
    overdue_count, total = db.session.execute(select(overdue_sum, func.count()).where(*conditions)).one()
    query = (
        select(FollowUp)
        .where(*conditions)
        .options(joinedload(FollowUp.case).joinedload(Case.client))
        .order_by(FollowUp.due_on, FollowUp.id)
        .limit(limit)
    )
    return DueFollowUps(
        overdue_count, total - overdue_count, list(db.session.scalars(query)) if total else []
    )


def list_unreported_violence_cases(user: Actor, limit: int) -> list[Case]:
    """Return the open, unreported cases of sexual violence of whose team the user is."""
    # Start at the tag, which few cases have: a lookup case by case would read all cases.
    tagged_case_ids = select(CaseTag.case_id).join(ProblemTag).where(ProblemTag.code == SEXUAL_VIOLENCE)
    query = (
        select(Case)
        .where(
            Case.id.in_(tagged_case_ids),
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
    """Return the number of active cases that the user leads."""
    return _count(Case.id, *_build_active_case_conditions(user))


def list_idle_cases(user: Actor, before: datetime, limit: int) -> list[IdleCase]:
    """Return the user's active cases with no service or note since `before`, the longest idle first."""
    last_service = _build_last_activity(Service.happened_at, Service.case_id)
    last_note = _build_last_activity(CaseNote.happened_at, CaseNote.case_id)
    last_activity = either((last_service > last_note, last_service), else_=last_note)
    query = (
        select(Case, last_activity)
        .where(*_build_active_case_conditions(user), last_activity < before)
        .options(joinedload(Case.client))
        .order_by(last_activity, Case.id)
        .limit(limit)
    )
    return [IdleCase(case, last_activity_at) for case, last_activity_at in db.session.execute(query)]


def _build_last_activity(
    happened_at: InstrumentedAttribute[datetime], case_id: InstrumentedAttribute[int]
) -> ColumnElement[datetime]:
    """Build the time of the last such entry; without one the opening of the case counts."""
    last_entry = select(func.max(happened_at)).where(case_id == Case.id).correlate(Case).scalar_subquery()
    return func.coalesce(last_entry, Case.opened_at)


def _build_active_case_conditions(user: Actor) -> tuple[ColumnElement[bool], ...]:
    return Case.worker_id == user.actor_id, Case.status == CaseStatus.active, CasePolicy.visible_to(user)


def get_figures_since(user: Actor, start: datetime) -> CaseFigures:
    """Count reports received, cases opened and services given since `start`."""
    services = (
        select(Service.kind, func.count())
        .where(Service.happened_at >= start, ServicePolicy.visible_to(user))
        .group_by(Service.kind)
    )
    return CaseFigures(
        _count(IncomingReport.id, IncomingReport.received_at >= start, IncomingReportPolicy.visible_to(user)),
        _count(Case.id, Case.opened_at >= start, CasePolicy.visible_to(user)),
        dict.fromkeys(ServiceKind, 0) | dict(db.session.execute(services).all()),
    )


def _count(key: InstrumentedAttribute[int], *conditions: ColumnElement[bool]) -> int:
    return db.session.scalar(select(func.count(key)).where(*conditions)) or 0


def is_overdue() -> ColumnElement[bool]:
    """Match open follow-ups whose due day is over in WITA."""
    return and_(FollowUp.state == FollowUpState.open, FollowUp.due_on < clock.today())


def is_due_today() -> ColumnElement[bool]:
    """Match open follow-ups due today in WITA."""
    return and_(FollowUp.state == FollowUpState.open, FollowUp.due_on == clock.today())


def is_upcoming() -> ColumnElement[bool]:
    """Match open follow-ups due after today in WITA."""
    return and_(FollowUp.state == FollowUpState.open, FollowUp.due_on > clock.today())


def is_done() -> ColumnElement[bool]:
    """Match follow-ups with a result."""
    return FollowUp.state == FollowUpState.done


def is_unowned_follow_up() -> ColumnElement[bool]:
    """Match open follow-ups that nobody can do: no assignee, account closed, or read-only role."""
    return _is_unowned(FollowUp, FollowUp.assignee_id, FollowUp.state == FollowUpState.open)


def is_unowned_case() -> ColumnElement[bool]:
    """Match open cases without a worker whose account is active and who does not only read."""
    return _is_unowned(Case, Case.worker_id, Case.status.in_([CaseStatus[code] for code in OPEN_STATUSES]))


def _is_unowned(
    model: Any, user_id: InstrumentedAttribute[int | None], is_open: ColumnElement[bool]
) -> ColumnElement[bool]:
    """Match open records without an owner who can work."""
    can_work = PortalUser.roles.any(Role.name.in_(CASE_WORK_ROLES))
    unable_user_ids = select(PortalUser.id).where(or_(PortalUser.active.is_not(True), ~can_work))
    # A union, because no index serves 'of nobody, or of one of these users'.
    unowned_id_queries = (
        select(model.id).where(is_open, owner_condition)
        for owner_condition in (user_id.is_(None), user_id.in_(unable_user_ids))
    )
    return id_in(model.id, union_all(*unowned_id_queries))


def get_unowned_cases(user: Actor, limit: int) -> UnownedRecords:
    """Return the cases that nobody leads, the longest waiting first."""
    query = select(Case, func.count().over()).where(is_unowned_case(), CasePolicy.visible_to(user))
    query = query.options(joinedload(Case.client)).order_by(Case.opened_at, Case.id)
    return _build_unowned_records(query.limit(limit))


def list_case_numbers_without_team(limit: int) -> list[str]:
    """Return the numbers of open secret cases whose team has nobody who can work, oldest first.

    The number alone, and for any user: whoever gives such a case to a colleague opens it by emergency access.
    """
    conditions = (is_unowned_case(), Case.confidentiality == Confidentiality.secret, ~has_staffed_team())
    query = select(Case.number).where(*conditions).order_by(Case.opened_at, Case.id).limit(limit)
    return list(db.session.scalars(query))


def get_unowned_follow_ups(user: Actor, limit: int) -> UnownedRecords:
    """Return the follow-ups that nobody does, the first due first."""
    is_visible = FollowUpPolicy.visible_to(user)
    query = select(FollowUp, func.count().over()).where(is_unowned_follow_up(), is_visible)
    query = query.options(joinedload(FollowUp.case).joinedload(Case.client))
    return _build_unowned_records(query.order_by(FollowUp.due_on, FollowUp.id).limit(limit))


def _build_unowned_records(query: Any) -> UnownedRecords:
    rows = db.session.execute(query).all()
    return UnownedRecords(rows[0][1] if rows else 0, [row[0] for row in rows])
