"""Management of links by the office:

create, show once, renew the code, revoke, and the permissions for it.
"""

import re
from collections.abc import Callable
from types import ModuleType
from urllib.parse import parse_qs, urlsplit

import pytest

from app.clients.services.clients import withdraw_consent
from app.core.errors import Forbidden
from app.db.transaction import transaction
from app.extensions import db
from app.operations.checks import check_partner_links
from app.reference.enums import Confidentiality
from app.referrals.enums import SharedField
from app.referrals.models.exchange import ReferralLink
from app.referrals.models.referral import Referral
from app.referrals.services import links
from tests.referrals.partner_link import list_event_kinds, share_and_send
from tests.support.client import PortalClient
from tests.support.portal import get_user

AsUser = Callable[[str], PortalClient]


def create_link_in_page(client: PortalClient, referral: Referral) -> tuple[str, str, str]:
    """Create a link on the overview page; return token, code and the page that shows them once."""
    response = client.post(f"/referrals/{referral.id}/link")
    assert response.status_code == 200
    page = response.get_data(as_text=True)
    token, code = re.search(r"/r/([\w-]{43})", page), re.search(r"(\d{3}) (\d{3})", page)
    assert token is not None
    assert code is not None
    return token[1], code[1] + code[2], page


def test_token_and_code_are_shown_once_and_open_the_page(
    make: ModuleType, as_user: AsUser, anonymous_client: PortalClient
) -> None:
    referral = make.sent_referral()
    rina = as_user("rina")
    token, code, _page = create_link_in_page(rina, referral)
    assert anonymous_client.post(f"/r/{token}", data={"code": code}).status_code == 303
    overview = rina.get_page(f"/referrals/{referral.id}/")
    assert token not in overview
    assert code not in overview
    assert list_event_kinds(referral)[-2:] == [
        "referral_link_made",
        "referral_link_opened",
    ]


def test_prepared_message_contains_nothing_about_the_client(make: ModuleType, as_user: AsUser) -> None:
    referral = share_and_send(make, SharedField.identity)
    with transaction(by=get_user("admin")):
        referral.partner.whatsapp = "+6281250000311"
    token, code, page = create_link_in_page(as_user("rina"), referral)
    url = re.search(r'href="(https://wa\.me/[^"]+)"', page)
    assert url is not None
    parts = urlsplit(url[1].replace("&amp;", "&"))
    (words,) = parse_qs(parts.query)["text"]
    assert parts.path == "/6281250000311"
    assert token in words
    for hidden in ("Suryani", "Biaya hidup", referral.case.number, code):
        assert hidden not in words


def test_new_link_replaces_the_previous_one_and_leaves_that_of_the_letter(
    make: ModuleType, as_user: AsUser, anonymous_client: PortalClient
) -> None:
    referral = make.sent_referral()
    rina = as_user("rina")
    first, _code, _page = create_link_in_page(rina, referral)
    second, code, _page = create_link_in_page(rina, referral)
    letter = links.get_letter_token(referral)
    assert anonymous_client.get(f"/r/{first}").status_code == 404
    assert anonymous_client.get(f"/r/{second}").status_code == 200
    assert anonymous_client.post(f"/r/{letter}", data={"code": code}).status_code == 303


def test_a_new_code_alone_shows_no_link(
    make: ModuleType, as_user: AsUser, anonymous_client: PortalClient
) -> None:
    referral = make.sent_referral()
    answer = as_user("rina").post(f"/referrals/{referral.id}/code")
    assert answer.status_code == 200
    page = answer.get_data(as_text=True)
    code = re.search(r"(\d{3}) (\d{3})", page)
    assert code is not None
    assert "/r/" not in page
    token = links.get_letter_token(referral)
    assert anonymous_client.post(f"/r/{token}", data={"code": code[1] + code[2]}).status_code == 303
    assert list_event_kinds(referral)[-2] == "referral_code_renewed"


