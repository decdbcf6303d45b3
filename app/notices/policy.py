"""Who sees which notices."""

from collections.abc import Callable

from sqlalchemy import ColumnElement, and_, or_

from app.core.actor import Actor
from app.notices.enums import NoticeKind
from app.notices.models import Notice

KIND_PREDICATES: dict[NoticeKind, Callable[[Actor], ColumnElement[bool]]] = {}
"""Extension point: kind -> the predicate on `Notice` that must hold beside being one's own."""


def own_notices(user: Actor) -> ColumnElement[bool]:
    """Everybody's own notices; one whose records he may not see any more is gone."""
    rules = (or_(Notice.kind != kind, rule(user)) for kind, rule in KIND_PREDICATES.items())
    return and_(Notice.user_id == user.actor_id, *rules)
