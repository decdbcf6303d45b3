"""Factories of records, which call the services.

A factory takes the columns that a test needs and fills in the others; `by` is the user who creates the
record.
"""

from datetime import datetime, timedelta
from functools import partial
from typing import Any

from sqlalchemy import select

from app.cases.enums import Channel, PersonRole, ServiceKind
from app.cases.models.case import Case, CasePerson
from app.cases.models.emergency import EmergencyAccess
from app.cases.models.entries import Attachment, CaseNote, FollowUp, Service
from app.cases.models.process import Assessment, PlanGoal
from app.cases.models.report import IncomingReport
from app.cases.services.cases import add_person
from app.cases.services.emergency import open_emergency_access, record_wrong_password
from app.cases.services.entries import add_note, attach_file, give_service, set_follow_up
from app.cases.services.opening import open_case
from app.cases.services.process import add_assessment, set_goal
from app.cases.services.reports import receive_report
from app.clients.enums import ConsentMethod, ConsentPurpose
from app.clients.models.client import Client, Consent, Household
from app.clients.services.clients import create_household, record_consent, register_client
from app.core import clock
from app.db.records import create
from app.db.transaction import transaction
from app.extensions import db
from app.notices.enums import NoticeKind
from app.notices.models import Notice
from app.notices.services import notify
from app.partners.enums import PartnerKind
from app.partners.models import Partner, PartnerContact, PartnerService
from app.partners.services import create_contact, create_partner, create_service
from app.reference.enums import Confidentiality
from app.reference.models import NeedKind, PpksCategory, ProblemTag
from app.security.models import UserSession
from app.security.services.sessions import create_session
from app.standby.models import Handover, Shift
from app.standby.services.handovers import send_handover
from app.standby.services.planning import plan_shifts
from tests.support.money_factories import aid as aid
from tests.support.money_factories import asset as asset
from tests.support.money_factories import commitment as commitment
from tests.support.money_factories import expenditure as expenditure
from tests.support.money_factories import funded_grant as funded_grant
from tests.support.money_factories import funding_source as funding_source
from tests.support.money_factories import grant as grant
from tests.support.photos import plain_png
from tests.support.portal import get_user as get_user
from tests.support.record_factory import create_record as create_record
from tests.support.record_factory import next_number as next_number
from tests.support.record_factory import store_file as store_file

# --- clients ---


def household(*, by: str = "rina", **data: Any) -> Household:
    return create_record(create_household, {"address": f"Gang Kenari {next_number()}", **data}, by=by)


def client(*, by: str = "rina", **data: Any) -> Client:
    return create_record(register_client, {"name": f"Klien {next_number()}", **data}, by=by)


def consent(*, by: str = "rina", **data: Any) -> Consent:
    """A written consent to be served."""
    values = {"purpose": ConsentPurpose.service, "method": ConsentMethod.written, **data}
    return create_record(record_consent, {"client": data.get("client") or client(by=by), **values}, by=by)


# --- partners ---


def partner(*, by: str = "admin", **data: Any) -> Partner:
    return create_record(
        create_partner, {"name": f"Mitra {next_number()}", "kind": PartnerKind.community, **data}, by=by
    )


def partner_contact(*, by: str = "admin", **data: Any) -> PartnerContact:
    values = {"name": f"Narahubung {next_number()}", **data}
    return create_record(create_contact, {"partner": data.get("partner") or partner(), **values}, by=by)


def partner_service(need_kind: NeedKind, *, by: str = "admin", **data: Any) -> PartnerService:
    """A service that a partner offers for a kind of need."""
    values = {"need_kind": need_kind, **data}
    return create_record(create_service, {"partner": data.get("partner") or partner(), **values}, by=by)


# --- cases ---


def category(tier: Confidentiality = Confidentiality.ordinary) -> PpksCategory:
    """A PPKS category of this tier."""
    code = f"T-{next_number():03}"
    return create_record(
        partial(create, PpksCategory), {"code": code, "name": f"Kategori {code}", "confidentiality": tier}
    )


def tag(tier: Confidentiality = Confidentiality.ordinary) -> ProblemTag:
    """A problem tag of this tier."""
    code = f"T-{next_number():03}"
    return create_record(
        partial(create, ProblemTag), {"code": code, "name": f"Masalah {code}", "confidentiality": tier}
    )


def report(*, by: str = "rina", **data: Any) -> IncomingReport:
    """A report that is not yet taken up."""
    values = {
        "channel": Channel.rt_rw,
        "description": f"Laporan {next_number()}",
        **data,
    }
    return create_record(receive_report, values, by=by)


def case(*, by: str = "rina", **data: Any) -> Case:
    """An ordinary case of a new client."""
    values = {"channel": Channel.walk_in, "presenting_problem": f"Masalah {next_number()}", **data}
    return create_record(open_case, {"client": data.get("client") or client(by=by), **values}, by=by)


