"""For each transition a record in the right state, the data of its form, and a user who may run it."""

from collections.abc import Callable
from datetime import timedelta
from io import BytesIO
from types import ModuleType
from typing import Any, NamedTuple

from sqlalchemy import select

from app.aid.services.aid import hand_over_aid
from app.cases.enums import CaseStage, ClosingReason
from app.cases.services.closing import close_case
from app.cases.services.stages import hold_case, skip_stages
from app.clients.services.clients import archive_client, archive_household
from app.core import clock
from app.extensions import db
from app.grants.enums import GrantForm, Purpose
from app.grants.models.money import Disbursement
from app.grants.services.life import absorb_grant, account_grant
from app.grants.services.spending import approve_expenditure
from app.partners.services import archive_partner
from app.reference.enums import Confidentiality
from app.reference.models import ProblemTag
from app.security.services.users import create_user, deactivate

TYPED_TEXT = "Ketikan satu"
"""Typed into every text field."""
LARGE_AMOUNT = 10**9


class TransitionExample(NamedTuple):
    """A transition that can be run now."""

    record: Any
    fields: dict[str, str] = {}
    username: str = "admin"
    file_field: str | None = None
    """Name of the field for an uploaded file."""

    def build_data(self, version: object) -> dict[str, Any]:
        """Return the form data that a browser sends."""
        files = {} if self.file_field is None else {self.file_field: (BytesIO(b"%PDF-1.7"), "surat.pdf")}
        return {**self.fields, **files, "version": str(version)}


def build_transition_examples(make: ModuleType) -> dict[str, TransitionExample]:
    """Return the examples by `<view>.<transition>`."""
    parts = (_people, _cases, _entries, _referrals, _grants, _money, _standby)
    return {name: row for part in parts for name, row in part(make).items()}


def _people(make: ModuleType) -> dict[str, TransitionExample]:
    done = make.apply_transition
    return {
        "clients.archive": TransitionExample(make.client()),
        "clients.restore": TransitionExample(done(make.client(), archive_client, by="admin")),
        "clients.clear_nik": TransitionExample(
            _client_with_shared_nik(make, "6474015708450011"), {"reason": TYPED_TEXT}, "dodi"
        ),
        "clients.archive_duplicate": TransitionExample(
            _client_with_shared_nik(make, "6474015708450012"), {"reason": TYPED_TEXT}, "dodi"
        ),
        "emergency-access.close": TransitionExample(make.emergency_access(), {}, "admin"),
        "notices.read": TransitionExample(make.notice("admin"), {}, "admin"),
        "households.archive": TransitionExample(make.household()),
        "households.restore": TransitionExample(done(make.household(), archive_household, by="admin")),
        "consents.withdraw": TransitionExample(make.consent(), {"reason": TYPED_TEXT}),
        "partners.verify": TransitionExample(make.partner()),
        "partners.archive": TransitionExample(make.partner()),
        "partners.restore": TransitionExample(done(make.partner(), archive_partner, by="admin")),
        "incoming-reports.take_up": TransitionExample(make.report(), {"name": TYPED_TEXT, "sex": "female"}),
        "incoming-reports.dismiss": TransitionExample(make.report(), {"dismissed_reason": TYPED_TEXT}),
        "sessions.end": TransitionExample(make.session("admin")),
        "users.unlock": TransitionExample(_locked_user(make)),
        "users.reset_password": TransitionExample(make.get_user("dodi")),
        "users.deactivate": TransitionExample(make.get_user("kabid")),
        "users.activate": TransitionExample(done(make.get_user("sari"), deactivate, by="admin")),
    }


def _client_with_shared_nik(make: ModuleType, nik: str) -> Any:
    """Create a client of Sari's with the same NIK as a client whom only Dodi sees."""
    hidden = make.client(by="dodi", nik=nik)
    make.case(by="dodi", client=hidden, confidentiality=Confidentiality.secret)
    return make.client(by="sari", nik=nik)


def _locked_user(make: ModuleType) -> Any:
    user = make.create_record(create_user, {"first_name": "Lupa", "username": "lupa", "roles": ["Peksos"]})
    user.locked_until = clock.machine_now() + timedelta(minutes=5)
    db.session.commit()
    return user


