"""Every form is sent twice at once, sent again after *back*, and saved by two editors at once."""

import io
import re
from collections.abc import Callable, Iterator
from datetime import timedelta
from types import ModuleType
from typing import Any

from flask import Flask
from flask_login import login_user
from sqlalchemy import func, select
from werkzeug.test import TestResponse
from wtforms import Field

from app.admin import choice_fields, fields
from app.admin.base import PortalView
from app.core import clock
from app.extensions import db
from app.reference.enums import Confidentiality
from app.reference.models import NeedKind
from app.security.models import PortalUser
from tests.support.client import PortalClient
from tests.support.concurrency import run_concurrently
from tests.support.fixed_clock import FAR_AHEAD
from tests.support.portal import PASSWORD, get_user
from tests.support.sample_records import create_one_of_each

AsUser = Callable[[str], PortalClient]
FilledForm = dict[str, Any]

MY_TEXT, THEIR_TEXT = "Ketikan saya", "Ketikan rekan"
TEXT_FIELDS = ("first_name", "name", "note", "description", "presenting_problem", "request", "given_by")
TEXT_FIELDS += (
    "address",
    "office_name",
    "eligibility",
    "text",
    "goal",
    "summary",
    "title",
    "item",
    "narrative",
    "reason",
)
"""Fields with free text: of each form, two editors change the first one."""
SPECIAL_FIELDS = {
    "case-people": ("role", "witness", "Saksi", "caregiver", "Pengasuh"),
    "shifts": ("phone", "081200004321", "4321", "081200008765", "8765"),
}
"""Rooms without free text: the field, then the value sent and the text shown, for each of two editors."""


def list_views(app: Flask) -> Iterator[PortalView]:
    return (view for view in app.appbuilder.baseviews if isinstance(view, PortalView))  # type: ignore[attr-defined]


def browser_value(field: Field) -> Any:
    """Return the value of a filled field as a browser sends it."""
    if isinstance(field, fields.UploadField):
        return None
    if isinstance(field, choice_fields.RecordSelectField):
        return [str(item.id) for item in field.selected_records()]
    if isinstance(field, choice_fields.EnumSelectMultipleField):
        return [one.name for one in field.data or ()]
    if isinstance(field, choice_fields.EnumSelectField):
        return field.data.name if field.data else ""
    if isinstance(field, fields.CheckboxField):
        return "y" if field.data else ""
    return str(field._value())  # type: ignore[attr-defined]


def newest_record(view: PortalView) -> Any:
    model: Any = view.datamodel.obj
    if model is PortalUser:
        return get_user("sari")
    return db.session.scalars(select(model).order_by(model.id.desc()).limit(1)).one()


def fill_form(view: PortalView, form: Any, names: list[str]) -> FilledForm:
    """Return the newest record of the view as the data of a filled form."""
    bound = form(formdata=None, obj=newest_record(view))
    typed = {name: browser_value(bound[name]) for name in names}
    return {name: value for name, value in typed.items() if value is not None}


def second_record_data(make: ModuleType) -> dict[str, FilledForm]:
    """Return for each room the values in which a second record differs, besides its name."""
    day, before = clock.now() + timedelta(days=60), make.shift("dodi", clock.now() - timedelta(days=40))
    other_need_id = db.session.scalars(select(NeedKind.id).order_by(NeedKind.id.desc()).limit(1)).one()
    return {
        "clients": {"nik": ""},
        "cases": {"client": "", "name": "Klien baru"},
        "case-people": {"client": str(make.client().id)},
        "partner-services": {"need_kind": str(other_need_id)},
        "shifts": {
            "starts_at": day.strftime("%Y-%m-%dT%H:%M"),
            "ends_at": (day + timedelta(hours=8)).strftime("%Y-%m-%dT%H:%M"),
        },
        "handovers": {"from_shift": str(before.id), "to_shift": ""},
        "emergency-access": {
            "number_or_nik": make.case(by="dodi", confidentiality=Confidentiality.secret).number,
            "password": PASSWORD,
        },
        "users": {"username": "orang.baru"},
        "office-settings": {"valid_from": "1990-01-01", "valid_until": "1990-12-31"},
        "holidays": {"day": str(FAR_AHEAD)},
    }


