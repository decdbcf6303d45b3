"""An audit entry about a record that its reader may not see shows neither its id nor its values."""

import re
from collections import Counter
from collections.abc import Callable, Iterator
from types import ModuleType
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import func, select

from app.admin.registry import find_view
from app.audit.enums import Action
from app.audit.models import AuditEntry
from app.audit.services.audit_book import PendingEntry, add_entry, erase_payload, get_actor_columns
from app.cases.models.case import Case
from app.cases.models.event import CaseEvent
from app.cases.services.entries import add_note
from app.clients.enums import ConsentPurpose
from app.clients.models.client import Client
from app.core.actor import SYSTEM
from app.db.model import Entity
from app.db.stored_files import StoredFile
from app.db.transaction import transaction
from app.extensions import Model, db
from app.grants.enums import Purpose
from app.grants.models.pots import GrantPurpose
from app.partners.models import PartnerContact
from app.reference.enums import Confidentiality
from app.reference.models import Kelurahan
from app.referrals.models.exchange import ReferralLink
from tests.referrals.partner_link import LinkCredentials, create_link, open_link
from tests.support import hidden_cases, portal
from tests.support.client import PortalClient
from tests.support.hidden_cases import SECRET_NUMBERS, SECRET_WORD, HiddenCases, find_leaked_words
from tests.support.portal import PortalInstance, get_user

AsUser = Callable[[str], PortalClient]

WITHHELD_SENTENCE = "Isi data ini tidak dapat Anda lihat."
LISTED_SENTENCE = "Hanya kejadian dari kasus yang Anda lihat yang tercantum."
ADMINISTRATOR_TABLES = {"expenditure", "commitment"}
"""Spending on a hidden case: administrators see the amounts, but not the case."""
MISSING_ID = 987_654


@pytest.fixture(scope="module", params=["sqlite", "postgresql"])
def planted_cases(request: pytest.FixtureRequest) -> Iterator[tuple[PortalInstance, HiddenCases]]:
    """All records of a secret case, and audit entries of each kind about them; the tests only read."""
    instance = portal.get_portal_instance(request.param)
    instance.reset()
    with instance.app.app_context():
        planted = hidden_cases.create_hidden_cases()
        # A member of the secret client's household without a case is visible to all staff.
        known = db.session.scalars(select(Client.id).filter_by(name="Anggota")).one()
        planted.secret_ids = {table: keys for table, keys in planted.secret_ids.items() if keys}
        planted.secret_ids["client"].remove(known)
        _view_records(instance, planted)
        _create_evidence_lines(planted)
        yield instance, planted
    instance.close()


def _view_records(instance: PortalInstance, planted: HiddenCases) -> None:
    """Let Dodi and the partner view records; Sari and the administrator are refused."""
    (case, *_), (referral, *_) = planted.secret_ids["case_file"], planted.secret_ids["referral"]
    for who in ("dodi", "sari", "admin"):
        client = portal.log_in_client(instance, who)
        for page in (f"cases/show/{case}", f"cases/{case}/timeline.pdf", f"referrals/{referral}/letter.pdf"):
            client.get(f"/{page}")
        client.get(f"/clients/show/{planted.secret_ids['client'][0]}")
    partner = PortalClient(instance.app, instance.app.response_class)
    open_link(partner, LinkCredentials(planted.token, planted.code))
    partner.get(f"/r/{planted.token}")


def _create_evidence_lines(planted: HiddenCases) -> None:
    """Erase an event and an audit entry of the secret case; record that one of its files was cleaned."""
    event = db.session.get_one(CaseEvent, planted.secret_ids["case_event"][0])
    line = db.session.scalars(select_lines("case_note", planted.secret_ids["case_note"]).limit(1)).one()
    file = db.session.get_one(StoredFile, planted.secret_ids["stored_file"][0])
    with transaction(by=get_user("admin")) as session:
        for row in (event, line):
            erase_payload(row, basis=f"Perkara {planted.secret_case_number}", by=get_user("admin"))
        changes = {"sha256": ["0" * 64, file.sha256]}
        add_entry(
            session,
            PendingEntry(Action.update, "stored_file", file.id, *get_actor_columns(SYSTEM), changes=changes),
        )
    db.session.rollback()


def select_lines(table: str, keys: list[int]) -> Any:
    about = (AuditEntry.entity == table, AuditEntry.entity_id.in_(keys))
    return select(AuditEntry).where(*about).order_by(AuditEntry.id)


