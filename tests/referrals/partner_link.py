"""Helpers for partner links: create and open them, answer by them, and make referrals to look at."""

import re
from types import ModuleType
from typing import Any, NamedTuple

from werkzeug.test import TestResponse

from app.cases.models.event import CaseEvent
from app.clients.enums import ConsentPurpose
from app.core import clock
from app.core.files import compute_sha256
from app.db.transaction import transaction
from app.extensions import db
from app.referrals.enums import DeclinedBy, Outcome, Refusal, SharedField
from app.referrals.models.exchange import ReferralDocument
from app.referrals.models.referral import Referral
from app.referrals.services import links
from app.referrals.services.answers import accept_referral, complete_referral, decline_referral
from app.referrals.services.office import cancel_referral, confirm_referral, send_referral
from tests.support.client import PortalClient
from tests.support.portal import get_user

ANSWERED_BY = {"answered_by": "Abdul Karim", "answered_position": "Staf distribusi"}


class LinkCredentials(NamedTuple):
    """Token and code of a link; the portal shows them only once."""

    token: str
    code: str

    @property
    def url(self) -> str:
        return f"/r/{self.token}"


def create_link(referral: Referral, by: str = "rina") -> LinkCredentials:
    """Create a link to the referral; return its token and code."""
    actor = get_user(by)
    with transaction(by=actor):
        secret = links.make_link(referral, by=actor)
    assert secret.token is not None
    return LinkCredentials(secret.token, secret.code)


def open_link(client: PortalClient, credentials: LinkCredentials) -> TestResponse:
    """Post the code; return the page that it opens."""
    answer = client.post(credentials.url, data={"code": credentials.code})
    assert answer.status_code == 303, answer.get_data(as_text=True)
    return client.get(credentials.url)


def post_answer(client: PortalClient, credentials: LinkCredentials, step: str, **fields: str) -> TestResponse:
    """Post an answer on the partner page, with valid values for the fields that the step requires."""
    needed = {
        "decline": {"decline_reason": "capacity_full"},
        "complete": {"completed_on": clock.today().isoformat(), "result": "Kursi roda diserahkan"},
        "ask_document": {"text": "Fotokopi KK"},
    }.get(step, {})
    return client.post(f"{credentials.url}/{step}", data={**ANSWERED_BY, "own_page": "1", **needed, **fields})


def text_of(response: TestResponse) -> str:
    """Return the visible text of an HTML response."""
    text = re.sub(r"<(style|script).*?</\1>|<[^>]+>", " ", response.get_data(as_text=True), flags=re.DOTALL)
    return " ".join(text.split())


def share_and_send(make: ModuleType, *shared_fields: SharedField, **client: object) -> Referral:
    """Send a referral of Suryani, whose record is complete, with only these fields shared."""
    known = {
        "name": "Suryani Wulan",
        "nik": "6474015708450001",
        "phone": "081250000123",
        "address": "Gang Rahasia 7",
    }
    case = make.case(client=make.client(**{**known, **client}), presenting_problem="Dipukul suami")
    referral = make.referral(case=case, request="Biaya hidup dua bulan")
    make.consent(client=case.client, purpose=ConsentPurpose.share_with_partner)
    return make.apply_transition(referral, send_referral, shared_fields=shared_fields)


def list_event_kinds(referral: Referral) -> list[str]:
    query = db.select(CaseEvent.kind).where(CaseEvent.case_id == referral.case_id).order_by(CaseEvent.id)
    return list(db.session.scalars(query))


def attach_file_to_document(make: ModuleType, referral: Referral) -> ReferralDocument:
    """Add a document with a file to the checklist of the referral."""
    kept = make.store_file(b"%PDF-1.7 rahasia", "SKTM-Suryani.pdf")
    with transaction(by=get_user("rina")):
        document = ReferralDocument(
            referral_id=referral.id, title="SKTM", file=kept, sha256=compute_sha256(kept)
        )
        db.session.add(document)
    return document


def bring_to_state(make: ModuleType, referral: Referral, state: str) -> None:
    """Move a sent referral to one of its final states."""
    steps: dict[str, list[tuple[Any, dict[str, Any]]]] = {
        "cancelled": [(cancel_referral, {"reason": "Salah alamat"})],
        "declined": [
            (
                decline_referral,
                {"decline_reason": Refusal.capacity_full, "declined_by": DeclinedBy.partner},
            )
        ],
        "closed": [
            (accept_referral, {"answered_by": "Abdul"}),
            (complete_referral, {"completed_on": clock.today(), "result": "Selesai"}),
            (
                confirm_referral,
                {"outcome": Outcome.met, "confirmed_how": "Telepon", "confirmed_by": "Ibu"},
            ),
        ],
    }
    for service, fields in steps[state]:
        make.apply_transition(referral, service, **fields)


def reload(referral: Referral) -> Referral:
    db.session.expire_all()
    return db.session.get_one(Referral, referral.id)


def get_newest_event(referral: Referral) -> CaseEvent:
    query = db.select(CaseEvent).where(CaseEvent.case_id == referral.case_id).order_by(CaseEvent.id.desc())
    return db.session.scalars(query.limit(1)).one()
