"""Invalid input is refused with an error beside its field, and the form keeps what was typed."""

import gc
import warnings
from io import BytesIO
from types import ModuleType

import pytest
from flask import Flask

from app.cases.models.event import CaseEvent
from app.db.types import MAX_PROSE_LENGTH
from tests.cases.support import AsUser, count_rows
from tests.support.fixed_clock import FAR_AHEAD

TYPED = "Ibu minta dijemput pukul tujuh"
FUTURE = f"{FAR_AHEAD}T08:00"
SERVICE = {"kind": "outreach", "narrative": TYPED, "place": "home"}
GOAL = {"goal": TYPED, "activity": "Kunjungan", "target_on": str(FAR_AHEAD)}
INVALID_FORMS: list[tuple[str, dict[str, str], str]] = [
    ("services", {**SERVICE, "happened_at": FUTURE}, "happened_at"),
    ("services", {**SERVICE, "happened_at": "2026-01-02T08:00", "ended_at": "2026-01-01T08:00"}, "ended_at"),
    ("services", {**SERVICE, "ended_at": FUTURE}, "ended_at"),
    ("services", {**SERVICE, "kind": "magic"}, "kind"),
    ("services", {**SERVICE, "happened_at": "kemarin"}, "happened_at"),
    ("case-notes", {"text": TYPED, "happened_at": FUTURE}, "happened_at"),
    ("assessments", {"score": "40", "summary": TYPED, "happened_at": FUTURE}, "happened_at"),
    ("assessments", {"score": "400", "summary": TYPED}, "score"),
    ("follow-ups", {"title": TYPED, "due_on": "2020-01-01"}, "due_on"),
    ("plan-goals", {**GOAL, "target_on": "2020-01-01"}, "target_on"),
]
PROSE = {
    "services": ("narrative", {"kind": "outreach", "outcome": TYPED}),
    "case-notes": ("text", {}),
    "assessments": ("summary", {"score": "40", "recommendation": TYPED}),
    "plan-goals": ("goal", {**GOAL, "activity": TYPED}),
}


@pytest.mark.parametrize(("room", "data", "field"), INVALID_FORMS)
def test_invalid_value_is_refused_beside_its_field(
    app: Flask, make: ModuleType, as_user: AsUser, room: str, data: dict[str, str], field: str
) -> None:
    case = make.case()
    answer = as_user("rina").post(f"/{room}/add", data={**data, "case": case.id})
    assert answer.status_code == 200
    assert f'id="{field}-error"' in answer.text
    assert TYPED in answer.text
    assert count_rows(CaseEvent) == 1


@pytest.mark.parametrize("room", PROSE)
def test_a_text_of_a_megabyte_is_refused_and_kept(
    app: Flask, make: ModuleType, as_user: AsUser, room: str
) -> None:
    field, more = PROSE[room]
    long = "a" * 1_000_000
    case = make.case()
    answer = as_user("rina").post(
        f"/{room}/add", data={**more, "case": case.id, field: long}, check_html=False
    )
    assert answer.status_code == 200
    assert f'id="{field}-error"' in answer.text
    assert long in answer.text
    assert len(long) > MAX_PROSE_LENGTH
    assert count_rows(CaseEvent) == 1


@pytest.mark.both_databases
@pytest.mark.parametrize("room", PROSE)
def test_control_characters_are_refused_or_removed(
    app: Flask, make: ModuleType, as_user: AsUser, room: str
) -> None:
    field, more = PROSE[room]
    case = make.case()
    typed = {**more, "case": case.id, field: "Kata\x00\x07\x1b[31m merah\u202e"}
    answer = as_user("rina").post(f"/{room}/add", data=typed)
    assert answer.status_code in (200, 302)
    page = answer.text if answer.status_code == 200 else as_user("rina").get(answer.location).text
    assert "merah" in page
    assert not any(sign in page for sign in ("\x00", "\x07", "\x1b"))
    if answer.status_code == 200:
        assert f'id="{field}-error"' in page


@pytest.mark.parametrize(
    ("name", "content"),
    [
        ("surat.pdf", b"MZ\x90 bukan surat"),
        ("foto.png", b"%PDF-1.7 bukan foto"),
        ("halaman.html", b"<script>alert(1)</script>"),
        ("kosong.pdf", b""),
        ("besar.pdf", b"%PDF-1.7" + bytes(10 * 1024 * 1024 + 1)),
    ],
    ids=lambda value: value if isinstance(value, str) else "",
)
def test_a_wrong_attachment_is_refused_beside_its_field(
    app: Flask, make: ModuleType, as_user: AsUser, name: str, content: bytes
) -> None:
    case = make.case()
    data = {"case": case.id, "title": TYPED, "file": (BytesIO(content), name)}
    answer = as_user("rina").post("/attachments/add", data=data)
    assert answer.status_code == 200
    assert 'id="file-error"' in answer.text
    assert TYPED in answer.text
    assert count_rows(CaseEvent) == 1
    del answer
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", ResourceWarning)  # the test client does not close its request body
        gc.collect()


@pytest.mark.both_databases
def test_transition_made_by_a_faster_colleague_is_a_conflict_and_nothing_typed_is_lost(
    app: Flask, make: ModuleType, as_user: AsUser
) -> None:
    case = make.case(team=[make.get_user("dodi")])
    version = {"version": case.version}
    closing = {**version, "closing_reason": "moved", "closing_summary": "Pindah ke Palu"}
    assert as_user("dodi").post(f"/cases/{case.id}/close", data=closing).status_code == 302
    typed = {**version, "reason": TYPED, "until": str(FAR_AHEAD)}
    answer = as_user("rina").post(f"/cases/{case.id}/hold", data=typed)
    assert answer.status_code == 409
    assert TYPED in answer.text
    assert 'class="error-summary"' in answer.text or 'class="conflict"' in answer.text
