"""For each move of the house a record that stands ready for it, its filled short form, and who makes it."""

from collections.abc import Callable
from datetime import timedelta
from io import BytesIO
from types import ModuleType
from typing import Any, NamedTuple

from sqlalchemy import select

from app.aid.services import hand_over_aid
from app.cases.choices import CaseStage, ClosingReason
from app.cases.services import close_case, hold_case, skip_stages
from app.clients.services import archive_client, archive_household
from app.core import clock
from app.extensions import db
from app.grants.choices import GrantForm, Purpose
from app.grants.models import Disbursement
from app.grants.services import absorb_grant, account_grant, approve_expenditure
from app.partners.services import archive_partner
from app.reference.choices import Confidentiality
from app.reference.models import ProblemTag
from app.security.services import create_user, deactivate

WORDS = "Ketikan satu"
"""What is typed wherever words are asked."""
RICH = 10**9


class Ready(NamedTuple):
    """One move that can be made now."""

    item: Any
    fields: dict[str, str] = {}
    who: str = "admin"
    file: str | None = None
    """The field that takes a file."""

    def data(self, version: object) -> dict[str, Any]:
        """What a browser sends."""
        files = {} if self.file is None else {self.file: (BytesIO(b"%PDF-1.7"), "surat.pdf")}
        return {**self.fields, **files, "version": str(version)}


def ready(make: ModuleType) -> dict[str, Ready]:
    """By the name of the room and of the move."""
    parts = (_people, _cases, _entries, _referrals, _grants, _money, _standby)
    return {name: row for part in parts for name, row in part(make).items()}


def _people(make: ModuleType) -> dict[str, Ready]:
    done = make.moved
    return {
        "clients.archive": Ready(make.client()),
        "clients.restore": Ready(done(make.client(), archive_client, by="admin")),
        "clients.clear_nik": Ready(_in_check(make, "6474015708450011"), {"reason": WORDS}, "dodi"),
        "clients.archive_duplicate": Ready(_in_check(make, "6474015708450012"), {"reason": WORDS}, "dodi"),
        "emergency-access.close": Ready(make.emergency_access(), {}, "admin"),
        "notices.read": Ready(make.notice("admin"), {}, "admin"),
        "households.archive": Ready(make.household()),
        "households.restore": Ready(done(make.household(), archive_household, by="admin")),
        "consents.withdraw": Ready(make.consent(), {"reason": WORDS}),
        "partners.verify": Ready(make.partner()),
        "partners.archive": Ready(make.partner()),
        "partners.restore": Ready(done(make.partner(), archive_partner, by="admin")),
        "incoming-reports.take_up": Ready(make.report(), {"name": WORDS, "sex": "female"}),
        "incoming-reports.dismiss": Ready(make.report(), {"dismissed_reason": WORDS}),
        "sessions.end": Ready(make.session("admin")),
        "users.unlock": Ready(_locked(make)),
        "users.reset_password": Ready(make.person("dodi")),
        "users.deactivate": Ready(make.person("kabid")),
        "users.activate": Ready(done(make.person("sari"), deactivate, by="admin")),
    }


def _in_check(make: ModuleType, nik: str) -> Any:
    """A client of Sari's with the NIK of one whom only Dodi sees."""
    hidden = make.client(by="dodi", nik=nik)
    make.case(by="dodi", client=hidden, confidentiality=Confidentiality.secret)
    return make.client(by="sari", nik=nik)


def _locked(make: ModuleType) -> Any:
    user = make.saved(create_user, {"first_name": "Lupa", "username": "lupa", "roles": ["Peksos"]})
    user.locked_until = clock.machine_now() + timedelta(minutes=5)
    db.session.commit()
    return user


