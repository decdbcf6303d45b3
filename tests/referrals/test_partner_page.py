"""The partner's page: who comes in, what is shown, what never is."""

import re
import zlib
from collections.abc import Callable
from types import ModuleType
from typing import Any

import pytest
from flask import Flask

from app.audit.models import AuditEntry
from app.clients.services import withdraw_consent
from app.core.unit import unit
from app.extensions import db
from app.referrals.choices import LegalBasis, SharedField
from app.referrals.models import ReferralLink
from app.referrals.services import links, send_referral
from tests.referrals.door import (
    WHO,
    Key,
    answer,
    bring,
    enter,
    linked,
    text_of,
    told,
    with_file,
)
from tests.support.client import PortalClient
from tests.support.portal import Portal, person

AsUser = Callable[[str], PortalClient]
DEAD = "/r/" + "x" * 43
SQUEEZED = {"Accept-Encoding": "gzip, deflate"}  # what a browser offers without TLS


def test_the_code_opens_what_was_shared_and_nothing_else(make: ModuleType, nobody: PortalClient) -> None:
    referral = told(make, SharedField.identity)
    key = linked(referral)
    closed = nobody.get_page(key.url)
    assert "Suryani" not in closed
    page = enter(nobody, key).get_data(as_text=True)
    assert "Suryani Wulan" in page
    assert "Biaya hidup dua bulan" in page
    for hidden in ("6474015708450001", "0812-5000", "Gang Rahasia", "Dipukul"):
        assert hidden not in page
    assert referral.case.number not in page


def test_every_ticked_thing_is_on_the_page(make: ModuleType, nobody: PortalClient) -> None:
    key = linked(told(make, *SharedField))
    page = text_of(enter(nobody, key))
    for shown in ("Suryani Wulan", "6474015708450001", "Gang Rahasia 7", "Dipukul suami", "0812-5000-0123"):
        assert shown in page


def test_nothing_personal_stands_in_address_title_preview_or_closed_page(
    make: ModuleType, nobody: PortalClient
) -> None:
    referral = told(make, *SharedField)
    key = linked(referral)
    for page in (nobody.get(key.url), enter(nobody, key)):
        head = page.get_data(as_text=True).partition("</head>")[0]
        assert "Suryani" not in head
        assert referral.need_kind.name not in head
        assert "og:" not in head
        assert 'name="robots" content="noindex' in head
    assert re.fullmatch(r"/r/[A-Za-z0-9_-]{43}", key.url)


def test_the_page_is_kept_by_nobody_and_tells_nobody_its_address(
    make: ModuleType, nobody: PortalClient
) -> None:
    key = linked(make.sent())
    for answered in (
        nobody.get(DEAD),
        nobody.get(key.url),
        nobody.post(key.url, csrf=False),
        enter(nobody, key),
    ):
        assert answered.headers["Cache-Control"] == "no-store"
        assert answered.headers["Referrer-Policy"] == "no-referrer"
        assert "noindex" in answered.headers["X-Robots-Tag"]
        assert answered.headers["X-Content-Type-Options"] == "nosniff"
    assert nobody.get("/login/").headers["Referrer-Policy"] == "same-origin"


def test_token_and_code_are_nowhere_in_the_database(make: ModuleType) -> None:
    referral = make.sent()
    key = linked(referral)
    for link in db.session.scalars(db.select(ReferralLink)):
        kept = str({column.name: getattr(link, column.name) for column in ReferralLink.__table__.columns})
        assert key.token not in kept
        assert key.code not in kept
        assert re.fullmatch(r"[0-9a-f]{64}", link.token_hash)
        assert links.letter_token(referral) not in kept
    assert key.token not in str([one.changes for one in db.session.scalars(db.select(AuditEntry))])


def test_one_link_never_touches_another_referral(
    make: ModuleType, nobody: PortalClient, house: Portal
) -> None:
    mine, other = make.sent(), make.sent()
    document = with_file(make, other)
    key, theirs = linked(mine), linked(other)
    enter(nobody, key)
    assert nobody.get(f"{key.url}/documents/{document.id}").status_code == 404
    assert nobody.get(f"{theirs.url}/documents/{document.id}").status_code == 404  # not opened
    assert answer(nobody, theirs, "accept").status_code == 200  # asks for the code
    db.session.expire_all()
    assert other.state.name == "sent"


