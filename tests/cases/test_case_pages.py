"""Opening, searching and editing cases through their pages."""

import re
from types import ModuleType, SimpleNamespace

from flask import Flask
from sqlalchemy import select

from app.cases.enums import Focus, Urgency
from app.cases.models.case import Case
from app.cases.models.event import CaseEvent
from app.clients.models.client import Client
from app.extensions import db
from tests.cases.support import AsUser, count_rows, reload
from tests.support.fixed_clock import days_ahead


def test_a_peksos_registers_a_client_and_opens_the_case_in_one_form(app: Flask, as_user: AsUser) -> None:
    answer = as_user("rina").post(
        "/cases/add",
        data={
            "name": "Nurhayati",
            "phone": "0811-5413-355",
            "channel": "phone_whatsapp",
            "presenting_problem": "Utang kepada rentenir",
            "urgency": "urgent",
        },
    )
    case = db.session.scalars(select(Case)).one()
    assert (answer.status_code, answer.location) == (302, f"/cases/show/{case.id}")
    assert (case.client.name, case.client.phone) == ("Nurhayati", "+628115413355")
    page = as_user("rina").get(f"/cases/show/{case.id}").text
    assert case.number in page
    assert "Utang kepada rentenir" in page


def test_form_opened_from_a_client_page_has_the_client_selected(
    app: Flask, as_user: AsUser, make: ModuleType
) -> None:
    client = make.client(name="Melati Sekali")
    assert "Melati Sekali" in as_user("rina").get(f"/cases/add?client={client.id}").text


def test_a_refused_case_keeps_everything_that_was_typed(app: Flask, as_user: AsUser) -> None:
    answer = as_user("rina").post(
        "/cases/add",
        data={"name": "Nurhayati", "phone": "abc", "channel": "family", "presenting_problem": "Utang"},
    )
    assert answer.status_code == 200
    assert "Nurhayati" in answer.text
    assert "Utang" in answer.text
    assert (count_rows(Case), count_rows(Client)) == (0, 0)


def test_joining_is_on_the_timeline_and_allows_editing(
    app: Flask, as_user: AsUser, make: ModuleType, people: SimpleNamespace
) -> None:
    case = make.case(by="rina")
    sari = as_user("sari")
    assert sari.get(f"/cases/edit/{case.id}").status_code == 403
    assert sari.post(f"/cases/{case.id}/join", data={"version": case.version}).status_code == 302
    assert sari.get(f"/cases/edit/{case.id}").status_code == 200
    last = db.session.scalars(select(CaseEvent).order_by(CaseEvent.id.desc())).first()
    assert (last.kind, last.actor_id) == ("team_joined", people.sari.id)


def test_case_is_edited_and_an_older_version_is_a_conflict(
    app: Flask, as_user: AsUser, make: ModuleType
) -> None:
    case = make.case(by="rina")
    data = {
        "version": case.version,
        "channel": "family",
        "presenting_problem": "Baru",
        "urgency": "urgent",
        "team": [make.get_user("rina").id, make.get_user("dodi").id],
    }
    address = f"/cases/edit/{case.id}"
    assert as_user("rina").post(address, data=data).status_code == 302
    assert (reload(case).presenting_problem, len(case.team)) == ("Baru", 2)
    answer = as_user("dodi").post(address, data=data | {"presenting_problem": "Lain lagi"})
    assert answer.status_code == 409
    assert "Lain lagi" in answer.text


def test_fields_missing_in_the_edit_form_are_kept_and_the_focus_can_be_emptied(
    app: Flask, as_user: AsUser, make: ModuleType
) -> None:
    case = make.case(by="rina", focus=Focus.poverty, urgency=Urgency.urgent)
    opened = case.opened_at
    data = {"version": case.version, "channel": "family", "presenting_problem": "Baru"}
    assert as_user("rina").post(f"/cases/edit/{case.id}", data=data).status_code == 302
    assert (reload(case).focus, case.urgency, case.opened_at) == (None, Urgency.urgent, opened)
    report = make.report(urgency=Urgency.emergency)
    data = {"version": report.version, "channel": "family", "description": "Baru"}
    assert as_user("sari").post(f"/incoming-reports/edit/{report.id}", data=data).status_code == 302
    assert (reload(report).urgency, report.description) == (Urgency.emergency, "Baru")


def test_case_page_lists_what_is_still_open(app: Flask, as_user: AsUser, make: ModuleType) -> None:
    follow_up = make.follow_up(title="Antar ke puskesmas", due_on=days_ahead(13))
    address = f"/cases/show/{follow_up.case_id}"
    page = as_user("rina").get(address).text
    assert f'href="/follow-ups/show/{follow_up.id}"' in page
    assert f"tenggat {days_ahead(13).day} Jun 2027: Antar ke puskesmas" in page.replace(
        "\N{NO-BREAK SPACE}", " "
    )
    data = {"version": follow_up.version, "result": "Sudah diantar"}
    assert as_user("rina").post(f"/follow-ups/{follow_up.id}/done", data=data).status_code == 302
    updated_page = as_user("rina").get(address).text
    assert reload(follow_up.case).closing_blockers == []
    assert "Antar ke puskesmas" not in updated_page.split('aria-labelledby="recent"')[0]


def test_cases_are_found_by_number_and_by_the_clients_name(
    app: Flask, as_user: AsUser, make: ModuleType
) -> None:
    first = make.case(client=make.client(name="Sutiyono"))
    second = make.case(client=make.client(name="Melati"))
    rina = as_user("rina")

    def found(q: str) -> set[str]:
        return set(re.findall(r"LK3/\d{4}/\d{4}", rina.get(f"/cases/list/?q={q}").text))

    assert found("sutiyo") == {first.number}
    assert found("melati") == {second.number}
    assert found(second.number) == {second.number}
    assert found("tidakada") == set()
