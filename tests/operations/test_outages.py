"""Full disk, unreachable or busy database: a plain message, typed text is kept, and the portal recovers."""

import errno
import io
import os
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager
from types import ModuleType
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import event, func, select
from sqlalchemy.exc import TimeoutError as NoneFree
from werkzeug.test import TestResponse

from app.core import files
from app.db import unavailable
from app.extensions import db
from app.grants.models.pots import FundingSource
from tests.support import outages as failing
from tests.support.client import PortalClient
from tests.support.page_texts import parse_page
from tests.support.portal import PASSWORD

AsUser = Callable[[str], PortalClient]
Outage = Callable[[], AbstractContextManager[None]]

LONG_TEXT = "baris satu\nbaris dua " * 900
"""Too long for the free space in the pages of the database file."""
TYPED = {"name": "Dana <b>siaga</b>", "note": LONG_TEXT.strip(), "form_key": "k" * 43}
OUTAGES = [
    pytest.param(failing.full_disk, 507, id="full disk"),
    pytest.param(failing.database_unreachable, 503, id="gone"),
    pytest.param(failing.database_locked, 503, id="held"),
]


@pytest.fixture(autouse=True)
def render_error_pages(app: Flask, monkeypatch: pytest.MonkeyPatch) -> None:
    """Render error pages as in production, instead of raising into the test."""
    monkeypatch.setitem(app.config, "PROPAGATE_EXCEPTIONS", False)


def form_values(response: TestResponse) -> dict[str, str]:
    """Return the data that the form of the page would submit."""
    forms = [
        {
            field.get("name", ""): field.get("value", "") if field.tag == "input" else (field.text or "")
            for field in form.iter()
            if field.tag in ("input", "textarea") and field.get("name")
        }
        for form in parse_page(response).iter("form")
    ]
    return next(fields for fields in forms if "form_key" in fields)


def assert_plain_message(response: TestResponse, status: int) -> None:
    assert response.status_code == status, response.text[:2000]
    for word in ("sqlite", "psycopg", "Traceback", "INSERT", "max_page", "terminat", "lock_timeout"):
        assert word not in response.text
    assert ('lang="id"' in response.text) or response.is_json


@pytest.mark.parametrize(("outage", "status"), OUTAGES)
def test_typed_text_is_kept_and_saved_once_after_the_outage(
    app: Flask, as_user: AsUser, outage: Outage, status: int
) -> None:
    admin = as_user("admin")
    with outage():
        response = admin.post("/funding-sources/add", data=TYPED)
        assert_plain_message(response, status)
        for _again in range(2):  # repeated attempts
            fields = form_values(response)
            assert {name: fields[name].strip() for name in TYPED} == TYPED
            response = admin.post("/funding-sources/add", data={**TYPED, **fields})
        response = admin.post("/funding-sources/add", data={**TYPED, **form_values(response)})
    form = admin.post("/funding-sources/add", data={**TYPED, **form_values(response)})
    if form.status_code == 200:  # the form is shown again for review
        form = admin.post("/funding-sources/add", data=form_values(form))
    assert form.status_code == 302
    assert admin.get(form.location).status_code == 200
    assert db.session.scalar(select(func.count()).where(FundingSource.name == TYPED["name"])) == 1


@pytest.mark.parametrize(("outage", "status"), OUTAGES)
def test_every_page_shows_a_plain_message_during_an_outage_and_works_after_it(
    app: Flask, as_user: AsUser, anonymous_client: PortalClient, make: ModuleType, outage: Outage, status: int
) -> None:
    rina, case = as_user("rina"), make.case()
    pages = ("/", "/clients/list/", f"/cases/show/{case.id}", f"/cases/{case.id}/timeline", "/clients/add")
    with outage():
        for page in pages:
            response = rina.get(page)
            if response.status_code != 200:
                assert_plain_message(response, status)
        # In tests access log entries are written at the end of the request; each list view adds one.
        reads = (rina.get(pages[1]).status_code for _more in range(200))
        assert status in reads, "list pages were answered without access log entries"
        search_response = rina.get("/api/v1/search?q=klien")
        assert search_response.is_json
        assert search_response.status_code == 200 or search_response.get_json()["message"] == _outage_message(
            app, status
        )
        typed = {"username": "rina", "password": PASSWORD}
        log_in_response = anonymous_client.post("/login/", data=typed)
        assert_plain_message(log_in_response, status)
        assert PASSWORD not in log_in_response.text
    assert [rina.get(page).status_code for page in pages] == [200] * len(pages)
    assert anonymous_client.get("/healthz").status_code == 200


