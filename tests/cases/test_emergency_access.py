"""Emergency access opens one hidden case for one hour; every attempt is recorded and limited."""

import re
from collections.abc import Callable
from datetime import timedelta
from types import ModuleType, SimpleNamespace
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import select, update

from app.audit.enums import Action
from app.audit.models import AuditEntry
from app.cases.models.case import Case
from app.cases.models.entries import CaseNote
from app.cases.services.caseload import assign_worker
from app.cases.services.cases import lower_confidentiality, update_case
from app.cases.services.emergency import open_emergency_access
from app.cases.services.process import correct_note
from app.core.errors import CommittedError, Forbidden
from app.db.transaction import transaction
from app.extensions import db
from app.reference.enums import Confidentiality
from app.security.models import PortalUser
from app.standby.services.planning import cancel_shift
from tests.cases.emergency_access import (
    ACCESS_PATH,
    LIMITED,
    NIK,
    NOT_FOUND,
    REASON,
    SECRET,
    AsUser,
    audit_lines,
    case_status_code,
    list_accesses,
    notified_usernames,
    request_access,
)
from tests.support.concurrency import run_concurrently
from tests.support.fixed_clock import advance_machine_clock
from tests.support.portal import PASSWORD, get_user


@pytest.fixture
def case(make: ModuleType) -> Case:
    """Dodi's secret case, whose client has `NIK`."""
    return make.case(by="dodi", client=make.client(nik=NIK), confidentiality=SECRET)


def blank_tokens(page: str) -> str:
    """Blank the CSRF token, form key and nonce, which differ in each rendering of the form."""
    return re.sub(r'(name="(csrf_token|form_key)"[^>]*value|nonce)="[^"]*"', r'\1=""', page)


def test_access_opens_one_hidden_case_for_one_hour(as_user: AsUser, case: Case, make: ModuleType) -> None:
    other = make.case(by="dodi", confidentiality=SECRET)
    number, pk, client_id = case.number, case.id, case.client_id
    admin = as_user("admin")
    assert case_status_code(admin, pk) == 404
    page = request_access(admin, f" {number.lower()} ")
    assert page.startswith(f"{ACCESS_PATH}/show/")
    assert "Anda dapat melihat kasus ini sampai" in admin.get_page(page)
    assert (case_status_code(admin, pk), case_status_code(admin, other.id)) == (200, 404)
    assert admin.get(f"/clients/show/{client_id}").status_code == 200
    assert admin.get(f"/cases/{pk}/timeline").status_code == 200
    with advance_machine_clock(timedelta(minutes=59)):
        assert case_status_code(as_user("admin"), pk) == 200
    with advance_machine_clock(timedelta(minutes=61)):
        assert case_status_code(as_user("admin"), pk) == 404
        assert as_user("admin").get(f"/clients/show/{client_id}").status_code == 404


def test_a_case_is_opened_again_when_the_hour_is_over(as_user: AsUser, case: Case) -> None:
    number, pk = case.number, case.id
    request_access(as_user("admin"), number)
    with advance_machine_clock(timedelta(minutes=61)):
        admin = as_user("admin")
        assert request_access(admin, number).startswith(ACCESS_PATH)
        assert case_status_code(admin, pk) == 200


def test_access_opens_the_case_to_its_user_only(as_user: AsUser, case: Case, make: ModuleType) -> None:
    number, pk = case.number, case.id
    make.shift("sari")
    request_access(as_user("sari"), number)
    assert [case_status_code(as_user(name), pk) for name in ("sari", "admin", "rina", "kabid")] == [
        200,
        404,
        404,
        404,
    ]


def test_the_exact_nik_finds_the_open_case_first_and_the_next_one_after_it(
    as_user: AsUser, case: Case, make: ModuleType
) -> None:
    second = make.case(by="dodi", client=case.client, confidentiality=SECRET)
    make.case(by="dodi", client=case.client)  # ordinary: visible to all staff
    ids = [second.id, case.id]
    admin = as_user("admin")
    for _case in ids:
        assert request_access(admin, "6474 0157 0845 0011").startswith(ACCESS_PATH)
    assert [one.case_id for one in list_accesses()] == ids
    assert NOT_FOUND in request_access(admin, NIK)


