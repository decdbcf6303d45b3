"""FAB's data model, made fast: ids first, related records in the same breath, counts that stop counting."""

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
"""A list that holds more says "1.000+" instead of counting on."""


class PortalInterface(SQLAInterface):
    """`eager`: names of the relations shown with every row, loaded with a fixed number of statements.

    `alone`: names of those that only the page of one record shows.
    `restriction`: columns that some users do not read of some rows; each loaded record is flagged.
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
        """Column -> its filters, as the converter found them."""

    def is_nullable(self, col_name: str) -> bool:
        """An unticked box is an answer, so a boolean needs none."""
        return bool(self.is_boolean(col_name) or super().is_nullable(col_name))

    def loader_options(self, *relations: str) -> list[Any]:
        """Loader options of the eager relations; `a.b` reaches through a."""
        return [self._loader_option(path.split(".")) for path in (*self.eager, *relations)]

    def _loader_option(self, path: list[str]) -> Any:
        model, option = self.obj, None
        for name in path:
            attribute = getattr(model, name)
            # Through a table between it is the outer join of a join, which SQLite makes for everybody first.
            apart = attribute.property.uselist or attribute.property.secondary is not None
            load = selectinload if apart else joinedload
            option = load(attribute) if option is None else getattr(option, load.__name__)(attribute)
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
        """Count (up to `COUNT_CAP` + 1) and one page of rows: two statements and one per eager list."""
        pk, column = self.get_pk(), getattr(self.obj, order_column or self.get_pk_name())
        narrowed: Query[Any] = self.apply_filters(
            self.session.query(pk.label("id"), column.label("sorted_by")), filters
        )
        count = self._count(narrowed) if page_size else 0
        if page_size and not count:
            return 0, []
        key, last = column, pk
        if page_size and count <= MAX_COUNT:
            # Few are gathered first, by whatever index finds them, and sorted then: in the order of its index
            # the database would walk past everybody else to find them.
            few = narrowed.limit(MAX_COUNT).subquery()
            narrowed, key, last = self.session.query(few.c.id), few.c.sorted_by, few.c.id
        elif count:
            with ordered_scan(column) as walk:
                narrowed = self.apply_filters(self.session.query(pk), filters)
            key = walk.sort_key
        keys = [key] if column.key == pk.key else [key, last]
        ordered = narrowed.order_by(*[key.asc() if order_direction == "asc" else key.desc() for key in keys])
        if page_size:
            ordered = ordered.offset((page or 0) * page_size).limit(page_size)
        return count, self.load([row[0] for row in ordered])

    def _count(self, query: "Query[Any]") -> int:
        # In no order: a sorted count would walk an index of names from 'A' to find its thousand.
        capped = query.limit(MAX_COUNT + 1).subquery()
        return int(self.session.scalar(select(func.count()).select_from(capped)) or 0)

    def sum_column(self, filters: Filters | None, name: str) -> int:
        """Sum a column over what the filters let through, in a list that was counted to its end."""
        rows = self.apply_filters(self.session.query(getattr(self.obj, name).label("part")), filters)
        return int(self.session.scalar(select(func.sum(rows.subquery().c.part))) or 0)

    def load(self, ids: Sequence[int]) -> list[Any]:
        """The records of these ids, in this order, with their eager relations."""
        if not ids:
            return []
        by_id = {item.id: item for item in self.load_flagged(self._select_by_ids, {"ids": ids})}
        return [by_id[key] for key in ids if key in by_id]

    def load_flagged(self, query: Select[Any], values: Mapping[str, Any] | None = None) -> list[Any]:
        """Return the records that a query finds, and remember in the same statement which are restricted."""
        flag = self.restriction.readable_condition() if self.restriction else None
        if flag is None or self.restriction is None:
            return list(self.session.scalars(query, values).unique())
        rows = self.session.execute(query.add_columns(flag), values).unique().all()
        for item, is_readable in rows:
            self.restriction.cache_readable(item, is_readable)
        return [row[0] for row in rows]

    @cached_property
    def _select_by_ids(self) -> Select[Any]:
        """What `load` asks, put together once. No row comes twice: lists are loaded apart."""
        wanted = self.get_pk().in_(bindparam("ids", expanding=True))
        return select(self.obj).where(wanted).options(*self.loader_options())

    def get(self, id: int, filters: Filters | None = None, select_columns: list[str] | None = None) -> Any:
        """The record if the filters let it through, or None."""
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
