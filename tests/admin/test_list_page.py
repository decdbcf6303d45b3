"""List pages: limits, order, filters, search, options and return links."""

from collections.abc import Callable
from contextlib import AbstractContextManager
from datetime import date, datetime
from types import ModuleType, SimpleNamespace

import pytest
from flask import Flask

from app.admin.query import MAX_FILTER_VALUES
from app.core.clock import WITA
from app.db.search import MAX_QUERY_WORDS
from app.db.transaction import transaction
from app.extensions import db
from app.partners.services import archive_partner
from tests.support.client import PortalClient
from tests.support.concurrency import run_concurrently

AsUser = Callable[[str], PortalClient]
FIVE_FILTERS = (
    "_flt_0_kind=zakat",
    "_flt_0_coverage=1",
    "_flt_0_open_24h=y",
    "_flt_0_accepting=y",
    "_flt_0_verified_on=2026-05-01",
)


@pytest.fixture
def admin(as_user: AsUser) -> PortalClient:
    return as_user("admin")


@pytest.mark.parametrize(
    "arguments",
    [
        "page_PartnerView=x",
        "page_PartnerView=-1",
        "psize_PartnerView=all",
        "_oc_PartnerView=phone",
        "_oc_PartnerView=__class__",
        "_oc_PartnerView=name&_od_PartnerView=sideways",
        "_flt_9_kelurahan=1",
        "_flt_0_nothing=1",
        "_flt_0_kelurahan=abc",
        "_flt_0_kelurahan=1%27--",
        "_flt_0_kind=nothing",
        "&".join(["_flt_0_coverage=1"] * (MAX_FILTER_VALUES + 1)),
        "&".join([*FIVE_FILTERS, "_flt_0_agreement_until=2027-01-01"] * 4),
        "&".join(["_flt_0_kind="] * 500),
    ],
)
def test_invalid_arguments_are_a_bad_request(admin: PortalClient, arguments: str) -> None:
    assert admin.get(f"/partners/list/?{arguments}").status_code == 400


def test_page_size_is_limited_to_a_hundred_rows(admin: PortalClient, make: ModuleType) -> None:
    for _ in range(105):
        make.partner()
    page = admin.get("/partners/list/?psize_PartnerView=50000")
    assert page.text.count("<tr") == 101


def test_list_is_sorted_by_its_column_heads(admin: PortalClient, make: ModuleType) -> None:
    for name in ("Cendana", "Anggrek", "Bakung"):
        make.partner(name=f"Panti {name}")
    page = admin.get("/partners/list/?q=panti&_oc_PartnerView=name&_od_PartnerView=asc").text
    assert page.index("Panti Anggrek") < page.index("Panti Bakung") < page.index("Panti Cendana")
    page = admin.get("/partners/list/?q=panti&_oc_PartnerView=name&_od_PartnerView=desc").text
    assert page.index("Panti Cendana") < page.index("Panti Bakung") < page.index("Panti Anggrek")


def test_list_filtered_by_dates_is_sorted_by_that_date(admin: PortalClient, make: ModuleType) -> None:
    for name, day in (("Anggrek", 3), ("Bakung", 1), ("Cendana", 2)):
        make.partner(name=f"Panti {name}", verified_on=date(2026, 5, day))
    filters = "_flt_0_verified_on=2026-05-01&_flt_1_verified_on=2026-05-03"
    page = admin.get(f"/partners/list/?{filters}").text
    assert page.index("Panti Bakung") < page.index("Panti Cendana") < page.index("Panti Anggrek")
    page = admin.get(f"/partners/list/?{filters}&_oc_PartnerView=name&_od_PartnerView=desc").text
    assert page.index("Panti Cendana") < page.index("Panti Bakung") < page.index("Panti Anggrek")
    response_without_filter = admin.get("/partners/list/?_oc_PartnerView=verified_on&_od_PartnerView=desc")
    assert response_without_filter.status_code == 200, "this order is accepted without the filter, too"


def test_a_list_is_narrowed_to_the_days_of_bontang(admin: PortalClient, make: ModuleType) -> None:
    just_after_midnight = datetime(2026, 5, 2, 0, 30, tzinfo=WITA)
    link = f"/cases/show/{make.case(opened_at=just_after_midnight).id}"
    for narrowed, is_found in (
        ("_flt_0_opened_at=2026-05-02", True),
        ("_flt_1_opened_at=2026-05-02", True),
        ("_flt_1_opened_at=2026-05-01", False),
        ("_flt_0_opened_at=2026-05-03", False),
    ):
        assert (link in admin.get_page(f"/cases/list/?{narrowed}")) is is_found, narrowed


