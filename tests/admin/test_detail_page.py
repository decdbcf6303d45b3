"""Detail pages, sections and headers leave out repeated and default values."""

from collections.abc import Callable
from datetime import date
from types import ModuleType

import pytest

from app.cases.enums import Urgency
from app.clients.services.clients import archive_client
from app.reference.enums import Confidentiality
from tests.support.client import PortalClient


@pytest.fixture
def rina(as_user: Callable[[str], PortalClient]) -> PortalClient:
    return as_user("rina")


def main_content(response: object) -> str:
    return str(response.text).partition("<main")[2]  # type: ignore[attr-defined]


def test_header_shows_a_badge_for_unusual_values_only(rina: PortalClient, make: ModuleType) -> None:
    ordinary = make.case()
    unusual = make.case(urgency=Urgency.emergency, confidentiality=Confidentiality.limited)
    badges = []
    for case in (ordinary, unusual):
        page = main_content(rina.get(f"/cases/show/{case.id}"))
        head = page.partition('<div class="states">')[2].partition("</div>")[0]
        badges.append(head.count('class="state'))
    assert badges == [1, 3]  # the status only; with urgency and confidentiality


def test_table_shows_usual_values_without_a_badge(rina: PortalClient, make: ModuleType) -> None:
    make.case()
    page = main_content(rina.get("/cases/list/"))
    assert f'<span class="state state-hidden_badge">{Urgency.ordinary.value}</span>' in page


def test_section_does_not_repeat_the_parent_record(rina: PortalClient, make: ModuleType) -> None:
    client = make.client(name="Nurhayati")
    consent = make.consent(client=client)
    page = main_content(rina.get(f"/clients/show/{client.id}"))
    title = page.partition(f'<a href="/consents/show/{consent.id}">')[2].partition("</a>")[0]
    assert title == str(consent.purpose.value)


def test_section_lists_no_archived_records(rina: PortalClient, make: ModuleType) -> None:
    household = make.household()
    kept, archived = (make.client(household=household) for _n in range(2))
    make.apply_transition(archived, archive_client)
    page = main_content(rina.get(f"/households/show/{household.id}"))
    assert f"/clients/show/{kept.id}" in page
    assert f"/clients/show/{archived.id}" not in page


def test_a_value_links_only_to_a_page_that_the_role_may_open(
    as_user: Callable[..., PortalClient], make: ModuleType
) -> None:
    case = make.case(by="rina")
    link = f"/users/show/{case.worker_id}"
    for username, is_linked in (("admin", True), ("rina", False), ("kabid", False)):
        page = as_user(username).get_page(f"/cases/show/{case.id}")
        assert "Rina Kusuma" in page
        assert (link in page) is is_linked, username


def test_client_page_links_to_the_form_of_a_new_case(
    rina: PortalClient, as_user: Callable[..., PortalClient], make: ModuleType
) -> None:
    client = make.client()
    button = f'<a class="btn btn-primary" href="/cases/add?client={client.id}">'
    assert button in rina.get(f"/clients/show/{client.id}").text
    assert button not in as_user("kabid").get(f"/clients/show/{client.id}").text


def test_options_of_two_clients_with_one_name_differ(rina: PortalClient, make: ModuleType) -> None:
    make.client(name="Siti", birth_date=date(1970, 5, 1))
    make.client(name="Siti", birth_date=date(2001, 5, 1))
    texts = [one["text"] for one in rina.get("/api/v1/options/clients?q=siti").get_json()["results"]]
    assert len(set(texts)) == 2
    assert all(text.startswith("Siti · ") for text in texts)


def test_unknown_values_come_last(rina: PortalClient, make: ModuleType) -> None:
    client = make.client(name="Nurhayati", birth_place="Bone")
    details = (
        main_content(rina.get(f"/clients/show/{client.id}")).partition("<table")[2].partition("</table>")[0]
    )
    assert details.index("Bone") < details.index('class="unknown"')
    assert "Bone" not in details[details.index('class="unknown"') :]
