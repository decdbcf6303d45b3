"""A partner with a link and a code, and referrals worth looking at, as tests need them."""

import re
from types import ModuleType
from typing import Any, NamedTuple

from werkzeug.test import TestResponse

from app.cases.models import CaseEvent
from app.cases.states import EventKind
from app.clients.choices import ConsentPurpose
from app.core import clock
from app.core.files import sha256_of
from app.core.unit import unit
from app.extensions import db
from app.referrals import services as verbs
from app.referrals.choices import DeclinedBy, Outcome, Refusal, SharedField
from app.referrals.models import Referral, ReferralDocument
from app.referrals.services import links, send_referral
from tests.support.client import PortalClient
from tests.support.portal import person

WHO = {"answered_by": "Abdul Karim", "answered_position": "Staf distribusi"}


class Key(NamedTuple):
    """What the peksos was told once."""

    token: str
    code: str

    @property
    def url(self) -> str:
        return f"/r/{self.token}"


def linked(referral: Referral, by: str = "rina") -> Key:
    """Make a link to this referral."""
    actor = person(by)
    with unit(by=actor):
        secret = links.make_link(referral, by=actor)
    assert secret.token is not None
    return Key(secret.token, secret.code)


def enter(client: PortalClient, key: Key) -> TestResponse:
    """Give the code, and look at what is behind it."""
    answer = client.post(key.url, data={"code": key.code})
    assert answer.status_code == 303, answer.get_data(as_text=True)
    return client.get(key.url)


def answer(client: PortalClient, key: Key, step: str, **said: str) -> TestResponse:
    """Answer on the page, each step with what it needs."""
    needed = {
        "decline": {"decline_reason": "capacity_full"},
        "complete": {"completed_on": clock.today().isoformat(), "result": "Kursi roda diserahkan"},
        "ask_document": {"text": "Fotokopi KK"},
    }.get(step, {})
    return client.post(f"{key.url}/{step}", data={**WHO, "own_page": "1", **needed, **said})


def text_of(response: TestResponse) -> str:
    """What a reader reads."""
    text = re.sub(r"<(style|script).*?</\1>|<[^>]+>", " ", response.get_data(as_text=True), flags=re.DOTALL)
    return " ".join(text.split())


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


def with_file(make: ModuleType, referral: Referral) -> ReferralDocument:
    """A document of its checklist, with its file."""
    kept = make.stored(b"%PDF-1.7 rahasia", "SKTM-Suryani.pdf")
    with unit(by=person("rina")):
        document = ReferralDocument(referral_id=referral.id, title="SKTM", file=kept, sha256=sha256_of(kept))
        db.session.add(document)
    return document


def bring(make: ModuleType, referral: Referral, state: str) -> None:
    """Bring what was sent to one of its ends."""
    ways: dict[str, list[tuple[Any, dict[str, Any]]]] = {
        "cancelled": [(verbs.cancel_referral, {"reason": "Salah alamat"})],
        "declined": [
            (
                verbs.decline_referral,
                {"decline_reason": Refusal.capacity_full, "declined_by": DeclinedBy.partner},
            )
        ],
        "closed": [
            (verbs.accept_referral, {"answered_by": "Abdul"}),
            (verbs.complete_referral, {"completed_on": clock.today(), "result": "Selesai"}),
            (
                verbs.confirm_referral,
                {"outcome": Outcome.met, "confirmed_how": "Telepon", "confirmed_by": "Ibu"},
            ),
        ],
    }
    for verb, said in ways[state]:
        make.moved(referral, verb, **said)


def fresh(referral: Referral) -> Referral:
    db.session.expire_all()
    return db.session.get_one(Referral, referral.id)


def newest_event(referral: Referral) -> CaseEvent:
    query = db.select(CaseEvent).where(CaseEvent.case_id == referral.case_id).order_by(CaseEvent.id.desc())
    return db.session.scalars(query.limit(1)).one()
