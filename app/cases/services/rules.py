"""Checks and locks that several services of the package share."""

from collections.abc import Iterable, Mapping
from datetime import date, datetime
from typing import Any

from flask_babel import gettext as _
from sqlalchemy import select

from app.cases.models.case import Case
from app.cases.policy import CasePolicy, can_work_on, is_staffed
from app.clients.models.client import Client
from app.clients.policy import ClientPolicy
from app.core import clock
from app.core.actor import PEKSOS, SYSTEM, Actor, has_role
from app.core.errors import Conflict, Forbidden, PortalError
from app.core.records import RecordLink, RecordRef
from app.db.model import Entity, mark_changed
from app.db.predicates import PolicyActor
from app.extensions import db
from app.reference.enums import Confidentiality, get_highest_tier
from app.reference.models import PpksCategory, ProblemTag
from app.security.models import PortalUser

FormData = Mapping[str, Any]


def get_acting_user(by: Actor) -> PortalUser | None:
    """Return the user behind the actor; None for the portal itself."""
    return None if by.actor_id is None else db.session.get(PortalUser, by.actor_id)


def require_not_in_future(moment: datetime | None, field: str) -> None:
    """Raise PortalError if the instant lies in the future."""
    if moment is not None and moment > clock.now():
        raise PortalError(
            _("This lies in the future: only what has happened can be recorded here."), field=field
        )


def require_not_in_past(day: date | None, field: str) -> None:
    """Raise PortalError if the day is before today in WITA."""
    if day is not None and day < clock.today():
        raise PortalError(_("This day is over. Choose today or a later day."), field=field)


def require_open_case(case: Case, by: Actor = SYSTEM) -> None:
    """Lock the case; raise Forbidden if the user does not see it, Conflict if it is closed.

    The lock keeps others from closing it before the transaction ends.
    """
    lock(case)
    require_visible_case(case, by)
    if not case.is_open:
        raise Conflict(
            _("Case %(number)s is closed: nothing can be added to it.", number=case.number),
            link=RecordLink(RecordRef(Case, case.id, "reopen"), _("Reopen the case")),
        )


def require_visible_case(case: Case, by: Actor) -> None:
    """Raise Forbidden if the user lost sight of the case while writing; call it after `lock`."""
    if db.session.scalar(select(Case.id).where(Case.id == case.id, CasePolicy.visible_to(by))) is None:
        raise Forbidden(_("You may no longer see this case: somebody has made it more confidential."))


def is_active_peksos(user: PortalUser) -> bool:
    """Return whether the user can be given work: a peksos whose account is active."""
    return bool(user.active) and has_role(user, PEKSOS)


def require_active_peksos(user: PortalUser | None, field: str) -> None:
    """Raise PortalError if the user cannot be given work; None passes."""
    if user is not None and not is_active_peksos(user):
        raise PortalError(_("Choose a peksos whose account is active."), field=field)


def require_assignable_user(case: Case, user: PortalUser | None, field: str) -> None:
    """Raise PortalError if the user may not know of the case; None passes."""
    if user is None or case.confidentiality is Confidentiality.ordinary or case.has_team_member(user.id):
        return
    raise PortalError(_("%(name)s is not on the team of this case.", name=user.full_name), field=field)


def require_text(text: str | None, field: str) -> str:
    """Return the text without surrounding blanks; raise PortalError if nothing is left."""
    if text is None or not text.strip():
        raise PortalError(_("Please say it in words."), field=field)
    return text.strip()


def require_staffed_team(case: Case) -> None:
    """Raise PortalError for a secret case without a team member who can work: nobody else sees it."""
    if case.confidentiality is Confidentiality.secret and not is_staffed(case):
        raise PortalError(
            _("A secret case is seen by its team alone: name at least one colleague."), field="team"
        )


def require_team_or_admin(case: Case, by: Actor) -> None:
    """Raise Forbidden for a user who only helps with the case; call it after `lock`."""
    require_visible_case(case, by)
    if not can_work_on(case, by):
        raise Forbidden(_("Only the team of the case and administrators may change this: join it first."))


def require_visible_without_emergency(client: Client, by: Actor) -> None:
    """Raise Forbidden where the user sees the client by emergency access alone.

    A further case would show the client to everybody who sees that case, and to the user beyond the hour.
    """
    if not by.emergency_case_ids:
        return
    is_visible = ClientPolicy.visible_to(PolicyActor(by.actor_id, by.role_names))
    if db.session.scalar(select(Client.id).where(Client.id == client.id, is_visible)) is None:
        raise Forbidden(
            _("You see this person by emergency access: only the team adds the person to another case.")
        )


def touch(record: Entity) -> None:
    """Give the record a new version although only related rows changed, so that open forms notice it."""
    mark_changed(record)
    db.session.flush()


def lock(record: Entity) -> None:
    """Lock the row until the transaction ends, and reload the record."""
    model = type(record)
    # NO KEY: inserting a row that points to the record must not wait for this lock, or two transactions
    # could wait for each other.
    db.session.execute(select(model.id).where(model.id == record.id).with_for_update(key_share=True))
    db.session.refresh(record)


def lock_and_check_version(record: Entity) -> None:
    """Lock the record; raise Conflict if somebody saved it after the form was opened."""
    expected_version = record.version
    lock(record)
    if record.version != expected_version:
        raise Conflict(_("Somebody else changed this record while you were writing."))


def get_strictest_tier(items: Iterable[PpksCategory | ProblemTag]) -> Confidentiality:
    """Return the strictest tier among categories and tags; ordinary when there are none."""
    return get_highest_tier(*(item.confidentiality for item in items))
