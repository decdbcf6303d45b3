"""Access by a partner link: codes, rate limits, expiry, cookie, and the audit entries of each visit."""

from collections.abc import Callable
from datetime import timedelta
from types import ModuleType

from app.audit.enums import Action
from app.audit.models import AuditEntry
from app.cases.enums import ActorKind
from app.cases.models.event import CaseEvent
from app.db.transaction import transaction
from app.extensions import db
from app.referrals.services import links
from tests.referrals.partner_link import (
    attach_file_to_document,
    create_link,
    list_event_kinds,
    open_link,
    post_answer,
    text_of,
)
from tests.support.client import PortalClient, end_transaction
from tests.support.fixed_clock import advance_machine_clock, machine_clock
from tests.support.portal import get_user

AsUser = Callable[[str], PortalClient]
UNKNOWN_LINK = "/r/" + "x" * 43
COMPRESSED_HEADERS = {"Accept-Encoding": "gzip, deflate"}  # what a browser sends over plain HTTP


def test_a_guessed_a_revoked_and_an_expired_link_get_the_same_page(
    make: ModuleType, anonymous_client: PortalClient
) -> None:
    referral = make.sent_referral()
    revoked, expired = create_link(referral), create_link(make.sent_referral())
    with transaction(by=get_user("rina")):
        for link in links.list_valid_links(referral):
            links.revoke_link(link, by=get_user("rina"))
    answers = [
        anonymous_client.get(UNKNOWN_LINK),
        anonymous_client.get(revoked.url),
        anonymous_client.post(revoked.url, data={"code": revoked.code}),
    ]
    with advance_machine_clock(timedelta(days=31)):
        answers.append(anonymous_client.get(expired.url))
    assert {one.status_code for one in answers} == {404}
    assert len({one.get_data() for one in answers}) == 1
    assert list_event_kinds(referral)[-1] == "referral_link_revoked"


def test_a_link_ends_at_the_instant_of_its_expiry(make: ModuleType, anonymous_client: PortalClient) -> None:
    key = create_link(make.sent_referral())
    link = links.find_link(key.token)
    assert link is not None
    expires_at = link.expires_at
    for instant, status in ((expires_at - timedelta(microseconds=1), 200), (expires_at, 404)):
        with machine_clock(instant, ticking=False):
            assert anonymous_client.get(key.url).status_code == status


def test_page_of_an_unknown_link_shows_the_office_and_no_form(
    make: ModuleType, anonymous_client: PortalClient
) -> None:
    page = anonymous_client.get_page(UNKNOWN_LINK, 404)
    assert "Awang Long" in page  # the address in the office settings
    assert "<form" not in page


def test_five_wrong_codes_revoke_a_link_and_record_an_event(
    make: ModuleType, anonymous_client: PortalClient
) -> None:
    referral = make.sent_referral()
    key = create_link(referral)
    wrong = f"{(int(key.code) + 1) % 1_000_000:06d}"
    assert [anonymous_client.post(key.url, data={"code": wrong}).status_code for _n in range(5)] == [
        200
    ] * 4 + [404]
    assert anonymous_client.post(key.url, data={"code": key.code}).status_code == 404
    assert list_event_kinds(referral)[-1] == "referral_link_revoked"


def test_right_code_does_not_reset_the_count_of_wrong_codes(
    make: ModuleType, anonymous_client: PortalClient
) -> None:
    referral = make.sent_referral()
    key = create_link(referral)
    wrong = f"{(int(key.code) + 1) % 1_000_000:06d}"
    for _n in range(4):
        assert anonymous_client.post(key.url, data={"code": wrong}).status_code == 200
        assert anonymous_client.post(key.url, data={"code": key.code}).status_code == 303
    assert anonymous_client.post(key.url, data={"code": wrong}).status_code == 404
    assert anonymous_client.post(key.url, data={"code": key.code}).status_code == 404
    assert list_event_kinds(referral)[-1] == "referral_link_revoked"


