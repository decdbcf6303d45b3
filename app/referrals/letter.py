"""The letter of a referral as a PDF, in the language and under the name that the office had on its day."""

import io
from collections.abc import Iterable, Mapping
from datetime import date
from typing import Any

import segno
from babel.dates import format_date
from flask import current_app
from flask_babel import force_locale, pgettext
from flask_babel import gettext as _

from app.cases.choices import Urgency
from app.clients.access import can_read_personal_details
from app.core import clock, display, pdf
from app.core.actor import Actor
from app.core.masking import mask_for
from app.reference.choices import Confidentiality
from app.reference.models import OfficeSetting
from app.reference.services import office_on
from app.referrals.choices import DocumentState
from app.referrals.models import Referral
from app.referrals.services.links import letter_token
from app.referrals.shared import facts_for, until
from app.referrals.states import ReferralState

PAPERS = ("a4", "f4")
LANGUAGE = "id"
ENCLOSED = (DocumentState.attached, DocumentState.on_paper)
BLANK_NAME = "." * 34


def letters_pdf(referrals: Iterable[Referral], paper: str, user: Actor) -> bytes:
    """One PDF of these letters, each on a page of its own, with the numbers that the user may read."""
    with force_locale(LANGUAGE):
        return pdf.compile_pdf(
            "referrals/letter.typ",
            {
                "title": _("Referral letter"),
                "paper": paper,
                "words": _words(),
                "letters": [_letter(referral, user) for referral in referrals],
            },
        )


def link_url(token: str) -> str:
    """Where a partner finds its page, as it stands on letters and in messages."""
    return f"{current_app.extensions['siaga_settings'].url}/r/{token}"


def qr_svg(text: str) -> str:
    """The text as a QR code."""
    stream = io.BytesIO()
    segno.make(text, error="m").save(stream, kind="svg", border=0, xmldecl=False, omitsize=True)
    return stream.getvalue().decode()


def _letter(referral: Referral, user: Actor) -> Mapping[str, Any]:
    day = (referral.sent_at or clock.now()).astimezone(clock.WITA).date()
    office = office_on(day)
    number = referral.letter_number or _("not numbered yet")
    details = can_read_personal_details(referral.case.client, user)
    facts, token = facts_for(referral, user, details=details), letter_token(referral)
    enclosed = [mask_for(user, one.title) for one in referral.documents if one.state in ENCLOSED]
    return {
        **_head(office),
        "stamp": _stamp(referral),
        "number": number,
        "reference": [
            [_("Number"), number],
            [pgettext("letter", "Nature"), _nature(referral)],
            [
                pgettext("letter", "Enclosed"),
                _("%(count)s documents", count=len(enclosed)) if enclosed else "-",
            ],
            [pgettext("letter", "Subject"), _("Referral: %(need)s", need=referral.need_kind.name)],
        ],
        "place_and_date": ", ".join(filter(None, (office.letter_place if office else None, _long(day)))),
        "addressee": _addressee(referral),
        "opening": _("With this letter we refer the following client of our office to you:"),
        "client": [[fact.label, fact.text] for fact in facts if not fact.long],
        "sections": [
            {"title": _("What we ask"), "text": mask_for(user, referral.request)},
            *({"title": fact.label, "text": fact.text} for fact in facts if fact.long),
        ],
        "documents": enclosed,
        "closing": _closing(referral),
        "qr": qr_svg(link_url(token)) if token else "",
        "signatory": _signatory(office),
        "copies": (office.letter_copies or "").splitlines() if office else [],
    }


def _head(office: OfficeSetting | None) -> dict[str, Any]:
    if office is None:
        return {"head": [], "contact": "", "office": ""}
    phone = _("Phone %(number)s", number=display.phone(office.phone)) if office.phone else None
    contact = " · ".join(filter(None, (office.address, phone)))
    lines = (office.letterhead or f"{office.parent_office}\n{office.office_name}").splitlines()
    return {
        "head": lines,
        "contact": contact,
        "office": ", ".join(filter(None, (office.office_name, office.address))),
    }


def _signatory(office: OfficeSetting | None) -> dict[str, Any]:
    name, nip = (office.signatory_name, office.signatory_nip) if office else (None, None)
    position = office.signatory_position if office else None
    return {
        "position": position or _("Head of the office"),
        "name": name or BLANK_NAME,
        "more": [f"NIP {nip}"] if nip else [],
    }


def _stamp(referral: Referral) -> str:
    if referral.state in (ReferralState.draft, ReferralState.cancelled):
        return str(referral.state.value).upper()
    return ""


def _nature(referral: Referral) -> str:
    """How fast, and who may read it."""
    urgency = {
        Urgency.ordinary: pgettext("letter", "Ordinary"),
        Urgency.urgent: pgettext("letter", "Urgent"),
        Urgency.emergency: pgettext("letter", "Most urgent"),
    }[referral.urgency]
    if referral.case.confidentiality is Confidentiality.ordinary:
        return str(urgency)
    return ", ".join((urgency, pgettext("letter", "confidential")))


def _addressee(referral: Referral) -> list[str]:
    partner = referral.partner
    return [_("To the head of %(partner)s", partner=partner.name), partner.address or _("at their office")]


def _closing(referral: Referral) -> list[str]:
    out = []
    if referral.case.worker is not None:
        out.append(_("Our social worker %(name)s goes with the client.", name=referral.case.worker.full_name))
    if referral.state is ReferralState.sent and (moment := until(referral)):
        out.append(_("Please answer by %(moment)s.", moment=moment))
    return [*out, _("We thank you for your attention and help.")]


def _long(day: date) -> str:
    return format_date(day, "d MMMM y", locale=LANGUAGE)


def _words() -> dict[str, str]:
    return {
        "documents": _("Documents enclosed"),
        "scan": _(
            "Scan to answer by phone, without an account. We tell you the code of six digits by phone."
        ),
        "copies": _("Copies to:"),
        "cut_here": _("cut here"),
        "feedback": _("FEEDBACK SLIP"),
        "return_to": _("Please fill in and return to:"),
        "accepted": pgettext("letter", "Accepted"),
        "declined": _("Declined, because:"),
        "completed": pgettext("letter", "Done"),
        "result": pgettext("letter", "Result"),
        "date": pgettext("letter", "Date"),
        "name": _("Name and position"),
        "signature": _("Signature and stamp"),
    }
