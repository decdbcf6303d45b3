"""The partner's link: who comes in by it, how often, how long, and what everybody else reads."""

from collections.abc import Callable
from datetime import timedelta
from types import ModuleType

from app.audit.choices import Action
from app.audit.models import AuditEntry
from app.cases.models import CaseEvent
from app.cases.states import ActorKind, EventKind
from app.core.unit import unit
from app.extensions import db
from app.referrals.services import links
from tests.referrals.door import (
    answer,
    enter,
    kinds,
    linked,
    text_of,
    with_file,
)
from tests.support.client import PortalClient, end_transaction
from tests.support.now import machine_later
from tests.support.portal import person

AsUser = Callable[[str], PortalClient]
DEAD = "/r/" + "x" * 43
SQUEEZED = {"Accept-Encoding": "gzip, deflate"}  # what a browser offers without TLS


def test_a_guessed_a_revoked_and_an_expired_link_get_the_same_page(
    make: ModuleType, nobody: PortalClient
) -> None:
    referral = make.sent()
    revoked, expired = linked(referral), linked(make.sent())
    with unit(by=person("rina")):
        for link in links.live_links(referral):
            links.revoke_link(link, by=person("rina"))
    answers = [
        nobody.get(DEAD),
        nobody.get(revoked.url),
        nobody.post(revoked.url, data={"code": revoked.code}),
    ]
    with machine_later(timedelta(days=31)):
        answers.append(nobody.get(expired.url))
    assert {one.status_code for one in answers} == {404}
    assert len({one.get_data() for one in answers}) == 1
    assert kinds(referral)[-1] is EventKind.referral_link_revoked


def test_a_page_that_says_whom_to_call_shows_nothing(make: ModuleType, nobody: PortalClient) -> None:
    page = nobody.get_page(DEAD, 404)
    assert "Awang Long" in page  # the office as it stands in its settings
    assert "<form" not in page


def test_five_wrong_codes_end_a_link_and_are_told(make: ModuleType, nobody: PortalClient) -> None:
    referral = make.sent()
    key = linked(referral)
    wrong = f"{(int(key.code) + 1) % 1_000_000:06d}"
    assert [nobody.post(key.url, data={"code": wrong}).status_code for _n in range(5)] == [200] * 4 + [404]
    assert nobody.post(key.url, data={"code": key.code}).status_code == 404
    assert kinds(referral)[-1] is EventKind.referral_link_revoked


def test_a_right_code_does_not_forgive_the_wrong_ones(make: ModuleType, nobody: PortalClient) -> None:
    referral = make.sent()
    key = linked(referral)
    wrong = f"{(int(key.code) + 1) % 1_000_000:06d}"
    for _n in range(4):
        assert nobody.post(key.url, data={"code": wrong}).status_code == 200
        assert nobody.post(key.url, data={"code": key.code}).status_code == 303
    assert nobody.post(key.url, data={"code": wrong}).status_code == 404
    assert nobody.post(key.url, data={"code": key.code}).status_code == 404
    assert kinds(referral)[-1] is EventKind.referral_link_revoked


def test_a_new_code_starts_the_count_anew(make: ModuleType, nobody: PortalClient) -> None:
    referral = make.sent()
    key = linked(referral)
    wrong = f"{(int(key.code) + 1) % 1_000_000:06d}"
    for _n in range(4):
        nobody.post(key.url, data={"code": wrong})
    with unit(by=person("rina")):
        secret = links.renew_code(referral, by=person("rina"))
    wrong = f"{(int(secret.code) + 1) % 1_000_000:06d}"
    assert nobody.post(key.url, data={"code": wrong}).status_code == 200
    assert nobody.post(key.url, data={"code": secret.code}).status_code == 303


def test_every_visit_and_every_download_is_written_as_the_page_promises(
    make: ModuleType, nobody: PortalClient
) -> None:
    referral = make.sent()
    document = with_file(make, referral)
    key = linked(referral)
    link = max(one.id for one in links.live_links(referral))
    nobody.get(key.url)
    assert accesses("referral_link") == []  # nothing was shown yet
    page = text_of(enter(nobody, key))
    assert "Setiap kunjungan dan jawaban dicatat" in page
    assert kinds(referral)[-1] is EventKind.referral_link_opened
    assert accesses("referral_link") == [("view", link)]
    nobody.get(key.url)
    assert accesses("referral_link") == [("view", link)]  # counted: told with the next line
    assert nobody.get(f"{key.url}/documents/{document.id}").status_code == 200
    assert accesses("referral_document")[-1] == ("export", document.id)
    assert answer(nobody, key, "accept").status_code == 303
    assert kinds(referral)[-1] is EventKind.referral_accepted
    with machine_later(timedelta(minutes=11)):
        enter(nobody, key)
    assert accesses("referral_link") == [("view", link)] * 3


