"""A NIK that a hidden client has, too: its user sees no difference; users who see both clients resolve it."""

import re
from concurrent.futures import ThreadPoolExecutor
from difflib import unified_diff

import pytest
from sqlalchemy import select

from app.audit.models import AuditEntry
from app.cases.models.case import Case
from app.cases.services.cases import lower_confidentiality
from app.clients.models.client import Client
from app.clients.services.clients import archive_client, register_client
from app.db.transaction import transaction
from app.extensions import db
from app.notices.models import Notice
from app.operations import checks
from app.reference.enums import Confidentiality
from tests.support.concurrency import run_concurrently, start_concurrently
from tests.support.html import field_error

NIK, OTHER_NIK = "6474015708450001", "6474015708450002"
FORM = {"name": "Kembar Sari", "nik": "6474 0157 0845 0001"}


def reload(pk: int) -> Client:
    db.session.rollback()
    return db.session.get_one(Client, pk, populate_existing=True)


def newest_client() -> Client:
    db.session.rollback()
    return db.session.scalars(select(Client).order_by(Client.id.desc()).limit(1)).one()


def notices_by_username() -> dict[str, Notice]:
    db.session.rollback()
    people = {one.user_id: one for one in db.session.scalars(select(Notice))}
    names = db.session.execute(db.text("SELECT id, username FROM ab_user")).all()
    return {name: people[key] for key, name in names if key in people}


def strip_ids_and_tokens(page: str) -> str:
    """Remove ids of clients, and lines with tokens, from the page."""
    page = re.sub(r"(/clients/(?:show|edit|)/?|client=|client\b[^>]{0,40}?=)\d+", r"\1N", page)
    return "\n".join(line for line in page.splitlines() if not re.search(r"csrf|nonce|form_key", line))


@pytest.fixture
def hidden_client(make) -> Client:
    """Dodi's client, who is only in a secret case."""
    client = make.client(by="dodi", name="Mawar Melati", nik=NIK)
    make.case(by="dodi", client=client, confidentiality=Confidentiality.secret)
    return client


@pytest.fixture
def clients_with_shared_nik(as_user, hidden_client) -> tuple[Client, Client]:
    """The hidden client, and a client that Sari saved with the same NIK."""
    assert as_user("sari").post("/clients/add", data=FORM).status_code == 302
    return hidden_client, newest_client()


def test_new_client_is_saved_with_the_nik_as_typed_and_found_as_usual(
    as_user, clients_with_shared_nik
) -> None:
    _hidden, new = clients_with_shared_nik
    assert (new.nik, new.nik_in_check, new.name) == (NIK, True, "Kembar Sari")
    sari = as_user("sari")
    assert NIK in sari.get_page(f"/clients/show/{new.id}")
    for search in (f"/clients/list/?q={NIK}", f"/clients/list/?q={NIK[-4:]}", f"/?q={NIK}"):
        assert f"/clients/show/{new.id}" in sari.get_page(search)
        assert "Mawar" not in sari.get_page(search)
    assert "Kembar Sari" in sari.get(f"/api/v1/options/clients?q={NIK}").text


@pytest.mark.parametrize("who", ["sari", "admin"])
def test_every_answer_is_the_same_with_and_without_the_hidden_client(as_user, make, who: str) -> None:
    browser = as_user(who)

    def collect_answers() -> list[tuple[int, str]]:
        saved = browser.post("/clients/add", data={**FORM, "form_key": "x" * 43})
        key = newest_client().id
        again = browser.post("/clients/add", data={**FORM, "name": "Lain", "form_key": "y" * 43})
        answers = [saved, again]
        answers += [
            browser.get(page)
            for page in (
                f"/clients/show/{key}",
                f"/clients/edit/{key}",
                f"/clients/list/?q={NIK}",
                f"/clients/{key}/clear_nik",
                f"/clients/{key}/archive_duplicate",
                "/notices/list/",
                "/",
            )
        ]
        version = {"version": "1"}
        for transition in ("clear_nik", "archive_duplicate"):
            answers.append(browser.post(f"/clients/{key}/{transition}", data={**version, "reason": "x"}))
        answers.append(browser.post(f"/clients/edit/{key}", data={**FORM, **version, "alias": "Ucok"}))
        answers.append(browser.get("/profile/"))  # shows the one-time message of the save
        found = [(one.status_code, strip_ids_and_tokens(one.text)) for one in answers]
        book = select(AuditEntry.action, AuditEntry.changes).filter_by(entity="client", entity_id=key)
        found.append((0, str([(a, sorted((c or {}).items())) for a, c in db.session.execute(book)])))
        with transaction(
            by=make.get_user("admin")
        ) as session:  # undo all changes, since the same requests are sent again
            session.execute(db.text("UPDATE client SET nik = NULL, nik_in_check = false, alias = NULL"))
            session.execute(
                db.text("UPDATE client SET name = 'X', search_text = 'x', archived_at = created_at")
            )
            session.execute(db.text("DELETE FROM form_receipt"))
        return found

    without = collect_answers()
    client = make.client(by="dodi", name="Mawar Melati", nik=NIK)
    make.case(by="dodi", client=client, confidentiality=Confidentiality.secret)
    for before, after in zip(without, collect_answers(), strict=True):
        assert before[0] == after[0]
        assert list(unified_diff(before[1].splitlines(), after[1].splitlines(), n=0)) == []