def hidden_lines(planted: HiddenCases) -> dict[int, AuditEntry]:
    """Return the audit entries about records of the secret case, by id."""
    tables = planted.secret_ids.keys() - ADMINISTRATOR_TABLES
    found = [
        one
        for table in sorted(tables)
        for one in db.session.scalars(select_lines(table, planted.secret_ids[table]))
    ]
    about_lines = select_lines("audit_entry", [one.id for one in found]).where(
        AuditEntry.action == Action.erased
    )
    found += db.session.scalars(about_lines)
    db.session.expunge_all()
    db.session.rollback()
    return {one.id: one for one in found}


def list_rows(client: PortalClient, query: str = "") -> dict[int, str]:
    """Return the HTML rows of all pages of the list, by entry id."""
    found: dict[int, str] = {}
    for page in range(25):
        answer = client.get(
            f"/audit/list/?psize_AuditView=100&page_AuditView={page}{query}", check_html=False
        )
        assert answer.status_code == 200, answer.status
        body = answer.text.partition("<tbody")[2].partition("</tbody")[0]
        new = {int(m[1]): m[0] for m in re.finditer(r"<tr.*?/audit/show/(\d+).*?</tr>", body, re.DOTALL)}
        if not new.keys() - found.keys():
            return found
        found |= new
    raise AssertionError("more pages than were asked for")


def row_cells(row: str) -> list[str]:
    """Return the texts of the cells of a row: time, actor, action, table, id and changes."""
    found = re.findall(r"<td[^>]*>(.*?)</td>", row, re.DOTALL)
    return [re.sub(r"<[^>]+>", "", one).strip() for one in found]


def line_values(client: PortalClient, line: int) -> dict[str, str]:
    """Return the values on the page of an entry, by label."""
    page = client.get_page(f"/audit/show/{line}").partition("<main")[2].partition("</main")[0]
    found = re.findall(r"<t[hd][^>]*>(.*?)</t[hd]>\s*<td>(.*?)</td>", page, re.DOTALL)
    return {label.strip(): re.sub(r"<[^>]+>", "", value).strip() for label, value in found}


def newest_entry_id(entity: str, action: Action, **more: Any) -> int:
    query = select(AuditEntry.id).filter_by(entity=entity, action=action, **more)
    found = db.session.scalars(query.order_by(AuditEntry.id.desc()).limit(1)).one()
    db.session.rollback()
    return found


# The secret case


def test_planted_entries_are_of_every_kind(planted_cases: tuple[PortalInstance, HiddenCases]) -> None:
    _instance, planted = planted_cases
    lines = hidden_lines(planted).values()
    assert {one.action.name for one in lines} >= {
        *("create", "update", "view", "denied", "export", "print", "erased")
    }
    assert {one.entity for one in lines} >= {
        *("case_file", "case_event", "case_note", "service", "follow_up", "assessment", "plan_goal"),
        *("attachment", "case_person", "entry_correction", "client", "household", "consent", "referral"),
        *("referral_document", "referral_message", "referral_link", "aid", "incoming_report", "stored_file"),
        "audit_entry",
    }


@pytest.mark.parametrize(
    "order", ["", "&_oc_AuditView=id&_od_AuditView=asc", "&_oc_AuditView=at&_od_AuditView=desc"]
)
def test_list_shows_each_entry_and_nothing_of_a_hidden_record(
    planted_cases: tuple[PortalInstance, HiddenCases], order: str
) -> None:
    instance, planted = planted_cases
    found = list_rows(portal.log_in_client(instance, "admin"), order)
    concealed = hidden_lines(planted)
    assert len(found) == db.session.scalar(select(func.count(AuditEntry.id)))
    assert {line: row_cells(found[line])[4:] for line in concealed} == {
        line: ["—", WITHHELD_SENTENCE] for line in concealed
    }
    assert {line for line, row in found.items() if WITHHELD_SENTENCE in row} == concealed.keys()