def test_resubmitted_form_makes_no_second_record(app: Flask, make: ModuleType, as_user: AsUser) -> None:
    create_one_of_each()
    differing = second_record_data(make)
    with app.test_request_context():
        login_user(get_user("admin"))
        rooms = [
            (view, fill_form(view, view.add_form, list(view.add_columns)))
            for view in list_views(app)
            if view.has_add_form
        ]
    clients, wrong = (as_user("admin"), as_user("admin")), []
    for view, data in rooms:
        named = {name: f"{data[name]} dua" for name in ("name", "code", "title") if data.get(name)}
        data = {**data, **named, **differing.get(view.room, {}), "form_key": view.room.ljust(43, "k")}
        wrong += [f"{view.room}: {what}" for what in resubmission_faults(clients, view, data)]
    assert wrong == []


def resubmission_faults(
    clients: tuple[PortalClient, PortalClient], view: PortalView, data: FilledForm
) -> Iterator[str]:
    """Yield the faults of two concurrent submissions, and of a changed one sent again after them."""
    address, count = f"{view.route_base}/add", select(func.count()).select_from(view.datamodel.obj)
    before = db.session.scalar(count) or 0

    def send(number: int, **more: str) -> TestResponse:
        files = {"file": (io.BytesIO(b"%PDF-1.7"), "surat.pdf")} if "file" in view.add_columns else {}
        return clients[number].post(
            address, data={**data, **more, **files}, content_type="multipart/form-data"
        )

    clicked = [one for one in run_concurrently(2, send) if isinstance(one, TestResponse)]
    pages = {one.location for one in clicked if one.location}
    # Only the form for a new user is answered by a page: it shows the temporary password.
    statuses_match = [one.status_code for one in clicked if one.status_code != 302] == [200] * (
        view.room == "users"
    )
    if len(clicked) != 2 or len(pages) != 1 or not statuses_match or db.session.scalar(count) != before + 1:
        yield f"two clicks: {clicked} {pages}"
        return
    name, mine, text = SPECIAL_FIELDS.get(
        view.room, (next((one for one in TEXT_FIELDS if one in data), ""), MY_TEXT, MY_TEXT)
    )[:3]
    back = send(0, **{name: mine})
    if back.status_code != 409 or f'href="{pages.pop()}"' not in back.text or text not in back.text:
        yield f"sent again after back, {name} changed: {back.status_code}"
    if db.session.scalar(count) != before + 1:
        yield "sent again after back: saved twice"


def test_second_of_two_editors_gets_a_conflict_with_both_values(app: Flask, as_user: AsUser) -> None:
    create_one_of_each()
    with app.test_request_context():
        login_user(get_user("admin"))
        rooms = [
            (view.room, newest_record(view), fill_form(view, view.edit_form, list(view.edit_columns)))
            for view in list_views(app)
            if view.has_edit_form
        ]
    forms = [(room, f"/{room}/edit/{item.id}", item.version, data) for room, item, data in rooms]
    clients, wrong = (as_user("admin"), as_user("admin")), []
    for room, address, version, data in forms:
        wrong += [f"{room}: {what}" for what in concurrent_edit_faults(clients, room, address, version, data)]
    assert wrong == []


def concurrent_edit_faults(
    clients: tuple[PortalClient, PortalClient], room: str, address: str, version: int, data: FilledForm
) -> Iterator[str]:
    words = next((name for name in TEXT_FIELDS if name in data), "")
    name, mine, my_text, theirs, their_text = SPECIAL_FIELDS.get(
        room, (words, MY_TEXT, MY_TEXT, THEIR_TEXT, THEIR_TEXT)
    )

    def save(number: int) -> TestResponse:
        typed = {**data, "accepted": "y", name: (mine, theirs)[number], "version": str(version)}
        return clients[number].post(address, data=typed)

    answers = {one.status_code: one for one in run_concurrently(2, save) if isinstance(one, TestResponse)}
    if answers.keys() != {302, 409}:
        yield f"{name}: {answers}"
        return
    page = answers[409].text
    if 'class="conflict"' not in page or my_text not in page or their_text not in page:
        yield f"{name}: not both values are shown"
    found = re.search(r'name="version"[^>]*value="(\d+)"', page) or [""] * 2
    saved = clients[0].post(address, data={**data, "accepted": "y", name: mine, "version": found[1]})
    # For the editor whose value was saved, this saves no change; for the other it does.
    if saved.status_code != 302:
        yield f"{name}: what was compared could not be saved: {saved.status_code}"
