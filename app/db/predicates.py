"""Who sees what, as conditions that are made once.

`visible_to` is asked many times for one page, and SQLAlchemy takes as long to put the condition together as
the database to answer it. It is code, the id of who asks, his roles and the cases that he opened in an
emergency; the same give the same condition.
"""

from collections.abc import Callable
from functools import lru_cache, wraps
from typing import NamedTuple

from sqlalchemy import ColumnElement

from app.core.actor import SYSTEM, Actor
from app.db.query_hints import scan_column

ActorPredicate = Callable[[Actor], ColumnElement[bool]]

MAX_CACHED_PREDICATES = 200
"""Conditions that a rule keeps: one for each of those who are at work now."""


class PolicyActor(NamedTuple):
    """Who asks, and nothing else about him: whatever else can change between two requests."""

    actor_id: int | None
    role_names: frozenset[str]
    full_name: str = ""
    emergency_case_ids: frozenset[int] = frozenset()


def cache_predicate(predicate: ActorPredicate) -> ActorPredicate:
    """Keep the conditions that the rule made; it may read of its actor what `PolicyActor` has."""

    @lru_cache(maxsize=MAX_CACHED_PREDICATES)
    def condition(actor: Actor, _scan_column: str | None) -> ColumnElement[bool]:
        return predicate(actor)

    @wraps(predicate)
    def cached(user: Actor) -> ColumnElement[bool]:
        actor = (
            user
            if user is SYSTEM
            else PolicyActor(user.actor_id, user.role_names, emergency_case_ids=user.emergency_case_ids)
        )
        return condition(actor, scan_column())

    return cached
