"""Services of grants and assets: add, edit, check; sums of ceilings."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, TypeVar

from flask_babel import gettext as _
from sqlalchemy import func, select

from app.core import clock
from app.core.actor import Actor
from app.core.errors import Conflict, PortalError
from app.core.formats import format_rupiah
from app.db.model import mark_changed
from app.db.records import assign, lock_and_check_version, update
from app.db.search import build_search_text
from app.extensions import db
from app.grants.enums import GrantForm
from app.grants.models.money import Commitment, Expenditure
from app.grants.models.pots import Asset, FundingSource, Grant
from app.grants.queries.balance import get_balance
from app.grants.transitions import GrantState

GrantOrAsset = TypeVar("GrantOrAsset", Grant, Asset)


def build_grant_search_text(grant: Grant) -> str | None:
    """Return the quick search text of a grant: name, document number, fiscal year."""
    year = None if grant.fiscal_year is None else str(grant.fiscal_year)
    return build_search_text(grant.name, grant.document_number, numbers=(year,)) or None


def build_asset_search_text(asset: Asset) -> str | None:
    """Return the quick search text of an asset: name, inventory number."""
    return build_search_text(asset.name, asset.inventory_number) or None


def add_grant(data: Mapping[str, Any], *, by: Actor) -> Grant:
    """Create a grant as a proposal; its state then changes by transitions only."""
    return record_past_grant({**data, "state": GrantState.proposed}, by=by)


def record_past_grant(data: Mapping[str, Any], *, by: Actor) -> Grant:
    """Create a past grant in the state in which it was published; its documents may be unknown."""
    _check_grant({"form": GrantForm.cash, **data})
    return _save(Grant(), data, build_grant_search_text, by=by)


def edit_grant(item: Grant, data: Mapping[str, Any], *, by: Actor) -> Grant:
    """Update a grant. Raises if it is closed, or if spent or reserved money contradicts the new terms."""
    lock_and_check_version(item)
    if item.state is GrantState.closed:
        raise Conflict(_("This grant is closed: it can only be read."))
    current = {name: getattr(item, name) for name in ("form", "fiscal_year", *_CEILING_COLUMNS)}
    _check_grant({**current, **data})
    _check_terms(item, {**current, "purposes": item.purposes, **data})
    if "purposes" in data and set(data["purposes"]) != set(item.purposes):
        mark_changed(item)  # purposes are separate rows: only this gives the grant a new version
    return _save(item, data, build_grant_search_text, by=by)


def add_asset(data: Mapping[str, Any], *, by: Actor) -> Asset:
    """Create an asset: a thing of lasting value that a grant brought."""
    _check_asset(data)
    return _save(Asset(), data, build_asset_search_text, by=by)


def edit_asset(item: Asset, data: Mapping[str, Any], *, by: Actor) -> Asset:
    """Update an asset."""
    _check_asset(data)
    return _save(item, data, build_asset_search_text, by=by)


def get_ceiling(grant: Grant) -> int | None:
    """Return the ceiling in force, in rupiah. None: unknown, or goods."""
    return grant.ceiling


@dataclass(frozen=True)
class CashTotal:
    """Sum of ceilings, with the number of grants that it leaves out."""

    amount: int | None
    """Sum of the known ceilings in rupiah; None: none is known."""
    unknown_count: int
    """Number of cash grants with an unknown ceiling; above zero, the sum is a lower bound."""


def sum_cash_ceilings(year: int | None, source: FundingSource | None = None) -> CashTotal:
    """Sum the ceilings of one fiscal year (None: of the grants without a year), in whole rupiah.

    Goods never count. A proposal is no budget yet and a rejected one never was; a grant that was not realised
    keeps its ceiling.
    """
    ceiling = func.coalesce(Grant.ceiling_revised, Grant.ceiling_initial)
    query = select(func.sum(ceiling), func.count().filter(ceiling.is_(None))).where(
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
    """Raise if spent or reserved money contradicts the new terms."""
    balance = get_balance(item)
    used = balance.spent + balance.committed
    ceiling = data["ceiling_initial"] if data["ceiling_revised"] is None else data["ceiling_revised"]
    limit = balance.disbursed if ceiling is None else ceiling
    if used > (limit or 0):
        field = "ceiling_initial" if data["ceiling_revised"] is None else "ceiling_revised"
        raise PortalError(_("%(used)s is spent or reserved already.", used=format_rupiah(used)), field=field)
    if data["form"] is GrantForm.in_kind and balance.disbursed is not None:
        raise PortalError(_("Money of this grant arrived already: it is no goods."), field="form")
    spent_query = select(Expenditure.purpose, Expenditure.spent_on).where(
        Expenditure.grant_id == item.id, Expenditure.counted_amount > 0
    )
    reserved_query = select(Commitment.purpose, Commitment.committed_on).where(
        Commitment.grant_id == item.id, Commitment.counted_amount > 0
    )
    for purpose, day in (*db.session.execute(spent_query), *db.session.execute(reserved_query)):
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
