from types import ModuleType

import pytest
from flask import Flask
from sqlalchemy import select

from app.cases.enums import ClosingReason
from app.cases.models.event import CaseEvent
from app.cases.services.closing import close_case
from app.extensions import db
from tests.cases.support import AsUser, reload


def test_correction_shows_old_and_new_text_and_its_author(
    app: Flask, make: ModuleType, as_user: AsUser
) -> None:
    note = make.note(text="Datang hari Senin")
    form = as_user("rina").get(f"/case-notes/{note.id}/correct").text
    assert "Datang hari Senin" in form, "the form is not filled with the current text"
    for text in ("Datang hari Selasa", "Datang hari Rabu"):
        data = {"version": reload(note).version, "text": text}
        assert as_user("rina").post(f"/case-notes/{note.id}/correct", data=data).status_code == 302
    page = as_user("kabid").get(f"/case-notes/show/{note.id}").text
    assert "<del>Datang hari Senin</del> <ins>Datang hari Selasa</ins>" in page
    assert "<ins>Datang hari Rabu</ins>" in page
    assert "Rina Kusuma" in page
    assert reload(note).text == "Datang hari Senin"
    events = list(db.session.scalars(select(CaseEvent).order_by(CaseEvent.id)))
    added = next(event for event in events if event.kind == "note_added")
    corrected = [event for event in events if event.kind == "note_corrected"]
    assert [event.corrects_id for event in corrected] == [added.id, added.id]


def test_a_service_is_corrected_in_both_its_texts(app: Flask, make: ModuleType, as_user: AsUser) -> None:
    service = make.service(narrative="Ke kelurahan")
    data = {
        "version": service.version,
        "narrative": "Ke kecamatan",
        "outcome": "Surat keluar",
        "reason": "Keliru",
    }
    assert as_user("admin").post(f"/services/{service.id}/correct", data=data).status_code == 302
    assert {one.field for one in reload(service).corrections} == {"narrative", "outcome"}
    assert service.narrative == "Ke kelurahan"


@pytest.mark.parametrize("who", ["dodi", "kabid"])
def test_entry_of_another_author_cannot_be_corrected(
    app: Flask, make: ModuleType, as_user: AsUser, who: str
) -> None:
    note = make.note()
    data = {"version": note.version, "text": "Lain"}
    assert as_user(who).post(f"/case-notes/{note.id}/correct", data=data).status_code == 403


def test_nothing_is_corrected_in_a_closed_case(app: Flask, make: ModuleType, as_user: AsUser) -> None:
    note = make.note(text="Datang hari Senin")
    ending = {"closing_reason": ClosingReason.moved, "closing_summary": "Pindah"}
    make.apply_transition(note.case, close_case, **ending)
    data = {"version": reload(note).version, "text": "Datang hari Selasa"}
    assert as_user("rina").post(f"/case-notes/{note.id}/correct", data=data).status_code == 409
    assert reload(note).corrections == []


def test_a_correction_that_changes_nothing_is_refused(app: Flask, make: ModuleType, as_user: AsUser) -> None:
    note = make.note(text="Sama")
    data = {"version": note.version, "text": "Sama"}
    answer = as_user("rina").post(f"/case-notes/{note.id}/correct", data=data)
    assert (answer.status_code, 'id="text-error"' in answer.text) == (200, True)
