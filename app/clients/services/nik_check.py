"""Duplicate NIKs: refused if the user sees the other client, else checked by users who see both.

A user must learn nothing about a client whom they may not see. The NIK is stored as typed, `nik_in_check`
exempts it from the unique index, and only users who see both clients are notified and can settle it.
"""

from collections.abc import Callable, Sequence

from flask_babel import gettext as _
from sqlalchemy import ColumnElement, and_, func, select, update

from app.clients.models.client import Client
from app.clients.policy import ClientPolicy, can_settle_nik, get_visible_ids, list_other_holders
from app.core.actor import Actor
from app.core.errors import Forbidden, PortalError
from app.core.records import RecordLink, RecordRef
from app.core.registry import Registry
from app.db.query_hints import correlated_exists
from app.extensions import db
from app.notices.enums import NoticeKind
from app.notices.models import Notice
from app.notices.policy import KindPredicate
from app.notices.services import notify, resolve_notices
from app.security.models import PortalUser

team_providers = Registry[Callable[[Client], Sequence[PortalUser]]]("teams of a client", required=True)
"""Extension point: upper rooms register functions that return the users who work for a client and could
settle a NIK in check."""


def lock_niks(*niks: str | None) -> None:
    """Make other transactions that save one of these NIKs wait until this one ends.

    The unique index would stop the second of two only while no client has the NIK yet. SQLite has a single
    writer.
    """
    if db.engine.dialect.name == "postgresql":
        for nik in sorted(filter(None, set(niks))):
            db.session.execute(select(func.pg_advisory_xact_lock(func.hashtextextended(nik, 0))))


def refuse_visible_holder(client: Client, nik: str | None, by: Actor) -> list[Client]:
    """Raise `PortalError` if the user sees another client with this NIK; return the hidden ones."""
    holders = list_other_holders(client, nik)
    visible_ids = get_visible_ids(holders, by)
    for holder in holders:
        if holder.id in visible_ids:
            raise PortalError(
                _("Another client already has this NIK."),
                field="nik",
                link=RecordLink(RecordRef(Client, holder.id), holder.label),
            )
    return holders


def notify_shared_nik(client: Client, hidden_holders: Sequence[Client]) -> None:
    """Notify the users who work for the other holders; only those who see both clients can read it."""
    for holder in hidden_holders:
        users = {user.id: user for team in team_providers for user in team(holder)}
        for user in users.values():
            notify(user, NoticeKind.nik_to_check, holder, client)


def release_nik(client: Client, nik: str | None, *, reason: str | None = None) -> None:
    """Settle the notices about a NIK that the client no longer has.

    If a single client still has it, that client's NIK is no longer in check.
    """
    resolve_notices(NoticeKind.nik_to_check, client, reason=reason)
    holders = list_other_holders(client, nik)
    if len(holders) == 1 and holders[0].nik_in_check:
        # Past the ORM: neither version, change stamp nor audit book may reveal a change of a client whom the
        # reader does not see.
        statement = update(Client).where(Client.id == holders[0].id).values(nik_in_check=False)
        db.session.execute(statement, execution_options={"synchronize_session": False})
        db.session.expire(holders[0], ["nik_in_check"])


def require_can_settle_nik(client: Client, by: Actor) -> None:
    """Raise `Forbidden` unless the NIK is in check and the user sees both clients."""
    if not can_settle_nik(client, by):
        raise Forbidden(_("You are not allowed to do this with this client."))


def _can_see_both(user: Actor) -> ColumnElement[bool]:
    visible = ClientPolicy.visible_to(user)
    return and_(
        correlated_exists(Notice, Client.id == Notice.entity_id, visible),
        correlated_exists(Notice, Client.id == Notice.related_id, visible),
    )


NIK_NOTICE_PREDICATE = KindPredicate(NoticeKind.nik_to_check, _can_see_both)
