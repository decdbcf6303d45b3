"""Records for tests, made through the verbs of the rooms.

Every factory takes the columns that a test cares about and fills in the rest; `by` is who does it.
"""

from datetime import datetime, timedelta
from functools import partial
from typing import Any

from sqlalchemy import select

from app.cases.choices import Channel, PersonRole, ServiceKind
from app.cases.models import (
    Assessment,
    Attachment,
    Case,
    CaseNote,
    CasePerson,
    EmergencyAccess,
    FollowUp,
    IncomingReport,
    PlanGoal,
    Service,
)
from app.cases.services import (
    add_assessment,
    add_note,
    add_person,
    attach_file,
    give_service,
    open_case,
    open_emergency_access,
    receive_report,
    set_follow_up,
    set_goal,
)
from app.cases.services.emergency import refuse_password
from app.clients.choices import ConsentMethod, ConsentPurpose
from app.clients.models import Client, Consent, Household
from app.clients.services import create_household, record_consent, register_client
from app.core import clock
from app.core.services import create
from app.core.unit import unit
from app.extensions import db
from app.notices.enums import NoticeKind
from app.notices.models import Notice
from app.notices.services import notify
from app.partners.choices import PartnerKind
from app.partners.models import Partner, PartnerContact, PartnerService
from app.partners.services import create_contact, create_partner, create_service
from app.reference.choices import Confidentiality
from app.reference.models import NeedKind, PpksCategory, ProblemTag
from app.security.models import UserSession
from app.security.session_store import create_session
from app.standby.models import Handover, Shift
from app.standby.services import plan_shifts, send_handover
from tests.support.making import number as number
from tests.support.making import saved as saved
from tests.support.making import stored as stored
from tests.support.photos import plain_png
from tests.support.portal import person as person
from tests.support.spending import aid as aid
from tests.support.spending import asset as asset
from tests.support.spending import commitment as commitment
from tests.support.spending import expenditure as expenditure
from tests.support.spending import funding_source as funding_source
from tests.support.spending import grant as grant
from tests.support.spending import pot as pot

# --- each room's factories follow ---


# --- clients ---


def household(*, by: str = "rina", **data: Any) -> Household:
    """A household at an address of its own."""
    return saved(create_household, {"address": f"Gang Kenari {number()}", **data}, by=by)


def client(*, by: str = "rina", **data: Any) -> Client:
    """A client with a name of its own."""
    return saved(register_client, {"name": f"Klien {number()}", **data}, by=by)


def consent(*, by: str = "rina", **data: Any) -> Consent:
    """A client's consent to be served, in writing."""
    said = {"purpose": ConsentPurpose.service, "method": ConsentMethod.written, **data}
    return saved(record_consent, {"client": data.get("client") or client(by=by), **said}, by=by)


# --- partners ---


def partner(*, by: str = "admin", **data: Any) -> Partner:
    """A community partner."""
    return saved(create_partner, {"name": f"Mitra {number()}", "kind": PartnerKind.community, **data}, by=by)


def partner_contact(*, by: str = "admin", **data: Any) -> PartnerContact:
    """Somebody to call at a partner."""
    said = {"name": f"Narahubung {number()}", **data}
    return saved(create_contact, {"partner": data.get("partner") or partner(), **said}, by=by)


def partner_service(need_kind: NeedKind, *, by: str = "admin", **data: Any) -> PartnerService:
    """A kind of help that a partner offers."""
    said = {"need_kind": need_kind, **data}
    return saved(create_service, {"partner": data.get("partner") or partner(), **said}, by=by)


# --- cases ---


def category(tier: Confidentiality = Confidentiality.ordinary) -> PpksCategory:
    """A PPKS category of this tier."""
    code = f"T-{number():03}"
    return saved(
        partial(create, PpksCategory), {"code": code, "name": f"Kategori {code}", "confidentiality": tier}
    )


def tag(tier: Confidentiality = Confidentiality.ordinary) -> ProblemTag:
    """A problem tag of this tier."""
    code = f"T-{number():03}"
    return saved(
        partial(create, ProblemTag), {"code": code, "name": f"Masalah {code}", "confidentiality": tier}
    )


def report(*, by: str = "rina", **data: Any) -> IncomingReport:
    """A report that nobody has taken up yet."""
    said = {
        "channel": Channel.rt_rw,
        "description": f"Laporan {number()}",
        **data,
    }
    return saved(receive_report, said, by=by)


