"""A NIK that a hidden client holds: the saver sees no difference, and who sees both clients settles it."""

import re
from concurrent.futures import ThreadPoolExecutor
from difflib import unified_diff

import pytest
from sqlalchemy import select

from app.audit.models import AuditEntry
from app.cases.models import Case
from app.cases.services import lower_confidentiality
from app.cli import checks
from app.clients.models import Client
from app.clients.services import register_client
from app.core.unit import unit
from app.extensions import db
from app.notices.models import Notice
from app.reference.choices import Confidentiality
from tests.support.html import message_beside
from tests.support.together import begin_meanwhile, run_together

NIK, OTHER_NIK = "6474015708450001", "6474015708450002"
FORM = {"name": "Kembar Sari", "nik": "6474 0157 0845 0001"}


def fresh(pk: int) -> Client:
    db.session.rollback()
    return db.session.get_one(Client, pk, populate_existing=True)


def newest() -> Client:
    db.session.rollback()
    return db.session.scalars(select(Client).order_by(Client.id.desc()).limit(1)).one()


def notices() -> dict[str, Notice]:
    db.session.rollback()
    people = {one.user_id: one for one in db.session.scalars(select(Notice))}
    names = db.session.execute(db.text("SELECT id, username FROM ab_user")).all()
    return {name: people[key] for key, name in names if key in people}


def comparable(page: str) -> str:
    """The page without ids and tokens."""
    page = re.sub(r"(/clients/(?:show|edit|)/?|client=|client\b[^>]{0,40}?=)\d+", r"\1N", page)
    return "\n".join(line for line in page.splitlines() if not re.search(r"csrf|nonce|form_key", line))


@pytest.fixture
def hidden(make) -> Client:
    """A client of a secret case of Dodi's."""
    client = make.client(by="dodi", name="Mawar Melati", nik=NIK)
    make.case(by="dodi", client=client, confidentiality=Confidentiality.secret)
    return client


@pytest.fixture
def pair(as_user, hidden) -> tuple[Client, Client]:
    """The hidden client, and the one that Sari saved with the same NIK."""
    assert as_user("sari").post("/clients/add", data=FORM).status_code == 302
    return hidden, newest()


def test_new_client_is_saved_with_the_nik_as_typed_and_found_as_usual(as_user, pair) -> None:
    _hidden, new = pair
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

    def seen() -> list[tuple[int, str]]:
        saved = browser.post("/clients/add", data={**FORM, "form_key": "x" * 43})
        key = newest().id
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
        for move in ("clear_nik", "archive_duplicate"):
            answers.append(browser.post(f"/clients/{key}/{move}", data={**version, "reason": "x"}))
        answers.append(browser.post(f"/clients/edit/{key}", data={**FORM, **version, "alias": "Ucok"}))
        answers.append(browser.get("/profile/"))  # says once that it was saved
        found = [(one.status_code, comparable(one.text)) for one in answers]
        book = select(AuditEntry.action, AuditEntry.changes).filter_by(entity="client", entity_id=key)
        found.append((0, str([(a, sorted((c or {}).items())) for a, c in db.session.execute(book)])))
        with unit(by=make.person("admin")) as session:  # as if it had never been: the same is asked again
            session.execute(db.text("UPDATE client SET nik = NULL, nik_in_check = false, alias = NULL"))
            session.execute(
                db.text("UPDATE client SET name = 'X', search_text = 'x', archived_at = created_at")
            )
            session.execute(db.text("DELETE FROM form_receipt"))
        return found

    without = seen()
    client = make.client(by="dodi", name="Mawar Melati", nik=NIK)
    make.case(by="dodi", client=client, confidentiality=Confidentiality.secret)
    for before, after in zip(without, seen(), strict=True):
        assert before[0] == after[0]
        assert list(unified_diff(before[1].splitlines(), after[1].splitlines(), n=0)) == []


def test_editing_a_nik_is_the_same_as_adding_it(as_user, make, hidden) -> None:
    old = make.client(by="sari", nik=OTHER_NIK, name="Lama")
    form = {"name": "Lama", "nik": NIK, "version": old.version}
    answer = as_user("sari").post(f"/clients/edit/{old.id}", data=form)
    assert answer.status_code == 302
    assert (fresh(old.id).nik, fresh(old.id).nik_in_check) == (NIK, True)
    assert set(notices()) == {"dodi"}


def test_taking_up_a_report_and_opening_a_case_register_the_client_alike(as_user, make, hidden) -> None:
    report, sari = make.report(), as_user("sari")
    said = {"name": "Baru", "nik": NIK, "version": report.version}
    assert sari.post(f"/incoming-reports/{report.id}/take_up", data=said).status_code == 302
    assert newest().nik_in_check is ("nik" in said and newest().nik == NIK)


