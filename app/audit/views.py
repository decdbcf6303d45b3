"""Views of the audit book, read-only."""

from collections.abc import Sequence
from typing import Any

from flask import abort, request, url_for
from flask_babel import lazy_gettext as _l
from flask_login import current_user
from markupsafe import Markup, escape
from werkzeug.wrappers import Response

from app.admin.access_log import log_view_by_table
from app.admin.base import PortalView, expose
from app.admin.detail_page import Button
from app.admin.filters import ConditionFilter
from app.admin.interface import PortalInterface
from app.admin.list_page import ListQuery
from app.admin.permissions import can, permission_required
from app.admin.rows import HiddenIds
from app.audit import presentation
from app.audit.documents import build_readers_pdf
from app.audit.enums import EVIDENCE_ACTIONS, READ_ACTIONS
from app.audit.models import AuditEntry
from app.audit.policy import AuditEntryPolicy
from app.audit.queries import build_entry_filter
from app.core import formats
from app.core.actor import ADMIN, has_role
from app.core.signals import record_accessed
from app.db.types import parse_whole_number

RECORD_COLUMNS = frozenset({"entity_id", "changed", "changes"})
"""Columns that identify or describe the entry's record; shown only to users who may see the record."""


class AuditView(PortalView[AuditEntry]):
    datamodel = PortalInterface(AuditEntry)
    policy = AuditEntryPolicy
    route_base = "/audit"
    list_title = _l("Audit log")
    show_title = _l("Audit entry")
    add_title = _l("Add audit entry")
    edit_title = _l("Edit audit entry")
    list_columns = ["at", "actor_name", "action", "entity", "entity_id", "changed"]
    mobile_columns = {
        "actor_name": "title",
        "action": "end",
        "entity": "fact",
        "entity_id": "fact",
        "at": "fact",
        "changed": "off",
    }
    search_columns = ["entity", "actor", "action", "at"]
    parent_relations = frozenset({"entity_id"})
    remote_filters = ("actor",)
    filter_options = {"entity": presentation.list_record_kinds}
    order_columns = ["id"]
    base_order = ("id", "desc")
    show_columns = ["at", "actor_name", "action", "entity", "entity_id", "changes", "ip", "erased_at"]
    list_template = "audit/list.html"
    has_add_form = False
    has_edit_form = False
    log_access = False
    option_label = "id"
    empty_hint = _l("Nothing yet. Every change of a record, every look at one and every log-in will be here.")

    def parse_list_query(self) -> ListQuery:
        """Read the filters and hide the entries of a record that the user may not see.

        The list of a hidden record is empty, like that of a record that does not exist. A record number
        without a kind of record is answered with 400: it would match all kinds and use no index.
        """
        list_query = super().parse_list_query()
        values_of = {
            list_filter.column_name: values
            for list_filter, values in zip(list_query.filters.filters, list_query.filters.values, strict=True)
        }
        keys = [parse_whole_number(key) for key in values_of.get("entity_id", ())]
        if keys:
            records = {(kind, key) for kind in values_of.get("entity", ()) for key in keys if key is not None}
            if not records:
                abort(400)
            list_query.filters.add_filter("id", ConditionFilter, build_entry_filter(records, current_user))
        return list_query

    def get_readers_url(self) -> str | None:
        """Return the URL of the PDF with all entries about one record.

        None if the list is not filtered by one record, or the user may not download.
        """
        kind, key = (request.args.get(f"_flt_0_{name}") for name in ("entity", "entity_id"))
        if not (kind and key) or not can(self, "download"):
            return None
        return url_for("AuditView.readers", entity=kind, entity_id=key)

    @expose("/readers.pdf", methods=["GET"])
    @permission_required("download")
    def readers(self) -> Response:
        """Send the PDF of who read and changed one record, for a person who asks about their data."""
        kind, key = str(request.args.get("entity")), parse_whole_number(request.args.get("entity_id"))
        if key is None or kind not in dict(presentation.list_record_kinds()):
            abort(400)
        content = build_readers_pdf(kind, key)
        if content is None:
            abort(404)
        record_accessed.send(self, action="export", entity=kind, entity_id=key, page="readers")
        response = Response(content, mimetype="application/pdf")
        response.headers["Content-Disposition"] = f'attachment; filename="{kind}-{key}-readers.pdf"'
        return response

    def option_text(self, item: AuditEntry) -> str:
        """Return kind of record and action; the number of the entry would say nothing."""
        return f"{presentation.get_entity_label(item.entity)} · {item.action.value}"

    def prepare_rows(self, items: Sequence[AuditEntry]) -> None:
        """Load which of the entries' records the user may see."""
        presentation.load_visible_records(items)

    def prepare_detail(self, item: AuditEntry) -> None:
        """Load what the user may see of the entry, and log that values of its record are shown."""
        presentation.load_entry_visibility(item)
        # To read values of a record with personal data is a view of that record.
        if item.entity_id is not None and presentation.has_visible_values(item):
            log_view_by_table(item.entity, item.entity_id, "audit")

    def render_cell(
        self, item: AuditEntry, name: str, value: Any, hidden_ids: HiddenIds, *, mask: bool = True
    ) -> Markup:
        """Render one value; `RECORD_COLUMNS` only if the user may see the record."""
        if name in RECORD_COLUMNS and not presentation.is_visible(item):
            return escape(formats.EMPTY_VALUE) if name == "entity_id" else presentation.render_withheld()
        return self._render_visible_cell(item, name, value, hidden_ids, mask=mask)

    def _render_visible_cell(
        self, item: AuditEntry, name: str, value: Any, hidden_ids: HiddenIds, *, mask: bool
    ) -> Markup:
        """Render record kind, access and changes by `presentation`, other columns as usual."""
        if name == "entity":
            return presentation.get_entity_label(value)
        if name in ("changed", "changes") and item.action in EVIDENCE_ACTIONS:
            return (
                presentation.render_evidence(value)
                if name == "changes"
                else presentation.render_evidence_names(value)
            )
        if name in ("changed", "changes") and item.action in READ_ACTIONS:
            return presentation.render_access(item.entity, item.changes)
        if name == "changed":
            return presentation.render_changed_columns(item.entity, value)
        if name == "changes":
            return presentation.render_changes(item.entity, value)
        return super().render_cell(item, name, value, hidden_ids, mask=mask)


def build_readers_button(view: Any, item: Any) -> Button | None:
    """Return an administrator's link from a record with personal data to its audit entries, or None."""
    if not view.is_access_logged or not has_role(current_user, ADMIN):
        return None
    table = view.datamodel.obj.__tablename__
    return Button(
        _l("Who has seen it"), url_for("AuditView.list", _flt_0_entity=table, _flt_0_entity_id=item.id)
    )
