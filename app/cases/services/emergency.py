"""Emergency access ("break-glass"): opens one hidden case to one user for one hour.

For an administrator or the peksos on duty, who gives a reason and the password. Each use is made known: as an
event of the case, by a notice to its team and the supervisors, and in the audit book.
"""

from collections.abc import Callable
from datetime import datetime, timedelta

from flask_babel import gettext as _
from sqlalchemy import ColumnElement, exists, func, or_, select, union_all

from app.audit.enums import Action
from app.audit.services.audit_book import PendingEntry, add_entry, get_actor_columns
from app.cases.enums import CaseStatus
from app.cases.event_types import EMERGENCY_ACCESS_OPENED
from app.cases.models.case import Case, CasePerson
from app.cases.models.emergency import EMERGENCY_ACCESS_LIFETIME, EmergencyAccess
from app.cases.models.links import CaseTeam
from app.cases.policy import CasePolicy
from app.cases.services.events import record_event
from app.cases.transitions import EMERGENCY_ACCESS_TRANSITIONS
from app.clients.models.client import Client
from app.core.actor import ADMIN, PEKSOS, SUPERVISOR, Actor, has_role
from app.core.checks import require_text
from app.core.clock import machine_now
from app.core.errors import CommittedError, Forbidden
from app.core.registry import Registry
from app.core.transitions import get_transition
from app.db.query_hints import id_in
from app.db.records import FormData
from app.extensions import db
from app.notices.enums import NoticeKind
from app.notices.services import notify
from app.security.enums import AccountChange
from app.security.models import PortalUser, Role

MAX_ATTEMPTS = 3
"""Attempts of one user within `ATTEMPT_WINDOW`, whatever their outcome."""
ATTEMPT_WINDOW = timedelta(hours=1)

duty_checks = Registry[Callable[[Actor], bool]]("who is on duty", required=True)
"""Extension point: functions that say whether an actor is on duty now, from the standby package."""


def open_emergency_access(data: FormData, *, by: Actor) -> EmergencyAccess:
    """Open the hidden case with the number, or of the client with the NIK, in `number_or_nik`.

    Raises CommittedError, so that the refused attempt stays recorded, when there is no such case, when the
    user sees it anyway, or when it is open to the user already: the message does not tell which.
    """
    require_attempt_left(by)
    reason = require_text(data["reason"], "reason")
    case = _find_hidden_case(str(data["number_or_nik"]), by)
    if case is None:
        _record_refused_attempt(reason, by)
        raise CommittedError(
            _("There is no case with this number or NIK that you could open here."), field="number_or_nik"
        )
    access = _add_access(case, reason, by)
    record_event(case, EMERGENCY_ACCESS_OPENED, by=by, source=access, reason=reason)
    _notify_all(_is_team_or_supervisor(case), access, fallback_recipients=_has_role(ADMIN))
    return access


def record_wrong_password(reason: str, *, by: Actor) -> None:
    """Record an attempt that failed because of a wrong password."""
    require_attempt_left(by)
    _record_refused_attempt(require_text(reason, "reason"), by)


def close_emergency_access(access: EmergencyAccess, *, by: Actor) -> EmergencyAccess:
    """Hide the case from the user again before the hour is over."""
    get_transition(EMERGENCY_ACCESS_TRANSITIONS, "close").check_allowed(access)
    previous_expiry, access.expires_at = access.expires_at, machine_now()
    db.session.flush()
    _add_audit_entry(access, previous_expiry, by)
    return access


def require_attempt_left(by: Actor) -> None:
    """Raise Forbidden if the user may not open hidden cases or has no attempt left."""
    if not (
        has_role(by, ADMIN) or (has_role(by, PEKSOS) and any(is_on_duty(by) for is_on_duty in duty_checks))
    ):
        raise Forbidden(_("Only an administrator or the peksos on duty may open a case in an emergency."))
    # Lock the user's row, so that two tabs cannot pass together.
    db.session.execute(
        select(PortalUser.id).where(PortalUser.id == by.actor_id).with_for_update(key_share=True)
    )
    attempt_count = select(func.count()).where(
        EmergencyAccess.user_id == by.actor_id, EmergencyAccess.opened_at > machine_now() - ATTEMPT_WINDOW
    )
    if (db.session.scalar(attempt_count) or 0) >= MAX_ATTEMPTS:
        raise Forbidden(_("You have tried three times within an hour. Wait, or call a member of the team."))


