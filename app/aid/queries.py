"""What clients received beside the office's own money."""

from collections.abc import Sequence
from datetime import date, datetime, timedelta
from typing import Any, NamedTuple

from sqlalchemy import ColumnElement, Select, and_, exists, func, or_, select
from sqlalchemy.orm import joinedload

from app.aid.models import Aid
from app.aid.policy import visible_to
from app.aid.transitions import AidState
from app.cases import visibility
from app.cases.models.case import Case
from app.clients.models.client import Client, Household
from app.clients.queries import select_member_ids
from app.clients.visibility import households_visible_to, personal_details_visible_to
from app.core import clock
from app.core.actor import ADMIN, STAFF_ROLES, SUPERVISOR, Actor, has_role
from app.db.query_hints import correlated_exists
from app.extensions import db
from app.grants.enums import Purpose
from app.grants.models.money import Expenditure
from app.grants.transitions import ExpenditureState


def sum_mobilised_aid(year: int, user: Actor) -> int:
    """Sum what partners gave in a year, in whole rupiah: help that was found, never the office's budget.

    Who answers for the money reads the sum of all cases, a peksos that of the cases which he sees: a sum that
    grows while the list of aid does not would tell him of a hidden case.
    """
    if not has_role(user, *STAFF_ROLES):
        return 0
    begin, end = (datetime(each, 1, 1, tzinfo=clock.WITA) for each in (year, year + 1))
    query = select(func.sum(Aid.mobilised_amount)).where(
        Aid.handed_over_at >= begin, Aid.handed_over_at < end
    )
    if not has_role(user, ADMIN, SUPERVISOR):
        query = query.where(visible_to(user))
    return int(db.session.scalar(query) or 0)


LOOK_BACK_PERIOD = timedelta(days=365)


class ReceivedAid(NamedTuple):
    """One thing that the household got, or that is on its way to it."""

    day: date
    value: int | None
    source: Aid | Expenditure


def list_received_aid(client: Client, user: Actor) -> list[ReceivedAid]:
    """Return what the household got within twelve months in cases visible to the user, newest first.

    Only members whose household the user may read count beside the client.
    """
    since = clock.now() - LOOK_BACK_PERIOD
    cases = select(Case.id).where(
        Case.client_id.in_(_select_readable_member_ids(client, user)), visibility.visible_to(user)
    )
    rows = [*_list_aid(cases, since), *_list_spending_without_aid(cases, since)]
    found = [ReceivedAid(_get_day(one), _get_value(one), one) for one in rows]
    return sorted(found, key=lambda one: one.day, reverse=True)


def _select_readable_member_ids(client: Client, user: Actor) -> Select[Any]:
    """Select the client, and those members of whom the user may read that they belong to the household.

    A member whose household or No. KK is withheld would otherwise be named by what it received.
    """
    own, readable = Client.id == client.id, _is_household_readable(user)
    if not db.session.scalar(select(exists().where(own, readable))):
        return select(Client.id).where(own)
    return select_member_ids(client).where(or_(own, readable))


def _is_household_readable(user: Actor) -> ColumnElement[bool]:
    """Say that the user reads the client's No. KK, and the household if there is one."""
    seen = correlated_exists(Client, Household.id == Client.household_id, households_visible_to(user))
    return and_(personal_details_visible_to(user), or_(Client.household_id.is_(None), seen))


def _get_day(record: Aid | Expenditure) -> date:
    if isinstance(record, Expenditure):
        return record.spent_on
    return (record.handed_over_at or record.created_at).astimezone(clock.WITA).date()


def _get_value(record: Aid | Expenditure) -> int | None:
    return record.value if isinstance(record, Aid) else record.amount


def _list_aid(cases: Select[Any], since: datetime) -> Sequence[Aid]:
    query = (
        select(Aid)
        .where(
            Aid.case_id.in_(cases),
            Aid.state != AidState.cancelled,
            func.coalesce(Aid.handed_over_at, Aid.created_at) >= since,
        )
        .options(joinedload(Aid.partner), joinedload(Aid.expenditure).joinedload(Expenditure.grant))
    )
    return db.session.scalars(query).all()


def _list_spending_without_aid(cases: Select[Any], since: datetime) -> Sequence[Expenditure]:
    """Find spending on the household that no handover tells of."""
    query = (
        select(Expenditure)
        .where(
            Expenditure.case_id.in_(cases),
            Expenditure.purpose == Purpose.client_aid,
            Expenditure.state.in_([ExpenditureState.proposed, ExpenditureState.approved]),
            Expenditure.spent_on >= since.astimezone(clock.WITA).date(),
            ~exists().where(Aid.expenditure_id == Expenditure.id).correlate(Expenditure),
        )
        .options(joinedload(Expenditure.grant))
    )
    return db.session.scalars(query).all()
