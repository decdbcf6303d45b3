"""Hostile and malformed input for fuzz tests."""

import random
from collections.abc import Sequence
from datetime import date, timedelta
from typing import Any
from urllib.parse import quote_from_bytes

from hypothesis import strategies as st
from sqlalchemy import select
from werkzeug.test import TestResponse

from app.admin import choice_fields, fields
from app.core import clock
from app.extensions import db

INJECTED_ELEMENT = "<i id=planted>"
"""No page may contain this as an element."""

HOSTILE_TEXTS = (
    "",
    " ",
    "a\0b",
    "\u202eabc\u200b",
    "\U0001f600" * 50,
    "x" * 30_000,
    f"\"'>{INJECTED_ELEMENT}</textarea></script>{{{{ 7*7 }}}}{{% x %}}%s%(x)s",
    "'; DROP TABLE client; --",
    '=HYPERLINK("http://evil.example";"x")',
    "a\r\nSet-Cookie: siaga=x\r\n\r\nb",
    "javascript:alert(1)",
    "//evil.example/",
    "__class__",
    "NaN",
    str(date.max),
    f"{date.max}T23:59",
    "1900-01-01",
    "1900-01-01T00:00",
    "0001-01-01",
    "31/02/2000",
    "1e9",
    "-1",
    "0",
    "100",
    "999999999",
    "2147483648",
    "9223372036854775808",
    "9" * 15,
    "9" * 5000,
    "\u0661\u0662",
)
MALFORMED_ESCAPES = ("%ED%A0%80", "%FF%FE", "%C0%80", "%", "%zz", "+", "%u0041")
"""Invalid UTF-8, lone surrogates and broken percent escapes."""

hostile_values = st.one_of(
    st.sampled_from(MALFORMED_ESCAPES),
    st.text(st.characters(exclude_categories=["Cs"]), max_size=40).map(lambda text: url_encode(text)),
    st.integers(-(2**70), 2**70).map(str),
    st.dates().map(str),
    st.floats().map(str),
)
"""Strategy of URL-encoded single values."""

LEAKED_INTERNALS = ("Traceback", "sqlite3", "psycopg", "sqlalchemy", "INSERT INTO", "set_int_max_str_digits")
"""Texts of internal errors, which may appear in the log only."""


def url_encode(text: str) -> str:
    """Return the text percent-encoded as UTF-8."""
    return quote_from_bytes(text.encode())


def valid_values(field: Any) -> Sequence[str]:
    """Return valid values of a form field, so that a hostile value beside them reaches the service."""
    today, kind = clock.today(), type(field)
    if isinstance(field, choice_fields.RecordSelectField):
        return _newest_ids(field.model)
    if (
        isinstance(field, choice_fields.EnumSelectField | choice_fields.EnumSelectMultipleField)
        and field.enum_class is not None
    ):
        return [member.name for member in field.enum_class]
    known = {
        fields.RupiahField: ["1000", "Rp 25.000"],
        fields.WholeNumberField: ["1", "50", "2026"],
        fields.DayField: [str(today), str(today + timedelta(days=20))],
        fields.InstantField: [f"{today}T00:01", f"{today}T11:59"],
        fields.DigitsField: ["", "004", "6474015708450001"],
        fields.PhoneField: ["", "0811-5413-355"],
        fields.CheckboxField: ["y", ""],
    }
    return known.get(kind, ["Siti", "Beras"])


def _newest_ids(model: Any) -> list[str]:
    newest = select(model.id).order_by(model.id.desc()).limit(3)
    return [str(key) for key in db.session.scalars(newest)] or ["1"]


def build_body(
    rng: random.Random, form: dict[str, Sequence[str]], hostile: Sequence[str], version: int
) -> bytes:
    """Return a URL-encoded form in which some fields are hostile, missing or sent twice."""
    pairs = [("version", str(version))]
    hostile_names = {
        rng.choice([*form, "version", "next", "form_key", "then", "q"])
        for _ in range(rng.choice((0, 1, 1, 2, 4)))
    }
    for name, valid in form.items():
        if name not in hostile_names:
            pairs.append((name, url_encode(rng.choice(valid))))
    for name in sorted(hostile_names):
        for _again in range(rng.choice((0, 1, 1, 2))):
            hostile_value = (
                url_encode(rng.choice(HOSTILE_TEXTS)) if rng.random() < 0.7 else rng.choice(hostile)
            )
            pairs.append((name, hostile_value))
    return "&".join(f"{name}={value}" for name, value in pairs).encode()


def find_fault(response: TestResponse) -> str | None:
    """Return what is wrong with the response, or None; independent of the request."""
    text = response.get_data().decode(errors="replace")
    if response.status_code >= 500:
        return str(response.status_code)
    if response.mimetype == "text/html" and INJECTED_ELEMENT in text:
        return "what somebody typed became an element"
    leaked = [word for word in LEAKED_INTERNALS if word in text]
    if leaked:
        return f"says {leaked}"
    location = response.headers.get("Location", "/")
    if not location.startswith("/") or location.startswith("//"):
        return f"leads to {location}"
    return "sets a cookie" if "siaga=x" in response.headers.getlist("Set-Cookie") else None
