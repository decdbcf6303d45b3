"""What is sent by somebody who means harm, or whose cat walks over the keyboard."""

import random
from collections.abc import Sequence
from datetime import date, timedelta
from typing import Any
from urllib.parse import quote_from_bytes

from hypothesis import strategies as st
from sqlalchemy import select
from werkzeug.test import TestResponse

from app.core import clock
from app.core.forms import choosing, fields
from app.extensions import db

MARK = "<i id=planted>"
"""Nowhere may a page hold this as an element."""

TEXTS = (
    "",
    " ",
    "a\0b",
    "\u202eabc\u200b",
    "\U0001f600" * 50,
    "x" * 30_000,
    f"\"'>{MARK}</textarea></script>{{{{ 7*7 }}}}{{% x %}}%s%(x)s",
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
RAW = ("%ED%A0%80", "%FF%FE", "%C0%80", "%", "%zz", "+", "%u0041")
"""No UTF-8, halves of characters, broken escapes."""

values = st.one_of(
    st.sampled_from(RAW),
    st.text(st.characters(exclude_categories=["Cs"]), max_size=40).map(lambda text: written(text)),
    st.integers(-(2**70), 2**70).map(str),
    st.dates().map(str),
    st.floats().map(str),
)
"""One value as it goes over the wire, made up."""

TOLD_OF_US = ("Traceback", "sqlite3", "psycopg", "sqlalchemy", "INSERT INTO", "set_int_max_str_digits")
"""What only the log may say."""


def written(text: str) -> str:
    """The text as it goes over the wire."""
    return quote_from_bytes(text.encode())


def fitting(field: Any) -> Sequence[str]:
    """What a field would take: without it no nasty value beside it would come as far as the verb."""
    today, kind = clock.today(), type(field)
    if isinstance(field, choosing.RemoteField):
        return _ids(field.model)
    if isinstance(field, choosing.ChoiceField | choosing.ChoicesField) and field.enum_class is not None:
        return [member.name for member in field.enum_class]
    known = {
        fields.RupiahField: ["1000", "Rp 25.000"],
        fields.WholeField: ["1", "50", "2026"],
        fields.DayField: [str(today), str(today + timedelta(days=20))],
        fields.MomentField: [f"{today}T00:01", f"{today}T11:59"],
        fields.DigitsField: ["", "004", "6474015708450001"],
        fields.PhoneField: ["", "0811-5413-355"],
        fields.TickField: ["y", ""],
    }
    return known.get(kind, ["Siti", "Beras"])


def _ids(model: Any) -> list[str]:
    newest = select(model.id).order_by(model.id.desc()).limit(3)
    return [str(key) for key in db.session.scalars(newest)] or ["1"]


def body(rng: random.Random, form: dict[str, Sequence[str]], made_up: Sequence[str], version: int) -> bytes:
    """A filled form in which a field or two are nasty, missing, or sent twice."""
    pairs = [("version", str(version))]
    spoilt = {
        rng.choice([*form, "version", "next", "form_key", "then", "q"])
        for _ in range(rng.choice((0, 1, 1, 2, 4)))
    }
    for name, good in form.items():
        if name not in spoilt:
            pairs.append((name, written(rng.choice(good))))
    for name in sorted(spoilt):
        for _again in range(rng.choice((0, 1, 1, 2))):
            nasty = written(rng.choice(TEXTS)) if rng.random() < 0.7 else rng.choice(made_up)
            pairs.append((name, nasty))
    return "&".join(f"{name}={value}" for name, value in pairs).encode()


def fault(answer: TestResponse) -> str | None:
    """What is wrong with an answer, whatever was asked."""
    text = answer.get_data().decode(errors="replace")
    if answer.status_code >= 500:
        return str(answer.status_code)
    if answer.mimetype == "text/html" and MARK in text:
        return "what somebody typed became an element"
    told = [word for word in TOLD_OF_US if word in text]
    if told:
        return f"says {told}"
    location = answer.headers.get("Location", "/")
    if not location.startswith("/") or location.startswith("//"):
        return f"leads to {location}"
    return "sets a cookie" if "siaga=x" in answer.headers.getlist("Set-Cookie") else None
