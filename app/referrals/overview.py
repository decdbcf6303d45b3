"""Context of a referral's detail page: next action, progress, shared data, messages, links, letters."""

from datetime import datetime
from typing import Any, NamedTuple
from urllib.parse import quote

from flask import url_for
from flask_babel import gettext as _
from flask_babel import ngettext
from markupsafe import Markup

from app.admin import values
from app.admin.phone_links import build_whatsapp_url
from app.cases.policy import has_emergency_access_only
from app.clients.policy import can_read_personal_details
from app.core import clock, formats
from app.core.actor import ADMIN, PEKSOS, Actor, has_role
from app.db.model import Entity
from app.reference.services import get_office_setting
from app.referrals import queries
from app.referrals.disclosure import (
    CLIENT_LABELS,
    PERSONAL_SHARED_FIELDS,
    get_displayed_client_values,
    is_consent_withdrawn,
    list_changed_values,
    list_unshared_labels,
    mask_values,
)
from app.referrals.documents.letter import build_link_url, build_qr_svg
from app.referrals.enums import ReferralState, Turn
from app.referrals.models.exchange import ReferralLink
from app.referrals.models.referral import Referral
from app.referrals.policy import ReferralPolicy
from app.referrals.services import links
from app.referrals.services.proposals import Proposal, list_proposals
from app.referrals.transitions import LIVE_STATES, STATES_WITH_PARTNER

MAX_HISTORY_ENTRIES = 50
MAX_PROPOSALS = 4

_STATE_TIME_COLUMNS = (
    (ReferralState.draft, "created_at"),
    (ReferralState.sent, "sent_at"),
    (ReferralState.accepted, "responded_at"),
    (ReferralState.in_service, "started_at"),
    (ReferralState.completed, "completed_at"),
    (ReferralState.closed, "confirmed_at"),
)
_END_TIME_COLUMNS = {ReferralState.declined: "declined_at", ReferralState.cancelled: "cancelled_at"}

MAIN_TRANSITIONS = {
    ReferralState.draft: "send",
    ReferralState.sent: "accept",
    ReferralState.accepted: "start",
    ReferralState.in_service: "complete",
    ReferralState.completed: "confirm",
    ReferralState.declined: "refer_on",
}
"""State -> name of the transition that comes next."""


class ProgressStep(NamedTuple):
    """One step of the progress bar."""

    label: Any
    at: str
    state: str
    """Display state: done, now or later."""


class NextAction(NamedTuple):
    """The next action: a sentence with the party whose turn it is, and the URL of the transition."""

    title: str
    tone: str
    line: str
    time_left: str
    url: str


def build_overview(referral: Referral, user: Actor) -> dict[str, Any]:
    """Build the extra context of the detail page (`extra_context` of the view)."""
    can_work, is_withdrawn = has_role(user, ADMIN, PEKSOS), is_consent_withdrawn(referral)
    can_act = can_work and ReferralPolicy.explain_refusal(referral, user) is None
    can_read_details = _can_read_details(referral, user)
    return {
        "next_step": _build_next_action(referral, user),
        "steps": _build_progress_steps(referral),
        **_build_shared_values(referral, user, can_read_details=can_read_details),
        "unshared_labels": list_unshared_labels(referral),
        "basis": _describe_basis(referral, can_read_details=can_read_details),
        "documents": referral.documents,
        "missing_documents": [document for document in referral.documents if document.is_missing],
        "can_attach": can_act and referral.state.name in LIVE_STATES,
        "messages": list(reversed(referral.messages)),
        "history": queries.list_history(referral, MAX_HISTORY_ENTRIES),
        "proposals": _list_proposals(referral, user) if can_act else [],
        "partner_transition": "choose_partner" if referral.state is ReferralState.draft else "refer_on",
        "can_work": can_work,
        "letter_urls": [] if is_withdrawn else list_letter_urls(referral),
        "is_consent_withdrawn": is_withdrawn,
        "partner_links": build_link_section(referral, user),
        "formats": formats,
        "values": values,
    }


def _can_read_details(referral: Referral, user: Actor) -> bool:
    # Ask only if the page shows personal details or a consent: the check costs an SQL statement.
    if referral.consent is None and not set(referral.ordered_shared_fields) & set(PERSONAL_SHARED_FIELDS):
        return True
    return can_read_personal_details(referral.case.client, user)


