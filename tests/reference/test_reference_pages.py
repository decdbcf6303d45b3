"""Pages of reference data are for administrators only."""

import pytest
from sqlalchemy import select

from app.core.actor import SYSTEM
from app.db.transaction import transaction
from app.extensions import db
from app.reference.models import Kelurahan, OfficeSetting, PpksCategory, ProblemTag
from app.reference.services import load_reference

ROOMS = ("kecamatan", "kelurahan", "ppks-categories", "problem-tags", "need-kinds", "office-settings")


@pytest.fixture(autouse=True)
def loaded_reference(app) -> None:
    with transaction(by=SYSTEM):
        load_reference(by=SYSTEM)


def _get_one(model, **wanted: object):
    db.session.expire_all()
    return db.session.scalars(select(model).filter_by(**wanted)).one()


@pytest.mark.parametrize("room", ROOMS)
def test_an_administrator_opens_every_page(as_user, room: str) -> None:
    admin = as_user("admin")
    first = db.session.scalar(select(_model_of_room(room).id).limit(1))
    for page in ("list/", "add", f"show/{first}", f"edit/{first}"):
        assert admin.get(f"/{room}/{page}").status_code == 200, page


def _model_of_room(room: str):
    from flask import current_app

    views = current_app.extensions["portal_views"].values()
    return next(view.datamodel.obj for view in views if view.room == room)


@pytest.mark.parametrize("reader", ["rina", "kabid"])
@pytest.mark.parametrize("room", ROOMS)
def test_other_users_open_none_of_the_pages(as_user, reader: str, room: str) -> None:
    client = as_user(reader)
    for page in ("list/", "add", "show/1", "edit/1"):
        assert client.get(f"/{room}/{page}").status_code == 403, page
    assert client.post(f"/{room}/edit/1", data={"name": "Lain", "version": 1}).status_code == 403


def test_a_new_spelling_is_entered(as_user) -> None:
    guntung = _get_one(Kelurahan, name="Guntung")
    form = {"name": "Guntung", "kecamatan": guntung.kecamatan_id, "version": guntung.version}
    answer = as_user("admin").post(f"/kelurahan/edit/{guntung.id}", data={**form, "aliases": "Guntung Lama"})
    assert answer.status_code == 302
    assert _get_one(Kelurahan, name="Guntung").aliases == "Guntung Lama"


def test_spelling_of_another_kelurahan_is_refused_and_kept_in_the_form(as_user) -> None:
    guntung = _get_one(Kelurahan, name="Guntung")
    form = {"name": "Guntung", "kecamatan": guntung.kecamatan_id, "version": guntung.version}
    answer = as_user("admin").post(f"/kelurahan/edit/{guntung.id}", data={**form, "aliases": "Loktuan"})
    assert answer.status_code == 200
    assert "Lok Tuan" in answer.text
    assert 'value="Loktuan"' in answer.text


def test_a_code_is_used_once_and_never_changes(as_user) -> None:
    admin = as_user("admin")
    form = {"code": "bullying", "name": "Perundungan", "confidentiality": "secret"}
    assert admin.post("/problem-tags/add", data=form).status_code == 200
    tag = _get_one(ProblemTag, code="bullying")
    admin.post(f"/problem-tags/edit/{tag.id}", data={**form, "code": "mobbing", "version": tag.version})
    assert _get_one(ProblemTag, code="bullying").confidentiality.name == "secret"


def test_category_cannot_end_before_it_begins(as_user) -> None:
    category = _get_one(PpksCategory, code="PPKS-20")
    form = {"name": category.name, "confidentiality": "limited", "version": category.version}
    wrong = {"valid_from": "2027-01-01", "valid_until": "31/12/2026"}
    answer = as_user("admin").post(f"/ppks-categories/edit/{category.id}", data={**form, **wrong})
    assert answer.status_code == 200
    assert _get_one(PpksCategory, code="PPKS-20").valid_until is None


def test_the_office_is_renamed_from_a_day_on(as_user) -> None:
    form = {"office_name": "LK3", "parent_office": "Dinas Sosial", "phone": "0548-21234"}
    answer = as_user("admin").post("/office-settings/add", data={**form, "valid_from": "1/1/2027"})
    assert answer.status_code == 302
    assert str(_get_one(OfficeSetting, parent_office="Dinas Sosial").valid_from) == "2027-01-01"


def test_impossible_date_is_refused_and_kept_in_the_form(as_user) -> None:
    form = {"office_name": "LK3", "parent_office": "Dinas Sosial", "valid_from": "31/02/2027"}
    answer = as_user("admin").post("/office-settings/add", data=form)
    assert answer.status_code == 200
    assert "31/02/2027" in answer.text
