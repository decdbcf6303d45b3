"""Add forms that are kept while they are typed: for their user alone, one for each case or client."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from flask import Response, jsonify, request
from flask_babel import gettext as _
from flask_login import current_user

from app.core import display, receipts
from app.core.types import Line, Prose
from app.core.unit import unit
from app.core.views.guard import require
from app.core.views.showing import Showing

MOST = 100_000
"""Characters of one draft; a form asks for less."""


class Drafting(Showing):
    """The route `/<room>/draft`, and where the draft of an add form is found again."""

    def _draft(self) -> Response | tuple[Response, int]:
        """Keep what is being typed; it becomes a record only when it is saved."""
        require(self, "add")
        typed: dict[str, list[str]] = request.form.to_dict(flat=False)
        known = {name: values for name, values in typed.items() if name in self.add_columns}
        if sum(len(value) for values in known.values() for value in values) > MOST:
            return jsonify(text=_("This text is too long to be kept as a draft.")), 413
        if not any(value.strip() for name in self._prose() for value in known.get(name, ())):
            return jsonify(text="")
        with unit(by=current_user):
            draft = receipts.save_draft(current_user.actor_id, self.draft_path(known), known)
        return jsonify(text=_("Saved at %(time)s", time=display.clock_time(draft.saved_at)))

    def _prose(self) -> list[str]:
        """The fields that are typed, not chosen: a form in which only the case stands is no draft."""
        known = ((name, self.columns.get(name)) for name in self.add_columns)
        return [
            name for name, column in known if column is not None and isinstance(column.type, Prose | Line)
        ]

    def draft_path(self, typed: Mapping[str, Sequence[str]]) -> str:
        """The address under which the draft is kept: each case has its own."""
        case = next(iter(typed.get("case") or ()), "")
        path = f"{self.route_base}/add"
        return f"{path}?case={case}" if str(case).isdigit() and len(str(case)) < 16 else path

    def draft_offered(self) -> Any:
        """The user's draft for the address that is open, or None."""
        if not self.keeps_draft:
            return None
        return receipts.draft_for(current_user.actor_id, self.draft_path(request.args.to_dict(flat=False)))

    def forget_draft(self) -> None:
        """It has been saved."""
        if self.keeps_draft:
            receipts.discard_draft(current_user.actor_id, self.draft_path(request.form.to_dict(flat=False)))
