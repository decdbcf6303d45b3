"""Every answer of a partner from every state, by its link; the table of moves says which are possible."""

from types import ModuleType

import pytest
from flask import Flask

from app.cases.models import CaseEvent
from app.cases.states import ActorKind, EventKind
from app.core.moves import move_named
from app.core.unit import unit
from app.extensions import db
from app.referrals.choices import ReferralState, ToldHow
from app.referrals.models import Referral
from app.referrals.partner_page import STEPS
from app.referrals.services import cancel_referral, links
from app.referrals.states import REFERRAL_MOVES
from tests.referrals.door import Key, answer, bring, enter, fresh, kinds, linked, newest_event, text_of
from tests.support.client import PortalClient
from tests.support.now import FAR_AHEAD
from tests.support.portal import person
from tests.support.together import run_together

OPEN = ("sent", "accepted", "in_service", "completed")


def opened(make: ModuleType, nobody: PortalClient, state: str) -> tuple[Referral, Key]:
    referral = make.referral_at(state)
    key = linked(referral)
    enter(nobody, key)
    return referral, key


@pytest.mark.parametrize("step", STEPS)
@pytest.mark.parametrize("state", OPEN)
def test_an_answer_is_taken_exactly_from_the_states_of_the_table(
    make: ModuleType, nobody: PortalClient, state: str, step: str
) -> None:
    referral, key = opened(make, nobody, state)
    move = move_named(REFERRAL_MOVES, step)
    before = referral.version
    response = answer(nobody, key, step)
    now = fresh(referral)
    if state in move.sources:
        assert response.status_code == 303
        assert now.state.name == (move.target or state)
        event = newest_event(referral)
        assert event.kind.name == move.event
        assert event.actor_kind is ActorKind.partner_link
        assert (event.actor_id, event.actor_name) == (None, referral.partner.name)
        assert "Abdul" not in str(event.data)
        message = now.messages[-1]
        assert (message.name, message.position) == ("Abdul Karim", "Staf distribusi")
        assert message.told_how is ToldHow.link
    elif move.target == state:
        assert response.status_code == 303  # pressed twice: it worked once
        assert now.version == before
    else:
        assert response.status_code == 409
        assert (now.state.name, now.version) == (state, before)


@pytest.mark.parametrize("state", [state.name for state in ReferralState if state.name not in OPEN])
def test_a_referral_that_is_over_or_not_sent_takes_no_answer(
    make: ModuleType, nobody: PortalClient, state: str
) -> None:
    referral = make.referral_at("draft")
    key = Key("x", "000000")
    if state != "draft":
        referral = make.sent()
        key = linked(referral)
        enter(nobody, key)
        bring(make, referral, state)
    for step in STEPS:
        before = fresh(referral).version
        response = answer(nobody, key, step)
        assert response.status_code == (404 if state == "draft" else 410)
        assert fresh(referral).version == before
        assert referral.case.client.name not in response.get_data(as_text=True)


def test_the_whole_way_by_link_ends_with_the_result_at_the_office(
    make: ModuleType, nobody: PortalClient
) -> None:
    referral, key = opened(make, nobody, "sent")
    assert answer(nobody, key, "accept", message="Datang hari Senin").status_code == 303
    assert "Datang hari Senin" in text_of(nobody.get(key.url))
    assert answer(nobody, key, "start").status_code == 303
    assert answer(nobody, key, "complete").status_code == 303
    assert "formaction" not in nobody.get_page(key.url)
    now = fresh(referral)
    assert (now.state.name, now.result) == ("completed", "Kursi roda diserahkan")


def test_a_decline_needs_a_reason_and_another_reason_needs_words(
    make: ModuleType, nobody: PortalClient
) -> None:
    referral, key = opened(make, nobody, "sent")
    first = nobody.post(f"{key.url}/decline", data={"answered_by": "Abdul", "answered_position": "Staf"})
    assert first.status_code == 200
    assert 'value="Abdul"' in first.get_data(as_text=True)  # what was typed on the first page comes along
    assert 'class="error"' not in first.get_data(as_text=True)
    unchosen = answer(nobody, key, "decline", decline_reason="")
    assert unchosen.status_code == 200
    assert 'class="error"' in unchosen.get_data(as_text=True)
    unsaid = answer(nobody, key, "decline", decline_reason="other")
    assert 'id="note-error"' in unsaid.get_data(as_text=True)
    assert fresh(referral).state.name == "sent"
    assert answer(nobody, key, "decline", decline_reason="other", note="Sedang pindah").status_code == 303
    now = fresh(referral)
    assert (now.state.name, now.decline_note, now.declined_by.name) == (  # type: ignore[union-attr]
        "declined",
        "Sedang pindah",
        "partner",
    )


