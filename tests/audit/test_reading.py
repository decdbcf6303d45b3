"""Reading is written: each page that shows somebody's data, each search and refusal; no page waits for it."""

from collections.abc import Callable, Iterator
from datetime import timedelta
from types import ModuleType, SimpleNamespace
from typing import Any, NamedTuple

import pytest
from flask import Flask
from sqlalchemy import func, select

from app.audit import services
from app.audit.choices import Action
from app.audit.models import AuditEntry
from app.clients.services import update_client
from app.core.registry import model_of_table
from app.core.unit import unit
from app.core.views import PortalView
from app.db import write_queue
from app.db.write_queue import WriteQueue
from app.extensions import db
from app.reference.choices import Confidentiality
from app.referrals.models import ReferralLink
from tests.referrals.door import enter, linked, with_file
from tests.support import outages
from tests.support.client import PortalClient
from tests.support.now import machine_later
from tests.support.portal import person
from tests.support.world import one_of_each

AsUser = Callable[[str], PortalClient]

READ_ROOMS = {
    *(
        "clients",
        "households",
        "consents",
        "incoming-reports",
        "cases",
        "case-people",
        "case-notes",
        "services",
    ),
    *("follow-ups", "assessments", "plan-goals", "attachments", "referrals", "referral-documents", "aid"),
    "emergency-access",
    *("partner-contacts", "commitments", "expenditures", "shifts", "handovers", "users"),
}
"""Rooms whose records say who somebody is."""


class Line(NamedTuple):
    action: str
    entity: str
    entity_id: int | None
    who: str | None
    details: dict[str, Any]


def lines(after: int = 0) -> list[Line]:
    """What the book says of reading since that line."""
    db.session.rollback()
    rows = db.session.scalars(select(AuditEntry).where(AuditEntry.id > after).order_by(AuditEntry.id))
    found = [
        Line(row.action.name, row.entity, row.entity_id, row.actor_name, dict(row.changes or {}))
        for row in rows
        if row.action.name in ("view", "search", "denied", "export", "print")
    ]
    db.session.rollback()
    return found


def mark() -> int:
    """The last line of the book."""
    newest = db.session.scalar(select(AuditEntry.id).order_by(AuditEntry.id.desc()).limit(1)) or 0
    db.session.rollback()
    return newest


def view(entity: str, entity_id: int, page: str, who: str | None = "Rina Kusuma") -> Line:
    return Line("view", entity, entity_id, who, {"page": page})


def rooms(app: Flask) -> list[PortalView]:
    return list(app.extensions["portal_views"].values())


@pytest.fixture
def unwritten(app: Flask, monkeypatch: pytest.MonkeyPatch) -> Iterator[Callable[[], None]]:
    """Let the queue gather, as in the office, where a thread writes later; call it to write."""
    flush = WriteQueue.flush
    monkeypatch.setattr(WriteQueue, "flush", lambda _self, **_how: None)
    monkeypatch.setitem(app.config, "PROPAGATE_EXCEPTIONS", False)
    yield lambda: flush(app.extensions["write_queue"])
    monkeypatch.setattr(WriteQueue, "flush", flush)
    flush(app.extensions["write_queue"])


# Which pages


def test_rooms_with_personal_columns_are_read_in_the_open(built: Flask) -> None:
    assert {room.room for room in rooms(built) if room.logs_reading} == READ_ROOMS


def test_each_page_edit_form_and_transition_form_of_a_record_is_a_view(app: Flask, as_user: AsUser) -> None:
    one_of_each()
    admin, silent = as_user("admin"), []
    for room in rooms(app):
        if not room.logs_reading:
            continue
        table = room.datamodel.obj.__tablename__
        key = db.session.scalar(select(room.datamodel.obj.id).order_by(room.datamodel.obj.id.desc()).limit(1))
        pages = {"show": f"show/{key}", **({"edit": f"edit/{key}"} if room.may_change else {})}
        pages |= {move.name: f"{key}/{move.name}" for move in room.moves if move.asks}
        for page, path in pages.items():
            before = mark()
            answer = admin.get(f"{room.route_base}/{path}", checked=False)
            expected = view(table, key, page, "Admin")
            if answer.status_code == 200 and expected not in lines(before):
                silent.append(f"{room.room}/{path}")
    assert silent == []


