"""Records of money and aid for tests; `tests.factories` offers them with all the others."""

from functools import partial
from typing import Any

from app.aid.models import Aid
from app.aid.services import plan_aid
from app.aid.states import AidKind
from app.core import clock
from app.core.services import create
from app.core.unit import unit
from app.grants.choices import Purpose
from app.grants.models import Asset, Commitment, Expenditure, FundingSource, Grant
from app.grants.services import (
    add_asset,
    add_grant,
    budget_grant,
    disburse_grant,
    open_commitment,
    propose_expenditure,
)
from tests import factories as make
from tests.support.making import number, saved
from tests.support.portal import person


def funding_source(**data: Any) -> FundingSource:
    """Somebody who gives money."""
    return saved(partial(create, FundingSource), {"name": f"Sumber {number()}", **data})


def grant(**data: Any) -> Grant:
    """A proposed grant in cash of which little is known yet."""
    said = {"name": f"Hibah {number()}", **data}
    return saved(add_grant, {"source": data.get("source") or funding_source(), **said})


def asset(**data: Any) -> Asset:
    """A thing that a grant brought."""
    said = {"name": f"Aset {number()}", **data}
    return saved(add_asset, {"grant": data.get("grant") or grant(), **said})


def pot(*purposes: Purpose, arrived: int | None = None, **data: Any) -> Grant:
    """A grant in this year's budget, of which so much has arrived."""
    said = {"fiscal_year": clock.year(), "purposes": purposes, **data}
    made = grant(**said)
    admin = person("admin")
    with unit(by=admin):
        budget_grant(made, document_number=f"DPA {number()}", by=admin)
    if arrived is not None:
        with unit(by=admin):
            disburse_grant(made, amount=arrived, disbursed_on=clock.today(), by=admin)
    return made


def commitment(*, by: str = "admin", **data: Any) -> Commitment:
    """A little money reserved for the office."""
    said = {"purpose": Purpose.operational, "amount": 1000, "description": f"Pesanan {number()}", **data}
    return saved(open_commitment, {"grant": data.get("grant") or _rich(), **said}, by=by)


def expenditure(*, by: str = "admin", **data: Any) -> Expenditure:
    """A little money spent for the office; a peksos proposes it for a case."""
    said = {"purpose": Purpose.operational, "amount": 1000, "description": f"Belanja {number()}", **data}
    if by != "admin":
        said["case"] = data.get("case") or make.case(by=by)
    return saved(propose_expenditure, {"grant": data.get("grant") or _rich(), **said}, by=by)


def _rich() -> Grant:
    return pot(ceiling_initial=10_000_000_000)


def aid(*, by: str = "rina", **data: Any) -> Aid:
    """Rice from a partner, planned for a case; for cash, other aid was checked."""
    said = {"kind": AidKind.goods, "item": f"Beras {number()}", "case": data.get("case") or make.case(by=by)}
    if not {"grant", "partner", "referral", "expenditure"} & set(data):
        said["partner"] = make.partner()
    if data.get("kind") is AidKind.cash:
        said["again_reason"] = "Sudah ditanyakan."
    return saved(plan_aid, {**said, **data}, by=by)
