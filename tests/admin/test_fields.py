"""Parsing of typed amounts, dates and times."""

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
def test_amount_is_parsed_in_usual_notations(text: str) -> None:
    assert parse_field(fields.RupiahField, text) == 25_000_000


@pytest.mark.parametrize(
    "text", ["25,000,000", "25.00", "2.5", "-5", "dua juta", "1e6", "10" * 10, "25.0000.000", "Rp"]
)
def test_ambiguous_or_invalid_amount_is_refused(shared_app: Flask, text: str) -> None:
    with shared_app.test_request_context(), pytest.raises(ValueError, match=r".+"):
        parse_field(fields.RupiahField, text)


@given(st.integers(min_value=0, max_value=fields.MAX_RUPIAH))
def test_formatted_amount_is_parsed_to_the_same_amount(amount: int) -> None:
    field = fields.RupiahField(name="x", _form=Form())
    assert parse_field(fields.RupiahField, field.format_value(amount)) == amount


@given(st.text(max_size=30))
def test_amount_pattern_accepts_any_text_without_error(text: str) -> None:
    try:
        amount = fields.RUPIAH_PATTERN.match(text)
    except ValueError:
        return
    assert amount is None or re.search(r"\d", text)


@pytest.mark.parametrize("text", ["2000-12-31", "31/12/2000", "31-12-2000"])
def test_day_is_parsed_in_iso_and_local_notation(text: str) -> None:
    assert parse_field(fields.DayField, text) == date(2000, 12, 31)


@pytest.mark.parametrize(
    "text", ["31/02/2000", "2000-13-01", "12/31/2000", "0001-01-01", "kemarin", "1/1/00"]
)
def test_invalid_day_is_refused(shared_app: Flask, text: str) -> None:
    with shared_app.test_request_context(), pytest.raises(ValueError, match=r".+"):
        parse_field(fields.DayField, text)


@pytest.mark.parametrize("text", ["2026-11-24T15:04", "24/11/2026 15.04", "24/11/2026 15:04"])
def test_instant_is_parsed_in_wita_and_stored_in_utc(text: str) -> None:
    assert parse_field(fields.InstantField, text) == datetime(2026, 11, 24, 7, 4, tzinfo=UTC)
