"""Administrators set up grants and assets; peksos and supervisors read them."""

import re

import pytest
from sqlalchemy import select

from app.extensions import db
from app.grants.enums import GrantForm, Purpose
from app.grants.models.pots import Asset, Grant
from app.grants.transitions import GrantState


def _newest_record(model: type[Grant] | type[Asset] = Grant):
    db.session.expire_all()
    return db.session.scalars(select(model).order_by(model.id.desc())).first()


def _grant_form(make, **data: object) -> dict[str, object]:
    return {
        "name": "Hibah APBD 2027",
        "source": str(make.funding_source().id),
        "fiscal_year": "2027",
        "form": "cash",
        "budget_stage": "original",
        **data,
    }


def test_an_administrator_sets_up_a_grant(as_user, make) -> None:
    admin = as_user("admin")
    assert admin.get("/grants/add").status_code == 200
    answer = admin.post(
        "/grants/add",
        data=_grant_form(make, ceiling_initial="Rp 25.000.000", purposes=["operational", "client_aid"]),
    )
    grant = _newest_record()
    assert (answer.status_code, answer.location) == (302, f"/grants/show/{grant.id}")
    assert (grant.ceiling_initial, grant.form, grant.state) == (
        25_000_000,
        GrantForm.cash,
        GrantState.proposed,
    )
    assert grant.purposes == [Purpose.operational, Purpose.client_aid]


@pytest.mark.parametrize("written", ["25000000", "25.000.000", "Rp 25.000.000", "rp25.000.000"])
def test_an_amount_is_read_however_it_is_written(as_user, make, written: str) -> None:
    as_user("admin").post("/grants/add", data=_grant_form(make, ceiling_initial=written))
    assert _newest_record().ceiling_initial == 25_000_000


@pytest.mark.parametrize("written", ["dua puluh lima juta", "25,000,000", "-5", "0", "1e6"])
def test_a_wrong_amount_keeps_the_form_with_a_message(as_user, make, written: str) -> None:
    answer = as_user("admin").post(
        "/grants/add", data=_grant_form(make, ceiling_initial=written, note="Belum pas")
    )
    page = answer.text
    assert answer.status_code == 200
    assert f'value="{written}"' in page
    assert 'value="Hibah APBD 2027"' in page
    assert "Belum pas" in page
    assert 'aria-invalid="true"' in page
    assert _newest_record().name != "Hibah APBD 2027"


def test_goods_with_a_ceiling_keep_the_form_with_a_message(as_user, make) -> None:
    answer = as_user("admin").post("/grants/add", data=_grant_form(make, form="in_kind", ceiling_initial="5"))
    assert answer.status_code == 200
    assert 'aria-invalid="true"' in answer.text
    assert _newest_record().name != "Hibah APBD 2027"


def test_an_edit_unticks_every_purpose(as_user, make) -> None:
    grant = make.grant(purposes=[Purpose.operational], ceiling_initial=5)
    admin = as_user("admin")
    page = admin.get_page(f"/grants/edit/{grant.id}")
    assert re.search(r'value="operational"[^>]*checked|checked[^>]*value="operational"', page)
    answer = admin.post(
        f"/grants/edit/{grant.id}",
        data={"name": grant.name, "source": str(grant.source_id), "form": "cash", "version": grant.version},
    )
    assert answer.status_code == 302
    changed = _newest_record()
    assert (changed.purposes, changed.ceiling_initial) == ([], None)


def test_an_older_version_answers_409_and_shows_both_sides(as_user, make) -> None:
    grant = make.grant(purposes=[Purpose.operational])
    answer = as_user("admin").post(
        f"/grants/edit/{grant.id}",
        data={"name": "Hibah lain", "source": str(grant.source_id), "form": "cash", "version": "0"},
    )
    assert answer.status_code == 409
    assert "Hibah lain" in answer.text


