"""What the partner's page shows: whose turn it is, what was shared, what may be answered."""

from collections.abc import Callable, Mapping
from typing import Any, NamedTuple

from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from sqlalchemy import select
from sqlalchemy.orm.exc import StaleDataError

from app.core import display
from app.core.errors import Conflict
from app.core.moves import move_named
from app.core.unit import unit
from app.extensions import db
from app.reference.services import office_on
from app.referrals import partner_forms as forms
from app.referrals.actor import PartnerByLink
from app.referrals.choices import DeclinedBy, DocumentState, MessageKind
from app.referrals.disclosure import client_values, shown_values, until
from app.referrals.models import DeclineReason, Referral, ReferralLink, ReferralMessage
from app.referrals.services import answers, links
from app.referrals.states import REFERRAL_MOVES, ReferralState


def _declined(form: Any) -> dict[str, Any]:
    said = forms.said(form)
    usual = select(DeclineReason.declined_by).where(DeclineReason.code == said["decline_reason"].name)
    return {**said, "declined_by": db.session.scalar(usual) or DeclinedBy.partner}


class Step(NamedTuple):
    """One answer that a partner can give."""

    name: str
    label: Any
    form: type[forms.Named]
    verb: Callable[..., Referral]
    title: Any = None
    """Head of its own page; None: it needs no more than the first page asks."""
    submit: Any = None
    says: Callable[[Any], dict[str, Any]] = forms.said

    @property
    def own_page(self) -> bool:
        """Whether it asks more than the first page does."""
        return self.title is not None

    @property
    def target(self) -> str | None:
        """The state that it leads to."""
        return move_named(REFERRAL_MOVES, self.name).target


STEPS = {
    step.name: step
    for step in (
        Step("accept", _l("Accept the request"), forms.Said, answers.accept_referral),
        Step("start", _l("We have begun"), forms.Said, answers.start_referral),
        Step(
            "complete",
            _l("It is done: tell the result"),
            forms.Completed,
            answers.complete_referral,
            _l("What came of it?"),
            _l("Send the result"),
        ),
        Step(
            "ask_document",
            _l("Ask for a document"),
            forms.Asked,
            answers.ask_document,
            _l("Which document is missing?"),
            _l("Ask for it"),
        ),
        Step(
            "decline",
            _l("Decline and give the reason"),
            forms.Declined,
            answers.decline_referral,
            _l("Why can you not take this on?"),
            _l("Decline the request"),
            _declined,
        ),
    )
}
"""In the order of the buttons; the first that is possible is the main one."""


class Button(NamedTuple):
    """A step that is possible now."""

    name: str
    label: Any
    url: str


def office() -> dict[str, Any]:
    """Who asks, and whom to call."""
    found = office_on()
    if found is None:
        return {"office_name": "LK3"}
    return {
        "office_name": found.office_name,
        "parent_office": found.parent_office,
        "office_phone": found.phone,
        "office_phone_text": display.phone(found.phone) if found.phone else None,
        "office_address": found.address,
    }


def disclosed_office(referral: Referral) -> dict[str, Any]:
    """Who asked, and whom to call, as it was sent."""
    texts = {one.field: one.value for one in shown_values(referral)}
    phone = texts.get("office_phone")
    return {
        "office_name": texts.get("office_name", "LK3"),
        "parent_office": texts.get("parent_office"),
        "office_phone": phone,
        "office_phone_text": display.phone(phone) if phone else None,
        "office_address": texts.get("office_address"),
    }


def request_page(referral: Referral, link: ReferralLink, url: str) -> dict[str, Any]:
    """Everything that stands on the opened page: what was sent, and how the work on it stands now."""
    values = shown_values(referral)
    texts = {one.field: one.value for one in values}
    turn, tone = _turn(referral)
    return {
        "need": _("Request: %(need)s", need=texts["need"]),
        "turn": turn,
        "tone": tone,
        "sent": _sent(referral, texts),
        "request_text": display.prose(texts["request"]),
        "facts": [
            (one.label, display.prose(one.value) if one.is_prose else one.value)
            for one in client_values(values)
        ],
        "documents": [
            {
                "title": one.title,
                "state": one.state.value,
                "there": one.state in (DocumentState.attached, DocumentState.on_paper),
                "url": f"{url}/documents/{one.id}" if one.file else None,
            }
            for one in referral.documents
        ],
        "messages": [_message(one) for one in referral.messages],
        "buttons": [
            Button(step.name, step.label, f"{url}/{step.name}")
            for step in STEPS.values()
            if move_named(REFERRAL_MOVES, step.name).starts_from(referral)
        ],
        "worker": referral.responsible.full_name if referral.responsible is not None else None,
        "footnote": _(
            "This page is for %(partner)s alone and works until %(day)s. Every visit and every answer is"
            " recorded. Please do not pass the link on.",
            partner=referral.partner.name,
            day=display.moment(link.expires_at),
        ),
    }


def send(link: ReferralLink, step: Step, form: Any) -> None:
    """Do what the partner answers, in one transaction in its name."""
    try:
        with unit(by=PartnerByLink(link)):
            links.answer_by(link, step.verb, step.says(form))
    except StaleDataError:
        raise Conflict(_("Somebody else was faster.")) from None


def last_name(link: ReferralLink) -> dict[str, Any]:
    """Who answered by this link before, so that nobody types it twice."""
    before = [one for one in link.referral.messages if one.link_id == link.id]
    return {"answered_by": before[-1].name, "answered_position": before[-1].position} if before else {}


def ending(referral: Referral) -> tuple[str, str]:
    """What is said of a referral that is over: nothing of whom it was about."""
    if referral.state is ReferralState.cancelled:
        return _("This request was cancelled"), _("There is nothing more for you to do. Thank you.")
    if referral.state is ReferralState.declined:
        return _("This request was declined"), _("Your answer is recorded. Thank you for telling us.")
    return _("This request is closed"), _("The result has been confirmed. Thank you for your help.")


def _turn(referral: Referral) -> tuple[str, str]:
    moment = until(referral)
    late = "turn-late" if referral.is_overdue else ""
    if referral.state is ReferralState.completed:
        return _("You have reported it done. We ask the client about the result."), "turn-done"
    said = {
        ReferralState.sent: _("Please answer by %(moment)s", moment=moment)
        if moment
        else _("Please answer soon"),
        ReferralState.accepted: _("Accepted. Please begin by %(moment)s", moment=moment)
        if moment
        else _("You have accepted this request."),
        ReferralState.in_service: _("You are at work on it. Please finish by %(moment)s", moment=moment)
        if moment
        else _("You are at work on it."),
    }
    sentence: str = said[referral.state]
    if referral.is_disputed:
        again = _("The client says that it is not done yet; the reason stands below.")
        sentence = f"{again} {sentence}"
    return sentence, late


def _sent(referral: Referral, texts: Mapping[str, str]) -> str:
    assert referral.sent_at is not None  # noqa: S101  a link is made only after sending
    sentence: str = _(
        "Letter %(number)s, sent %(moment)s to %(partner)s.",
        number=texts.get("letter_number", display.UNKNOWN),
        moment=display.moment(referral.sent_at),
        partner=texts["addressee"],
    )
    return sentence


def _message(one: ReferralMessage) -> dict[str, Any]:
    text = str(one.kind.value) if one.kind is not MessageKind.reply else ""
    who = ", ".join(filter(None, (one.name, one.position))) or (one.author.full_name if one.author else "")
    said = ": ".join(filter(None, (text, one.text)))
    return {"text": said, "who": who, "when": display.moment(one.said_at)}
