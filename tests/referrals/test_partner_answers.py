"""Every answer by a partner link from every state; see `REFERRAL_TRANSITIONS`."""

from types import ModuleType

import pytest
from flask import Flask

from app.cases.enums import ActorKind
from app.cases.models.event import CaseEvent
from app.core.transitions import get_transition
from app.db.transaction import transaction
from app.extensions import db
from app.referrals.enums import ReferralState, ToldHow
from app.referrals.models.referral import Referral
from app.referrals.partner_link.page import PARTNER_ACTIONS
from app.referrals.services import links
from app.referrals.services.office import cancel_referral
from app.referrals.transitions import REFERRAL_TRANSITIONS
from tests.referrals.partner_link import (
    LinkCredentials,
    bring_to_state,
    create_link,
    get_newest_event,
    list_event_kinds,
    open_link,
    post_answer,
    reload,
    text_of,
)
from tests.support.client import PortalClient
from tests.support.concurrency import run_concurrently
from tests.support.fixed_clock import FAR_AHEAD
from tests.support.portal import get_user

ANSWERABLE_STATES = ("sent", "accepted", "in_service", "completed")


def open_referral(make: ModuleType, nobody: PortalClient, state: str) -> tuple[Referral, LinkCredentials]:
    referral = make.referral_in_state(state)
    key = create_link(referral)
    open_link(nobody, key)
    return referral, key


@pytest.mark.parametrize("step", PARTNER_ACTIONS)
@pytest.mark.parametrize("state", ANSWERABLE_STATES)
def test_answer_is_accepted_only_from_the_sources_of_its_transition(
    make: ModuleType, anonymous_client: PortalClient, state: str, step: str
) -> None:
    referral, key = open_referral(make, anonymous_client, state)
    transition = get_transition(REFERRAL_TRANSITIONS, step)
    before = referral.version
    response = post_answer(anonymous_client, key, step)
    now = reload(referral)
    if state in transition.sources:
        assert response.status_code == 303
        assert now.state.name == (transition.target or state)
        event = get_newest_event(referral)
        assert event.kind == transition.event.code
        assert event.actor_kind is ActorKind.partner_link
        assert (event.actor_id, event.actor_name) == (None, referral.partner.name)
        assert "Abdul" not in str(event.data)
        message = now.messages[-1]
        assert (message.name, message.position) == ("Abdul Karim", "Staf distribusi")
        assert message.told_how is ToldHow.link
    elif transition.target == state:
        assert response.status_code == 303  # a repeated answer changes nothing
        assert now.version == before
    else:
        assert response.status_code == 409
        assert (now.state.name, now.version) == (state, before)


@pytest.mark.parametrize(
    "state", [state.name for state in ReferralState if state.name not in ANSWERABLE_STATES]
)
def test_finished_or_unsent_referral_accepts_no_answer(
    make: ModuleType, anonymous_client: PortalClient, state: str
) -> None:
    referral = make.referral_in_state("draft")
    key = LinkCredentials("x", "000000")
    if state != "draft":
        referral = make.sent_referral()
        key = create_link(referral)
        open_link(anonymous_client, key)
        bring_to_state(make, referral, state)
    for step in PARTNER_ACTIONS:
        before = reload(referral).version
        response = post_answer(anonymous_client, key, step)
        assert response.status_code == (404 if state == "draft" else 410)
        assert reload(referral).version == before
        assert referral.case.client.name not in response.get_data(as_text=True)


def test_partner_answers_from_acceptance_to_result_by_link(
    make: ModuleType, anonymous_client: PortalClient
) -> None:
    referral, key = open_referral(make, anonymous_client, "sent")
    assert post_answer(anonymous_client, key, "accept", message="Datang hari Senin").status_code == 303
    assert "Datang hari Senin" in text_of(anonymous_client.get(key.url))
    assert post_answer(anonymous_client, key, "start").status_code == 303
    assert post_answer(anonymous_client, key, "complete").status_code == 303
    assert "formaction" not in anonymous_client.get_page(key.url)
    now = reload(referral)
    assert (now.state.name, now.result) == ("completed", "Kursi roda diserahkan")


def test_a_decline_needs_a_reason_and_another_reason_needs_words(
    make: ModuleType, anonymous_client: PortalClient
) -> None:
    referral, key = open_referral(make, anonymous_client, "sent")
    first = anonymous_client.post(
        f"{key.url}/decline", data={"answered_by": "Abdul", "answered_position": "Staf"}
    )
    assert first.status_code == 200
    assert 'value="Abdul"' in first.get_data(as_text=True)  # values typed on the first page are carried over
    assert 'class="error"' not in first.get_data(as_text=True)
    unchosen = post_answer(anonymous_client, key, "decline", decline_reason="")
    assert unchosen.status_code == 200
    assert 'class="error"' in unchosen.get_data(as_text=True)
    unsaid = post_answer(anonymous_client, key, "decline", decline_reason="other")
    assert 'id="note-error"' in unsaid.get_data(as_text=True)
    assert reload(referral).state.name == "sent"
    assert (
        post_answer(
            anonymous_client, key, "decline", decline_reason="other", note="Sedang pindah"
        ).status_code
        == 303
    )
    now = reload(referral)
    assert (now.state.name, now.decline_note, now.declined_by.name) == (  # type: ignore[union-attr]
        "declined",
        "Sedang pindah",
        "partner",
    )


