"""Filters of the audit list, the document about readers of a record, and former values in entries."""

from collections.abc import Callable
from types import ModuleType, SimpleNamespace
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import select

from app.audit import documents
from app.audit.models import AuditEntry
from app.audit.services.changes import FORMER_VALUE_TABLES, is_former_value_recorded
from app.clients.models.client import Client
from app.clients.services.clients import update_client
from app.db.transaction import transaction
from app.extensions import Model, db
from app.reference.enums import Confidentiality
from tests.support.client import PortalClient
from tests.support.fixed_clock import TODAY, days_ahead
from tests.support.portal import get_user
from tests.support.statements import explain_statement

AsUser = Callable[[str], PortalClient]


def list_rows(client: PortalClient, query: str) -> str:
    """Return the HTML rows of the filtered audit list."""
    page = client.get_page(f"/audit/list/?psize_AuditView=100&{query}")
    return page.partition("<tbody")[2].partition("</tbody")[0]


def record_filter(client: Client) -> str:
    return f"_flt_0_entity=client&_flt_0_entity_id={client.id}"


def change_client(client: Client, by: str = "rina", **data: Any) -> int:
    """Change a client; return the id of the audit entry about the change."""
    with transaction(by=get_user(by)):
        update_client(db.session.get_one(Client, client.id), data, by=get_user(by))
    query = select(AuditEntry.id).filter_by(entity="client", entity_id=client.id)
    return db.session.scalars(query.order_by(AuditEntry.id.desc())).first() or 0


# Filters


def test_audit_is_filtered_by_record(as_user: AsUser, make: ModuleType) -> None:
    client, other = make.client(), make.client()
    as_user("dodi").get_page(f"/clients/show/{client.id}")
    as_user("sari").get_page(f"/clients/show/{other.id}")
    found = list_rows(as_user("admin"), record_filter(client))
    assert "Dodi Pratama" in found
    assert "Sari" not in found


def test_audit_is_filtered_by_person_action_and_time(as_user: AsUser, make: ModuleType) -> None:
    client = make.client(by="rina")
    dodi = as_user("dodi")
    dodi.get_page(f"/clients/show/{client.id}")
    dodi.get_page("/clients/list/")
    admin, his = as_user("admin"), f"_flt_0_actor={get_user('dodi').id}"
    assert "Rina Kusuma" not in list_rows(admin, his)
    assert list_rows(admin, f"{his}&_flt_0_action=view").count("<tr") == 1
    assert list_rows(admin, f"{his}&_flt_0_action=view&_flt_0_at={TODAY}").count("<tr") == 1
    assert list_rows(admin, f"{his}&_flt_0_at={days_ahead(1)}").count("<tr") == 0


def test_number_without_a_kind_of_record_is_refused(as_user: AsUser, make: ModuleType) -> None:
    assert as_user("admin").get("/audit/list/?_flt_0_entity_id=1").status_code == 400


def test_peksos_reads_own_entries_only(as_user: AsUser, make: ModuleType) -> None:
    client = make.client(by="rina")
    as_user("dodi").get_page(f"/clients/show/{client.id}")
    assert "Dodi Pratama" not in list_rows(as_user("rina"), record_filter(client))


# PostgreSQL reads a small table without an index
@pytest.mark.parametrize("portal_instance", ["sqlite"], indirect=True)
@pytest.mark.parametrize(
    ("query", "index"),
    [
        ("_flt_0_entity=client&_flt_0_entity_id={client}", "ix_audit_entry_record"),
        ("_flt_0_actor=5", "ix_audit_entry_actor"),
    ],
)
def test_filters_are_served_by_an_index(
    as_user: AsUser, make: ModuleType, portal_instance: Any, query: str, index: str
) -> None:
    admin = as_user("admin")
    filters = query.format(client=make.client().id)
    plan = explain_statement(lambda: admin.get(f"/audit/list/?{filters}"), "count(*)")
    assert index in plan


# Readers of a record


def test_record_links_administrators_to_the_list_of_its_readers(as_user: AsUser, make: ModuleType) -> None:
    client = make.client()
    link = f"/audit/list/?_flt_0_entity=client&amp;_flt_0_entity_id={client.id}"
    assert link in as_user("admin").get_page(f"/clients/show/{client.id}")
    for other in ("rina", "kabid"):
        assert "/audit/list/?_flt" not in as_user(other).get_page(f"/clients/show/{client.id}")
    partner = make.partner()
    assert "/audit/list/?_flt" not in as_user("admin").get_page(f"/partners/show/{partner.id}")