def test_a_form_that_comes_back_with_what_was_wrong_is_a_view(as_user: AsUser, make: ModuleType) -> None:
    client, rina = make.client(name="Nurhayati"), as_user("rina")
    before = mark()
    answer = rina.post(f"/clients/edit/{client.id}", data={"version": client.version, "name": "x" * 500})
    assert answer.status_code == 200
    assert view("client", client.id, "edit") in lines(before)


def test_an_add_form_that_names_a_client_is_a_view_of_the_client(as_user: AsUser, make: ModuleType) -> None:
    client, rina = make.client(name="Nurhayati"), as_user("rina")
    before = mark()
    assert "Nurhayati" in rina.get_page(f"/cases/add?client={client.id}")
    assert lines(before) == [view("client", client.id, "add")]


def test_the_timeline_and_the_desk_are_views(as_user: AsUser, make: ModuleType) -> None:
    referral, rina = make.sent(), as_user("rina")
    case, before = referral.case_id, mark()
    rina.get_page(f"/cases/{case}/timeline")
    rina.get_page(f"/referrals/{referral.id}/")
    assert lines(before) == [view("case_file", case, "timeline"), view("referral", referral.id, "show")]


@pytest.mark.parametrize("path", ["audit/list/", "sessions/list/", "notices/list/", "partners/list/"])
def test_rooms_without_personal_data_and_the_book_itself_write_nothing(as_user: AsUser, path: str) -> None:
    one_of_each()
    rina, before = as_user("rina"), mark()
    rina.get_page(f"/{path}")
    assert lines(before) == []


def line_about(entity: str, action: Action, key: int) -> int:
    query = select(func.max(AuditEntry.id)).filter_by(entity=entity, action=action, entity_id=key)
    found = db.session.scalar(query)
    db.session.rollback()
    return found or 0


@pytest.mark.parametrize("entity", ["client", "case_file", "aid", "referral_link"])
def test_line_that_shows_values_of_a_record_is_a_view_of_the_record(
    as_user: AsUser, make: ModuleType, entity: str
) -> None:
    one_of_each()
    linked(make.sent())
    model = model_of_table(entity)
    key, admin = db.session.scalar(select(func.max(model.id))), as_user("admin")
    line, before = line_about(entity, Action.create, key), mark()
    assert "→" in admin.get_page(f"/audit/show/{line}").partition("<main")[2]
    assert lines(before) == [view(entity, key, "audit", "Admin")]
    assert "Baris log audit" in admin.get_page("/audit/list/")


def test_former_phone_of_a_client_is_read_on_a_line_that_is_a_view_of_the_client(
    as_user: AsUser, make: ModuleType, people: SimpleNamespace
) -> None:
    client, admin = make.client(phone="081377778888"), as_user("admin")
    with unit(by=people.rina):
        update_client(client, {"phone": "081300001111"}, by=people.rina)
    key = client.id
    line, before = line_about("client", Action.update, key), mark()
    assert "0813-7777-8888" in admin.get_page(f"/audit/show/{line}")
    assert lines(before) == [view("client", key, "audit", "Admin")]


def test_line_that_shows_no_value_is_no_view_of_its_record(as_user: AsUser, make: ModuleType) -> None:
    """A look at a record; a line of a hidden case; a restricted column alone; a record without such data."""
    client, rina = make.client(by="sari"), as_user("rina")
    rina.get_page(f"/clients/show/{client.id}")
    looked = line_about("client", Action.view, client.id)
    hidden = make.case(by="rina", confidentiality=Confidentiality.secret)
    concealed = line_about("case_file", Action.create, hidden.id)
    service = make.partner_service(make.need())
    plain = line_about("partner_service", Action.create, service.id)
    with unit(by=person("sari")):
        update_client(client, {"phone": "081300001111"}, by=person("sari"))
    make.case(client=client, by="rina", confidentiality=Confidentiality.limited)
    restricted = line_about("client", Action.update, client.id)
    before = mark()
    for who, line in (("admin", looked), ("admin", concealed), ("admin", plain), ("sari", restricted)):
        as_user(who).get_page(f"/audit/show/{line}")
    assert lines(before) == []


