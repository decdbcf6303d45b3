"""Owners of follow-ups, hand-overs of a caseload, and records that have lost their owner."""

import re
from datetime import datetime, timedelta
from types import ModuleType, SimpleNamespace

import pytest
from flask import Flask
from sqlalchemy import select

from app.cases.models.case import CasePerson
from app.cases.models.event import CaseEvent, CaseReason
from app.cases.services.caseload import hand_over_caseload
from app.cases.services.cases import update_person
from app.cases.services.entries import set_follow_up
from app.clients.services.clients import archive_client
from app.core import clock
from app.core.actor import SYSTEM
from app.core.errors import PortalError
from app.db.transaction import transaction
from app.extensions import db
from app.reference.enums import Confidentiality
from app.security.services.users import deactivate
from tests.cases.support import AsUser, count_rows, reload
from tests.support.portal import PASSWORD

MIDNIGHT = datetime(2026, 11, 24, 0, 0, tzinfo=clock.WITA)


def test_follow_up_is_assigned_to_the_peksos_of_the_case_else_to_its_author(
    app: Flask, make: ModuleType, people: SimpleNamespace
) -> None:
    led, unled = make.case(by="rina"), make.case(by="admin")
    assert make.follow_up(case=led, by="sari").assignee == people.rina
    assert make.follow_up(case=unled, by="sari").assignee == people.sari
    assert make.follow_up(case=unled, by="admin").assignee == people.admin
    with pytest.raises(PortalError) as refusal, transaction(by=SYSTEM):
        set_follow_up({"case": unled, "title": "x", "due_on": clock.today()}, by=SYSTEM)
    assert refusal.value.field == "assignee"


@pytest.mark.parametrize("tier", [Confidentiality.limited, Confidentiality.secret])
def test_work_in_a_hidden_case_is_given_to_its_team_only(
    app: Flask, make: ModuleType, people: SimpleNamespace, tier: Confidentiality
) -> None:
    case = make.case(by="rina", team=[people.dodi], confidentiality=tier)
    for make_work, field in ((make.follow_up, "assignee"), (make.goal, "responsible")):
        with pytest.raises(PortalError) as refusal:
            make_work(case=case, **{field: people.sari})
        assert refusal.value.field == field
        assert getattr(make_work(case=case, **{field: people.dodi}), field) == people.dodi


def test_no_work_is_given_to_a_closed_account(app: Flask, make: ModuleType, people: SimpleNamespace) -> None:
    case = make.case(by="rina", team=[people.dodi])
    with transaction(by=people.admin):
        people.rina.active = False
    for make_work, field in ((make.follow_up, "assignee"), (make.goal, "responsible")):
        with pytest.raises(PortalError) as refusal:
            make_work(case=case, by="dodi", **{field: people.rina})
        assert refusal.value.field == field
    assert make.follow_up(case=case, by="dodi").assignee == people.dodi, "the peksos of the case is inactive"


@pytest.mark.both_databases
def test_follow_up_lists_use_the_days_of_bontang(app: Flask, make: ModuleType, as_user: AsUser) -> None:
    with clock.freeze_time(MIDNIGHT - timedelta(days=1)):
        case = make.case()
        for days, title in enumerate(("Jenguk", "Antar surat", "Telepon kakak")):
            make.follow_up(case=case, title=title, due_on=clock.today() + timedelta(days=days))
        done = make.follow_up(case=case, title="Beres", due_on=clock.today())
        data = {"version": done.version, "result": "Sudah"}
        assert as_user("rina").post(f"/follow-ups/{done.id}/done", data=data).status_code == 302
    with clock.freeze_time(MIDNIGHT + timedelta(minutes=1)):
        kabid = as_user("kabid")
        names = ("overdue", "today", "upcoming", "done", "unowned")
        pages = {name: kabid.get(f"/follow-ups/list/?show={name}").text for name in names}
    title = re.compile(r">(Jenguk|Antar surat|Telepon kakak|Beres)</a>")
    assert [title.findall(pages[name]) for name in names] == [
        ["Jenguk"],
        ["Antar surat"],
        ["Telepon kakak"],
        ["Beres"],
        [],
    ]
    assert re.search(r'show=overdue"\s+aria-current="true"', pages["overdue"])
    assert kabid.get("/follow-ups/list/?show=everything").status_code == 400


def test_caseload_includes_follow_ups_in_cases_of_others(
    app: Flask, make: ModuleType, people: SimpleNamespace
) -> None:
    hers, his = make.case(by="rina"), make.case(by="sari")
    secret = make.case(by="sari", team=[people.rina], confidentiality=Confidentiality.secret)
    promised = [make.follow_up(case=case, assignee=people.rina) for case in (hers, his, secret)]
    with transaction(by=people.admin):
        hand_over_caseload(worker=people.rina, successor=people.dodi, reason="Pensiun", by=people.admin)
    owners = [reload(one).assignee.username for one in promised]
    assert owners == ["dodi", "dodi", "sari"], (
        "Dodi may not see the secret case: its own peksos takes the follow-up"
    )
    assert people.dodi not in secret.team
    handed = select(CaseEvent).where(CaseEvent.kind == "follow_ups_handed_over")
    events = db.session.scalars(handed.order_by(CaseEvent.case_id)).all()
    assert [event.case_id for event in events] == [his.id, secret.id]
    assert db.session.scalars(select(CaseReason.text).distinct()).all() == ["Pensiun"]


