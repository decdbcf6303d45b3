"""Queries of aid: partners' aid of a year, and what a household received in twelve months."""

from collections.abc import Sequence
from datetime import date, datetime, timedelta
from typing import Any, NamedTuple

from sqlalchemy import ColumnElement, Select, and_, exists, func, or_, select
from sqlalchemy.orm import joinedload

from app.aid.models import Aid
from app.aid.policy import AidPolicy
from app.aid.transitions import AidState
from app.cases.models.case import Case
from app.cases.policy import CasePolicy
from app.clients.models.client import Client, Household
from app.clients.policy import HouseholdPolicy, personal_details_visible_to
from app.clients.queries import select_member_ids
from app.core import clock
from app.core.actor import ADMIN, STAFF_ROLES, SUPERVISOR, Actor, has_role
from app.db.query_hints import correlated_exists
from app.extensions import db
from app.grants.enums import Purpose
from app.grants.models.money import Expenditure
from app.grants.transitions import ExpenditureState


def sum_mobilised_aid(year: int, user: Actor) -> int:
    """Sum what partners gave in a year (WITA), in whole rupiah: help found outside the office's budget.

    Administrator and supervisor answer for the money and get the sum of all cases. A peksos gets that of
    visible cases: a sum that grows while the list of aid does not would reveal a hidden case.
    """
    if not has_role(user, *STAFF_ROLES):
        return 0
    begin, end = (datetime(boundary_year, 1, 1, tzinfo=clock.WITA) for boundary_year in (year, year + 1))
    query = select(func.sum(Aid.mobilised_amount)).where(
        Aid.handed_over_at >= begin, Aid.handed_over_at < end
    )
    if not has_role(user, ADMIN, SUPERVISOR):
        query = query.where(AidPolicy.visible_to(user))
    return int(db.session.scalar(query) or 0)


LOOK_BACK_PERIOD = timedelta(days=365)


class ReceivedAid(NamedTuple):
    """Aid or spending that the household received or is about to receive; `value` in rupiah."""

    day: date
    value: int | None
    source: Aid | Expenditure


def list_received_aid(client: Client, user: Actor) -> list[ReceivedAid]:
    """Return what the household received within twelve months in cases visible to the user, newest first.

    Beside the client, only members whose household the user may read count.
    """
    since = clock.now() - LOOK_BACK_PERIOD
    cases = select(Case.id).where(
        Case.client_id.in_(_select_readable_member_ids(client, user)), CasePolicy.visible_to(user)
    )
    records = [*_list_aid(cases, since), *_list_spending_without_aid(cases, since)]
    received = [ReceivedAid(_get_day(entry), _get_value(entry), entry) for entry in records]
    return sorted(received, key=lambda entry: entry.day, reverse=True)


def _select_readable_member_ids(client: Client, user: Actor) -> Select[Any]:
    """Select the ids of the client and of members whose membership the user may read.

    Otherwise a member whose household or No. KK is withheld would be identified by what it received.
    """
    is_client, is_readable = Client.id == client.id, _is_household_readable(user)
    if not db.session.scalar(select(exists().where(is_client, is_readable))):
        return select(Client.id).where(is_client)
    return select_member_ids(client).where(or_(is_client, is_readable))


def _is_household_readable(user: Actor) -> ColumnElement[bool]:
    """Match clients whose No. KK, and household if they have one, the user may read."""
    household_is_visible = correlated_exists(
        Client, Household.id == Client.household_id, HouseholdPolicy.visible_to(user)
    )
    return and_(personal_details_visible_to(user), or_(Client.household_id.is_(None), household_is_visible))


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
    """Return the spending on client aid in the cases that no aid record covers."""
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