def test_a_nik_finds_the_case_of_another_person_in_it(as_user: AsUser, case: Case, make: ModuleType) -> None:
    make.case_person(by="dodi", case=case, client=make.client(nik="6474015708450012"))
    pk = case.id
    request_access(as_user("admin"), "6474015708450012")
    assert [one.case_id for one in list_accesses()] == [pk]


@pytest.mark.parametrize("part", ["647401570845001", "64740157084500110", "LK3/", "%", "0"])
def test_a_part_of_a_number_finds_nothing(as_user: AsUser, case: Case, part: str) -> None:
    assert NOT_FOUND in request_access(as_user("admin"), part)


@pytest.mark.parametrize("typed", ["LK3/2027/9999", "6474015708459999"])
def test_missing_and_already_open_case_get_the_same_answer_and_are_recorded(
    as_user: AsUser, case: Case, typed: str
) -> None:
    number = case.number
    admin = as_user("admin")
    admin.get_page(request_access(admin, number))  # shows the one-time message that the case is open
    open_already, missing = request_access(admin, number), request_access(admin, typed)
    assert NOT_FOUND in open_already
    assert blank_tokens(missing).replace(typed, "") == blank_tokens(open_already).replace(number, "")
    assert [one.state.name for one in list_accesses()] == ["open", "refused", "refused"]
    assert audit_lines() == ["opened", "refused", "refused"]


def test_visible_case_is_answered_like_a_missing_one(as_user: AsUser, make: ModuleType) -> None:
    assert NOT_FOUND in request_access(as_user("admin"), make.case(by="dodi").number)


def test_refused_attempt_keeps_what_was_typed_except_the_password(as_user: AsUser, app: Flask) -> None:
    page = request_access(as_user("admin"), "LK3/2027/9999")
    assert "LK3/2027/9999" in page
    assert REASON in page
    assert PASSWORD not in page


def test_wrong_password_opens_nothing_and_counts_as_an_attempt(as_user: AsUser, case: Case) -> None:
    number, pk = case.number, case.id
    admin = as_user("admin")
    assert "Ini bukan kata sandi Anda sekarang." in request_access(admin, number, password="salah sekali ini")
    assert case_status_code(admin, pk) == 404
    assert [one.state.name for one in list_accesses()] == ["refused"]
    assert notified_usernames() == ["kabid"]  # the only administrator is the user who tried
    assert audit_lines() == ["refused"]


def test_fourth_attempt_within_an_hour_is_refused(as_user: AsUser, case: Case) -> None:
    number, pk = case.number, case.id
    admin = as_user("admin")
    for _try in range(3):
        request_access(admin, "LK3/2027/9999")
    assert "Anda sudah mencoba tiga kali dalam satu jam." in request_access(admin, number)
    assert (len(list_accesses()), case_status_code(admin, pk)) == (3, 404)
    with advance_machine_clock(timedelta(minutes=61)):
        admin = as_user("admin")
        assert request_access(admin, number).startswith(ACCESS_PATH)
        assert case_status_code(admin, pk) == 200


def test_attempts_of_one_user_leave_another_all_of_theirs(
    as_user: AsUser, case: Case, make: ModuleType
) -> None:
    number = case.number
    make.shift("sari")
    for _try in range(3):
        request_access(as_user("sari"), "LK3/2027/9999")
    assert request_access(as_user("admin"), number).startswith(ACCESS_PATH)


def test_opening_counts_as_an_attempt(as_user: AsUser, make: ModuleType) -> None:
    numbers = [make.case(by="dodi", confidentiality=SECRET).number for _case in range(4)]
    admin = as_user("admin")
    answers = [request_access(admin, number) for number in numbers]
    assert [answer.startswith(ACCESS_PATH) for answer in answers] == [True, True, True, False]
    assert "Anda sudah mencoba tiga kali dalam satu jam." in answers[3]
    assert [one.state.name for one in list_accesses()] == ["open"] * 3


def test_one_of_two_concurrent_attempts_at_the_limit_is_refused(
    app: Flask, as_user: AsUser, make: ModuleType
) -> None:
    numbers = [make.case(by="dodi", confidentiality=SECRET).number for _case in range(2)]
    clients = [as_user("admin"), as_user("admin")]
    for _try in range(2):
        request_access(clients[0], "LK3/2027/9999")
    answers = run_concurrently(2, lambda index: request_access(clients[index], numbers[index]))
    assert sum(str(answer).startswith(ACCESS_PATH) for answer in answers) == 1
    assert sum("Anda sudah mencoba tiga kali dalam satu jam." in str(answer) for answer in answers) == 1
    assert sorted(one.state.name for one in list_accesses()) == ["open", "refused", "refused"]