def test_refusal_by_the_client_is_recorded_as_declined_by_client(
    make: ModuleType, anonymous_client: PortalClient
) -> None:
    referral, key = open_referral(make, anonymous_client, "sent")
    assert post_answer(anonymous_client, key, "decline", decline_reason="client_refused").status_code == 303
    assert reload(referral).declined_by.name == "client"  # type: ignore[union-attr]


def test_a_result_is_not_dated_before_the_referral_or_after_today(
    make: ModuleType, anonymous_client: PortalClient
) -> None:
    referral, key = open_referral(make, anonymous_client, "accepted")
    for day in ("2020-01-01", str(FAR_AHEAD), "31/31/2026"):
        response = post_answer(anonymous_client, key, "complete", completed_on=day)
        page = response.get_data(as_text=True)
        assert response.status_code == 200
        assert 'id="completed_on-error"' in page
        assert "Kursi roda diserahkan" in page  # typed values are kept
    assert reload(referral).state.name == "accepted"


def test_requested_document_is_added_to_the_checklist(
    make: ModuleType, anonymous_client: PortalClient
) -> None:
    referral, key = open_referral(make, anonymous_client, "sent")
    assert post_answer(anonymous_client, key, "ask_document", text="Surat keterangan RT").status_code == 303
    now = reload(referral)
    assert [one.title for one in now.documents] == ["Surat keterangan RT"]
    assert now.state is ReferralState.sent
    assert get_newest_event(referral).kind == "referral_asked"
    assert "Surat keterangan RT" in text_of(anonymous_client.get(key.url))


@pytest.mark.both_databases
def test_concurrent_identical_answers_are_saved_once(
    app: Flask, make: ModuleType, anonymous_client: PortalClient
) -> None:
    referral, key = open_referral(make, anonymous_client, "sent")
    before = len(list_event_kinds(referral))

    def send(_n: int) -> int:
        client = app.test_client()
        assert isinstance(client, PortalClient)
        client.set_cookie("siaga_link", cookie, path=key.url)
        return post_answer(client, key, "ask_document").status_code

    cookie = anonymous_client.get_cookie("siaga_link", path=key.url).value  # type: ignore[union-attr]
    assert run_concurrently(6, send) == [303] * 6
    assert len(reload(referral).messages) == 1
    assert len(list_event_kinds(referral)) == before + 1


def test_answer_without_a_name_is_refused(make: ModuleType, anonymous_client: PortalClient) -> None:
    referral, key = open_referral(make, anonymous_client, "sent")
    response = anonymous_client.post(
        f"{key.url}/accept", data={"answered_by": " ", "message": "Datang hari Senin"}
    )
    assert response.status_code == 200
    assert 'id="answered_by-error"' in response.get_data(as_text=True)
    assert "Datang hari Senin" in response.get_data(as_text=True)
    assert reload(referral).state.name == "sent"


@pytest.mark.both_databases
def test_concurrent_decisions_of_partner_and_peksos_have_one_winner(
    app: Flask, make: ModuleType, anonymous_client: PortalClient
) -> None:
    referral = make.sent_referral()
    key = create_link(referral)
    number = referral.id

    def decide(who: int) -> int:
        if who % 2:
            with transaction(by=get_user("rina")):
                cancel_referral(db.session.get_one(Referral, number), reason="Salah", by=get_user("rina"))
            return 200
        client = app.test_client()
        assert isinstance(client, PortalClient)
        client.post(key.url, data={"code": key.code})
        return post_answer(client, key, "accept").status_code

    outcome = run_concurrently(20, decide)
    now = reload(referral)
    assert now.state.name in ("accepted", "cancelled")
    kinds = db.session.scalars(
        db.select(CaseEvent.kind).where(CaseEvent.case_id == referral.case_id, CaseEvent.source == "referral")
    ).all()
    assert kinds.count("referral_accepted") <= 1
    assert kinds.count("referral_cancelled") <= 1
    assert all(one in (200, 303, 409, 410) for one in outcome if isinstance(one, int))


def test_answer_extends_the_link(make: ModuleType, anonymous_client: PortalClient) -> None:
    referral, key = open_referral(make, anonymous_client, "sent")
    link = links.list_valid_links(referral)[-1]
    before = link.expires_at
    post_answer(anonymous_client, key, "accept")
    db.session.refresh(link)
    assert link.expires_at > before
    assert link.last_used_at is not None


def test_typed_answer_survives_an_expired_page(make: ModuleType, anonymous_client: PortalClient) -> None:
    referral = make.sent_referral()
    key = create_link(referral)
    page = post_answer(anonymous_client, key, "accept", message="Kami bantu")
    assert page.status_code == 200
    assert 'name="message" value="Kami bantu"' in page.get_data(as_text=True)
    assert reload(referral).state.name == "sent"
    assert (
        post_answer(anonymous_client, key, "accept", message="Kami bantu", code=key.code).status_code == 303
    )
    assert reload(referral).messages[-1].text == "Kami bantu"