def test_new_code_resets_the_count_of_wrong_codes(make: ModuleType, anonymous_client: PortalClient) -> None:
    referral = make.sent_referral()
    key = create_link(referral)
    wrong = f"{(int(key.code) + 1) % 1_000_000:06d}"
    for _n in range(4):
        anonymous_client.post(key.url, data={"code": wrong})
    with transaction(by=get_user("rina")):
        secret = links.renew_code(referral, by=get_user("rina"))
    wrong = f"{(int(secret.code) + 1) % 1_000_000:06d}"
    assert anonymous_client.post(key.url, data={"code": wrong}).status_code == 200
    assert anonymous_client.post(key.url, data={"code": secret.code}).status_code == 303


def test_every_visit_and_every_download_is_audited(make: ModuleType, anonymous_client: PortalClient) -> None:
    referral = make.sent_referral()
    document = attach_file_to_document(make, referral)
    key = create_link(referral)
    link = max(one.id for one in links.list_valid_links(referral))
    anonymous_client.get(key.url)
    assert list_accesses("referral_link") == []  # the form for the code shows no record
    page = text_of(open_link(anonymous_client, key))
    assert "Setiap kunjungan dan jawaban dicatat" in page
    assert list_event_kinds(referral)[-1] == "referral_link_opened"
    assert list_accesses("referral_link") == [("view", link)]
    anonymous_client.get(key.url)
    # repeated visits are counted and written with the next entry
    assert list_accesses("referral_link") == [("view", link)]
    assert anonymous_client.get(f"{key.url}/documents/{document.id}").status_code == 200
    assert list_accesses("referral_document")[-1] == ("export", document.id)
    assert post_answer(anonymous_client, key, "accept").status_code == 303
    assert list_event_kinds(referral)[-1] == "referral_accepted"
    with advance_machine_clock(timedelta(minutes=11)):
        open_link(anonymous_client, key)
    assert list_accesses("referral_link") == [("view", link)] * 3


def list_accesses(entity: str) -> list[tuple[str, int | None]]:
    """Return action and record id of the audit entries about viewing or exporting records of this table."""
    end_transaction()
    query = db.select(AuditEntry).where(
        AuditEntry.entity == entity, AuditEntry.action.in_((Action.view, Action.export))
    )
    lines = db.session.scalars(query.order_by(AuditEntry.id))
    return [(line.action.name, line.entity_id) for line in lines]


def test_malformed_code_is_not_counted(make: ModuleType, anonymous_client: PortalClient) -> None:
    key = create_link(make.sent_referral())
    for text in ("", "12", "12345a", "1234567", "١٢٣٤٥٦"):
        assert anonymous_client.post(key.url, data={"code": text}).status_code == 200
    spaced = f" {key.code[:3]} {key.code[3:]} "
    assert anonymous_client.post(key.url, data={"code": spaced}).status_code == 303


def test_new_code_invalidates_the_old_code_and_the_opened_page(
    make: ModuleType, anonymous_client: PortalClient
) -> None:
    referral = make.sent_referral()
    key = create_link(referral)
    open_link(anonymous_client, key)
    with transaction(by=get_user("rina")):
        secret = links.renew_code(referral, by=get_user("rina"))
    assert "<table" not in anonymous_client.get_page(key.url)
    assert anonymous_client.post(key.url, data={"code": key.code}).status_code == 200
    assert anonymous_client.post(key.url, data={"code": secret.code}).status_code == 303


def test_guesses_from_one_address_are_rate_limited(make: ModuleType, anonymous_client: PortalClient) -> None:
    statuses = [anonymous_client.get(f"/r/{n:043d}").status_code for n in range(31)]
    assert statuses == [404] * 30 + [429]
    key = create_link(make.sent_referral())
    assert anonymous_client.get(key.url).status_code == 429
    assert "Awang Long" in text_of(anonymous_client.get(key.url))


def test_wrong_code_counts_as_a_guess_of_its_address(
    make: ModuleType, anonymous_client: PortalClient
) -> None:
    key = create_link(make.sent_referral())
    wrong = f"{(int(key.code) + 1) % 1_000_000:06d}"
    assert anonymous_client.post(key.url, data={"code": wrong}).status_code == 200
    statuses = [anonymous_client.get(f"/r/{n:043d}").status_code for n in range(30)]
    assert statuses == [404] * 29 + [429]


