"""Sections of the first page by role, and the lists behind their counts."""

import re
from collections.abc import Callable
from datetime import datetime, timedelta
from types import ModuleType, SimpleNamespace
from typing import Any

import pytest
from flask import Flask

from app.cases.enums import ServiceKind, Urgency
from app.core import clock
from app.db.transaction import transaction
from app.reference.enums import Confidentiality
from tests.dashboard.support import AsUser, count_listed, get_first_page, list_counts
from tests.support.rows import multiply_rows
from tests.support.sample_records import create_one_of_each

MAX_STATEMENTS = 17
NOON = datetime(2026, 11, 24, 12, tzinfo=clock.WITA)


def test_a_peksos_sees_new_reports_with_the_emergency_first(as_user: AsUser, make: ModuleType) -> None:
    make.report(description="Biasa saja")
    make.report(description="Anak terkunci di rumah", urgency=Urgency.emergency)
    page = get_first_page(as_user("rina"))
    assert 0 < page.index("Anak terkunci di rumah") < page.index("Biasa saja")
    ((number, url),) = list_counts(page, "incoming-reports")
    assert (number, url) == (2, "/incoming-reports/list/?_flt_0_state=new")
    assert count_listed(as_user("rina"), url) == 2


def test_dismissed_report_is_no_longer_listed(as_user: AsUser, make: ModuleType) -> None:
    report = make.report(description="Sudah ditangani Dinas")
    assert "Sudah ditangani Dinas" in get_first_page(as_user("rina"))
    data = {"version": report.version, "dismissed_reason": "Dobel"}
    assert as_user("rina").post(f"/incoming-reports/{report.id}/dismiss", data=data).status_code == 302
    assert "Sudah ditangani Dinas" not in get_first_page(as_user("rina"))


def test_my_follow_ups_show_their_delay_and_their_counts_link_to_them(
    as_user: AsUser, make: ModuleType, people: SimpleNamespace
) -> None:
    with clock.freeze_time(NOON - timedelta(days=3)):
        case = make.case(by="rina")
        for days, title in (
            (1, "Dua hari lewat"),
            (2, "Satu hari lewat"),
            (3, "Jatuh hari ini"),
            (4, "Besok"),
        ):
            make.follow_up(case=case, title=title, due_on=clock.today() + timedelta(days=days))
        make.follow_up(case=case, title="Punya Dodi", assignee=people.dodi, due_on=clock.today())
    with clock.freeze_time(NOON):
        rina = as_user("rina")
        page = get_first_page(rina)
        assert page.index("Dua hari lewat") < page.index("Satu hari lewat") < page.index("Jatuh hari ini")
        assert "Besok" not in page
        assert "Punya Dodi" not in page
        assert re.search(r'class="late">[^<]*2', page)
        overdue, today = list_counts(page, "follow-ups")
        assert (overdue[0], today[0]) == (2, 1)
        assert (count_listed(rina, overdue[1]), count_listed(rina, today[1])) == (2, 1)
        assert "Punya Dodi" in get_first_page(as_user("dodi"))


def test_a_day_ends_at_midnight_in_bontang(as_user: AsUser, make: ModuleType) -> None:
    with clock.freeze_time(NOON):
        make.follow_up(title="Antar berkas", due_on=clock.today())
    with clock.freeze_time(NOON.replace(hour=23, minute=59)):
        assert 'class="late"' not in get_first_page(as_user("rina"))
    with clock.freeze_time(NOON.replace(hour=0) + timedelta(days=1)):
        assert 'class="late"' in get_first_page(as_user("rina"))


def test_my_cases_are_ordered_by_the_time_since_their_last_entry(as_user: AsUser, make: ModuleType) -> None:
    def case_of(name: str, **data: Any) -> Any:
        return make.case(client=make.client(name=name), **data)

    with clock.freeze_time(NOON - timedelta(days=40)):
        visited, written, forgotten = case_of("Dikunjungi"), case_of("Dicatat"), case_of("Terlupa")
        seen_today = case_of("Hari Ini")
        case_of("Kasus Dodi", by="dodi")
    with clock.freeze_time(NOON - timedelta(days=20)):
        make.service(case=visited)
    with clock.freeze_time(NOON - timedelta(days=10)):
        make.note(case=written)
    with clock.freeze_time(NOON):
        make.note(case=seen_today)
        rina = as_user("rina")
        page = get_first_page(rina)
        assert page.index("Terlupa") < page.index("Dikunjungi") < page.index("Dicatat")
        assert f"/cases/show/{forgotten.id}" in page
        assert "Hari Ini" not in page
        assert "Kasus Dodi" not in page
        ((number, url),) = list_counts(page, "cases")
        assert number == count_listed(rina, url) == 4


def test_first_page_without_open_work_says_so(as_user: AsUser) -> None:
    page = get_first_page(as_user("rina"))
    assert 'class="empty"' in page
    assert 'class="task"' not in page