def test_nik_of_a_visible_client_is_refused_with_a_link(as_user, pair) -> None:
    hidden, new = pair
    for who, holder in (("rina", new), ("dodi", hidden)):
        answer = as_user(who).post("/clients/add", data={**FORM, "name": "Ketiga"})
        assert message_beside(answer, "nik") == "NIK ini sudah dipakai klien lain."
        assert f'href="/clients/show/{holder.id}"' in answer.text
    assert newest().id == new.id


def test_only_the_team_is_told_and_only_who_sees_both_reads_it(as_user, make, pair) -> None:
    hidden, _new = pair
    assert set(notices()) == {"dodi"}
    sentence = "NIK seorang klien juga dimasukkan"
    assert sentence in as_user("dodi").get_page("/")
    assert f"/clients/show/{hidden.id}" in as_user("dodi").get_page("/")
    for who in ("sari", "rina", "admin", "kabid"):
        for page in ("/", "/notices/list/"):
            assert sentence not in as_user(who).get_page(page)
    book = db.session.scalars(select(AuditEntry).filter_by(entity="notice")).all()
    assert book == []


def test_an_administrator_on_the_team_is_told(as_user, make) -> None:
    client = make.client(by="dodi", nik=NIK)
    make.case(by="dodi", client=client, confidentiality=Confidentiality.secret, team=[make.person("admin")])
    as_user("sari").post("/clients/add", data=FORM)
    assert set(notices()) == {"admin", "dodi"}


def test_nobody_is_told_of_a_client_whose_team_is_gone(as_user, make) -> None:
    client = make.client(by="dodi", nik=NIK)
    make.case(by="dodi", client=client, confidentiality=Confidentiality.secret)
    with unit(by=make.person("admin")):
        make.person("dodi").active = False
    as_user("sari").post("/clients/add", data=FORM)
    assert newest().nik_in_check
    assert notices() == {}


def test_who_leaves_the_team_reads_the_notice_no_more(as_user, make, pair) -> None:
    hidden, new = pair
    number = notices()["dodi"].id
    dodi = as_user("dodi")
    assert dodi.get(f"/notices/show/{number}").status_code == 200
    case = db.session.scalars(select(Case).filter_by(client_id=hidden.id)).one()
    with unit(by=make.person("admin")):
        case.worker = make.person("rina")
        case.team = [make.person("rina")]
    assert dodi.get(f"/notices/show/{number}").status_code == 404
    assert "NIK seorang klien" not in dodi.get_page("/")
    page = dodi.get_page(f"/clients/show/{new.id}")
    assert "NIK perlu diperiksa" not in page
    assert "clear_nik" not in page


def test_who_sees_both_finds_them_on_both_pages(as_user, pair) -> None:
    hidden, new = pair
    dodi = as_user("dodi")
    for here, there in ((hidden, new), (new, hidden)):
        page = dodi.get_page(f"/clients/show/{here.id}")
        assert "NIK perlu diperiksa" in page
        assert f'href="/clients/show/{there.id}"' in page
    for who in ("sari", "admin", "kabid"):
        page = as_user(who).get_page(f"/clients/show/{new.id}")
        assert "NIK perlu diperiksa" not in page
        assert "clear_nik" not in page


@pytest.mark.parametrize("corrected", ["hidden", "new"])
@pytest.mark.parametrize("nik", ["", OTHER_NIK])
def test_correcting_the_nik_of_either_ends_the_check(as_user, pair, corrected: str, nik: str) -> None:
    hidden, new = pair
    before = fresh(new.id).version
    item = fresh(hidden.id if corrected == "hidden" else new.id)
    form = {"name": item.name, "nik": nik, "version": item.version}
    assert as_user("dodi").post(f"/clients/edit/{item.id}", data=form).status_code == 302
    assert (fresh(new.id).nik_in_check, fresh(hidden.id).nik_in_check) == (False, False)
    assert fresh(item.id).nik == (nik or None)
    assert notices()["dodi"].read_at is not None
    assert fresh(new.id).version == before + (corrected == "new"), "the other record is not touched"


def test_two_people_the_nik_is_removed_from_the_wrong_record(as_user, pair) -> None:
    hidden, new = pair
    page = f"/clients/{new.id}/clear_nik"
    dodi = as_user("dodi")
    assert message_beside(dodi.post(page, data={"version": 1, "reason": ""}), "reason")
    for who in ("sari", "admin", "kabid"):
        assert as_user(who).post(page, data={"version": 1, "reason": "x"}).status_code == 403
    assert fresh(new.id).nik == NIK
    assert dodi.post(page, data={"version": new.version, "reason": "Salah ketik."}).status_code == 302
    assert (fresh(new.id).nik, fresh(new.id).nik_in_check, fresh(hidden.id).nik) == (None, False, NIK)
    assert NIK not in (fresh(new.id).search_text or "")
    told = notices()["dodi"]
    assert (told.reason, told.read_at is None) == ("Salah ketik.", False)
    assert "Salah ketik." in dodi.get_page(f"/notices/show/{told.id}")
    assert "Salah ketik." not in as_user("sari").get_page(f"/clients/show/{new.id}")


