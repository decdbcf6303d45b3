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

from app.core import files, outages
from app.extensions import db
from app.grants.models import FundingSource
from tests.support import outages as failing
from tests.support.client import PortalClient
from tests.support.portal import PASSWORD
from tests.support.said import parsed

LogIn = Callable[[str], PortalClient]
Outage = Callable[[], AbstractContextManager[None]]

LONG = "baris satu\nbaris dua " * 900
"""More than fits between what stands on the pages of a file."""
TYPED = {"name": "Dana <b>siaga</b>", "note": LONG.strip(), "form_key": "k" * 43}
OUTAGES = [
    pytest.param(failing.full_disk, 507, id="full disk"),
    pytest.param(failing.gone, 503, id="gone"),
    pytest.param(failing.held, 503, id="held"),
]


@pytest.fixture(autouse=True)
def answered(app: Flask, monkeypatch: pytest.MonkeyPatch) -> None:
    """As in the office: a fault is answered, not raised into the test."""
    monkeypatch.setitem(app.config, "PROPAGATE_EXCEPTIONS", False)


def kept_fields(answer: TestResponse) -> dict[str, str]:
    """What the form of the page sends when its button is pressed."""
    forms = [
        {
            field.get("name", ""): field.get("value", "") if field.tag == "input" else (field.text or "")
            for field in form.iter()
            if field.tag in ("input", "textarea") and field.get("name")
        }
        for form in parsed(answer).iter("form")
    ]
    return next(fields for fields in forms if "form_key" in fields)


def assert_sentence(answer: TestResponse, status: int) -> None:
    assert answer.status_code == status, answer.text[:2000]
    for word in ("sqlite", "psycopg", "Traceback", "INSERT", "max_page", "terminat", "lock_timeout"):
        assert word not in answer.text
    assert ('lang="id"' in answer.text) or answer.is_json


@pytest.mark.parametrize(("outage", "status"), OUTAGES)
def test_what_was_typed_is_in_the_answer_and_is_saved_once_when_it_is_over(
    app: Flask, as_user: LogIn, outage: Outage, status: int
) -> None:
    admin = as_user("admin")
    with outage():
        answer = admin.post("/funding-sources/add", data=TYPED)
        assert_sentence(answer, status)
        for _again in range(2):  # as often as it takes
            fields = kept_fields(answer)
            assert {name: fields[name].strip() for name in TYPED} == TYPED
            answer = admin.post("/funding-sources/add", data={**TYPED, **fields})
        answer = admin.post("/funding-sources/add", data={**TYPED, **kept_fields(answer)})
    form = admin.post("/funding-sources/add", data={**TYPED, **kept_fields(answer)})
    if form.status_code == 200:  # the form again, to look at and to save
        form = admin.post("/funding-sources/add", data=kept_fields(form))
    assert form.status_code == 302
    assert admin.get(form.location).status_code == 200
    assert db.session.scalar(select(func.count()).where(FundingSource.name == TYPED["name"])) == 1


