"""A number is something to press, unless that could harm somebody."""

import pytest

from app.clients.choices import SafeToContact


def page(as_user, who, client):
    return as_user(who).get(f"/clients/show/{client.id}").text


def test_a_mobile_number_can_be_called_and_written_to_without_a_word_in_the_address(as_user, make):
    client = make.client(phone="0812-0000-4321", safe_to_contact=SafeToContact.yes)
    shown = page(as_user, "rina", client)
    assert 'href="tel:+6281200004321"' in shown
    assert 'href="https://wa.me/6281200004321"' in shown
    assert "wa.me/6281200004321?" not in shown


def test_a_landline_is_called_only(as_user, make):
    shown = page(as_user, "rina", make.client(phone="0548-21234"))
    assert 'href="tel:+6254821234"' in shown
    assert "wa.me" not in shown


def test_a_phone_that_is_not_safe_cannot_be_pressed(as_user, make):
    shown = page(as_user, "rina", make.client(phone="0812-0000-4321", safe_to_contact=SafeToContact.no))
    assert "0812-0000-4321" in shown
    assert "tel:" not in shown
    assert "wa.me" not in shown


def test_whoever_only_reads_gets_neither_number_nor_button(as_user, make):
    shown = page(as_user, "kabid", make.client(phone="0812-0000-4321"))
    assert "4321" in shown
    assert "0812-0000" not in shown
    assert "tel:" not in shown


@pytest.mark.parametrize(("who", "offered"), [("rina", True), ("admin", True)])
def test_a_form_that_asks_for_a_household_links_to_adding_one(as_user, who, offered):
    assert ('href="/households/add"' in as_user(who).get("/clients/add").text) is offered
