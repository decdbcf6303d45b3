"""The partner page: shared values, response headers, files, and links that show nothing."""

import re
import zlib
from collections.abc import Callable
from types import ModuleType
from typing import Any

import pytest
from flask import Flask

from app.audit.models import AuditEntry
from app.clients.services.clients import withdraw_consent
from app.db.transaction import transaction
from app.extensions import db
from app.referrals.enums import LegalBasis, SharedField
from app.referrals.models.exchange import ReferralLink
from app.referrals.services import links
from app.referrals.services.office import send_referral
from tests.referrals.partner_link import (
    ANSWERED_BY,
    LinkCredentials,
    attach_file_to_document,
    bring_to_state,
    create_link,
    open_link,
    post_answer,
    share_and_send,
    text_of,
)
from tests.support.client import PortalClient
from tests.support.portal import PortalInstance, get_user

AsUser = Callable[[str], PortalClient]
UNKNOWN_LINK = "/r/" + "x" * 43
COMPRESSED_HEADERS = {"Accept-Encoding": "gzip, deflate"}  # what a browser sends over plain HTTP


def test_the_code_opens_what_was_shared_and_nothing_else(
    make: ModuleType, anonymous_client: PortalClient
) -> None:
    referral = share_and_send(make, SharedField.identity)
    key = create_link(referral)
    closed = anonymous_client.get_page(key.url)
    assert "Suryani" not in closed
    page = open_link(anonymous_client, key).get_data(as_text=True)
    assert "Suryani Wulan" in page
    assert "Biaya hidup dua bulan" in page
    for hidden in ("6474015708450001", "0812-5000", "Gang Rahasia", "Dipukul"):
        assert hidden not in page
    assert referral.case.number not in page


def test_every_shared_field_is_on_the_page(make: ModuleType, anonymous_client: PortalClient) -> None:
    key = create_link(share_and_send(make, *SharedField))
    page = text_of(open_link(anonymous_client, key))
    for shown in ("Suryani Wulan", "6474015708450001", "Gang Rahasia 7", "Dipukul suami", "0812-5000-0123"):
        assert shown in page


def test_address_title_preview_and_closed_page_contain_nothing_personal(
    make: ModuleType, anonymous_client: PortalClient
) -> None:
    referral = share_and_send(make, *SharedField)
    key = create_link(referral)
    for page in (anonymous_client.get(key.url), open_link(anonymous_client, key)):
        head = page.get_data(as_text=True).partition("</head>")[0]
        assert "Suryani" not in head
        assert referral.need_kind.name not in head
        assert "og:" not in head
        assert 'name="robots" content="noindex' in head
    assert re.fullmatch(r"/r/[A-Za-z0-9_-]{43}", key.url)


def test_page_is_not_cached_indexed_or_sent_as_referrer(
    make: ModuleType, anonymous_client: PortalClient
) -> None:
    key = create_link(make.sent_referral())
    for answered in (
        anonymous_client.get(UNKNOWN_LINK),
        anonymous_client.get(key.url),
        anonymous_client.post(key.url, csrf=False),
        open_link(anonymous_client, key),
    ):
        assert answered.headers["Cache-Control"] == "no-store"
        assert answered.headers["Referrer-Policy"] == "no-referrer"
        assert "noindex" in answered.headers["X-Robots-Tag"]
        assert answered.headers["X-Content-Type-Options"] == "nosniff"
    assert anonymous_client.get("/login/").headers["Referrer-Policy"] == "same-origin"


def test_token_and_code_are_nowhere_in_the_database(make: ModuleType) -> None:
    referral = make.sent_referral()
    key = create_link(referral)
    for link in db.session.scalars(db.select(ReferralLink)):
        kept = str({column.name: getattr(link, column.name) for column in ReferralLink.__table__.columns})
        assert key.token not in kept
        assert key.code not in kept
        assert re.fullmatch(r"[0-9a-f]{64}", link.token_hash)
        assert links.get_letter_token(referral) not in kept
    assert key.token not in str([one.changes for one in db.session.scalars(db.select(AuditEntry))])


def test_one_link_never_touches_another_referral(
    make: ModuleType, anonymous_client: PortalClient, portal_instance: PortalInstance
) -> None:
    mine, other = make.sent_referral(), make.sent_referral()
    document = attach_file_to_document(make, other)
    key, theirs = create_link(mine), create_link(other)
    open_link(anonymous_client, key)
    assert anonymous_client.get(f"{key.url}/documents/{document.id}").status_code == 404
    # the code of this link was not entered
    assert anonymous_client.get(f"{theirs.url}/documents/{document.id}").status_code == 404
    assert post_answer(anonymous_client, theirs, "accept").status_code == 200  # shows the form for the code
    db.session.expire_all()
    assert other.state.name == "sent"


