"""Behaviour of all forms: what they keep, refuse and report."""

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


def test_saved_form_redirects_to_the_record(admin: PortalClient) -> None:
    response = admin.post("/funding-sources/add", data={"name": "Baznas"})
    assert response.status_code == 302
    page = admin.get(response.location)
    assert "Baznas" in page.text


def test_refused_form_keeps_everything_typed(admin: PortalClient) -> None:
    source = admin.post("/funding-sources/add", data={"name": "Kemensos 2"}).location.rsplit("/", 1)[1]
    typed = {
        "name": 'Dana <b>"siaga"</b>',
        "source": source,
        "fiscal_year": "dua ribu",
        "form": "cash",
        "ceiling_initial": "25,000,000",
        "note": "baris satu\nbaris dua",
    }
    response = admin.post("/grants/add", data=typed)
    assert response.status_code == 200
    assert count_rows(Grant) == 0 or not db.session.scalar(
        select(Grant.id).where(Grant.name.contains("siaga"))
    )
    for kept in ("Dana &lt;b&gt;", "dua ribu", "25,000,000", "baris satu\nbaris dua", "Kemensos 2"):
        assert kept in response.text
    assert response.text.count('aria-invalid="true"') == 2


@pytest.mark.both_databases
def test_violated_constraint_is_reported_beside_its_field(admin: PortalClient) -> None:
    admin.post("/funding-sources/add", data={"name": "APBD Kota"})
    response = admin.post("/funding-sources/add", data={"name": "APBD Kota"})
    assert response.status_code == 200
    assert "uq_funding" not in response.text
    assert "INSERT" not in response.text
    assert 'aria-invalid="true"' in response.text


def test_blank_text_is_null(admin: PortalClient) -> None:
    admin.post("/funding-sources/add", data={"name": "Tanpa catatan", "note": "   "})
    note = db.session.scalars(select(FundingSource.note).filter_by(name="Tanpa catatan")).one()
    assert note is None


@pytest.mark.both_databases
@pytest.mark.parametrize("text", ["a\x00b", "a\x1bb", "a\u202eb"])
def test_invisible_characters_are_refused(admin: PortalClient, text: str) -> None:
    response = admin.post("/funding-sources/add", data={"name": text})
    assert response.status_code == 200
    assert 'aria-invalid="true"' in response.text


def test_megabyte_of_text_is_refused(admin: PortalClient) -> None:
    response = admin.post("/funding-sources/add", data={"name": "x", "note": "a" * 1_000_000})
    assert response.status_code in (200, 413)
    assert not db.session.scalar(select(FundingSource.id).filter_by(name="x"))


class TestTwoEditors:
    """A form of an older version never overwrites a newer record."""

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

    def test_form_without_version_is_a_conflict(self, admin: PortalClient, source: int) -> None:
        assert admin.post(f"/funding-sources/edit/{source}", data={"name": "X"}).status_code == 409

    @pytest.mark.both_databases
    def test_one_of_concurrent_edits_is_saved(self, as_user: AsUser, source: int) -> None:
        clients = [as_user("admin") for _ in range(4)]
        db.session.rollback()

        def edit(number: int) -> int:
            data = {"name": f"Nomor {number}", "version": "1"}
            return clients[number].post(f"/funding-sources/edit/{source}", data=data).status_code

        assert sorted(run_concurrently(4, edit)) == [302, 409, 409, 409]


def test_two_versions_are_compared_as_pages_show_them(admin: PortalClient, make: ModuleType) -> None:
    partner = make.partner(name="Puskesmas", phone="0548-21234")
    form = {"name": "Puskesmas", "kind": "community", "phone": "0811-5413-355", "version": "0"}
    answer = admin.post(f"/partners/edit/{partner.id}", data=form)
    assert answer.status_code == 409
    compared = answer.text.partition('class="conflict"')[2].partition("</table>")[0]
    assert "(0548) 21234" in compared
    assert "+6254821234" not in compared


def test_edit_returns_to_the_page_that_opened_the_form(admin: PortalClient) -> None:
    admin.post("/funding-sources/add", data={"name": "Kembali"})
    pk = db.session.scalars(select(FundingSource.id).filter_by(name="Kembali")).one()
    form = {"name": "Kembali", "version": "1", "next": "/funding-sources/list/?q=kem"}
    assert admin.post(f"/funding-sources/edit/{pk}", data=form).location == "/funding-sources/list/?q=kem"


