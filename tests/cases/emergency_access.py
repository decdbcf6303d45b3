"""Helpers that request emergency access and read the resulting records, notices and audit entries."""

from collections.abc import Callable

from sqlalchemy import select

from app.audit.enums import Action
from app.audit.models import AuditEntry
from app.cases.models.emergency import EmergencyAccess
from app.extensions import db
from app.notices.enums import NoticeKind
from app.notices.models import Notice
from app.reference.enums import Confidentiality
from app.security.models import PortalUser
from tests.support.client import PortalClient
from tests.support.portal import PASSWORD

AsUser = Callable[[str], PortalClient]
LIMITED, SECRET = Confidentiality.limited, Confidentiality.secret
NIK, REASON = "6474015708450011", "Rumah aman menelepon pukul dua malam"
NOT_FOUND = "Tidak ada kasus dengan nomor atau NIK ini yang dapat Anda buka di sini."
ACCESS_PATH = "/emergency-access"


def request_access(
    client: PortalClient, number_or_nik: str, password: str = PASSWORD, reason: str = REASON
) -> str:
    """Submit the form; return the redirect location, or the page if the request was refused."""
    typed = {"number_or_nik": number_or_nik, "reason": reason, "password": password}
    answer = client.post(f"{ACCESS_PATH}/add", data=typed)
    return answer.location if answer.status_code == 302 else answer.text


def list_accesses() -> list[EmergencyAccess]:
    return list(db.session.scalars(select(EmergencyAccess).order_by(EmergencyAccess.id)))


def notified_usernames() -> list[str]:
    """Return the names of the users who have a notice of emergency access."""
    db.session.rollback()
    query = select(PortalUser.username).join(Notice, Notice.user_id == PortalUser.id)
    return sorted(db.session.scalars(query.where(Notice.kind == NoticeKind.break_glass)))


def audit_lines() -> list[str]:
    """Return for each audit entry of emergency access whether it was opened, closed or refused."""
    query = select(AuditEntry).filter_by(action=Action.emergency_access).order_by(AuditEntry.id)
    expiries = [(line.changes or {}).get("expires_at") for line in db.session.scalars(query)]
    return ["refused" if until is None else "closed" if until[0] else "opened" for until in expiries]


def case_status_code(client: PortalClient, case_id: int) -> int:
    return client.get(f"/cases/show/{case_id}").status_code