def _cases(make: ModuleType) -> dict[str, Ready]:
    tag = db.session.scalars(select(ProblemTag).filter_by(code="sexual_violence")).one()
    why, tomorrow = {"reason": WORDS}, (clock.today() + timedelta(days=1)).isoformat()
    ended = {"closing_reason": ClosingReason.moved, "closing_summary": "Pindah"}
    agreed = make.case()
    make.consent(client=agreed.client)
    held = make.moved(make.case(), hold_case, reason="Sakit", until=clock.today())
    evaluated = make.moved(make.case(), skip_stages, stage=CaseStage.evaluation, reason="Darurat")
    return {
        "cases.join": Ready(make.case(), who="dodi"),
        "cases.take": Ready(make.case(team=[make.person("dodi")]), who="dodi"),
        "cases.advance": Ready(agreed),
        "cases.reopen": Ready(make.moved(make.case(), close_case, **ended), {"stage": "assessment", **why}),
        "cases.resume": Ready(held),
        "cases.step_back": Ready(evaluated, {"stage": "planning", **why}),
        "cases.close": Ready(make.case(), {"closing_reason": "moved", "closing_summary": WORDS}),
        "cases.assign": Ready(make.case(), {"worker": str(make.person("dodi").id), **why}),
        "cases.hold": Ready(make.case(), {"until": tomorrow, **why}),
        "cases.skip": Ready(make.case(), {"stage": "intervention", **why}),
        "cases.police_report": Ready(make.case(tags=[tag]), {"police_report_number": WORDS}, "rina"),
        "cases.raise_confidentiality": Ready(make.case(), {"confidentiality": "limited", **why}),
        "cases.lower_confidentiality": Ready(
            make.case(confidentiality=Confidentiality.limited), {"confidentiality": "ordinary", **why}
        ),
    }


def _entries(make: ModuleType) -> dict[str, Ready]:
    case = make.case()
    return {
        "services.correct": Ready(make.service(case=case), {"narrative": WORDS}, "rina"),
        "case-notes.correct": Ready(make.note(case=case), {"text": WORDS}, "rina"),
        "follow-ups.done": Ready(make.follow_up(case=case), {"result": WORDS}),
        "follow-ups.cancel": Ready(make.follow_up(case=case), {"reason": WORDS}),
        "plan-goals.evaluate": Ready(make.goal(case=case), {"result": "partly", "result_note": WORDS}),
    }


def _referrals(make: ModuleType) -> dict[str, Ready]:
    other = {"partner": str(make.offering().id)}
    result = {"completed_on": clock.today().isoformat(), "result": WORDS}
    refusal = {"decline_reason": "capacity_full", "declined_by": "partner", "note": WORDS}
    agreed = make.referral()
    make.consent(client=agreed.case.client, purpose=make.ConsentPurpose.share_with_partner)
    papers = [make.referral(documents="Fotokopi KTP").documents[0] for _n in range(3)]
    outcome = {"outcome": "met", "confirmed_how": WORDS, "confirmed_by": "Ibu"}
    at = make.referral_at
    return {
        "referrals.send": Ready(agreed, {"shared_fields": "identity"}),
        "referrals.choose_partner": Ready(at("draft"), other),
        "referrals.accept": Ready(at("sent"), {"answered_by": WORDS}),
        "referrals.start": Ready(at("accepted")),
        "referrals.complete": Ready(at("in_service"), result),
        "referrals.confirm": Ready(at("completed"), outcome),
        "referrals.dispute": Ready(at("completed"), {"reason": WORDS}),
        "referrals.refer_on": Ready(at("declined"), other),
        "referrals.send_update": Ready(at("sent"), {"reason": WORDS}),
        "referrals.reply": Ready(at("sent"), {"reply": WORDS}),
        "referrals.ask_document": Ready(at("sent"), {"document": WORDS, "answered_by": "Abdul"}),
        "referrals.decline": Ready(at("sent"), refusal),
        "referrals.settle": Ready(at("declined"), {"reason": WORDS}),
        "referrals.cancel": Ready(at("sent"), {"reason": WORDS}),
        "referral-documents.attach": Ready(papers[0], file="file"),
        "referral-documents.enclose": Ready(papers[1]),
        "referral-documents.waive": Ready(papers[2], {"waived_reason": WORDS}),
    }


