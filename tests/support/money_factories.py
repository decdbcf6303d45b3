"""Factories of grants, money and aid; `tests.factories` re-exports them."""

from functools import partial
from typing import Any

from app.aid.models import Aid
from app.aid.services.aid import plan_aid
from app.aid.transitions import AidKind
from app.core import clock
from app.db.records import create
from app.db.transaction import transaction
from app.grants.enums import Purpose
from app.grants.models.money import Commitment, Expenditure
from app.grants.models.pots import Asset, FundingSource, Grant
from app.grants.services.commitments import open_commitment
from app.grants.services.life import budget_grant, disburse_grant
from app.grants.services.pots import add_asset, add_grant
from app.grants.services.spending import propose_expenditure
from tests import factories as make
from tests.support.portal import get_user
from tests.support.record_factory import create_record, next_number


def funding_source(**data: Any) -> FundingSource:
    return create_record(partial(create, FundingSource), {"name": f"Sumber {next_number()}", **data})


def grant(**data: Any) -> Grant:
    """Create a proposed cash grant with only its name and source set."""
    values = {"name": f"Hibah {next_number()}", **data}
    return create_record(add_grant, {"source": data.get("source") or funding_source(), **values})


def asset(**data: Any) -> Asset:
    """Create an asset bought from a grant."""
    values = {"name": f"Aset {next_number()}", **data}
    return create_record(add_asset, {"grant": data.get("grant") or grant(), **values})


def funded_grant(*purposes: Purpose, arrived: int | None = None, **data: Any) -> Grant:
    """Create a budgeted grant of the current year; `arrived` is the amount disbursed, if any."""
    values = {"fiscal_year": clock.current_year(), "purposes": purposes, **data}
    created = grant(**values)
    admin = get_user("admin")
    with transaction(by=admin):
        budget_grant(created, document_number=f"DPA {next_number()}", by=admin)
    if arrived is not None:
        with transaction(by=admin):
            disburse_grant(created, amount=arrived, disbursed_on=clock.today(), by=admin)
    return created


def commitment(*, by: str = "admin", **data: Any) -> Commitment:
    """Create a small commitment for the office."""
    values = {
        "purpose": Purpose.operational,
        "amount": 1000,
        "description": f"Pesanan {next_number()}",
        **data,
    }
    return create_record(open_commitment, {"grant": data.get("grant") or _large_grant(), **values}, by=by)


def expenditure(*, by: str = "admin", **data: Any) -> Expenditure:
    """Create a small expenditure for the office; proposed by a peksos, it belongs to a case."""
    values = {
        "purpose": Purpose.operational,
        "amount": 1000,
        "description": f"Belanja {next_number()}",
        **data,
    }
    if by != "admin":
        values["case"] = data.get("case") or make.case(by=by)
    return create_record(propose_expenditure, {"grant": data.get("grant") or _large_grant(), **values}, by=by)


def _large_grant() -> Grant:
    return funded_grant(ceiling_initial=10_000_000_000)


def aid(*, by: str = "rina", **data: Any) -> Aid:
    """Plan goods from a partner for a case; for cash, `again_reason` confirms the check for earlier aid."""
    values = {
        "kind": AidKind.goods,
        "item": f"Beras {next_number()}",
        "case": data.get("case") or make.case(by=by),
    }
    if not {"grant", "partner", "referral", "expenditure"} & set(data):
        values["partner"] = make.partner()
    if data.get("kind") is AidKind.cash:
        values["again_reason"] = "Sudah ditanyakan."
    return create_record(plan_aid, {**values, **data}, by=by)
