"""What the partner's page shows: whose turn it is, what was shared, what may be answered."""

from collections.abc import Callable, Mapping
from typing import Any, NamedTuple

from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from sqlalchemy import select
from sqlalchemy.orm.exc import StaleDataError

from app.admin.values import render_prose
from app.core import formats
from app.core.errors import Conflict
from app.core.transitions import get_transition
from app.db.transaction import transaction
from app.extensions import db
from app.reference.services import get_office_setting
from app.referrals.disclosure import format_due_at, get_displayed_values, select_client_values
from app.referrals.enums import DeclinedBy, DocumentState, MessageKind, ReferralState
from app.referrals.models.exchange import ReferralLink, ReferralMessage
from app.referrals.models.referral import Referral
from app.referrals.models.terms import DeclineReason
from app.referrals.partner_link import forms as forms
from app.referrals.policy import PartnerLinkActor
from app.referrals.services import answers, links
from app.referrals.transitions import REFERRAL_TRANSITIONS


def _get_decline_data(form: Any) -> dict[str, Any]:
    said = forms.get_form_data(form)
    usual = select(DeclineReason.declined_by).where(DeclineReason.code == said["decline_reason"].name)
    return {**said, "declined_by": db.session.scalar(usual) or DeclinedBy.partner}


class PartnerAction(NamedTuple):
    """One answer that a partner can give."""

    name: str
    label: Any
    form: type[forms.RespondentForm]
    service: Callable[..., Referral]
    title: Any = None
    """Head of its own page; None: it needs no more than the first page asks."""
    submit_label: Any = None
    read_form: Callable[[Any], dict[str, Any]] = forms.get_form_data

    @property
    def has_own_page(self) -> bool:
        """Whether it asks more than the first page does."""
        return self.title is not None

    @property
    def target(self) -> str | None:
        """The state that it leads to."""
        return get_transition(REFERRAL_TRANSITIONS, self.name).target


PARTNER_ACTIONS = {
    step.name: step
    for step in (
        PartnerAction("accept", _l("Accept the request"), forms.MessageForm, answers.accept_referral),
        PartnerAction("start", _l("We have begun"), forms.MessageForm, answers.start_referral),
        PartnerAction(
            "complete",
            _l("It is done: tell the result"),
            forms.CompletionForm,
            answers.complete_referral,
            _l("What came of it?"),
            _l("Send the result"),
        ),
        PartnerAction(
            "ask_document",
            _l("Ask for a document"),
            forms.DocumentRequestForm,
            answers.ask_document,
            _l("Which document is missing?"),
            _l("Ask for it"),
        ),
        PartnerAction(
            "decline",
            _l("Decline and give the reason"),
            forms.DeclineForm,
            answers.decline_referral,
            _l("Why can you not take this on?"),
            _l("Decline the request"),
            _get_decline_data,
        ),
    )
}
"""In the order of the buttons; the first that is possible is the main one."""


class ActionButton(NamedTuple):
    """A step that is possible now."""

    name: str
    label: Any
    url: str


def get_office_context() -> dict[str, Any]:
    """Who asks, and whom to call."""
    found = get_office_setting()
    if found is None:
        return {"office_name": "LK3"}
    return {
        "office_name": found.office_name,
        "parent_office": found.parent_office,
        "office_phone": found.phone,
        "office_phone_text": formats.format_phone(found.phone) if found.phone else None,
        "office_address": found.address,
    }


def get_disclosed_office_context(referral: Referral) -> dict[str, Any]:
    """Who asked, and whom to call, as it was sent."""
    texts = {one.field: one.value for one in get_displayed_values(referral)}
    phone = texts.get("office_phone")
    return {
        "office_name": texts.get("office_name", "LK3"),
        "parent_office": texts.get("parent_office"),
        "office_phone": phone,
        "office_phone_text": formats.format_phone(phone) if phone else None,
        "office_address": texts.get("office_address"),
    }


def build_request_context(referral: Referral, link: ReferralLink, url: str) -> dict[str, Any]:
    """Everything that stands on the opened page: what was sent, and how the work on it stands now."""
    values = get_displayed_values(referral)
    texts = {one.field: one.value for one in values}
    turn, tone = _describe_turn(referral)
    return {
        "need": _("Request: %(need)s", need=texts["need"]),
        "turn": turn,
        "tone": tone,
        "sent_note": _describe_sending(referral, texts),
        "request_text": render_prose(texts["request"]),
        "shared_values": [
            (one.label, render_prose(one.value) if one.is_prose else one.value)
            for one in select_client_values(values)
        ],
        "documents": [
            {
                "title": one.title,
                "state": one.state.value,
                "is_present": one.state in (DocumentState.attached, DocumentState.on_paper),
                "url": f"{url}/documents/{one.id}" if one.file else None,
            }
            for one in referral.documents
        ],
        "messages": [_build_message_row(one) for one in referral.messages],
        "buttons": [
            ActionButton(step.name, step.label, f"{url}/{step.name}")
            for step in PARTNER_ACTIONS.values()
            if get_transition(REFERRAL_TRANSITIONS, step.name).is_allowed(referral)
        ],
        "worker": referral.responsible.full_name if referral.responsible is not None else None,
        "footnote": _(
            "This page is for %(partner)s alone and works until %(day)s. Every visit and every answer is"
            " recorded. Please do not pass the link on.",
            partner=referral.partner.name,
            day=formats.format_instant(link.expires_at),
        ),
    }


def submit_answer(link: ReferralLink, action: PartnerAction, form: Any) -> None:
    """Do what the partner answers, in one transaction in its name."""
    try:
        with transaction(by=PartnerLinkActor(link)):
            links.answer_by_link(link, action.service, action.read_form(form))
    except StaleDataError:
        raise Conflict(_("Somebody else was faster.")) from None


def get_last_respondent(link: ReferralLink) -> dict[str, Any]:
    """Who answered by this link before, so that nobody types it twice."""
    before = [one for one in link.referral.messages if one.link_id == link.id]
    return {"answered_by": before[-1].name, "answered_position": before[-1].position} if before else {}


def describe_end(referral: Referral) -> tuple[str, str]:
    """What is said of a referral that is over: nothing of whom it was about."""
    if referral.state is ReferralState.cancelled:
        return _("This request was cancelled"), _("There is nothing more for you to do. Thank you.")
    if referral.state is ReferralState.declined:
        return _("This request was declined"), _("Your answer is recorded. Thank you for telling us.")
    return _("This request is closed"), _("The result has been confirmed. Thank you for your help.")


def _describe_turn(referral: Referral) -> tuple[str, str]:
    moment = format_due_at(referral)
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


def _describe_sending(referral: Referral, texts: Mapping[str, str]) -> str:
    assert referral.sent_at is not None  # noqa: S101  a link is made only after sending
    sentence: str = _(
        "Letter %(number)s, sent %(moment)s to %(partner)s.",
        number=texts.get("letter_number", formats.EMPTY_VALUE),
        moment=formats.format_instant(referral.sent_at),
        partner=texts["addressee"],
    )
    return sentence


def _build_message_row(message: ReferralMessage) -> dict[str, Any]:
    text = str(message.kind.value) if message.kind is not MessageKind.reply else ""
    who = ", ".join(filter(None, (message.name, message.position))) or (
        message.author.full_name if message.author else ""
    )
    said = ": ".join(filter(None, (text, message.text)))
    return {"text": said, "who": who, "when": formats.format_instant(message.said_at)}
