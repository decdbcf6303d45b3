"""Policy of notices."""

from collections.abc import Callable
from typing import NamedTuple

from sqlalchemy import ColumnElement, and_, or_

from app.core.actor import Actor
from app.core.registry import Registry
from app.db.policy import Policy
from app.notices.enums import NoticeKind
from app.notices.models import Notice


class KindPredicate(NamedTuple):
    """Predicate on notices of one kind, which must hold besides being the user's own."""

    kind: NoticeKind
    predicate: Callable[[Actor], ColumnElement[bool]]


kind_predicates = Registry[KindPredicate]("predicates of kinds of notices", required=True)
"""Extension point: filled by the rooms whose records the notices name."""


class NoticePolicy(Policy[Notice]):
    """Everybody sees only their own notices, without those whose records they may no longer see."""

    model = Notice

    @classmethod
    def visible_to(cls, user: Actor) -> ColumnElement[bool]:
        """Match the user's own notices that the predicate of their kind allows."""
        predicates = (or_(Notice.kind != kind, predicate(user)) for kind, predicate in kind_predicates)
        return and_(Notice.user_id == user.actor_id, *predicates)
