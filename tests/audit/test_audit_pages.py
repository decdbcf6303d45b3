"""Audit pages: an administrator reads all entries, a peksos the own ones, a supervisor none; nobody edits."""

from collections.abc import Callable
from types import ModuleType, SimpleNamespace
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import select
from sqlalchemy.orm import Mapper

from app.audit import presentation
from app.audit.enums import Action
from app.audit.models import AuditEntry
from app.audit.services.changes import IGNORED_COLUMNS
from app.db.model import Entity
from app.db.transaction import transaction
from app.extensions import Model, db
from app.grants.enums import Purpose
from app.reference.enums import Confidentiality
from app.security.enums import RoleName
from app.security.models import PortalUser
from app.security.services.users import update_user
from tests.support.client import PortalClient

AsUser = Callable[[str], PortalClient]


def last_entry_by(name: str) -> int:
    """Return the id of the last audit entry about a client by this actor."""
    query = select(AuditEntry.id).filter_by(actor_name=name, entity="client").order_by(AuditEntry.id.desc())
    return db.session.scalars(query).first()


def test_an_administrator_reads_everybodys_entries(as_user: AsUser, make: ModuleType) -> None:
    make.client(by="rina")
    make.client(by="dodi")

    page = as_user("admin").get("/audit/list/").get_data(as_text=True)

    assert "Rina Kusuma" in page
    assert "Dodi Pratama" in page


def test_a_peksos_reads_his_own_entries_only(as_user: AsUser, make: ModuleType) -> None:
    make.client(by="rina")
    make.client(by="dodi")
    rina = as_user("rina")

    rows = rina.get("/audit/list/").get_data(as_text=True).partition("<tbody")[2].partition("</tbody")[0]

    assert "Rina Kusuma" in rows
    assert "Dodi Pratama" not in rows
    assert rina.get(f"/audit/show/{last_entry_by('Rina Kusuma')}").status_code == 200
    assert rina.get(f"/audit/show/{last_entry_by('Dodi Pratama')}").status_code == 404


def test_supervisor_does_not_open_the_audit(as_user: AsUser, make: ModuleType) -> None:
    assert as_user("kabid").get("/audit/list/").status_code == 403


@pytest.mark.parametrize("path", ["/audit/add", "/audit/edit/1", "/audit/delete/1"])
def test_audit_entries_cannot_be_edited(as_user: AsUser, make: ModuleType, path: str) -> None:
    make.client()

    assert as_user("admin").post(path).status_code in (403, 404, 405)


def test_entry_shows_changes_with_labels(as_user: AsUser, make: ModuleType) -> None:
    make.client()

    page = as_user("admin").get(f"/audit/show/{last_entry_by('Rina Kusuma')}").get_data(as_text=True)

    assert "identity_status" not in page
    assert "not_checked" not in page
    assert "→" in page


def entry_page(client: PortalClient, entity: str, action: str = "create") -> str:
    """Return the page of the last audit entry of this table and action."""
    query = select(AuditEntry.id).filter_by(entity=entity, action=Action[action])
    entry = db.session.scalars(query.order_by(AuditEntry.id.desc()).limit(1)).one()
    return client.get(f"/audit/show/{entry}").get_data(as_text=True)


def test_an_entry_names_colleagues_clients_and_roles(
    as_user: AsUser, make: ModuleType, people: SimpleNamespace
) -> None:
    make.case(client=make.client(name="Nurhayati"), by="rina", team=[people.dodi])
    with transaction(by=people.admin):
        update_user(people.sari, {"first_name": "Sari", "roles": [RoleName.Admin]}, by=people.admin)

    page = entry_page(as_user("rina"), "case_file")
    user_page = entry_page(as_user("admin"), "ab_user", "update")

    assert "Rina Kusuma, Dodi Pratama" in page
    assert "— → Nurhayati" in page
    assert "#" not in user_page.partition("<main")[2].partition("</main")[0].replace("#i-", "")
    assert str(RoleName.Admin.value) in user_page


def test_hidden_record_in_a_change_of_a_visible_one_has_neither_name_nor_number(
    as_user: AsUser, make: ModuleType
) -> None:
    case = make.case(by="rina", confidentiality=Confidentiality.secret)
    make.expenditure(
        by="admin", grant=make.funded_grant(ceiling_initial=10**9, arrived=10**8), case=case
    )  # administrators see every amount

    page = entry_page(as_user("admin"), "expenditure").partition("<main")[2].partition("</main")[0]

    assert "Kasus: — → <span class=muted>tidak dapat Anda lihat</span>" in page
    assert "#" not in page.replace("#i-", "")
    assert "— → Rp" in page


def test_record_without_pages_is_shown_with_labels(as_user: AsUser, make: ModuleType) -> None:
    make.grant(purposes=[Purpose.client_aid])

    page = entry_page(as_user("admin"), "grant_purpose")

    assert "client_aid" not in page
    assert str(Purpose.client_aid.value) in page


def test_a_list_names_what_changed_and_no_values(as_user: AsUser, make: ModuleType) -> None:
    make.follow_up(title="Antar surat")

    page = as_user("rina").get("/audit/list/").get_data(as_text=True).partition("<tbody")[2]

    assert "Antar surat" not in page
    assert "→" not in page
    assert str(presentation.get_column_label("follow_up", "due_on")) in page


def test_every_audited_column_has_a_label(shared_app: Flask) -> None:
    unnamed = [
        f"{mapper.local_table.name}.{name}"
        for mapper in Model.registry.mappers
        if issubclass(mapper.class_, Entity | PortalUser)
        for name in recorded_names(mapper)
        if str(presentation.get_column_label(mapper.local_table.name, name)) == "Other details"
    ]
    titles = [
        mapper.local_table.name
        for mapper in Model.registry.mappers
        if issubclass(mapper.class_, Entity)
        and presentation.get_entity_label(mapper.local_table.name) == "Other details"
    ]

    assert unnamed == []
    assert titles == []


def recorded_names(mapper: Mapper[Any]) -> set[str]:
    """Return the attributes that an audit entry about such a record may contain."""
    linked = {one.key for one in mapper.relationships if one.secondary is not None and not one.viewonly}
    return ({one.key for one in mapper.column_attrs} | linked) - IGNORED_COLUMNS