def _cases(make: ModuleType) -> dict[str, TransitionExample]:
    tag = db.session.scalars(select(ProblemTag).filter_by(code="sexual_violence")).one()
    why, tomorrow = {"reason": TYPED_TEXT}, (clock.today() + timedelta(days=1)).isoformat()
    ended = {"closing_reason": ClosingReason.moved, "closing_summary": "Pindah"}
    agreed = make.case()
    make.consent(client=agreed.client)
    on_hold = make.apply_transition(make.case(), hold_case, reason="Sakit", until=clock.today())
    evaluated = make.apply_transition(make.case(), skip_stages, stage=CaseStage.evaluation, reason="Darurat")
    return {
        "cases.join": TransitionExample(make.case(), username="dodi"),
        "cases.take": TransitionExample(make.case(team=[make.get_user("dodi")]), username="dodi"),
        "cases.advance": TransitionExample(agreed),
        "cases.reopen": TransitionExample(
            make.apply_transition(make.case(), close_case, **ended), {"stage": "assessment", **why}
        ),
        "cases.resume": TransitionExample(on_hold),
        "cases.step_back": TransitionExample(evaluated, {"stage": "planning", **why}),
        "cases.close": TransitionExample(
            make.case(), {"closing_reason": "moved", "closing_summary": TYPED_TEXT}
        ),
        "cases.assign": TransitionExample(make.case(), {"worker": str(make.get_user("dodi").id), **why}),
        "cases.hold": TransitionExample(make.case(), {"until": tomorrow, **why}),
        "cases.skip": TransitionExample(make.case(), {"stage": "intervention", **why}),
        "cases.police_report": TransitionExample(
            make.case(tags=[tag]), {"police_report_number": TYPED_TEXT}, "rina"
        ),
        "cases.raise_confidentiality": TransitionExample(make.case(), {"confidentiality": "limited", **why}),
        "cases.lower_confidentiality": TransitionExample(
            make.case(confidentiality=Confidentiality.limited), {"confidentiality": "ordinary", **why}
        ),
    }


def _entries(make: ModuleType) -> dict[str, TransitionExample]:
    case = make.case()
    return {
        "services.correct": TransitionExample(make.service(case=case), {"narrative": TYPED_TEXT}, "rina"),
        "case-notes.correct": TransitionExample(make.note(case=case), {"text": TYPED_TEXT}, "rina"),
        "follow-ups.done": TransitionExample(make.follow_up(case=case), {"result": TYPED_TEXT}),
        "follow-ups.cancel": TransitionExample(make.follow_up(case=case), {"reason": TYPED_TEXT}),
        "plan-goals.evaluate": TransitionExample(
            make.goal(case=case), {"result": "partly", "result_note": TYPED_TEXT}
        ),
    }


def _referrals(make: ModuleType) -> dict[str, TransitionExample]:
    other = {"partner": str(make.partner_offering().id)}
    result = {"completed_on": clock.today().isoformat(), "result": TYPED_TEXT}
    refusal = {"decline_reason": "capacity_full", "declined_by": "partner", "note": TYPED_TEXT}
    agreed = make.referral()
    make.consent(client=agreed.case.client, purpose=make.ConsentPurpose.share_with_partner)
    papers = [make.referral(documents="Fotokopi KTP").documents[0] for _n in range(3)]
    outcome = {"outcome": "met", "confirmed_how": TYPED_TEXT, "confirmed_by": "Ibu"}
    at = make.referral_in_state
    return {
        "referrals.send": TransitionExample(agreed, {"shared_fields": "identity"}),
        "referrals.choose_partner": TransitionExample(at("draft"), other),
        "referrals.accept": TransitionExample(at("sent"), {"answered_by": TYPED_TEXT}),
        "referrals.start": TransitionExample(at("accepted")),
        "referrals.complete": TransitionExample(at("in_service"), result),
        "referrals.confirm": TransitionExample(at("completed"), outcome),
        "referrals.dispute": TransitionExample(at("completed"), {"reason": TYPED_TEXT}),
        "referrals.refer_on": TransitionExample(at("declined"), other),
        "referrals.send_update": TransitionExample(at("sent"), {"reason": TYPED_TEXT}),
        "referrals.reply": TransitionExample(at("sent"), {"reply": TYPED_TEXT}),
        "referrals.ask_document": TransitionExample(
            at("sent"), {"document": TYPED_TEXT, "answered_by": "Abdul"}
        ),
        "referrals.decline": TransitionExample(at("sent"), refusal),
        "referrals.settle": TransitionExample(at("declined"), {"reason": TYPED_TEXT}),
        "referrals.cancel": TransitionExample(at("sent"), {"reason": TYPED_TEXT}),
        "referral-documents.attach": TransitionExample(papers[0], file_field="file"),
        "referral-documents.enclose": TransitionExample(papers[1]),
        "referral-documents.waive": TransitionExample(papers[2], {"waived_reason": TYPED_TEXT}),
    }


