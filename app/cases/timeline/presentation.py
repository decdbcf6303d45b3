"""Icon, colour and link of a timeline entry, and the notice that a save raised the tier of a case."""

from typing import Any

from flask_babel import gettext as _

from app.admin import registry, values
from app.admin.permissions import can
from app.cases.enums import EventKind
from app.cases.events import EVENT_GROUPS
from app.cases.models.case import Case
from app.cases.timeline.query import TimelineItem
from app.core import formats
from app.reference.enums import Confidentiality

GROUP_CSS_CLASSES = {
    "services": "k-service",
    "reports": "k-report",
    "corrections": "k-correction",
    "follow_ups": "k-todo",
}
EVENT_ICONS = {
    "service_given": "chat",
    "note_added": "note",
    "follow_up_set": "clock",
    "follow_up_done": "check",
    "follow_up_cancelled": "x",
    "follow_ups_handed_over": "referrals",
    "case_opened": "cases",
    "case_closed": "check",
    "case_reopened": "cases",
    "case_updated": "pen",
    "case_held": "pause",
    "case_resumed": "stage",
    "stage_moved": "stage",
    "confidentiality_raised": "lock",
    "confidentiality_lowered": "lock",
    "assessment_added": "scale",
    "goal_set": "goal",
    "goal_evaluated": "goal",
    "person_added": "clients",
    "person_changed": "clients",
    "client_details_changed": "pen",
    "consent_given": "check",
    "consent_withdrawn": "x",
    "team_joined": "clients",
    "account_changed": "lock",
    "worker_assigned": "clients",
    "report_joined": "incoming-reports",
    "violence_reported": "incoming-reports",
    "attachment_added": "clip",
    "service_corrected": "pen",
    "note_corrected": "pen",
}
"""Event kind -> symbol of the sprite; the words beside it say the same."""
KIND_PREFIX_ICONS = {"referral": "referrals", "aid": "grants"}
"""First word of the event kinds of packages above -> symbol of the sprite."""


def build_item_context() -> dict[str, Any]:
    """Return the context that the template of timeline entries needs."""
    return {
        "get_css_class": get_css_class,
        "get_event_icon": get_event_icon,
        "get_source_url": get_source_url,
        "formats": formats,
        "values": values,
    }


def get_event_icon(kind: EventKind) -> str:
    """Return the symbol of the event kind."""
    return EVENT_ICONS.get(kind.name) or KIND_PREFIX_ICONS.get(kind.name.partition("_")[0], "note")


def get_css_class(item: TimelineItem) -> str:
    """Return the CSS class that colours the entry's dot; empty: the default colour."""
    if item.event.corrects_id is not None:
        return GROUP_CSS_CLASSES["corrections"]
    return next(
        (
            GROUP_CSS_CLASSES[code]
            for code, (_label, kinds) in EVENT_GROUPS.items()
            if item.event.kind in kinds and code in GROUP_CSS_CLASSES
        ),
        "",
    )


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
