"""FAB's data model made fast: ids first, eager loading of related records, capped counts."""

from collections.abc import Mapping, Sequence
from functools import cached_property
from typing import Any

from flask_appbuilder.models.filters import Filters
from flask_appbuilder.models.sqla.interface import SQLAInterface
from sqlalchemy import Select, bindparam, func, select
from sqlalchemy.orm import Query, joinedload, selectinload

from app.admin.filters import PortalFilterConverter
from app.admin.restriction import Restriction
from app.db.query_hints import ordered_scan

MAX_COUNT = 1000
"""Counting stops above this number; a longer list shows "1.000+"."""


class PortalInterface(SQLAInterface):
    """SQLAlchemy interface with eager loading, capped counts and restricted columns.

    `eager`: relations shown in every row, loaded with a fixed number of statements.
    `eager_on_detail`: relations shown on the detail page only.
    `restriction`: columns that some users may not read in some rows; each loaded record is flagged.
    """

    filter_converter_class = PortalFilterConverter

    def __init__(
        self,
        obj: type[Any],
        session: Any = None,
        eager: Sequence[str] = (),
        eager_on_detail: Sequence[str] = (),
        restriction: Restriction | None = None,
    ) -> None:
        super().__init__(obj, session)
        self.restriction = restriction
        self.eager, self.eager_on_detail = tuple(eager), tuple(eager_on_detail)
        self.filters_by_column: dict[str, Any] = {}
        """Column -> its filters; cache of the filter converter."""

    def is_nullable(self, col_name: str) -> bool:
        """Treat booleans as nullable: an unticked box is a valid answer."""
        return bool(self.is_boolean(col_name) or super().is_nullable(col_name))

    def loader_options(self, *relations: str) -> list[Any]:
        """Return the loader options of the eager relations and of `relations`; `a.b` loads b through a."""
        return [self._loader_option(path.split(".")) for path in (*self.eager, *relations)]

    def _loader_option(self, path: list[str]) -> Any:
        model, option = self.obj, None
        for name in path:
            attribute = getattr(model, name)
            # With a secondary table it is an outer join of a join, which SQLite computes for all rows first.
            is_separate = attribute.property.uselist or attribute.property.secondary is not None
            loader = selectinload if is_separate else joinedload
            option = loader(attribute) if option is None else getattr(option, loader.__name__)(attribute)
            model = attribute.property.mapper.class_
        return option

    def query(
        self,
        filters: Filters | None = None,
        order_column: str = "",
        order_direction: str = "",
        page: int | None = None,
        page_size: int | None = None,
        select_columns: list[str] | None = None,
        outer_default_load: bool = False,
    ) -> tuple[int, list[Any]]:
        """Return the count and the rows of one page: two statements, and one per eager collection.

        The count stops at `MAX_COUNT` + 1.
        """
        pk, column = self.get_pk(), getattr(self.obj, order_column or self.get_pk_name())
        filtered: Query[Any] = self.apply_filters(
            self.session.query(pk.label("id"), column.label("sorted_by")), filters
        )
        count = self._count(filtered) if page_size else 0
        if page_size and not count:
            return 0, []
        sort_key, tie_breaker = column, pk
        if page_size and count <= MAX_COUNT:
            # Few rows: collect them by whatever index finds them, then sort. In the order of the sort
            # column's index the database would scan all other rows to find them.
            candidates = filtered.limit(MAX_COUNT).subquery()
            filtered, sort_key, tie_breaker = (
                self.session.query(candidates.c.id),
                candidates.c.sorted_by,
                candidates.c.id,
            )
        elif count:
            with ordered_scan(column) as scan:
                filtered = self.apply_filters(self.session.query(pk), filters)
            sort_key = scan.sort_key
        sort_keys = [sort_key] if column.key == pk.key else [sort_key, tie_breaker]
        ordered_query = filtered.order_by(
            *[sort_key.asc() if order_direction == "asc" else sort_key.desc() for sort_key in sort_keys]
        )
        if page_size:
            ordered_query = ordered_query.offset((page or 0) * page_size).limit(page_size)
        return count, self.load([row[0] for row in ordered_query])

    def _count(self, query: "Query[Any]") -> int:
        # Unordered: a sorted count would scan the index of names from 'A' to find its thousand rows.
        capped_query = query.limit(MAX_COUNT + 1).subquery()
        return int(self.session.scalar(select(func.count()).select_from(capped_query)) or 0)

    def sum_column(self, filters: Filters | None, name: str) -> int:
        """Sum a column over the filtered rows; meant for lists whose count is exact."""
        rows = self.apply_filters(self.session.query(getattr(self.obj, name).label("part")), filters)
        return int(self.session.scalar(select(func.sum(rows.subquery().c.part))) or 0)

    def load(self, ids: Sequence[int]) -> list[Any]:
        """Load the records with these ids, in this order, with their eager relations."""
        if not ids:
            return []
        by_id = {item.id: item for item in self.load_flagged(self._select_by_ids, {"ids": ids})}
        return [by_id[key] for key in ids if key in by_id]

    def load_flagged(self, query: Select[Any], values: Mapping[str, Any] | None = None) -> list[Any]:
        """Return the records of a query; the same statement reads, and caches, whether each is restricted."""
        flag = self.restriction.readable_condition() if self.restriction else None
        if flag is None or self.restriction is None:
            return list(self.session.scalars(query, values).unique())
        rows = self.session.execute(query.add_columns(flag), values).unique().all()
        for item, is_readable in rows:
            self.restriction.cache_readable(item, is_readable)
        return [row[0] for row in rows]

    @cached_property
    def _select_by_ids(self) -> Select[Any]:
        """Build the statement of `load`, once. No row comes twice: collections load separately."""
        id_condition = self.get_pk().in_(bindparam("ids", expanding=True))
        return select(self.obj).where(id_condition).options(*self.loader_options())

    def get(self, id: int, filters: Filters | None = None, select_columns: list[str] | None = None) -> Any:
        """Return the record if it passes the filters, else None."""
        query = self.apply_filters(self.session.query(self.obj), filters).options(
            *self.loader_options(*self.eager_on_detail)
        )
        query = query.filter(self.get_pk() == id)
        flag = self.restriction.readable_condition() if self.restriction else None
        if flag is None or self.restriction is None:
            return query.one_or_none()
        row = query.add_columns(flag).one_or_none()
        if row is None:
            return None
        self.restriction.cache_readable(*row)
        return row[0]
