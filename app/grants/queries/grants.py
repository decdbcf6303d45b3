"""Lists: grants of a year, published client figures, proposed and hidden expenditures."""

from collections.abc import Sequence

from sqlalchemy import ColumnElement, and_, func, select
from sqlalchemy.orm import joinedload

from app.core.actor import Actor
from app.db.queries import first_and_count
from app.extensions import db
from app.grants.enums import GrantForm, Measure
from app.grants.models.money import Expenditure
from app.grants.models.pots import Grant, PublishedFigure
from app.grants.policy import ExpenditurePolicy, GrantPolicy, PublishedFigurePolicy
from app.grants.queries.balance import GrantBalance, list_grant_balances
from app.grants.transitions import ExpenditureState, GrantState

CLIENT_MEASURES = (Measure.clients, Measure.new_clients, Measure.continuing_clients)


def list_published_client_figures(user: Actor) -> Sequence[PublishedFigure]:
    """Return all published figures about clients, contradicting ones too; without a year last."""
    year = PublishedFigure.year
    query = select(PublishedFigure).where(
        PublishedFigure.measure.in_(CLIENT_MEASURES), PublishedFigurePolicy.visible_to(user)
    )
    return db.session.scalars(query.order_by(year.is_(None), year, PublishedFigure.id)).all()


def list_budget_years(user: Actor) -> Sequence[int]:
    """Return the fiscal years that have a budgeted grant, newest first."""
    query = select(Grant.fiscal_year).where(_is_budgeted(user), Grant.fiscal_year.is_not(None)).distinct()
    return [year for year in db.session.scalars(query.order_by(Grant.fiscal_year.desc())) if year is not None]


def list_grant_balances_of_year(user: Actor, year: int | None) -> list[GrantBalance]:
    """Return the budgeted cash grants of a fiscal year (None: without one), by funding source."""
    return list_grant_balances(_is_budgeted(user), Grant.fiscal_year == year)


def _is_budgeted(user: Actor) -> ColumnElement[bool]:
    """Match visible cash grants except proposals (no budget yet) and rejected ones (never one)."""
    unbudgeted_states = [GrantState.proposed, GrantState.rejected]
    return and_(
        GrantPolicy.visible_to(user), Grant.form == GrantForm.cash, Grant.state.not_in(unbudgeted_states)
    )


def list_proposed_expenditures(user: Actor, limit: int) -> tuple[int, list[Expenditure]]:
    """Return the number of visible proposals awaiting approval, and the oldest, at most `limit`."""
    conditions = (Expenditure.state == ExpenditureState.proposed, ExpenditurePolicy.visible_to(user))
    loader_options = (
        joinedload(Expenditure.grant).lazyload(Grant.purpose_rows),
        joinedload(Expenditure.case),
    )
    return first_and_count(
        select(Expenditure).where(*conditions).order_by(Expenditure.id).options(*loader_options), limit
    )


def list_hidden_expenditure_ids(grant: Grant, user: Actor) -> set[int]:
    """Return the ids of the grant's expenditures whose case the user may not see."""
    query = select(Expenditure.id).where(
        Expenditure.grant_id == grant.id, ~ExpenditurePolicy.visible_to(user)
    )
    return set(db.session.scalars(query))


def sum_proposed_expenditures(grant: Grant, user: Actor) -> int:
    """Sum the visible proposals of the grant that await approval, in whole rupiah."""
    query = select(func.sum(Expenditure.amount)).where(
        Expenditure.grant_id == grant.id,
        Expenditure.state == ExpenditureState.proposed,
        ExpenditurePolicy.visible_to(user),
    )
    return int(db.session.scalar(query) or 0)
