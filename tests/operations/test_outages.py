"""A full disk, a lost or a busy database: one sentence, nothing typed is lost, and it heals by itself."""

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
"""More than fits between what stands on the pages of a file."""
TYPED = {"name": "Dana <b>siaga</b>", "note": LONG_TEXT.strip(), "form_key": "k" * 43}
OUTAGES = [
    pytest.param(failing.full_disk, 507, id="full disk"),
    pytest.param(failing.database_unreachable, 503, id="gone"),
    pytest.param(failing.database_locked, 503, id="held"),
]


@pytest.fixture(autouse=True)
def answered_errors(app: Flask, monkeypatch: pytest.MonkeyPatch) -> None:
    """As in the office: a fault is answered, not raised into the test."""
    monkeypatch.setitem(app.config, "PROPAGATE_EXCEPTIONS", False)


def form_values(answer: TestResponse) -> dict[str, str]:
    """What the form of the page sends when its button is pressed."""
    forms = [
        {
            field.get("name", ""): field.get("value", "") if field.tag == "input" else (field.text or "")
            for field in form.iter()
            if field.tag in ("input", "textarea") and field.get("name")
        }
        for form in parse_page(answer).iter("form")
    ]
    return next(fields for fields in forms if "form_key" in fields)


def assert_sentence(answer: TestResponse, status: int) -> None:
    assert answer.status_code == status, answer.text[:2000]
    for word in ("sqlite", "psycopg", "Traceback", "INSERT", "max_page", "terminat", "lock_timeout"):
        assert word not in answer.text
    assert ('lang="id"' in answer.text) or answer.is_json


@pytest.mark.parametrize(("outage", "status"), OUTAGES)
def test_what_was_typed_is_in_the_answer_and_is_saved_once_when_it_is_over(
    app: Flask, as_user: AsUser, outage: Outage, status: int
) -> None:
    admin = as_user("admin")
    with outage():
        answer = admin.post("/funding-sources/add", data=TYPED)
        assert_sentence(answer, status)
        for _again in range(2):  # as often as it takes
            fields = form_values(answer)
            assert {name: fields[name].strip() for name in TYPED} == TYPED
            answer = admin.post("/funding-sources/add", data={**TYPED, **fields})
        answer = admin.post("/funding-sources/add", data={**TYPED, **form_values(answer)})
    form = admin.post("/funding-sources/add", data={**TYPED, **form_values(answer)})
    if form.status_code == 200:  # the form again, to look at and to save
        form = admin.post("/funding-sources/add", data=form_values(form))
    assert form.status_code == 302
    assert admin.get(form.location).status_code == 200
    assert db.session.scalar(select(func.count()).where(FundingSource.name == TYPED["name"])) == 1


@pytest.mark.parametrize(("outage", "status"), OUTAGES)
def test_every_page_answers_during_an_outage_and_works_after_it(
    app: Flask, as_user: AsUser, anonymous_client: PortalClient, make: ModuleType, outage: Outage, status: int
) -> None:
    rina, case = as_user("rina"), make.case()
    pages = ("/", "/clients/list/", f"/cases/show/{case.id}", f"/cases/{case.id}/timeline", "/clients/add")
    with outage():
        for page in pages:
            answer = rina.get(page)
            if answer.status_code != 200:
                assert_sentence(answer, status)
        # In tests the queue of lines is written with the page that filled it; each list is a line.
        reads = (rina.get(pages[1]).status_code for _more in range(200))
        assert status in reads, "nobody lists clients unnoticed"
        asked = rina.get("/api/v1/search?q=klien")
        assert asked.is_json
        assert asked.status_code == 200 or asked.get_json()["message"] == _sentence(app, status)
        typed = {"username": "rina", "password": PASSWORD}
        log_in = anonymous_client.post("/login/", data=typed)
        assert_sentence(log_in, status)
        assert PASSWORD not in log_in.text
    assert [rina.get(page).status_code for page in pages] == [200] * len(pages)
    assert anonymous_client.get("/healthz").status_code == 200