def test_follow_ups_without_cases_are_handed_over_too(
    app: Flask, make: ModuleType, people: SimpleNamespace
) -> None:
    step = make.follow_up(case=make.case(by="rina"), assignee=people.sari)
    with transaction(by=people.admin):
        hand_over_caseload(worker=people.sari, successor=people.dodi, reason="Cuti", by=people.admin)
    assert reload(step).assignee == people.dodi


def test_records_without_owner_are_on_the_first_page(
    app: Flask, make: ModuleType, people: SimpleNamespace, as_user: AsUser
) -> None:
    assert "show=unowned" not in as_user("sari").get("/").text
    unled = make.case(by="admin", client=make.client(name="Tanpa Peksos"))
    step = make.follow_up(case=make.case(by="rina"), title="Antar obat", assignee=people.dodi)
    hidden = make.case(by="dodi", confidentiality=Confidentiality.secret, team=[people.rina])
    make.follow_up(case=hidden, title="Antar ke rumah aman", assignee=people.dodi)
    with transaction(by=people.admin):
        deactivate(people.dodi, by=people.admin)
    for who in ("sari", "admin"):
        page = as_user(who).get("/").text
        assert "/cases/list/?show=unowned" in page
        assert "/follow-ups/list/?show=unowned" in page
        assert "Tanpa Peksos" in page
        assert "Antar obat" in page
        assert "Antar ke rumah aman" not in page
        assert f"/cases/show/{unled.id}" in as_user(who).get("/cases/list/?show=unowned").text
        assert f"/cases/show/{hidden.id}" not in as_user(who).get("/cases/list/?show=unowned").text
        assert f"/follow-ups/show/{step.id}" in as_user(who).get("/follow-ups/list/?show=unowned").text
    assert "show=unowned" not in as_user("kabid").get("/").text


@pytest.mark.parametrize("how", ["deactivated", "demoted"])
def test_administrator_reassigns_a_secret_case_that_lost_its_last_colleague(
    app: Flask, make: ModuleType, people: SimpleNamespace, as_user: AsUser, how: str
) -> None:
    case, other = (make.case(by="sari", confidentiality=Confidentiality.secret) for _ in range(2))
    admin, address = as_user("admin"), f"/cases/show/{case.id}"
    with transaction(by=SYSTEM):
        other.team = [people.rina, people.sari]
    assert admin.get(address).status_code == 404
    with transaction(by=people.admin):
        if how == "deactivated":
            deactivate(people.sari, by=people.admin)
        else:
            people.sari.roles = people.kabid.roles
    assert admin.get(address).status_code == 404
    first = admin.get_page("/")
    assert case.number in first
    assert other.number not in first, "Rina is still on its team"
    form = {"number_or_nik": case.number, "reason": "Sari pindah", "password": PASSWORD}
    admin.post("/emergency-access/add", data=form)
    assert admin.get(f"/clients/show/{case.client_id}").status_code == 200
    for who in ("dodi", "kabid"):
        assert as_user(who).get(address).status_code == 404
    data = {"version": reload(case).version, "worker": people.dodi.id, "reason": "Sari pindah"}
    assert admin.post(f"/cases/{case.id}/assign", data=data).status_code == 302
    assert as_user("dodi").get(address).status_code == 200
    assert case.number not in admin.get_page("/")


def test_archived_records_are_in_no_section(
    app: Flask, make: ModuleType, people: SimpleNamespace, as_user: AsUser
) -> None:
    household = make.household()
    make.client(name="Masih Ada", household=household)
    gone = make.client(name="Sudah Diarsipkan", household=household)
    with transaction(by=people.admin):
        archive_client(gone, by=people.admin)
    page = as_user("rina").get(f"/households/show/{household.id}").text
    assert "Masih Ada" in page
    assert "Sudah Diarsipkan" not in page


def test_saving_an_unchanged_person_writes_no_event(
    app: Flask, make: ModuleType, people: SimpleNamespace
) -> None:
    person: CasePerson = make.case_person()
    before = (person.version, count_rows(CaseEvent))
    with transaction(by=people.rina):
        update_person(person, {"client": person.client, "role": person.role}, by=people.rina)
    assert (person.version, count_rows(CaseEvent)) == before


def test_reason_is_on_the_timeline_and_not_in_the_event_data(
    app: Flask, make: ModuleType, people: SimpleNamespace, as_user: AsUser
) -> None:
    case = make.case(by="rina")
    data = {"version": case.version, "stage": "intervention", "reason": "Darurat malam hari"}
    assert as_user("rina").post(f"/cases/{case.id}/skip", data=data).status_code == 302
    assert "Darurat malam hari" in as_user("kabid").get(f"/cases/{case.id}/timeline").text
    payloads = [str(event.data) for event in db.session.scalars(select(CaseEvent))]
    assert not any("Darurat" in payload for payload in payloads)