# Searches and lists


def test_a_list_says_its_rows_and_names_its_filters_but_not_what_was_typed(
    as_user: AsUser, make: ModuleType
) -> None:
    make.client(name="Nurhayati")
    make.client(name="Nurjanah")
    rina, before = as_user("rina"), mark()
    rina.get_page("/clients/list/?q=Nurha&_flt_0_sex=&_flt_0_identity_status=stated&archived=y")
    rina.get_page("/clients/list/")
    narrowed, whole = lines(before)
    assert narrowed == Line(
        "search",
        "client",
        None,
        "Rina Kusuma",
        {"page": "list", "rows": narrowed.details["rows"], "filters": ["archived", "identity_status", "q"]},
    )
    assert whole.details == {"page": "list", "rows": 2, "filters": []}


def test_a_queue_and_a_named_list_are_filters(as_user: AsUser, make: ModuleType) -> None:
    make.sent()
    rina, before = as_user("rina"), mark()
    rina.get_page("/referrals/list/?queue=partner")
    assert lines(before)[0].details == {"page": "list", "rows": 1, "filters": ["queue"]}


def test_two_searches_are_two_lines(as_user: AsUser, make: ModuleType) -> None:
    make.client(name="Nurhayati")
    rina, before = as_user("rina"), mark()
    for q in ("Nurha", "Siti"):
        rina.get_page(f"/clients/list/?q={q}")
    assert [line.details["rows"] for line in lines(before)] == [1, 0]


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
    rina, before = as_user("rina"), mark()
    assert rina.get(path).status_code == 200
    entity, details = expected
    assert lines(before) == [Line("search", entity, None, "Rina Kusuma", details)]
    assert "Nurha" not in str(lines(before))


def test_the_first_page_says_how_many_records_it_named(as_user: AsUser, make: ModuleType) -> None:
    make.report()
    rina, before = as_user("rina"), mark()
    rina.get_page("/")
    details = {"page": "list", "rows": 1, "filters": []}
    assert lines(before) == [Line("search", "today", None, "Rina Kusuma", details)]


def test_clients_listed_on_a_partners_page_are_a_search(as_user: AsUser, make: ModuleType) -> None:
    referral = make.sent()
    rina, before = as_user("rina"), mark()
    rina.get_page(f"/partners/show/{referral.partner_id}")
    details = {"page": "section", "rows": 1, "filters": ["partner"]}
    assert Line("search", "referral", None, "Rina Kusuma", details) in lines(before)


# Refusals


def test_a_hidden_record_and_one_that_is_not_there_are_denied_alike(
    as_user: AsUser, make: ModuleType
) -> None:
    case = make.case(by="rina", confidentiality=Confidentiality.secret)
    sari = as_user("sari")
    for path, page in (
        (f"show/{case.id}", "show"),
        (f"edit/{case.id}", "edit"),
        (f"{case.id}/close", "close"),
        (f"{case.id}/timeline", "timeline"),
        (f"{case.id}/timeline.pdf", "report"),
    ):
        before = mark()
        assert sari.get(f"/cases/{path}").status_code == 404
        assert lines(before) == [Line("denied", "case_file", case.id, "Sari", {"page": page})]
    before = mark()
    assert sari.get("/cases/show/99999").status_code == 404
    assert lines(before) == [Line("denied", "case_file", 99999, "Sari", {"page": "show"})]


