"""Where planners and frameworks are known to read far too much: each trap has its test, on both databases."""

import re

import pytest
from sqlalchemy import select

from app.admin.interface import MAX_COUNT
from app.admin.list_page import MAX_PAGED_ROWS
from app.clients.models.client import Client
from app.db.search import UNINDEXED_SEARCH_LIMIT
from app.extensions import db
from tests.speed.large_office import DEEP_PAGE, longest_case
from tests.speed.query_plans import CapturedQuery, capture_queries, explain_query, max_rows_read
from tests.support.client import PortalClient

ORDER_BY_NAME = "_oc_ClientView=name&_od_ClientView=asc"
MAX_PAGE_BYTES = 150_000
"""Bytes of a page with no table of clients in it."""


def capture_page_queries(client: PortalClient, address: str, words: str) -> list[CapturedQuery]:
    """What the page asks that holds these words."""
    with capture_queries() as sent:
        assert client.get(address).status_code == 200
    found = [one for one in sent if words in one.statement]
    assert found, f"{address} asks nothing of {words}"
    return found


class QueryTraps:
    """Each is named after what would happen."""

    @pytest.mark.parametrize("q", ["siti", "nur", "wa ode"])
    def test_capped_count_scans_no_index_of_names(self, rina: PortalClient, q: str) -> None:
        (count,) = capture_page_queries(rina, f"/clients/list/?{ORDER_BY_NAME}&q={q}", "count(*)")
        assert "ORDER BY" not in count.statement
        assert "ix_client_name" not in explain_query(count)

    @pytest.mark.parametrize("q", ["siti", "nur", "wa ode"])
    def test_a_search_sorted_by_name_is_found_first_and_sorted_then(self, rina: PortalClient, q: str) -> None:
        page = capture_page_queries(rina, f"/clients/list/?{ORDER_BY_NAME}&q={q}", "ORDER BY")[0]
        plan = explain_query(page)
        assert "ix_client_name" not in plan, plan
        assert "ix_client_search_text" in plan or "client_fts" in plan, plan

    @pytest.mark.parametrize("q", ["siti", "nur", "wa ode", "zzzz"])
    @pytest.mark.parametrize("address", ["/api/v1/options/clients", "/clients/list/"])
    def test_the_full_text_is_read_no_further_than_asked(
        self, rina: PortalClient, address: str, q: str
    ) -> None:
        for one in capture_page_queries(rina, f"{address}?q={q}", "LIKE"):
            plan = explain_query(one)
            assert "LIST SUBQUERY" not in plan, plan
            assert "TEMP B-TREE" not in plan or "MATCH" not in one.statement or one.limits_subquery, plan
            assert max_rows_read(one, "client") <= 4 * MAX_COUNT, one.statement

    def test_offset_of_a_deep_page_is_bounded(self, rina: PortalClient) -> None:
        for address in (
            f"/clients/list/?page_ClientView={DEEP_PAGE}",
            f"/cases/list/?page_CaseView={DEEP_PAGE}",
        ):
            page = next(
                one for one in capture_page_queries(rina, address, "ORDER BY") if "OFFSET" in one.statement
            )
            values = page.values.values() if isinstance(page.values, dict) else page.values
            assert max(value for value in values if isinstance(value, int)) < MAX_PAGED_ROWS
        assert "_od_ClientView=asc" in rina.get("/clients/list/").text, (
            "the last page is the first one backwards"
        )

    @pytest.mark.parametrize("narrowed", ["", "?_flt_0_sex=female", "?_flt_0_identity_status=verified"])
    def test_a_list_is_counted_to_a_thousand(self, rina: PortalClient, narrowed: str) -> None:
        (count,) = capture_page_queries(rina, f"/clients/list/{narrowed}", "count(*)")
        assert max_rows_read(count, "client") <= 4 * MAX_COUNT
        assert "1.000+" in rina.get(f"/clients/list/{narrowed}").text

    def test_two_filters_of_the_clients_are_counted_in_an_index(self, rina: PortalClient) -> None:
        address = "/clients/list/?_flt_0_identity_status=verified&_flt_0_kelurahan=2"
        (count,) = capture_page_queries(rina, address, "count(*)")
        plan = explain_query(count)
        assert "ix_client_kelurahan_id_identity_status" in plan, plan
        assert "Bitmap" not in plan, plan
        assert max_rows_read(count, "client") <= 2 * MAX_COUNT

    def test_an_empty_filter_of_a_large_list_reads_nothing(self, rina: PortalClient) -> None:
        for address in (
            "/clients/list/?_flt_0_sex=unknown",
            "/cases/list/?_flt_0_status=on_hold",
            "/services/list/?_flt_0_place=field",
            "/follow-ups/list/?_flt_0_state=cancelled",
        ):
            (count,) = capture_page_queries(rina, address, "count(*)")
            assert count.steps <= 1, address
            assert max_rows_read(count) <= 10, address

    def test_no_form_and_no_filter_holds_the_clients(self, rina: PortalClient) -> None:
        newest = db.session.scalars(select(Client.name).order_by(Client.id.desc()).limit(1)).one()
        db.session.rollback()
        case = longest_case()
        pages = ("/cases/add", "/cases/list/", "/consents/add", "/referrals/list/", f"/cases/edit/{case}")
        for address in pages:
            page = rina.get(address)
            assert len(page.data) < MAX_PAGE_BYTES, address
            assert f">{newest}</option>" not in page.text, address

    def test_search_for_a_full_nik_reads_few_rows(self, rina: PortalClient) -> None:
        person = db.session.scalars(select(Client).where(Client.nik.is_not(None)).limit(1)).one()
        nik, name = person.nik, person.name
        db.session.rollback()
        address = f"/clients/list/?q={nik}"
        assert str(name) in rina.get(address).text
        for one in capture_page_queries(rina, address, "FROM client"):
            assert max_rows_read(one, "client") <= 50, one.statement

    def test_a_nik_given_twice_is_found_by_its_index(self, rina: PortalClient) -> None:
        nik = db.session.scalars(select(Client.nik).where(Client.nik.is_not(None)).limit(1)).one()
        db.session.rollback()
        with capture_queries() as sent:
            answer = rina.post("/clients/add", data={"name": "Siti", "nik": nik})
        assert answer.status_code == 200
        asks = [one for one in sent if "client.nik =" in one.statement]
        assert asks
        assert all(
            "ix_client_nik" in explain_query(one) or "uq_client_nik" in explain_query(one) for one in asks
        )

    @pytest.mark.parametrize("room", ["clients", "cases", "referrals", "consents"])
    def test_two_letters_are_looked_for_among_the_newest(self, rina: PortalClient, room: str) -> None:
        for one in capture_page_queries(rina, f"/{room}/list/?q=si", "LIKE"):
            assert max_rows_read(one, "client") <= UNINDEXED_SEARCH_LIMIT, one.statement
            assert one.steps < 400, one.statement

    @pytest.mark.parametrize("room", ["clients", "cases", "referrals", "consents", "households"])
    def test_search_compares_indexed_columns_only(self, rina: PortalClient, room: str) -> None:
        for one in capture_page_queries(rina, f"/{room}/list/?q=wa+ode", "LIKE"):
            # What an index found may be compared further: a restricted client by name, in lower case.
            assert not re.search(r"lower\([^)]*search_text", one.statement.lower())
            assert " ilike " not in one.statement.lower()
            plan = explain_query(one)
            assert "_search_text" in plan or "_fts" in plan, plan

    def test_relation_through_a_table_is_not_joined_for_all_rows(self, rina: PortalClient) -> None:
        for one in capture_page_queries(rina, "/referrals/list/", "referral"):
            assert "MATERIALIZE (join" not in explain_query(one)
            assert one.steps < 100, one.statement

    def test_a_list_joins_no_more_than_it_shows(self, rina: PortalClient) -> None:
        for one in capture_page_queries(rina, "/referrals/list/", "referral.request"):
            assert one.statement.count("LEFT OUTER JOIN") <= 3, one.statement

    def test_sum_is_shown_only_below_a_complete_count(self, rina: PortalClient) -> None:
        with capture_queries() as sent:
            rina.get("/expenditures/list/")
        assert [one for one in sent if "sum(" in one.statement] == []

    def test_the_count_by_year_reads_an_index_and_no_case(self, rina: PortalClient) -> None:
        (counted,) = capture_page_queries(rina, "/statistics/clients-per-year/", "count(DISTINCT")
        plan = explain_query(counted, no_scan=True)
        assert "ix_case_file_opened_at" in plan
        assert "COVERING" in plan or "Index Only Scan" in plan, plan
