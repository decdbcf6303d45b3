"""Cache for policy predicates: SQL conditions that depend only on the actor.

One page needs the same predicate (such as `visible_to`) many times, and SQLAlchemy takes as long to build the
condition as the database to evaluate it. The condition depends on code, the actor's id and roles, and the
cases that the actor opened by emergency access; the same values give the same condition.
"""

from collections.abc import Callable
from functools import cache, lru_cache, partial, wraps
from typing import Any, NamedTuple

from sqlalchemy import ColumnElement

from app.core.actor import SYSTEM, Actor
from app.db.query_hints import scan_column

ActorPredicate = Callable[[Actor], ColumnElement[bool]]
ClassPredicate = Callable[[Any, Actor], ColumnElement[bool]]

MAX_CACHED_PREDICATES = 200
"""Cached conditions per predicate: about one for each user who is at work."""


class PolicyActor(NamedTuple):
    """The part of an actor that predicates may read; anything else could change between two requests."""

    actor_id: int | None
    role_names: frozenset[str]
    full_name: str = ""
    emergency_case_ids: frozenset[int] = frozenset()


def cache_predicate(predicate: ActorPredicate) -> ActorPredicate:
    """Cache the conditions that a predicate builds; it may read only the attributes of `PolicyActor`."""

    @lru_cache(maxsize=MAX_CACHED_PREDICATES)
    def build_condition(actor: Actor, _scan_column: str | None) -> ColumnElement[bool]:
        return predicate(actor)  # `selective` builds another condition in an ordered scan: part of the key

    @wraps(predicate)
    def cached(user: Actor) -> ColumnElement[bool]:
        actor = (
            user
            if user is SYSTEM
            else PolicyActor(user.actor_id, user.role_names, emergency_case_ids=user.emergency_case_ids)
        )
        return build_condition(actor, scan_column())

    return cached


def cache_class_predicate(method: ClassPredicate) -> ClassPredicate:
    """Cache the conditions that a class method builds, for each class that inherits it on its own.

    Stands below `@classmethod`; the limits of `cache_predicate` apply.
    """

    @cache
    def build_predicate(owner: Any) -> ActorPredicate:
        return cache_predicate(partial(method, owner))

    @wraps(method)
    def cached(cls: Any, user: Actor) -> ColumnElement[bool]:
        return build_predicate(cls)(user)

    return cached
