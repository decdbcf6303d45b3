"""A form key creates one record, however often and by whomever the form is sent."""

import re
from collections.abc import Callable
from types import ModuleType

from flask import Flask
from sqlalchemy import func, select

from app.clients.models.client import Household
from app.extensions import db
from app.grants.models.pots import FundingSource
from tests.support.client import PortalClient
from tests.support.concurrency import run_concurrently

AsUser = Callable[[str], PortalClient]


def count_sources() -> int:
    return db.session.scalar(select(func.count()).select_from(FundingSource)) or 0


def test_double_click_saves_once(as_user: AsUser) -> None:
    admin, before = as_user("admin"), count_sources()
    first = admin.post("/funding-sources/add", data={"name": "CSR Pupuk", "form_key": "k" * 43})
    second = admin.post("/funding-sources/add", data={"name": "CSR Pupuk", "form_key": "k" * 43})
    assert first.location == second.location
    assert count_sources() == before + 1


def test_concurrent_clicks_save_once(app: Flask, as_user: AsUser) -> None:
    before = count_sources()
    clients = [as_user("admin") for _ in range(4)]
    db.session.rollback()

    def click(number: int) -> str:
        response = clients[number].post(
            "/funding-sources/add", data={"name": "Donatur", "form_key": "m" * 43}
        )
        assert response.status_code == 302
        return str(response.location)

    assert len(set(run_concurrently(4, click))) == 1
    assert count_sources() == before + 1


def test_form_key_of_another_user_is_not_accepted(as_user: AsUser) -> None:
    rina, admin = as_user("rina"), as_user("admin")
    first = rina.post("/clients/add", data={"name": "Siti", "form_key": "z" * 43})
    assert first.status_code == 302
    response = admin.post("/clients/add", data={"name": "Siti", "form_key": "z" * 43})
    assert response.status_code == 200
    assert first.location not in response.text
    key = re.search(r'name="form_key"[^>]*value="([^"]+)"', response.text)
    assert key is not None
    again = admin.post("/clients/add", data={"name": "Siti", "form_key": key.group(1)})
    assert again.status_code == 302
    assert again.location != first.location


def test_form_key_of_another_view_is_not_accepted(as_user: AsUser) -> None:
    rina = as_user("rina")
    assert rina.post("/clients/add", data={"name": "Siti", "form_key": "y" * 43}).status_code == 302
    response = rina.post("/households/add", data={"address": "Gang Kenari 7", "form_key": "y" * 43})
    assert response.status_code == 200
    assert "Gang Kenari 7" in response.text
    assert db.session.scalar(select(func.count()).select_from(Household)) == 0


def test_saved_form_sent_again_with_changes_is_a_conflict(as_user: AsUser, make: ModuleType) -> None:
    case, rina = make.case(by="rina"), as_user("rina")
    form = {"case": case.id, "text": "Pertama", "form_key": "b" * 43}
    assert rina.post("/case-notes/add", data=form).status_code == 302
    again = rina.post("/case-notes/add", data={**form, "text": "Sudah dibetulkan"})
    assert again.status_code == 409
    assert "Sudah dibetulkan" in again.text
