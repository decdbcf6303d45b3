"""Who sees which notices."""

from collections.abc import Callable
from typing import NamedTuple

from sqlalchemy import ColumnElement, and_, or_

from app.core.actor import Actor
from app.core.registry import Registry
from app.notices.enums import NoticeKind
from app.notices.models import Notice


class KindPredicate(NamedTuple):
    """What must hold of a notice of this kind beside being the user's own."""

    kind: NoticeKind
    predicate: Callable[[Actor], ColumnElement[bool]]


kind_predicates = Registry[KindPredicate]("predicates of kinds of notices", required=True)
"""Extension point: filled by the rooms whose records the notices name."""


def own_notices(user: Actor) -> ColumnElement[bool]:
    """Everybody's own notices; one whose records he may not see any more is gone."""
    rules = (or_(Notice.kind != kind, rule(user)) for kind, rule in kind_predicates)
    return and_(Notice.user_id == user.actor_id, *rules)
