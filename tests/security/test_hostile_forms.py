"""A file in a text field, or a text in a file field, causes no server error."""

import io
from collections.abc import Callable, Iterator
from typing import Any

from flask import Flask
from sqlalchemy import select

from app.admin.base import PortalView
from app.extensions import db
from app.security.models import PortalUser
from tests.support.client import PortalClient
from tests.support.portal import PASSWORD, get_user
from tests.support.sample_records import create_one_of_each

AsUser = Callable[[str], PortalClient]


def list_forms(app: Flask) -> Iterator[tuple[PortalView, str, Any, list[str]]]:
    """Yield each view with the path, form and field names of its add, edit and transition forms."""
    for view in app.appbuilder.baseviews:  # type: ignore[attr-defined]
        if not isinstance(view, PortalView):
            continue
        if view.has_add_form:
            yield view, "/add", view.add_form, list(view.add_columns)
        pk = _some_id(view)
        if view.has_edit_form:
            yield view, f"/edit/{pk}", view.edit_form, list(view.edit_columns)
        for transition in view.transitions:
            yield (
                view,
                f"/{pk}/{transition.name}",
                view.transition_forms[transition.name],
                list(transition.fields),
            )


OWN_FORMS = [
    ("/profile/", ["first_name"]),
    ("/caseload/", ["worker", "successor", "reason"]),
    ("/password/", ["old_password", "new_password", "conf_password"]),
]


def _some_id(view: PortalView) -> int:
    model: Any = view.datamodel.obj
    if model is PortalUser:
        return get_user("sari").id
    return int(db.session.scalar(select(model.id).order_by(model.id.desc()).limit(1)) or 0)


def test_file_in_a_text_field_and_text_in_a_file_field_break_no_form(app: Flask, as_user: AsUser) -> None:
    create_one_of_each()
    admin = as_user("admin")
    addresses = [(f"{view.route_base}{path}", names) for view, path, _form, names in list_forms(app)]
    addresses += OWN_FORMS
    broken = []
    for address, names in addresses:
        swapped = {name: (io.BytesIO(b"%PDF-1.7"), "../../etc/passwd\0.pdf") for name in names}
        for data in (swapped, {**dict.fromkeys(names, "text"), "version": "1"}):
            status = admin.post(
                address, data=dict(data), content_type="multipart/form-data", check_html=False
            ).status_code
            if status not in (200, 302, 403, 409):
                broken.append(f"{address}: {status}")
    assert broken == []


def test_file_in_a_field_of_the_log_in_is_refused(anonymous_client: PortalClient) -> None:
    for name in ("username", "password"):
        data = {"username": "rina", "password": PASSWORD, name: (io.BytesIO(b"%PDF-1.7"), "sandi.pdf")}
        answer = anonymous_client.post("/login/", data=data, content_type="multipart/form-data")
        assert (answer.status_code, "location" in answer.headers) == (200, False)
