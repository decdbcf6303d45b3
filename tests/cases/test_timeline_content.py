"""Content of the timeline: links, late entries, authors, search and the PDF."""

from datetime import timedelta
from types import ModuleType, SimpleNamespace
from typing import Any

import pytest
from flask import Flask
from markupsafe import escape
from sqlalchemy import select

from app.cases.models.event import CaseEvent
from app.cases.services.entries import finish_follow_up
from app.cases.services.stages import hold_case
from app.cases.timeline import views as page
from app.core import clock, pdf
from app.db.transaction import transaction
from app.extensions import db
from tests.cases.service_calls import SERVICE_CALLS, create_records, find_service
from tests.cases.support import AsUser
from tests.cases.test_timeline_queries import _insert_events


def test_every_entry_opens_its_source(app: Flask, make: ModuleType, as_user: AsUser) -> None:
    it, wrong = create_records(make), []
    for service_name in (
        "add_person",
        "give_service",
        "set_goal",
        "attach_file",
        "finish_follow_up",
        "skip_stages",
    ):
        positional, named = SERVICE_CALLS[service_name][2](it)
        by = make.get_user(SERVICE_CALLS[service_name][1])
        with transaction(by=by):
            find_service(service_name)(*positional, by=by, **named)
    client = as_user("kabid")
    html = client.get(f"/cases/{it.case.id}/timeline").text
    for event in db.session.scalars(select(CaseEvent).where(CaseEvent.case_id == it.case.id)):
        entry = html.split(f'data-event="{event.id}"')[1].split("</li>")[0]
        address = entry.split('<h3><a href="')[1].split('"')[0] if '<h3><a href="' in entry else ""
        if client.get(address or "/nowhere").status_code != 200:
            wrong.append((event.kind, address))
        assert str(escape(event.sentence)) in entry
    assert wrong == []


def test_entry_recorded_a_day_late_shows_when_it_was_recorded(
    app: Flask, make: ModuleType, as_user: AsUser
) -> None:
    case = make.case()
    for hours in (23, 25):
        make.note(case=case, happened_at=clock.now() - timedelta(hours=hours))
    html = as_user("rina").get(f"/cases/{case.id}/timeline").text
    assert html.count("dicatat ") == 1


def test_person_filter_offers_authors_of_the_case_only(app: Flask, make: ModuleType, as_user: AsUser) -> None:
    case = make.case(by="rina")
    make.note(case=case, by="dodi")
    make.case(by="sari")
    html = as_user("kabid").get(f"/cases/{case.id}/timeline").text
    people = html.split('name="person"')[1].split("</select>")[0]
    assert "Rina Kusuma" in people
    assert "Dodi Pratama" in people
    assert "Sari" not in people


def test_search_finds_results_and_reasons(
    app: Flask, make: ModuleType, as_user: AsUser, people: SimpleNamespace
) -> None:
    case = make.case()
    make.service(case=case, narrative="Ke kantor", outcome="Akta terbit")
    make.goal(case=case, activity="Menabung tiap pekan")
    step, rina = make.follow_up(case=case), people.rina
    with transaction(by=rina):
        finish_follow_up(step, result="Obat diterima", by=rina)
        hold_case(case, reason="Menunggu panen", until=clock.today(), by=rina)
    client = as_user("rina")
    for q in ("akta terbit", "menabung", "obat diterima", "panen"):
        assert client.get(f"/cases/{case.id}/timeline?q={q}").text.count("data-event") == 1, q


def test_newest_ten_events_are_on_the_overview(app: Flask, make: ModuleType, as_user: AsUser) -> None:
    case = make.case()
    for number in range(12):
        make.note(case=case, text=f"Catatan ke-{number}.")
    html = as_user("kabid").get(f"/cases/show/{case.id}").text
    recent = html.split('aria-labelledby="recent"')[1].split("</section>")[0]
    assert recent.count("data-event") == 10
    assert "Catatan ke-11." in recent
    assert f'href="/cases/{case.id}/timeline"' in recent


@pytest.mark.slow
def test_a_case_of_5000_events_is_printed_whole(
    app: Flask, make: ModuleType, as_user: AsUser, monkeypatch: pytest.MonkeyPatch
) -> None:
    case, rina, printed = make.case(), make.get_user("rina"), []
    with transaction(by=rina):
        _insert_events(case, 5000)
    original = pdf.compile_pdf

    def record_call(template: str, data: dict[str, Any]) -> bytes:
        printed.append(data)
        return original(template, data)

    monkeypatch.setattr(page.pdf, "compile_pdf", record_call)
    answer = as_user("kabid").get(f"/cases/{case.id}/timeline.pdf")
    assert answer.data[:5] == b"%PDF-"
    groups = printed[0]["groups"]
    assert sum(len(group["items"]) for group in groups) == 5001
    assert len({group["title"] for group in groups}) == len(groups), "a month has more than one group"