def _build_shared_values(referral: Referral, user: Actor, *, can_read_details: bool) -> dict[str, Any]:
    """Return the values that the partner sees, their disclosure, and the values that have changed since."""
    disclosure = referral.disclosure
    client_values = mask_values(
        get_displayed_client_values(referral), user, can_read_details=can_read_details
    )
    return {
        "shared_values": [(CLIENT_LABELS[item.field], item.value) for item in client_values],
        "changed_values": list_changed_values(referral, user, can_read_details=can_read_details)
        if referral.is_live
        else [],
        "disclosure": disclosure,
        "not_recorded": referral.sent_at is not None and disclosure is None,
    }


def _list_proposals(referral: Referral, user: Actor) -> list[Proposal]:
    if referral.state is ReferralState.draft or (
        referral.state is ReferralState.declined and referral.following is None
    ):
        return list_proposals(
            referral.case, referral.need_kind_id, MAX_PROPOSALS, by=user, exclude=referral.partner
        )
    return []


def _build_progress_steps(referral: Referral) -> list[ProgressStep]:
    order = [state for state, _column in _STATE_TIME_COLUMNS]
    steps = []
    for state, column in _STATE_TIME_COLUMNS:
        moment: datetime | None = getattr(referral, column)
        if state is referral.state:
            display_state = "now"
        elif referral.state in _END_TIME_COLUMNS:
            # A decline as first answer sets responded_at, too: then the step "accepted" is left out.
            display_state = "done" if moment not in (None, referral.declined_at) else "off"
        else:
            display_state = "done" if order.index(state) < order.index(referral.state) else "later"
        if display_state != "off":
            steps.append(ProgressStep(state.value, _format_moment(moment), display_state))
    if referral.state in _END_TIME_COLUMNS:
        ended_at: datetime = getattr(referral, _END_TIME_COLUMNS[referral.state])
        steps.append(ProgressStep(referral.state.value, _format_moment(ended_at), "now"))
    return steps


def _format_moment(moment: datetime | None) -> str:
    return formats.format_instant(moment) if moment is not None else ""


def _build_next_action(referral: Referral, user: Actor) -> NextAction:
    responsible = referral.responsible
    is_own_turn = referral.turn is Turn.office and responsible is not None and responsible.id == user.actor_id
    tone = "turn-late" if referral.is_overdue else "turn-mine" if is_own_turn else ""
    if referral.turn is Turn.nobody:
        tone = "turn-done"
    url = f"/referrals/{referral.id}/{MAIN_TRANSITIONS.get(referral.state, '')}"
    return NextAction(
        _format_title(referral, is_own_turn),
        tone,
        _describe_responsibility(referral),
        _format_time_left(referral),
        url,
    )


def _format_title(referral: Referral, is_own_turn: bool) -> str:
    if referral.turn is Turn.nobody or referral.state is ReferralState.cancelled:
        return _describe_end(referral)
    action = {
        ReferralState.draft: _("Check the draft and send it"),
        ReferralState.sent: _("The partner answers"),
        ReferralState.accepted: _("The partner begins"),
        ReferralState.in_service: _("The partner finishes"),
        ReferralState.completed: _("Ask the client whether the need is met"),
        ReferralState.declined: _("Find another way"),
    }[referral.state]
    if referral.turn is Turn.partner:
        if referral.is_disputed:
            action = _("The partner finishes what the client says is not done")
        return str(_("Waiting for %(partner)s. Next: %(what)s", partner=referral.partner.name, what=action))
    if referral.state.name in STATES_WITH_PARTNER:
        action = _("See to the documents that are missing")
    return str(
        _("Your turn: %(what)s", what=action)
        if is_own_turn
        else _("The office's turn: %(what)s", what=action)
    )


def _describe_end(referral: Referral) -> str:
    if referral.state is ReferralState.cancelled:
        return str(_("This referral was cancelled"))
    if referral.state is ReferralState.declined:
        following = referral.following
        if following is not None:
            return str(_("Declined; referred on as %(number)s", number=following.number))
        return str(_("Declined; it was left at that"))
    return str(
        _("The loop is closed: %(outcome)s", outcome=str(referral.outcome.value if referral.outcome else ""))
    )


def _describe_responsibility(referral: Referral) -> str:
    responsible = referral.responsible
    parts = [] if responsible is None else [_("Responsible: %(name)s", name=responsible.full_name)]
    if referral.due_at is not None:
        parts.append(_("due %(moment)s", moment=formats.format_instant(referral.due_at)))
    return " · ".join(parts)


