"""What a room offers to the selects of other rooms."""

from typing import Any

from flask_login import current_user
from sqlalchemy import select

from app.admin.declaration import DeclaredView
from app.admin.filters import NotArchivedFilter
from app.admin.search_filter import QuickSearchFilter
from app.db.query_hints import ordered_scan

OPTIONS_PER_PAGE = 20
"""Options in one answer; the next ones are asked for when somebody scrolls."""
MAX_PRELOADED_OPTIONS = 200
"""More rows than this are not offered whole, whatever the view declares."""


class OptionSource(DeclaredView):
    """Options of remote and of small selects."""

    def build_filters(self) -> Any:
        """Filters of this request alone: FAB keeps one object per view for all threads."""
        return self.datamodel.get_filters(self.search_columns)

    def search_options(self, q: str, page: int) -> tuple[list[tuple[int, str]], bool]:
        """One page of (id, text) of what the user may choose, and whether there is more."""
        items, more = self.search_records(q, page)
        return [(item.id, self.option_detail_text(item)) for item in items], more

    def search_records(self, q: str, page: int) -> tuple[list[Any], bool]:
        """One page of the records that a search offers the user, and whether there is more."""
        filters = self.build_filters()
        if q:
            filters.add_filter("id", QuickSearchFilter, (self, q, False))
        if hasattr(self.datamodel.obj, "archived_at"):
            filters.add_filter("id", NotArchivedFilter, None)
        joined = filters.get_joined_filters(self._base_filters)
        pk = self.datamodel.get_pk()
        with ordered_scan(pk) as walk:
            query = self.datamodel.apply_filters(self.datamodel.session.query(pk), joined)
        ids = [
            row[0]
            for row in query.order_by(walk.sort_key.desc())
            .offset(page * OPTIONS_PER_PAGE)
            .limit(OPTIONS_PER_PAGE + 1)
        ]
        return self.datamodel.load(ids[:OPTIONS_PER_PAGE]), len(ids) > OPTIONS_PER_PAGE

    def load_all_options(self, *conditions: Any) -> list[tuple[int, str]]:
        """All that is offered of a small table, in its order."""
        label = self.option_detail or self.option_label
        model, named = self.datamodel.obj, label in self.columns
        # Two columns are read in a fraction of the time that whole records take.
        wanted = (model.id, getattr(model, label)) if named else (model,)
        order = getattr(model, self.base_order[0])
        seen = select(*wanted).where(type(self).visible_to(current_user), *conditions)
        rows = self.datamodel.session.execute(seen.order_by(order).limit(MAX_PRELOADED_OPTIONS))
        return [
            (row[0], str(row[1])) if named else (row[0].id, self.option_detail_text(row[0])) for row in rows
        ]
