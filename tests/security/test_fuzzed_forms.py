"""Every form of every room, filled well save for a field or two: never a fault, and no page breaks of it."""

import random
from collections.abc import Iterator, Sequence
from typing import Any

import pytest
from flask import Flask
from flask_login import login_user
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st
from sqlalchemy import select

from app.core.views import PortalView
from app.extensions import db
from app.security.models import PortalUser
from tests.support import nasty, portal, walking
from tests.support.client import PortalClient
from tests.support.portal import person
from tests.support.world import one_of_each

WIRE = "application/x-www-form-urlencoded"
Form = tuple[str, dict[str, Sequence[str]], Any, int]
"""Address, field -> what it would take, model, id."""


def forms(app: Flask) -> Iterator[Form]:
    """Each add form, edit form and move of each room, and the drafts that are kept while somebody types."""
    for view in walking.views(app):
        model, pk = view.datamodel.obj, _some_id(view)
        if view.may_add:
            filled = _fields(view.add_form, view.add_columns)
            yield f"{view.route_base}/add", filled, model, 0
            if view.keeps_draft:
                yield f"{view.route_base}/draft", filled, model, 0
        if view.may_change:
            yield f"{view.route_base}/edit/{pk}", _fields(view.edit_form, view.edit_columns), model, pk
        for move in view.moves:
            asked = _fields(view.move_forms[move.name], move.asks)
            yield f"{view.route_base}/{pk}/{move.name}", asked, model, pk


def _fields(form: Any, names: Sequence[str]) -> dict[str, Sequence[str]]:
    made = form(formdata=None)
    return {name: nasty.fitting(made[name]) for name in names}


def _some_id(view: PortalView) -> int:
    model: Any = view.datamodel.obj
    if model is PortalUser:
        return person("sari").id
    return int(db.session.scalar(select(model.id).order_by(model.id.desc()).limit(1)) or 0)


def attack(app: Flask, client: PortalClient, form: Form, rounds: int) -> list[str]:
    """Send one form some times; what it saved is opened."""
    address, filled, model, pk = form
    found: list[str] = []

    @settings(
        max_examples=rounds,
        derandomize=True,
        database=None,
        deadline=None,
        phases=[Phase.generate],
        suppress_health_check=list(HealthCheck),
    )
    @given(rng=st.randoms(use_true_random=False), made_up=st.lists(nasty.values, min_size=5, max_size=5))
    def run(rng: random.Random, made_up: list[str]) -> None:
        version = db.session.scalar(select(model.version).where(model.id == pk)) if pk else 0
        sent = nasty.body(rng, filled, made_up, version or 0)
        answer = client.post(address, data=sent, content_type=WIRE, checked=False)
        wrong = nasty.fault(answer)
        if wrong is None and answer.status_code == 302:
            wrong = nasty.fault(client.get(answer.location, checked=False))
        if wrong:
            found.append(f"{address}: {wrong} for {sent[:600]!r}")

    run()
    return found


def look(app: Flask, client: PortalClient) -> Iterator[str]:
    """Look at every page that shows what was saved."""
    ids = {walking.table_of(view): [_some_id(view)] for view in walking.views(app)}
    lists = [f"{view.route_base}/list/" for view in walking.views(app)]
    for address in ("/", *lists, *walking.records(app, ids)):
        wrong = nasty.fault(client.get(address, checked=False))
        if wrong:
            yield f"{address}: {wrong}"


@pytest.mark.parametrize(
    ("dialect", "who", "rounds"), [("sqlite", "admin", 2), ("sqlite", "rina", 2), ("postgresql", "admin", 2)]
)
def test_no_form_breaks_and_no_page_breaks_of_what_it_saved(dialect: str, who: str, rounds: int) -> None:
    house = portal.of_dialect(dialect)
    house.reset()
    with house.app.app_context():
        one_of_each()
        client = portal.logged_in(house, who)
        with house.app.test_request_context():
            login_user(person("admin"))
            todo = list(forms(house.app))
        assert len(todo) > 100
        found = [one for form in todo for one in attack(house.app, client, form, rounds)]
        found += look(house.app, portal.logged_in(house, "rina"))
    house.close()
    assert found == []