def test_readers_document_lists_the_readers_and_is_recorded(
    as_user: AsUser, make: ModuleType, monkeypatch: pytest.MonkeyPatch
) -> None:
    client = make.client(name="Nurhayati")
    change_client(client, phone="081250000123")
    as_user("dodi").get_page(f"/clients/show/{client.id}")
    admin, made = as_user("admin"), []
    compile_pdf = documents.pdf.compile_pdf
    monkeypatch.setattr(
        documents.pdf, "compile_pdf", lambda *args: made.append(args[1]) or compile_pdf(*args)
    )
    page = admin.get_page(f"/audit/list/?{record_filter(client)}")
    address = f"/audit/readers.pdf?entity=client&entity_id={client.id}"
    assert address.replace("&", "&amp;") in page
    answer = admin.get(address)
    assert answer.status_code == 200
    assert answer.get_data().startswith(b"%PDF")
    (data,) = made
    assert "Nurhayati" in data["record"]
    who = [row[1] for row in data["rows"]]
    assert who[0] == "Dodi Pratama"
    assert "081250000123" not in str(data).replace("+62", "0")
    newest = db.session.scalars(select(AuditEntry).order_by(AuditEntry.id.desc())).first()
    assert (newest.action.name, newest.entity, newest.entity_id) == ("export", "client", client.id)


@pytest.mark.parametrize(("who", "status"), [("rina", 403), ("kabid", 403)])
def test_readers_document_is_for_administrators(
    as_user: AsUser, make: ModuleType, who: str, status: int
) -> None:
    client = make.client()
    address = f"/audit/readers.pdf?entity=client&entity_id={client.id}"
    assert as_user(who).get(address).status_code == status


@pytest.mark.parametrize(
    ("query", "status"),
    [("entity=client&entity_id=99999", 404), ("entity=nothing&entity_id=1", 400), ("entity=client", 400)],
)
def test_readers_document_without_a_record_is_refused(as_user: AsUser, query: str, status: int) -> None:
    assert as_user("admin").get(f"/audit/readers.pdf?{query}").status_code == status


# Former values


def test_reader_of_the_record_reads_former_values(as_user: AsUser, make: ModuleType) -> None:
    line = change_client(make.client(name="Nurhayati"), name="Nurjanah")
    assert "Nurhayati → Nurjanah" in as_user("admin").get_page(f"/audit/show/{line}")
    assert "Nurhayati → Nurjanah" in as_user("rina").get_page(f"/audit/show/{line}")


@pytest.mark.parametrize(
    ("kind", "column", "before", "after"),
    [
        ("household", "address", "Gang Lama 1", "Gang Baru 2"),
        ("partner_contact", "name", "Pak Lama", "Pak Baru"),
        ("consent", "given_by", "Ibu Lama", "Ibu Baru"),
    ],
)
def test_household_contact_and_consent_keep_former_values(
    as_user: AsUser, make: ModuleType, kind: str, column: str, before: str, after: str
) -> None:
    record = getattr(make, kind)(**{column: before})
    with transaction(by=get_user("rina")):
        setattr(record, column, after)
    query = select(AuditEntry.id).filter_by(entity=kind, entity_id=record.id)
    line = db.session.scalars(query.order_by(AuditEntry.id.desc())).first()
    for who in ("admin", "rina"):
        assert f"{before} → {after}" in as_user(who).get_page(f"/audit/show/{line}")


def test_user_who_lost_access_reads_only_that_the_record_changed(as_user: AsUser, make: ModuleType) -> None:
    client = make.client(name="Nurhayati")
    line = change_client(client, by="sari", name="Nurjanah")
    make.case(client=client, by="rina", confidentiality=Confidentiality.secret)
    sari = as_user("sari")
    assert sari.get(f"/clients/show/{client.id}").status_code == 404
    page = sari.get_page(f"/audit/show/{line}")
    assert "Nurhayati" not in page
    assert "Nurjanah" not in page


def test_withheld_columns_of_a_limited_client_stay_withheld(
    as_user: AsUser, make: ModuleType, people: SimpleNamespace
) -> None:
    client = make.client(name="Nurhayati", phone="081250000123")
    line = change_client(client, by="sari", name="Nurjanah", phone="081250000999")
    make.case(client=client, by="rina", confidentiality=Confidentiality.limited)
    page = as_user("sari").get_page(f"/audit/show/{line}")
    assert "Nurhayati → Nurjanah" in page
    assert "0999" not in page
    assert "0123" not in page


def test_secrets_and_prose_keep_no_former_value(shared_app: Flask) -> None:
    kept = {
        f"{mapper.local_table.name}.{column.name}"
        for mapper in Model.registry.mappers
        for column in mapper.local_table.columns
        if is_former_value_recorded(column)
    }
    assert {name.partition(".")[0] for name in kept} == set(FORMER_VALUE_TABLES)
    assert {"client.nik", "client.phone", "household.no_kk", "consent.given_by"} <= kept
    assert not {"client.features", "client.search_text", "consent.scan", "household.note"} & kept
