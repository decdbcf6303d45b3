"""Referral letter as a PDF, from the stored disclosure or, for a draft, from the live records."""

import io
from collections.abc import Iterable, Mapping
from typing import Any

import segno
from flask import current_app
from flask_babel import force_locale, pgettext
from flask_babel import gettext as _

from app.cases.policy import has_emergency_access_only
from app.clients.policy import can_read_personal_details
from app.core import formats, pdf
from app.core.actor import Actor
from app.core.errors import Conflict
from app.referrals.disclosure import (
    LANGUAGE,
    get_displayed_values,
    is_consent_withdrawn,
    mask_values,
    select_client_values,
)
from app.referrals.enums import ReferralState
from app.referrals.models.referral import Referral
from app.referrals.services.links import get_letter_token

PAPER_SIZES = ("a4", "f4")
BLANK_NAME = "." * 34


def build_letters_pdf(referrals: Iterable[Referral], paper: str, user: Actor) -> bytes:
    """Build one PDF with a new page for each letter; values are masked for `user`.

    `paper` is one of `PAPER_SIZES`.
    """
    with force_locale(LANGUAGE):
        return pdf.compile_pdf(
            "referrals/letter.typ",
            {
                "title": _("Referral letter"),
                "paper": paper,
                "words": _build_labels(),
                "letters": [_build_letter(referral, user) for referral in referrals],
            },
        )


def refuse_withdrawn_consents(referrals: Iterable[Referral]) -> None:
    """Raise Conflict with the numbers of the referrals whose client has withdrawn the consent to share."""
    withdrawn = [referral for referral in referrals if is_consent_withdrawn(referral)]
    if withdrawn:
        raise Conflict(
            _(
                "The client has withdrawn the consent, so this letter is no longer printed: %(numbers)s.",
                numbers=", ".join(referral.number for referral in withdrawn),
            )
        )


def build_link_url(token: str) -> str:
    """Return the absolute URL of the partner page for letters and messages."""
    return f"{current_app.extensions['siaga_settings'].url}/r/{token}"


def build_qr_svg(text: str) -> str:
    """Return the text as a QR code in SVG markup."""
    stream = io.BytesIO()
    segno.make(text, error="m").save(stream, kind="svg", border=0, xmldecl=False, omitsize=True)
    return stream.getvalue().decode()


def _build_letter(referral: Referral, user: Actor) -> Mapping[str, Any]:
    can_read_details = can_read_personal_details(referral.case.client, user)
    values = mask_values(get_displayed_values(referral), user, can_read_details=can_read_details)
    texts = {item.field: item.value for item in values}
    client_values = select_client_values(values)
    token = None if has_emergency_access_only(referral.case, user) else get_letter_token(referral)
    document_titles = texts.get("documents", "").splitlines()
    return {
        **_build_head(texts),
        "stamp": _get_stamp_text(referral),
        "number": texts.get("letter_number") or _("not numbered yet"),
        "reference": _build_reference_rows(texts, len(document_titles)),
        "place_and_date": texts["letter_date"],
        "addressee": [
            _("To the head of %(partner)s", partner=texts["addressee"]),
            texts.get("addressee_address") or _("at their office"),
        ],
        "opening": _("With this letter we refer the following client of our office to you:"),
        "client": [[item.label, item.value] for item in client_values if not item.is_prose],
        "sections": [
            {"title": _("What we ask"), "text": texts["request"]},
            *({"title": item.label, "text": item.value} for item in client_values if item.is_prose),
            *_build_missing_data_sections(referral),
        ],
        "documents": document_titles,
        "closing": _build_closing_lines(texts),
        "qr": build_qr_svg(build_link_url(token)) if token else "",
        "signatory": _build_signatory(texts),
        "copies": texts.get("letter_copies", "").splitlines(),
    }


def _build_head(texts: Mapping[str, str]) -> dict[str, Any]:
    phone = texts.get("office_phone")
    phone_text = _("Phone %(number)s", number=formats.format_phone(phone)) if phone else None
    contact = filter(None, (texts.get("office_address"), phone_text))
    return {
        "head": texts.get("letterhead", "").splitlines(),
        "contact": " · ".join(contact),
        "office": ", ".join(filter(None, (texts.get("office_name"), texts.get("office_address")))),
    }


def _build_reference_rows(texts: Mapping[str, str], enclosed_count: int) -> list[list[str]]:
    rows = [
        [_("Number"), texts.get("letter_number") or _("not numbered yet")],
        [pgettext("letter", "Nature"), texts["letter_nature"]],
        [
            pgettext("letter", "Enclosed"),
            _("%(count)s documents", count=enclosed_count) if enclosed_count else "-",
        ],
        [pgettext("letter", "Subject"), _("Referral: %(need)s", need=texts["need"])],
    ]
    if "updated_on" in texts:
        rows.append([pgettext("letter", "Updated"), texts["updated_on"]])
    return rows


def _build_missing_data_sections(referral: Referral) -> list[dict[str, str]]:
    """Return a section that says why a sent letter has no client data; empty if it has."""
    if referral.sent_at is None or (referral.disclosure is not None and referral.disclosure.data is not None):
        return []
    erased = referral.disclosure is not None
    text = _("It has been erased.") if erased else _("It was not recorded when this letter was sent.")
    return [{"title": _("What the partner was shown"), "text": text}]


def _build_signatory(texts: Mapping[str, str]) -> dict[str, Any]:
    nip = texts.get("signatory_nip")
    return {
        "position": texts.get("signatory_position") or _("Head of the office"),
        "name": texts.get("signatory_name") or BLANK_NAME,
        "more": [f"NIP {nip}"] if nip else [],
    }


def _get_stamp_text(referral: Referral) -> str:
    if referral.state in (ReferralState.draft, ReferralState.cancelled):
        return str(referral.state.value).upper()
    return ""


def _build_closing_lines(texts: Mapping[str, str]) -> list[str]:
    lines = []
    if "worker" in texts:
        lines.append(_("Our social worker %(name)s goes with the client.", name=texts["worker"]))
    if "answer_by" in texts:
        lines.append(_("Please answer by %(moment)s.", moment=texts["answer_by"]))
    return [*lines, _("We thank you for your attention and help.")]


def _build_labels() -> dict[str, str]:
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
