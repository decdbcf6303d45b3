"""A partner link may request five documents a day, also under concurrent requests."""

from datetime import timedelta
from types import ModuleType

import pytest
from flask import Flask

from app.referrals.models.referral import Referral
from app.referrals.services.answers import ask_document
from tests.referrals.partner_link import LinkCredentials, create_link, open_link, post_answer, reload, text_of
from tests.support.client import PortalClient
from tests.support.concurrency import run_concurrently
from tests.support.fixed_clock import NOW, domain_clock


def open_referral(make: ModuleType, nobody: PortalClient, state: str) -> tuple[Referral, LinkCredentials]:
    referral = make.referral_in_state(state)
    key = create_link(referral)
    open_link(nobody, key)
    return referral, key


def test_link_may_request_five_documents_a_day(make: ModuleType, anonymous_client: PortalClient) -> None:
    referral, key = open_referral(make, anonymous_client, "accepted")
    for number in range(5):
        assert post_answer(anonymous_client, key, "ask_document", text=f"Surat {number}").status_code == 303
    assert (
        post_answer(anonymous_client, key, "ask_document", text="Surat 4").status_code == 303
    )  # a repeated request is not counted
    refused = post_answer(anonymous_client, key, "ask_document", text="Surat keenam")
    assert refused.status_code == 200
    assert "Paling banyak 5 dokumen dapat diminta di sini dalam satu hari" in text_of(refused)
    for typed in ("Surat keenam", "Abdul Karim", "Staf distribusi"):
        assert f'value="{typed}"' in refused.get_data(as_text=True)
    assert len(reload(referral).documents) == 5
    other = create_link(referral)
    open_link(anonymous_client, other)
    assert post_answer(anonymous_client, other, "ask_document", text="Surat keenam").status_code == 303


def test_link_may_request_documents_again_on_the_next_day_in_wita(
    make: ModuleType, anonymous_client: PortalClient
) -> None:
    referral, key = open_referral(make, anonymous_client, "accepted")
    with domain_clock(NOW.replace(hour=23, minute=59)):
        for number in range(5):
            post_answer(anonymous_client, key, "ask_document", text=f"Surat {number}")
        assert post_answer(anonymous_client, key, "ask_document", text="Surat keenam").status_code == 200
    with domain_clock(NOW.replace(hour=0) + timedelta(days=1)):
        assert post_answer(anonymous_client, key, "ask_document", text="Surat keenam").status_code == 303
    assert len(reload(referral).documents) == 6


def test_office_may_record_more_documents_than_a_link_may_request(make: ModuleType) -> None:
    referral = make.referral_in_state("accepted")
    for number in range(6):
        make.apply_transition(referral, ask_document, text=f"Surat {number}", answered_by="Abdul Karim")
    assert len(reload(referral).documents) == 6


@pytest.mark.both_databases
def test_concurrent_requests_do_not_exceed_the_limit(
    app: Flask, make: ModuleType, anonymous_client: PortalClient
) -> None:
    referral, key = open_referral(make, anonymous_client, "accepted")
    for number in range(4):
        post_answer(anonymous_client, key, "ask_document", text=f"Surat {number}")
    cookie = anonymous_client.get_cookie("siaga_link", path=key.url).value  # type: ignore[union-attr]

    def ask(number: int) -> int:
        client = app.test_client()
        assert isinstance(client, PortalClient)
        client.set_cookie("siaga_link", cookie, path=key.url)
        return post_answer(client, key, "ask_document", text=f"Akhir {number}").status_code

    results = run_concurrently(3, ask)
    assert results.count(303) == 1
    assert len(reload(referral).documents) == 5