def _grants(make: ModuleType) -> dict[str, TransitionExample]:
    today, this_year = (
        clock.today().isoformat(),
        {"fiscal_year": clock.current_year(), "ceiling_initial": LARGE_AMOUNT},
    )
    arrival = {"amount": "1000", "disbursed_on": today}
    pots = [make.funded_grant(ceiling_initial=LARGE_AMOUNT, arrived=LARGE_AMOUNT) for _n in range(2)]
    goods = [make.funded_grant(form=GrantForm.in_kind, arrived=LARGE_AMOUNT) for _n in range(3)]
    report = {"report_number": "LPJ 1", "accounted_on": clock.today()}
    absorbed = [make.apply_transition(one, absorb_grant, by="admin") for one in goods[:2]]
    accounted = make.apply_transition(absorbed[0], account_grant, by="admin", **report)
    arrived = select(Disbursement).filter_by(grant_id=pots[0].id)
    return {
        "grants.budget": TransitionExample(
            make.grant(purposes=[Purpose.operational], **this_year), {"document_number": TYPED_TEXT}
        ),
        "grants.disburse": TransitionExample(make.funded_grant(ceiling_initial=LARGE_AMOUNT), arrival),
        "grants.absorb": TransitionExample(goods[2]),
        "grants.account": TransitionExample(
            absorbed[1], {"report_number": TYPED_TEXT, "accounted_on": today}
        ),
        "grants.close": TransitionExample(accounted),
        "grants.reject": TransitionExample(make.grant(), {"reason": TYPED_TEXT}),
        "grants.lapse": TransitionExample(pots[1], {"reason": TYPED_TEXT}),
        "disbursements.reverse": TransitionExample(db.session.scalars(arrived).one(), {"reason": TYPED_TEXT}),
    }


def _money(make: ModuleType) -> dict[str, TransitionExample]:
    case, pot = make.case(), make.funded_grant(ceiling_initial=LARGE_AMOUNT, arrived=LARGE_AMOUNT)
    why, today = {"reason": TYPED_TEXT}, clock.today().isoformat()
    proposed = [make.expenditure(by="rina", grant=pot, case=case) for _n in range(2)]
    approved = [
        make.apply_transition(
            make.expenditure(by="rina", grant=pot, case=case), approve_expenditure, by="admin"
        )
        for _n in range(2)
    ]
    spending = {"amount": "1000", "spent_on": today, "description": TYPED_TEXT}
    receipt = {"evidence_number": TYPED_TEXT, "evidence_on": today}
    aid: Callable[[], Any] = lambda: make.aid(case=case, again_reason="Perlu")  # noqa: E731
    return {
        "expenditures.approve": TransitionExample(proposed[0]),
        "expenditures.reject": TransitionExample(proposed[1], why),
        "expenditures.evidence": TransitionExample(approved[0], receipt, file_field="evidence"),
        "expenditures.reverse": TransitionExample(approved[1], why),
        "commitments.spend": TransitionExample(make.commitment(grant=pot), spending),
        "commitments.release": TransitionExample(make.commitment(grant=pot), why),
        "aid.hand_over": TransitionExample(aid(), {"received_by": TYPED_TEXT}),
        "aid.prove": TransitionExample(
            make.apply_transition(aid(), hand_over_aid, received_by="Siti"), file_field="evidence"
        ),
        "aid.cancel": TransitionExample(aid(), why),
    }


def _standby(make: ModuleType) -> dict[str, TransitionExample]:
    now = clock.now()
    before, mine = make.shift("dodi", now - timedelta(hours=13)), make.shift("rina")
    later = [make.shift("rina", now + timedelta(days=days)) for days in (3, 5)]
    call = {"description": TYPED_TEXT, "kind": "outreach", "narrative": "Dibawa ke IGD", "name": "Nek Idah"}
    return {
        "shifts.take_call": TransitionExample(mine, call, "rina"),
        "shifts.swap": TransitionExample(
            later[0], {"worker": str(make.get_user("dodi").id), "reason": TYPED_TEXT}
        ),
        "shifts.cancel": TransitionExample(later[1], {"reason": TYPED_TEXT}),
        "handovers.acknowledge": TransitionExample(
            make.handover(by="dodi", from_shift=before), username="rina"
        ),
    }
