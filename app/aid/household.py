"""What a household received from anybody, as far as the reader may see it."""

from collections.abc import Sequence
from datetime import date, datetime, timedelta
from typing import Any, NamedTuple

from sqlalchemy import ColumnElement, Select, and_, exists, func, or_, select
from sqlalchemy.orm import joinedload

from app.aid.models import Aid
from app.aid.states import AidState
from app.cases.access import visible_to
from app.cases.models import Case
from app.clients.access import households_visible_to, personal_details_visible_to
from app.clients.household import member_ids
from app.clients.models import Client, Household
from app.core import clock
from app.core.actor import Actor
from app.core.asking import each
from app.extensions import db
from app.grants.choices import Purpose
from app.grants.models import Expenditure
from app.grants.states import ExpenditureState

LOOK_BACK = timedelta(days=365)


class Received(NamedTuple):
    """One thing that the household got, or that is on its way to it."""

    day: date
    value: int | None
    source: Aid | Expenditure


def received(client: Client, user: Actor) -> list[Received]:
    """Return what the household got within twelve months in cases visible to the user, newest first.

    Only members whose household the user may read count beside the client.
    """
    since = clock.now() - LOOK_BACK
    cases = select(Case.id).where(Case.client_id.in_(_readable_member_ids(client, user)), visible_to(user))
    rows = [*_aid(cases, since), *_spending(cases, since)]
    found = [Received(_day_of(one), _value_of(one), one) for one in rows]
    return sorted(found, key=lambda one: one.day, reverse=True)


def _readable_member_ids(client: Client, user: Actor) -> Select[Any]:
    """Select the client, and those members of whom the user may read that they belong to the household.

    A member whose household or No. KK is withheld would otherwise be named by what it received.
    """
    own, readable = Client.id == client.id, _household_readable(user)
    if not db.session.scalar(select(exists().where(own, readable))):
        return select(Client.id).where(own)
    return member_ids(client).where(or_(own, readable))


def _household_readable(user: Actor) -> ColumnElement[bool]:
    """Say that the user reads the client's No. KK, and the household if there is one."""
    seen = each(Client, Household.id == Client.household_id, households_visible_to(user))
    return and_(personal_details_visible_to(user), or_(Client.household_id.is_(None), seen))


def _day_of(one: Aid | Expenditure) -> date:
    if isinstance(one, Expenditure):
        return one.spent_on
    return (one.handed_over_at or one.created_at).astimezone(clock.WITA).date()


def _value_of(one: Aid | Expenditure) -> int | None:
    return one.value if isinstance(one, Aid) else one.amount


def _aid(cases: Select[Any], since: datetime) -> Sequence[Aid]:
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


def _spending(cases: Select[Any], since: datetime) -> Sequence[Expenditure]:
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