def test_link_is_revoked_from_the_overview_once(
    make: ModuleType, as_user: AsUser, anonymous_client: PortalClient
) -> None:
    referral = make.sent_referral()
    rina = as_user("rina")
    token, _code, _page = create_link_in_page(rina, referral)
    link = links.find_link(token)
    assert link is not None
    url = f"/referrals/{referral.id}/links/{link.id}/revoke"
    assert url in rina.get_page(f"/referrals/{referral.id}/")
    assert rina.post(url).location == f"/referrals/{referral.id}/"
    assert anonymous_client.get(f"/r/{token}").status_code == 404
    assert rina.post(url).status_code == 409
    assert url not in rina.get_page(f"/referrals/{referral.id}/")
    other = make.sent_referral()
    assert rina.post(f"/referrals/{other.id}/links/{link.id}/revoke").status_code == 404


@pytest.mark.parametrize("state", ["draft", "declined", "cancelled", "closed"])
def test_no_link_is_made_where_it_would_show_nothing(make: ModuleType, as_user: AsUser, state: str) -> None:
    referral = make.referral_in_state(state)
    before = db.session.scalar(db.select(db.func.count(ReferralLink.id)))
    assert as_user("rina").post(f"/referrals/{referral.id}/link").status_code == 409
    assert as_user("rina").post(f"/referrals/{referral.id}/code").status_code == 409
    assert db.session.scalar(db.select(db.func.count(ReferralLink.id))) == before
    assert f"/referrals/{referral.id}/link" not in as_user("rina").get_page(f"/referrals/{referral.id}/")


def test_no_link_is_made_after_the_consent_was_withdrawn(make: ModuleType, as_user: AsUser) -> None:
    referral = make.sent_referral()
    assert referral.consent is not None
    with transaction(by=get_user("rina")):
        withdraw_consent(referral.consent, by=get_user("rina"), reason="Berubah pikiran")
    assert as_user("rina").post(f"/referrals/{referral.id}/link").status_code == 409


def test_supervisor_and_user_without_access_create_no_link(make: ModuleType, as_user: AsUser) -> None:
    case = make.case(confidentiality=Confidentiality.secret, team=[get_user("dodi")])
    referral, ordinary = make.sent_referral(case=case), make.sent_referral()
    assert as_user("dodi").post(f"/referrals/{referral.id}/link").status_code == 200
    for path in ("link", "code"):
        assert as_user("kabid").post(f"/referrals/{ordinary.id}/{path}").status_code == 403
        assert as_user("sari").post(f"/referrals/{referral.id}/{path}").status_code == 404
    page = as_user("kabid").get_page(f"/referrals/{ordinary.id}/")
    assert f"/referrals/{ordinary.id}/link" not in page
    with pytest.raises(Forbidden), transaction(by=get_user("sari")):
        links.make_link(referral, by=get_user("sari"))


def test_link_without_a_code_cannot_be_opened(make: ModuleType, anonymous_client: PortalClient) -> None:
    token = links.get_letter_token(make.sent_referral())
    tried = [anonymous_client.post(f"/r/{token}", data={"code": f"{n:06d}"}).status_code for n in range(5)]
    assert tried == [200] * 4 + [404]


def test_next_print_of_a_letter_with_a_dead_link_has_a_new_link(make: ModuleType, as_user: AsUser) -> None:
    referral = make.sent_referral()
    old = links.get_letter_token(referral)
    with transaction(by=get_user("rina")):
        links.revoke_link(links.list_valid_links(referral)[0], by=get_user("rina"))
    assert links.get_letter_token(referral) is None
    create_link_in_page(as_user("rina"), referral)
    assert links.get_letter_token(referral) not in (None, old)
    assert len(links.list_valid_links(referral)) == 2


def test_check_reports_a_token_stored_in_plain_text(make: ModuleType) -> None:
    referral = make.sent_referral()
    assert list(check_partner_links()) == []
    with transaction(by=get_user("admin")):
        links.list_valid_links(referral)[0].token_hash = "terbaca"
    (finding,) = check_partner_links()
    assert f"referral {referral.id}" in finding