def _find_hidden_case(number_or_nik: str, by: Actor) -> Case | None:
    """Return the case neither visible nor open to the user; of several an open one, then the newest."""
    identifier = "".join(number_or_nik.split())
    clients = select(Client.id).where(Client.nik == identifier)
    cases = union_all(
        select(Case.id).where(Case.number == identifier.upper()),
        select(Case.id).where(Case.client_id.in_(clients)),
        select(CasePerson.case_id).where(CasePerson.client_id.in_(clients)),
    )
    is_open_to_user = exists().where(
        EmergencyAccess.case_id == Case.id,
        EmergencyAccess.user_id == by.actor_id,
        EmergencyAccess.expires_at > machine_now(),
    )
    query = select(Case).where(id_in(Case.id, cases), ~CasePolicy.visible_to(by), ~is_open_to_user)
    return db.session.scalars(
        query.order_by(Case.status == CaseStatus.closed, Case.id.desc()).limit(1)
    ).first()


def _is_team_or_supervisor(case: Case) -> ColumnElement[bool]:
    return or_(
        PortalUser.id == case.worker_id,
        PortalUser.id.in_(select(CaseTeam.user_id).where(CaseTeam.case_id == case.id)),
        _has_role(SUPERVISOR),
    )


def _has_role(name: str) -> ColumnElement[bool]:
    condition: ColumnElement[bool] = PortalUser.roles.any(Role.name == name)
    return condition


def _notify_all(
    recipients: ColumnElement[bool], access: EmergencyAccess, *, fallback_recipients: ColumnElement[bool]
) -> None:
    """Notify the recipients; without an active user among them, the fallback recipients too.

    Never the user who opened the case. Users with a closed account get the notice too: they read it when the
    account is opened again.
    """
    for condition in (recipients, fallback_recipients):
        users = select(PortalUser).where(condition, PortalUser.id != access.user_id).order_by(PortalUser.id)
        notified_users = db.session.scalars(users).unique().all()
        for user in notified_users:
            notify(user, NoticeKind.break_glass, access)
        if any(user.active for user in notified_users):
            return


def end_emergency_accesses(user: PortalUser, *, change: AccountChange, by: Actor) -> None:
    """End the user's open accesses after an account change; an activation ends none.

    The change may let somebody else in under the user's name, or lock the user out.
    """
    if change is AccountChange.activated:
        return
    query = select(EmergencyAccess).filter_by(user_id=user.id)
    for access in db.session.scalars(query.where(EmergencyAccess.expires_at > machine_now())).all():
        close_emergency_access(access, by=by)


def _record_refused_attempt(reason: str, by: Actor) -> None:
    access = _add_access(None, reason, by)
    _notify_all(_has_role(ADMIN), access, fallback_recipients=_has_role(SUPERVISOR))


def _add_access(case: Case | None, reason: str, by: Actor) -> EmergencyAccess:
    now = machine_now()
    access = EmergencyAccess(
        user_id=by.actor_id,
        case_id=None if case is None else case.id,
        reason=reason,
        opened_at=now,
        expires_at=now if case is None else now + EMERGENCY_ACCESS_LIFETIME,
    )
    db.session.add(access)
    db.session.flush()
    _add_audit_entry(access, None, by)
    return access


def _add_audit_entry(access: EmergencyAccess, previous_expiry: datetime | None, by: Actor) -> None:
    """Add the audit entry with the expiry; the case is named only in the access, which fewer may read."""
    until = access.open_until
    changes = {} if until == previous_expiry else {"expires_at": (previous_expiry, until)}
    add_entry(
        db.session(),
        PendingEntry(
            Action.emergency_access, access.__tablename__, access.id, *get_actor_columns(by), changes=changes
        ),
    )