def test_editing_a_nik_is_the_same_as_adding_it(as_user, make, hidden_client) -> None:
    old = make.client(by="sari", nik=OTHER_NIK, name="Lama")
    form = {"name": "Lama", "nik": NIK, "version": old.version}
    answer = as_user("sari").post(f"/clients/edit/{old.id}", data=form)
    assert answer.status_code == 302
    assert (reload(old.id).nik, reload(old.id).nik_in_check) == (NIK, True)
    assert set(notices_by_username()) == {"dodi"}


def test_taking_up_a_report_and_opening_a_case_register_the_client_alike(
    as_user, make, hidden_client
) -> None:
    report, sari = make.report(), as_user("sari")
    form = {"name": "Baru", "nik": NIK, "version": report.version}
    assert sari.post(f"/incoming-reports/{report.id}/take_up", data=form).status_code == 302
    assert newest_client().nik_in_check is ("nik" in form and newest_client().nik == NIK)


def test_nik_of_a_visible_client_is_refused_with_a_link(as_user, clients_with_shared_nik) -> None:
    hidden, new = clients_with_shared_nik
    for who, holder in (("rina", new), ("dodi", hidden)):
        answer = as_user(who).post("/clients/add", data={**FORM, "name": "Ketiga"})
        assert field_error(answer, "nik") == "NIK ini sudah dipakai klien lain."
        assert f'href="/clients/show/{holder.id}"' in answer.text
    assert newest_client().id == new.id


def test_only_the_team_is_notified_and_only_users_who_see_both_read_the_notice(
    as_user, make, clients_with_shared_nik
) -> None:
    hidden, _new = clients_with_shared_nik
    assert set(notices_by_username()) == {"dodi"}
    sentence = "NIK seorang klien juga dimasukkan"
    assert sentence in as_user("dodi").get_page("/")
    assert f"/clients/show/{hidden.id}" in as_user("dodi").get_page("/")
    for who in ("sari", "rina", "admin", "kabid"):
        for page in ("/", "/notices/list/"):
            assert sentence not in as_user(who).get_page(page)
    book = db.session.scalars(select(AuditEntry).filter_by(entity="notice")).all()
    assert book == []


def test_administrator_on_the_team_is_notified(as_user, make) -> None:
    client = make.client(by="dodi", nik=NIK)
    make.case(by="dodi", client=client, confidentiality=Confidentiality.secret, team=[make.get_user("admin")])
    as_user("sari").post("/clients/add", data=FORM)
    assert set(notices_by_username()) == {"admin", "dodi"}


def test_nobody_is_notified_of_a_client_without_active_team(as_user, make) -> None:
    client = make.client(by="dodi", nik=NIK)
    make.case(by="dodi", client=client, confidentiality=Confidentiality.secret)
    with transaction(by=make.get_user("admin")):
        make.get_user("dodi").active = False
    as_user("sari").post("/clients/add", data=FORM)
    assert newest_client().nik_in_check
    assert notices_by_username() == {}


def test_user_who_left_the_team_no_longer_reads_the_notice(as_user, make, clients_with_shared_nik) -> None:
    hidden, new = clients_with_shared_nik
    number = notices_by_username()["dodi"].id
    dodi = as_user("dodi")
    assert dodi.get(f"/notices/show/{number}").status_code == 200
    case = db.session.scalars(select(Case).filter_by(client_id=hidden.id)).one()
    with transaction(by=make.get_user("admin")):
        case.worker = make.get_user("rina")
        case.team = [make.get_user("rina")]
    assert dodi.get(f"/notices/show/{number}").status_code == 404
    assert "NIK seorang klien" not in dodi.get_page("/")
    page = dodi.get_page(f"/clients/show/{new.id}")
    assert "NIK perlu diperiksa" not in page
    assert "clear_nik" not in page


