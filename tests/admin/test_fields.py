"""What people type, and what the portal makes of it."""

import re
from datetime import UTC, date, datetime

import pytest
from flask import Flask
from hypothesis import given
from hypothesis import strategies as st
from wtforms import Form

from app.admin import fields


def parse_field(field_class: type, text: str) -> object:
    field = field_class(name="x", _form=Form())
    field.process_formdata([text])
    return field.data


@pytest.mark.parametrize(
    "text", ["25000000", "25.000.000", "Rp 25.000.000", "rp25.000.000", "Rp. 25.000.000", " 25.000.000 "]
)
def test_an_amount_is_read_as_it_is_said(text: str) -> None:
    assert parse_field(fields.RupiahField, text) == 25_000_000


@pytest.mark.parametrize(
    "text", ["25,000,000", "25.00", "2.5", "-5", "dua juta", "1e6", "10" * 10, "25.0000.000", "Rp"]
)
def test_an_amount_that_can_be_read_in_two_ways_is_refused(shared_app: Flask, text: str) -> None:
    with shared_app.test_request_context(), pytest.raises(ValueError, match=r".+"):
        parse_field(fields.RupiahField, text)


@given(st.integers(min_value=0, max_value=fields.MAX_RUPIAH))
def test_an_amount_that_is_shown_is_read_as_the_same(amount: int) -> None:
    field = fields.RupiahField(name="x", _form=Form())
    assert parse_field(fields.RupiahField, field.format_value(amount)) == amount


@given(st.text(max_size=30))
def test_no_text_makes_the_amount_field_fall_over(text: str) -> None:
    try:
        amount = fields.RUPIAH_PATTERN.match(text)
    except ValueError:
        return
    assert amount is None or re.search(r"\d", text)


@pytest.mark.parametrize("text", ["2000-12-31", "31/12/2000", "31-12-2000"])
def test_a_day_is_read_in_both_ways(text: str) -> None:
    assert parse_field(fields.DayField, text) == date(2000, 12, 31)


@pytest.mark.parametrize(
    "text", ["31/02/2000", "2000-13-01", "12/31/2000", "0001-01-01", "kemarin", "1/1/00"]
)
def test_a_day_that_does_not_exist_is_refused(shared_app: Flask, text: str) -> None:
    with shared_app.test_request_context(), pytest.raises(ValueError, match=r".+"):
        parse_field(fields.DayField, text)


@pytest.mark.parametrize("text", ["2026-11-24T15:04", "24/11/2026 15.04", "24/11/2026 15:04"])
def test_a_moment_is_typed_in_wita_and_kept_in_utc(text: str) -> None:
    assert parse_field(fields.InstantField, text) == datetime(2026, 11, 24, 7, 4, tzinfo=UTC)
