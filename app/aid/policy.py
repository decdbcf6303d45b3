"""Policy of aid: it is visible to the users who may see its case."""

from sqlalchemy import ColumnElement

from app.aid.models import Aid
from app.cases.models.case import Case
from app.cases.policy import CasePolicy
from app.core.actor import Actor
from app.db.predicates import cache_predicate
from app.db.query_hints import correlated_exists


@cache_predicate
def visible_to(user: Actor) -> ColumnElement[bool]:
    """Match the aid of the cases that the user may see."""
    return correlated_exists(Aid, Case.id == Aid.case_id, CasePolicy.visible_to(user))