def test_document_is_served_under_a_neutral_name(make: ModuleType, anonymous_client: PortalClient) -> None:
    referral = make.sent_referral()
    document = attach_file_to_document(make, referral)
    key = create_link(referral)
    assert f"{key.url}/documents/{document.id}" in open_link(anonymous_client, key).get_data(as_text=True)
    response = anonymous_client.get(f"{key.url}/documents/{document.id}")
    assert response.status_code == 200
    assert response.get_data() == b"%PDF-1.7 rahasia"
    assert (
        response.headers["Content-Disposition"] == f"attachment; filename=referral_document-{document.id}.pdf"
    )
    entry = db.session.scalars(db.select(AuditEntry).order_by(AuditEntry.id.desc())).first()
    assert entry is not None
    assert (entry.action.name, entry.entity_id) == ("export", document.id)


def test_withdrawn_consent_makes_the_link_answer_like_an_unknown_one(
    make: ModuleType, anonymous_client: PortalClient
) -> None:
    referral = make.sent_referral()
    key = create_link(referral)
    open_link(anonymous_client, key)
    assert referral.consent is not None
    with transaction(by=get_user("rina")):
        withdraw_consent(referral.consent, by=get_user("rina"), reason="Klien berubah pikiran")
    assert anonymous_client.get(key.url).get_data() == anonymous_client.get(UNKNOWN_LINK).get_data()
    assert post_answer(anonymous_client, key, "accept").status_code == 404
    assert links.get_letter_token(referral) is None


def test_a_link_on_a_legal_basis_needs_no_consent(make: ModuleType, anonymous_client: PortalClient) -> None:
    referral = make.apply_transition(
        make.referral(),
        send_referral,
        shared_fields=[SharedField.identity],
        legal_basis=LegalBasis.emergency,
        reason="Tidak sadar",
    )
    assert open_link(anonymous_client, create_link(referral)).status_code == 200


@pytest.mark.parametrize("state", ["cancelled", "declined", "closed"])
def test_page_of_a_finished_referral_shows_no_values(
    make: ModuleType, anonymous_client: PortalClient, state: str
) -> None:
    referral = make.sent_referral()
    key = create_link(referral)
    open_link(anonymous_client, key)
    bring_to_state(make, referral, state)
    response = anonymous_client.get(key.url)
    assert response.status_code == 410
    assert referral.case.client.name not in response.get_data(as_text=True)
    assert referral.need_kind.name not in response.get_data(as_text=True)
    assert "siaga_link=" not in str(response.headers)


def test_a_form_without_its_token_changes_nothing(make: ModuleType, anonymous_client: PortalClient) -> None:
    referral = make.sent_referral()
    key = create_link(referral)
    open_link(anonymous_client, key)
    response = anonymous_client.post(f"{key.url}/accept", csrf=False, data=ANSWERED_BY)
    assert response.status_code == 400
    assert "Suryani" not in response.get_data(as_text=True)
    db.session.expire_all()
    assert referral.state.name == "sent"


def test_page_is_small_and_needs_one_stylesheet(make: ModuleType, anonymous_client: PortalClient) -> None:
    page = open_link(anonymous_client, create_link(share_and_send(make, *SharedField)))
    html = page.get_data(as_text=True)
    assert "<script" not in html
    css = re.findall(r'<link rel="stylesheet" href="([^"]+)"', html)
    assert len(css) == 1
    sheet = anonymous_client.get(css[0]).get_data()
    compressed_size = len(
        anonymous_client.get(page.request.path, headers=COMPRESSED_HEADERS, check_html=False).get_data()
    )
    weight = compressed_size + len(zlib.compress(sheet))
    assert weight < 20_000


def test_page_is_in_indonesian_for_every_visitor(app: Flask, make: ModuleType, as_user: AsUser) -> None:
    key = create_link(make.sent_referral())
    rina = as_user("rina")
    rina.post("/language", data={"locale": "en"})
    assert 'lang="id"' in rina.get_page(key.url)


def test_unknown_step_of_an_opened_link_is_not_found(
    make: ModuleType, anonymous_client: PortalClient
) -> None:
    key: LinkCredentials = create_link(make.sent_referral())
    open_link(anonymous_client, key)
    for step in ("send", "cancel", "confirm", "dispute", "settle", "nonsense"):
        assert post_answer(anonymous_client, key, step).status_code == 404


def test_page_takes_a_bounded_number_of_statements(
    make: ModuleType, anonymous_client: PortalClient, capture_statements: Callable[..., Any]
) -> None:
    referral = share_and_send(make, *SharedField)
    key = create_link(referral)
    open_link(anonymous_client, key)
    for text in ("KTP", "KK", "SKTM", "Foto"):
        post_answer(anonymous_client, key, "ask_document", text=text)
    with capture_statements() as sent:
        assert anonymous_client.get(key.url).status_code == 200
    assert len(sent) <= 20, sent