def test_the_administrator_sees_agreements_about_to_end(as_user: AsUser, make: ModuleType) -> None:
    today = clock.today()
    for days, name in ((-1, "Sudah lewat"), (0, "Hari ini"), (60, "Dua bulan lagi"), (61, "Masih lama")):
        make.partner(name=name, agreement_until=today + timedelta(days=days))
    admin = as_user("admin")
    page = get_first_page(admin)
    assert page.index(">Hari ini<") < page.index(">Dua bulan lagi<")
    assert "Sudah lewat" not in page
    assert "Masih lama" not in page
    ((number, url),) = list_counts(page, "partners")
    assert number == count_listed(admin, url) == 2
    assert "Dua bulan lagi" not in get_first_page(as_user("rina"))


def test_administrator_sees_locked_users(as_user: AsUser, people: SimpleNamespace) -> None:
    with transaction(by=people.admin):
        people.sari.locked_until = clock.machine_now() + timedelta(minutes=9)
        people.dodi.locked_until = clock.machine_now() + timedelta(minutes=9)
        people.dodi.active = False
    admin = as_user("admin")
    page = get_first_page(admin)
    assert f"/users/show/{people.sari.id}" in page
    assert f"/users/show/{people.dodi.id}" not in page
    ((number, url),) = list_counts(page, "users")
    assert number == count_listed(admin, url) == 1
    assert "/users/" not in get_first_page(as_user("rina"))


def test_supervisor_sees_figures_of_the_month_and_each_links_to_its_records(
    as_user: AsUser, make: ModuleType
) -> None:
    with clock.freeze_time(datetime(2026, 10, 31, 23, 59, tzinfo=clock.WITA)):
        old = make.case()
        make.service(case=old)
        make.report()
    with clock.freeze_time(datetime(2026, 11, 1, 0, 1, tzinfo=clock.WITA)):
        make.report()
        make.case()
        make.service(case=old, kind=ServiceKind.advocacy)
        make.service(case=old, kind=ServiceKind.advocacy)
    with clock.freeze_time(NOON):
        kabid = as_user("kabid")
        page = get_first_page(kabid)
        tiles = re.findall(r'tile-count">(\d+)</span>\s*<a href="([^"]*)"', page)
        kinds = re.findall(r'<a href="(/services/[^"]*)">[^<]*</a></span>\s*<span class="num">(\d+)<', page)
        assert [int(number) for number, _url in tiles] == [1, 1, 1]
        assert [int(number) for _url, number in kinds] == [0, 0, 0, 2, 0, 0]
        for number, url in [*tiles, *((number, url) for url, number in kinds)]:
            assert count_listed(kabid, url) == int(number), url
        assert "tile-count" not in get_first_page(as_user("rina"))


def test_a_secret_case_counts_for_its_team_alone(
    as_user: AsUser, make: ModuleType, people: SimpleNamespace
) -> None:
    with clock.freeze_time(NOON - timedelta(days=5)):
        client = make.client(name="Melati")
        case = make.case(client=client, confidentiality=Confidentiality.secret, team=[people.dodi])
        make.service(case=case, kind=ServiceKind.counselling)
        make.follow_up(case=case, title="Dampingi visum", due_on=clock.today(), assignee=people.dodi)
    with clock.freeze_time(NOON):
        kabid = get_first_page(as_user("kabid"))
        assert re.findall(r'tile-count">(\d+)<', kabid) == ["0", "0", "0"]
        assert set(re.findall(r'class="num">(\d+)<', kabid)) == {"0"}
        assert "Dampingi visum" in get_first_page(as_user("dodi"))
        assert "Melati" in get_first_page(as_user("rina"))
        for other in ("sari", "admin", "kabid"):
            assert "Melati" not in get_first_page(as_user(other))


def test_user_without_a_role_sees_no_records(
    as_user: AsUser, make: ModuleType, people: SimpleNamespace
) -> None:
    make.report(description="Rahasia dapur")
    with transaction(by=people.admin):
        people.sari.roles = []
    for address in ("/", "/?q=dapur", "/help/"):
        page = get_first_page(as_user("sari"), address)
        assert "Rahasia dapur" not in page
    assert 'class="empty"' in get_first_page(as_user("sari"))


@pytest.mark.parametrize("address", ["/", "/?q=a", "/help/", "/statistics/clients-per-year/"])
@pytest.mark.parametrize("who", ["rina", "admin", "kabid"])
def test_page_takes_at_most_17_statements_for_any_number_of_records(
    app: Flask, as_user: AsUser, capture_statements: Callable[..., Any], who: str, address: str
) -> None:
    client = as_user(who)
    create_one_of_each()
    numbers = []
    for copies in (3, 60):
        multiply_rows(copies, "incoming_report", "follow_up", "client", "case_file", "service", "partner")
        with capture_statements() as sent:
            get_first_page(client, address)
        numbers.append(len(sent))
    assert numbers[0] == numbers[1]
    assert numbers[1] <= MAX_STATEMENTS
