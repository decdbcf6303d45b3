"""Icon, colour and link of a timeline entry, and the notice that a save raised the tier of a case."""

from typing import Any

from flask_babel import gettext as _

from app.admin import registry, values
from app.admin.permissions import can
from app.cases.event_types import CORRECTIONS, FOLLOW_UPS, REPORTS, SERVICES
from app.cases.events import event_types
from app.cases.models.case import Case
from app.cases.timeline.query import TimelineItem
from app.core import formats
from app.reference.enums import Confidentiality

GROUP_CSS_CLASSES = {
    SERVICES.code: "k-service",
    REPORTS.code: "k-report",
    CORRECTIONS.code: "k-correction",
    FOLLOW_UPS.code: "k-todo",
}
"""Code of a group of events -> CSS class of its entries."""
UNKNOWN_EVENT_ICON = "note"


def build_item_context() -> dict[str, Any]:
    """Return the context that the template of timeline entries needs."""
    return {
        "get_css_class": get_css_class,
        "get_event_icon": get_event_icon,
        "get_source_url": get_source_url,
        "formats": formats,
        "values": values,
    }


def get_event_icon(code: str) -> str:
    """Return the symbol of the event's type."""
    event_type = event_types.get(code)
    return UNKNOWN_EVENT_ICON if event_type is None else event_type.icon


def get_css_class(item: TimelineItem) -> str:
    """Return the CSS class that colours the entry's dot; empty: the default colour."""
    if item.event.corrects_id is not None:
        return GROUP_CSS_CLASSES[CORRECTIONS.code]
    event_type = event_types.get(item.event.kind)
    groups = () if event_type is None else event_type.groups
    return next((GROUP_CSS_CLASSES[group.code] for group in groups if group.code in GROUP_CSS_CLASSES), "")


def get_source_url(source: str | None, source_id: int | None) -> str | None:
    """Return the detail page of the entry's source record; None if the user may not open it."""
    view = registry.find_view_by_table(source) if source and source_id else None
    if view is None or not can(view, "show"):
        return None
    return f"{view.route_base}/show/{source_id}"


def get_tier_notice(item: Any) -> str | None:
    """Return the notice after a save in which a tag or category raised the tier; None: none did."""
    if not isinstance(item, Case) or not item.is_tier_raised:
        return None
    secret_notice = _(
        "This case is now secret, because a problem or category chosen in it makes it so:"
        " only its named team still sees it."
    )
    limited_notice = _(
        "This case is now limited, because a problem or category chosen in it makes it so:"
        " only its team, supervisors and administrators still see it."
    )
    return str(secret_notice if item.confidentiality is Confidentiality.secret else limited_notice)
