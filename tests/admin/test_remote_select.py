"""A remote select where the browser runs no script: what is typed below it is taken, or offered."""

from collections.abc import Callable
from types import ModuleType

import pytest
from flask import Flask
from sqlalchemy import select

from app.cases.models.case import Case
from app.cases.models.entries import Service
from app.db import search
from app.extensions import db
from app.reference.enums import Confidentiality
from tests.support.client import PortalClient

AsUser = Callable[[str], PortalClient]
SERVICE_FORM = {"kind": "counselling", "narrative": "Mendengarkan."}


@pytest.fixture
def rina(as_user: AsUser) -> PortalClient:
    return as_user("rina")


def select_options(page: str, name: str) -> str:
    """The select of that name."""
    return page.partition(f'name="{name}"')[2].partition("</select>")[0]


def test_a_typed_case_number_is_taken(rina: PortalClient, make: ModuleType) -> None:
    make.case()
    case = make.case()
    answer = rina.post("/services/add", data={**SERVICE_FORM, "case": "", "case.typed": case.number})
    assert answer.status_code == 302
    assert db.session.scalars(select(Service)).one().case_id == case.id


def test_ambiguous_text_offers_the_matches(rina: PortalClient, make: ModuleType) -> None:
    made = [make.case(client=make.client(name=name)) for name in ("Siti Aminah", "Siti Rahma")]
    answer = rina.post("/services/add", data={**SERVICE_FORM, "case": "", "case.typed": "siti"})
    page = answer.get_data(as_text=True)
    assert answer.status_code == 200
    assert all(f'value="{case.id}"' in select_options(page, "case") for case in made)
    assert 'value="siti"' in page
    assert 'id="case-error"' in page
    chosen = rina.post("/services/add", data={**SERVICE_FORM, "case": made[1].id, "case.typed": "siti"})
    assert chosen.status_code == 302
    assert db.session.scalars(select(Service)).one().case_id == made[1].id


def test_unmatched_text_comes_back_as_typed(rina: PortalClient) -> None:
    page = rina.post("/services/add", data={**SERVICE_FORM, "case.typed": "LK3/1999/1"}).get_data(
        as_text=True
    )
    assert 'value="LK3/1999/1"' in page
    assert 'id="case-error"' in page
    assert "Mendengarkan." in page


def test_nothing_that_one_may_not_see_is_found(as_user: AsUser, make: ModuleType) -> None:
    secret = make.case(by="rina", confidentiality=Confidentiality.secret)
    answer = as_user("sari").post("/services/add", data={**SERVICE_FORM, "case.typed": secret.number})
    assert answer.status_code == 200
    assert f'value="{secret.id}"' not in select_options(answer.get_data(as_text=True), "case")


def test_a_typed_name_joins_those_chosen(rina: PortalClient, make: ModuleType, app: Flask) -> None:
    client = make.client(name="Nurhayati")
    data = {"client.typed": "nurhaya", "presenting_problem": "Sewa rumah menunggak.", "channel": "walk_in"}
    assert rina.post("/cases/add", data=data).status_code == 302
    assert db.session.scalars(select(Case)).one().client_id == client.id


def test_a_text_without_end_is_cut_before_it_is_looked_for(
    rina: PortalClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    lengths: list[int] = []
    plain = search.fold_text
    monkeypatch.setattr(search, "fold_text", lambda text: lengths.append(len(text)) or plain(text))
    for text in ("ﷺ" * 300_000, "a" + "\u0301\u0323" * 200_000):
        answer = rina.post("/clients/add", data={"name": "Siti", "household.typed": text})
        assert answer.status_code == 200
    assert lengths
    assert max(lengths) <= search.MAX_QUERY_LENGTH


def test_more_records_than_anybody_chooses_are_refused_beside_their_field(as_user: AsUser) -> None:
    many = [str(number) for number in range(1, 40_001)]
    answer = as_user("admin").post("/partners/add", data={"name": "Baznas", "coverage": many})
    assert answer.status_code == 200
    assert "Paling banyak 100 yang dapat dipilih." in answer.text
