"""RecordOptions: the records of a view that a user may choose in the forms of other views."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from flask_login import current_user
from sqlalchemy import True_, select

from app.admin.filters import NotArchivedFilter
from app.admin.registry import View
from app.admin.search_filter import QuickSearchFilter
from app.core.actor import Actor
from app.db.query_hints import ordered_scan

OPTIONS_PER_PAGE = 20
"""Options in one response; scrolling requests the next ones."""
MAX_PRELOADED_OPTIONS = 200
"""Upper limit of preloaded options, whatever the view declares."""


class RecordOptions:
    """Looks up records of one view, as far as the user may see them: by id, by text, or all."""

    def __init__(self, view: View) -> None:
        self.view = view

    def search(self, q: str, page: int) -> tuple[list[tuple[int, str]], bool]:
        """Return one page of (id, text) that the user may choose, and whether there are more."""
        items, has_more = self.search_records(q, page)
        return [(item.id, self.view.option_detail_text(item)) for item in items], has_more

    def search_records(self, q: str, page: int) -> tuple[list[Any], bool]:
        """Return one page of records, newest first, that the user may choose, and whether there are more."""
        view, datamodel = self.view, self.view.datamodel
        filters = view.build_filters()
        if q:
            filters.add_filter("id", QuickSearchFilter, (view, q, False))
        if hasattr(datamodel.obj, "archived_at"):
            filters.add_filter("id", NotArchivedFilter, None)
        joined_filters = filters.get_joined_filters(view._base_filters)
        pk = datamodel.get_pk()
        with ordered_scan(pk) as scan:
            query = datamodel.apply_filters(datamodel.session.query(pk), joined_filters)
        ids = [
            row[0]
            for row in query.order_by(scan.sort_key.desc())
            .offset(page * OPTIONS_PER_PAGE)
            .limit(OPTIONS_PER_PAGE + 1)
        ]
        return datamodel.load(ids[:OPTIONS_PER_PAGE]), len(ids) > OPTIONS_PER_PAGE

    def load_all(self, *conditions: Any) -> list[tuple[int, str]]:
        """Return (id, text) of all options of a small table, in `base_order`."""
        view = self.view
        label = view.option_detail or view.option_label
        model, is_column = view.datamodel.obj, label in view.columns
        # Reading two columns takes a fraction of the time of loading records.
        columns = (model.id, getattr(model, label)) if is_column else (model,)
        order = getattr(model, view.base_order[0])
        query = select(*columns).where(view.policy.visible_to(current_user), *conditions)
        rows = view.datamodel.session.execute(query.order_by(order).limit(MAX_PRELOADED_OPTIONS))
        return [
            (row[0], str(row[1])) if is_column else (row[0].id, view.option_detail_text(row[0]))
            for row in rows
        ]

    def load_visible(self, ids: Sequence[int], *conditions: Any) -> list[Any]:
        """Load the records of `ids` that the user may see and that meet `conditions`, in this order."""
        if not ids:
            return []
        datamodel = self.view.datamodel
        model = datamodel.obj
        query = (
            select(model)
            .where(model.id.in_(ids), self.view.policy.visible_to(current_user), *conditions)
            .options(*datamodel.loader_options())
        )
        items_by_id = {item.id: item for item in datamodel.load_flagged(query)}
        return [items_by_id[key] for key in dict.fromkeys(ids) if key in items_by_id]

    def find_visible_ids(self, ids: set[int]) -> set[int]:
        """Return those of `ids` that the user may see."""
        datamodel = self.view.datamodel
        pk = datamodel.get_pk()
        query = select(pk).where(pk.in_(ids), self.view.policy.visible_to(current_user))
        return set(datamodel.session.scalars(query))

    def has_hidden_records(self, user: Actor) -> bool:
        """Whether there may be records that the user may not see."""
        return not isinstance(self.view.policy.visible_to(user), True_)