def test_notice_is_hidden_while_the_other_client_is(as_user, make, clients_with_shared_nik) -> None:
    _hidden, new = clients_with_shared_nik
    page, dodi = f"/notices/show/{notices_by_username()['dodi'].id}", as_user("dodi")
    assert dodi.get(page).status_code == 200
    make.case(by="sari", client=new, confidentiality=Confidentiality.secret)
    assert dodi.get(page).status_code == 404
    assert "NIK seorang klien" not in dodi.get_page("/")


def test_user_who_sees_both_finds_each_on_the_page_of_the_other(as_user, clients_with_shared_nik) -> None:
    hidden, new = clients_with_shared_nik
    dodi = as_user("dodi")
    for here, there in ((hidden, new), (new, hidden)):
        page = dodi.get_page(f"/clients/show/{here.id}")
        assert "NIK perlu diperiksa" in page
        assert f'href="/clients/show/{there.id}"' in page
    for who in ("sari", "admin", "kabid"):
        page = as_user(who).get_page(f"/clients/show/{new.id}")
        assert "NIK perlu diperiksa" not in page
        assert "clear_nik" not in page


def test_client_who_had_the_nik_first_has_nothing_to_settle(as_user, clients_with_shared_nik) -> None:
    hidden, _new = clients_with_shared_nik
    pk, version, dodi = hidden.id, hidden.version, as_user("dodi")
    page = dodi.get_page(f"/clients/show/{pk}")
    for move in ("clear_nik", "archive_duplicate"):
        assert f"/clients/{pk}/{move}" not in page
        answer = dodi.post(f"/clients/{pk}/{move}", data={"version": version, "reason": "x"})
        assert answer.status_code == 403
    assert (reload(pk).nik, reload(pk).archived_at) == (NIK, None)


@pytest.mark.parametrize("corrected", ["hidden", "new"])
@pytest.mark.parametrize("nik", ["", OTHER_NIK])
def test_correcting_the_nik_of_either_ends_the_check(
    as_user, clients_with_shared_nik, corrected: str, nik: str
) -> None:
    hidden, new = clients_with_shared_nik
    before = reload(new.id).version
    item = reload(hidden.id if corrected == "hidden" else new.id)
    form = {"name": item.name, "nik": nik, "version": item.version}
    assert as_user("dodi").post(f"/clients/edit/{item.id}", data=form).status_code == 302
    assert (reload(new.id).nik_in_check, reload(hidden.id).nik_in_check) == (False, False)
    assert reload(item.id).nik == (nik or None)
    assert notices_by_username()["dodi"].read_at is not None
    assert reload(new.id).version == before + (corrected == "new"), "the other record was changed"


def test_clearing_the_nik_ends_the_check_of_two_different_people(as_user, clients_with_shared_nik) -> None:
    hidden, new = clients_with_shared_nik
    page = f"/clients/{new.id}/clear_nik"
    dodi = as_user("dodi")
    assert field_error(dodi.post(page, data={"version": 1, "reason": ""}), "reason")
    for who in ("sari", "admin", "kabid"):
        assert as_user(who).post(page, data={"version": 1, "reason": "x"}).status_code == 403
    assert reload(new.id).nik == NIK
    assert dodi.post(page, data={"version": new.version, "reason": "Salah ketik."}).status_code == 302
    assert (reload(new.id).nik, reload(new.id).nik_in_check, reload(hidden.id).nik) == (None, False, NIK)
    assert NIK not in (reload(new.id).search_text or "")
    notice = notices_by_username()["dodi"]
    assert (notice.reason, notice.read_at is None) == ("Salah ketik.", False)
    assert "Salah ketik." in dodi.get_page(f"/notices/show/{notice.id}")
    assert "Salah ketik." not in as_user("sari").get_page(f"/clients/show/{new.id}")


def test_archiving_the_duplicate_ends_the_check_of_one_person(as_user, clients_with_shared_nik) -> None:
    hidden, new = clients_with_shared_nik
    answer = as_user("dodi").post(
        f"/clients/{new.id}/archive_duplicate", data={"version": new.version, "reason": "Orang yang sama."}
    )
    assert answer.status_code == 302
    assert reload(new.id).archived_at is not None
    assert reload(hidden.id).archived_at is None
    assert notices_by_username()["dodi"].reason == "Orang yang sama."
    assert "NIK perlu diperiksa" not in as_user("dodi").get_page(f"/clients/show/{hidden.id}")


