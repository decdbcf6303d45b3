"""Reading personal data is recorded: pages, searches and refusals, without delaying the response."""

from collections.abc import Callable, Iterator
from datetime import timedelta
from types import ModuleType, SimpleNamespace
from typing import Any, NamedTuple

import pytest
from flask import Flask
from sqlalchemy import func, select

from app.admin.base import PortalView
from app.admin.registry import find_model_by_table
from app.audit.enums import Action
from app.audit.models import AuditEntry
from app.audit.services import audit_book
from app.clients.services.clients import update_client
from app.db import write_queue
from app.db.transaction import transaction
from app.db.write_queue import WriteQueue
from app.extensions import db
from app.reference.enums import Confidentiality
from app.referrals.models.exchange import ReferralLink
from tests.referrals.partner_link import attach_file_to_document, create_link, open_link
from tests.support import outages
from tests.support.client import PortalClient
from tests.support.fixed_clock import advance_machine_clock
from tests.support.portal import get_user
from tests.support.sample_records import create_one_of_each

AsUser = Callable[[str], PortalClient]

LOGGED_ROOMS = {
    *("clients", "households", "consents", "incoming-reports", "cases", "case-people", "case-notes"),
    "services",
    *("follow-ups", "assessments", "plan-goals", "attachments", "referrals", "referral-documents", "aid"),
    "emergency-access",
    *("partner-contacts", "commitments", "expenditures", "shifts", "handovers", "users"),
}
"""Rooms whose records identify a person."""


class LogLine(NamedTuple):
    action: str
    entity: str
    entity_id: int | None
    actor_name: str | None
    details: dict[str, Any]


def read_lines(after: int = 0) -> list[LogLine]:
    """Return the entries about views, searches, refusals, exports and prints after this id."""
    db.session.rollback()
    rows = db.session.scalars(select(AuditEntry).where(AuditEntry.id > after).order_by(AuditEntry.id))
    found = [
        LogLine(row.action.name, row.entity, row.entity_id, row.actor_name, dict(row.changes or {}))
        for row in rows
        if row.action.name in ("view", "search", "denied", "export", "print")
    ]
    db.session.rollback()
    return found


def last_entry_id() -> int:
    newest = db.session.scalar(select(AuditEntry.id).order_by(AuditEntry.id.desc()).limit(1)) or 0
    db.session.rollback()
    return newest


def view_line(entity: str, entity_id: int, page: str, who: str | None = "Rina Kusuma") -> LogLine:
    return LogLine("view", entity, entity_id, who, {"page": page})


def list_views(app: Flask) -> list[PortalView]:
    return list(app.extensions["portal_views"].values())


@pytest.fixture
def flush_queue(app: Flask, monkeypatch: pytest.MonkeyPatch) -> Iterator[Callable[[], None]]:
    """Queue writes as in production, where a thread writes them later; call the fixture to write them."""
    flush = WriteQueue.flush
    monkeypatch.setattr(WriteQueue, "flush", lambda _self, **_how: None)
    monkeypatch.setitem(app.config, "PROPAGATE_EXCEPTIONS", False)
    yield lambda: flush(app.extensions["write_queue"])
    monkeypatch.setattr(WriteQueue, "flush", flush)
    flush(app.extensions["write_queue"])


# Pages


def test_reading_of_views_with_personal_columns_is_logged(shared_app: Flask) -> None:
    assert {room.room for room in list_views(shared_app) if room.is_access_logged} == LOGGED_ROOMS


def test_each_page_edit_form_and_transition_form_of_a_record_is_a_view(app: Flask, as_user: AsUser) -> None:
    create_one_of_each()
    admin, unlogged = as_user("admin"), []
    for room in list_views(app):
        if not room.is_access_logged:
            continue
        table = room.datamodel.obj.__tablename__
        key = db.session.scalar(select(room.datamodel.obj.id).order_by(room.datamodel.obj.id.desc()).limit(1))
        pages = {"show": f"show/{key}", **({"edit": f"edit/{key}"} if room.has_edit_form else {})}
        pages |= {
            transition.name: f"{key}/{transition.name}"
            for transition in room.transitions
            if transition.fields
        }
        for page, path in pages.items():
            before = last_entry_id()
            answer = admin.get(f"{room.route_base}/{path}", check_html=False)
            expected = view_line(table, key, page, "Admin")
            if answer.status_code == 200 and expected not in read_lines(before):
                unlogged.append(f"{room.room}/{path}")
    assert unlogged == []


