"""Aid is seen by whoever sees its case."""

from sqlalchemy import ColumnElement

from app.aid.models import Aid
from app.cases.models.case import Case
from app.cases.visibility import visible_to as case_visible_to
from app.core.actor import Actor
from app.db.predicates import cache_predicate
from app.db.query_hints import correlated_exists


@cache_predicate
def visible_to(user: Actor) -> ColumnElement[bool]:
    """Show the aid of the cases that the user sees."""
    return correlated_exists(Aid, Case.id == Aid.case_id, case_visible_to(user))
