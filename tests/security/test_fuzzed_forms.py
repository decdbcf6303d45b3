"""Every form, with hostile values in some fields: no server error, and no page breaks afterwards."""

import random
from collections.abc import Iterator, Sequence
from typing import Any

import pytest
from flask import Flask
from flask_login import login_user
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st
from sqlalchemy import select

from app.admin.base import PortalView
from app.extensions import db
from app.security.models import PortalUser
from tests.support import hostile_input, portal, site_addresses
from tests.support.client import PortalClient
from tests.support.portal import get_user
from tests.support.sample_records import create_one_of_each

FORM_CONTENT_TYPE = "application/x-www-form-urlencoded"
FuzzedForm = tuple[str, dict[str, Sequence[str]], Any, int]
"""URL, values that each field accepts, model, and id of the record (0 for a new one)."""


def list_forms(app: Flask) -> Iterator[FuzzedForm]:
    """Yield each add, edit and transition form of each view, and its drafts if it saves them."""
    for view in site_addresses.list_views(app):
        model, pk = view.datamodel.obj, _some_id(view)
        if view.has_add_form:
            filled = _valid_field_values(view.add_form, view.add_columns)
            yield f"{view.route_base}/add", filled, model, 0
            if view.autosave:
                yield f"{view.route_base}/draft", filled, model, 0
        if view.has_edit_form:
            yield (
                f"{view.route_base}/edit/{pk}",
                _valid_field_values(view.edit_form, view.edit_columns),
                model,
                pk,
            )
        for transition in view.transitions:
            values = _valid_field_values(view.transition_forms[transition.name], transition.fields)
            yield f"{view.route_base}/{pk}/{transition.name}", values, model, pk


def _valid_field_values(form: Any, names: Sequence[str]) -> dict[str, Sequence[str]]:
    made = form(formdata=None)
    return {name: hostile_input.valid_values(made[name]) for name in names}


def _some_id(view: PortalView) -> int:
    model: Any = view.datamodel.obj
    if model is PortalUser:
        return get_user("sari").id
    return int(db.session.scalar(select(model.id).order_by(model.id.desc()).limit(1)) or 0)


def fuzz_form(app: Flask, client: PortalClient, form: FuzzedForm, rounds: int) -> list[str]:
    """Send one form `rounds` times with hostile values and open what was saved; return the faults."""
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
    @given(
        rng=st.randoms(use_true_random=False),
        made_up=st.lists(hostile_input.hostile_values, min_size=5, max_size=5),
    )
    def run(rng: random.Random, made_up: list[str]) -> None:
        version = db.session.scalar(select(model.version).where(model.id == pk)) if pk else 0
        sent = hostile_input.build_body(rng, filled, made_up, version or 0)
        answer = client.post(address, data=sent, content_type=FORM_CONTENT_TYPE, check_html=False)
        wrong = hostile_input.find_fault(answer)
        if wrong is None and answer.status_code == 302:
            wrong = hostile_input.find_fault(client.get(answer.location, check_html=False))
        if wrong:
            found.append(f"{address}: {wrong} for {sent[:600]!r}")

    run()
    return found


def find_broken_pages(app: Flask, client: PortalClient) -> Iterator[str]:
    """Yield the faults of every page that shows saved records."""
    ids = {site_addresses.table_name(view): [_some_id(view)] for view in site_addresses.list_views(app)}
    lists = [f"{view.route_base}/list/" for view in site_addresses.list_views(app)]
    for address in ("/", *lists, *site_addresses.record_addresses(app, ids)):
        wrong = hostile_input.find_fault(client.get(address, check_html=False))
        if wrong:
            yield f"{address}: {wrong}"


@pytest.mark.parametrize(
    ("dialect", "who", "rounds"),
    [
        ("sqlite", "admin", 2),
        pytest.param("sqlite", "rina", 2, marks=pytest.mark.slow),
        pytest.param("postgresql", "admin", 2, marks=pytest.mark.slow),
    ],
)
def test_hostile_values_break_no_form_and_no_page(dialect: str, who: str, rounds: int) -> None:
    instance = portal.get_portal_instance(dialect)
    instance.reset()
    with instance.app.app_context():
        create_one_of_each()
        client = portal.log_in_client(instance, who)
        with instance.app.test_request_context():
            login_user(get_user("admin"))
            todo = list(list_forms(instance.app))
        assert len(todo) > 100
        found = [one for form in todo for one in fuzz_form(instance.app, client, form, rounds)]
        found += find_broken_pages(instance.app, portal.log_in_client(instance, "rina"))
    instance.close()
    assert found == []
