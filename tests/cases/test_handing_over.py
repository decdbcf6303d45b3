from types import ModuleType, SimpleNamespace

import pytest
from flask import Flask

from app.cases.services import assign_worker, hand_over_caseload
from app.core.errors import PortalError
from app.core.unit import unit
from app.reference.choices import Confidentiality
from tests.cases.support import AsUser, fresh


def test_open_follow_ups_follow_the_case_and_entries_keep_their_author(
    app: Flask, make: ModuleType, people: SimpleNamespace
) -> None:
    case = make.case()
    mine, hers = make.follow_up(case=case), make.follow_up(case=case, assignee=people.sari)
    note = make.note(case=case)
    with unit(by=people.rina):
        assign_worker(case, worker=people.dodi, reason="Cuti", by=people.rina)
    assert (mine.assignee, hers.assignee) == (people.dodi, people.sari)
    assert fresh(note).author == people.rina


def test_a_whole_caseload_goes_to_a_colleague(
    app: Flask, make: ModuleType, people: SimpleNamespace, as_user: AsUser
) -> None:
    cases = [make.case(), make.case(confidentiality=Confidentiality.secret)]
    other = make.case(by="sari")
    data = {"worker": people.rina.id, "successor": people.dodi.id, "reason": "Pindah tugas"}
    assert as_user("admin").post("/caseload/", data=data).status_code == 302
    assert [fresh(case).worker.username for case in cases] == ["dodi", "dodi"]
    assert fresh(other).worker.username == "sari"


def test_all_or_none_is_handed_over(
    app: Flask, make: ModuleType, people: SimpleNamespace, monkeypatch: pytest.MonkeyPatch
) -> None:
    from app.cases.services import caseload

    cases, told = [make.case(), make.case()], caseload.record

    def fail_at_the_second(case: object, *args: object, **more: object) -> object:
        if case is cases[1]:
            raise PortalError("Listrik padam")
        return told(case, *args, **more)

    monkeypatch.setattr(caseload, "record", fail_at_the_second)
    with pytest.raises(PortalError), unit(by=people.admin):
        hand_over_caseload(worker=people.rina, successor=people.dodi, reason="x", by=people.admin)
    assert [fresh(case).worker.username for case in cases] == ["rina", "rina"]


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