def test_no_filter_reveals_more_of_a_hidden_record(planted_cases: tuple[PortalInstance, HiddenCases]) -> None:
    instance, planted = planted_cases
    admin, concealed = portal.log_in_client(instance, "admin"), hidden_lines(planted)
    lines = concealed.values()
    queries = {f"&_flt_0_actor={one.actor_id}" for one in lines if one.actor_id}
    queries |= {f"&_flt_0_action={one.action.name}" for one in lines}
    queries |= {
        f"&_flt_0_entity={table}" for table in ("case_file", "client", "referral", "aid", "audit_entry")
    }
    queries |= {f"&_flt_{side}_at={next(iter(lines)).at.date()}" for side in (0, 1)}
    shown = []
    for query in queries:
        found = list_rows(admin, query)
        assert found.keys() & concealed.keys(), query
        shown += [
            row
            for line, row in found.items()
            if line in concealed and row_cells(row)[4:] != ["—", WITHHELD_SENTENCE]
        ]
    assert shown == []


def test_page_of_an_entry_shows_actor_time_and_action_only(
    planted_cases: tuple[PortalInstance, HiddenCases],
) -> None:
    instance, planted = planted_cases
    admin = portal.log_in_client(instance, "admin")
    for line, entry in hidden_lines(planted).items():
        shown = line_values(admin, line)
        assert shown["Perubahan"] == WITHHELD_SENTENCE, entry.entity
        assert shown["Nomor data"] == "—", entry.entity
        assert shown["Pelaku"] == (entry.actor_name or "—")
        assert shown["Tindakan"] == str(entry.action.value)
        assert shown["Waktu"]
        assert shown["Jenis data"]


def test_no_word_and_no_number_of_the_case_is_on_any_page(
    planted_cases: tuple[PortalInstance, HiddenCases],
) -> None:
    instance, planted = planted_cases
    admin = portal.log_in_client(instance, "admin")
    hashes = set(
        db.session.scalars(select(CaseEvent.hash).where(CaseEvent.id.in_(planted.secret_ids["case_event"])))
    )
    words = (SECRET_WORD, *SECRET_NUMBERS, planted.secret_case_number, *hashes)
    pages = [f"/audit/show/{line}" for line in db.session.scalars(select(AuditEntry.id))]
    pages += [f"/audit/list/?psize_AuditView=100&page_AuditView={page}" for page in range(5)]
    assert [page for page in pages if find_leaked_words(admin.get(page, check_html=False), words)] == []


def test_spending_on_a_hidden_case_shows_the_amount_and_not_the_case(
    planted_cases: tuple[PortalInstance, HiddenCases],
) -> None:
    instance, planted = planted_cases
    line = (
        db.session.scalars(select_lines("expenditure", planted.secret_ids["expenditure"]).limit(1)).one().id
    )
    shown = line_values(portal.log_in_client(instance, "admin"), line)
    assert "1.234.500" in shown["Perubahan"]
    assert "Kasus: — → tidak dapat Anda lihat" in shown["Perubahan"]


def test_team_reads_its_own_entries_in_full(planted_cases: tuple[PortalInstance, HiddenCases]) -> None:
    instance, planted = planted_cases
    dodi, his = portal.log_in_client(instance, "dodi"), get_user("dodi").id
    own = {line: one for line, one in hidden_lines(planted).items() if one.actor_id == his}
    assert {one.entity for one in own.values()} >= {
        "case_file",
        "client",
        "referral_link",
        "entry_correction",
    }
    for line, entry in own.items():
        shown = line_values(dodi, line)
        assert shown["Nomor data"] == str(entry.entity_id), entry.entity
        assert WITHHELD_SENTENCE not in shown["Perubahan"], entry.entity
    case = next(line for line, one in own.items() if (one.entity, one.action) == ("case_file", Action.create))
    assert f"→ {planted.secret_case_number}" in line_values(dodi, case)["Perubahan"]


def test_own_denied_entry_does_not_name_the_record(planted_cases: tuple[PortalInstance, HiddenCases]) -> None:
    instance, planted = planted_cases
    sari, hers = portal.log_in_client(instance, "sari"), get_user("sari").id
    refused = [
        line
        for line, one in hidden_lines(planted).items()
        if one.actor_id == hers and one.action is Action.denied
    ]
    assert refused
    for line in refused:
        assert line_values(sari, line)["Perubahan"] == WITHHELD_SENTENCE
        assert line_values(sari, line)["Nomor data"] == "—"


# Filter by record