def test_refused_form_is_a_view(as_user: AsUser, make: ModuleType) -> None:
    client, rina = make.client(name="Nurhayati"), as_user("rina")
    before = last_entry_id()
    answer = rina.post(f"/clients/edit/{client.id}", data={"version": client.version, "name": "x" * 500})
    assert answer.status_code == 200
    assert view_line("client", client.id, "edit") in read_lines(before)


def test_an_add_form_that_names_a_client_is_a_view_of_the_client(as_user: AsUser, make: ModuleType) -> None:
    client, rina = make.client(name="Nurhayati"), as_user("rina")
    before = last_entry_id()
    assert "Nurhayati" in rina.get_page(f"/cases/add?client={client.id}")
    assert read_lines(before) == [view_line("client", client.id, "add")]


def test_timeline_and_overview_are_views(as_user: AsUser, make: ModuleType) -> None:
    referral, rina = make.sent_referral(), as_user("rina")
    case, before = referral.case_id, last_entry_id()
    rina.get_page(f"/cases/{case}/timeline")
    rina.get_page(f"/referrals/{referral.id}/")
    assert read_lines(before) == [
        view_line("case_file", case, "timeline"),
        view_line("referral", referral.id, "show"),
    ]


@pytest.mark.parametrize("path", ["audit/list/", "sessions/list/", "notices/list/", "partners/list/"])
def test_rooms_without_personal_data_and_the_audit_list_are_not_logged(as_user: AsUser, path: str) -> None:
    create_one_of_each()
    rina, before = as_user("rina"), last_entry_id()
    rina.get_page(f"/{path}")
    assert read_lines(before) == []


def find_entry_id(entity: str, action: Action, key: int) -> int:
    query = select(func.max(AuditEntry.id)).filter_by(entity=entity, action=action, entity_id=key)
    found = db.session.scalar(query)
    db.session.rollback()
    return found or 0


@pytest.mark.parametrize("entity", ["client", "case_file", "aid", "referral_link"])
def test_entry_that_shows_values_of_a_record_is_a_view_of_the_record(
    as_user: AsUser, make: ModuleType, entity: str
) -> None:
    create_one_of_each()
    create_link(make.sent_referral())
    model = find_model_by_table(entity)
    key, admin = db.session.scalar(select(func.max(model.id))), as_user("admin")
    line, before = find_entry_id(entity, Action.create, key), last_entry_id()
    assert "→" in admin.get_page(f"/audit/show/{line}").partition("<main")[2]
    assert read_lines(before) == [view_line(entity, key, "audit", "Admin")]
    assert "Baris log audit" in admin.get_page("/audit/list/")


def test_entry_with_a_former_phone_is_a_view_of_the_client(
    as_user: AsUser, make: ModuleType, people: SimpleNamespace
) -> None:
    client, admin = make.client(phone="081377778888"), as_user("admin")
    with transaction(by=people.rina):
        update_client(client, {"phone": "081300001111"}, by=people.rina)
    key = client.id
    line, before = find_entry_id("client", Action.update, key), last_entry_id()
    assert "0813-7777-8888" in admin.get_page(f"/audit/show/{line}")
    assert read_lines(before) == [view_line("client", key, "audit", "Admin")]


def test_entry_without_values_is_no_view_of_its_record(as_user: AsUser, make: ModuleType) -> None:
    # Entries about a view, a hidden case, a restricted column only, and a record without personal data.
    client, rina = make.client(by="sari"), as_user("rina")
    rina.get_page(f"/clients/show/{client.id}")
    viewed = find_entry_id("client", Action.view, client.id)
    hidden = make.case(by="rina", confidentiality=Confidentiality.secret)
    concealed = find_entry_id("case_file", Action.create, hidden.id)
    service = make.partner_service(make.get_need_kind())
    plain = find_entry_id("partner_service", Action.create, service.id)
    with transaction(by=get_user("sari")):
        update_client(client, {"phone": "081300001111"}, by=get_user("sari"))
    make.case(client=client, by="rina", confidentiality=Confidentiality.limited)
    restricted = find_entry_id("client", Action.update, client.id)
    before = last_entry_id()
    for who, line in (("admin", viewed), ("admin", concealed), ("admin", plain), ("sari", restricted)):
        as_user(who).get_page(f"/audit/show/{line}")
    assert read_lines(before) == []


# Searches and lists


