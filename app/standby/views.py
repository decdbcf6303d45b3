"""Views of shifts and hand-overs."""

import re
from datetime import date
from typing import Any

from babel.dates import format_date
from flask import abort, request, url_for
from flask_babel import get_locale
from flask_babel import lazy_gettext as _l
from flask_login import current_user

from app.admin import registry
from app.admin.access_log import log_view
from app.admin.base import ListWidget, PortalView
from app.admin.declaration import Document
from app.admin.interface import PortalInterface
from app.admin.values import render_value
from app.core import clock, formats
from app.core.actor import Actor
from app.db.types import parse_whole_number
from app.standby import documents, forms, presentation, queries
from app.standby.models import Handover, Shift
from app.standby.policy import HandoverPolicy, ShiftPolicy
from app.standby.queries import find_shift_to_hand_over
from app.standby.services.calls import take_call
from app.standby.services.handovers import acknowledge_handover, correct_handover, send_handover
from app.standby.services.planning import cancel_shift, edit_shift, plan_shifts, swap_shift
from app.standby.transitions import HANDOVER_TRANSITIONS, SHIFT_TRANSITIONS


class MonthWidget(ListWidget):
    """List widget with the month grid above the list."""

    template = "standby/month.html"


def _build_shift_context(shift: Shift, user: Actor) -> dict[str, Any]:
    has_begun = shift.starts_at <= clock.now()
    return {"sheet": queries.get_sheet(shift, shift.handover, user) if has_begun else None}


class ShiftView(PortalView[Shift]):
    datamodel = PortalInterface(Shift, eager=("worker", "handover"))
    policy = ShiftPolicy
    route_base = "/shifts"
    list_title = _l("Shifts")
    show_title = _l("Shift")
    add_title = _l("Plan shifts")
    edit_title = _l("Edit shift")
    list_columns = ["hours", "worker", "state"]
    mobile_columns = {"hours": "title", "worker": "fact", "state": "end"}
    search_columns = ["worker", "starts_at", "state"]
    order_columns = ["starts_at"]
    base_order = ("starts_at", "desc")
    show_columns = ["worker", "starts_at", "ends_at", "phone", "handover", "state", "reason"]
    add_fieldsets = [
        (_l("The first shift"), {"fields": ["worker", "starts_at", "ends_at", "phone"]}),
        (_l("How it goes on"), {"fields": ["pattern", "until", "second", "third", "fourth", "accepted"]}),
    ]
    edit_columns = ["starts_at", "ends_at", "phone", "accepted"]
    field_width = dict.fromkeys(
        ("starts_at", "ends_at", "pattern", "until", "urgency", "channel", "kind", "place", "sex", "alias"),
        "half",
    ) | dict.fromkeys(("second", "third", "fourth"), "third")
    extra_fields = forms.SHIFT_FIELDS | forms.CALL_FIELDS
    extra_context = staticmethod(_build_shift_context)
    format_value = staticmethod(render_value)
    add_service = staticmethod(plan_shifts)
    edit_service = staticmethod(edit_shift)
    transitions = SHIFT_TRANSITIONS
    transition_services = {
        "take_call": take_call,
        "swap": swap_shift,
        "cancel": cancel_shift,
    }
    option_label = "label"
    list_widget = MonthWidget
    show_template = "standby/shift.html"
    empty_hint = _l("Plan a week: who answers, from when to when.")

    def build_month(self) -> dict[str, Any]:
        """Build the month grid; the query argument `month` (2026-11) selects the month."""
        month = _parse_month(request.args.get("month"))
        first, last = presentation.get_month_bounds(month)
        previous, following = presentation.get_neighbour_months(month)
        return {
            "name": format_date(month, "LLLL y", locale=str(get_locale() or "id")),
            "days": presentation.build_month_days(month, queries.list_shifts_between(first, last)),
            "today": clock.today(),
            "previous_url": url_for(f"{self.endpoint}.list", month=f"{previous:%Y-%m}"),
            "next_url": url_for(f"{self.endpoint}.list", month=f"{following:%Y-%m}"),
            "weekday": lambda day: format_date(day, "EEE", locale=str(get_locale() or "id")),
            "time": formats.format_short_time,
        }


def _parse_month(text: str | None) -> date:
    if not text:
        return clock.today()
    if not re.fullmatch(r"20[0-9]{2}-(0[1-9]|1[0-2])", text):
        abort(400)
    return date.fromisoformat(f"{text}-01")


def _build_handover_context(handover: Handover, user: Actor) -> dict[str, Any]:
    return {"sheet": queries.get_sheet(handover.from_shift, handover, user)}


class HandoverView(PortalView[Handover]):
    datamodel = PortalInterface(Handover, eager=("from_shift.worker", "to_shift.worker", "acknowledged_by"))
    policy = HandoverPolicy
    route_base = "/handovers"
    list_title = _l("Hand-overs")
    show_title = _l("Hand-over")
    add_title = _l("Hand over")
    edit_title = _l("Edit hand-over")
    list_columns = ["label", "to_worker", "sent_at", "state"]
    mobile_columns = {"label": "title", "to_worker": "fact", "state": "end"}
    search_columns = ["state", "acknowledged_at"]
    order_columns = ["id"]
    base_order = ("id", "desc")
    show_columns = ["note", "from_shift", "to_shift", "sent_at", "acknowledged_at", "acknowledged_by"]
    add_fieldsets = [
        (None, {"fields": ["note"]}),
        (_l("Another shift"), {"fields": ["from_shift", "to_shift"], "expanded": False}),
    ]
    edit_columns = ["note"]
    extra_fields = forms.HANDOVER_FIELDS
    extra_context = staticmethod(_build_handover_context)
    format_value = staticmethod(render_value)
    add_service = staticmethod(send_handover)
    edit_service = staticmethod(correct_handover)
    transitions = HANDOVER_TRANSITIONS
    transition_services = {"acknowledge": acknowledge_handover}
    option_label = "label"
    add_template = "standby/handover_form.html"
    documents = {"sheet": Document("sheet.pdf", documents.build_sheet_pdf, "handover")}
    show_template = "standby/handover.html"
    empty_hint = _l(
        "At the end of a shift, hand over: the portal fills the sheet, you add what it cannot know."
    )

    def build_sheet_preview(self) -> dict[str, Any] | None:
        """Build the sheet that would be handed over now; None: no shift to hand over."""
        requested_id = parse_whole_number(request.values.get("from_shift"))
        requested_shift = None if requested_id is None else self.datamodel.session.get(Shift, requested_id)
        shift = requested_shift or find_shift_to_hand_over(current_user)
        if shift is None or shift.starts_at > clock.now():
            return None
        log_view(registry.find_view(Shift), shift.id, "hand_over")
        return {"shift": shift, "sheet": queries.get_sheet(shift, None, current_user)}
