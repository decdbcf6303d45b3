"""Aid is seen by whoever sees its case."""

from sqlalchemy import ColumnElement

from app.aid.models import Aid
from app.cases.access import visible_to as case_visible_to
from app.cases.models import Case
from app.core.actor import Actor
from app.core.asking import each
from app.core.sight import made_once


@made_once
def visible_to(user: Actor) -> ColumnElement[bool]:
    """Show the aid of the cases that the user sees."""
    return each(Aid, Case.id == Aid.case_id, case_visible_to(user))
