"""Where planners and frameworks are known to read far too much: each trap has its test, on both databases."""

import re

import pytest
from sqlalchemy import select

from app.clients.models import Client
from app.core.search import NEWEST
from app.core.views.interface import COUNT_CAP
from app.core.views.lists import REACH
from app.extensions import db
from tests.speed.office import DEEP, longest_case
from tests.speed.plans import Asked, asked, plan_of, rows_read
from tests.support.client import PortalClient

BY_NAME = "_oc_ClientView=name&_od_ClientView=asc"
HEAVY = 150_000
"""Bytes of a page with no table of clients in it."""


def questions(client: PortalClient, address: str, words: str) -> list[Asked]:
    """What the page asks that holds these words."""
    with asked() as sent:
        assert client.get(address).status_code == 200
    found = [one for one in sent if words in one.statement]
    assert found, f"{address} asks nothing of {words}"
    return found


class Traps:
    """Each is named after what would happen."""

    @pytest.mark.parametrize("q", ["siti", "nur", "wa ode"])
    def test_a_capped_count_walks_no_index_of_names(self, rina: PortalClient, q: str) -> None:
        (count,) = questions(rina, f"/clients/list/?{BY_NAME}&q={q}", "count(*)")
        assert "ORDER BY" not in count.statement
        assert "ix_client_name" not in plan_of(count)

    @pytest.mark.parametrize("q", ["siti", "nur", "wa ode"])
    def test_a_search_sorted_by_name_is_found_first_and_sorted_then(self, rina: PortalClient, q: str) -> None:
        page = questions(rina, f"/clients/list/?{BY_NAME}&q={q}", "ORDER BY")[0]
        plan = plan_of(page)
        assert "ix_client_name" not in plan, plan
        assert "ix_client_search_text" in plan or "client_fts" in plan, plan

    @pytest.mark.parametrize("q", ["siti", "nur", "wa ode", "zzzz"])
    @pytest.mark.parametrize("address", ["/api/v1/options/clients", "/clients/list/"])
    def test_the_full_text_is_read_no_further_than_asked(
        self, rina: PortalClient, address: str, q: str
    ) -> None:
        for one in questions(rina, f"{address}?q={q}", "LIKE"):
            plan = plan_of(one)
            assert "LIST SUBQUERY" not in plan, plan
            assert "TEMP B-TREE" not in plan or "MATCH" not in one.statement or one.gathers, plan
            assert rows_read(one, "client") <= 4 * COUNT_CAP, one.statement

    def test_no_page_is_far_from_both_ends(self, rina: PortalClient) -> None:
        for address in (f"/clients/list/?page_ClientView={DEEP}", f"/cases/list/?page_CaseView={DEEP}"):
            page = next(one for one in questions(rina, address, "ORDER BY") if "OFFSET" in one.statement)
            values = page.values.values() if isinstance(page.values, dict) else page.values
            assert max(value for value in values if isinstance(value, int)) < REACH
        assert "_od_ClientView=asc" in rina.get("/clients/list/").text, (
            "the last page is the first one backwards"
        )

    @pytest.mark.parametrize("narrowed", ["", "?_flt_0_sex=female", "?_flt_0_identity_status=verified"])
    def test_a_list_is_counted_to_a_thousand(self, rina: PortalClient, narrowed: str) -> None:
        (count,) = questions(rina, f"/clients/list/{narrowed}", "count(*)")
        assert rows_read(count, "client") <= 4 * COUNT_CAP
        assert "1.000+" in rina.get(f"/clients/list/{narrowed}").text

    def test_two_filters_of_the_clients_are_counted_in_an_index(self, rina: PortalClient) -> None:
        address = "/clients/list/?_flt_0_identity_status=verified&_flt_0_kelurahan=2"
        (count,) = questions(rina, address, "count(*)")
        plan = plan_of(count)
        assert "ix_client_kelurahan_id_identity_status" in plan, plan
        assert "Bitmap" not in plan, plan
        assert rows_read(count, "client") <= 2 * COUNT_CAP

    def test_an_empty_filter_of_a_large_list_reads_nothing(self, rina: PortalClient) -> None:
        for address in (
            "/clients/list/?_flt_0_sex=unknown",
            "/cases/list/?_flt_0_status=on_hold",
            "/services/list/?_flt_0_place=field",
            "/follow-ups/list/?_flt_0_state=cancelled",
        ):
            (count,) = questions(rina, address, "count(*)")
            assert count.steps <= 1, address
            assert rows_read(count) <= 10, address

    def test_no_form_and_no_filter_holds_the_clients(self, rina: PortalClient) -> None:
        newest = db.session.scalars(select(Client.name).order_by(Client.id.desc()).limit(1)).one()
        db.session.rollback()
        case = longest_case()
        pages = ("/cases/add", "/cases/list/", "/consents/add", "/referrals/list/", f"/cases/edit/{case}")
        for address in pages:
            page = rina.get(address)
            assert len(page.data) < HEAVY, address
            assert f">{newest}</option>" not in page.text, address

    def test_a_whole_nik_is_found_among_a_few(self, rina: PortalClient) -> None:
        person = db.session.scalars(select(Client).where(Client.nik.is_not(None)).limit(1)).one()
        nik, name = person.nik, person.name
        db.session.rollback()
        address = f"/clients/list/?q={nik}"
        assert str(name) in rina.get(address).text
        for one in questions(rina, address, "FROM client"):
            assert rows_read(one, "client") <= 50, one.statement

    def test_a_nik_given_twice_is_found_by_its_index(self, rina: PortalClient) -> None:
        nik = db.session.scalars(select(Client.nik).where(Client.nik.is_not(None)).limit(1)).one()
        db.session.rollback()
        with asked() as sent:
            answer = rina.post("/clients/add", data={"name": "Siti", "nik": nik})
        assert answer.status_code == 200
        asks = [one for one in sent if "client.nik =" in one.statement]
        assert asks
        assert all("ix_client_nik" in plan_of(one) or "uq_client_nik" in plan_of(one) for one in asks)

    @pytest.mark.parametrize("room", ["clients", "cases", "referrals", "consents"])
    def test_two_letters_are_looked_for_among_the_newest(self, rina: PortalClient, room: str) -> None:
        for one in questions(rina, f"/{room}/list/?q=si", "LIKE"):
            assert rows_read(one, "client") <= NEWEST, one.statement
            assert one.steps < 400, one.statement

    @pytest.mark.parametrize("room", ["clients", "cases", "referrals", "consents", "households"])
    def test_no_search_compares_what_no_index_knows(self, rina: PortalClient, room: str) -> None:
        for one in questions(rina, f"/{room}/list/?q=wa+ode", "LIKE"):
            # What an index found may be compared further: a restricted client by name, in lower case.
            assert not re.search(r"lower\([^)]*search_text", one.statement.lower())
            assert " ilike " not in one.statement.lower()
            plan = plan_of(one)
            assert "_search_text" in plan or "_fts" in plan, plan

    def test_a_relation_through_a_table_is_not_made_for_everybody(self, rina: PortalClient) -> None:
        for one in questions(rina, "/referrals/list/", "referral"):
            assert "MATERIALIZE (join" not in plan_of(one)
            assert one.steps < 100, one.statement

    def test_a_list_joins_no_more_than_it_shows(self, rina: PortalClient) -> None:
        for one in questions(rina, "/referrals/list/", "referral.request"):
            assert one.statement.count("LEFT OUTER JOIN") <= 3, one.statement

    def test_a_sum_stands_only_below_what_was_counted_to_its_end(self, rina: PortalClient) -> None:
        with asked() as sent:
            rina.get("/expenditures/list/")
        assert [one for one in sent if "sum(" in one.statement] == []

    def test_the_count_by_year_reads_an_index_and_no_case(self, rina: PortalClient) -> None:
        (counted,) = questions(rina, "/statistics/clients-per-year/", "count(DISTINCT")
        plan = plan_of(counted, no_scan=True)
        assert "ix_case_file_opened_at" in plan
        assert "COVERING" in plan or "Index Only Scan" in plan, plan