def test_hidden_record_is_answered_like_a_missing_one(
    planted_cases: tuple[PortalInstance, HiddenCases],
) -> None:
    instance, planted = planted_cases
    admin, dodi = portal.log_in_client(instance, "admin"), portal.log_in_client(instance, "dodi")
    viewed = {view.datamodel.obj.__tablename__ for view in instance.app.extensions["portal_views"].values()}
    for table in sorted(viewed & planted.secret_ids.keys() - ADMINISTRATOR_TABLES):
        key, kind = planted.secret_ids[table][0], f"&_flt_0_entity={table}"
        for query in (f"{kind}&_flt_0_entity_id=%s", f"{kind}&_flt_0_entity_id=&_flt_0_entity_id=%s"):
            assert list_rows(admin, query % key) == list_rows(admin, query % MISSING_ID) == {}, table
        assert list_rows(dodi, f"{kind}&_flt_0_entity_id={key}"), table
        paper = f"/audit/readers.pdf?entity={table}&entity_id="
        answers = [admin.get(f"{paper}{pk}") for pk in (key, MISSING_ID)]
        assert [answer.status_code for answer in answers] == [404, 404]


@pytest.mark.parametrize(
    "query",
    ["_flt_0_entity_id=%s", "_flt_0_entity=&_flt_0_entity_id=%s", "_flt_0_entity_id=&_flt_0_entity_id=%s"],
)
def test_number_without_a_kind_of_record_is_refused_by_every_filter(
    planted_cases: tuple[PortalInstance, HiddenCases], query: str
) -> None:
    instance, planted = planted_cases
    admin = portal.log_in_client(instance, "admin")
    assert admin.get(f"/audit/list/?{query % planted.secret_ids['case_file'][0]}").status_code == 400


def test_entry_about_an_entry_is_visible_like_the_record_of_that_entry(
    planted_cases: tuple[PortalInstance, HiddenCases],
) -> None:
    instance, _planted = planted_cases
    line = newest_entry_id("audit_entry", Action.erased)
    about = db.session.get_one(AuditEntry, line).entity_id
    assert (
        list_rows(
            portal.log_in_client(instance, "admin"), f"&_flt_0_entity=audit_entry&_flt_0_entity_id={about}"
        )
        == {}
    )


# Entries about events, seals and files


def test_entry_lists_events_of_visible_cases_and_never_says_whether_others_are_left_out(
    make: ModuleType, as_user: AsUser
) -> None:
    seen, secret = make.case(by="rina"), make.case(by="rina", confidentiality=Confidentiality.secret)
    admin, shown = as_user("admin"), []
    for cases in ([seen], [seen, secret, secret], [secret]):
        with transaction(by=get_user("rina")):
            for case in cases:
                add_note({"case": case, "text": "Catatan"}, by=get_user("rina"))
        line = newest_entry_id("case_event", Action.case_events)
        events = db.session.get_one(AuditEntry, line).changes["events"]
        assert Counter(event[0] for event in events) == Counter(case.id for case in cases)
        visible = [" ".join(map(str, event)) for event in events if event[0] == seen.id]
        shown.append(
            line_values(admin, line)["Perubahan"].endswith(f": {'; '.join([*visible, LISTED_SENTENCE])}")
        )
    assert shown == [True] * 3


def test_withdrawing_a_consent_reveals_nothing_of_a_secret_case(make: ModuleType, as_user: AsUser) -> None:
    client = make.client()
    make.case(client=client, by="sari")
    make.case(client=client, by="rina", confidentiality=Confidentiality.secret)
    consent = make.consent(client=client, purpose=ConsentPurpose.share_with_partner)
    sari = as_user("sari")
    answer = sari.post(
        f"/consents/{consent.id}/withdraw", data={"version": consent.version, "reason": "Tidak mau lagi."}
    )
    assert answer.status_code == 302
    line = newest_entry_id("case_event", Action.case_events)
    written = db.session.get_one(AuditEntry, line)
    assert written.actor_id == get_user("sari").id
    assert len(written.changes["events"]) == 2
    db.session.rollback()
    assert line not in list_rows(sari)
    assert sari.get(f"/audit/show/{line}").status_code == 404
    assert line in list_rows(as_user("admin"))


def test_sealed_entry_shows_the_number_of_erased_rows(make: ModuleType, as_user: AsUser) -> None:
    changes = {"audit_id": 7, "erased": {"case_event": [417, 418], "audit_entry": []}}
    with transaction(by=SYSTEM) as session:
        add_entry(
            session, PendingEntry(Action.sealed, "case_event", 5, *get_actor_columns(SYSTEM), changes=changes)
        )
    shown = line_values(as_user("admin"), newest_entry_id("case_event", Action.sealed))
    assert "Kejadian kasus: 2" in shown["Perubahan"]
    assert "417" not in shown["Perubahan"]
    assert shown["Nomor data"] == "5"


