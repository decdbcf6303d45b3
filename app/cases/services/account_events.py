"""Events in secret cases about changes to the account of a team member."""

from collections.abc import Sequence

from sqlalchemy import select

from app.cases.event_types import ACCOUNT_CHANGED
from app.cases.models.case import Case
from app.cases.policy import is_team_member
from app.cases.services.events import record_event
from app.core.actor import Actor
from app.extensions import db
from app.reference.enums import Confidentiality
from app.security.enums import AccountChange
from app.security.models import PortalUser


def list_secret_cases(user: PortalUser) -> Sequence[Case]:
    """Return the secret cases, open and closed, whose team the user is on, in order of id."""
    is_secret = Case.confidentiality == Confidentiality.secret
    return db.session.scalars(select(Case).where(is_secret, is_team_member(user)).order_by(Case.id)).all()


def record_account_change(user: PortalUser, *, change: AccountChange, by: Actor) -> None:
    """Record the change in each secret case of the user, also in those that `by` does not see."""
    # Whoever resets a password, or opens and closes accounts, decides who can read these cases.
    for case in list_secret_cases(user):
        data = {"user_id": user.id, "change": change}
        record_event(case, ACCOUNT_CHANGED, by=by, source=user, data=data)
