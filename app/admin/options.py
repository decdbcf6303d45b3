"""Options of a view for the selects of other views."""

from typing import Any

from flask_login import current_user
from sqlalchemy import select

from app.admin.declaration import DeclaredView
from app.admin.filters import NotArchivedFilter
from app.admin.search_filter import QuickSearchFilter
from app.db.query_hints import ordered_scan

OPTIONS_PER_PAGE = 20
"""Options in one response; scrolling requests the next ones."""
MAX_PRELOADED_OPTIONS = 200
"""Upper limit of preloaded options, whatever the view declares."""


class OptionSource(DeclaredView):
    """Options of remote and of preloaded selects."""

    def build_filters(self) -> Any:
        """Return new filters for this request: FAB shares one object per view between all threads."""
        return self.datamodel.get_filters(self.search_columns)

    def search_options(self, q: str, page: int) -> tuple[list[tuple[int, str]], bool]:
        """Return one page of (id, text) that the user may choose, and whether there are more."""
        items, has_more = self.search_records(q, page)
        return [(item.id, self.option_detail_text(item)) for item in items], has_more

    def search_records(self, q: str, page: int) -> tuple[list[Any], bool]:
        """Return one page of records, newest first, that the user may choose, and whether there are more."""
        filters = self.build_filters()
        if q:
            filters.add_filter("id", QuickSearchFilter, (self, q, False))
        if hasattr(self.datamodel.obj, "archived_at"):
            filters.add_filter("id", NotArchivedFilter, None)
        joined_filters = filters.get_joined_filters(self._base_filters)
        pk = self.datamodel.get_pk()
        with ordered_scan(pk) as scan:
            query = self.datamodel.apply_filters(self.datamodel.session.query(pk), joined_filters)
        ids = [
            row[0]
            for row in query.order_by(scan.sort_key.desc())
            .offset(page * OPTIONS_PER_PAGE)
            .limit(OPTIONS_PER_PAGE + 1)
        ]
        return self.datamodel.load(ids[:OPTIONS_PER_PAGE]), len(ids) > OPTIONS_PER_PAGE

    def load_all_options(self, *conditions: Any) -> list[tuple[int, str]]:
        """Return (id, text) of all options of a small table, in `base_order`."""
        label = self.option_detail or self.option_label
        model, is_column = self.datamodel.obj, label in self.columns
        # Reading two columns takes a fraction of the time of loading records.
        columns = (model.id, getattr(model, label)) if is_column else (model,)
        order = getattr(model, self.base_order[0])
        query = select(*columns).where(type(self).visible_to(current_user), *conditions)
        rows = self.datamodel.session.execute(query.order_by(order).limit(MAX_PRELOADED_OPTIONS))
        return [
            (row[0], str(row[1])) if is_column else (row[0].id, self.option_detail_text(row[0]))
            for row in rows
        ]