def case(*, by: str = "rina", **data: Any) -> Case:
    """An ordinary case of a client of its own."""
    said = {"channel": Channel.walk_in, "presenting_problem": f"Masalah {number()}", **data}
    return saved(open_case, {"client": data.get("client") or client(by=by), **said}, by=by)


def case_person(*, by: str = "rina", **data: Any) -> CasePerson:
    """Another person in a case."""
    said = {"role": PersonRole.spouse, "client": data.get("client") or client(by=by), **data}
    return saved(add_person, {"case": data.get("case") or case(by=by), **said}, by=by)


def service(*, by: str = "rina", **data: Any) -> Service:
    """A consultation at the office."""
    said = {
        "kind": ServiceKind.consultation,
        "narrative": f"Layanan {number()}",
        **data,
    }
    return saved(give_service, {"case": data.get("case") or case(by=by), **said}, by=by)


def note(*, by: str = "rina", **data: Any) -> CaseNote:
    """A note of a case."""
    return saved(
        add_note, {"case": data.get("case") or case(by=by), "text": f"Catatan {number()}", **data}, by=by
    )


def follow_up(*, by: str = "rina", **data: Any) -> FollowUp:
    """Something to be done tomorrow."""
    said = {"title": f"Kunjungan {number()}", "due_on": clock.today() + timedelta(days=1), **data}
    return saved(set_follow_up, {"case": data.get("case") or case(by=by), **said}, by=by)


def attachment(*, by: str = "rina", **data: Any) -> Attachment:
    """A photo of the case."""
    said = {"title": f"Foto {number()}", **data, "file": data.get("file") or stored(plain_png(), "foto.png")}
    return saved(attach_file, {"case": data.get("case") or case(by=by), **said}, by=by)


def assessment(*, by: str = "rina", **data: Any) -> Assessment:
    """An assessment of medium risk."""
    said = {"score": 40, "summary": f"Asesmen {number()}", **data}
    return saved(add_assessment, {"case": data.get("case") or case(by=by), **said}, by=by)


def goal(*, by: str = "rina", **data: Any) -> PlanGoal:
    """A goal for next month."""
    said = {
        "goal": f"Tujuan {number()}",
        "activity": "Kunjungan",
        "target_on": clock.today() + timedelta(days=30),
        **data,
    }
    return saved(set_goal, {"case": data.get("case") or case(by=by), **said}, by=by)


def emergency_access(
    username: str = "admin", tier: Confidentiality = Confidentiality.secret
) -> EmergencyAccess:
    """A hidden case of Dodi's that somebody has open; a peksos must be on duty."""
    hidden = case(by="dodi", confidentiality=tier)
    return saved(open_emergency_access, {"number_or_nik": hidden.number, "reason": "Darurat"}, by=username)


def refused_access(username: str = "rina") -> EmergencyAccess:
    """A try for which somebody, a peksos on duty, gave a wrong password."""
    with unit(by=person(username)):
        refuse_password("Darurat", by=person(username))
    return db.session.scalars(select(EmergencyAccess).order_by(EmergencyAccess.id.desc()).limit(1)).one()


# --- security ---


def session(username: str = "rina") -> UserSession:
    """A session on a device that nobody holds."""
    kept = {"token_hash": f"{number():064}", "device": "Firefox, Windows", "device_hash": f"{number():064}"}
    with unit(by=person(username)):
        create_session(person(username), **kept)
    return db.session.scalars(select(UserSession).filter_by(token_hash=kept["token_hash"])).one()


# --- notices ---


def notice(username: str = "rina", record: Any = None) -> Notice:
    """An unread notice of somebody about two clients."""
    record = record or client(by=username)
    with unit(by=person(username)):
        notify(person(username), NoticeKind.nik_to_check, record, record)
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
    """A shift of somebody of the cast; it began an hour ago. Gaps and overlaps are accepted."""
    begins = starts_at or clock.now() - timedelta(hours=1)
    said = {"worker": person(worker), "starts_at": begins, "ends_at": begins + timedelta(hours=hours)}
    return saved(plan_shifts, {**said, "accepted": True, **data}, by=by)


def handover(*, by: str = "rina", **data: Any) -> Handover:
    """What somebody leaves to the next shift."""
    return saved(send_handover, {"note": f"Serah terima {number()}", **data}, by=by)


# --- referrals: a file of their own, made of these ---

from tests.support.referring import moved as moved  # noqa: E402
from tests.support.referring import need as need  # noqa: E402
from tests.support.referring import offering as offering  # noqa: E402
from tests.support.referring import referral as referral  # noqa: E402
from tests.support.referring import referral_at as referral_at  # noqa: E402
from tests.support.referring import sent as sent  # noqa: E402
