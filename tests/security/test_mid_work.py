"""Two clicks, a session that ends and a role that changes in the middle of the work, in every room."""

import io
from collections.abc import Callable, Iterator
from types import ModuleType
from typing import Any

import pytest
from flask import Flask
from flask_login import login_user
from sqlalchemy import func, select
from wtforms import Field

from app.cases.models import CaseNote
from app.core.actor import SYSTEM
from app.core.forms import choosing, fields
from app.core.unit import unit
from app.core.views import PortalView
from app.extensions import db
from app.reference.choices import Confidentiality
from app.security.models import PortalUser
from app.security.services import update_user
from tests.security.test_hostile_forms import forms
from tests.support.client import PortalClient
from tests.support.portal import PASSWORD, person
from tests.support.together import run_together
from tests.support.world import one_of_each

LogIn = Callable[[str], PortalClient]


def views(app: Flask) -> Iterator[PortalView]:
    return (view for view in app.appbuilder.baseviews if isinstance(view, PortalView))  # type: ignore[attr-defined]


def fall_asleep(client: PortalClient) -> None:
    with client.session_transaction() as session:
        session["seen"] = 0


def typed_into(form: Any, names: list[str]) -> dict[str, str]:
    """A text of its own for each field that takes one."""
    bound = form(formdata=None)
    texts = [name for name in names if isinstance(bound[name], fields.LineField)]
    texts = [name for name in texts if name != "reopen_reason"]  # stands there for a closed case alone
    return {name: f"KETIKAN {name} \u2013 <b>" for name in texts}


def test_what_was_typed_into_any_form_comes_back_to_who_typed_it_and_to_nobody_else(
    app: Flask, as_user: LogIn
) -> None:
    one_of_each()
    admin, other = as_user("admin"), as_user("rina")
    with app.test_request_context():
        asked = [
            (f"{view.route_base}{path}", typed_into(form, names)) for view, path, form, names in forms(app)
        ]
    lost = []
    for address, typed in ((address, typed) for address, typed in asked if typed):
        fall_asleep(admin)
        answer = admin.post(address, data={**typed, "version": "1"})
        back = admin.post(answer.location, data={"username": "admin", "password": PASSWORD})
        page = admin.get(back.location)
        if page.status_code != 403:  # what the record does not allow now has no form
            told = {name: f"KETIKAN {name} \u2013 &lt;b&gt;" for name in typed}
            lost += [f"{address} {name}" for name, text in told.items() if text not in page.text]
        assert "KETIKAN" not in other.get(f"{address}?draft=1").text, address
    assert lost == []


def as_typed(field: Field) -> Any:
    """The value of a filled field, the way a browser sends it."""
    if isinstance(field, fields.UploadField):
        return (io.BytesIO(b"%PDF-1.7"), "surat.pdf")
    if isinstance(field, choosing.RemoteField):
        return [str(item.id) for item in field.chosen()]
    if isinstance(field, choosing.ChoicesField):
        return [one.name for one in field.data or ()]
    if isinstance(field, choosing.ChoiceField):
        return field.data.name if field.data else ""
    if isinstance(field, fields.TickField):
        return "y" if field.data else ""
    text = str(field._value())  # type: ignore[attr-defined]
    return f"{text} dua" if field.name in ("name", "code", "title") else text


def again(view: PortalView) -> dict[str, Any]:
    """The newest record of the room as a filled form."""
    model: Any = view.datamodel.obj
    item = db.session.scalars(select(model).order_by(model.id.desc()).limit(1)).first()
    form = view.add_form(formdata=None, obj=item)
    return {name: as_typed(form[name]) for name in view.add_columns}


def test_a_double_click_on_any_form_makes_one_record(app: Flask, as_user: LogIn) -> None:
    one_of_each()
    rooms: list[tuple[str, Any, dict[str, Any]]] = []
    with app.test_request_context():
        login_user(person("admin"))
        rooms += [
            (f"{view.route_base}/add", view.datamodel.obj, again(view))
            for view in views(app)
            if view.may_add and view.datamodel.obj is not PortalUser
        ]
    clients, saved = [as_user("admin"), as_user("admin")], 0
    for address, model, data in rooms:
        data = {**data, "nik": "", "form_key": address.ljust(43, "k")[:43]}
        files = {name: value for name, value in data.items() if isinstance(value, tuple)}
        count = select(func.count()).select_from(model)
        before = db.session.scalar(count)

        def click(
            number: int,
            address: str = address,
            data: dict[str, Any] = data,
            files: dict[str, Any] = files,
        ) -> tuple[int, str | None]:
            fresh = {name: (io.BytesIO(b"%PDF-1.7"), "surat.pdf") for name in files}
            answer = clients[number].post(address, data={**data, **fresh}, content_type="multipart/form-data")
            return answer.status_code, answer.location

        first, second = run_together(2, click)
        assert first == second, address
        made = (db.session.scalar(count) or 0) - (before or 0)
        assert made == (first[0] == 302), address  # type: ignore[index]
        saved += made
    assert saved > 12, "too few of the forms were filled in well enough to be saved"


def pressed_at_once(app: Flask) -> Iterator[tuple[str, int]]:
    """The moves that are a button on some record of the world now."""
    for view in views(app):
        model: Any = view.datamodel.obj
        items = list(db.session.scalars(select(model).order_by(model.id.desc()).limit(3)))
        items = [person("dodi")] if model is PortalUser else items
        for move in view.moves:
            item = next((item for item in items if not move.asks and move.starts_from(item)), None)
            if item is not None:
                yield f"{view.route_base}/{item.id}/{move.name}", item.version


def test_a_button_pressed_twice_is_pressed_once(app: Flask, as_user: LogIn, make: ModuleType) -> None:
    one_of_each()
    buttons = list(pressed_at_once(app))
    assert len(buttons) > 4
    clients = [as_user("admin"), as_user("admin")]
    for address, version in buttons:

        def press(number: int, address: str = address, version: int = version) -> int:
            return clients[number].post(address, data={"version": str(version)}).status_code

        answers = run_together(2, press)
        assert answers.count(302) + answers.count(200) <= 1, (address, answers)
        assert {*answers} <= {200, 302, 403, 409}, (address, answers)


def test_a_case_that_is_hidden_meanwhile_takes_no_note_and_gives_nothing_away(
    as_user: LogIn, make: ModuleType
) -> None:
    case = make.case(by="dodi", client=make.client(name="Kenari Rahasia"))
    sari = as_user("sari")
    assert sari.get(f"/case-notes/add?case={case.id}").status_code == 200
    answer = as_user("dodi").post(
        f"/cases/{case.id}/raise_confidentiality",
        data={"confidentiality": Confidentiality.secret.name, "reason": "anak", "version": str(case.version)},
    )
    assert answer.status_code == 302
    answer = sari.post("/case-notes/add", data={"case": case.id, "text": "Dua jam kerja"})
    assert answer.status_code == 200
    assert "Dua jam kerja" in answer.text
    assert "Kenari Rahasia" not in answer.text
    assert db.session.scalar(select(CaseNote.id)) is None


@pytest.mark.parametrize("path", ["/clients/add", "/case-notes/add", "/cases/add"])
def test_who_only_reads_from_now_on_saves_nothing_more(as_user: LogIn, path: str) -> None:
    rina = as_user("rina")
    assert rina.get(path).status_code == 200
    with unit(by=SYSTEM):
        update_user(person("rina"), {"first_name": "Rina", "roles": ["Supervisor"]}, by=SYSTEM)
    answer = rina.post(path, data={"name": "Siti"})
    assert answer.status_code == 403
    assert rina.get("/clients/list/").status_code == 200
