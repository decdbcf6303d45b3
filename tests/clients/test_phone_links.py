"""Phone numbers are links, unless a call could harm somebody."""

import pytest
from sqlalchemy import func, select

from app.cases.services.cases import lower_confidentiality
from app.clients.enums import SafeToContact
from app.clients.models.client import Client
from app.clients.services.clients import archive_client
from app.extensions import db
from app.reference.enums import Confidentiality


def get_client_page(as_user, who, client):
    return as_user(who).get(f"/clients/show/{client.id}").text


def test_mobile_number_has_links_for_calls_and_for_messages_without_text(as_user, make):
    client = make.client(phone="0812-0000-4321", safe_to_contact=SafeToContact.yes)
    shown = get_client_page(as_user, "rina", client)
    assert 'href="tel:+6281200004321"' in shown
    assert 'href="https://wa.me/6281200004321"' in shown
    assert "wa.me/6281200004321?" not in shown


def test_a_landline_is_called_only(as_user, make):
    shown = get_client_page(as_user, "rina", make.client(phone="0548-21234"))
    assert 'href="tel:+6254821234"' in shown
    assert "wa.me" not in shown


def test_unsafe_phone_has_no_link(as_user, make):
    shown = get_client_page(
        as_user, "rina", make.client(phone="0812-0000-4321", safe_to_contact=SafeToContact.no)
    )
    assert "0812-0000-4321" in shown
    assert "tel:" not in shown
    assert "wa.me" not in shown


def test_user_with_read_access_only_sees_a_masked_number_without_links(as_user, make):
    shown = get_client_page(as_user, "kabid", make.client(phone="0812-0000-4321"))
    assert "4321" in shown
    assert "0812-0000" not in shown
    assert "tel:" not in shown


@pytest.mark.parametrize(("who", "offered"), [("rina", True), ("admin", True)])
def test_household_field_links_to_adding_a_household(as_user, who, offered):
    assert ('href="/households/add"' in as_user(who).get("/clients/add").text) is offered


LINK_SCHEMES = ("tel:", "wa.me")
PHONES = {"phone": "0812-0000-4321", "guardian_name": "Siti", "guardian_phone": "0812-0000-8765"}


def list_links(as_user, who, client):
    shown = get_client_page(as_user, who, client)
    assert "0812-0000-4321" in shown, "the number is not shown"
    return [one for one in LINK_SCHEMES if one in shown]


def test_client_of_a_secret_case_has_no_links_before_the_question_is_answered(as_user, make):
    client = make.client(**PHONES)
    assert list_links(as_user, "rina", client) == [*LINK_SCHEMES], "an ordinary client may be called"
    make.case(client=client, tags=[make.tag(Confidentiality.secret)])
    shown = get_client_page(as_user, "rina", client)
    assert list_links(as_user, "rina", client) == []
    assert "0812-0000-8765" in shown
    assert "Amankah menelepon nomor ini?" in shown
    assert f'href="/clients/edit/{client.id}"' in shown
    form = {"version": client.version, "name": client.name, "phone": client.phone, "safe_to_contact": "yes"}
    assert as_user("rina").post(f"/clients/edit/{client.id}", data=form).status_code == 302
    assert list_links(as_user, "rina", client) == [*LINK_SCHEMES]


@pytest.mark.parametrize(
    ("answer", "offered"), [("yes", [*LINK_SCHEMES]), ("ask_first", [*LINK_SCHEMES]), ("no", [])], ids=str
)
def test_the_answer_decides_for_every_phone_of_such_a_client(as_user, make, answer, offered):
    client = make.client(**PHONES, safe_to_contact=SafeToContact[answer])
    make.case(client=client, tags=[make.tag(Confidentiality.secret)])
    assert list_links(as_user, "rina", client) == offered
    assert get_client_page(as_user, "rina", client).count('href="tel:') == 2 * bool(offered)
    assert "Amankah menelepon nomor ini?" not in get_client_page(as_user, "rina", client)


def test_colleague_who_cannot_see_the_case_has_no_links_and_reads_nothing_of_it(as_user, make):
    client = make.client(**PHONES)
    make.case(client=client)
    secret = make.case(client=client, tags=[make.tag(Confidentiality.secret)])
    assert list_links(as_user, "sari", client) == []
    assert secret.number not in get_client_page(as_user, "sari", client)


def test_case_with_a_secret_category_keeps_the_question_after_its_tier_was_lowered(as_user, make):
    client = make.client(**PHONES)
    case = make.case(client=client, categories=[make.category(Confidentiality.secret)], by="admin")
    tier = {"confidentiality": Confidentiality.ordinary, "reason": "Perlu dibantu banyak rekan"}
    make.apply_transition(case, lower_confidentiality, by="admin", **tier)
    assert list_links(as_user, "rina", client) == []


def test_another_person_in_such_a_case_is_not_called_either(as_user, make):
    child = make.client(**PHONES)
    make.case_person(case=make.case(tags=[make.tag(Confidentiality.secret)]), client=child)
    assert list_links(as_user, "rina", child) == []


def test_question_does_not_link_to_the_form_of_an_archived_client(as_user, make):
    client = make.client(**PHONES)
    make.case(client=client, tags=[make.tag(Confidentiality.secret)])
    make.apply_transition(client, archive_client)
    assert list_links(as_user, "rina", client) == []
    shown = get_client_page(as_user, "rina", client)
    assert "Amankah menelepon nomor ini?" in shown
    assert f"/clients/edit/{client.id}" not in shown


QUESTION_FIELDS = {
    "alias": ("phone", "safe_to_contact"),
    "reporter_phone": ("reporter_phone", "reporter_safe_to_contact"),
}
"""A field that only such a form has -> its phone field, and its question whether calling is safe."""


def test_every_form_with_the_phone_of_a_person_has_the_question_whether_it_is_safe(shared_app):
    views = shared_app.extensions["portal_views"].values()
    with shared_app.test_request_context():
        forms = {
            f"{view.room}: {name}": [field.name for field in form(formdata=None)]
            for view in views
            for name, form in {"add": view.add_form, "edit": view.edit_form, **view.transition_forms}.items()
            if form is not None
        }
    has_question = {
        (name, question): question in names
        for name, names in forms.items()
        for mark, (phone, question) in QUESTION_FIELDS.items()
        if mark in names and phone in names
    }
    assert {name for name, _question in has_question} == {
        "clients: add",
        "clients: edit",
        "cases: add",
        "incoming-reports: add",
        "incoming-reports: edit",
        "incoming-reports: take_up",
        "shifts: take_call",
    }
    assert [name for name, is_asked in has_question.items() if not is_asked] == []


def test_a_new_client_of_a_case_keeps_the_answer(as_user, make):
    data = {"channel": "family", "presenting_problem": "Dipukul", "phone": "0812-0000-4321"}
    data |= {"name": "Nurhayati", "safe_to_contact": "no"}
    saved = as_user("rina").post("/cases/add", data=data)
    assert saved.status_code == 302
    (client,) = db.session.scalars(select(Client).filter_by(name="Nurhayati"))
    assert client.safe_to_contact is SafeToContact.no


def test_answer_without_a_person_is_refused_with_a_sentence(as_user, make):
    data = {"channel": "family", "presenting_problem": "Dipukul", "safe_to_contact": "no"}
    chosen = as_user("rina").post("/cases/add", data=data | {"client": make.client().id})
    alone = as_user("rina").post("/cases/add", data=data)
    assert [chosen.status_code, alone.status_code] == [200, 200]
    assert "kosongkan salah satunya" in chosen.text
    assert db.session.scalar(select(func.count(Client.id))) == 1
