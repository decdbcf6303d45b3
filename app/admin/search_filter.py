"""Quick search as a filter: words of the record itself, and of related records in `search_relations`."""

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
    """Quick search; the value is (view, search text, whether the list has other filters)."""

    name = "quick"

    def apply(self, query: "Query[Any]", value: Any) -> "Query[Any]":
        """Keep the rows that contain every word."""
        view, text, is_filtered = value
        has_search_text = hasattr(self.model, "search_text")
        # In the order of names, matches may be far behind: then they are collected first, too.
        matches_in_scan = scan_column() == "id" or (scan_column() is None and not is_filtered)
        if has_search_text and not view.search_relations and matches_in_scan:
            whole_numbers = _is_whole_number_required(self.model)
            return apply_search_filter(query, self.model, text, whole_numbers=whole_numbers).filter(
                *_build_restriction_conditions(self.model, text, whole_numbers)
            )
        # UNION instead of OR: each part is served by its own index, an OR of both by none.
        ids = (
            [select(self.model.id).where(_build_match_condition(self.model, text))] if has_search_text else []
        )
        ids += [self._select_ids_through(getattr(self.model, name), text) for name in view.search_relations]
        if not ids:
            return query.filter(false())
        return query.filter(id_in(self.model.id, union(*ids) if len(ids) > 1 else ids[0]))

    def _select_ids_through(self, relation: Any, text: str) -> Select[Any]:
        """Select the ids of rows whose related records contain every word."""
        relationship, own_table = relation.property, self.model.__table__
        related = relationship.mapper.class_
        matching_ids = select(related.id).where(_build_match_condition(related, text))
        if relationship.secondary is not None:
            own_key = _get_column_of_table(relationship.synchronize_pairs, relationship.secondary)
            related_key = _get_column_of_table(
                relationship.secondary_synchronize_pairs, relationship.secondary
            )
            matching_ids = select(own_key).where(id_in(related_key, matching_ids))
        return select(own_table.c.id).where(
            id_in(_get_column_of_table(relationship.synchronize_pairs, own_table), matching_ids)
        )


def _get_column_of_table(pairs: Any, table: Any) -> Any:
    """Return the column of this table among those that the relation compares."""
    return next(column for pair in pairs for column in pair if column.table is table)


def _build_match_condition(model: Any, text: str) -> ColumnElement[bool]:
    whole_numbers = _is_whole_number_required(model)
    return and_(
        build_search_filter(model, text, whole_numbers=whole_numbers),
        *_build_restriction_conditions(model, text, whole_numbers),
    )


def _build_restriction_conditions(model: Any, text: str, whole_numbers: bool) -> list[ColumnElement[bool]]:
    """Build the conditions to add to a match.

    Words in restricted columns must find no record for a user who may not read them.
    """
    view = registry.find_view(model)
    restriction = view.datamodel.restriction if view is not None else None
    condition = (
        restriction.search_condition(text, whole_numbers=whole_numbers) if restriction is not None else None
    )
    return [] if condition is None else [condition]


def _is_whole_number_required(model: Any) -> bool:
    """Whether the user must type numbers in full, because only their last digits are visible."""
    has_masked_columns = any(column.info.get("masked") for column in model.__table__.columns)
    return has_masked_columns and not can_read_numbers(current_user)