def test_a_post_a_file_and_a_desk_of_a_hidden_record_are_denied(as_user: AsUser, make: ModuleType) -> None:
    case = make.case(by="rina", confidentiality=Confidentiality.secret)
    referral, attachment = make.sent(case=case), make.attachment(case=case)
    sari = as_user("sari")
    for method, path, entity, key, page in (
        ("POST", f"/cases/edit/{case.id}", "case_file", case.id, "edit"),
        ("POST", f"/cases/{case.id}/close", "case_file", case.id, "close"),
        ("GET", f"/attachments/{attachment.id}/file/file", "attachment", attachment.id, "download_file"),
        ("GET", f"/referrals/{referral.id}/", "referral", referral.id, "desk"),
    ):
        before = mark()
        assert sari.open(path, method=method, data={"version": "1"}).status_code == 404, path
        assert lines(before) == [Line("denied", entity, key, "Sari", {"page": page})]


def test_a_downloaded_file_and_a_printed_hand_over_are_exports(as_user: AsUser, make: ModuleType) -> None:
    attachment, shift = make.attachment(), make.shift("rina")
    handover = make.handover(from_shift=shift)
    rina = as_user("rina")
    for path, entity, key in (
        (f"/attachments/{attachment.id}/file/file", "attachment", attachment.id),
        (f"/handovers/{handover.id}/sheet.pdf", "handover", handover.id),
    ):
        before = mark()
        assert rina.get(path).status_code == 200
        assert [line[:4] for line in lines(before)] == [("export", entity, key, "Rina Kusuma")]


def test_a_hidden_letter_among_others_is_denied(as_user: AsUser, make: ModuleType) -> None:
    seen = make.sent()
    hidden = make.sent(case=make.case(by="rina", confidentiality=Confidentiality.secret))
    sari, before = as_user("sari"), mark()
    assert sari.get(f"/referrals/letters.pdf?id={seen.id}&id={hidden.id}").status_code == 200
    assert {(line.action, line.entity_id) for line in lines(before)} == {
        ("print", seen.id),
        ("denied", hidden.id),
    }


def test_a_row_that_the_user_sees_but_may_not_change_is_denied(as_user: AsUser, make: ModuleType) -> None:
    case = make.case(by="rina")
    sari, before = as_user("sari"), mark()
    assert sari.get(f"/cases/edit/{case.id}").status_code == 403
    assert lines(before) == [Line("denied", "case_file", case.id, "Sari", {"page": "edit"})]


# The partner's page


def test_a_guessed_link_is_denied_without_its_token(make: ModuleType, nobody: PortalClient) -> None:
    before, token = mark(), "guessed" * 6
    assert nobody.get(f"/r/{token}").status_code == 404
    assert nobody.get(f"/r/{token}/documents/1").status_code == 404
    assert lines(before) == [Line("denied", "referral_link", None, None, {})]
    db.session.rollback()
    assert "guessed" not in str(db.session.execute(select(AuditEntry.__table__)).all())


def test_a_wrong_code_is_denied_at_its_link(make: ModuleType, nobody: PortalClient) -> None:
    key, before = linked(make.sent()), mark()
    nobody.post(key.url, data={"code": f"{(int(key.code) + 1) % 1_000_000:06d}"})
    link = db.session.scalar(select(func.max(ReferralLink.id)))
    assert lines(before) == [Line("denied", "referral_link", link, None, {})]


def test_a_look_and_a_document_by_link_name_the_partner(make: ModuleType, nobody: PortalClient) -> None:
    referral = make.sent()
    document, partner = with_file(make, referral), referral.partner.name
    key = linked(referral)
    before = mark()
    enter(nobody, key)
    nobody.get_page(key.url)
    assert nobody.get(f"{key.url}/documents/{document.id}").status_code == 200
    link = db.session.scalar(select(func.max(ReferralLink.id)))
    assert lines(before) == [
        view("referral_link", link, "show", partner),
        Line("export", "referral_document", document.id, partner, {"page": "document"}),
    ]


# Once, and how often again


def test_repeats_within_ten_minutes_are_one_further_line(as_user: AsUser, make: ModuleType) -> None:
    client, rina = make.client(), as_user("rina")
    first, before = view("client", client.id, "show"), mark()
    for _again in range(4):
        rina.get_page(f"/clients/show/{client.id}")
    rina.get_page(f"/clients/edit/{client.id}")
    as_user("dodi").get_page(f"/clients/show/{client.id}")
    assert lines(before) == [
        first,
        view("client", client.id, "edit"),
        view("client", client.id, "show", "Dodi Pratama"),
    ]
    before = mark()
    with machine_later(timedelta(minutes=10, seconds=1)):
        rina.get_page(f"/clients/show/{client.id}")
    again, anew = lines(before)
    assert again[:4] == first[:4]
    assert again.details["repeats"] == 3
    assert again.details["last_at"].startswith("2027-06-15T02:00:00")
    assert anew == first
    assert services.verify_chain() is None


