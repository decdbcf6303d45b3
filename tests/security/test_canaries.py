"""A hidden record, and nothing of it anywhere: no filter, search, sorting or choice gives it away."""

import re
from collections.abc import Callable, Iterator
from types import ModuleType

import pytest
from flask import Flask

from app.cases.models import Case, IncomingReport
from app.clients.choices import HouseholdRole
from app.clients.models import Client, Household
from app.core.views import PortalView
from app.reference.choices import Confidentiality
from tests.support.client import PortalClient

LogIn = Callable[[str], PortalClient]

CANARY = "kenarirahasia"
NIK = "6474015708450001"
PHONE = "0812-3456-7890"


@pytest.fixture
def hidden(make: ModuleType) -> dict[type, int]:
    """A secret case of Dodi's: its client, her household with a member whom everybody sees, its entries."""
    home = make.household(address=f"Gang {CANARY}")
    head = make.client(
        name=f"{CANARY} satu",
        nik=NIK,
        nik_note=CANARY,
        phone=PHONE,
        household=home,
        household_role=HouseholdRole.head,
    )
    make.client(name="Anggota yang tampak", household=home, household_role=HouseholdRole.child)
    case = make.case(
        by="dodi", client=head, confidentiality=Confidentiality.secret, presenting_problem=CANARY
    )
    make.consent(client=head, given_by=CANARY)
    for entry in (make.service, make.note, make.follow_up, make.assessment, make.goal, make.attachment):
        entry(by="dodi", case=case)
    person = make.client(name=f"{CANARY} dua")
    make.case_person(by="dodi", case=case, client=person)
    return {Household: home.id, Client: head.id, Case: case.id, IncomingReport: 0}


def views(app: Flask) -> list[PortalView]:
    return [view for view in app.appbuilder.baseviews if isinstance(view, PortalView)]  # type: ignore[attr-defined]


def relation_filters(app: Flask) -> Iterator[tuple[str, type]]:
    """The address of each list filtered by a relation, and the model at the other end."""
    for view in views(app):
        for column in sorted({*view.search_columns, *view.belongs_to}):
            if view.datamodel.is_relation(column):
                yield f"{view.route_base}/list/?_flt_0_{column}=", view.datamodel.get_related_model(column)


def rows(client: PortalClient, address: str) -> list[str]:
    answer = client.get(address)
    return re.findall(r"/show/\d+", answer.text) if answer.status_code == 200 else []


def test_a_filter_by_what_is_hidden_finds_as_much_as_one_by_what_is_not_there(
    app: Flask, as_user: LogIn, hidden: dict[type, int]
) -> None:
    sari, dodi = as_user("sari"), as_user("dodi")
    asked = [(address, hidden[model]) for address, model in relation_filters(app) if hidden.get(model)]
    assert len(asked) > 8
    told = [
        address for address, key in asked if rows(sari, f"{address}{key}") != rows(sari, f"{address}987654")
    ]
    assert told == []
    assert [address for address, key in asked if rows(dodi, f"{address}{key}")], "nothing was asked"


@pytest.mark.parametrize("words", [CANARY[3:9], NIK[-4:], PHONE])
def test_no_search_and_no_choice_finds_it(
    app: Flask, as_user: LogIn, hidden: dict[type, int], words: str
) -> None:
    sari = as_user("sari")
    pages = [f"{view.route_base}/list/?archived=y&q={words}" for view in views(app)]
    pages += [f"/api/v1/options/{view.room}?q={words}" for view in views(app)]
    pages += [f"/api/v1/search?q={words}", f"/?q={words}"]
    for page in pages:
        text = sari.get(page).text.replace(words, "")
        assert CANARY not in text, page
        assert f"/clients/show/{hidden[Client]}" not in text, page
        assert f'"id":{hidden[Client]}' not in text.replace(" ", ""), page


def test_no_sorting_and_no_open_list_shows_it(app: Flask, as_user: LogIn, hidden: dict[type, int]) -> None:
    sari = as_user("sari")
    for view in views(app):
        name = type(view).__name__
        for column in {*view.order_columns, view.base_order[0]}:
            page = f"{view.route_base}/list/?_oc_{name}={column}&_od_{name}=asc&psize_{name}=100"
            assert CANARY not in sari.get(page).text, page
        assert CANARY not in sari.get(f"/api/v1/options/{view.room}").text


def test_no_address_puts_it_into_a_form(app: Flask, as_user: LogIn, hidden: dict[type, int]) -> None:
    sari = as_user("sari")
    for view in views(app):
        if view.may_add:
            for key in set(hidden.values()):
                page = f"{view.route_base}/add?" + "&".join(f"{column}={key}" for column in view.add_columns)
                assert CANARY not in sari.get(page).text, page


def test_no_page_of_a_visible_record_names_it(as_user: LogIn, hidden: dict[type, int]) -> None:
    sari = as_user("sari")
    for room, key in (
        ("clients", hidden[Client]),
        ("households", hidden[Household]),
        ("cases", hidden[Case]),
    ):
        for page in (f"/{room}/show/{key}", f"/{room}/edit/{key}"):
            assert sari.get(page).status_code == 404, page
    for address in rows(sari, "/clients/list/"):
        assert CANARY not in sari.get(f"/clients{address}").text