def test_archiving_one_of_the_clients_ends_the_check(as_user, make, clients_with_shared_nik) -> None:
    hidden, new = clients_with_shared_nik
    page = f"/clients/show/{new.id}"
    assert f"/clients/{new.id}/clear_nik" in as_user("dodi").get_page(page)
    make.apply_transition(hidden, archive_client, by="dodi")
    assert f"/clients/{new.id}/clear_nik" not in as_user("dodi").get_page(page)
    assert all(notice.read_at for notice in notices_by_username().values()), "a notice is still unread"


def test_third_holder_keeps_the_check_of_the_others(as_user, make, clients_with_shared_nik) -> None:
    hidden, new = clients_with_shared_nik
    make.case(by="sari", client=new, confidentiality=Confidentiality.secret)
    assert as_user("rina").post("/clients/add", data={**FORM, "name": "Ketiga"}).status_code == 302
    third = newest_client()
    assert third.nik_in_check is True
    assert set(notices_by_username()) == {"dodi", "sari"}
    form = {"name": hidden.name, "nik": "", "version": reload(hidden.id).version}
    as_user("dodi").post(f"/clients/edit/{hidden.id}", data=form)
    assert (reload(new.id).nik_in_check, reload(third.id).nik_in_check) == (True, True)
    form = {"name": third.name, "nik": "", "version": third.version}
    as_user("rina").post(f"/clients/edit/{third.id}", data=form)
    assert reload(new.id).nik_in_check is False


def test_lowered_case_shows_each_client_on_the_page_of_the_other(
    as_user, make, clients_with_shared_nik, people
) -> None:
    hidden, new = clients_with_shared_nik
    case = db.session.scalars(select(Case).filter_by(client_id=hidden.id)).one()
    with transaction(by=people.admin):
        case.team = [*case.team, people.admin]
    with transaction(by=people.admin):
        lower_confidentiality(
            case, confidentiality=Confidentiality.ordinary, reason="Tidak perlu.", by=people.admin
        )
    assert f'href="/clients/show/{hidden.id}"' in as_user("sari").get_page(f"/clients/show/{new.id}")


def test_database_requires_unique_niks_except_those_in_check(as_user, make, clients_with_shared_nik) -> None:
    _hidden, new = clients_with_shared_nik
    with pytest.raises(Exception, match=r"(?i)unique"), transaction(by=make.get_user("admin")) as session:
        session.execute(db.text(f"UPDATE client SET nik_in_check = false WHERE id = {new.id}"))


@pytest.mark.parametrize("is_held", [False, True])
def test_concurrent_saves_of_one_nik_get_the_same_answers(as_user, make, is_held: bool) -> None:
    if is_held:
        client = make.client(by="dodi", nik=NIK)
        make.case(by="dodi", client=client, confidentiality=Confidentiality.secret)
    browsers = [as_user(who) for who in ("sari", "rina", "sari", "rina")]

    def add(number: int):
        form = {"name": f"Kembar {number}", "nik": NIK}
        return browsers[number].post("/clients/add", data=form)

    answers = run_concurrently(4, add)
    assert sorted(one.status_code for one in answers) == [200, 200, 200, 302]
    link = f'href="/clients/show/{newest_client().id}"'
    assert all(link in one.text for one in answers if one.status_code == 200)


def test_second_of_two_concurrent_saves_waits_and_links_to_the_first(
    as_user, make, hidden_client, people
) -> None:
    rina = as_user("rina")
    with ThreadPoolExecutor(1) as pool:
        with transaction(by=people.sari):
            first = register_client({"name": "Pertama", "nik": NIK}, by=people.sari)
            waiting = start_concurrently(pool, lambda: rina.post("/clients/add", data=FORM))
        answer = waiting.result(timeout=60)
    assert f'href="/clients/show/{first.id}"' in answer.text
    assert answer.status_code == 200


def test_check_accepts_a_shared_nik_and_reports_a_mark_without_a_second_client(
    make, clients_with_shared_nik
) -> None:
    assert list(checks.check_niks()) == []
    alone = make.client()
    with transaction(by=make.get_user("admin")) as session:
        change = f"UPDATE client SET nik = '{OTHER_NIK}', nik_in_check = true WHERE id = {alone.id}"
        session.execute(db.text(change))
    assert list(checks.check_niks()) == [
        f"client {alone.id}: the NIK is marked as in check, but no other client has it"
    ]
