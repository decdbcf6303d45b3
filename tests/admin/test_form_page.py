"""From form to verb: what every form of every room keeps, refuses and says."""

import re
from collections.abc import Callable
from types import ModuleType, SimpleNamespace

import pytest
from flask import Flask
from sqlalchemy import func, select

from app.admin.drafts import FormDraft, find_draft, save_draft
from app.db.transaction import transaction
from app.extensions import db
from app.grants.models.pots import FundingSource, Grant
from tests.support.client import PortalClient
from tests.support.concurrency import run_concurrently

AsUser = Callable[[str], PortalClient]


def count_rows(model: type) -> int:
    return db.session.scalar(select(func.count()).select_from(model)) or 0


@pytest.fixture
def admin(as_user: AsUser) -> PortalClient:
    return as_user("admin")


def add_source(client: PortalClient, **data: str) -> object:
    return client.post("/funding-sources/add", data=data)


def test_a_saved_form_leads_to_the_record(admin: PortalClient) -> None:
    answer = admin.post("/funding-sources/add", data={"name": "Baznas"})
    assert answer.status_code == 302
    page = admin.get(answer.location)
    assert "Baznas" in page.text


def test_a_refused_form_keeps_every_typed_character(admin: PortalClient) -> None:
    source = admin.post("/funding-sources/add", data={"name": "Kemensos 2"}).location.rsplit("/", 1)[1]
    typed = {
        "name": 'Dana <b>"siaga"</b>',
        "source": source,
        "fiscal_year": "dua ribu",
        "form": "cash",
        "ceiling_initial": "25,000,000",
        "note": "baris satu\nbaris dua",
    }
    answer = admin.post("/grants/add", data=typed)
    assert answer.status_code == 200
    assert count_rows(Grant) == 0 or not db.session.scalar(
        select(Grant.id).where(Grant.name.contains("siaga"))
    )
    for kept in ("Dana &lt;b&gt;", "dua ribu", "25,000,000", "baris satu\nbaris dua", "Kemensos 2"):
        assert kept in answer.text
    assert answer.text.count('aria-invalid="true"') == 2


@pytest.mark.both_databases
def test_a_violated_constraint_is_a_sentence_beside_its_field(admin: PortalClient) -> None:
    admin.post("/funding-sources/add", data={"name": "APBD Kota"})
    answer = admin.post("/funding-sources/add", data={"name": "APBD Kota"})
    assert answer.status_code == 200
    assert "uq_funding" not in answer.text
    assert "INSERT" not in answer.text
    assert 'aria-invalid="true"' in answer.text


def test_blank_text_is_null(admin: PortalClient) -> None:
    admin.post("/funding-sources/add", data={"name": "Tanpa catatan", "note": "   "})
    note = db.session.scalars(select(FundingSource.note).filter_by(name="Tanpa catatan")).one()
    assert note is None


@pytest.mark.both_databases
@pytest.mark.parametrize("text", ["a\x00b", "a\x1bb", "a\u202eb"])
def test_characters_that_nobody_sees_are_refused(admin: PortalClient, text: str) -> None:
    answer = admin.post("/funding-sources/add", data={"name": text})
    assert answer.status_code == 200
    assert 'aria-invalid="true"' in answer.text


def test_a_megabyte_of_text_is_refused(admin: PortalClient) -> None:
    answer = admin.post("/funding-sources/add", data={"name": "x", "note": "a" * 1_000_000})
    assert answer.status_code in (200, 413)
    assert not db.session.scalar(select(FundingSource.id).filter_by(name="x"))


class TestTwoEditors:
    """An older form never overwrites a newer record."""

    @pytest.fixture
    def source(self, app: Flask, people: SimpleNamespace) -> int:
        with transaction(by=people.admin):
            made = FundingSource(name="Semula", note="lama")
            db.session.add(made)
            db.session.flush()
            return made.id

    def test_second_editor_gets_a_conflict_with_both_values(self, admin: PortalClient, source: int) -> None:
        first = admin.post(f"/funding-sources/edit/{source}", data={"name": "Pertama", "version": "1"})
        assert first.status_code == 302
        second = admin.post(f"/funding-sources/edit/{source}", data={"name": "Kedua", "version": "1"})
        assert second.status_code == 409
        assert "Pertama" in second.text
        assert "Kedua" in second.text
        assert db.session.get(FundingSource, source).name == "Pertama"  # type: ignore[union-attr]

    def test_saving_again_after_the_comparison_succeeds(self, admin: PortalClient, source: int) -> None:
        admin.post(f"/funding-sources/edit/{source}", data={"name": "Pertama", "version": "1"})
        again = admin.post(f"/funding-sources/edit/{source}", data={"name": "Kedua", "version": "2"})
        assert again.status_code == 302

    def test_a_form_without_version_is_older_than_any_record(self, admin: PortalClient, source: int) -> None:
        assert admin.post(f"/funding-sources/edit/{source}", data={"name": "X"}).status_code == 409

    @pytest.mark.both_databases
    def test_of_two_concurrent_edits_one_wins(self, as_user: AsUser, source: int) -> None:
        clients = [as_user("admin") for _ in range(4)]
        db.session.rollback()

        def edit(number: int) -> int:
            data = {"name": f"Nomor {number}", "version": "1"}
            return clients[number].post(f"/funding-sources/edit/{source}", data=data).status_code

        assert sorted(run_concurrently(4, edit)) == [302, 409, 409, 409]