def _outage_message(app: Flask, status: int) -> str:
    with app.test_request_context():
        return str(unavailable.get_outage_message(status))


def test_connections_closed_between_requests_are_replaced(app: Flask, as_user: AsUser) -> None:
    rina = as_user("rina")
    assert rina.get("/clients/list/").status_code == 200
    failing.terminate_connections()
    assert rina.get("/clients/list/").status_code == 200
    failing.terminate_connections()
    assert rina.post("/clients/add", data={"name": "Siti"}).status_code == 302


@pytest.fixture
def cut_during_insert(app: Flask) -> Iterator[None]:
    """Close the database connection during the next INSERT of a funding source."""

    def close_connection(_mapper: Any, _connection: Any, _target: Any) -> None:
        event.remove(FundingSource, "after_insert", close_connection)
        if db.engine.dialect.name == "postgresql":
            failing.terminate_connections()
        else:
            db.session.connection().connection.driver_connection.close()  # type: ignore[union-attr]

    event.listen(FundingSource, "after_insert", close_connection)
    return


@pytest.mark.usefixtures("cut_during_insert")
def test_connection_closed_during_a_save_keeps_the_typed_text(as_user: AsUser) -> None:
    admin = as_user("admin")
    response = admin.post("/funding-sources/add", data=TYPED)
    assert_plain_message(response, 503)
    assert db.session.scalar(select(FundingSource.id).filter_by(name=TYPED["name"])) is None
    assert admin.post("/funding-sources/add", data=form_values(response)).status_code == 302


def test_exhausted_connection_pool_is_answered_with_503(
    app: Flask, as_user: AsUser, monkeypatch: pytest.MonkeyPatch
) -> None:
    rina = as_user("rina")
    endpoint = app.url_map.bind("localhost").match("/")[0]

    def raise_timeout(**_arguments: Any) -> Any:
        raise NoneFree("QueuePool limit of size 5 overflow 10 reached")

    monkeypatch.setitem(app.view_functions, endpoint, raise_timeout)
    assert_plain_message(rina.get("/"), 503)


@pytest.mark.parametrize("portal_instance", ["sqlite"], indirect=True)
class TestNoRoomForFiles:
    """The upload folder is full, while the database works."""

    @pytest.fixture
    def attachment_form(self, make: ModuleType) -> dict[str, Any]:
        return {"case": str(make.case().id), "title": "KTP Ibu", "form_key": "f" * 43}

    def post_attachment(self, client: PortalClient, form: dict[str, Any]) -> TestResponse:
        data = {**form, "file": (io.BytesIO(b"%PDF-1.7"), "ktp.pdf")}
        return client.post("/attachments/add", data=data, content_type="multipart/form-data")

    def test_full_folder_keeps_the_text_removes_the_partial_file_and_recovers(
        self, as_user: AsUser, attachment_form: dict[str, Any], monkeypatch: pytest.MonkeyPatch
    ) -> None:
        rina = as_user("rina")
        with monkeypatch.context() as patch:
            patch.setattr(os, "fsync", _raise_no_space)
            response = self.post_attachment(rina, attachment_form)
        assert_plain_message(response, 507)
        assert "KTP Ibu" in response.text
        assert list(files.iter_keys_on_disk()) == []
        assert self.post_attachment(rina, attachment_form).status_code == 302

    def test_request_body_without_disk_space_is_answered_with_a_message(
        self, as_user: AsUser, attachment_form: dict[str, Any], monkeypatch: pytest.MonkeyPatch
    ) -> None:
        rina, request_class = as_user("rina"), as_user("rina").application.request_class
        with monkeypatch.context() as patch:
            patch.setattr(request_class, "_get_file_stream", _raise_no_space)
            assert_plain_message(self.post_attachment(rina, attachment_form), 507)
        assert self.post_attachment(rina, attachment_form).status_code == 302

    def test_other_folder_errors_are_internal_errors(
        self, as_user: AsUser, attachment_form: dict[str, Any], monkeypatch: pytest.MonkeyPatch
    ) -> None:
        def raise_permission_error(_file: int) -> None:
            raise OSError(errno.EACCES, "no permission")

        rina = as_user("rina")
        with monkeypatch.context() as patch:
            patch.setattr(os, "fsync", raise_permission_error)
            assert_plain_message(self.post_attachment(rina, attachment_form), 500)


def _raise_no_space(*_arguments: Any, **_named: Any) -> Any:
    raise OSError(errno.ENOSPC, "No space left on device")