def test_list_logs_its_rows_and_filter_names_but_not_what_was_typed(
    as_user: AsUser, make: ModuleType
) -> None:
    make.client(name="Nurhayati")
    make.client(name="Nurjanah")
    rina, before = as_user("rina"), last_entry_id()
    rina.get_page("/clients/list/?q=Nurha&_flt_0_sex=&_flt_0_identity_status=stated&archived=y")
    rina.get_page("/clients/list/")
    narrowed, whole = read_lines(before)
    assert narrowed == LogLine(
        "search",
        "client",
        None,
        "Rina Kusuma",
        {"page": "list", "rows": narrowed.details["rows"], "filters": ["archived", "identity_status", "q"]},
    )
    assert whole.details == {"page": "list", "rows": 2, "filters": []}


def test_a_queue_and_a_named_list_are_filters(as_user: AsUser, make: ModuleType) -> None:
    make.sent_referral()
    rina, before = as_user("rina"), last_entry_id()
    rina.get_page("/referrals/list/?queue=partner")
    assert read_lines(before)[0].details == {"page": "list", "rows": 1, "filters": ["queue"]}


def test_two_searches_are_two_entries(as_user: AsUser, make: ModuleType) -> None:
    make.client(name="Nurhayati")
    rina, before = as_user("rina"), last_entry_id()
    for q in ("Nurha", "Siti"):
        rina.get_page(f"/clients/list/?q={q}")
    assert [line.details["rows"] for line in read_lines(before)] == [1, 0]


@pytest.mark.parametrize(
    ("path", "expected"),
    [
        ("/api/v1/options/clients?q=Nurha", ("client", {"page": "options", "rows": 1, "filters": ["q"]})),
        ("/api/v1/options/clients", ("client", {"page": "options", "rows": 1, "filters": []})),
        *(
            (path, ("search", {"page": "search", "rows": 1, "filters": ["q"], "rooms": ["clients"]}))
            for path in ("/api/v1/search?q=Nurha", "/?q=Nurha")
        ),
    ],
)
def test_choices_and_quick_search_are_searches(
    as_user: AsUser, make: ModuleType, path: str, expected: tuple[str, dict[str, Any]]
) -> None:
    make.client(name="Nurhayati")
    rina, before = as_user("rina"), last_entry_id()
    assert rina.get(path).status_code == 200
    entity, details = expected
    assert read_lines(before) == [LogLine("search", entity, None, "Rina Kusuma", details)]
    assert "Nurha" not in str(read_lines(before))


def test_first_page_logs_how_many_records_it_named(as_user: AsUser, make: ModuleType) -> None:
    make.report()
    rina, before = as_user("rina"), last_entry_id()
    rina.get_page("/")
    details = {"page": "list", "rows": 1, "filters": []}
    assert read_lines(before) == [LogLine("search", "today", None, "Rina Kusuma", details)]


def test_clients_listed_on_a_partners_page_are_a_search(as_user: AsUser, make: ModuleType) -> None:
    referral = make.sent_referral()
    rina, before = as_user("rina"), last_entry_id()
    rina.get_page(f"/partners/show/{referral.partner_id}")
    details = {"page": "section", "rows": 1, "filters": ["partner"]}
    assert LogLine("search", "referral", None, "Rina Kusuma", details) in read_lines(before)


# Refusals


def test_hidden_and_missing_records_are_denied_alike(as_user: AsUser, make: ModuleType) -> None:
    case = make.case(by="rina", confidentiality=Confidentiality.secret)
    sari = as_user("sari")
    for path, page in (
        (f"show/{case.id}", "show"),
        (f"edit/{case.id}", "edit"),
        (f"{case.id}/close", "close"),
        (f"{case.id}/timeline", "timeline"),
        (f"{case.id}/timeline.pdf", "report"),
    ):
        before = last_entry_id()
        assert sari.get(f"/cases/{path}").status_code == 404
        assert read_lines(before) == [LogLine("denied", "case_file", case.id, "Sari", {"page": page})]
    before = last_entry_id()
    assert sari.get("/cases/show/99999").status_code == 404
    assert read_lines(before) == [LogLine("denied", "case_file", 99999, "Sari", {"page": "show"})]


