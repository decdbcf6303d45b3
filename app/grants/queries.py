"""What others published about the office's clients, and the money of a year."""

from collections.abc import Sequence

from sqlalchemy import ColumnElement, and_, func, select
from sqlalchemy.orm import joinedload

from app.core.actor import Actor
from app.core.firsts import first_and_count
from app.extensions import db
from app.grants.access import expenditures_visible_to, visible_to
from app.grants.choices import GrantForm, Measure
from app.grants.models import Expenditure, Grant, PublishedFigure
from app.grants.services import Pot, money_pots
from app.grants.states import ExpenditureState, GrantState

CLIENTS = (Measure.clients, Measure.new_clients, Measure.continuing_clients)


def published_clients(user: Actor) -> Sequence[PublishedFigure]:
    """Give every figure about clients, contradicting ones side by side; without a year last."""
    year = PublishedFigure.year
    query = select(PublishedFigure).where(PublishedFigure.measure.in_(CLIENTS), visible_to(user))
    return db.session.scalars(query.order_by(year.is_(None), year, PublishedFigure.id)).all()


def years_of_money(user: Actor) -> Sequence[int]:
    """Give the fiscal years of which a budget is known, the newest first."""
    query = select(Grant.fiscal_year).where(_budgeted(user), Grant.fiscal_year.is_not(None)).distinct()
    return [year for year in db.session.scalars(query.order_by(Grant.fiscal_year.desc())) if year is not None]


def money_of_year(user: Actor, year: int | None) -> list[Pot]:
    """Give the grants in money of one fiscal year (None: of those without one), by who gives."""
    return money_pots(_budgeted(user), Grant.fiscal_year == year)


def _budgeted(user: Actor) -> ColumnElement[bool]:
    """Leave out what is no budget yet, and what never was one."""
    no_budget = [GrantState.proposed, GrantState.rejected]
    return and_(visible_to(user), Grant.form == GrantForm.cash, Grant.state.not_in(no_budget))


def waiting_spending(user: Actor, most: int) -> tuple[int, list[Expenditure]]:
    """Count the proposals that nobody has approved or rejected, and give the oldest."""
    mine = (Expenditure.state == ExpenditureState.proposed, expenditures_visible_to(user))
    eager = (joinedload(Expenditure.grant).lazyload(Grant.purpose_rows), joinedload(Expenditure.case))
    return first_and_count(select(Expenditure).where(*mine).order_by(Expenditure.id).options(*eager), most)


def hidden_spending(grant: Grant, user: Actor) -> set[int]:
    """Return the ids of the grant's expenditures whose case the user may not see."""
    query = select(Expenditure.id).where(Expenditure.grant_id == grant.id, ~expenditures_visible_to(user))
    return set(db.session.scalars(query))


def proposed_sum(grant: Grant, user: Actor) -> int:
    """Sum the proposals that wait for approval, in whole rupiah, as far as the user may see them."""
    query = select(func.sum(Expenditure.amount)).where(
        Expenditure.grant_id == grant.id,
        Expenditure.state == ExpenditureState.proposed,
        expenditures_visible_to(user),
    )
    return int(db.session.scalar(query) or 0)