def test_one_person_the_newer_record_is_archived(as_user, pair) -> None:
    hidden, new = pair
    answer = as_user("dodi").post(
        f"/clients/{new.id}/archive_duplicate", data={"version": new.version, "reason": "Orang yang sama."}
    )
    assert answer.status_code == 302
    assert fresh(new.id).archived_at is not None
    assert fresh(hidden.id).archived_at is None
    assert notices()["dodi"].reason == "Orang yang sama."
    assert "NIK perlu diperiksa" not in as_user("dodi").get_page(f"/clients/show/{hidden.id}")


def test_third_holder_keeps_the_check_of_the_others(as_user, make, pair) -> None:
    hidden, new = pair
    make.case(by="sari", client=new, confidentiality=Confidentiality.secret)
    assert as_user("rina").post("/clients/add", data={**FORM, "name": "Ketiga"}).status_code == 302
    third = newest()
    assert third.nik_in_check is True
    assert set(notices()) == {"dodi", "sari"}
    form = {"name": hidden.name, "nik": "", "version": fresh(hidden.id).version}
    as_user("dodi").post(f"/clients/edit/{hidden.id}", data=form)
    assert (fresh(new.id).nik_in_check, fresh(third.id).nik_in_check) == (True, True)
    form = {"name": third.name, "nik": "", "version": third.version}
    as_user("rina").post(f"/clients/edit/{third.id}", data=form)
    assert fresh(new.id).nik_in_check is False


def test_case_that_opens_up_shows_each_the_other(as_user, make, pair, people) -> None:
    hidden, new = pair
    case = db.session.scalars(select(Case).filter_by(client_id=hidden.id)).one()
    with unit(by=people.admin):
        case.team = [*case.team, people.admin]
    with unit(by=people.admin):
        lower_confidentiality(
            case, confidentiality=Confidentiality.ordinary, reason="Tidak perlu.", by=people.admin
        )
    assert f'href="/clients/show/{hidden.id}"' in as_user("sari").get_page(f"/clients/show/{new.id}")


def test_database_holds_one_nik_out_of_check(as_user, make, pair) -> None:
    _hidden, new = pair
    with pytest.raises(Exception, match=r"(?i)unique"), unit(by=make.person("admin")) as session:
        session.execute(db.text(f"UPDATE client SET nik_in_check = false WHERE id = {new.id}"))


@pytest.mark.parametrize("is_held", [False, True])
def test_two_who_add_one_nik_at_once_are_answered_alike(as_user, make, is_held: bool) -> None:
    if is_held:
        client = make.client(by="dodi", nik=NIK)
        make.case(by="dodi", client=client, confidentiality=Confidentiality.secret)
    browsers = [as_user(who) for who in ("sari", "rina", "sari", "rina")]

    def add(number: int):
        form = {"name": f"Kembar {number}", "nik": NIK}
        return browsers[number].post("/clients/add", data=form)

    answers = run_together(4, add)
    assert sorted(one.status_code for one in answers) == [200, 200, 200, 302]
    link = f'href="/clients/show/{newest().id}"'
    assert all(link in one.text for one in answers if one.status_code == 200)


def test_second_of_two_waits_for_the_first_and_is_told_of_her(as_user, make, hidden, people) -> None:
    rina = as_user("rina")
    with ThreadPoolExecutor(1) as pool:
        with unit(by=people.sari):
            first = register_client({"name": "Pertama", "nik": NIK}, by=people.sari)
            waiting = begin_meanwhile(pool, lambda: rina.post("/clients/add", data=FORM))
        answer = waiting.result(timeout=60)
    assert f'href="/clients/show/{first.id}"' in answer.text
    assert answer.status_code == 200


def test_check_knows_a_shared_nik_and_names_a_mark_without_a_second_client(make, pair) -> None:
    assert list(checks.of_niks()) == []
    alone = make.client()
    with unit(by=make.person("admin")) as session:
        change = f"UPDATE client SET nik = '{OTHER_NIK}', nik_in_check = true WHERE id = {alone.id}"
        session.execute(db.text(change))
    assert list(checks.of_niks()) == [
        f"client {alone.id}: the NIK is marked as in check, but no other client has it"
    ]