def test_active_filters_are_chips_that_link_to_the_list_without_them(admin: PortalClient) -> None:
    page = admin.get("/partners/list/?_flt_0_kind=zakat&q=baznas").text
    assert 'class="chip"' in page
    assert "/partners/list/?q=baznas" in page


def test_empty_filter_is_ignored(admin: PortalClient, make: ModuleType) -> None:
    make.partner()
    everything = admin.get("/partners/list/").text
    filtered = admin.get("/partners/list/?_flt_0_kind=&_flt_0_coverage=").text
    assert filtered.count("<tr") == everything.count("<tr") > 1


def test_concurrent_requests_do_not_share_filters(as_user: AsUser, make: ModuleType) -> None:
    make.partner(name="Panti Asih", kind=make.PartnerKind.shelter)
    make.partner(name="Sekolah Harapan", kind=make.PartnerKind.school)
    clients = [as_user("admin") for _ in range(8)]
    db.session.rollback()

    def request_list(number: int) -> tuple[bool, bool]:
        kind = ("shelter", "school")[number % 2]
        page = clients[number].get(f"/partners/list/?_flt_0_kind={kind}").text
        return "Panti Asih" in page, "Sekolah Harapan" in page

    for number, (panti, sekolah) in enumerate(run_concurrently(8, request_list)):
        assert (panti, sekolah) == ((True, False), (False, True))[number % 2]


def test_archived_records_are_listed_on_request_only(
    admin: PortalClient, make: ModuleType, app: Flask
) -> None:
    partner = make.partner(name="Panti Lama")
    response = admin.post(f"/partners/{partner.id}/archive", data={"version": partner.version})
    assert response.status_code == 302
    assert "Panti Lama" not in admin.get("/partners/list/?q=panti+lama").text
    assert "Panti Lama" in admin.get("/partners/list/?q=panti+lama&archived=y").text


def test_base_url_of_a_view_redirects_to_its_list(admin: PortalClient) -> None:
    assert admin.get("/partners/").location == "/partners/list/"


class TestOptions:
    """Options of type-ahead selects."""

    def test_options_are_found_by_any_part_of_the_name(self, as_user: AsUser, make: ModuleType) -> None:
        partner = make.partner(name="Lembaga Amil Zakat Berkah")
        found = as_user("rina").get("/api/v1/options/partners?q=zakat+lemb").json["results"]
        assert {"id": partner.id, "text": "Lembaga Amil Zakat Berkah"} in found

    def test_response_contains_twenty_options_and_whether_there_are_more(
        self, as_user: AsUser, make: ModuleType
    ) -> None:
        for _ in range(25):
            make.partner()
        first = as_user("rina").get("/api/v1/options/partners").json
        second = as_user("rina").get("/api/v1/options/partners?page=2").json
        assert len(first["results"]) == 20
        assert first["pagination"]["more"]
        assert not {one["id"] for one in first["results"]} & {one["id"] for one in second["results"]}

    def test_options_and_search_require_log_in(self, anonymous_client: PortalClient) -> None:
        assert anonymous_client.get("/api/v1/options/clients?q=a").status_code == 401
        assert anonymous_client.get("/api/v1/search?q=a").status_code == 401

    def test_archived_record_is_not_offered(self, as_user: AsUser, make: ModuleType) -> None:
        partner = make.partner(name="Panti Bahari")
        address = "/api/v1/options/partners?q=bahari"
        assert [one["id"] for one in as_user("rina").get(address).json["results"]] == [partner.id]
        make.apply_transition(partner, archive_partner, by="admin")
        assert as_user("rina").get(address).json["results"] == []

    def test_user_without_a_role_is_offered_nothing(self, as_user: AsUser, people: SimpleNamespace) -> None:
        with transaction(by=people.admin):
            people.sari.roles = []
        for address in ("options/clients", "options/partners", "options/kelurahan", "search?q=a"):
            assert as_user("sari").get(f"/api/v1/{address}").status_code == 403, address

    def test_unknown_view_is_not_found(self, as_user: AsUser) -> None:
        assert as_user("rina").get("/api/v1/options/passwords").status_code == 404

    def test_value_that_is_no_option_is_refused(self, admin: PortalClient) -> None:
        response = admin.post("/grants/add", data={"name": "Dana", "form": "cash", "source": "999999"})
        assert response.status_code == 200
        assert 'aria-invalid="true"' in response.text

    def test_search_covers_every_view_the_user_may_list(self, as_user: AsUser, make: ModuleType) -> None:
        make.partner(name="Klinik Bahari")
        rooms = as_user("kabid").get("/api/v1/search?q=bahari").json["results"]
        hits = {room["room"]: [hit["text"] for hit in room["hits"]] for room in rooms}
        assert hits["partners"] == ["Klinik Bahari"]
        assert as_user("kabid").get("/api/v1/search?q=").json["results"] == []


