"""Verbs of grants and assets, and the sums of ceilings."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, TypeVar

from flask_babel import gettext as _
from sqlalchemy import func, select

from app.cases.services.rules import lock_and_check_version
from app.core import clock
from app.core.actor import Actor
from app.core.errors import Conflict, PortalError
from app.core.formats import format_rupiah
from app.db.model import mark_changed
from app.db.records import assign, update
from app.db.search import build_search_text
from app.extensions import db
from app.grants.enums import GrantForm
from app.grants.models.money import Commitment, Expenditure
from app.grants.models.pots import Asset, FundingSource, Grant
from app.grants.queries.balance import get_balance
from app.grants.transitions import GrantState

GrantOrAsset = TypeVar("GrantOrAsset", Grant, Asset)


def build_grant_search_text(grant: Grant) -> str | None:
    """Give what the quick search finds a grant by."""
    year = None if grant.fiscal_year is None else str(grant.fiscal_year)
    return build_search_text(grant.name, grant.document_number, numbers=(year,)) or None


def build_asset_search_text(asset: Asset) -> str | None:
    """Give what the quick search finds an asset by."""
    return build_search_text(asset.name, asset.inventory_number) or None


def add_grant(data: Mapping[str, Any], *, by: Actor) -> Grant:
    """Propose a grant; what becomes of it is told by moves."""
    return record_past_grant({**data, "state": GrantState.proposed}, by=by)


def record_past_grant(data: Mapping[str, Any], *, by: Actor) -> Grant:
    """Enter a grant of the past in the state in which it was published; its documents may be unknown."""
    _check_grant({"form": GrantForm.cash, **data})
    return _save(Grant(), data, build_grant_search_text, by=by)


def edit_grant(item: Grant, data: Mapping[str, Any], *, by: Actor) -> Grant:
    """Correct what is known of a grant; not so that what was spent would break its terms."""
    lock_and_check_version(item)
    if item.state is GrantState.closed:
        raise Conflict(_("This grant is closed: it can only be read."))
    known = {name: getattr(item, name) for name in ("form", "fiscal_year", *_CEILING_COLUMNS)}
    _check_grant({**known, **data})
    _check_terms(item, {**known, "purposes": item.purposes, **data})
    if "purposes" in data and set(data["purposes"]) != set(item.purposes):
        mark_changed(item)  # purposes are rows of their own: this gives the grant its new version
    return _save(item, data, build_grant_search_text, by=by)


def add_asset(data: Mapping[str, Any], *, by: Actor) -> Asset:
    """Enter a thing of lasting value that a grant brought."""
    _check_asset(data)
    return _save(Asset(), data, build_asset_search_text, by=by)


def edit_asset(item: Asset, data: Mapping[str, Any], *, by: Actor) -> Asset:
    """Correct what is known of an asset."""
    _check_asset(data)
    return _save(item, data, build_asset_search_text, by=by)


def get_ceiling(grant: Grant) -> int | None:
    """Give the ceiling that holds: the revised one where there is one. None: unknown, or goods."""
    return grant.ceiling


@dataclass(frozen=True)
class CashTotal:
    """A sum of ceilings, honest about what it leaves out."""

    amount: int | None
    """Sum of the ceilings that are known; None: not one is known."""
    unknown_count: int
    """Number of cash grants whose ceiling nobody knows: the sum is a lower bound as soon as there is one."""


def sum_cash_ceilings(year: int | None, source: FundingSource | None = None) -> CashTotal:
    """Sum the ceilings of one fiscal year (None: of the grants without a year).

    Goods never count. A proposal is no budget yet and a rejected one never was; a grant that was not realised
    keeps its ceiling.
    """
    holds = func.coalesce(Grant.ceiling_revised, Grant.ceiling_initial)
    query = select(func.sum(holds), func.count().filter(holds.is_(None))).where(
        Grant.form == GrantForm.cash,
        Grant.fiscal_year == year,
        Grant.state.not_in([GrantState.proposed, GrantState.rejected]),
    )
    if source is not None:
        query = query.where(Grant.source == source)
    row: Any = db.session.execute(query).one()
    return CashTotal(None if row[0] is None else int(row[0]), row[1])


_CEILING_COLUMNS = ("ceiling_initial", "ceiling_revised")


def _check_grant(data: Mapping[str, Any]) -> None:
    year = data.get("fiscal_year")
    if year is not None and not 2000 <= year <= 2100:
        raise PortalError(_("Write the year with four digits, from 2000 on."), field="fiscal_year")
    for name in _CEILING_COLUMNS:
        _check_amount(data, name)
        if data.get(name) is not None and data["form"] is GrantForm.in_kind:
            raise PortalError(
                _("Goods have no ceiling: leave this empty and enter their value as an asset."), field=name
            )


def _check_terms(item: Grant, data: Mapping[str, Any]) -> None:
    """Refuse terms that what was spent or reserved already breaks."""
    balance = get_balance(item)
    used = balance.spent + balance.committed
    ceiling = data["ceiling_initial"] if data["ceiling_revised"] is None else data["ceiling_revised"]
    limit = balance.disbursed if ceiling is None else ceiling
    if used > (limit or 0):
        field = "ceiling_initial" if data["ceiling_revised"] is None else "ceiling_revised"
        raise PortalError(_("%(used)s is spent or reserved already.", used=format_rupiah(used)), field=field)
    if data["form"] is GrantForm.in_kind and balance.disbursed is not None:
        raise PortalError(_("Money of this grant arrived already: it is no goods."), field="form")
    spent = select(Expenditure.purpose, Expenditure.spent_on).where(
        Expenditure.grant_id == item.id, Expenditure.counted_amount > 0
    )
    reserved = select(Commitment.purpose, Commitment.committed_on).where(
        Commitment.grant_id == item.id, Commitment.counted_amount > 0
    )
    for purpose, day in (*db.session.execute(spent), *db.session.execute(reserved)):
        if data["purposes"] and purpose not in data["purposes"]:
            raise PortalError(
                _("Money was spent or reserved for: %(purpose)s.", purpose=str(purpose.value)),
                field="purposes",
            )
        if data["fiscal_year"] is not None and day.year != data["fiscal_year"]:
            raise PortalError(
                _("Money of this grant was spent on days of another year."), field="fiscal_year"
            )


def _check_asset(data: Mapping[str, Any]) -> None:
    _check_amount(data, "acquisition_value")
    acquired_on = data.get("acquired_on")
    if acquired_on is not None and acquired_on > clock.today():
        raise PortalError(_("This day is still to come."), field="acquired_on")


def _check_amount(data: Mapping[str, Any], field: str) -> None:
    amount = data.get(field)
    if amount is not None and amount <= 0:
        raise PortalError(_("An amount is more than zero; leave it empty when it is not known."), field=field)


def _save(
    item: GrantOrAsset,
    data: Mapping[str, Any],
    search_text_builder: Callable[[GrantOrAsset], str | None],
    *,
    by: Actor,
) -> GrantOrAsset:
    assign(item, data)
    db.session.add(item)
    return update(item, {"search_text": search_text_builder(item)}, by=by)
