"""Access to the pages of cases and their entries by role and team."""

from types import ModuleType

import pytest
from flask import Flask

from app.cases.models.event import CaseEvent
from app.cases.models.report import IncomingReport
from app.reference.enums import Confidentiality
from tests.cases.support import AsUser, count_rows
from tests.support.client import PortalClient

ROOMS = ("cases", "services", "case-notes", "follow-ups", "attachments", "case-people", "incoming-reports")


@pytest.mark.parametrize("room", ROOMS)
def test_a_peksos_opens_list_and_form_of_every_room(app: Flask, as_user: AsUser, room: str) -> None:
    rina = as_user("rina")
    assert rina.get(f"/{room}/").status_code == 302
    assert rina.get(f"/{room}/list/").status_code == 200
    assert rina.get(f"/{room}/add").status_code == 200


@pytest.mark.parametrize("tier", [Confidentiality.limited, Confidentiality.secret])
def test_user_outside_the_team_finds_nothing_of_a_hidden_case(
    app: Flask, as_user: AsUser, make: ModuleType, tier: Confidentiality
) -> None:
    case = make.case(by="rina", client=make.client(name="Melati Rahasia"), confidentiality=tier)
    entries = {
        "cases": case,
        "services": make.service(case=case, narrative="Isi rahasia"),
        "case-notes": make.note(case=case, text="Isi rahasia"),
        "follow-ups": make.follow_up(case=case, title="Isi rahasia"),
        "attachments": make.attachment(case=case, title="Isi rahasia"),
        "case-people": make.case_person(case=case),
    }
    sari = as_user("sari")
    for room, item in entries.items():
        assert sari.get(f"/{room}/show/{item.id}").status_code == 404
        page = sari.get(f"/{room}/list/").text
        assert case.number not in page
        assert "Isi rahasia" not in page
        assert f"/{room}/show/{item.id}" not in page
    for q in (case.number, "melati"):
        assert f"/cases/show/{case.id}" not in sari.get(f"/cases/list/?q={q}").text
        assert case.number not in sari.get(f"/api/v1/options/cases?q={q}").text
        assert case.number not in sari.get(f"/api/v1/search?q={q}").text
    for transition in ("join", "take", "assign"):
        assert sari.post(f"/cases/{case.id}/{transition}", data={"version": case.version}).status_code == 404
    assert sari.get(f"/attachments/{entries['attachments'].id}/file/file").status_code == 404
    refused = sari.post("/case-notes/add", data={"case": case.id, "text": "x"})
    assert refused.status_code == 200
    assert case.number not in refused.text
    assert case.number not in sari.get(f"/case-notes/add?case={case.id}").text
    seen = sari.get(f"/clients/show/{case.client_id}")
    assert seen.status_code == (200 if tier is Confidentiality.limited else 404)
    assert case.number not in seen.text
    secret_name = "Melati" in sari.get("/api/v1/options/clients?q=melati").text
    assert secret_name is (tier is Confidentiality.limited)


@pytest.mark.parametrize("room", ROOMS)
def test_a_supervisor_reads_and_is_refused_every_change(
    app: Flask, as_user: AsUser, make: ModuleType, room: str
) -> None:
    case = make.case(by="rina")
    made = {
        "cases": case,
        "services": make.service(case=case),
        "case-notes": make.note(case=case),
        "follow-ups": make.follow_up(case=case),
        "attachments": make.attachment(case=case),
        "case-people": make.case_person(case=case),
        "incoming-reports": make.report(),
    }[room]
    transitions = {
        "cases": ("join", "take", "assign", "raise_confidentiality", "lower_confidentiality"),
        "follow-ups": ("done", "cancel"),
        "incoming-reports": ("take_up", "dismiss"),
    }
    kabid = as_user("kabid")
    before = count_rows(CaseEvent)
    assert kabid.get(f"/{room}/list/").status_code == 200
    page = kabid.get(f"/{room}/show/{made.id}")
    assert page.status_code == 200
    assert f'action="/{room}' not in page.text
    addresses = [
        f"/{room}/add",
        *(f"/{room}/{made.id}/{transition}" for transition in transitions.get(room, ())),
    ]
    if room in ("cases", "case-people", "incoming-reports"):
        addresses.append(f"/{room}/edit/{made.id}")
    for address in addresses:
        assert kabid.post(address, data={"version": made.version}).status_code == 403, address
    assert count_rows(CaseEvent) == before


def test_anonymous_user_is_redirected_to_the_log_in(
    app: Flask, anonymous_client: PortalClient, make: ModuleType
) -> None:
    case = make.case()
    for address in ("/cases/list/", f"/cases/show/{case.id}", "/cases/add"):
        assert anonymous_client.get(address).status_code == 302
    assert anonymous_client.post(f"/cases/{case.id}/join").status_code == 302
    assert count_rows(IncomingReport) == 0
