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
from app.core.asking import walked

Rule = Callable[[Actor], ColumnElement[bool]]

KEPT = 200
"""Conditions that a rule keeps: one for each of those who are at work now."""


class Asker(NamedTuple):
    """Who asks, and nothing else about him: whatever else can change between two requests."""

    actor_id: int | None
    role_names: frozenset[str]
    full_name: str = ""
    emergency_case_ids: frozenset[int] = frozenset()


def made_once(rule: Rule) -> Rule:
    """Keep the conditions that the rule made; it may read of its actor what `Asker` has."""

    @lru_cache(maxsize=KEPT)
    def condition(asker: Actor, _walked: str | None) -> ColumnElement[bool]:
        return rule(asker)

    @wraps(rule)
    def asked(user: Actor) -> ColumnElement[bool]:
        asker = (
            user
            if user is SYSTEM
            else Asker(user.actor_id, user.role_names, emergency_case_ids=user.emergency_case_ids)
        )
        return condition(asker, walked())

    return asked
