"""The desk of a referral: whose turn it is and until when, what the partner sees, what passed between us."""

from datetime import datetime
from typing import Any, NamedTuple

from flask_babel import gettext as _
from flask_babel import ngettext

from app.clients.access import can_read_personal_details
from app.core import clock, display
from app.core.actor import ADMIN, PEKSOS, Actor, has_role
from app.referrals import queries
from app.referrals.choices import ReferralState, Turn
from app.referrals.disclosure import (
    CLIENT_LABELS,
    DETAIL_SHARES,
    changed_values,
    is_consent_withdrawn,
    not_shared,
    readable_values,
    shown_client_values,
)
from app.referrals.link_desk import letter_urls, link_section
from app.referrals.models import Referral
from app.referrals.services.proposals import Proposal, proposals
from app.referrals.services.rules import act_refusal
from app.referrals.states import LIVE, WITH_PARTNER

MOST_TOLD = 50
MOST_PROPOSED = 4

_WAY = (
    (ReferralState.draft, "created_at"),
    (ReferralState.sent, "sent_at"),
    (ReferralState.accepted, "responded_at"),
    (ReferralState.in_service, "started_at"),
    (ReferralState.completed, "completed_at"),
    (ReferralState.closed, "confirmed_at"),
)
_ENDS = {ReferralState.declined: "declined_at", ReferralState.cancelled: "cancelled_at"}

MAIN = {
    ReferralState.draft: "send",
    ReferralState.sent: "accept",
    ReferralState.accepted: "start",
    ReferralState.in_service: "complete",
    ReferralState.completed: "confirm",
    ReferralState.declined: "refer_on",
}
"""The move that a state waits for."""


class Step(NamedTuple):
    """One stop of the way."""

    label: Any
    at: str
    state: str
    """done, now, later or end."""


class Next(NamedTuple):
    """Whose turn it is, in a sentence, and the move that it waits for."""

    title: str
    tone: str
    line: str
    late: str
    url: str


def desk(referral: Referral, user: Actor) -> dict[str, Any]:
    """What stands on the desk beside the facts."""
    works, withdrawn = has_role(user, ADMIN, PEKSOS), is_consent_withdrawn(referral)
    acts = works and act_refusal(referral, user) is None
    details = _can_read_details(referral, user)
    return {
        "turn": _next(referral, user),
        "steps": _steps(referral),
        **_shared(referral, user, details=details),
        "kept": not_shared(referral),
        "basis": _basis(referral, details=details),
        "documents": referral.documents,
        "missing": [one for one in referral.documents if one.is_missing],
        "attaches": acts and referral.state.name in LIVE,
        "messages": list(reversed(referral.messages)),
        "history": queries.history(referral, MOST_TOLD),
        "proposed": _proposed(referral, user) if acts else [],
        "choose": "choose_partner" if referral.state is ReferralState.draft else "refer_on",
        "works": works,
        "letters": [] if withdrawn else letter_urls(referral),
        "withdrawn": withdrawn,
        "partner_links": link_section(referral, user),
        "display": display,
    }


def _can_read_details(referral: Referral, user: Actor) -> bool:
    """Ask only where the desk shows personal details or a consent: it costs a statement."""
    if referral.consent is None and not set(referral.shared) & set(DETAIL_SHARES):
        return True
    return can_read_personal_details(referral.case.client, user)


def _shared(referral: Referral, user: Actor, *, details: bool) -> dict[str, Any]:
    """What the partner sees, how it came to be, and what of it is no longer so."""
    disclosure = referral.disclosure
    facts = readable_values(shown_client_values(referral), user, details=details)
    return {
        "facts": [(CLIENT_LABELS[one.field], one.value) for one in facts],
        "changed": changed_values(referral, user, details=details) if referral.is_live else [],
        "disclosed": disclosure,
        "not_recorded": referral.sent_at is not None and disclosure is None,
    }


def _proposed(referral: Referral, user: Actor) -> list[Proposal]:
    if referral.state is ReferralState.draft or (
        referral.state is ReferralState.declined and referral.following is None
    ):
        return proposals(referral.case, referral.need_kind_id, MOST_PROPOSED, by=user, but=referral.partner)
    return []


