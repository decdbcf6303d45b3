"""Constraints of the database on grants."""

import pytest
from sqlalchemy import text
from sqlalchemy.exc import DBAPIError

from app.extensions import db
from app.grants.enums import Purpose


def _expect_violation(statement: str, **values: object) -> str:
    with pytest.raises(DBAPIError) as refusal, db.engine.begin() as connection:
        connection.execute(text(statement), values)
    return str(refusal.value.orig)


@pytest.mark.parametrize(
    ("change", "constraint"),
    [
        ("ceiling_initial = 0", "ck_grant_fund_ceiling_initial"),
        ("ceiling_revised = -5", "ck_grant_fund_ceiling_revised"),
        ("form = 'in_kind', ceiling_initial = 5", "ck_grant_fund_in_kind_no_ceiling"),
        ("form = 'gift'", "ck_grant_fund_grant_form"),
        ("state = 'spent'", "ck_grant_fund_grant_state"),
        ("state = 'unrealised'", "ck_grant_fund_reason"),
        ("state = 'rejected'", "ck_grant_fund_reason"),
        ("fiscal_year = 14", "ck_grant_fund_fiscal_year"),
    ],
)
def test_a_wrong_grant_is_refused(make, change: str, constraint: str) -> None:
    grant_id = make.grant().id
    db.session.rollback()
    assert constraint in _expect_violation(f"UPDATE grant_fund SET {change} WHERE id = :id", id=grant_id)


def test_ceilings_may_be_unknown(make) -> None:
    grant = make.grant()
    assert (grant.ceiling_initial, grant.ceiling_revised) == (None, None)


def test_an_asset_of_no_value_is_refused(make) -> None:
    asset_id = make.asset().id
    db.session.rollback()
    refusal = _expect_violation("UPDATE asset SET acquisition_value = 0 WHERE id = :id", id=asset_id)
    assert "ck_asset_acquisition_value" in refusal


def test_a_purpose_outside_the_list_is_refused(make) -> None:
    grant_id = make.grant(purposes=[Purpose.activity]).id
    db.session.rollback()
    refusal = _expect_violation(
        "UPDATE grant_purpose SET purpose = 'travel' WHERE grant_id = :id", id=grant_id
    )
    assert "ck_grant_purpose_purpose" in refusal


def test_funding_source_of_a_grant_cannot_be_deleted(make) -> None:
    source_id = make.grant().source_id
    db.session.rollback()
    refusal = _expect_violation("DELETE FROM funding_source WHERE id = :id", id=source_id)
    assert "foreign key" in refusal.lower()
