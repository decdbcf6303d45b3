"""What the queue asks: whose turn it is, what is late, what waits for a partner or for the client's word."""

from collections.abc import Callable
from typing import Any, NamedTuple

from sqlalchemy import ColumnElement, and_, exists, func, or_, select, union
from sqlalchemy.orm import aliased, joinedload

from app.cases.models import Case, CaseEvent, CaseReason
from app.core import clock
from app.core.actor import Actor
from app.core.asking import among
from app.extensions import db
from app.referrals.access import visible_to
from app.referrals.models import Referral
from app.referrals.states import WITH_PARTNER, ReferralState

_WITH_PARTNER = [ReferralState[name] for name in WITH_PARTNER]


class Waiting(NamedTuple):
    """How many referrals wait for this user, how many of them are late, and the first of them."""

    mine: int
    overdue: int
    first: list[Referral]


def in_queue(name: str, user: Actor) -> ColumnElement[bool]:
    """Say that a referral stands in the queue of that name.

    A set of ids on purpose: in whatever order the list is asked for, an index finds the few that wait.
    """
    return Referral.id.in_(select(_ONE.id).where(*_QUEUES[name](user)))


_ONE = aliased(Referral)
_QUEUES: dict[str, Callable[[Actor], tuple[ColumnElement[bool], ...]]] = {
    # A number above 0 is there: it says so in a way that the index is asked for.
    "mine": lambda user: (
        _ONE.owner_id > 0,
        _ONE.state != ReferralState.cancelled,
        _seen_to_by(user, _ONE),
    ),
    "overdue": lambda _user: (_ONE.due_at <= clock.now(),),
    "partner": lambda _user: (
        _ONE.state.in_(_WITH_PARTNER),
        _ONE.due_at.is_not(None),
        _ONE.owner_id.is_(None),
    ),
    "confirm": lambda _user: (_ONE.state == ReferralState.completed,),
}


def _seen_to_by(user: Actor, one: Any) -> ColumnElement[bool]:
    """Say that the case is this peksos's, or, while it has none, that the referral is."""
    led = or_(
        Case.worker_id == user.actor_id,
        and_(Case.worker_id.is_(None), one.owner_id == user.actor_id),
    )
    return exists().where(Case.id == one.case_id, led).correlate(one)


def queue_counts(user: Actor, names: tuple[str, ...]) -> list[int]:
    """Count every queue in one statement, as far as the user sees its referrals."""
    counted = [
        select(func.count(Referral.id)).where(in_queue(name, user), visible_to(user)).scalar_subquery()
        for name in names
    ]
    return list(db.session.execute(select(*counted)).one())


def waiting_referrals(user: Actor, most: int) -> Waiting:
    """Give the referrals that the user must see to: his turn, or a partner of his cases is late."""
    late = and_(in_queue("overdue", user), _seen_to_by(user, Referral), visible_to(user))
    mine = and_(in_queue("mine", user), visible_to(user))
    counted = [select(func.count(Referral.id)).where(one).scalar_subquery() for one in (mine, late)]
    count, overdue = db.session.execute(select(*counted)).one()
    # A union, not an OR: each part is found by an index of its own, an OR of both by none.
    either = union(*(select(Referral.id).where(one) for one in (mine, late)))
    query = (
        select(Referral)
        .where(among(Referral.id, either))
        .options(
            joinedload(Referral.case).joinedload(Case.client),
            joinedload(Referral.partner),
            joinedload(Referral.need_kind),
        )
        .order_by(Referral.due_at.is_(None), Referral.due_at, Referral.id)
        .limit(most)
    )
    return Waiting(count, overdue, list(db.session.scalars(query)) if count or overdue else [])


class Happened(NamedTuple):
    """An event, and what somebody wrote to say why."""

    event: CaseEvent
    reason: str | None


def history(referral: Referral, most: int) -> list[Happened]:
    """Give what the case's book says of this referral, the newest first, each with its reason."""
    told = (
        select(CaseEvent, CaseReason.text)
        .outerjoin(CaseReason, CaseReason.event_id == CaseEvent.id)
        .where(
            CaseEvent.case_id == referral.case_id,
            CaseEvent.source == Referral.__tablename__,
            CaseEvent.source_id == referral.id,
        )
        .order_by(CaseEvent.occurred_at.desc(), CaseEvent.id.desc())
        .limit(most)
    )
    return [Happened(event, reason) for event, reason in db.session.execute(told)]


def overdue_untold(most: int) -> list[int]:
    """Give the referrals whose present breach nobody has been told of yet."""
    late = select(Referral.id).where(
        Referral.due_at.is_not(None), Referral.due_at <= clock.now(), Referral.escalated_at.is_(None)
    )
    return list(db.session.scalars(late.order_by(Referral.due_at, Referral.id).limit(most)))
