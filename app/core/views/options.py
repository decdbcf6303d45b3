"""What a room offers to the selects of other rooms."""

from typing import Any

from flask_login import current_user
from sqlalchemy import select

from app.core.asking import walking
from app.core.views.base import Declared
from app.core.views.filters import NotArchived
from app.core.views.quick import Quick

OPTIONS = 20
"""Options in one answer; the next ones are asked for when somebody scrolls."""
SMALL = 200
"""More rows than this are not offered whole, whatever the view declares."""


class Offering(Declared):
    """Options of remote and of small selects."""

    def fresh_filters(self) -> Any:
        """Filters of this request alone: FAB keeps one object per view for all threads."""
        return self.datamodel.get_filters(self.search_columns)

    def options_page(self, q: str, page: int) -> tuple[list[tuple[int, str]], bool]:
        """One page of (id, text) of what the user may choose, and whether there is more."""
        items, more = self.found(q, page)
        return [(item.id, self.choice_text(item)) for item in items], more

    def found(self, q: str, page: int) -> tuple[list[Any], bool]:
        """One page of the records that a search offers the user, and whether there is more."""
        filters = self.fresh_filters()
        if q:
            filters.add_filter("id", Quick, (self, q, False))
        if hasattr(self.datamodel.obj, "archived_at"):
            filters.add_filter("id", NotArchived, None)
        joined = filters.get_joined_filters(self._base_filters)
        pk = self.datamodel.get_pk()
        with walking(pk) as walk:
            query = self.datamodel.apply_filters(self.datamodel.session.query(pk), joined)
        ids = [row[0] for row in query.order_by(walk.key.desc()).offset(page * OPTIONS).limit(OPTIONS + 1)]
        return self.datamodel.load(ids[:OPTIONS]), len(ids) > OPTIONS

    def small_options(self, *only: Any) -> list[tuple[int, str]]:
        """All that is offered of a small table, in its order."""
        label = self.choice_label or self.option_label
        model, named = self.datamodel.obj, label in self.columns
        # Two columns are read in a fraction of the time that whole records take.
        wanted = (model.id, getattr(model, label)) if named else (model,)
        order = getattr(model, self.base_order[0])
        seen = select(*wanted).where(type(self).visible_to(current_user), *only)
        rows = self.datamodel.session.execute(seen.order_by(order).limit(SMALL))
        return [(row[0], str(row[1])) if named else (row[0].id, self.choice_text(row[0])) for row in rows]
