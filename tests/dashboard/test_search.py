"""Search over clients, cases and partners on the first page."""

from types import ModuleType, SimpleNamespace

import pytest

from app.reference.enums import Confidentiality
from tests.dashboard.support import AsUser, get_first_page


def test_half_a_name_finds_the_client_the_case_and_the_partner(as_user: AsUser, make: ModuleType) -> None:
    client = make.client(name="Suryani Hasan")
    case = make.case(client=client)
    partner = make.partner(name="Yayasan Surya")
    page = get_first_page(as_user("rina"), "/?q=SURYA")
    found = [
        page.index(f'href="/{room}/show/{one.id}"')
        for room, one in (("clients", client), ("cases", case), ("partners", partner))
    ]
    assert found == sorted(found)


def test_a_number_finds_its_case_and_its_client(as_user: AsUser, make: ModuleType) -> None:
    case = make.case(client=make.client(nik="6474015708450001"))
    make.case()
    assert f'href="/cases/show/{case.id}"' in get_first_page(as_user("rina"), f"/?q={case.number}")
    page = get_first_page(as_user("rina"), "/?q=6474 0157")
    assert f'href="/clients/show/{case.client_id}"' in page
    assert "6474015708450001" not in page


def test_hidden_records_are_not_found(as_user: AsUser, make: ModuleType, people: SimpleNamespace) -> None:
    case = make.case(
        client=make.client(name="Melati"), confidentiality=Confidentiality.secret, team=[people.dodi]
    )
    for q in ("melati", case.number):
        assert f"/cases/show/{case.id}" in get_first_page(as_user("dodi"), f"/?q={q}")
        for other in ("sari", "admin", "kabid"):
            page = get_first_page(as_user(other), f"/?q={q}")
            assert f"/show/{case.id}" not in page
            assert "Melati" not in page
            assert 'class="empty"' in page


def test_room_with_more_hits_links_to_its_list(as_user: AsUser, make: ModuleType) -> None:
    for _ in range(9):
        make.client(name="Nama Sama")
    page = get_first_page(as_user("rina"), "/?q=nama sama")
    assert page.count("/clients/show/") == 8
    assert "/clients/list/?q=nama+sama" in page


@pytest.mark.parametrize("q", ["%25", "_", "'", '"', "<script>alert(1)</script>", "\x00", "🙂", "a" * 3000])
def test_any_text_may_be_searched(as_user: AsUser, make: ModuleType, q: str) -> None:
    make.client(name="Siti")
    page = get_first_page(as_user("rina"), f"/?q={q}")
    assert "<script" not in page or "value=" in page.partition("<script")[0]
    assert "/clients/show/" not in page


def test_blank_search_shows_the_first_page(as_user: AsUser, make: ModuleType) -> None:
    make.report(description="Menunggu")
    assert "Menunggu" in get_first_page(as_user("rina"), "/?q=+")
