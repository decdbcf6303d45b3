"""The quick search as a filter: in the record's own words, and in those of the records it belongs to."""

from typing import Any

from flask_appbuilder.models.filters import BaseFilter
from flask_login import current_user
from sqlalchemy import ColumnElement, Select, and_, false, select, union
from sqlalchemy.orm import Query

from app.admin import registry
from app.db.masking import can_read_numbers
from app.db.query_hints import id_in, scan_column
from app.db.search import apply_search_filter, build_search_filter


class QuickSearchFilter(BaseFilter):
    """The quick search; the value: the view, what was typed, whether the list is narrowed besides."""

    name = "quick"

    def apply(self, query: "Query[Any]", value: Any) -> "Query[Any]":
        """Keep what holds every word."""
        view, text, narrowed = value
        searched = hasattr(self.model, "search_text")
        # In the order of names those who are called so stand far behind: then they are found first, too.
        in_passing = scan_column() == "id" or (scan_column() is None and not narrowed)
        if searched and not view.search_relations and in_passing:
            whole = _is_whole_number_required(self.model)
            return apply_search_filter(query, self.model, text, whole_numbers=whole).filter(
                *_build_restriction_conditions(self.model, text, whole)
            )
        # A union, not an OR: each part is served by an index of its own, an OR of both by none.
        ids = [select(self.model.id).where(_build_match_condition(self.model, text))] if searched else []
        ids += [self._select_ids_through(getattr(self.model, name), text) for name in view.search_relations]
        if not ids:
            return query.filter(false())
        return query.filter(id_in(self.model.id, union(*ids) if len(ids) > 1 else ids[0]))

    def _select_ids_through(self, relation: Any, text: str) -> Select[Any]:
        """From the related records that hold the words to those that belong to them."""
        way, own = relation.property, self.model.__table__
        related = way.mapper.class_
        found = select(related.id).where(_build_match_condition(related, text))
        if way.secondary is not None:
            near = _get_column_of_table(way.synchronize_pairs, way.secondary)
            far = _get_column_of_table(way.secondary_synchronize_pairs, way.secondary)
            found = select(near).where(id_in(far, found))
        return select(own.c.id).where(id_in(_get_column_of_table(way.synchronize_pairs, own), found))


def _get_column_of_table(pairs: Any, table: Any) -> Any:
    """The column of this table among those that the relation compares."""
    return next(column for pair in pairs for column in pair if column.table is table)


def _build_match_condition(model: Any, text: str) -> ColumnElement[bool]:
    whole = _is_whole_number_required(model)
    return and_(
        build_search_filter(model, text, whole_numbers=whole),
        *_build_restriction_conditions(model, text, whole),
    )


def _build_restriction_conditions(model: Any, text: str, whole_numbers: bool) -> list[ColumnElement[bool]]:
    """What must hold beside the match: words in restricted columns find nobody for who may not read them."""
    view = registry.find_view(model)
    restriction = view.datamodel.restriction if view is not None else None
    more = (
        restriction.search_condition(text, whole_numbers=whole_numbers) if restriction is not None else None
    )
    return [] if more is None else [more]


def _is_whole_number_required(model: Any) -> bool:
    """Whether the user, who sees the end of a number only, must type it whole."""
    masked = any(column.info.get("masked") for column in model.__table__.columns)
    return masked and not can_read_numbers(current_user)