@pytest.mark.parametrize(("outage", "status"), OUTAGES)
def test_every_page_is_a_sentence_or_works_and_all_work_when_it_is_over(
    app: Flask, as_user: LogIn, nobody: PortalClient, make: ModuleType, outage: Outage, status: int
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
        assert asked.status_code == 200 or asked.get_json()["message"] == _told(app, status)
        typed = {"username": "rina", "password": PASSWORD}
        log_in = nobody.post("/login/", data=typed)
        assert_sentence(log_in, status)
        assert PASSWORD not in log_in.text
    assert [rina.get(page).status_code for page in pages] == [200] * len(pages)
    assert nobody.get("/healthz").status_code == 200


def _told(app: Flask, status: int) -> str:
    with app.test_request_context():
        return str(outages.sentence(status))


def test_connections_that_ended_between_two_requests_are_replaced(app: Flask, as_user: LogIn) -> None:
    rina = as_user("rina")
    assert rina.get("/clients/list/").status_code == 200
    failing.cut_off()
    assert rina.get("/clients/list/").status_code == 200
    failing.cut_off()
    assert rina.post("/clients/add", data={"name": "Siti"}).status_code == 302


@pytest.fixture
def cut_in_the_middle(app: Flask) -> Iterator[None]:
    """The connection ends while the next new source is written."""

    def cut(_mapper: Any, _connection: Any, _target: Any) -> None:
        event.remove(FundingSource, "after_insert", cut)
        if db.engine.dialect.name == "postgresql":
            failing.cut_off()
        else:
            db.session.connection().connection.driver_connection.close()  # type: ignore[union-attr]

    event.listen(FundingSource, "after_insert", cut)
    return


@pytest.mark.usefixtures("cut_in_the_middle")
def test_a_connection_that_ends_in_the_middle_of_a_save_takes_nothing_with_it(as_user: LogIn) -> None:
    admin = as_user("admin")
    answer = admin.post("/funding-sources/add", data=TYPED)
    assert_sentence(answer, 503)
    assert db.session.scalar(select(FundingSource.id).filter_by(name=TYPED["name"])) is None
    assert admin.post("/funding-sources/add", data=kept_fields(answer)).status_code == 302


def test_when_no_connection_is_free_the_portal_is_busy(
    app: Flask, as_user: LogIn, monkeypatch: pytest.MonkeyPatch
) -> None:
    rina = as_user("rina")
    endpoint = app.url_map.bind("localhost").match("/")[0]

    def wait(**_arguments: Any) -> Any:
        raise NoneFree("QueuePool limit of size 5 overflow 10 reached")

    monkeypatch.setitem(app.view_functions, endpoint, wait)
    assert_sentence(rina.get("/"), 503)


@pytest.mark.parametrize("house", ["sqlite"], indirect=True)
class TestNoRoomForFiles:
    """The folder of the uploads is full: the database has nothing to do with it."""

    @pytest.fixture
    def form(self, make: ModuleType) -> dict[str, Any]:
        return {"case": str(make.case().id), "title": "KTP Ibu", "form_key": "f" * 43}

    def send(self, client: PortalClient, form: dict[str, Any]) -> TestResponse:
        data = {**form, "file": (io.BytesIO(b"%PDF-1.7"), "ktp.pdf")}
        return client.post("/attachments/add", data=data, content_type="multipart/form-data")

    def test_the_text_stays_the_half_file_goes_and_it_works_when_there_is_room(
        self, as_user: LogIn, form: dict[str, Any], monkeypatch: pytest.MonkeyPatch
    ) -> None:
        rina = as_user("rina")
        with monkeypatch.context() as full:
            full.setattr(os, "fsync", _no_room)
            answer = self.send(rina, form)
        assert_sentence(answer, 507)
        assert "KTP Ibu" in answer.text
        assert list(files.keys_on_disk()) == []
        assert self.send(rina, form).status_code == 302

    def test_a_body_that_finds_no_room_on_its_way_in_is_a_sentence(
        self, as_user: LogIn, form: dict[str, Any], monkeypatch: pytest.MonkeyPatch
    ) -> None:
        rina, request_class = as_user("rina"), as_user("rina").application.request_class
        with monkeypatch.context() as full:
            full.setattr(request_class, "_get_file_stream", _no_room)
            assert_sentence(self.send(rina, form), 507)
        assert self.send(rina, form).status_code == 302

    def test_another_trouble_with_the_folder_is_ours(
        self, as_user: LogIn, form: dict[str, Any], monkeypatch: pytest.MonkeyPatch
    ) -> None:
        def broken(_file: int) -> None:
            raise OSError(errno.EACCES, "no permission")

        rina = as_user("rina")
        with monkeypatch.context() as odd:
            odd.setattr(os, "fsync", broken)
            assert_sentence(self.send(rina, form), 500)


def _no_room(*_arguments: Any, **_named: Any) -> Any:
    raise OSError(errno.ENOSPC, "No space left on device")
