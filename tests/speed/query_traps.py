"""Known cases in which a planner or framework reads far too many rows, each with a test."""

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
"""Bytes of a page without a table of clients."""


def capture_page_queries(client: PortalClient, url: str, words: str) -> list[CapturedQuery]:
    """Return the queries of the page that contain these words."""
    with capture_queries() as sent:
        assert client.get(url).status_code == 200
    found = [one for one in sent if words in one.statement]
    assert found, f"{url} sends no query with {words}"
    return found


class QueryTraps:
    """Each test is named after the behaviour that avoids the trap."""

    @pytest.mark.parametrize("q", ["siti", "nur", "wa ode"])
    def test_capped_count_scans_no_index_of_names(self, rina: PortalClient, q: str) -> None:
        (count,) = capture_page_queries(rina, f"/clients/list/?{ORDER_BY_NAME}&q={q}", "count(*)")
        assert "ORDER BY" not in count.statement
        assert "ix_client_name" not in explain_query(count)

    @pytest.mark.parametrize("q", ["siti", "nur", "wa ode"])
    def test_search_sorted_by_name_uses_the_search_index(self, rina: PortalClient, q: str) -> None:
        page = capture_page_queries(rina, f"/clients/list/?{ORDER_BY_NAME}&q={q}", "ORDER BY")[0]
        plan = explain_query(page)
        assert "ix_client_name" not in plan, plan
        assert "ix_client_search_text" in plan or "client_fts" in plan, plan

    @pytest.mark.parametrize("q", ["siti", "nur", "wa ode", "zzzz"])
    @pytest.mark.parametrize("url", ["/api/v1/options/clients", "/clients/list/"])
    def test_full_text_search_reads_no_more_rows_than_its_limit(
        self, rina: PortalClient, url: str, q: str
    ) -> None:
        for one in capture_page_queries(rina, f"{url}?q={q}", "LIKE"):
            plan = explain_query(one)
            assert "LIST SUBQUERY" not in plan, plan
            assert "TEMP B-TREE" not in plan or "MATCH" not in one.statement or one.limits_subquery, plan
            assert max_rows_read(one, "client") <= 4 * MAX_COUNT, one.statement

    def test_offset_of_a_deep_page_is_bounded(self, rina: PortalClient) -> None:
        for url in (
            f"/clients/list/?page_ClientView={DEEP_PAGE}",
            f"/cases/list/?page_CaseView={DEEP_PAGE}",
        ):
            page = next(
                one for one in capture_page_queries(rina, url, "ORDER BY") if "OFFSET" in one.statement
            )
            values = page.values.values() if isinstance(page.values, dict) else page.values
            assert max(value for value in values if isinstance(value, int)) < MAX_PAGED_ROWS
        assert "_od_ClientView=asc" in rina.get("/clients/list/").text, (
            "the last page is the first one in reverse order"
        )

    @pytest.mark.parametrize("narrowed", ["", "?_flt_0_sex=female", "?_flt_0_identity_status=verified"])
    def test_list_counts_to_a_thousand_only(self, rina: PortalClient, narrowed: str) -> None:
        (count,) = capture_page_queries(rina, f"/clients/list/{narrowed}", "count(*)")
        assert max_rows_read(count, "client") <= 4 * MAX_COUNT
        assert "1.000+" in rina.get(f"/clients/list/{narrowed}").text

    def test_two_client_filters_are_counted_in_one_index(self, rina: PortalClient) -> None:
        url = "/clients/list/?_flt_0_identity_status=verified&_flt_0_kelurahan=2"
        (count,) = capture_page_queries(rina, url, "count(*)")
        plan = explain_query(count)
        assert "ix_client_kelurahan_id_identity_status" in plan, plan
        assert "Bitmap" not in plan, plan
        assert max_rows_read(count, "client") <= 2 * MAX_COUNT

    def test_filter_without_matches_reads_almost_no_rows(self, rina: PortalClient) -> None:
        for url in (
            "/clients/list/?_flt_0_sex=unknown",
            "/cases/list/?_flt_0_status=on_hold",
            "/services/list/?_flt_0_place=field",
            "/follow-ups/list/?_flt_0_state=cancelled",
        ):
            (count,) = capture_page_queries(rina, url, "count(*)")
            assert count.steps <= 1, url
            assert max_rows_read(count) <= 10, url

    def test_forms_and_filters_do_not_preload_the_clients(self, rina: PortalClient) -> None:
        newest = db.session.scalars(select(Client.name).order_by(Client.id.desc()).limit(1)).one()
        db.session.rollback()
        case = longest_case()
        pages = ("/cases/add", "/cases/list/", "/consents/add", "/referrals/list/", f"/cases/edit/{case}")
        for url in pages:
            page = rina.get(url)
            assert len(page.data) < MAX_PAGE_BYTES, url
            assert f">{newest}</option>" not in page.text, url

    def test_search_for_a_full_nik_reads_few_rows(self, rina: PortalClient) -> None:
        person = db.session.scalars(select(Client).where(Client.nik.is_not(None)).limit(1)).one()
        nik, name = person.nik, person.name
        db.session.rollback()
        url = f"/clients/list/?q={nik}"
        assert str(name) in rina.get(url).text
        for one in capture_page_queries(rina, url, "FROM client"):
            assert max_rows_read(one, "client") <= 50, one.statement

    def test_duplicate_nik_is_found_by_its_index(self, rina: PortalClient) -> None:
        nik = db.session.scalars(select(Client.nik).where(Client.nik.is_not(None)).limit(1)).one()
        db.session.rollback()
        with capture_queries() as sent:
            response = rina.post("/clients/add", data={"name": "Siti", "nik": nik})
        assert response.status_code == 200
        queries = [one for one in sent if "client.nik =" in one.statement]
        assert queries
        assert all(
            "ix_client_nik" in explain_query(one) or "uq_client_nik" in explain_query(one) for one in queries
        )

    @pytest.mark.parametrize("room", ["clients", "cases", "referrals", "consents"])
    def test_two_letters_are_searched_in_the_newest_rows_only(self, rina: PortalClient, room: str) -> None:
        for one in capture_page_queries(rina, f"/{room}/list/?q=si", "LIKE"):
            assert max_rows_read(one, "client") <= UNINDEXED_SEARCH_LIMIT, one.statement
            assert one.steps < 400, one.statement

    @pytest.mark.parametrize("room", ["clients", "cases", "referrals", "consents", "households"])
    def test_search_compares_indexed_columns_only(self, rina: PortalClient, room: str) -> None:
        for one in capture_page_queries(rina, f"/{room}/list/?q=wa+ode", "LIKE"):
            # Rows found by an index may be filtered further, such as restricted clients by lower-case name.
            assert not re.search(r"lower\([^)]*search_text", one.statement.lower())
            assert " ilike " not in one.statement.lower()
            plan = explain_query(one)
            assert "_search_text" in plan or "_fts" in plan, plan

    def test_relation_through_a_table_is_not_joined_for_all_rows(self, rina: PortalClient) -> None:
        for one in capture_page_queries(rina, "/referrals/list/", "referral"):
            assert "MATERIALIZE (join" not in explain_query(one)
            assert one.steps < 100, one.statement

    def test_list_joins_only_displayed_relations(self, rina: PortalClient) -> None:
        for one in capture_page_queries(rina, "/referrals/list/", "referral.request"):
            assert one.statement.count("LEFT OUTER JOIN") <= 3, one.statement

    def test_sum_is_shown_only_below_a_complete_count(self, rina: PortalClient) -> None:
        with capture_queries() as sent:
            rina.get("/expenditures/list/")
        assert [one for one in sent if "sum(" in one.statement] == []

    def test_count_by_year_reads_an_index_only(self, rina: PortalClient) -> None:
        (counted,) = capture_page_queries(rina, "/statistics/clients-per-year/", "count(DISTINCT")
        plan = explain_query(counted, no_scan=True)
        assert "ix_case_file_opened_at" in plan
        assert "COVERING" in plan or "Index Only Scan" in plan, plan
