from html import unescape
from types import ModuleType, SimpleNamespace

import pytest
from flask import Flask
from sqlalchemy import select

from app.cases.models.case import Case
from app.cases.models.event import CaseEvent
from app.cases.services.caseload import assign_worker, hand_over_caseload
from app.cases.services.events import record_event
from app.core.errors import Forbidden, PortalError
from app.db.transaction import transaction
from app.extensions import db
from app.reference.enums import Confidentiality
from app.security.models import PortalUser
from app.security.services.users import deactivate
from tests.cases.support import AsUser, reload
from tests.support import books

_, LIMITED, SECRET = Confidentiality


def test_open_follow_ups_follow_the_case_and_entries_keep_their_author(
    app: Flask, make: ModuleType, people: SimpleNamespace
) -> None:
    case = make.case()
    mine, hers = make.follow_up(case=case), make.follow_up(case=case, assignee=people.sari)
    note = make.note(case=case)
    with transaction(by=people.rina):
        assign_worker(case, worker=people.dodi, reason="Cuti", by=people.rina)
    assert (mine.assignee, hers.assignee) == (people.dodi, people.sari)
    assert reload(note).author == people.rina


def hand_over(as_user: AsUser, worker: PortalUser, successor: PortalUser) -> str:
    """Hand over a caseload as an administrator; return the page with the resulting messages."""
    admin = as_user("admin")
    data = {"worker": worker.id, "successor": successor.id, "reason": "Pindah tugas"}
    answer = admin.post("/caseload/", data=data)
    assert (answer.status_code, answer.location) == (302, "/caseload/")
    return unescape(admin.get_page("/caseload/"))


def list_handover_events(*cases: Case) -> list[tuple[int, str]]:
    """Return case id and kind of the hand-over events of these cases, in the order of their ids."""
    query = select(CaseEvent.case_id, CaseEvent.kind).where(
        CaseEvent.case_id.in_([case.id for case in cases]),
        CaseEvent.kind.in_(["worker_assigned", "follow_ups_handed_over"]),
    )
    return [(case_id, kind) for case_id, kind in db.session.execute(query.order_by(CaseEvent.id))]


def test_a_whole_caseload_goes_to_a_colleague(
    app: Flask, make: ModuleType, people: SimpleNamespace, as_user: AsUser
) -> None:
    cases = [make.case(), make.case(confidentiality=SECRET, team=[people.dodi])]
    other = make.case(by="sari")
    page = hand_over(as_user, people.rina, people.dodi)
    assert "2 kasus telah diserahkan kepada Dodi Pratama." in page
    assert "tetap pada timnya" not in page
    assert [reload(case).worker.username for case in cases] == ["dodi", "dodi"]
    assert reload(other).worker.username == "sari"
    assert list_handover_events(*cases) == [(case.id, "worker_assigned") for case in cases]
    assert books.list_faults() == []


def test_limited_and_secret_cases_stay_when_the_successor_is_not_on_their_team(
    app: Flask, make: ModuleType, people: SimpleNamespace, as_user: AsUser
) -> None:
    ordinary, shared = make.case(), make.case(confidentiality=SECRET, team=[people.dodi])
    kept = [make.case(confidentiality=tier, team=[people.sari]) for tier in (LIMITED, SECRET, SECRET)]
    steps = [make.follow_up(case=case) for case in kept]
    page = hand_over(as_user, people.rina, people.dodi)
    assert "2 kasus telah diserahkan kepada Dodi Pratama." in page
    stays = "3 kasus terbatas atau rahasia tetap pada timnya karena penggantinya bukan anggota tim."
    assert stays in page
    assert [reload(case).worker.username for case in (ordinary, shared)] == ["dodi", "dodi"]
    for case, step in zip(kept, steps, strict=True):
        assert reload(case).worker == people.rina
        assert sorted(member.username for member in case.team) == ["rina", "sari"]
        assert step.assignee == people.rina
        assert case.number not in page
        assert case.client.name not in page
    assert list_handover_events(*kept) == []
    assert as_user("dodi").get(f"/cases/show/{kept[1].id}").status_code == 404
    assert as_user("admin").get(f"/cases/show/{kept[1].id}").status_code == 404


def test_caseload_of_which_nothing_is_handed_over_is_reported(
    app: Flask, make: ModuleType, people: SimpleNamespace, as_user: AsUser
) -> None:
    case = make.case(confidentiality=SECRET)
    page = hand_over(as_user, people.rina, people.dodi)
    assert "Tidak ada yang diserahkan." in page
    assert "1 kasus terbatas atau rahasia tetap pada timnya" in page
    assert "telah diserahkan" not in page
    assert reload(case).worker == people.rina


