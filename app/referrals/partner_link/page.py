"""Content of the partner page: the possible answers, the shared data, the texts about state and turn."""

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
    data = forms.get_form_data(form)
    query = select(DeclineReason.declined_by).where(DeclineReason.code == data["decline_reason"].name)
    return {**data, "declined_by": db.session.scalar(query) or DeclinedBy.partner}


class PartnerAction(NamedTuple):
    """One answer that a partner can give: form, service and texts."""

    name: str
    label: Any
    form: type[forms.RespondentForm]
    service: Callable[..., Referral]
    title: Any = None
    """Title of its own page; None: the form on the request page is enough."""
    submit_label: Any = None
    read_form: Callable[[Any], dict[str, Any]] = forms.get_form_data

    @property
    def has_own_page(self) -> bool:
        """Return whether its form needs a page of its own."""
        return self.title is not None

    @property
    def target(self) -> str | None:
        """Return the code of the target state, or None."""
        return get_transition(REFERRAL_TRANSITIONS, self.name).target


PARTNER_ACTIONS = {
    action.name: action
    for action in (
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
"""Actions by name, in the order of the buttons; the first one allowed is the main button."""


class ActionButton(NamedTuple):
    """Button of an action that is allowed now."""

    name: str
    label: Any
    url: str


def get_office_context() -> dict[str, Any]:
    """Return name, address and phone of the office as they are today."""
    office = get_office_setting()
    if office is None:
        return {"office_name": "LK3"}
    return {
        "office_name": office.office_name,
        "parent_office": office.parent_office,
        "office_phone": office.phone,
        "office_phone_text": formats.format_phone(office.phone) if office.phone else None,
        "office_address": office.address,
    }


def get_disclosed_office_context(referral: Referral) -> dict[str, Any]:
    """Return name, address and phone of the office as they were disclosed."""
    texts = {item.field: item.value for item in get_displayed_values(referral)}
    phone = texts.get("office_phone")
    return {
        "office_name": texts.get("office_name", "LK3"),
        "parent_office": texts.get("parent_office"),
        "office_phone": phone,
        "office_phone_text": formats.format_phone(phone) if phone else None,
        "office_address": texts.get("office_address"),
    }


def build_request_context(referral: Referral, link: ReferralLink, url: str) -> dict[str, Any]:
    """Build the context of the opened page: the disclosed values, documents, messages, allowed actions."""
    values = get_displayed_values(referral)
    texts = {item.field: item.value for item in values}
    turn, tone = _describe_turn(referral)
    return {
        "need": _("Request: %(need)s", need=texts["need"]),
        "turn": turn,
        "tone": tone,
        "sent_note": _describe_sending(referral, texts),
        "request_text": render_prose(texts["request"]),
        "shared_values": [
            (item.label, render_prose(item.value) if item.is_prose else item.value)
            for item in select_client_values(values)
        ],
        "documents": [
            {
                "title": item.title,
                "state": item.state.value,
                "is_present": item.state in (DocumentState.attached, DocumentState.on_paper),
                "url": f"{url}/documents/{item.id}" if item.file else None,
            }
            for item in referral.documents
        ],
        "messages": [_build_message_row(item) for item in referral.messages],
        "buttons": [
            ActionButton(action.name, action.label, f"{url}/{action.name}")
            for action in PARTNER_ACTIONS.values()
            if get_transition(REFERRAL_TRANSITIONS, action.name).is_allowed(referral)
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
    """Run the service of the action in one transaction, with the link as actor.

    Raises Conflict if another user was faster, and the PortalErrors of the service.
    """
    try:
        with transaction(by=PartnerLinkActor(link)):
            links.answer_by_link(link, action.service, action.read_form(form))
    except StaleDataError:
        raise Conflict(_("Somebody else was faster.")) from None


def get_last_respondent(link: ReferralLink) -> dict[str, Any]:
    """Return name and position of the last person who answered by this link, to prefill the form."""
    messages = [message for message in link.referral.messages if message.link_id == link.id]
    return {"answered_by": messages[-1].name, "answered_position": messages[-1].position} if messages else {}


def describe_end(referral: Referral) -> tuple[str, str]:
    """Return title and sentence for a referral that is over; they tell nothing about the client."""
    if referral.state is ReferralState.cancelled:
        return _("This request was cancelled"), _("There is nothing more for you to do. Thank you.")
    if referral.state is ReferralState.declined:
        return _("This request was declined"), _("Your answer is recorded. Thank you for telling us.")
    return _("This request is closed"), _("The result has been confirmed. Thank you for your help.")


def _describe_turn(referral: Referral) -> tuple[str, str]:
    due_text = format_due_at(referral)
    tone = "turn-late" if referral.is_overdue else ""
    if referral.state is ReferralState.completed:
        return _("You have reported it done. We ask the client about the result."), "turn-done"
    sentences = {
        ReferralState.sent: _("Please answer by %(moment)s", moment=due_text)
        if due_text
        else _("Please answer soon"),
        ReferralState.accepted: _("Accepted. Please begin by %(moment)s", moment=due_text)
        if due_text
        else _("You have accepted this request."),
        ReferralState.in_service: _("You are at work on it. Please finish by %(moment)s", moment=due_text)
        if due_text
        else _("You are at work on it."),
    }
    sentence: str = sentences[referral.state]
    if referral.is_disputed:
        dispute_note = _("The client says that it is not done yet; the reason stands below.")
        sentence = f"{dispute_note} {sentence}"
    return sentence, tone


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
    kind_text = str(message.kind.value) if message.kind is not MessageKind.reply else ""
    author = ", ".join(filter(None, (message.name, message.position))) or (
        message.author.full_name if message.author else ""
    )
    full_text = ": ".join(filter(None, (kind_text, message.text)))
    return {"text": full_text, "who": author, "when": formats.format_instant(message.said_at)}