def test_open_access_adds_no_sql_statement(
    as_user: AsUser, case: Case, make: ModuleType, capture_statements: Callable[..., Any]
) -> None:
    number, ordinary = case.number, make.case(by="admin").id
    admin = as_user("admin")
    pages = ("/", "/cases/list/", f"/cases/show/{ordinary}")

    def counts() -> dict[str, int]:
        found = {}
        for page in pages:
            admin.get_page(page)  # fill the caches, which are not to be counted
            with capture_statements() as sent:
                admin.get_page(page)
            found[page] = len(sent)
            (session,) = [one for one in sent if "JOIN user_session" in one]
            assert "emergency_access" in session, page
        return found

    before = counts()
    assert request_access(admin, number).startswith(ACCESS_PATH)
    assert number in admin.get_page("/cases/list/")
    assert counts() == before


def test_incomplete_form_is_not_an_attempt(as_user: AsUser, case: Case) -> None:
    request_access(as_user("admin"), case.number, reason=" ")
    assert list_accesses() == []


def test_only_the_peksos_on_duty_opens_a_case(as_user: AsUser, make: ModuleType, case: Case) -> None:
    number, pk = case.number, case.id
    make.shift("rina")
    answer = as_user("sari").post(
        f"{ACCESS_PATH}/add", data={"number_or_nik": number, "reason": REASON, "password": PASSWORD}
    )
    assert answer.status_code == 403
    assert "Hanya administrator atau peksos yang sedang bertugas" in answer.text
    assert number in answer.text
    assert list_accesses() == []
    assert request_access(as_user("rina"), number).startswith(ACCESS_PATH)
    assert case_status_code(as_user("rina"), pk) == 200


def test_cancelled_shift_puts_nobody_on_duty(
    as_user: AsUser, make: ModuleType, people: SimpleNamespace, case: Case
) -> None:
    shift, number = make.shift("rina"), case.number
    with transaction(by=people.admin):
        cancel_shift(shift, reason="Sakit.", by=people.admin)
    form = {"number_or_nik": number, "reason": REASON, "password": PASSWORD}
    assert as_user("rina").post(f"{ACCESS_PATH}/add", data=form).status_code == 403
    assert list_accesses() == []


def test_form_explains_its_effect(as_user: AsUser) -> None:
    page = as_user("admin").get_page(f"{ACCESS_PATH}/add")
    for sentence in (
        "Nomor kasus yang lengkap, atau ke-16 angka NIK klien.",
        "Tim dan penyelia membacanya",
        "Kasus terbuka hanya untuk Anda, selama satu jam.",
        "Buka kasus</button>",
    ):
        assert sentence in page


def test_refused_attempt_was_never_open(as_user: AsUser) -> None:
    request_access(as_user("admin"), "LK3/2027/9999")
    assert list_accesses()[0].open_until is None


def test_a_supervisor_reads_and_opens_nothing(as_user: AsUser, case: Case) -> None:
    assert as_user("kabid").get(f"{ACCESS_PATH}/add").status_code == 403
    assert as_user("kabid").get(f"{ACCESS_PATH}/list/").status_code == 200


def test_a_limited_case_opens_with_the_details_of_its_client(as_user: AsUser, make: ModuleType) -> None:
    client = make.client(phone="0812-1111-2222")
    case = make.case(by="dodi", client=client, confidentiality=LIMITED)
    number, page = case.number, f"/clients/show/{client.id}"
    make.shift("sari")
    sari = as_user("sari")
    assert "0812-1111-2222" not in sari.get_page(page)
    request_access(sari, number)
    assert "0812-1111-2222" in sari.get_page(page)


def test_guest_adds_entries_and_cannot_change_the_case(as_user: AsUser, make: ModuleType, case: Case) -> None:
    number, pk, version = case.number, case.id, case.version
    make.shift("sari")
    sari = as_user("sari")
    request_access(sari, number)
    assert sari.get(f"/cases/edit/{pk}").status_code == 403
    assert sari.post(f"/cases/{pk}/join", data={"version": version}).status_code == 403
    note = {"case": pk, "text": "Dijemput polisi", "happened_at": ""}
    assert sari.post("/case-notes/add", data=note).status_code == 302