def _sentence(app: Flask, status: int) -> str:
    with app.test_request_context():
        return str(unavailable.get_outage_message(status))


def test_connections_that_ended_between_two_requests_are_replaced(app: Flask, as_user: AsUser) -> None:
    rina = as_user("rina")
    assert rina.get("/clients/list/").status_code == 200
    failing.terminate_connections()
    assert rina.get("/clients/list/").status_code == 200
    failing.terminate_connections()
    assert rina.post("/clients/add", data={"name": "Siti"}).status_code == 302


@pytest.fixture
def cut_during_insert(app: Flask) -> Iterator[None]:
    """The connection ends while the next new source is written."""

    def cut(_mapper: Any, _connection: Any, _target: Any) -> None:
        event.remove(FundingSource, "after_insert", cut)
        if db.engine.dialect.name == "postgresql":
            failing.terminate_connections()
        else:
            db.session.connection().connection.driver_connection.close()  # type: ignore[union-attr]

    event.listen(FundingSource, "after_insert", cut)
    return


@pytest.mark.usefixtures("cut_during_insert")
def test_a_connection_that_ends_in_the_middle_of_a_save_takes_nothing_with_it(as_user: AsUser) -> None:
    admin = as_user("admin")
    answer = admin.post("/funding-sources/add", data=TYPED)
    assert_sentence(answer, 503)
    assert db.session.scalar(select(FundingSource.id).filter_by(name=TYPED["name"])) is None
    assert admin.post("/funding-sources/add", data=form_values(answer)).status_code == 302


def test_when_no_connection_is_free_the_portal_is_busy(
    app: Flask, as_user: AsUser, monkeypatch: pytest.MonkeyPatch
) -> None:
    rina = as_user("rina")
    endpoint = app.url_map.bind("localhost").match("/")[0]

    def wait(**_arguments: Any) -> Any:
        raise NoneFree("QueuePool limit of size 5 overflow 10 reached")

    monkeypatch.setitem(app.view_functions, endpoint, wait)
    assert_sentence(rina.get("/"), 503)


@pytest.mark.parametrize("portal_instance", ["sqlite"], indirect=True)
class TestNoRoomForFiles:
    """The folder of the uploads is full: the database has nothing to do with it."""

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
        with monkeypatch.context() as full:
            full.setattr(os, "fsync", _raise_no_space)
            answer = self.post_attachment(rina, attachment_form)
        assert_sentence(answer, 507)
        assert "KTP Ibu" in answer.text
        assert list(files.iter_keys_on_disk()) == []
        assert self.post_attachment(rina, attachment_form).status_code == 302

    def test_request_body_without_disk_space_is_answered_with_a_sentence(
        self, as_user: AsUser, attachment_form: dict[str, Any], monkeypatch: pytest.MonkeyPatch
    ) -> None:
        rina, request_class = as_user("rina"), as_user("rina").application.request_class
        with monkeypatch.context() as full:
            full.setattr(request_class, "_get_file_stream", _raise_no_space)
            assert_sentence(self.post_attachment(rina, attachment_form), 507)
        assert self.post_attachment(rina, attachment_form).status_code == 302

    def test_other_folder_errors_are_internal_errors(
        self, as_user: AsUser, attachment_form: dict[str, Any], monkeypatch: pytest.MonkeyPatch
    ) -> None:
        def broken(_file: int) -> None:
            raise OSError(errno.EACCES, "no permission")

        rina = as_user("rina")
        with monkeypatch.context() as odd:
            odd.setattr(os, "fsync", broken)
            assert_sentence(self.post_attachment(rina, attachment_form), 500)


def _raise_no_space(*_arguments: Any, **_named: Any) -> Any:
    raise OSError(errno.ENOSPC, "No space left on device")