def _steps(referral: Referral) -> list[Step]:
    order = [state for state, _at in _WAY]
    steps = []
    for state, column in _WAY:
        moment: datetime | None = getattr(referral, column)
        if state is referral.state:
            stand = "now"
        elif referral.state in _ENDS:
            stand = "done" if moment not in (None, referral.declined_at) else "off"  # its answer was the no
        else:
            stand = "done" if order.index(state) < order.index(referral.state) else "later"
        if stand != "off":
            steps.append(Step(state.value, _moment(moment), stand))
    if referral.state in _ENDS:
        ended: datetime = getattr(referral, _ENDS[referral.state])
        steps.append(Step(referral.state.value, _moment(ended), "now"))
    return steps


def _moment(moment: datetime | None) -> str:
    return display.moment(moment) if moment is not None else ""


def _next(referral: Referral, user: Actor) -> Next:
    who = referral.responsible
    mine = referral.turn is Turn.office and who is not None and who.id == user.actor_id
    tone = "turn-late" if referral.is_overdue else "turn-mine" if mine else ""
    if referral.turn is Turn.nobody:
        tone = "turn-done"
    url = f"/referrals/{referral.id}/{MAIN.get(referral.state, '')}"
    return Next(_title(referral, mine), tone, _line(referral), _late(referral), url)


def _title(referral: Referral, mine: bool) -> str:
    if referral.turn is Turn.nobody or referral.state is ReferralState.cancelled:
        return _over(referral)
    what = {
        ReferralState.draft: _("Check the draft and send it"),
        ReferralState.sent: _("The partner answers"),
        ReferralState.accepted: _("The partner begins"),
        ReferralState.in_service: _("The partner finishes"),
        ReferralState.completed: _("Ask the client whether the need is met"),
        ReferralState.declined: _("Find another way"),
    }[referral.state]
    if referral.turn is Turn.partner:
        if referral.is_disputed:
            what = _("The partner finishes what the client says is not done")
        return str(_("Waiting for %(partner)s. Next: %(what)s", partner=referral.partner.name, what=what))
    if referral.state.name in WITH_PARTNER:
        what = _("See to the documents that are missing")
    return str(_("Your turn: %(what)s", what=what) if mine else _("The office's turn: %(what)s", what=what))


def _over(referral: Referral) -> str:
    if referral.state is ReferralState.cancelled:
        return str(_("This referral was cancelled"))
    if referral.state is ReferralState.declined:
        on = referral.following
        if on is not None:
            return str(_("Declined; referred on as %(number)s", number=on.number))
        return str(_("Declined; it was left at that"))
    return str(
        _("The loop is closed: %(outcome)s", outcome=str(referral.outcome.value if referral.outcome else ""))
    )


def _line(referral: Referral) -> str:
    who = referral.responsible
    parts = [] if who is None else [_("Responsible: %(name)s", name=who.full_name)]
    if referral.due_at is not None:
        parts.append(_("due %(moment)s", moment=display.moment(referral.due_at)))
    return " · ".join(parts)


def _late(referral: Referral) -> str:
    if referral.due_at is None:
        return ""
    left = referral.due_at - clock.now()
    hours = int(abs(left.total_seconds()) // 3600)
    if left.total_seconds() > 0:
        return str(_("%(span)s left", span=_span(hours)))
    return str(_("%(span)s late", span=_span(hours)))


def _span(hours: int) -> str:
    if hours < 48:
        return str(ngettext("%(num)s hour", "%(num)s hours", hours))
    return str(display.duration(hours // 24))


def _basis(referral: Referral, *, details: bool) -> str:
    if referral.legal_basis is not None:
        return str(referral.legal_basis.value)
    if referral.consent is None:
        return ""
    if not details:
        return str(_("Consent of the client"))
    state = referral.consent.state
    said: str = _(
        "Consent of the client, %(day)s (%(state)s)",
        day=display.day(referral.consent.given_on),
        state=str(state.value),
    )
    return said