def test_guesses_from_one_address_are_limited_by_the_hour_too(anonymous_client: PortalClient) -> None:
    statuses = []
    for minutes in (0, 2, 4, 6, 8, 10):
        with advance_machine_clock(timedelta(minutes=minutes)):
            statuses += [anonymous_client.get(f"/r/{minutes:040d}{n:03d}").status_code for n in range(30)]
    assert statuses == [404] * 150 + [429] * 30


def test_opening_is_recorded_once_and_viewing_changes_nothing(
    make: ModuleType, anonymous_client: PortalClient
) -> None:
    referral = make.sent_referral()
    key = create_link(referral)
    before = len(list_event_kinds(referral))
    anonymous_client.get(key.url)
    assert len(list_event_kinds(referral)) == before
    open_link(anonymous_client, key)
    anonymous_client.get(key.url)
    event = db.session.scalars(db.select(CaseEvent).order_by(CaseEvent.id.desc())).first()
    assert event is not None
    assert len(list_event_kinds(referral)) == before + 1
    assert event.kind == "referral_link_opened"
    assert (event.actor_kind, event.actor_name) == (ActorKind.partner_link, referral.partner.name)


def test_cookie_is_valid_for_its_link_only_and_is_no_log_in(
    make: ModuleType, anonymous_client: PortalClient
) -> None:
    key, other = create_link(make.sent_referral()), create_link(make.sent_referral())
    response = anonymous_client.post(key.url, data={"code": key.code})
    cookie = next(one for one in response.headers.getlist("Set-Cookie") if one.startswith("siaga_link="))
    for part in (f"Path={key.url}", "HttpOnly", "SameSite=Lax", "Max-Age=1800"):
        assert part in cookie
    assert anonymous_client.get("/clients/list/").status_code == 302
    value = cookie.partition("=")[2].partition(";")[0]
    anonymous_client.set_cookie("siaga_link", value, path=other.url)
    assert "<table" not in anonymous_client.get_page(other.url)


def test_link_that_was_sent_does_not_open_the_one_on_the_letter(
    make: ModuleType, anonymous_client: PortalClient
) -> None:
    referral = make.sent_referral()
    key, letter_url = create_link(referral), f"/r/{links.get_letter_token(referral)}"
    open_link(anonymous_client, key)
    cookie = anonymous_client.get_cookie("siaga_link", path=key.url)
    assert cookie is not None
    anonymous_client.set_cookie("siaga_link", cookie.value, path=letter_url)
    assert 'name="code"' in anonymous_client.get_page(letter_url)


def test_an_opened_page_asks_for_the_code_again_after_half_an_hour(
    make: ModuleType, anonymous_client: PortalClient
) -> None:
    key = create_link(make.sent_referral())
    assert 'name="code"' not in open_link(anonymous_client, key).get_data(as_text=True)
    with advance_machine_clock(timedelta(minutes=31)):
        assert 'name="code"' in anonymous_client.get_page(key.url)


def test_logged_in_user_stays_logged_in(make: ModuleType, as_user: AsUser) -> None:
    key = create_link(make.sent_referral())
    kabid = as_user("kabid")
    open_link(kabid, key)
    # answered as the partner, since only the code counts
    assert post_answer(kabid, key, "accept").status_code == 303
    assert kabid.get("/clients/list/").status_code == 200


def test_form_over_https_is_accepted_without_a_referrer(
    make: ModuleType, anonymous_client: PortalClient
) -> None:
    key = create_link(make.sent_referral())
    response = anonymous_client.post(key.url, base_url="https://localhost", data={"code": key.code})
    assert response.status_code == 303


def test_page_of_an_unknown_link_shows_the_phone_of_the_current_shift(
    make: ModuleType, anonymous_client: PortalClient
) -> None:
    assert "tel:" not in anonymous_client.get_page(UNKNOWN_LINK, 404)
    make.shift("rina", phone="0811555501")
    answered = anonymous_client.get_page(UNKNOWN_LINK, 404)
    assert 'href="tel:+62811555501"' in answered
    assert "Rina" not in answered