def _grants(make: ModuleType) -> dict[str, Ready]:
    today, this_year = clock.today().isoformat(), {"fiscal_year": clock.year(), "ceiling_initial": RICH}
    arrival = {"amount": "1000", "disbursed_on": today}
    pots = [make.pot(ceiling_initial=RICH, arrived=RICH) for _n in range(2)]
    goods = [make.pot(form=GrantForm.in_kind, arrived=RICH) for _n in range(3)]
    report = {"report_number": "LPJ 1", "accounted_on": clock.today()}
    absorbed = [make.moved(one, absorb_grant, by="admin") for one in goods[:2]]
    accounted = make.moved(absorbed[0], account_grant, by="admin", **report)
    arrived = select(Disbursement).filter_by(grant_id=pots[0].id)
    return {
        "grants.budget": Ready(
            make.grant(purposes=[Purpose.operational], **this_year), {"document_number": WORDS}
        ),
        "grants.disburse": Ready(make.pot(ceiling_initial=RICH), arrival),
        "grants.absorb": Ready(goods[2]),
        "grants.account": Ready(absorbed[1], {"report_number": WORDS, "accounted_on": today}),
        "grants.close": Ready(accounted),
        "grants.reject": Ready(make.grant(), {"reason": WORDS}),
        "grants.lapse": Ready(pots[1], {"reason": WORDS}),
        "disbursements.reverse": Ready(db.session.scalars(arrived).one(), {"reason": WORDS}),
    }


def _money(make: ModuleType) -> dict[str, Ready]:
    case, pot = make.case(), make.pot(ceiling_initial=RICH, arrived=RICH)
    why, today = {"reason": WORDS}, clock.today().isoformat()
    asked = [make.expenditure(by="rina", grant=pot, case=case) for _n in range(2)]
    approved = [
        make.moved(make.expenditure(by="rina", grant=pot, case=case), approve_expenditure, by="admin")
        for _n in range(2)
    ]
    spending = {"amount": "1000", "spent_on": today, "description": WORDS}
    receipt = {"evidence_number": WORDS, "evidence_on": today}
    aid: Callable[[], Any] = lambda: make.aid(case=case, again_reason="Perlu")  # noqa: E731
    return {
        "expenditures.approve": Ready(asked[0]),
        "expenditures.reject": Ready(asked[1], why),
        "expenditures.evidence": Ready(approved[0], receipt, file="evidence"),
        "expenditures.reverse": Ready(approved[1], why),
        "commitments.spend": Ready(make.commitment(grant=pot), spending),
        "commitments.release": Ready(make.commitment(grant=pot), why),
        "aid.hand_over": Ready(aid(), {"received_by": WORDS}),
        "aid.prove": Ready(make.moved(aid(), hand_over_aid, received_by="Siti"), file="evidence"),
        "aid.cancel": Ready(aid(), why),
    }


def _standby(make: ModuleType) -> dict[str, Ready]:
    now = clock.now()
    before, mine = make.shift("dodi", now - timedelta(hours=13)), make.shift("rina")
    later = [make.shift("rina", now + timedelta(days=days)) for days in (3, 5)]
    call = {"description": WORDS, "kind": "outreach", "narrative": "Dibawa ke IGD", "name": "Nek Idah"}
    return {
        "shifts.take_call": Ready(mine, call, "rina"),
        "shifts.swap": Ready(later[0], {"worker": str(make.person("dodi").id), "reason": WORDS}),
        "shifts.cancel": Ready(later[1], {"reason": WORDS}),
        "handovers.acknowledge": Ready(make.handover(by="dodi", from_shift=before), who="rina"),
    }
