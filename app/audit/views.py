"""The page of the audit book: read only."""

from collections.abc import Sequence
from typing import Any

from flask import abort, request, url_for
from flask_appbuilder import expose
from flask_babel import lazy_gettext as _l
from flask_login import current_user
from markupsafe import Markup, escape
from werkzeug.wrappers import Response

from app.audit import wording
from app.audit.access import visible_to
from app.audit.choices import EVIDENCE, READING
from app.audit.models import AuditEntry
from app.audit.papers import readers_paper
from app.audit.queries import lines_about
from app.core import display
from app.core.actor import ADMIN, has_role
from app.core.hooks import accessed
from app.core.types import whole
from app.core.views import PortalInterface, PortalView
from app.core.views.access_log import log_view_of_table
from app.core.views.cells import Row
from app.core.views.filters import Chosen
from app.core.views.guard import allowed, may
from app.core.views.lists import Ask
from app.core.views.showing import Button

OF_RECORD = frozenset({"entity_id", "changed", "changes"})
"""Columns that say which record a line is about and what it held: shown to who may see the record."""


class AuditView(PortalView):
    datamodel = PortalInterface(AuditEntry)
    route_base = "/audit"
    list_title = _l("Audit log")
    show_title = _l("Audit entry")
    add_title = _l("Add audit entry")
    edit_title = _l("Edit audit entry")
    label_columns = {
        "at": _l("Time"),
        "actor_name": _l("Who"),
        "actor": _l("Who"),
        "action": _l("What was done"),
        "entity": _l("Kind of record"),
        "entity_id": _l("Record no."),
        "changes": _l("Changes"),
        "changed": _l("Changes"),
        "ip": _l("Address of the device"),
        "erased_at": _l("Erased at"),
    }
    list_columns = ["at", "actor_name", "action", "entity", "entity_id", "changed"]
    card = {
        "actor_name": "title",
        "action": "end",
        "entity": "fact",
        "entity_id": "fact",
        "at": "fact",
        "changed": "off",
    }
    search_columns = ["entity", "actor", "action", "at"]
    belongs_to = frozenset({"entity_id"})
    remote_filters = ("actor",)
    filter_options = {"entity": wording.kinds}
    order_columns = ["id"]
    base_order = ("id", "desc")
    show_columns = ["at", "actor_name", "action", "entity", "entity_id", "changes", "ip", "erased_at"]
    list_template = "audit/list.html"
    visible_to = staticmethod(visible_to)
    may_add = False
    may_change = False
    logs_views = False
    option_label = "id"
    empty_hint = _l("Nothing yet. Every change of a record, every look at one and every log-in will be here.")

    def _ask(self) -> Ask:
        """Read the filters; the list of a hidden record is empty, like that of one that does not exist.

        A number without a kind of record would find those of all kinds, by no index: 400.
        """
        ask = super()._ask()
        values_of = {
            flt.column_name: values
            for flt, values in zip(ask.filters.filters, ask.filters.values, strict=True)
        }
        keys = [whole(key) for key in values_of.get("entity_id", ())]
        if keys:
            records = {(kind, key) for kind in values_of.get("entity", ()) for key in keys if key is not None}
            if not records:
                abort(400)
            ask.filters.add_filter("id", Chosen, lines_about(records, current_user))
        return ask

    def readers_url(self) -> str | None:
        """Where the lines about one record are had on paper; None: the list is not that of one record."""
        kind, key = (request.args.get(f"_flt_0_{name}") for name in ("entity", "entity_id"))
        if not (kind and key) or not may(self, "download"):
            return None
        return url_for("AuditView.readers", entity=kind, entity_id=key)

    @expose("/readers.pdf", methods=["GET"])
    @allowed("download")
    def readers(self) -> Response:
        """Who read and changed one record, on paper: for whoever asks what became of their data."""
        kind, key = str(request.args.get("entity")), whole(request.args.get("entity_id"))
        if key is None or kind not in dict(wording.kinds()):
            abort(400)
        made = readers_paper(kind, key)
        if made is None:
            abort(404)
        accessed.send(self, action="export", entity=kind, entity_id=key, page="readers")
        answer = Response(made, mimetype="application/pdf")
        answer.headers["Content-Disposition"] = f'attachment; filename="{kind}-{key}-readers.pdf"'
        return answer

    def option_text(self, item: Any) -> str:
        """What was done to what: the number of the entry would say nothing."""
        return f"{wording.entity(item.entity)} · {item.action.value}"

    def rows(self, items: list[Any], names: Sequence[str], title: str = "") -> list[Row]:
        """Render the rows, once it is known which of their records the user may see."""
        wording.find_visible(items)
        return super().rows(items, names, title)

    def facts(self, item: Any) -> list[tuple[Any, list[tuple[Any, Markup]], bool]]:
        """Render the facts, once it is known what of the record and its changes the user may see.

        Whoever reads values of a record with personal data has looked at that record.
        """
        wording.look_up(item)
        if wording.shows_values(item):
            log_view_of_table(item.entity, item.entity_id, "audit")
        return super().facts(item)

    def cell(self, item: Any, name: str, value: Any, hidden: Any, *, mask: bool = True) -> Markup:
        """Render one value; what the line says of its record only if the user may see that record."""
        if name in OF_RECORD and not wording.is_visible(item):
            return escape(display.UNKNOWN) if name == "entity_id" else wording.withheld()
        return self._visible_cell(item, name, value, hidden, mask=mask)

    def _visible_cell(self, item: Any, name: str, value: Any, hidden: Any, *, mask: bool) -> Markup:
        """Render records and changes in the words of their rooms."""
        if name == "entity":
            return wording.entity(value)
        if name in ("changed", "changes") and item.action in EVIDENCE:
            return wording.evidence(value) if name == "changes" else wording.evidence_names(value)
        if name in ("changed", "changes") and item.action in READING:
            return wording.reading(item.entity, item.changes)
        if name == "changed":
            return wording.changed(item.entity, value)
        if name == "changes":
            return wording.changes(item.entity, value)
        return super().cell(item, name, value, hidden, mask=mask)


def readers_button(view: Any, item: Any) -> Button | None:
    """Lead an administrator from a record with personal data to what the book says of it."""
    if not view.logs_reading or not has_role(current_user, ADMIN):
        return None
    table = view.datamodel.obj.__tablename__
    return Button(
        _l("Who has seen it"), url_for("AuditView.list", _flt_0_entity=table, _flt_0_entity_id=item.id)
    )