def test_edit_returns_to_the_page_that_opened_the_form(admin: PortalClient) -> None:
    admin.post("/funding-sources/add", data={"name": "Kembali"})
    pk = db.session.scalars(select(FundingSource.id).filter_by(name="Kembali")).one()
    form = {"name": "Kembali", "version": "1", "next": "/funding-sources/list/?q=kem"}
    assert admin.post(f"/funding-sources/edit/{pk}", data=form).location == "/funding-sources/list/?q=kem"


@pytest.mark.parametrize(
    "where", ["//evil.example/", "https://evil.example/", "\\\\evil.example", "javascript:x"]
)
def test_return_url_never_leaves_the_portal(admin: PortalClient, where: str) -> None:
    admin.post("/funding-sources/add", data={"name": "Dalam"})
    pk = db.session.scalars(select(FundingSource.id).filter_by(name="Dalam")).one()
    answer = admin.post(f"/funding-sources/edit/{pk}", data={"name": "Dalam", "version": "1", "next": where})
    assert answer.location == f"/funding-sources/show/{pk}"


def test_a_draft_fills_the_form_of_its_user_alone(
    admin: PortalClient, as_user: AsUser, people: SimpleNamespace
) -> None:
    with transaction(by=people.admin):
        save_draft(
            people.admin.actor_id,
            "/partners/add",
            {"name": ["Panti <Asih>"], "password": ["rahasia"], "csrf_token": ["x"]},
        )
    page = admin.get("/partners/add?draft=1")
    assert "Panti &lt;Asih&gt;" in page.text
    assert "rahasia" not in page.text
    assert "Panti" not in admin.get("/partners/add").text
    assert as_user("rina").get("/partners/add?draft=1").status_code == 403


@pytest.mark.both_databases
def test_two_tabs_that_keep_one_draft_at_once_are_both_served(as_user: AsUser, make: ModuleType) -> None:
    case = make.case(by="rina").id
    clients = [as_user("rina") for _ in range(6)]

    def keep(number: int) -> int:
        typed = {"case": case, "text": f"Catatan {number}"}
        return clients[number].post("/case-notes/draft", data=typed).status_code

    assert run_concurrently(6, keep) == [200] * 6
    assert count_rows(FormDraft) == 1


def test_a_saved_form_forgets_its_draft(admin: PortalClient, people: SimpleNamespace) -> None:
    me = people.admin.actor_id
    with transaction(by=people.admin):
        for user_id in (me, people.rina.actor_id):
            save_draft(user_id, "/funding-sources/add", {"name": ["Draf"]})
    admin.post("/funding-sources/add", data={"name": "Draf"})
    assert find_draft(me, "/funding-sources/add") is None
    assert find_draft(people.rina.actor_id, "/funding-sources/add") is not None


def test_an_address_prefills_relations_and_codes_but_no_text(admin: PortalClient) -> None:
    source = admin.post("/funding-sources/add", data={"name": "Dinsos"}).location.rsplit("/", 1)[1]
    page = admin.get(f"/grants/add?source={source}&form=in_kind&name=Siti+Aminah")
    assert f'value="{source}" selected' in page.text or f'selected value="{source}"' in page.text
    assert "Siti Aminah" not in page.text


def test_a_form_is_as_large_whatever_the_table_holds(admin: PortalClient, make: ModuleType) -> None:
    before = len(admin.get("/partner-services/add").data)
    for _ in range(30):
        make.partner()
    assert abs(len(admin.get("/partner-services/add").data) - before) < 100


def test_a_draft_of_an_older_record_does_not_overwrite_the_newer_one(
    admin: PortalClient, people: SimpleNamespace
) -> None:
    pk = admin.post("/funding-sources/add", data={"name": "Semula"}).location.rsplit("/", 1)[1]
    with transaction(by=people.admin):
        save_draft(people.admin.actor_id, f"/funding-sources/edit/{pk}", {"name": ["Draf"], "version": ["1"]})
    admin.post(f"/funding-sources/edit/{pk}", data={"name": "Rekan", "version": "1"})
    with transaction(by=people.admin):
        save_draft(people.admin.actor_id, f"/funding-sources/edit/{pk}", {"name": ["Draf"], "version": ["1"]})
    page = admin.get(f"/funding-sources/edit/{pk}?draft=1").text
    version = re.search(r'name="version"[^>]*value="(\d+)"', page)
    assert version is not None
    answer = admin.post(f"/funding-sources/edit/{pk}", data={"name": "Draf", "version": version.group(1)})
    assert answer.status_code == 409
    assert "Rekan" in answer.text


def test_a_refused_edit_does_not_hide_that_a_colleague_was_faster(admin: PortalClient) -> None:
    admin.post("/funding-sources/add", data={"name": "Lain"})
    pk = admin.post("/funding-sources/add", data={"name": "Semula"}).location.rsplit("/", 1)[1]
    refused = admin.post(f"/funding-sources/edit/{pk}", data={"name": "Lain", "version": "1"})
    assert refused.status_code == 200
    version = re.search(r'name="version"[^>]*value="(\d+)"', refused.text)
    assert version is not None
    assert version.group(1) == "1"
