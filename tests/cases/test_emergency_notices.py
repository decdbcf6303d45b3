"""Recipients of the notice of an emergency access, and when it disappears from the first page."""

from types import ModuleType, SimpleNamespace

import pytest
from flask import Flask
from sqlalchemy import select

from app.cases.models.case import Case
from app.cases.models.event import CaseEvent, CaseReason
from app.db.transaction import transaction
from app.extensions import db
from app.notices.enums import NoticeKind
from app.notices.models import Notice
from tests.cases.emergency_access import (
    ACCESS_PATH,
    NIK,
    REASON,
    SECRET,
    AsUser,
    audit_lines,
    list_accesses,
    notified_usernames,
    request_access,
)
from tests.support import books
from tests.support.portal import get_user


@pytest.fixture
def case(make: ModuleType) -> Case:
    """Dodi's secret case, whose client has `NIK`."""
    return make.case(by="dodi", client=make.client(nik=NIK), confidentiality=SECRET)


def test_access_is_recorded_and_notified_to_the_team_and_the_supervisor(
    as_user: AsUser, case: Case, make: ModuleType, people: SimpleNamespace
) -> None:
    number, pk = case.number, case.id
    with transaction(by=people.dodi):
        case.team.append(people.rina)
    request_access(as_user("admin"), number)
    event = db.session.scalars(select(CaseEvent).order_by(CaseEvent.id.desc()).limit(1)).one()
    assert (event.case_id, event.kind, event.actor_id) == (
        pk,
        "emergency_access_opened",
        people.admin.id,
    )
    assert db.session.scalars(select(CaseReason.text).filter_by(event_id=event.id)).one() == REASON
    assert notified_usernames() == ["dodi", "kabid", "rina"]
    assert audit_lines() == ["opened"]
    assert books.list_faults() == []
    (access,) = list_accesses()
    sentence = "Sebuah kasus tersembunyi dibuka dalam keadaan darurat"
    for name in ("dodi", "kabid", "rina"):
        assert sentence in as_user(name).get_page("/")
        page = as_user(name).get_page(f"{ACCESS_PATH}/show/{access.id}")
        assert REASON in page
        assert (number in page) == (name != "kabid")
    assert sentence not in as_user("sari").get_page("/")
    assert REASON in as_user("dodi").get_page(f"/cases/{pk}/timeline")


def test_a_notice_stays_on_the_first_page_until_it_is_read(as_user: AsUser, case: Case) -> None:
    request_access(as_user("admin"), case.number)
    notice = db.session.scalars(select(Notice).filter_by(user_id=get_user("dodi").id)).one()
    pk, version = notice.id, notice.version
    as_user("dodi").post(f"/notices/{pk}/read", data={"version": version})
    assert "dalam keadaan darurat" not in as_user("dodi").get_page("/")
    assert "dalam keadaan darurat" in as_user("kabid").get_page("/")


def test_refused_attempt_is_on_the_first_page_of_administrators(
    as_user: AsUser, make: ModuleType, app: Flask
) -> None:
    make.shift("sari")
    request_access(as_user("sari"), "LK3/2027/9999")
    assert notified_usernames() == ["admin"]
    (access,) = list_accesses()
    assert "dalam keadaan darurat" in as_user("admin").get_page("/")
    assert REASON in as_user("admin").get_page(f"{ACCESS_PATH}/show/{access.id}")
    assert as_user("rina").get(f"{ACCESS_PATH}/show/{access.id}").status_code == 404


@pytest.mark.parametrize("how", ["left the team", "lost the role", "was inactive"])
def test_user_who_opened_the_case_cannot_dismiss_the_notice(
    as_user: AsUser, case: Case, people: SimpleNamespace, how: str
) -> None:
    number = case.number
    if how == "was inactive":
        with transaction(by=people.admin):
            people.dodi.active = people.kabid.active = False
    request_access(as_user("admin"), number)
    with transaction(by=people.admin):
        if how == "left the team":
            case.worker, case.team = people.sari, [people.sari]
        elif how == "lost the role":
            people.kabid.roles = people.rina.roles
        else:
            people.dodi.active = people.kabid.active = True
    (access,) = list_accesses()
    pk = access.id
    for name in ("dodi", "kabid"):
        assert "dalam keadaan darurat" in as_user(name).get_page("/")
        assert REASON in as_user(name).get_page(f"{ACCESS_PATH}/show/{pk}")


def test_access_is_shown_only_to_its_user_and_notified_users(
    as_user: AsUser, case: Case, people: SimpleNamespace
) -> None:
    request_access(as_user("admin"), case.number)
    (access,) = list_accesses()
    pk = access.id
    with transaction(by=people.admin) as session:  # a notice of another kind whose record has the same id
        session.add(
            Notice(user_id=people.sari.id, kind=NoticeKind.nik_to_check, entity="client", entity_id=pk)
        )
    statuses = {
        name: as_user(name).get(f"{ACCESS_PATH}/show/{pk}").status_code
        for name in ("dodi", "kabid", "admin", "rina", "sari")
    }
    assert statuses == {"dodi": 200, "kabid": 200, "admin": 200, "rina": 404, "sari": 404}
    request_access(as_user("admin"), "LK3/2027/9999")
    refused = list_accesses()[-1].id
    assert [
        as_user(name).get(f"{ACCESS_PATH}/show/{refused}").status_code for name in ("admin", "kabid", "rina")
    ] == [200, 200, 404]


def test_other_notices_do_not_push_it_off_the_first_page(
    as_user: AsUser, case: Case, make: ModuleType
) -> None:
    request_access(as_user("admin"), case.number)
    for _notice in range(8):
        make.notice("dodi")
    assert "dalam keadaan darurat" in as_user("dodi").get_page("/")


def test_without_team_and_supervisor_other_administrators_are_notified(
    as_user: AsUser, case: Case, people: SimpleNamespace
) -> None:
    number = case.number
    with transaction(by=people.admin):
        people.dodi.active = people.kabid.active = False
        people.sari.roles = people.admin.roles
    request_access(as_user("admin"), number)
    assert notified_usernames() == ["dodi", "kabid", "sari"]