@pytest.mark.parametrize("tier", [LIMITED, SECRET])
def test_follow_up_in_a_hidden_case_goes_to_a_colleague_on_its_team(
    app: Flask, make: ModuleType, people: SimpleNamespace, as_user: AsUser, tier: Confidentiality
) -> None:
    led = make.case(by="sari", confidentiality=tier, team=[people.rina])
    unled = make.case(by="admin", confidentiality=tier, team=[people.rina, people.sari])
    shared = make.case(by="sari", confidentiality=tier, team=[people.rina, people.dodi])
    alone = make.case(by="admin", confidentiality=tier, team=[people.rina, people.admin])
    steps = [make.follow_up(case=case, assignee=people.rina) for case in (led, unled, shared, alone)]
    teams = [sorted(member.id for member in case.team) for case in (led, unled, shared, alone)]
    page = hand_over(as_user, people.rina, people.dodi)
    assert [reload(step).assignee.username for step in steps] == ["sari", "sari", "dodi", "rina"]
    now = [sorted(member.id for member in reload(case).team) for case in (led, unled, shared, alone)]
    assert now == teams, "a hand-over adds nobody to a team"
    assert "3 tindak lanjut dalam kasus yang dipegang peksos lain" in page
    assert "1 kasus terbatas atau rahasia tetap pada timnya" in page
    handed = "follow_ups_handed_over"
    assert list_handover_events(led, unled, shared, alone) == [
        (case.id, handed) for case in (led, unled, shared)
    ]


def test_follow_up_stays_when_the_peksos_of_the_case_is_inactive(
    app: Flask, make: ModuleType, people: SimpleNamespace, as_user: AsUser
) -> None:
    case = make.case(by="sari", confidentiality=SECRET, team=[people.rina])
    step = make.follow_up(case=case, assignee=people.rina)
    with transaction(by=people.admin):
        deactivate(people.sari, by=people.admin)
    assert "1 kasus terbatas atau rahasia tetap pada timnya" in hand_over(as_user, people.rina, people.dodi)
    assert reload(step).assignee == people.rina


def test_administrator_cannot_assign_a_hidden_secret_case(
    app: Flask, make: ModuleType, people: SimpleNamespace, as_user: AsUser
) -> None:
    case = make.case(confidentiality=SECRET, team=[people.sari])
    data = {"version": case.version, "worker": people.dodi.id, "reason": "Ambil alih"}
    assert as_user("admin").post(f"/cases/{case.id}/assign", data=data).status_code == 404
    with pytest.raises(Forbidden), transaction(by=people.admin):
        assign_worker(case, worker=people.dodi, reason="Ambil alih", by=people.admin)
    assert reload(case).worker == people.rina
    assert people.dodi not in case.team


def test_failed_hand_over_is_rolled_back_completely(
    app: Flask, make: ModuleType, people: SimpleNamespace, monkeypatch: pytest.MonkeyPatch
) -> None:
    from app.cases.services import caseload

    cases, original = [make.case(), make.case()], record_event

    def fail_at_the_second(case: object, *args: object, **more: object) -> object:
        if case is cases[1]:
            raise PortalError("Listrik padam")
        return original(case, *args, **more)

    monkeypatch.setattr(caseload, "record_event", fail_at_the_second)
    with pytest.raises(PortalError), transaction(by=people.admin):
        hand_over_caseload(worker=people.rina, successor=people.dodi, reason="x", by=people.admin)
    assert [reload(case).worker.username for case in cases] == ["rina", "rina"]


@pytest.mark.parametrize(
    ("worker", "successor", "field"), [("rina", "kabid", "successor"), ("sari", "dodi", "worker")]
)
def test_a_caseload_that_cannot_be_handed_over_is_refused_beside_its_field(
    app: Flask,
    make: ModuleType,
    people: SimpleNamespace,
    as_user: AsUser,
    worker: str,
    successor: str,
    field: str,
) -> None:
    make.case()
    data = {
        "worker": getattr(people, worker).id,
        "successor": getattr(people, successor).id,
        "reason": "Cuti",
    }
    answer = as_user("admin").post("/caseload/", data=data)
    assert answer.status_code == 200
    assert f'id="{field}-error"' in answer.text
    assert "Cuti" in answer.text


def test_form_shows_worker_and_successor_before_the_reason(as_user: AsUser) -> None:
    page = as_user("admin").get_page("/caseload/")
    places = [page.index(f'name="{field}"') for field in ("worker", "successor", "reason")]
    assert places == sorted(places)
