"""Whatever is sent to any form of any room, the answer is a form, a record or a refusal, never a fault."""

import io
import random
from collections.abc import Callable, Iterator
from typing import Any

from flask import Flask
from sqlalchemy import select

from app.core.views import PortalView
from app.extensions import db
from app.security.models import PortalUser
from tests.support.client import PortalClient
from tests.support.portal import person
from tests.support.world import one_of_each

LogIn = Callable[[str], PortalClient]

POOL = (
    "",
    " ",
    "Siti",
    "0",
    "1",
    "-1",
    "999999999",
    "2147483648",
    "9" * 15,
    "9" * 400,
    "\u0661\u0662",
    "1e9",
    "NaN",
    "Rp 25.000.000",
    "1900-01-01",
    "9999-12-31",
    "0001-01-01",
    "9999-12-31T23:59",
    "1900-01-01T00:00",
    "31/02/2000",
    "y",
    "secret",
    "__class__",
    "a\0b",
    "\u202eabc",
    "\U0001f600" * 50,
    "<script>alert(1)</script>{{ 7*7 }}%s%(x)s",
    "'; DROP TABLE client; --",
    "x" * 30_000,
    "+62 811 5413 355",
    "6474015708450001",
)
ROUNDS = 4


def forms(app: Flask) -> Iterator[tuple[PortalView, str, Any, list[str]]]:
    """Each view with its add form, its edit form and the short forms of its moves, and their addresses."""
    for view in app.appbuilder.baseviews:  # type: ignore[attr-defined]
        if not isinstance(view, PortalView):
            continue
        if view.may_add:
            yield view, "/add", view.add_form, list(view.add_columns)
        pk = _some_id(view)
        if view.may_change:
            yield view, f"/edit/{pk}", view.edit_form, list(view.edit_columns)
        for move in view.moves:
            yield view, f"/{pk}/{move.name}", view.move_forms[move.name], list(move.asks)


def _some_id(view: PortalView) -> int:
    model: Any = view.datamodel.obj
    if model is PortalUser:
        return person("sari").id
    return int(db.session.scalar(select(model.id).order_by(model.id.desc()).limit(1)) or 0)


def test_no_typed_value_breaks_a_form(app: Flask, as_user: LogIn) -> None:
    one_of_each()
    rng, admin = random.Random(7), as_user("admin")
    addresses = [(f"{view.route_base}{path}", names) for view, path, _form, names in forms(app)]
    broken = []
    for address, names in addresses:
        for _round in range(ROUNDS):
            typed = {name: [rng.choice(POOL)] * rng.choice((1, 1, 2)) for name in names if rng.random() < 0.8}
            typed["version"] = [rng.choice(("1", "2", "", "9" * 30, "x"))]
            status = admin.post(address, data=typed, checked=False).status_code
            if status not in (200, 302, 403, 409):
                broken.append(f"{address}: {status} for {typed}"[:300])
    assert broken == []


def test_a_file_in_the_place_of_a_text_and_a_text_in_the_place_of_a_file(app: Flask, as_user: LogIn) -> None:
    one_of_each()
    admin = as_user("admin")
    addresses = [(f"{view.route_base}{path}", names) for view, path, _form, names in forms(app)]
    broken = []
    for address, names in addresses:
        swapped = {name: (io.BytesIO(b"%PDF-1.7"), "../../etc/passwd\0.pdf") for name in names}
        for data in (swapped, {**dict.fromkeys(names, "text"), "version": "1"}):
            status = admin.post(
                address, data=dict(data), content_type="multipart/form-data", checked=False
            ).status_code
            if status not in (200, 302, 403, 409):
                broken.append(f"{address}: {status}")
    assert broken == []
