"""Emergency access ("break-glass"): one loud door to one hidden case, for one hour.

It opens to an administrator and to the peksos on duty who gives a reason and his password. Each use is told:
in the book of the case, to its team and the supervisors by a notice, and in the audit.
"""

from collections.abc import Callable
from datetime import datetime, timedelta

from flask_babel import gettext as _
from sqlalchemy import ColumnElement, exists, func, or_, select, union_all

from app.audit.choices import Action
from app.audit.services import Entry, add_entry, named
from app.cases.choices import CaseStatus, EventKind
from app.cases.models import Case, CasePerson, CaseTeam, EmergencyAccess
from app.cases.models.emergency import LIFETIME
from app.cases.services.events import record
from app.cases.services.rules import Data, said
from app.cases.states import EMERGENCY_MOVES
from app.cases.visibility import visible_to
from app.clients.models import Client
from app.core.actor import ADMIN, PEKSOS, SUPERVISOR, Actor, has_role
from app.core.asking import among
from app.core.clock import machine_now
from app.core.errors import Forbidden, RecordedRefusal
from app.core.moves import move_named
from app.extensions import db
from app.notices.enums import NoticeKind
from app.notices.services import notify
from app.security.choices import AccountChange
from app.security.models import PortalUser, Role
from app.security.signals import account_changed

TRIES = 3
"""How often one user may try in `PERIOD`, whatever came of it."""
PERIOD = timedelta(hours=1)

on_duty: list[Callable[[Actor], bool]] = []
"""Extension point: the room of standby says who is on duty now."""


def open_emergency_access(data: Data, *, by: Actor) -> EmergencyAccess:
    """Open the hidden case with the number, or of the client with the NIK, in `number_or_nik` for one hour.

    Raises a refusal that stays written when there is no such case, when the user sees it anyway, or when it
    is open to him already: the answer does not tell which.
    """
    require_try_left(by)
    reason = said(data["reason"], "reason")
    case = _hidden_case(str(data["number_or_nik"]), by)
    if case is None:
        _record_refused_try(reason, by)
        raise RecordedRefusal(
            _("There is no case with this number or NIK that you could open here."), field="number_or_nik"
        )
    access = _add_access(case, reason, by)
    record(case, EventKind.emergency_access_opened, by=by, source=access, reason=reason)
    _notify_all(_team_and_supervisors(case), access, else_whom=_has_role(ADMIN))
    return access


def refuse_password(reason: str, *, by: Actor) -> None:
    """Write down a try that failed for its password."""
    require_try_left(by)
    _record_refused_try(said(reason, "reason"), by)


def close_emergency_access(access: EmergencyAccess, *, by: Actor) -> EmergencyAccess:
    """Hide the case from the user again before the hour is over."""
    move_named(EMERGENCY_MOVES, "close").check(access)
    before, access.expires_at = access.expires_at, machine_now()
    db.session.flush()
    _add_line(access, before, by)
    return access


def require_try_left(by: Actor) -> None:
    """Refuse whoever may not open a hidden case, or tried too often; two tabs cannot pass together."""
    if not (has_role(by, ADMIN) or (has_role(by, PEKSOS) and any(rule(by) for rule in on_duty))):
        raise Forbidden(_("Only an administrator or the peksos on duty may open a case in an emergency."))
    db.session.execute(
        select(PortalUser.id).where(PortalUser.id == by.actor_id).with_for_update(key_share=True)
    )
    tries = select(func.count()).where(
        EmergencyAccess.user_id == by.actor_id, EmergencyAccess.opened_at > machine_now() - PERIOD
    )
    if (db.session.scalar(tries) or 0) >= TRIES:
        raise Forbidden(_("You have tried three times within an hour. Wait, or call a member of the team."))


def _hidden_case(number_or_nik: str, by: Actor) -> Case | None:
    """Find the case that is neither visible nor open to the user; of several an open one, then the newest."""
    typed = "".join(number_or_nik.split())
    clients = select(Client.id).where(Client.nik == typed)
    cases = union_all(
        select(Case.id).where(Case.number == typed.upper()),
        select(Case.id).where(Case.client_id.in_(clients)),
        select(CasePerson.case_id).where(CasePerson.client_id.in_(clients)),
    )
    is_open_to_user = exists().where(
        EmergencyAccess.case_id == Case.id,
        EmergencyAccess.user_id == by.actor_id,
        EmergencyAccess.expires_at > machine_now(),
    )
    query = select(Case).where(among(Case.id, cases), ~visible_to(by), ~is_open_to_user)
    return db.session.scalars(
        query.order_by(Case.status == CaseStatus.closed, Case.id.desc()).limit(1)
    ).first()


def _team_and_supervisors(case: Case) -> ColumnElement[bool]:
    return or_(
        PortalUser.id == case.worker_id,
        PortalUser.id.in_(select(CaseTeam.user_id).where(CaseTeam.case_id == case.id)),
        _has_role(SUPERVISOR),
    )


def _has_role(name: str) -> ColumnElement[bool]:
    holds: ColumnElement[bool] = PortalUser.roles.any(Role.name == name)
    return holds


def _notify_all(
    whom: ColumnElement[bool], access: EmergencyAccess, *, else_whom: ColumnElement[bool]
) -> None:
    """Give all of them a notice but who opened the case; where there is nobody, those of `else_whom`.

    Also whose account is closed now: he reads it when it is opened again.
    """
    for condition in (whom, else_whom):
        users = select(PortalUser).where(condition, PortalUser.id != access.user_id).order_by(PortalUser.id)
        found = db.session.scalars(users).unique().all()
        for user in found:
            notify(user, NoticeKind.break_glass, access)
        if any(user.active for user in found):
            return


@account_changed.connect
def end_accesses(user: PortalUser, *, change: AccountChange, by: Actor) -> None:
    """Hide the cases that the user has open when somebody else may now come in by his name, or he may not."""
    if change is AccountChange.activated:
        return
    query = select(EmergencyAccess).filter_by(user_id=user.id)
    for access in db.session.scalars(query.where(EmergencyAccess.expires_at > machine_now())).all():
        close_emergency_access(access, by=by)


def _record_refused_try(reason: str, by: Actor) -> None:
    access = _add_access(None, reason, by)
    _notify_all(_has_role(ADMIN), access, else_whom=_has_role(SUPERVISOR))


def _add_access(case: Case | None, reason: str, by: Actor) -> EmergencyAccess:
    now = machine_now()
    access = EmergencyAccess(
        user_id=by.actor_id,
        case_id=None if case is None else case.id,
        reason=reason,
        opened_at=now,
        expires_at=now if case is None else now + LIFETIME,
    )
    db.session.add(access)
    db.session.flush()
    _add_line(access, None, by)
    return access


def _add_line(access: EmergencyAccess, before: datetime | None, by: Actor) -> None:
    """Add the line of the audit: until when; which case stands in the access, which fewer may read."""
    until = access.open_until
    changes = {} if until == before else {"expires_at": (before, until)}
    add_entry(
        db.session(),
        Entry(Action.emergency_access, access.__tablename__, access.id, *named(by), changes=changes),
    )