def test_an_orderly_stop_writes_the_counts(app: Flask, as_user: AsUser, make: ModuleType) -> None:
    client, rina = make.client(), as_user("rina")
    for _again in range(3):
        rina.get_page(f"/clients/show/{client.id}")
    before = mark()
    app.extensions["write_queue"].close()
    assert [line.details["repeats"] for line in lines(before)] == [2]


def test_the_thread_writes_a_count_though_nobody_comes(app: Flask, as_user: AsUser, make: ModuleType) -> None:
    client, rina = make.client(), as_user("rina")
    for _again in range(2):
        rina.get_page(f"/clients/show/{client.id}")
    before = mark()
    with machine_later(timedelta(minutes=11)):
        app.extensions["write_queue"].flush()  # what its thread does once a minute
    assert [line.details["repeats"] for line in lines(before)] == [1]


# No page waits


def test_a_look_writes_nothing_before_its_answer(
    as_user: AsUser, make: ModuleType, unwritten: Callable[[], None]
) -> None:
    client, rina = make.client(), as_user("rina")
    before = mark()
    rina.get_page(f"/clients/show/{client.id}")
    assert lines(before) == []
    unwritten()
    assert lines(before) == [view("client", client.id, "show")]


def test_a_held_database_delays_the_line_and_not_the_page(
    as_user: AsUser, make: ModuleType, unwritten: Callable[[], None]
) -> None:
    rina, address = as_user("rina"), f"/clients/show/{make.client().id}"
    before = mark()
    with outages.held():
        rina.get_page(address)
        rina.get_page("/clients/list/")
        assert rina.get("/cases/show/99999").status_code == 404
    unwritten()
    assert [line.action for line in lines(before)] == ["view", "search", "denied"]


def test_papers_are_written_before_the_answer(
    as_user: AsUser, make: ModuleType, unwritten: Callable[[], None]
) -> None:
    referral, rina = make.sent(), as_user("rina")
    before = mark()
    assert rina.get(f"/referrals/{referral.id}/letter.pdf").status_code == 200
    assert rina.get(f"/cases/{referral.case_id}/timeline.pdf").status_code == 200
    assert [line.action for line in lines(before)] == ["print", "export"]


def test_a_full_queue_answers_503_until_it_is_written(
    as_user: AsUser, make: ModuleType, unwritten: Callable[[], None], monkeypatch: pytest.MonkeyPatch
) -> None:
    clients, rina = [make.client(), make.client()], as_user("rina")
    unwritten()
    monkeypatch.setattr(write_queue, "CAPACITY", 1)
    rina.get_page(f"/clients/show/{clients[0].id}")
    page = rina.get_page(f"/clients/show/{clients[1].id}", 503)
    assert str(clients[1].name) not in page
    unwritten()
    before = mark()
    rina.get_page(f"/clients/show/{clients[1].id}")
    unwritten()
    assert lines(before) == [view("client", clients[1].id, "show")]


# Where it is read


def test_the_book_tells_of_reading_in_words(as_user: AsUser, make: ModuleType) -> None:
    client, rina = make.client(), as_user("rina")
    for _again in range(3):
        rina.get_page(f"/clients/edit/{client.id}")
    rina.get_page("/clients/list/?q=Siti&_flt_0_sex=female")
    rina.get_page("/?q=Siti")
    with machine_later(timedelta(minutes=11)):
        rina.get_page(f"/clients/edit/{client.id}")
    page = rina.get_page("/audit/list/")
    for words in ("Formulir ubah", "2 kali lagi", "menurut Cari, Jenis kelamin", "Pencarian di semua ruang"):
        assert words in page, words