def test_a_client_who_refuses_is_told_as_such(make: ModuleType, nobody: PortalClient) -> None:
    referral, key = opened(make, nobody, "sent")
    assert answer(nobody, key, "decline", decline_reason="client_refused").status_code == 303
    assert fresh(referral).declined_by.name == "client"  # type: ignore[union-attr]


def test_a_result_is_not_dated_before_the_referral_or_after_today(
    make: ModuleType, nobody: PortalClient
) -> None:
    referral, key = opened(make, nobody, "accepted")
    for day in ("2020-01-01", str(FAR_AHEAD), "31/31/2026"):
        response = answer(nobody, key, "complete", completed_on=day)
        page = response.get_data(as_text=True)
        assert response.status_code == 200
        assert 'id="completed_on-error"' in page
        assert "Kursi roda diserahkan" in page  # nothing typed is lost
    assert fresh(referral).state.name == "accepted"


def test_a_document_that_is_asked_for_comes_onto_the_checklist(
    make: ModuleType, nobody: PortalClient
) -> None:
    referral, key = opened(make, nobody, "sent")
    assert answer(nobody, key, "ask_document", text="Surat keterangan RT").status_code == 303
    now = fresh(referral)
    assert [one.title for one in now.documents] == ["Surat keterangan RT"]
    assert now.state is ReferralState.sent
    assert newest_event(referral).kind is EventKind.referral_asked
    assert "Surat keterangan RT" in text_of(nobody.get(key.url))


def test_a_button_that_is_pressed_twice_at_once_works_once(
    app: Flask, make: ModuleType, nobody: PortalClient
) -> None:
    referral, key = opened(make, nobody, "sent")
    before = len(kinds(referral))

    def press(_n: int) -> int:
        client = app.test_client()
        assert isinstance(client, PortalClient)
        client.set_cookie("siaga_link", cookie, path=key.url)
        return answer(client, key, "ask_document").status_code

    cookie = nobody.get_cookie("siaga_link", path=key.url).value  # type: ignore[union-attr]
    assert run_together(6, press) == [303] * 6
    assert len(fresh(referral).messages) == 1
    assert len(kinds(referral)) == before + 1


def test_nobody_answers_without_a_name(make: ModuleType, nobody: PortalClient) -> None:
    referral, key = opened(make, nobody, "sent")
    response = nobody.post(f"{key.url}/accept", data={"answered_by": " ", "message": "Datang hari Senin"})
    assert response.status_code == 200
    assert 'id="answered_by-error"' in response.get_data(as_text=True)
    assert "Datang hari Senin" in response.get_data(as_text=True)
    assert fresh(referral).state.name == "sent"


def test_of_a_partner_and_a_peksos_at_the_same_moment_one_wins(
    app: Flask, make: ModuleType, nobody: PortalClient
) -> None:
    referral = make.sent()
    key = linked(referral)
    number = referral.id

    def decide(who: int) -> int:
        if who % 2:
            with unit(by=person("rina")):
                cancel_referral(db.session.get_one(Referral, number), reason="Salah", by=person("rina"))
            return 200
        client = app.test_client()
        assert isinstance(client, PortalClient)
        client.post(key.url, data={"code": key.code})
        return answer(client, key, "accept").status_code

    outcome = run_together(20, decide)
    now = fresh(referral)
    assert now.state.name in ("accepted", "cancelled")
    told = db.session.scalars(
        db.select(CaseEvent.kind).where(CaseEvent.case_id == referral.case_id, CaseEvent.source == "referral")
    ).all()
    assert told.count(EventKind.referral_accepted) <= 1
    assert told.count(EventKind.referral_cancelled) <= 1
    assert all(one in (200, 303, 409, 410) for one in outcome if isinstance(one, int))


def test_an_answer_lets_the_link_live_on(make: ModuleType, nobody: PortalClient) -> None:
    referral, key = opened(make, nobody, "sent")
    link = links.live_links(referral)[-1]
    before = link.expires_at
    answer(nobody, key, "accept")
    db.session.refresh(link)
    assert link.expires_at > before
    assert link.last_used_at is not None


def test_what_is_typed_survives_a_page_that_fell_asleep(make: ModuleType, nobody: PortalClient) -> None:
    referral = make.sent()
    key = linked(referral)
    page = answer(nobody, key, "accept", message="Kami bantu")
    assert page.status_code == 200
    assert 'name="message" value="Kami bantu"' in page.get_data(as_text=True)
    assert fresh(referral).state.name == "sent"
    assert answer(nobody, key, "accept", message="Kami bantu", code=key.code).status_code == 303
    assert fresh(referral).messages[-1].text == "Kami bantu"