def test_post_file_and_overview_of_a_hidden_record_are_denied(as_user: AsUser, make: ModuleType) -> None:
    case = make.case(by="rina", confidentiality=Confidentiality.secret)
    referral, attachment = make.sent_referral(case=case), make.attachment(case=case)
    sari = as_user("sari")
    for method, path, entity, key, page in (
        ("POST", f"/cases/edit/{case.id}", "case_file", case.id, "edit"),
        ("POST", f"/cases/{case.id}/close", "case_file", case.id, "close"),
        ("GET", f"/attachments/{attachment.id}/file/file", "attachment", attachment.id, "download_file"),
        ("GET", f"/referrals/{referral.id}/", "referral", referral.id, "desk"),
    ):
        before = last_entry_id()
        assert sari.open(path, method=method, data={"version": "1"}).status_code == 404, path
        assert read_lines(before) == [LogLine("denied", entity, key, "Sari", {"page": page})]


def test_a_downloaded_file_and_a_printed_hand_over_are_exports(as_user: AsUser, make: ModuleType) -> None:
    attachment, shift = make.attachment(), make.shift("rina")
    handover = make.handover(from_shift=shift)
    rina = as_user("rina")
    for path, entity, key in (
        (f"/attachments/{attachment.id}/file/file", "attachment", attachment.id),
        (f"/handovers/{handover.id}/sheet.pdf", "handover", handover.id),
    ):
        before = last_entry_id()
        assert rina.get(path).status_code == 200
        assert [line[:4] for line in read_lines(before)] == [("export", entity, key, "Rina Kusuma")]


def test_a_hidden_letter_among_others_is_denied(as_user: AsUser, make: ModuleType) -> None:
    seen = make.sent_referral()
    hidden = make.sent_referral(case=make.case(by="rina", confidentiality=Confidentiality.secret))
    sari, before = as_user("sari"), last_entry_id()
    assert sari.get(f"/referrals/letters.pdf?id={seen.id}&id={hidden.id}").status_code == 200
    assert {(line.action, line.entity_id) for line in read_lines(before)} == {
        ("print", seen.id),
        ("denied", hidden.id),
    }


def test_visible_record_that_the_user_cannot_edit_is_denied(as_user: AsUser, make: ModuleType) -> None:
    case = make.case(by="rina")
    sari, before = as_user("sari"), last_entry_id()
    assert sari.get(f"/cases/edit/{case.id}").status_code == 403
    assert read_lines(before) == [LogLine("denied", "case_file", case.id, "Sari", {"page": "edit"})]


# The partner's page


def test_a_guessed_link_is_denied_without_its_token(make: ModuleType, anonymous_client: PortalClient) -> None:
    before, token = last_entry_id(), "guessed" * 6
    assert anonymous_client.get(f"/r/{token}").status_code == 404
    assert anonymous_client.get(f"/r/{token}/documents/1").status_code == 404
    assert read_lines(before) == [LogLine("denied", "referral_link", None, None, {})]
    db.session.rollback()
    assert "guessed" not in str(db.session.execute(select(AuditEntry.__table__)).all())


def test_a_wrong_code_is_denied_at_its_link(make: ModuleType, anonymous_client: PortalClient) -> None:
    key, before = create_link(make.sent_referral()), last_entry_id()
    anonymous_client.post(key.url, data={"code": f"{(int(key.code) + 1) % 1_000_000:06d}"})
    link = db.session.scalar(select(func.max(ReferralLink.id)))
    assert read_lines(before) == [LogLine("denied", "referral_link", link, None, {})]


def test_view_and_download_by_link_name_the_partner(make: ModuleType, anonymous_client: PortalClient) -> None:
    referral = make.sent_referral()
    document, partner = attach_file_to_document(make, referral), referral.partner.name
    key = create_link(referral)
    before = last_entry_id()
    open_link(anonymous_client, key)
    anonymous_client.get_page(key.url)
    assert anonymous_client.get(f"{key.url}/documents/{document.id}").status_code == 200
    link = db.session.scalar(select(func.max(ReferralLink.id)))
    assert read_lines(before) == [
        view_line("referral_link", link, "show", partner),
        LogLine("export", "referral_document", document.id, partner, {"page": "document"}),
    ]


# Repeated views


def test_repeats_within_ten_minutes_are_one_further_entry(as_user: AsUser, make: ModuleType) -> None:
    client, rina = make.client(), as_user("rina")
    first, before = view_line("client", client.id, "show"), last_entry_id()
    for _again in range(4):
        rina.get_page(f"/clients/show/{client.id}")
    rina.get_page(f"/clients/edit/{client.id}")
    as_user("dodi").get_page(f"/clients/show/{client.id}")
    assert read_lines(before) == [
        first,
        view_line("client", client.id, "edit"),
        view_line("client", client.id, "show", "Dodi Pratama"),
    ]
    before = last_entry_id()
    with advance_machine_clock(timedelta(minutes=10, seconds=1)):
        rina.get_page(f"/clients/show/{client.id}")
    again, anew = read_lines(before)
    assert again[:4] == first[:4]
    assert again.details["repeats"] == 3
    assert again.details["last_at"].startswith("2027-06-15T02:00:00")
    assert anew == first
    assert audit_book.find_broken_entry() is None


