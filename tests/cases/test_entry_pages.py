"""Forms that add entries to a case."""

from io import BytesIO
from types import ModuleType

import pytest
from flask import Flask
from sqlalchemy import select

from app.cases.models.entries import Attachment, CaseNote, FollowUp, Service
from app.cases.models.event import CaseEvent
from app.extensions import db
from tests.cases.support import AsUser, count_rows
from tests.support.fixed_clock import FAR_AHEAD
from tests.support.photos import plain_png

PNG = plain_png()
SERVICE = {"kind": "advocacy", "narrative": "Ke kelurahan"}


def test_any_peksos_adds_entries_to_a_visible_case(app: Flask, as_user: AsUser, make: ModuleType) -> None:
    case = make.case(by="rina")
    sari = as_user("sari")
    assert case.number in sari.get(f"/services/add?case={case.id}").text
    answers = [
        sari.post("/services/add", data={"case": case.id, "kind": "advocacy", "narrative": "Ke kelurahan"}),
        sari.post("/case-notes/add", data={"case": case.id, "text": "Datang lagi"}),
        sari.post(
            "/follow-ups/add", data={"case": case.id, "title": "Kunjungan", "due_on": f"{FAR_AHEAD:%d/%m/%Y}"}
        ),
        sari.post(
            "/attachments/add", data={"case": case.id, "title": "Foto", "file": (BytesIO(PNG), "foto.png")}
        ),
    ]
    assert [answer.status_code for answer in answers] == [302] * 4
    for answer in answers:
        assert sari.get(answer.location).status_code == 200
    assert [count_rows(model) for model in (Service, CaseNote, FollowUp, Attachment)] == [1, 1, 1, 1]
    attachment = db.session.scalars(select(Attachment)).one()
    served = sari.get(f"/attachments/{attachment.id}/file/file", check_html=False)
    assert (served.status_code, served.data) == (200, PNG)
    served.close()


@pytest.mark.parametrize(
    ("room", "data", "field"),
    [
        (
            "services",
            {"kind": "advocacy", "narrative": "x", "happened_at": f"{FAR_AHEAD}T08:00"},
            "happened_at",
        ),
        (
            "services",
            SERVICE | {"happened_at": "2026-01-02T08:00", "ended_at": "2026-01-01T08:00"},
            "ended_at",
        ),
        ("case-notes", {"text": "x", "happened_at": f"{FAR_AHEAD}T08:00"}, "happened_at"),
        ("follow-ups", {"title": "x", "due_on": "2020-01-01"}, "due_on"),
        ("follow-ups", {"title": "x", "due_on": "31/02/2099"}, "due_on"),
    ],
)
def test_invalid_time_is_refused_beside_its_field(
    app: Flask, as_user: AsUser, make: ModuleType, room: str, data: dict[str, str], field: str
) -> None:
    case = make.case(by="rina")
    answer = as_user("rina").post(f"/{room}/add", data=data | {"case": case.id})
    assert answer.status_code == 200
    assert f'href="#{field}"' in answer.text
    assert count_rows(CaseEvent) == 1


def test_file_whose_content_differs_from_its_extension_is_refused(
    app: Flask, as_user: AsUser, make: ModuleType
) -> None:
    data = {"case": make.case().id, "title": "Surat", "file": (BytesIO(b"MZ\x90 not a letter"), "surat.pdf")}
    answer = as_user("rina").post("/attachments/add", data=data)
    assert answer.status_code == 200
    assert "Surat" in answer.text
    assert count_rows(Attachment) == 0
