"""What others published about the office's clients, and the money of a year."""

from collections.abc import Sequence

from sqlalchemy import ColumnElement, and_, func, select
from sqlalchemy.orm import joinedload

from app.core.actor import Actor
from app.db.queries import first_and_count
from app.extensions import db
from app.grants.enums import GrantForm, Measure
from app.grants.models.money import Expenditure
from app.grants.models.pots import Grant, PublishedFigure
from app.grants.policy import expenditures_visible_to, visible_to
from app.grants.queries.balance import GrantBalance, list_grant_balances
from app.grants.transitions import ExpenditureState, GrantState

CLIENT_MEASURES = (Measure.clients, Measure.new_clients, Measure.continuing_clients)


def list_published_client_figures(user: Actor) -> Sequence[PublishedFigure]:
    """Give every figure about clients, contradicting ones side by side; without a year last."""
    year = PublishedFigure.year
    query = select(PublishedFigure).where(PublishedFigure.measure.in_(CLIENT_MEASURES), visible_to(user))
    return db.session.scalars(query.order_by(year.is_(None), year, PublishedFigure.id)).all()


def list_budget_years(user: Actor) -> Sequence[int]:
    """Give the fiscal years of which a budget is known, the newest first."""
    query = select(Grant.fiscal_year).where(_is_budgeted(user), Grant.fiscal_year.is_not(None)).distinct()
    return [year for year in db.session.scalars(query.order_by(Grant.fiscal_year.desc())) if year is not None]


def list_grant_balances_of_year(user: Actor, year: int | None) -> list[GrantBalance]:
    """Give the grants in money of one fiscal year (None: of those without one), by who gives."""
    return list_grant_balances(_is_budgeted(user), Grant.fiscal_year == year)


def _is_budgeted(user: Actor) -> ColumnElement[bool]:
    """Leave out what is no budget yet, and what never was one."""
    no_budget = [GrantState.proposed, GrantState.rejected]
    return and_(visible_to(user), Grant.form == GrantForm.cash, Grant.state.not_in(no_budget))


def list_proposed_expenditures(user: Actor, limit: int) -> tuple[int, list[Expenditure]]:
    """Count the proposals that nobody has approved or rejected, and give the oldest."""
    mine = (Expenditure.state == ExpenditureState.proposed, expenditures_visible_to(user))
    eager = (joinedload(Expenditure.grant).lazyload(Grant.purpose_rows), joinedload(Expenditure.case))
    return first_and_count(select(Expenditure).where(*mine).order_by(Expenditure.id).options(*eager), limit)


def list_hidden_expenditure_ids(grant: Grant, user: Actor) -> set[int]:
    """Return the ids of the grant's expenditures whose case the user may not see."""
    query = select(Expenditure.id).where(Expenditure.grant_id == grant.id, ~expenditures_visible_to(user))
    return set(db.session.scalars(query))


def sum_proposed_expenditures(grant: Grant, user: Actor) -> int:
    """Sum the proposals that wait for approval, in whole rupiah, as far as the user may see them."""
    query = select(func.sum(Expenditure.amount)).where(
        Expenditure.grant_id == grant.id,
        Expenditure.state == ExpenditureState.proposed,
        expenditures_visible_to(user),
    )
    return int(db.session.scalar(query) or 0)
