"""How an entry of the timeline is shown, there and on the page of its case: icon, tone, link, words."""

from typing import Any

from flask_babel import gettext as _

from app.cases.groups import GROUPS
from app.cases.models import Case
from app.cases.states import EventKind
from app.cases.timeline import Item
from app.core import display, registry
from app.core.views.guard import may
from app.reference.choices import Confidentiality

TONES = {
    "services": "k-service",
    "reports": "k-report",
    "corrections": "k-correction",
    "follow_ups": "k-todo",
}
ICONS = {
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
"""Kind of event -> its symbol in the sprite; the words beside it say the same."""
ROOMS = {"referral": "referrals", "aid": "grants"}
"""First word of the kinds that rooms above bring -> their symbol."""


def telling() -> dict[str, Any]:
    """What the entries' template asks for."""
    return {"tone": tone, "icon_of": icon_of, "source_url": source_url, "display": display}


def icon_of(kind: EventKind) -> str:
    """The symbol of that kind."""
    return ICONS.get(kind.name) or ROOMS.get(kind.name.partition("_")[0], "note")


def tone(item: Item) -> str:
    """The colour of the entry's dot."""
    if item.event.corrects_id is not None:
        return TONES["corrections"]
    return next(
        (TONES[code] for code, (_l, kinds) in GROUPS.items() if item.event.kind in kinds and code in TONES),
        "",
    )


def source_url(source: str | None, key: int | None) -> str | None:
    """The page of the record that an entry tells of, if the user may open it."""
    view = registry.view_of_table(source) if source and key else None
    if view is None or not may(view, "show"):
        return None
    return f"{view.route_base}/show/{key}"


def tier_notice(item: Any) -> str | None:
    """What the answer to a save says of a tier that a tag or category raised; None: none did."""
    if not isinstance(item, Case) or not item.raised_by_labels:
        return None
    secret = _(
        "This case is now secret, because a problem or category chosen in it makes it so:"
        " only its named team still sees it."
    )
    limited = _(
        "This case is now limited, because a problem or category chosen in it makes it so:"
        " only its team, supervisors and administrators still see it."
    )
    return str(secret if item.confidentiality is Confidentiality.secret else limited)
