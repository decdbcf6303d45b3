"""Checks and locks that several services of the package share."""

from collections.abc import Iterable

from flask_babel import gettext as _
from sqlalchemy import select

from app.cases.models.case import Case
from app.cases.policy import CasePolicy, can_work_on, is_staffed
from app.clients.models.client import Client
from app.clients.policy import ClientPolicy
from app.core.actor import SYSTEM, Actor
from app.core.errors import Conflict, Forbidden, PortalError
from app.core.records import RecordLink, RecordRef
from app.db.predicates import PolicyActor
from app.db.records import lock
from app.extensions import db
from app.reference.enums import Confidentiality, get_highest_tier
from app.reference.models import PpksCategory, ProblemTag
from app.security.models import PortalUser


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


def require_assignable_user(case: Case, user: PortalUser | None, field: str) -> None:
    """Raise PortalError if the user may not know of the case; None passes."""
    if user is None or case.confidentiality is Confidentiality.ordinary or case.has_team_member(user.id):
        return
    raise PortalError(_("%(name)s is not on the team of this case.", name=user.full_name), field=field)


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


def get_strictest_tier(items: Iterable[PpksCategory | ProblemTag]) -> Confidentiality:
    """Return the strictest tier among categories and tags; ordinary when there are none."""
    return get_highest_tier(*(item.confidentiality for item in items))
