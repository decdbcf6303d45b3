"""DraftForms: saves an add form as a draft during typing, for its user alone."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from flask import Response, jsonify, request
from flask_babel import gettext as _
from flask_login import current_user

from app.admin.drafts import FormDraft, discard_draft, find_draft, save_draft
from app.admin.registry import View
from app.core import formats
from app.db.transaction import transaction
from app.db.types import Line, Prose

MAX_DRAFT_LENGTH = 100_000
"""Characters of one draft; a filled form has fewer."""


class DraftForms:
    """Drafts of the add form of one view; none unless the view sets `autosave`."""

    def __init__(self, view: View) -> None:
        self.view = view

    def save(self) -> Response | tuple[Response, int]:
        """Store the input as a draft; no record is created before the form is saved."""
        submitted: dict[str, list[str]] = request.form.to_dict(flat=False)
        fields = {name: values for name, values in submitted.items() if name in self.view.add_columns}
        if sum(len(value) for values in fields.values() for value in values) > MAX_DRAFT_LENGTH:
            return jsonify(text=_("This text is too long to be kept as a draft.")), 413
        if not any(value.strip() for name in self._list_typed_columns() for value in fields.get(name, ())):
            return jsonify(text="")
        with transaction(by=current_user):
            draft = save_draft(current_user.actor_id, self._get_path(fields), fields)
        return jsonify(text=_("Saved at %(time)s", time=formats.format_time(draft.saved_at)))

    def _list_typed_columns(self) -> list[str]:
        """List the text columns of the form: selected values alone make no draft."""
        columns = ((name, self.view.columns.get(name)) for name in self.view.add_columns)
        return [
            name for name, column in columns if column is not None and isinstance(column.type, Prose | Line)
        ]

    def _get_path(self, values: Mapping[str, Sequence[str]]) -> str:
        """Return the path under which the draft is stored, with the record selected as `draft_relation`."""
        relation = self.view.draft_relation
        selected = next(iter(values.get(relation) or ()), "") if relation else ""
        path = f"{self.view.route_base}/add"
        return f"{path}?{relation}={selected}" if selected.isdigit() and len(selected) < 16 else path

    def find(self) -> FormDraft | None:
        """Return the user's draft for the current URL, or None."""
        if not self.view.autosave:
            return None
        return find_draft(current_user.actor_id, self._get_path(request.args.to_dict(flat=False)))

    def discard(self) -> None:
        """Delete the draft of the form that was saved."""
        if self.view.autosave:
            discard_draft(current_user.actor_id, self._get_path(request.form.to_dict(flat=False)))
