"""The quick search as a filter: in the record's own words, and in those of the records it belongs to."""

from typing import Any

from flask_appbuilder.models.filters import BaseFilter
from flask_login import current_user
from sqlalchemy import ColumnElement, Select, and_, false, select, union
from sqlalchemy.orm import Query

from app.core import registry
from app.core.asking import among, walked
from app.core.masking import can_read_numbers
from app.core.search import keep_matches, matches


class Quick(BaseFilter):
    """The quick search; the value: the view, what was typed, whether the list is narrowed besides."""

    name = "quick"

    def apply(self, query: "Query[Any]", value: Any) -> "Query[Any]":
        """Keep what holds every word."""
        view, text, narrowed = value
        searched = hasattr(self.model, "search_text")
        # In the order of names those who are called so stand far behind: then they are found first, too.
        in_passing = walked() == "id" or (walked() is None and not narrowed)
        if searched and not view.search_through and in_passing:
            whole = _whole_numbers(self.model)
            return keep_matches(query, self.model, text, whole_numbers=whole).filter(
                *_also(self.model, text, whole)
            )
        # A union, not an OR: each part is served by an index of its own, an OR of both by none.
        ids = [select(self.model.id).where(_found(self.model, text))] if searched else []
        ids += [self._through(getattr(self.model, name), text) for name in view.search_through]
        if not ids:
            return query.filter(false())
        return query.filter(among(self.model.id, union(*ids) if len(ids) > 1 else ids[0]))

    def _through(self, relation: Any, text: str) -> Select[Any]:
        """From the related records that hold the words to those that belong to them."""
        way, own = relation.property, self.model.__table__
        related = way.mapper.class_
        found = select(related.id).where(_found(related, text))
        if way.secondary is not None:
            near = _side(way.synchronize_pairs, way.secondary)
            far = _side(way.secondary_synchronize_pairs, way.secondary)
            found = select(near).where(among(far, found))
        return select(own.c.id).where(among(_side(way.synchronize_pairs, own), found))


def _side(pairs: Any, table: Any) -> Any:
    """The column of this table among those that the relation compares."""
    return next(column for pair in pairs for column in pair if column.table is table)


def _found(model: Any, text: str) -> ColumnElement[bool]:
    whole = _whole_numbers(model)
    return and_(matches(model, text, whole_numbers=whole), *_also(model, text, whole))


def _also(model: Any, text: str, whole_numbers: bool) -> list[ColumnElement[bool]]:
    """What must hold beside the match: words in restricted columns find nobody for who may not read them."""
    view = registry.view_of(model)
    restriction = view.datamodel.restriction if view is not None else None
    more = restriction.is_found(text, whole_numbers=whole_numbers) if restriction is not None else None
    return [] if more is None else [more]


def _whole_numbers(model: Any) -> bool:
    """Whether the user, who sees the end of a number only, must type it whole."""
    masked = any(column.info.get("masked") for column in model.__table__.columns)
    return masked and not can_read_numbers(current_user)
