"""The page of the audit book: read only."""

from typing import Any

from flask_babel import lazy_gettext as _l
from markupsafe import Markup

from app.audit import wording
from app.audit.access import visible_to
from app.audit.choices import READING
from app.audit.models import AuditEntry
from app.core.views import PortalInterface, PortalView


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
    search_columns = ["action", "at"]
    order_columns = ["id"]
    base_order = ("id", "desc")
    show_columns = ["at", "actor_name", "action", "entity", "entity_id", "changes", "ip", "erased_at"]
    visible_to = staticmethod(visible_to)
    may_add = False
    may_change = False
    logs_views = False
    option_label = "id"
    empty_hint = _l("Nothing yet. Every change of a record, every look at one and every log-in will be here.")

    def option_text(self, item: Any) -> str:
        """What was done to what: the number of the entry would say nothing."""
        return f"{wording.entity(item.entity)} · {item.action.value}"

    def facts(self, item: Any) -> list[tuple[Any, list[tuple[Any, Markup]], bool]]:
        """Find what the changes name, before they are told."""
        wording.look_up(item)
        return super().facts(item)

    def cell(self, item: Any, name: str, value: Any, hidden: Any, *, mask: bool = True) -> Markup:
        """Say records and changes in the words of their rooms."""
        if name == "entity":
            return wording.entity(value)
        if name in ("changed", "changes") and item.action in READING:
            return wording.reading(item.entity, item.changes)
        if name == "changed":
            return wording.changed(item.entity, value)
        if name == "changes":
            return wording.changes(item.entity, value)
        return super().cell(item, name, value, hidden, mask=mask)
