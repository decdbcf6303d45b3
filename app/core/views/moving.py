"""Moves: every row of a room's table of moves is one route, one short form, one verb."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from flask import request, url_for
from flask_babel import gettext as _
from flask_login import current_user
from werkzeug.wrappers import Response

from app.core import registry
from app.core.errors import Conflict
from app.core.moves import Move
from app.core.views.access_log import log_view
from app.core.views.formpage import Outcome, PortalForm
from app.core.views.guard import require
from app.core.views.saving import Saving


class Moving(Saving):
    """The routes `/<id>/<move>`."""

    def _move_route(self, move: Move) -> Callable[[int], Response | tuple[str, int]]:
        def route(pk: int) -> Response | tuple[str, int]:
            require(self, move.name)
            return self._move(move, pk)

        route.__name__ = f"move_{move.name}"
        return route

    def _move(self, move: Move, pk: int) -> Response | tuple[str, int]:
        item = self.find(pk)
        rule = type(self).may_move
        if rule is not None and not rule(item, current_user, move.name):
            self.refuse_row(item, move.name)
        form = self.bound(
            self.move_forms[move.name],
            obj=item if request.method == "POST" or not move.asks else None,
            data=self.prefilled(move, item) if request.method != "POST" else None,
        )
        if request.method != "POST":
            self.date(form, item)
            return self._move_page(move, form, self._closed(move, item) or Outcome(), item)
        outcome = self._closed(move, item) or self.stale(form, item, [])
        if outcome is None:
            verb = self.move_verbs[move.name]
            outcome = self.attempt(
                form, move.asks, lambda data: verb(item, by=current_user, **data) or item, item
            )
        if outcome.item is None:
            item = self.find(pk)
            if outcome.status == Conflict.status:
                outcome = self._closed(move, item) or self.stale(form, item, []) or outcome
            return self._move_page(move, form, outcome, item)
        made = outcome.item
        if type(made) is not self.datamodel.obj or outcome.item_id != pk:  # it made something else: go there
            target = self._page_of(type(made), outcome.item_id) or self.list_left()
        else:
            target = self.way_back(form, pk)
        return self.lead_on(outcome, _("Done: %(what)s", what=str(move.label)), target)

    def prefilled(self, move: Move, item: Any) -> Mapping[str, Any]:
        """What the short form shows at first."""
        return move.prefill(item) if move.prefill else {}

    def _page_of(self, model: type[Any], pk: int | None) -> str | None:
        view = registry.view_of(model)
        return url_for(f"{view.endpoint}.show", pk=pk) if view is not None else None

    def _closed(self, move: Move, item: Any) -> Outcome | None:
        try:
            move.check(item)
        except Conflict as refusal:
            return Outcome(status=refusal.status, problems=[(None, None, refusal.message, refusal.link)])
        return None

    def _move_page(self, move: Move, form: PortalForm, outcome: Outcome, item: Any) -> tuple[str, int]:
        log_view(self, item.id, move.name)
        whole = [(None, {"fields": move.asks})]
        groups = self.grouped(self.move_fieldsets.get(move.name, whole), form)
        return self.form_page(
            "move",
            form,
            move.label,
            outcome,
            item,
            groups=groups,
            submit_label=move.label,
            notice=move.confirm,
            danger=move.tone == "danger",
        )
