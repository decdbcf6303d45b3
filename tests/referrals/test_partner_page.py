"""The partner's page: who comes in, what is shown, what never is."""

import re
import zlib
from collections.abc import Callable
from datetime import timedelta
from types import ModuleType

import pytest
import time_machine
from flask import Flask

from app.audit.models import AuditEntry
from app.cases.models import CaseEvent
from app.cases.states import ActorKind, EventKind
from app.clients.choices import ConsentPurpose
from app.clients.services import withdraw_consent
from app.core.unit import unit
from app.extensions import db
from app.partners.services import archive_partner
from app.referrals.choices import LegalBasis, SharedField
from app.referrals.models import Referral, ReferralDocument, ReferralLink
from app.referrals.services import cancel_referral, links, send_referral
from tests.referrals.door import WHO, Key, answer, enter, linked, text_of
from tests.support.client import PortalClient
from tests.support.portal import Portal, person

AsUser = Callable[[str], PortalClient]
DEAD = "/r/" + "x" * 43
SQUEEZED = {"Accept-Encoding": "gzip, deflate"}  # what a browser offers without TLS


def told(make: ModuleType, *shared: SharedField, **client: object) -> Referral:
    """A referral of Suryani, of whom everything is known and only this is shared."""
    known = {
        "name": "Suryani Wulan",
        "nik": "6474015708450001",
        "phone": "081250000123",
        "address": "Gang Rahasia 7",
    }
    case = make.case(client=make.client(**{**known, **client}), presenting_problem="Dipukul suami")
    referral = make.referral(case=case, request="Biaya hidup dua bulan")
    make.consent(client=case.client, purpose=ConsentPurpose.share_with_partner)
    return make.moved(referral, send_referral, shared_fields=shared)


def kinds(referral: Referral) -> list[EventKind]:
    query = db.select(CaseEvent.kind).where(CaseEvent.case_id == referral.case_id).order_by(CaseEvent.id)
    return list(db.session.scalars(query))


def test_the_code_opens_what_was_shared_and_nothing_else(make: ModuleType, nobody: PortalClient) -> None:
    referral = told(make, SharedField.identity)
    key = linked(referral)
    closed = nobody.get(key.url).get_data(as_text=True)
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
    with time_machine.travel(timedelta(days=31), tick=True):
        answers.append(nobody.get(expired.url))
    assert {one.status_code for one in answers} == {404}
    assert len({one.get_data() for one in answers}) == 1
    assert kinds(referral)[-1] is EventKind.referral_link_revoked


def test_a_page_that_says_whom_to_call_shows_nothing(make: ModuleType, nobody: PortalClient) -> None:
    page = text_of(nobody.get(DEAD))
    assert "Awang Long" in page  # the office as it stands in its settings
    assert "<form" not in nobody.get(DEAD).get_data(as_text=True)


def test_five_wrong_codes_end_a_link_and_are_told(make: ModuleType, nobody: PortalClient) -> None:
    referral = make.sent()
    key = linked(referral)
    wrong = f"{(int(key.code) + 1) % 1_000_000:06d}"
    assert [nobody.post(key.url, data={"code": wrong}).status_code for _n in range(5)] == [200] * 4 + [404]
    assert nobody.post(key.url, data={"code": key.code}).status_code == 404
    assert kinds(referral)[-1] is EventKind.referral_link_revoked


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
    assert "<table" not in nobody.get(key.url).get_data(as_text=True)
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
    assert "<table" not in nobody.get(other.url).get_data(as_text=True)


def test_an_opened_page_asks_for_the_code_again_after_half_an_hour(
    make: ModuleType, nobody: PortalClient
) -> None:
    key = linked(make.sent())
    assert 'name="code"' not in enter(nobody, key).get_data(as_text=True)
    with time_machine.travel(timedelta(minutes=31), tick=True):
        assert 'name="code"' in nobody.get(key.url).get_data(as_text=True)


def test_who_is_logged_in_stays_so(make: ModuleType, as_user: AsUser) -> None:
    key = linked(make.sent())
    kabid = as_user("kabid")
    enter(kabid, key)
    assert answer(kabid, key, "accept").status_code == 303  # by the code, as anybody who has it
    assert kabid.get("/clients/list/").status_code == 200


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


def with_file(make: ModuleType, referral: Referral) -> ReferralDocument:
    from io import BytesIO

    from werkzeug.datastructures import FileStorage

    from app.core.files import save_upload, sha256_of

    kept = save_upload(FileStorage(BytesIO(b"%PDF-1.7 rahasia"), filename="SKTM-Suryani.pdf"))
    with unit(by=person("rina")):
        document = ReferralDocument(referral_id=referral.id, title="SKTM", file=kept, sha256=sha256_of(kept))
        db.session.add(document)
    return document


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
    from tests.referrals.test_answering_by_link import bring

    referral = make.sent()
    key = linked(referral)
    enter(nobody, key)
    bring(make, referral, state)
    response = nobody.get(key.url)
    assert response.status_code == 410
    assert referral.case.client.name not in response.get_data(as_text=True)
    assert referral.need_kind.name not in response.get_data(as_text=True)
    assert "siaga_link=" not in str(response.headers)


def test_a_partner_that_was_archived_meanwhile_may_still_answer_and_be_cancelled(
    make: ModuleType, nobody: PortalClient
) -> None:
    referral = make.sent()
    key = linked(referral)
    with unit(by=person("admin")):
        archive_partner(referral.partner, by=person("admin"))
    enter(nobody, key)
    assert answer(nobody, key, "accept").status_code == 303
    make.moved(referral, cancel_referral, reason="Mitra tutup")
    assert nobody.get(key.url).status_code == 410


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
    assert 'lang="id"' in rina.get(key.url).get_data(as_text=True)


def test_an_unknown_step_of_an_opened_link_is_nothing(make: ModuleType, nobody: PortalClient) -> None:
    key: Key = linked(make.sent())
    enter(nobody, key)
    for step in ("send", "cancel", "confirm", "dispute", "settle", "nonsense"):
        assert answer(nobody, key, step).status_code == 404
