"""Rules that several verbs of the room share."""

from collections.abc import Iterable, Mapping
from datetime import date, datetime
from typing import Any

from flask_babel import gettext as _
from sqlalchemy import select

from app.cases.models import Case
from app.cases.visibility import ABLE, is_guest, visible_to
from app.clients.models import Client
from app.clients.visibility import clients_visible_to
from app.core import clock
from app.core.actor import ADMIN, PEKSOS, SYSTEM, Actor, has_role
from app.core.errors import Conflict, Forbidden, PortalError
from app.core.model import Entity, mark_changed
from app.core.sight import Asker
from app.extensions import db
from app.reference.choices import Confidentiality, highest
from app.reference.models import PpksCategory, ProblemTag
from app.security.models import PortalUser

Data = Mapping[str, Any]


def user_of(by: Actor) -> PortalUser | None:
    """Find the user behind the actor; None for the portal itself."""
    return None if by.actor_id is None else db.session.get(PortalUser, by.actor_id)


def not_in_future(moment: datetime | None, field: str) -> None:
    """Refuse what has not happened yet."""
    if moment is not None and moment > clock.now():
        raise PortalError(
            _("This lies in the future: only what has happened can be recorded here."), field=field
        )


def not_in_past(day: date | None, field: str) -> None:
    """Refuse a day that is over."""
    if day is not None and day < clock.today():
        raise PortalError(_("This day is over. Choose today or a later day."), field=field)


def must_be_open(case: Case, by: Actor = SYSTEM) -> None:
    """Refuse anything new in a closed case, or for who may not know of it; nobody closes it meanwhile."""
    lock(case)
    must_know_of(case, by)
    if not case.is_open:
        raise Conflict(
            _("Case %(number)s is closed: nothing can be added to it.", number=case.number),
            link=(f"/cases/{case.id}/reopen", _("Reopen the case")),
        )


def must_know_of(case: Case, by: Actor) -> None:
    """Refuse who was cut off from the case while he wrote; asked when the case is locked."""
    if db.session.scalar(select(Case.id).where(Case.id == case.id, visible_to(by))) is None:
        raise Forbidden(_("You may no longer see this case: somebody has made it more confidential."))


def is_active_peksos(user: PortalUser) -> bool:
    """Return whether the user can be given work: a peksos whose account is active."""
    return bool(user.active) and has_role(user, PEKSOS)


def must_be_peksos(user: PortalUser | None, field: str) -> None:
    """Refuse to give work to somebody who cannot do it."""
    if user is not None and not is_active_peksos(user):
        raise PortalError(_("Choose a peksos whose account is active."), field=field)


def must_see(case: Case, user: PortalUser | None, field: str) -> None:
    """Refuse to give work on a case to somebody who is not allowed to know of it."""
    if user is None or case.confidentiality is Confidentiality.ordinary or case.has_on_team(user.id):
        return
    raise PortalError(_("%(name)s is not on the team of this case.", name=user.full_name), field=field)


def said(text: str | None, field: str) -> str:
    """Refuse blanks where words are needed."""
    if text is None or not text.strip():
        raise PortalError(_("Please say it in words."), field=field)
    return text.strip()


def is_staffed(case: Case) -> bool:
    """Return whether somebody on the team can work: his account is open, and he does not only read."""
    return any(member.active and has_role(member, *ABLE) for member in case.team)


def must_be_staffed(case: Case) -> None:
    """Refuse a secret case that nobody could see any more."""
    if case.confidentiality is Confidentiality.secret and not is_staffed(case):
        raise PortalError(
            _("A secret case is seen by its team alone: name at least one colleague."), field="team"
        )


def must_work_on(case: Case, by: Actor) -> None:
    """Refuse to change or move a case for who only helps with it; asked when the case is locked."""
    must_know_of(case, by)
    if not may_work_on(case, by):
        raise Forbidden(_("Only the team of the case and administrators may change this: join it first."))


def may_work_on(case: Case, by: Actor) -> bool:
    """Whether he is on the team, or an administrator who does not see it by emergency access alone."""
    return (has_role(by, ADMIN) and not is_guest(case, by)) or case.has_on_team(by.actor_id)


def can_give_on(case: Case, by: Actor) -> bool:
    """Return whether an administrator may give a case that he opened in an emergency to a colleague."""
    return has_role(by, ADMIN) and not is_staffed(case)


def require_visible_without_emergency(client: Client, by: Actor) -> None:
    """Raise Forbidden where the user sees the client by emergency access alone.

    A further case would show the client to everybody who sees that case, and to the user beyond the hour.
    """
    if not by.emergency_case_ids:
        return
    visible = clients_visible_to(Asker(by.actor_id, by.role_names))
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


def must_be_as_seen(record: Entity) -> None:
    """Lock the record; refuse when somebody saved it after the form was opened."""
    seen = record.version
    lock(record)
    if record.version != seen:
        raise Conflict(_("Somebody else changed this record while you were writing."))


def tier_of(items: Iterable[PpksCategory | ProblemTag]) -> Confidentiality:
    """Find the strictest tier among categories and tags."""
    return highest(*(item.confidentiality for item in items))