def test_file_is_visible_like_the_record_that_names_it(make: ModuleType, as_user: AsUser) -> None:
    keys = {}
    for tier in (Confidentiality.ordinary, Confidentiality.secret):
        made = make.attachment(
            case=make.case(by="rina", confidentiality=tier), file=make.store_file(), by="rina"
        )
        keys[tier] = db.session.scalars(select(StoredFile.id).filter_by(key=made.file)).one()
    keys[None] = MISSING_ID
    for key in keys.values():
        with transaction(by=SYSTEM) as session:
            changes = {"sha256": ["0" * 64, "f" * 64]}
            add_entry(
                session,
                PendingEntry(Action.update, "stored_file", key, *get_actor_columns(SYSTEM), changes=changes),
            )
    admin = as_user("admin")
    shown = {
        tier: line_values(admin, newest_entry_id("stored_file", Action.update, entity_id=key))["Perubahan"]
        for tier, key in keys.items()
    }
    assert "f" * 64 in shown[Confidentiality.ordinary]
    assert shown[Confidentiality.secret] == shown[None] == WITHHELD_SENTENCE


# Lost access and deleted records


def test_own_entry_is_withheld_once_its_actor_lost_access(make: ModuleType, as_user: AsUser) -> None:
    case, sari = make.case(by="rina"), as_user("sari")
    make.follow_up(case=case, by="sari")
    line = newest_entry_id("follow_up", Action.create)
    assert WITHHELD_SENTENCE not in line_values(sari, line)["Perubahan"]
    with transaction(by=SYSTEM) as session:
        session.get_one(Case, case.id).confidentiality = Confidentiality.secret
    assert line_values(sari, line)["Perubahan"] == WITHHELD_SENTENCE
    assert WITHHELD_SENTENCE in list_rows(sari)[line]


def test_restricted_columns_stay_withheld_also_where_they_are_not_personal(
    make: ModuleType, as_user: AsUser
) -> None:
    place = db.session.scalars(select(Kelurahan).limit(1)).one()
    name = place.name
    client = make.client(by="sari", kelurahan=place)
    line, sari = newest_entry_id("client", Action.create), as_user("sari")
    assert f"→ {name}" in line_values(sari, line)["Perubahan"]
    make.case(client=client, by="rina", confidentiality=Confidentiality.limited)
    shown = line_values(sari, line)["Perubahan"]
    assert name not in shown
    assert "Kelurahan: diubah" in shown


def test_deleted_record_is_shown_only_of_tables_without_personal_data(
    make: ModuleType, as_user: AsUser
) -> None:
    contact, pot = make.partner_contact(), make.grant(purposes=[Purpose.client_aid])
    with transaction(by=get_user("admin")) as session:
        session.delete(session.get_one(PartnerContact, contact.id))
        session.delete(session.scalars(select(GrantPurpose).filter_by(grant_id=pot.id)).one())
    admin = as_user("admin")
    assert (
        line_values(admin, newest_entry_id("partner_contact", Action.delete))["Perubahan"]
        == WITHHELD_SENTENCE
    )
    shown = line_values(admin, newest_entry_id("grant_purpose", Action.delete))["Perubahan"]
    assert f"{Purpose.client_aid.value} → —" in shown


# Declarations of the tables


def test_entries_of_a_table_without_parent_keys_are_withheld(
    make: ModuleType, as_user: AsUser, monkeypatch: pytest.MonkeyPatch
) -> None:
    create_link(make.sent_referral())
    admin, line = as_user("admin"), newest_entry_id("referral_link", Action.create)
    assert WITHHELD_SENTENCE not in line_values(admin, line)["Perubahan"]
    monkeypatch.setattr(ReferralLink, "__parent_keys__", ())
    assert line_values(admin, line)["Perubahan"] == WITHHELD_SENTENCE


def test_every_audited_table_without_a_view_declares_parent_keys(shared_app: Flask) -> None:
    books = {"case_event", "referral_disclosure"}
    with shared_app.app_context():
        undeclared = [
            mapper.local_table.name
            for mapper in Model.registry.mappers
            if find_view(mapper.class_) is None
            and (issubclass(mapper.class_, Entity) or mapper.local_table.name in books)
            and not mapper.class_.__parent_keys__
        ]
    assert undeclared == []