def test_closing_hides_the_case_again(as_user: AsUser, case: Case) -> None:
    number, pk = case.number, case.id
    admin = as_user("admin")
    request_access(admin, number)
    (access,) = list_accesses()
    key, version = access.id, access.version
    assert admin.post(f"{ACCESS_PATH}/{key}/close", data={"version": version}).status_code == 302
    assert case_status_code(admin, pk) == 404
    page = admin.get_page(f"{ACCESS_PATH}/show/{key}")
    assert number not in page
    assert audit_lines() == ["opened", "closed"]
    entry = db.session.scalars(
        select(AuditEntry).filter_by(action=Action.emergency_access).order_by(AuditEntry.id.desc()).limit(1)
    ).one()
    assert "Terbuka sampai: " in admin.get_page(f"/audit/show/{entry.id}")


def test_team_member_closes_the_access(as_user: AsUser, case: Case) -> None:
    pk = case.id
    request_access(as_user("admin"), case.number)
    (access,) = list_accesses()
    as_user("dodi").post(f"{ACCESS_PATH}/{access.id}/close", data={"version": access.version})
    assert case_status_code(as_user("admin"), pk) == 404


def test_losing_the_role_hides_the_case_again(as_user: AsUser, case: Case, people: SimpleNamespace) -> None:
    pk = case.id
    admin = as_user("admin")
    request_access(admin, case.number)
    db.session.execute(
        update(PortalUser.roles.prop.secondary)  # type: ignore[attr-defined]
        .where(PortalUser.roles.prop.secondary.c.user_id == people.admin.id)
        .values(role_id=people.kabid.roles[0].id)
    )
    db.session.commit()
    assert case_status_code(admin, pk) == 404


def test_two_tabs_open_a_case_once(app: Flask, as_user: AsUser, case: Case) -> None:
    number = case.number
    clients = [as_user("admin"), as_user("admin")]
    answers = run_concurrently(2, lambda index: request_access(clients[index], number))
    assert sum(str(answer).startswith(ACCESS_PATH) for answer in answers) == 1
    assert sorted(one.state.name for one in list_accesses()) == ["open", "refused"]


def test_a_used_form_key_is_refused_before_the_case_is_looked_for(
    as_user: AsUser, case: Case, make: ModuleType
) -> None:
    admin, key = as_user("admin"), "K" * 43
    note = {"case": make.case(by="admin").id, "text": "Catatan", "form_key": key}
    assert admin.post("/case-notes/add", data=note).status_code == 302
    typed = {"reason": REASON, "password": PASSWORD, "form_key": key}
    answers = [
        admin.post(f"{ACCESS_PATH}/add", data={**typed, "number_or_nik": number})
        for number in (case.number, "LK3/2027/9999")
    ]
    for answer in answers:
        assert (answer.status_code, NOT_FOUND in answer.text) == (200, False)
        assert "Formulir ini sudah dipakai untuk data lain" in answer.text
    assert list_accesses() == []


def test_guest_administrator_cannot_make_the_access_permanent(
    as_user: AsUser, case: Case, people: SimpleNamespace
) -> None:
    number, pk, version = case.number, case.id, case.version
    admin = as_user("admin")
    request_access(admin, number)
    assert admin.get(f"/cases/edit/{pk}").status_code == 403
    forms = {
        "lower_confidentiality": {"confidentiality": "ordinary", "reason": REASON},
        "assign": {"worker": people.sari.id, "reason": REASON},
        "close": {"closing_reason": "moved", "closing_summary": REASON},
        "hold": {"reason": REASON, "until": ""},
        "advance": {},
    }
    for transition, typed in forms.items():
        answer = admin.post(f"/cases/{pk}/{transition}", data={**typed, "version": version})
        assert answer.status_code == 403, transition


