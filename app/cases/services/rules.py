"""Rules that several verbs of the room share."""

from collections.abc import Iterable, Mapping
from datetime import date, datetime
from typing import Any

from flask_babel import gettext as _
from sqlalchemy import select

from app.cases.models.case import Case
from app.cases.visibility import can_work_on, is_staffed, visible_to
from app.clients.models.client import Client
from app.clients.visibility import clients_visible_to
from app.core import clock
from app.core.actor import PEKSOS, SYSTEM, Actor, has_role
from app.core.errors import Conflict, Forbidden, PortalError
from app.db.model import Entity, mark_changed
from app.db.predicates import PolicyActor
from app.extensions import db
from app.reference.enums import Confidentiality, get_highest_tier
from app.reference.models import PpksCategory, ProblemTag
from app.security.models import PortalUser

FormData = Mapping[str, Any]


def get_acting_user(by: Actor) -> PortalUser | None:
    """Find the user behind the actor; None for the portal itself."""
    return None if by.actor_id is None else db.session.get(PortalUser, by.actor_id)


def require_not_in_future(moment: datetime | None, field: str) -> None:
    """Refuse what has not happened yet."""
    if moment is not None and moment > clock.now():
        raise PortalError(
            _("This lies in the future: only what has happened can be recorded here."), field=field
        )


def require_not_in_past(day: date | None, field: str) -> None:
    """Refuse a day that is over."""
    if day is not None and day < clock.today():
        raise PortalError(_("This day is over. Choose today or a later day."), field=field)


def require_open_case(case: Case, by: Actor = SYSTEM) -> None:
    """Refuse anything new in a closed case, or for who may not know of it; nobody closes it meanwhile."""
    lock(case)
    require_visible_case(case, by)
    if not case.is_open:
        raise Conflict(
            _("Case %(number)s is closed: nothing can be added to it.", number=case.number),
            link=(f"/cases/{case.id}/reopen", _("Reopen the case")),
        )


def require_visible_case(case: Case, by: Actor) -> None:
    """Refuse who was cut off from the case while he wrote; asked when the case is locked."""
    if db.session.scalar(select(Case.id).where(Case.id == case.id, visible_to(by))) is None:
        raise Forbidden(_("You may no longer see this case: somebody has made it more confidential."))


def is_active_peksos(user: PortalUser) -> bool:
    """Return whether the user can be given work: a peksos whose account is active."""
    return bool(user.active) and has_role(user, PEKSOS)


def require_active_peksos(user: PortalUser | None, field: str) -> None:
    """Refuse to give work to somebody who cannot do it."""
    if user is not None and not is_active_peksos(user):
        raise PortalError(_("Choose a peksos whose account is active."), field=field)


def require_assignable_user(case: Case, user: PortalUser | None, field: str) -> None:
    """Refuse to give work on a case to somebody who is not allowed to know of it."""
    if user is None or case.confidentiality is Confidentiality.ordinary or case.has_team_member(user.id):
        return
    raise PortalError(_("%(name)s is not on the team of this case.", name=user.full_name), field=field)


def require_text(text: str | None, field: str) -> str:
    """Refuse blanks where words are needed."""
    if text is None or not text.strip():
        raise PortalError(_("Please say it in words."), field=field)
    return text.strip()


def require_staffed_team(case: Case) -> None:
    """Refuse a secret case that nobody could see any more."""
    if case.confidentiality is Confidentiality.secret and not is_staffed(case):
        raise PortalError(
            _("A secret case is seen by its team alone: name at least one colleague."), field="team"
        )


def require_team_or_admin(case: Case, by: Actor) -> None:
    """Refuse to change or move a case for who only helps with it; asked when the case is locked."""
    require_visible_case(case, by)
    if not can_work_on(case, by):
        raise Forbidden(_("Only the team of the case and administrators may change this: join it first."))


def require_visible_without_emergency(client: Client, by: Actor) -> None:
    """Raise Forbidden where the user sees the client by emergency access alone.

    A further case would show the client to everybody who sees that case, and to the user beyond the hour.
    """
    if not by.emergency_case_ids:
        return
    visible = clients_visible_to(PolicyActor(by.actor_id, by.role_names))
    if db.session.scalar(select(Client.id).where(Client.id == client.id, visible)) is None:
        raise Forbidden(
            _("You see this person by emergency access: only the team adds the person to another case.")
        )


def touch(record: Entity) -> None:
    """Give the record a new version though only what hangs on it changed: who edits it must know."""
    mark_changed(record)
    db.session.flush()


def lock(record: Entity) -> None:
    """Wait until nobody else works on this record, then read where it stands now.

    NO KEY: a new row that points to the record must not wait for it, or two would wait for each other.
    """
    model = type(record)
    db.session.execute(select(model.id).where(model.id == record.id).with_for_update(key_share=True))
    db.session.refresh(record)


def lock_and_check_version(record: Entity) -> None:
    """Lock the record; refuse when somebody saved it after the form was opened."""
    seen = record.version
    lock(record)
    if record.version != seen:
        raise Conflict(_("Somebody else changed this record while you were writing."))


def get_strictest_tier(items: Iterable[PpksCategory | ProblemTag]) -> Confidentiality:
    """Find the strictest tier among categories and tags."""
    return get_highest_tier(*(item.confidentiality for item in items))
