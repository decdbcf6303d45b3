"""Add forms that are kept while they are typed: for their user alone, one for each case or client."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from flask import Response, jsonify, request
from flask_babel import gettext as _
from flask_login import current_user

from app.admin.detail_page import DetailPage
from app.admin.drafts import discard_draft, find_draft, save_draft
from app.admin.permissions import check_permission
from app.core import formats
from app.db.transaction import transaction
from app.db.types import Line, Prose

MAX_DRAFT_LENGTH = 100_000
"""Characters of one draft; a form asks for less."""


class DraftForms(DetailPage):
    """The route `/<room>/draft`, and where the draft of an add form is found again."""

    def _save_draft(self) -> Response | tuple[Response, int]:
        """Keep what is being typed; it becomes a record only when it is saved."""
        check_permission(self, "add")
        typed: dict[str, list[str]] = request.form.to_dict(flat=False)
        known = {name: values for name, values in typed.items() if name in self.add_columns}
        if sum(len(value) for values in known.values() for value in values) > MAX_DRAFT_LENGTH:
            return jsonify(text=_("This text is too long to be kept as a draft.")), 413
        if not any(value.strip() for name in self._list_typed_columns() for value in known.get(name, ())):
            return jsonify(text="")
        with transaction(by=current_user):
            draft = save_draft(current_user.actor_id, self.draft_path(known), known)
        return jsonify(text=_("Saved at %(time)s", time=formats.format_time(draft.saved_at)))

    def _list_typed_columns(self) -> list[str]:
        """The fields that are typed, not chosen: a form in which only the case stands is no draft."""
        known = ((name, self.columns.get(name)) for name in self.add_columns)
        return [
            name for name, column in known if column is not None and isinstance(column.type, Prose | Line)
        ]

    def draft_path(self, values: Mapping[str, Sequence[str]]) -> str:
        """The address under which the draft is kept: each case has its own."""
        case = next(iter(values.get("case") or ()), "")
        path = f"{self.route_base}/add"
        return f"{path}?case={case}" if str(case).isdigit() and len(str(case)) < 16 else path

    def find_add_draft(self) -> Any:
        """The user's draft for the address that is open, or None."""
        if not self.autosave:
            return None
        return find_draft(current_user.actor_id, self.draft_path(request.args.to_dict(flat=False)))

    def discard_add_draft(self) -> None:
        """It has been saved."""
        if self.autosave:
            discard_draft(current_user.actor_id, self.draft_path(request.form.to_dict(flat=False)))