@pytest.mark.both_databases
def test_closing_the_queue_writes_the_counts(app: Flask, as_user: AsUser, make: ModuleType) -> None:
    client, rina = make.client(), as_user("rina")
    for _again in range(3):
        rina.get_page(f"/clients/show/{client.id}")
    before = last_entry_id()
    app.extensions["write_queue"].close()
    assert [line.details["repeats"] for line in read_lines(before)] == [2]


@pytest.mark.both_databases
def test_thread_writes_a_count_without_further_requests(
    app: Flask, as_user: AsUser, make: ModuleType
) -> None:
    client, rina = make.client(), as_user("rina")
    for _again in range(2):
        rina.get_page(f"/clients/show/{client.id}")
    before = last_entry_id()
    with advance_machine_clock(timedelta(minutes=11)):
        app.extensions["write_queue"].flush()  # what its thread does once a minute
    assert [line.details["repeats"] for line in read_lines(before)] == [1]


# Delayed writes


@pytest.mark.both_databases
def test_view_writes_nothing_before_its_answer(
    as_user: AsUser, make: ModuleType, flush_queue: Callable[[], None]
) -> None:
    client, rina = make.client(), as_user("rina")
    before = last_entry_id()
    rina.get_page(f"/clients/show/{client.id}")
    assert read_lines(before) == []
    flush_queue()
    assert read_lines(before) == [view_line("client", client.id, "show")]


@pytest.mark.both_databases
def test_locked_database_delays_the_entry_and_not_the_page(
    as_user: AsUser, make: ModuleType, flush_queue: Callable[[], None]
) -> None:
    rina, address = as_user("rina"), f"/clients/show/{make.client().id}"
    before = last_entry_id()
    with outages.database_locked():
        rina.get_page(address)
        rina.get_page("/clients/list/")
        assert rina.get("/cases/show/99999").status_code == 404
    flush_queue()
    assert [line.action for line in read_lines(before)] == ["view", "search", "denied"]


@pytest.mark.both_databases
def test_documents_are_recorded_before_the_response(
    as_user: AsUser, make: ModuleType, flush_queue: Callable[[], None]
) -> None:
    referral, rina = make.sent_referral(), as_user("rina")
    before = last_entry_id()
    assert rina.get(f"/referrals/{referral.id}/letter.pdf").status_code == 200
    assert rina.get(f"/cases/{referral.case_id}/timeline.pdf").status_code == 200
    assert [line.action for line in read_lines(before)] == ["print", "export"]


@pytest.mark.both_databases
def test_a_full_queue_answers_503_until_it_is_written(
    as_user: AsUser, make: ModuleType, flush_queue: Callable[[], None], monkeypatch: pytest.MonkeyPatch
) -> None:
    clients, rina = [make.client(), make.client()], as_user("rina")
    flush_queue()
    monkeypatch.setattr(write_queue, "MAX_QUEUED_WRITES", 1)
    rina.get_page(f"/clients/show/{clients[0].id}")
    page = rina.get_page(f"/clients/show/{clients[1].id}", 503)
    assert str(clients[1].name) not in page
    flush_queue()
    before = last_entry_id()
    rina.get_page(f"/clients/show/{clients[1].id}")
    flush_queue()
    assert read_lines(before) == [view_line("client", clients[1].id, "show")]


# Audit list


def test_audit_page_describes_reading_in_words(as_user: AsUser, make: ModuleType) -> None:
    client, rina = make.client(), as_user("rina")
    for _again in range(3):
        rina.get_page(f"/clients/edit/{client.id}")
    rina.get_page("/clients/list/?q=Siti&_flt_0_sex=female")
    rina.get_page("/?q=Siti")
    with advance_machine_clock(timedelta(minutes=11)):
        rina.get_page(f"/clients/edit/{client.id}")
    page = rina.get_page("/audit/list/")
    for words in ("Formulir ubah", "2 kali lagi", "menurut Cari, Jenis kelamin", "Pencarian di semua ruang"):
        assert words in page, words
