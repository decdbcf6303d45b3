"""Type-ahead selects in a browser without JavaScript: typed text selects a match or offers several."""

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
    """Return the HTML of the select of that name."""
    return page.partition(f'name="{name}"')[2].partition("</select>")[0]


def test_typed_case_number_selects_the_case(rina: PortalClient, make: ModuleType) -> None:
    make.case()
    case = make.case()
    response = rina.post("/services/add", data={**SERVICE_FORM, "case": "", "case.typed": case.number})
    assert response.status_code == 302
    assert db.session.scalars(select(Service)).one().case_id == case.id


def test_ambiguous_text_offers_the_matches(rina: PortalClient, make: ModuleType) -> None:
    made = [make.case(client=make.client(name=name)) for name in ("Siti Aminah", "Siti Rahma")]
    response = rina.post("/services/add", data={**SERVICE_FORM, "case": "", "case.typed": "siti"})
    page = response.get_data(as_text=True)
    assert response.status_code == 200
    assert all(f'value="{case.id}"' in select_options(page, "case") for case in made)
    assert 'value="siti"' in page
    assert 'id="case-error"' in page
    chosen = rina.post("/services/add", data={**SERVICE_FORM, "case": made[1].id, "case.typed": "siti"})
    assert chosen.status_code == 302
    assert db.session.scalars(select(Service)).one().case_id == made[1].id


def test_unmatched_text_is_shown_again_as_typed(rina: PortalClient) -> None:
    page = rina.post("/services/add", data={**SERVICE_FORM, "case.typed": "LK3/1999/1"}).get_data(
        as_text=True
    )
    assert 'value="LK3/1999/1"' in page
    assert 'id="case-error"' in page
    assert "Mendengarkan." in page


def test_hidden_records_are_not_found(as_user: AsUser, make: ModuleType) -> None:
    secret = make.case(by="rina", confidentiality=Confidentiality.secret)
    response = as_user("sari").post("/services/add", data={**SERVICE_FORM, "case.typed": secret.number})
    assert response.status_code == 200
    assert f'value="{secret.id}"' not in select_options(response.get_data(as_text=True), "case")


def test_typed_name_selects_the_client(rina: PortalClient, make: ModuleType, app: Flask) -> None:
    client = make.client(name="Nurhayati")
    data = {"client.typed": "nurhaya", "presenting_problem": "Sewa rumah menunggak.", "channel": "walk_in"}
    assert rina.post("/cases/add", data=data).status_code == 302
    assert db.session.scalars(select(Case)).one().client_id == client.id


def test_long_text_is_cut_before_the_search(rina: PortalClient, monkeypatch: pytest.MonkeyPatch) -> None:
    lengths: list[int] = []
    original_fold_text = search.fold_text
    monkeypatch.setattr(
        search, "fold_text", lambda text: lengths.append(len(text)) or original_fold_text(text)
    )
    for text in ("ﷺ" * 300_000, "a" + "\u0301\u0323" * 200_000):
        response = rina.post("/clients/add", data={"name": "Siti", "household.typed": text})
        assert response.status_code == 200
    assert lengths
    assert max(lengths) <= search.MAX_QUERY_LENGTH


def test_too_many_selected_records_are_refused_beside_their_field(as_user: AsUser) -> None:
    many = [str(number) for number in range(1, 40_001)]
    response = as_user("admin").post("/partners/add", data={"name": "Baznas", "coverage": many})
    assert response.status_code == 200
    assert "Paling banyak 100 yang dapat dipilih." in response.text