@pytest.mark.parametrize("path", ["/partners/list/", "/"])
def test_invisible_characters_of_a_search_are_removed(admin: PortalClient, path: str) -> None:
    page = admin.get(f"{path}?q=baznas%00%1b")
    assert page.status_code == 200
    assert 'value="baznas"' in page.text


def test_search_without_words_finds_nothing(admin: PortalClient, make: ModuleType) -> None:
    make.partner(name="Panti Asih")
    assert "Panti Asih" not in admin.get("/partners/list/?q=%E2%80%A6").text


def test_page_size_is_remembered(admin: PortalClient, make: ModuleType) -> None:
    for _ in range(12):
        make.partner()
    admin.get("/partners/list/?psize_PartnerView=10")
    assert admin.get("/partners/list/").text.count("<tr") == 11


def test_return_link_keeps_search_and_page_of_the_list(admin: PortalClient, make: ModuleType) -> None:
    partner = make.partner(name="Panti Asih")
    list_url = "/partners/list/?q=panti&page_PartnerView=0"
    page = admin.get(f"/partners/show/{partner.id}", headers={"Referer": f"http://localhost{list_url}"}).text
    assert f'href="{list_url.replace("&", "&amp;")}"' in page
    page = admin.get(
        f"/partners/show/{partner.id}", headers={"Referer": "http://evil.example/partners/list/"}
    )
    assert 'href="/partners/list/"' in page.text


def test_return_link_keeps_filters_and_order_after_an_edit(as_user, make):
    client = make.client()
    rina = as_user("rina")
    list_url = "/clients/list/?_flt_0_sex=unknown&_oc_ClientView=name&_od_ClientView=desc"
    rina.get(list_url)
    rina.get(f"/clients/edit/{client.id}", headers={"Referer": f"http://localhost/clients/show/{client.id}"})
    page = rina.get(f"/clients/show/{client.id}", headers={"Referer": "http://localhost/clients/edit/1"})
    assert f'href="{list_url.replace("&", "&amp;")}"' in page.get_data(as_text=True)


def test_return_link_does_not_keep_a_searched_name(as_user, make):
    client = make.client(name="Nurhayati")
    rina = as_user("rina")
    rina.get("/clients/list/?_flt_0_sex=unknown")
    rina.get("/clients/list/?q=nurhayati")
    with rina.session_transaction() as session:
        assert "nurhayati" not in str(dict(session))
    page = rina.get(f"/clients/show/{client.id}").get_data(as_text=True)
    assert '<a href="/clients/list/">' in page


def test_reloaded_list_sets_no_new_cookie(admin: PortalClient) -> None:
    assert "Set-Cookie" in admin.get("/partners/list/?page_PartnerView=0").headers
    assert "Set-Cookie" not in admin.get("/partners/list/?page_PartnerView=0").headers


def test_page_links_keep_filters_search_and_page_size(admin: PortalClient, make: ModuleType) -> None:
    for number in range(11):
        make.partner(name=f'Klinik "A&B" <{number}>')
    url = "/partners/list/?_flt_0_accepting=y&_flt_0_accepting=y&q=%22A%26B%22&psize_PartnerView=10"
    assert f"{url}&page_PartnerView=1".replace("&", "&amp;") in admin.get(url).text


@pytest.mark.parametrize(
    "url",
    [
        f"/clients/list/?_flt_1_created_at={date.max}",
        "/clients/list/?_flt_0_created_at=0001-01-01",
        "/clients/list/?page_ClientView=²",
        "/clients/list/?_flt_0_kelurahan=²",
        "/api/v1/options/clients?page=²",
        "/cases/list/?_flt_0_category_links=1",
        "/households/list/?_flt_0_members=1",
    ],
)
def test_malformed_argument_is_a_bad_request(admin: PortalClient, url: str) -> None:
    assert admin.get(url).status_code == 400


def test_filters_accept_several_values(admin: PortalClient) -> None:
    assert admin.get("/partners/list/?" + "&".join([*FIVE_FILTERS] * 4)).status_code == 200
    many = "&".join([FIVE_FILTERS[0]] * MAX_FILTER_VALUES)
    assert admin.get(f"/partners/list/?{many}&_flt_0_coverage=").status_code == 200


def test_statements_of_odd_lists_and_searches_stay_few_and_short(
    admin: PortalClient, capture_statements: Callable[..., AbstractContextManager[list[str]]]
) -> None:
    with capture_statements() as sent:
        assert admin.get("/clients/list/?q=" + "+".join("abcdefghij" * 5)).status_code == 200
    assert 0 < max(statement.count("LIKE") for statement in sent) <= 2 * MAX_QUERY_WORDS
    cache = db.engine._compiled_cache
    assert cache is not None
    assert cache.capacity == 300
