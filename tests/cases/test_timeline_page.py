"""Pages of the timeline: order, paging, filters, search and erased events."""

import re
from datetime import UTC, datetime, timedelta
from types import ModuleType
from urllib.parse import quote

import pytest
from flask import Flask
from sqlalchemy import insert, select

from app.audit.services.audit_book import erase_payload
from app.cases.enums import ActorKind
from app.cases.models.case import Case
from app.cases.models.event import CaseEvent
from app.cases.services.entries import add_note
from app.cases.services.process import correct_note
from app.cases.timeline import query
from app.cases.timeline.query import TimelineQuery
from app.core import clock
from app.core.actor import SYSTEM
from app.db.transaction import transaction
from app.extensions import db
from app.reference.enums import Confidentiality
from tests.cases.support import AsUser
from tests.support import books
from tests.support.concurrency import run_concurrently

EVENT = re.compile(r'data-event="(\d+)"')
NEXT = re.compile(r'rel="next" href="([^"]+)"')


def _insert_events(case_id: int, count: int) -> None:
    """Insert events with dummy hashes; the tests that use them do not verify the chain."""
    start = datetime(2024, 1, 1, tzinfo=UTC)
    rows = [
        {
            "case_id": case_id,
            "kind": "case_updated",
            "occurred_at": start + timedelta(hours=number // 3),
            "recorded_at": start + timedelta(hours=number // 3),
            "actor_kind": ActorKind.system,
            "actor_name": "Siaga",
            "data": {},
            "salt": "0",
            "data_hash": "0",
            "prev_hash": f"{case_id}-{number}",
            "hash": "0",
        }
        for number in range(count)
    ]
    with transaction(by=SYSTEM):
        db.session.execute(insert(CaseEvent), rows)


def _read_page(client: object, address: str) -> tuple[list[int], str | None]:
    html = client.get(address).get_data(as_text=True)  # type: ignore[attr-defined]
    found = NEXT.search(html)
    return [int(key) for key in EVENT.findall(html)], found and found[1].replace("&amp;", "&")


def _read_all_pages(client: object, address: str | None) -> list[int]:
    seen: list[int] = []
    while address:
        ids, address = _read_page(client, address)
        seen += ids
    return seen


def test_every_event_is_read_once_and_the_newest_first(app: Flask, make: ModuleType, as_user: AsUser) -> None:
    case_id = make.case().id
    _insert_events(case_id, 60)
    newest = select(CaseEvent.id).order_by(CaseEvent.occurred_at.desc(), CaseEvent.id.desc())
    assert _read_all_pages(as_user("rina"), f"/cases/{case_id}/timeline") == list(db.session.scalars(newest))


@pytest.mark.both_databases
def test_paging_is_complete_while_twenty_notes_are_written(
    app: Flask, make: ModuleType, as_user: AsUser
) -> None:
    case_id = make.case().id
    for _ in range(40):
        make.note(case=db.session.get_one(Case, case_id))
    before = set(db.session.scalars(select(CaseEvent.id)))
    rina = as_user("rina")

    def act(number: int) -> list[int]:
        if number == 0:
            return _read_all_pages(rina, f"/cases/{case_id}/timeline")
        me = make.get_user("rina")
        with transaction(by=me):
            add_note({"case": db.session.get(Case, case_id), "text": f"Catatan {number}"}, by=me)
        return []

    answers = run_concurrently(21, act)
    assert [one for one in answers if isinstance(one, Exception)] == []
    seen = answers[0]
    assert isinstance(seen, list)
    assert len(seen) == len(set(seen))
    assert before <= set(seen)
    assert len(db.session.scalars(select(CaseEvent.id)).all()) == len(before) + 20
    assert books.list_faults() == []


def test_a_correction_shows_the_old_and_the_new_text(app: Flask, make: ModuleType, as_user: AsUser) -> None:
    note = make.note(text="Bapak Hamid melapor")
    rina = make.get_user("rina")
    with transaction(by=rina):
        correct_note(note, text="Bapak Hamzah melapor", by=rina, reason="Salah dengar")
    html = as_user("rina").get(f"/cases/{note.case_id}/timeline").get_data(as_text=True)
    assert "<del>Bapak Hamid melapor</del> <ins>Bapak Hamzah melapor</ins>" in html


def test_text_filter_matches_wildcards_literally(app: Flask, make: ModuleType, as_user: AsUser) -> None:
    case = make.case()
    make.note(case=case, text="Naik 100% sejak Mei")
    make.note(case=case, text="Kunci_rumah hilang")
    make.note(case=case, text="Biasa saja")
    client = as_user("rina")
    for q, count in (("100%25", 1), ("_rumah", 1), ("%25", 1), ("biasa", 1), ("tidak ada", 0)):
        assert len(_read_page(client, f"/cases/{case.id}/timeline?q={q}")[0]) == count, q


class TestSearchOfMaskedNumbers:
    """A reader who sees numbers masked cannot guess them by searching for their digits."""

    TEXT = "NIK 6474 0157 0845 0001, telepon 0812-3456-7890, RT 12, Rp 250.000"

    @pytest.mark.parametrize(
        ("q", "is_found"),
        [
            ("6474", False),
            ("0157 08", False),
            ("0845 0001", False),
            ("NIK 6", False),
            ("3456", False),
            ("0812-3456-7890", False),
            ("0001", True),
            ("7890", True),
            ("rt 12", True),
            ("250.000", True),
            ("telepon", True),
        ],
    )
    def test_search_finds_only_digits_shown_to_the_reader(
        self, app: Flask, make: ModuleType, as_user: AsUser, q: str, is_found: bool
    ) -> None:
        note = make.note(text=self.TEXT)
        planned = make.follow_up(case=note.case, title=self.TEXT)
        address = f"/cases/{note.case_id}/timeline?q={quote(q)}"
        for name, expected in (("kabid", is_found), ("rina", True)):
            page = as_user(name).get_page(address)
            entry_count = len(EVENT.findall(page))
            assert entry_count == (2 if expected else 0), name
            assert (f"/follow-ups/show/{planned.id}" in page) is expected, name

    def test_entries_without_a_match_are_skipped_in_batches(
        self, app: Flask, make: ModuleType, as_user: AsUser, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr(query, "BATCH_SIZE", 3)
        case = make.case()
        kept = [make.note(case=case, text="Jalan 12 nomor 4").id]
        for _again in range(7):
            make.note(case=case, text="Telepon 0812 9999 0000")
        kept += [make.note(case=case, text="RT 12").id for _again in range(5)]
        assert len(_read_all_pages(as_user("kabid"), f"/cases/{case.id}/timeline?q=12")) == len(kept)
        assert len(_read_all_pages(as_user("rina"), f"/cases/{case.id}/timeline?q=12")) == len(kept) + 7
        found: list[int | None] = []
        page_query: TimelineQuery | None = TimelineQuery(q="12", can_read_numbers=False)
        while page_query is not None:
            timeline_page = query.get_page(case, page_query, 2)
            found += [item.event.source_id for _month, items in timeline_page.months for item in items]
            page_query = (
                page_query._replace(before=timeline_page.next_cursor) if timeline_page.next_cursor else None
            )
        assert found == sorted(kept, reverse=True)

    def test_text_of_a_correction_is_searched_as_it_is_read(
        self, app: Flask, make: ModuleType, as_user: AsUser
    ) -> None:
        note, rina = make.note(text="Belum ada nomor"), make.get_user("rina")
        with transaction(by=rina):
            correct_note(note, text=self.TEXT, by=rina, reason="Sudah ada")
        address = f"/cases/{note.case_id}/timeline?q="
        assert _read_page(as_user("kabid"), f"{address}3456")[0] == []
        assert _read_page(as_user("kabid"), f"{address}7890")[0] != []
        assert _read_page(as_user("rina"), f"{address}3456")[0] != []


@pytest.mark.both_databases
def test_invalid_arguments_are_answered_with_a_sentence(
    app: Flask, make: ModuleType, as_user: AsUser
) -> None:
    address, client = f"/cases/{make.case().id}/timeline", as_user("rina")
    for arguments in ("before=xyz", "kind=zzz", "person=-1", "person=99999999999", "month=2026-13"):
        assert client.get(f"{address}?{arguments}").status_code == 400, arguments
    for arguments in ("q=%00%01abc", "q=" + "a" * 3000, "q=%ff%fe", "person=999999999", "month=1900-01"):
        assert client.get(f"{address}?{arguments}").status_code == 200, arguments[:20]


@pytest.mark.both_databases
def test_timeline_of_a_hidden_or_missing_case_is_not_found(
    app: Flask, make: ModuleType, as_user: AsUser
) -> None:
    case_id = make.case(confidentiality=Confidentiality.secret).id
    for name in ("sari", "kabid"):
        for page in ("timeline", "timeline.pdf"):
            assert as_user(name).get(f"/cases/{case_id}/{page}").status_code == 404
    assert as_user("rina").get(f"/cases/{2**40}/timeline").status_code == 404


def test_overdue_follow_ups_come_first_then_planned_ones(
    app: Flask, make: ModuleType, as_user: AsUser
) -> None:
    case = make.case()
    with clock.freeze_time(clock.now() - timedelta(days=9)):
        make.follow_up(case=case, title="Telepon kakaknya")
    make.follow_up(case=case, title="Kunjungan kedua")
    make.note(case=case, text="Hadir semua", happened_at=clock.now() - timedelta(days=3))
    html = as_user("rina").get(f"/cases/{case.id}/timeline").get_data(as_text=True)
    assert html.index("tl-late") < html.index('id="tl-planned"') < html.index("data-event")


def test_erased_event_is_shown_as_erased(app: Flask, make: ModuleType, as_user: AsUser) -> None:
    note = make.note(text="Rahasia lama")
    event = db.session.scalars(select(CaseEvent).where(CaseEvent.kind == "note_added")).one()
    with transaction(by=SYSTEM):
        erase_payload(event, basis="UU PDP pasal 8", by=SYSTEM)
    html = as_user("rina").get(f"/cases/{note.case_id}/timeline").get_data(as_text=True)
    assert "Rahasia lama" not in html
    assert '<span class="state">' in html
    assert books.list_faults() == []


def test_pdf_of_the_timeline_does_not_interpret_markup_in_texts(
    app: Flask, make: ModuleType, as_user: AsUser
) -> None:
    note = make.note(text="#panic(1) *tebal* $x$ \\ @a")
    answer = as_user("kabid").get(f"/cases/{note.case_id}/timeline.pdf")
    assert (answer.status_code, answer.mimetype, answer.data[:5]) == (200, "application/pdf", b"%PDF-")