def test_a_document_is_given_under_a_name_that_says_nothing(make: ModuleType, nobody: PortalClient) -> None:
    referral = make.sent()
    document = with_file(make, referral)
    key = linked(referral)
    assert f"{key.url}/documents/{document.id}" in enter(nobody, key).get_data(as_text=True)
    response = nobody.get(f"{key.url}/documents/{document.id}")
    assert response.status_code == 200
    assert response.get_data() == b"%PDF-1.7 rahasia"
    assert (
        response.headers["Content-Disposition"] == f"attachment; filename=referral_document-{document.id}.pdf"
    )
    noted = db.session.scalars(db.select(AuditEntry).order_by(AuditEntry.id.desc())).first()
    assert noted is not None
    assert (noted.action.name, noted.entity_id) == ("export", document.id)


def test_a_withdrawn_consent_shuts_the_link_like_a_guessed_one(
    make: ModuleType, nobody: PortalClient
) -> None:
    referral = make.sent()
    key = linked(referral)
    enter(nobody, key)
    assert referral.consent is not None
    with unit(by=person("rina")):
        withdraw_consent(referral.consent, by=person("rina"), reason="Klien berubah pikiran")
    assert nobody.get(key.url).get_data() == nobody.get(DEAD).get_data()
    assert answer(nobody, key, "accept").status_code == 404
    assert links.letter_token(referral) is None


def test_a_link_on_a_legal_basis_needs_no_consent(make: ModuleType, nobody: PortalClient) -> None:
    referral = make.moved(
        make.referral(),
        send_referral,
        shared_fields=[SharedField.identity],
        legal_basis=LegalBasis.emergency,
        reason="Tidak sadar",
    )
    assert enter(nobody, linked(referral)).status_code == 200


@pytest.mark.parametrize("state", ["cancelled", "declined", "closed"])
def test_a_referral_that_is_over_says_so_and_shows_nothing(
    make: ModuleType, nobody: PortalClient, state: str
) -> None:
    referral = make.sent()
    key = linked(referral)
    enter(nobody, key)
    bring(make, referral, state)
    response = nobody.get(key.url)
    assert response.status_code == 410
    assert referral.case.client.name not in response.get_data(as_text=True)
    assert referral.need_kind.name not in response.get_data(as_text=True)
    assert "siaga_link=" not in str(response.headers)


def test_a_form_without_its_token_changes_nothing(make: ModuleType, nobody: PortalClient) -> None:
    referral = make.sent()
    key = linked(referral)
    enter(nobody, key)
    response = nobody.post(f"{key.url}/accept", csrf=False, data=WHO)
    assert response.status_code == 400
    assert "Suryani" not in response.get_data(as_text=True)
    db.session.expire_all()
    assert referral.state.name == "sent"


def test_a_page_weighs_little_and_needs_one_stylesheet(make: ModuleType, nobody: PortalClient) -> None:
    page = enter(nobody, linked(told(make, *SharedField)))
    html = page.get_data(as_text=True)
    assert "<script" not in html
    css = re.findall(r'<link rel="stylesheet" href="([^"]+)"', html)
    assert len(css) == 1
    sheet = nobody.get(css[0]).get_data()
    squeezed = len(nobody.get(page.request.path, headers=SQUEEZED, checked=False).get_data())
    weight = squeezed + len(zlib.compress(sheet))
    assert weight < 20_000


def test_the_page_speaks_indonesian_to_whoever_opens_it(
    app: Flask, make: ModuleType, as_user: AsUser
) -> None:
    key = linked(make.sent())
    rina = as_user("rina")
    rina.post("/language", data={"locale": "en"})
    assert 'lang="id"' in rina.get_page(key.url)


def test_an_unknown_step_of_an_opened_link_is_nothing(make: ModuleType, nobody: PortalClient) -> None:
    key: Key = linked(make.sent())
    enter(nobody, key)
    for step in ("send", "cancel", "confirm", "dispute", "settle", "nonsense"):
        assert answer(nobody, key, step).status_code == 404


def test_a_page_asks_the_database_little_however_much_was_said(
    make: ModuleType, nobody: PortalClient, statements: Callable[..., Any]
) -> None:
    referral = told(make, *SharedField)
    key = linked(referral)
    enter(nobody, key)
    for text in ("KTP", "KK", "SKTM", "Foto"):
        answer(nobody, key, "ask_document", text=text)
    with statements() as sent:
        assert nobody.get(key.url).status_code == 200
    assert len(sent) <= 20, sent