def test_grant_enters_the_budget_by_its_transition(as_user, make) -> None:
    grant = make.grant()
    admin = as_user("admin")
    assert admin.get(f"/grants/{grant.id}/budget").status_code == 200
    blank = admin.post(f"/grants/{grant.id}/budget", data={"version": grant.version})
    assert blank.status_code == 200
    done = admin.post(
        f"/grants/{grant.id}/budget", data={"version": grant.version, "document_number": "DPA 1"}
    )
    assert done.status_code == 302
    assert _newest_record().state is GrantState.budgeted
    again = admin.post(
        f"/grants/{grant.id}/budget", data={"version": grant.version, "document_number": "DPA 2"}
    )
    assert again.status_code == 409


@pytest.mark.parametrize("transition", ["reject", "lapse"])
def test_a_grant_ends_with_a_reason(as_user, make, transition: str) -> None:
    grant = make.grant()
    admin = as_user("admin")
    if transition == "lapse":
        admin.post(f"/grants/{grant.id}/budget", data={"version": grant.version, "document_number": "DPA 1"})
    version = _newest_record().version
    answer = admin.post(
        f"/grants/{grant.id}/{transition}", data={"version": version, "reason": "Menjadi SiLPA"}
    )
    assert answer.status_code == 302
    assert _newest_record().reason == "Menjadi SiLPA"


@pytest.mark.parametrize("reader", ["rina", "kabid"])
def test_others_read_the_money_and_change_nothing(as_user, make, reader: str) -> None:
    grant = make.grant(ceiling_initial=25_000_000)
    asset = make.asset(grant=grant)
    client = as_user(reader)
    for page in (
        "/grants/list/",
        f"/grants/show/{grant.id}",
        "/assets/list/",
        f"/assets/show/{asset.id}",
        "/funding-sources/list/",
        "/published-figures/list/",
    ):
        assert client.get(page).status_code == 200, page
    shown = client.get_page(f"/grants/show/{grant.id}")
    assert "25.000.000" in shown
    assert f"/grants/edit/{grant.id}" not in shown
    for page in ("/grants/add", f"/grants/edit/{grant.id}", f"/grants/{grant.id}/budget", "/assets/add"):
        assert client.get(page).status_code == 403, page
        assert client.post(page, data={"version": grant.version}).status_code == 403, page


def test_an_asset_is_entered_for_a_grant(as_user, make) -> None:
    grant = make.grant(form=GrantForm.in_kind)
    admin = as_user("admin")
    assert grant.name in admin.get_page(f"/assets/add?grant={grant.id}")
    answer = admin.post(
        "/assets/add",
        data={
            "name": "Mobil pinjaman",
            "grant": str(grant.id),
            "acquisition_value": "360.000.000",
            "acquired_on": "31/12/2014",
        },
    )
    assert answer.status_code == 302
    assert _newest_record(Asset).acquisition_value == 360_000_000


def test_a_figure_is_entered_with_its_source(as_user) -> None:
    admin = as_user("admin")
    figure = {"measure": "clients", "year": "2012", "value": "1.000", "qualifier": "minimum"}
    assert admin.post("/published-figures/add", data=figure).status_code == 200
    answer = admin.post("/published-figures/add", data={**figure, "source": "https://example.org/lk3"})
    assert answer.status_code == 302
    assert "1.000" in admin.get_page(answer.location)


def test_the_list_finds_a_grant_by_words_year_and_document(as_user, make) -> None:
    make.grant(name="Hibah perubahan kota", fiscal_year=2012)
    make.grant(name="Dana pusat", fiscal_year=2014)
    client = as_user("rina")
    for query, found in (("kota hibah", True), ("2012", True), ("2014", False)):
        assert ("Hibah perubahan kota" in client.get_page(f"/grants/list/?q={query}")) is found


@pytest.mark.parametrize("room", ["grants", "assets", "funding-sources", "published-figures"])
def test_list_takes_a_bounded_number_of_statements(as_user, make, capture_statements, room: str) -> None:
    for _ in range(3):
        make.asset()
    client = as_user("admin")
    client.get(f"/{room}/list/")
    with capture_statements() as sent:
        assert client.get(f"/{room}/list/").status_code == 200
    assert len(sent) <= 12
