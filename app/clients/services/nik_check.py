"""One NIK of two clients: refused where the saver sees the other one, else checked by who sees both.

A saver learns nothing of a client whom he may not see: the NIK is kept as typed, `nik_in_check` exempts it
from the unique index, and only those who see both clients are told and can settle it.
"""

from collections.abc import Callable, Sequence

from flask_babel import gettext as _
from sqlalchemy import ColumnElement, and_, func, select, update

from app.clients.models.client import Client
from app.clients.visibility import _get_visible_ids, _list_other_holders, can_settle_nik, clients_visible_to
from app.core.actor import Actor
from app.core.errors import Forbidden, PortalError
from app.core.registry import Registry
from app.db.query_hints import correlated_exists
from app.extensions import db
from app.notices.enums import NoticeKind
from app.notices.models import Notice
from app.notices.policy import KindPredicate
from app.notices.services import notify, resolve_notices
from app.security.models import PortalUser

team_providers = Registry[Callable[[Client], Sequence[PortalUser]]]("teams of a client", required=True)
"""Extension point: rooms above append who works for a client and could settle a doubt about the NIK."""


def lock_niks(*niks: str | None) -> None:
    """Let everybody else who saves one of these NIKs wait until the end of the transaction.

    The unique index would stop the second of two only where no client has the NIK yet. SQLite has one writer.
    """
    if db.engine.dialect.name == "postgresql":
        for nik in sorted(filter(None, set(niks))):
            db.session.execute(select(func.pg_advisory_xact_lock(func.hashtextextended(nik, 0))))


def refuse_visible_holder(client: Client, nik: str | None, by: Actor) -> list[Client]:
    """Refuse a NIK of a client whom the user sees; return the holders whom he does not see."""
    others = _list_other_holders(client, nik)
    seen = _get_visible_ids(others, by)
    for other in others:
        if other.id in seen:
            raise PortalError(
                _("Another client already has this NIK."),
                field="nik",
                link=(f"/clients/show/{other.id}", other.label),
            )
    return others


def notify_shared_nik(client: Client, hidden_holders: Sequence[Client]) -> None:
    """Notify whoever works for the other holders; each reads it where he sees both clients."""
    for other in hidden_holders:
        users = {user.id: user for team in team_providers for user in team(other)}
        for user in users.values():
            notify(user, NoticeKind.nik_to_check, other, client)


def release_nik(client: Client, nik: str | None, *, reason: str | None = None) -> None:
    """Settle what was asked about a NIK that the client does not hold any more.

    The one client who still holds it leaves the check. Past the ORM: neither its version, nor the stamp of
    who changed it, nor the audit book may tell of a change of a client whom its reader does not see.
    """
    resolve_notices(NoticeKind.nik_to_check, client, reason=reason)
    left = _list_other_holders(client, nik)
    if len(left) == 1 and left[0].nik_in_check:
        out_of_check = update(Client).where(Client.id == left[0].id).values(nik_in_check=False)
        db.session.execute(out_of_check, execution_options={"synchronize_session": False})
        db.session.expire(left[0], ["nik_in_check"])


def require_can_settle_nik(client: Client, by: Actor) -> None:
    """Refuse whoever does not see both clients."""
    if not can_settle_nik(client, by):
        raise Forbidden(_("You are not allowed to do this with this client."))


def _can_see_both(user: Actor) -> ColumnElement[bool]:
    seen = clients_visible_to(user)
    return and_(
        correlated_exists(Notice, Client.id == Notice.entity_id, seen),
        correlated_exists(Notice, Client.id == Notice.related_id, seen),
    )


NIK_NOTICE_PREDICATE = KindPredicate(NoticeKind.nik_to_check, _can_see_both)