def case_person(*, by: str = "rina", **data: Any) -> CasePerson:
    values = {"role": PersonRole.spouse, "client": data.get("client") or client(by=by), **data}
    return create_record(add_person, {"case": data.get("case") or case(by=by), **values}, by=by)


def service(*, by: str = "rina", **data: Any) -> Service:
    """A consultation at the office."""
    values = {
        "kind": ServiceKind.consultation,
        "narrative": f"Layanan {next_number()}",
        **data,
    }
    return create_record(give_service, {"case": data.get("case") or case(by=by), **values}, by=by)


def note(*, by: str = "rina", **data: Any) -> CaseNote:
    return create_record(
        add_note, {"case": data.get("case") or case(by=by), "text": f"Catatan {next_number()}", **data}, by=by
    )


def follow_up(*, by: str = "rina", **data: Any) -> FollowUp:
    """A follow-up due tomorrow."""
    values = {"title": f"Kunjungan {next_number()}", "due_on": clock.today() + timedelta(days=1), **data}
    return create_record(set_follow_up, {"case": data.get("case") or case(by=by), **values}, by=by)


def attachment(*, by: str = "rina", **data: Any) -> Attachment:
    """An attached photo."""
    values = {
        "title": f"Foto {next_number()}",
        **data,
        "file": data.get("file") or store_file(plain_png(), "foto.png"),
    }
    return create_record(attach_file, {"case": data.get("case") or case(by=by), **values}, by=by)


def assessment(*, by: str = "rina", **data: Any) -> Assessment:
    """An assessment of medium risk."""
    values = {"score": 40, "summary": f"Asesmen {next_number()}", **data}
    return create_record(add_assessment, {"case": data.get("case") or case(by=by), **values}, by=by)


def goal(*, by: str = "rina", **data: Any) -> PlanGoal:
    """A goal due in 30 days."""
    values = {
        "goal": f"Tujuan {next_number()}",
        "activity": "Kunjungan",
        "target_on": clock.today() + timedelta(days=30),
        **data,
    }
    return create_record(set_goal, {"case": data.get("case") or case(by=by), **values}, by=by)


def emergency_access(
    username: str = "admin", tier: Confidentiality = Confidentiality.secret
) -> EmergencyAccess:
    """Emergency access to a hidden case of Dodi's; a peksos needs a shift for it."""
    hidden = case(by="dodi", confidentiality=tier)
    return create_record(
        open_emergency_access, {"number_or_nik": hidden.number, "reason": "Darurat"}, by=username
    )


def failed_emergency_access(username: str = "rina") -> EmergencyAccess:
    """A failed attempt at emergency access with a wrong password; a peksos needs a shift for it."""
    with transaction(by=get_user(username)):
        record_wrong_password("Darurat", by=get_user(username))
    return db.session.scalars(select(EmergencyAccess).order_by(EmergencyAccess.id.desc()).limit(1)).one()


# --- security ---


def session(username: str = "rina") -> UserSession:
    """A session that no client uses."""
    values = {
        "token_hash": f"{next_number():064}",
        "device": "Firefox, Windows",
        "device_hash": f"{next_number():064}",
    }
    with transaction(by=get_user(username)):
        create_session(get_user(username), **values)
    return db.session.scalars(select(UserSession).filter_by(token_hash=values["token_hash"])).one()


# --- notices ---


def notice(username: str = "rina", record: Any = None) -> Notice:
    """An unread notice about two records."""
    record = record or client(by=username)
    with transaction(by=get_user(username)):
        notify(get_user(username), NoticeKind.nik_to_check, record, record)
    return db.session.scalars(select(Notice).order_by(Notice.id.desc()).limit(1)).one()


# --- standby ---


def shift(
    worker: str = "rina",
    starts_at: datetime | None = None,
    hours: float = 12,
    *,
    by: str = "admin",
    **data: Any,
) -> Shift:
    """A shift of a standard user, begun an hour ago by default; gaps and overlaps are accepted."""
    begins = starts_at or clock.now() - timedelta(hours=1)
    values = {"worker": get_user(worker), "starts_at": begins, "ends_at": begins + timedelta(hours=hours)}
    return create_record(plan_shifts, {**values, "accepted": True, **data}, by=by)


def handover(*, by: str = "rina", **data: Any) -> Handover:
    return create_record(send_handover, {"note": f"Serah terima {next_number()}", **data}, by=by)


# --- referrals: imported last, because these factories use those above ---

from tests.support.referral_factories import apply_transition as apply_transition  # noqa: E402
from tests.support.referral_factories import get_need_kind as get_need_kind  # noqa: E402
from tests.support.referral_factories import partner_offering as partner_offering  # noqa: E402
from tests.support.referral_factories import referral as referral  # noqa: E402
from tests.support.referral_factories import referral_in_state as referral_in_state  # noqa: E402
from tests.support.referral_factories import sent_referral as sent_referral  # noqa: E402