def _format_time_left(referral: Referral) -> str:
    if referral.due_at is None:
        return ""
    time_left = referral.due_at - clock.now()
    hours = int(abs(time_left.total_seconds()) // 3600)
    if time_left.total_seconds() > 0:
        return str(_("%(span)s left", span=_format_duration(hours)))
    return str(_("%(span)s late", span=_format_duration(hours)))


def _format_duration(hours: int) -> str:
    if hours < 48:
        return str(ngettext("%(num)s hour", "%(num)s hours", hours))
    return str(formats.format_duration(hours // 24))


def _describe_basis(referral: Referral, *, can_read_details: bool) -> str:
    if referral.legal_basis is not None:
        return str(referral.legal_basis.value)
    if referral.consent is None:
        return ""
    if not can_read_details:
        return str(_("Consent of the client"))
    state = referral.consent.state
    text: str = _(
        "Consent of the client, %(day)s (%(state)s)",
        day=formats.format_day(referral.consent.given_on),
        state=str(state.value),
    )
    return text


class LinkRow(NamedTuple):
    """Row of the table of valid links."""

    label: str
    valid_until: str
    last_used: str
    revoke_url: str | None


def build_link_section(referral: Referral, user: Actor) -> dict[str, Any]:
    """Build the context of the links section: valid links and the actions that the user may take now."""
    can_have_link = links.can_have_link(referral)
    can_revoke = has_role(user, ADMIN, PEKSOS) and ReferralPolicy.explain_refusal(referral, user) is None
    can_make = can_revoke and not has_emergency_access_only(referral.case, user)
    valid_links = links.list_valid_links(referral) if can_have_link else []
    closed_reason = _explain_closed_links(referral)
    return {
        "is_visible": bool(valid_links) or (can_have_link and can_make) or closed_reason is not None,
        "closed_reason": closed_reason,
        "rows": [_build_link_row(referral, link, can_revoke=can_revoke) for link in valid_links],
        "make_url": url_for("LinkView.make", pk=referral.id) if can_have_link and can_make else None,
        "code_url": url_for("LinkView.code", pk=referral.id) if valid_links and can_make else None,
    }


def _explain_closed_links(referral: Referral) -> str | None:
    """Return why the links of an open referral are closed; None: they are not, or the referral is over."""
    if referral.partner.active or referral.state.name not in links.OPEN_STATES:
        return None
    text: str = _(
        "%(partner)s is archived: its links are closed and show nothing. They stay closed when it is"
        " restored; make a new link then.",
        partner=referral.partner.name,
    )
    return text


def list_letter_urls(referral: Entity) -> list[tuple[str, str]]:
    """Return label and URL of the letter for each paper size."""
    return [
        (str(_("Letter (PDF, A4)")), url_for("LetterView.letter", pk=referral.id)),
        (str(_("Letter (PDF, F4)")), url_for("LetterView.letter", pk=referral.id, paper="f4")),
    ]


def build_new_link_context(referral: Referral, secret: links.LinkSecret) -> dict[str, Any]:
    """Build the context of the page that shows token and code; they are shown only once."""
    if secret.token is None:
        return {"code": secret.code}
    url = build_link_url(secret.token)
    chat_url = build_whatsapp_url(referral.partner.whatsapp or "")
    return {
        "code": secret.code,
        "url": url,
        "qr": Markup(build_qr_svg(url)),  # noqa: S704  made here, of an address of ours
        "whatsapp_url": f"{chat_url}?text={quote(_compose_link_message(referral, url))}",
    }


def _compose_link_message(referral: Referral, url: str) -> str:
    # Anybody may read this message, so it names no client: the client is shown behind link and code.
    office = get_office_setting()
    text: str = _(
        "Dear %(partner)s, %(office)s asks for your help by letter %(number)s. "
        "Please open %(url)s to read and answer. We tell you the code by phone.",
        partner=referral.partner.name,
        office=office.office_name if office is not None else "LK3",
        number=referral.letter_number or formats.EMPTY_VALUE,
        url=url,
    )
    return text


def _build_link_row(referral: Referral, link: ReferralLink, *, can_revoke: bool) -> LinkRow:
    last_used = formats.format_instant(link.last_used_at) if link.last_used_at is not None else _("never")
    return LinkRow(
        _("On the letter (QR)") if link.seed else _("Copied or sent"),
        formats.format_instant(link.expires_at),
        last_used,
        url_for("LinkView.revoke", pk=referral.id, link=link.id) if can_revoke else None,
    )