@pytest.mark.parametrize(
    "next_url", ["//evil.example/", "https://evil.example/", "\\\\evil.example", "javascript:x"]
)
def test_return_url_stays_in_the_portal(admin: PortalClient, next_url: str) -> None:
    admin.post("/funding-sources/add", data={"name": "Dalam"})
    pk = db.session.scalars(select(FundingSource.id).filter_by(name="Dalam")).one()
    response = admin.post(
        f"/funding-sources/edit/{pk}", data={"name": "Dalam", "version": "1", "next": next_url}
    )
    assert response.location == f"/funding-sources/show/{pk}"


def test_draft_fills_the_form_of_its_user_only(
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
def test_one_draft_can_be_saved_concurrently(as_user: AsUser, make: ModuleType) -> None:
    case = make.case(by="rina").id
    clients = [as_user("rina") for _ in range(6)]

    def save(number: int) -> int:
        typed = {"case": case, "text": f"Catatan {number}"}
        return clients[number].post("/case-notes/draft", data=typed).status_code

    assert run_concurrently(6, save) == [200] * 6
    assert count_rows(FormDraft) == 1


def test_saving_deletes_the_draft(admin: PortalClient, people: SimpleNamespace) -> None:
    admin_id = people.admin.actor_id
    with transaction(by=people.admin):
        for user_id in (admin_id, people.rina.actor_id):
            save_draft(user_id, "/funding-sources/add", {"name": ["Draf"]})
    admin.post("/funding-sources/add", data={"name": "Draf"})
    assert find_draft(admin_id, "/funding-sources/add") is None
    assert find_draft(people.rina.actor_id, "/funding-sources/add") is not None


def test_url_prefills_relations_and_codes_but_no_text(admin: PortalClient) -> None:
    source = admin.post("/funding-sources/add", data={"name": "Dinsos"}).location.rsplit("/", 1)[1]
    page = admin.get(f"/grants/add?source={source}&form=in_kind&name=Siti+Aminah")
    assert f'value="{source}" selected' in page.text or f'selected value="{source}"' in page.text
    assert "Siti Aminah" not in page.text


def test_size_of_a_form_is_independent_of_the_number_of_records(
    admin: PortalClient, make: ModuleType
) -> None:
    before = len(admin.get("/partner-services/add").data)
    for _ in range(30):
        make.partner()
    assert abs(len(admin.get("/partner-services/add").data) - before) < 100


def test_draft_of_an_older_version_is_a_conflict(admin: PortalClient, people: SimpleNamespace) -> None:
    pk = admin.post("/funding-sources/add", data={"name": "Semula"}).location.rsplit("/", 1)[1]
    with transaction(by=people.admin):
        save_draft(people.admin.actor_id, f"/funding-sources/edit/{pk}", {"name": ["Draf"], "version": ["1"]})
    admin.post(f"/funding-sources/edit/{pk}", data={"name": "Rekan", "version": "1"})
    with transaction(by=people.admin):
        save_draft(people.admin.actor_id, f"/funding-sources/edit/{pk}", {"name": ["Draf"], "version": ["1"]})
    page = admin.get(f"/funding-sources/edit/{pk}?draft=1").text
    version = re.search(r'name="version"[^>]*value="(\d+)"', page)
    assert version is not None
    response = admin.post(f"/funding-sources/edit/{pk}", data={"name": "Draf", "version": version.group(1)})
    assert response.status_code == 409
    assert "Rekan" in response.text


def test_refused_edit_keeps_the_version_of_the_form(admin: PortalClient) -> None:
    admin.post("/funding-sources/add", data={"name": "Lain"})
    pk = admin.post("/funding-sources/add", data={"name": "Semula"}).location.rsplit("/", 1)[1]
    refused = admin.post(f"/funding-sources/edit/{pk}", data={"name": "Lain", "version": "1"})
    assert refused.status_code == 200
    version = re.search(r'name="version"[^>]*value="(\d+)"', refused.text)
    assert version is not None
    assert version.group(1) == "1"
