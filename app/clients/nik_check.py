"""One NIK of two clients: refused where the saver sees the other one, else checked by who sees both.

A saver learns nothing of a client whom he may not see: the NIK is kept as typed, `nik_in_check` exempts it
from the unique index, and only those who see both clients are told and can settle it.
"""

from collections.abc import Callable, Sequence

from flask_babel import gettext as _
from sqlalchemy import ColumnElement, and_, func, select, update

from app.clients.models import Client
from app.clients.visibility import clients_visible_to
from app.core.actor import Actor
from app.core.asking import each
from app.core.errors import Forbidden, PortalError
from app.extensions import db
from app.notices.enums import NoticeKind
from app.notices.models import Notice
from app.notices.policy import KIND_RULES
from app.notices.services import notify, settle_notices
from app.security.models import PortalUser

case_teams: list[Callable[[Client], Sequence[PortalUser]]] = []
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
    others = _holders(client, nik)
    seen = _visible_ids(others, by)
    for other in others:
        if other.id in seen:
            raise PortalError(
                _("Another client already has this NIK."),
                field="nik",
                link=(f"/clients/show/{other.id}", other.label),
            )
    return others


def report_shared_nik(client: Client, hidden: Sequence[Client]) -> None:
    """Notify whoever works for the other holders; each reads it where he sees both clients."""
    for other in hidden:
        users = {user.id: user for team in case_teams for user in team(other)}
        for user in users.values():
            notify(user, NoticeKind.nik_to_check, other, client)


def release_nik(client: Client, nik: str | None, *, reason: str | None = None) -> None:
    """Settle what was asked about a NIK that the client does not hold any more.

    The one client who still holds it leaves the check. Past the ORM: neither its version, nor the stamp of
    who changed it, nor the audit book may tell of a change of a client whom its reader does not see.
    """
    settle_notices(NoticeKind.nik_to_check, client, reason=reason)
    left = _holders(client, nik)
    if len(left) == 1 and left[0].nik_in_check:
        out_of_check = update(Client).where(Client.id == left[0].id).values(nik_in_check=False)
        db.session.execute(out_of_check, execution_options={"synchronize_session": False})
        db.session.expire(left[0], ["nik_in_check"])


def visible_holders(client: Client, user: Actor) -> list[Client]:
    """Return the clients in use with the same NIK whom the user sees, for a client in use."""
    if client.archived_at is not None:
        return []
    others = [one for one in _holders(client, client.nik) if one.archived_at is None]
    seen = _visible_ids(others, user)
    return [one for one in others if one.id in seen]


def can_settle(client: Client, user: Actor) -> bool:
    """Tell whether the NIK of this client is in check and the user sees another holder."""
    return client.nik_in_check and bool(visible_holders(client, user))


def require_pair(client: Client, by: Actor) -> None:
    """Refuse whoever does not see both clients."""
    if not can_settle(client, by):
        raise Forbidden(_("You are not allowed to do this with this client."))


def _holders(client: Client, nik: str | None) -> list[Client]:
    """Return the other clients with this NIK, those out of check first."""
    if not nik:
        return []
    with db.session.no_autoflush:
        query = select(Client).where(Client.nik == nik, Client.merged_into_id.is_(None))
        found = db.session.scalars(query.order_by(Client.nik_in_check, Client.id))
        return [one for one in found if one is not client]


def _visible_ids(clients: Sequence[Client], user: Actor) -> set[int]:
    if not clients:
        return set()
    ids = [one.id for one in clients]
    with db.session.no_autoflush:
        return set(db.session.scalars(select(Client.id).where(Client.id.in_(ids), clients_visible_to(user))))


def _sees_both(user: Actor) -> ColumnElement[bool]:
    seen = clients_visible_to(user)
    return and_(
        each(Notice, Client.id == Notice.entity_id, seen),
        each(Notice, Client.id == Notice.related_id, seen),
    )


KIND_RULES[NoticeKind.nik_to_check] = _sees_both