@pytest.mark.parametrize(
    "call",
    [
        lambda case, by: update_case(case, {"presenting_problem": "Lain"}, by=by),
        lambda case, by: lower_confidentiality(
            case, confidentiality=Confidentiality.ordinary, reason="Salah", by=by
        ),
        lambda case, by: assign_worker(case, worker=get_user("sari"), reason="Pindah", by=by),
    ],
    ids=["update", "lower", "assign"],
)
def test_no_service_changes_a_case_for_a_guest(
    case: Case, people: SimpleNamespace, call: Callable[[Case, PortalUser], object]
) -> None:
    people.admin.emergency_case_ids = frozenset({case.id})
    with pytest.raises(Forbidden), transaction(by=people.admin):
        call(case, people.admin)


def test_a_case_without_a_team_is_given_to_a_colleague_not_to_oneself(
    as_user: AsUser, case: Case, people: SimpleNamespace
) -> None:
    number, pk = case.number, case.id
    with transaction(by=people.admin):
        people.dodi.active = False
        people.admin.roles = [*people.admin.roles, *people.rina.roles]
    version = case.version
    admin, mine, sari = as_user("admin"), people.admin.id, people.sari.id
    request_access(admin, number)
    typed = {"reason": REASON, "version": version}
    own = admin.post(f"/cases/{pk}/assign", data={**typed, "worker": mine})
    assert "Berikan kasus ini kepada rekan, bukan kepada diri Anda." in own.text
    assert admin.post(f"/cases/{pk}/assign", data={**typed, "worker": sari}).status_code == 302
    assert case_status_code(as_user("sari"), pk) == 200


def test_a_guest_corrects_and_ends_nothing_of_others(
    as_user: AsUser, case: Case, make: ModuleType, people: SimpleNamespace
) -> None:
    number, pk = case.number, case.id
    note, follow_up = make.note(by="dodi", case=case), make.follow_up(by="dodi", case=case)
    (note_id, note_version), (follow_id, follow_version) = (
        (one.id, one.version) for one in (note, follow_up)
    )
    admin = as_user("admin")
    request_access(admin, number)
    corrected = admin.post(
        f"/case-notes/{note_id}/correct", data={"text": "Lain", "reason": REASON, "version": note_version}
    )
    done = admin.post(f"/follow-ups/{follow_id}/done", data={"result": "Selesai", "version": follow_version})
    assert (corrected.status_code, done.status_code) == (403, 403)
    people.admin.emergency_case_ids = frozenset({pk})
    with pytest.raises(Forbidden), transaction(by=people.admin):
        correct_note(db.session.get_one(CaseNote, note_id), text="Lain", by=people.admin)


@pytest.mark.parametrize(
    ("path", "typed"),
    [
        ("/users/{}/reset_password", {}),
        ("/users/{}/deactivate", {}),
        ("/users/edit/{}", {"first_name": "Sari", "roles": ["Peksos", "Supervisor"]}),
    ],
)
def test_account_change_closes_open_accesses(
    as_user: AsUser,
    case: Case,
    make: ModuleType,
    people: SimpleNamespace,
    path: str,
    typed: dict[str, object],
) -> None:
    number = case.number
    make.shift("sari")
    request_access(as_user("sari"), number)
    assert list_accesses()[0].state.name == "open"
    as_user("admin").post(path.format(people.sari.id), data={**typed, "version": people.sari.version})
    db.session.expire_all()
    assert list_accesses()[0].state.name == "closed"
    assert audit_lines() == ["opened", "closed"]


def test_case_without_active_team_opens_to_administrators_by_emergency_access_only(
    as_user: AsUser, case: Case, people: SimpleNamespace
) -> None:
    number, pk = case.number, case.id
    with transaction(by=people.admin):
        people.dodi.active = False
    admin = as_user("admin")
    assert case_status_code(admin, pk) == 404
    first = admin.get_page("/")
    assert number in first
    assert f"{ACCESS_PATH}/add" in first
    assert request_access(admin, number).startswith(ACCESS_PATH)
    assert case_status_code(admin, pk) == 200


def test_case_opened_by_a_concurrent_request_is_not_opened_twice(case: Case, people: SimpleNamespace) -> None:
    typed = {"number_or_nik": case.number, "reason": REASON}
    with transaction(by=people.admin):
        open_emergency_access(typed, by=people.admin)
    # as loaded by a concurrent request before the access was opened
    assert people.admin.emergency_case_ids == frozenset()
    with pytest.raises(CommittedError), transaction(by=people.admin):
        open_emergency_access(typed, by=people.admin)
    assert [one.state.name for one in list_accesses()] == ["open", "refused"]