def accesses(entity: str) -> list[tuple[str, int | None]]:
    """The lines of the audit book about looking at records of this table."""
    end_transaction()
    query = db.select(AuditEntry).where(
        AuditEntry.entity == entity, AuditEntry.action.in_((Action.view, Action.export))
    )
    lines = db.session.scalars(query.order_by(AuditEntry.id))
    return [(line.action.name, line.entity_id) for line in lines]


def test_something_that_is_no_code_is_not_counted(make: ModuleType, nobody: PortalClient) -> None:
    key = linked(make.sent())
    for text in ("", "12", "12345a", "1234567", "١٢٣٤٥٦"):
        assert nobody.post(key.url, data={"code": text}).status_code == 200
    spaced = f" {key.code[:3]} {key.code[3:]} "
    assert nobody.post(key.url, data={"code": spaced}).status_code == 303


def test_a_new_code_ends_the_old_one_and_what_it_opened(make: ModuleType, nobody: PortalClient) -> None:
    referral = make.sent()
    key = linked(referral)
    enter(nobody, key)
    with unit(by=person("rina")):
        secret = links.renew_code(referral, by=person("rina"))
    assert "<table" not in nobody.get_page(key.url)
    assert nobody.post(key.url, data={"code": key.code}).status_code == 200
    assert nobody.post(key.url, data={"code": secret.code}).status_code == 303


def test_who_guesses_from_one_address_is_stopped(make: ModuleType, nobody: PortalClient) -> None:
    statuses = [nobody.get(f"/r/{n:043d}").status_code for n in range(31)]
    assert statuses == [404] * 30 + [429]
    key = linked(make.sent())
    assert nobody.get(key.url).status_code == 429
    assert "Awang Long" in text_of(nobody.get(key.url))


def test_the_opening_is_told_once_and_looking_changes_nothing(make: ModuleType, nobody: PortalClient) -> None:
    referral = make.sent()
    key = linked(referral)
    before = len(kinds(referral))
    nobody.get(key.url)
    assert len(kinds(referral)) == before
    enter(nobody, key)
    nobody.get(key.url)
    told_now = db.session.scalars(db.select(CaseEvent).order_by(CaseEvent.id.desc())).first()
    assert told_now is not None
    assert len(kinds(referral)) == before + 1
    assert told_now.kind is EventKind.referral_link_opened
    assert (told_now.actor_kind, told_now.actor_name) == (ActorKind.partner_link, referral.partner.name)


def test_the_cookie_is_for_this_link_and_logs_nobody_in(make: ModuleType, nobody: PortalClient) -> None:
    key, other = linked(make.sent()), linked(make.sent())
    response = nobody.post(key.url, data={"code": key.code})
    cookie = next(one for one in response.headers.getlist("Set-Cookie") if one.startswith("siaga_link="))
    for part in (f"Path={key.url}", "HttpOnly", "SameSite=Lax", "Max-Age=1800"):
        assert part in cookie
    assert nobody.get("/clients/list/").status_code == 302
    value = cookie.partition("=")[2].partition(";")[0]
    nobody.set_cookie("siaga_link", value, path=other.url)
    assert "<table" not in nobody.get_page(other.url)


def test_an_opened_page_asks_for_the_code_again_after_half_an_hour(
    make: ModuleType, nobody: PortalClient
) -> None:
    key = linked(make.sent())
    assert 'name="code"' not in enter(nobody, key).get_data(as_text=True)
    with machine_later(timedelta(minutes=31)):
        assert 'name="code"' in nobody.get_page(key.url)


def test_who_is_logged_in_stays_so(make: ModuleType, as_user: AsUser) -> None:
    key = linked(make.sent())
    kabid = as_user("kabid")
    enter(kabid, key)
    assert answer(kabid, key, "accept").status_code == 303  # by the code, as anybody who has it
    assert kabid.get("/clients/list/").status_code == 200


def test_over_https_a_form_is_taken_without_the_referrer_that_the_page_withholds(
    make: ModuleType, nobody: PortalClient
) -> None:
    key = linked(make.sent())
    response = nobody.post(key.url, base_url="https://localhost", data={"code": key.code})
    assert response.status_code == 303


def test_a_dead_link_says_whom_to_call_at_this_hour(make: ModuleType, nobody: PortalClient) -> None:
    assert "tel:" not in nobody.get_page(DEAD, 404)
    make.shift("rina", phone="0811555501")
    answered = nobody.get_page(DEAD, 404)
    assert 'href="tel:+62811555501"' in answered
    assert "Rina" not in answered
