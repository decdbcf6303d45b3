"""What the desk shows of the partner's links: which there are, until when, and when they were used."""

from typing import Any, NamedTuple
from urllib.parse import quote

from flask import url_for
from flask_babel import gettext as _
from markupsafe import Markup

from app.cases.visibility import is_guest
from app.core import display
from app.core.actor import ADMIN, PEKSOS, Actor, has_role
from app.core.model import Entity
from app.reference.services import office_on
from app.referrals.letter import link_url, qr_svg
from app.referrals.models import Referral, ReferralLink
from app.referrals.services import links
from app.referrals.services.rules import act_refusal


class LinkRow(NamedTuple):
    """One link that still works."""

    label: str
    until: str
    used: str
    revoke_url: str | None


def link_section(referral: Referral, user: Actor) -> dict[str, Any]:
    """The part of the desk about links, and what this user may do with them now."""
    open_now = links.may_have_link(referral)
    ends = has_role(user, ADMIN, PEKSOS) and act_refusal(referral, user) is None
    makes = ends and not is_guest(referral.case, user)
    live = links.live_links(referral) if open_now else []
    closed = _closed(referral)
    return {
        "shown": bool(live) or (open_now and makes) or closed is not None,
        "closed": closed,
        "rows": [_row(referral, link, may_end=ends) for link in live],
        "make_url": url_for("LinkView.make", pk=referral.id) if open_now and makes else None,
        "code_url": url_for("LinkView.code", pk=referral.id) if live and makes else None,
    }


def _closed(referral: Referral) -> str | None:
    """Why the links of a referral under way open nothing; None: they do, or are over with it."""
    if referral.partner.active or referral.state.name not in links.OPENS:
        return None
    said: str = _(
        "%(partner)s is archived: its links are closed and show nothing. They stay closed when it is"
        " restored; make a new link then.",
        partner=referral.partner.name,
    )
    return said


def letter_urls(referral: Entity) -> list[tuple[str, str]]:
    """Where the letter is, on each paper."""
    return [
        (str(_("Letter (PDF, A4)")), url_for("LetterView.letter", pk=referral.id)),
        (str(_("Letter (PDF, F4)")), url_for("LetterView.letter", pk=referral.id, paper="f4")),
    ]


def told_once(referral: Referral, secret: links.Secret) -> dict[str, Any]:
    """What stands on the page that shows token and code, this once."""
    if secret.token is None:
        return {"code": secret.code}
    url = link_url(secret.token)
    chat = referral.partner.whatsapp_url or "https://wa.me/"
    return {
        "code": secret.code,
        "url": url,
        "qr": Markup(qr_svg(url)),  # noqa: S704  made here, of an address of ours
        "whatsapp_url": f"{chat}?text={quote(_words(referral, url))}",
    }


def _words(referral: Referral, url: str) -> str:
    """A message that may be read by anybody: whom it is about stands behind the link and its code."""
    office = office_on()
    said: str = _(
        "Dear %(partner)s, %(office)s asks for your help by letter %(number)s. "
        "Please open %(url)s to read and answer. We tell you the code by phone.",
        partner=referral.partner.name,
        office=office.office_name if office is not None else "LK3",
        number=referral.letter_number or display.UNKNOWN,
        url=url,
    )
    return said


def _row(referral: Referral, link: ReferralLink, *, may_end: bool) -> LinkRow:
    used = display.moment(link.last_used_at) if link.last_used_at is not None else _("never")
    return LinkRow(
        _("On the letter (QR)") if link.seed else _("Copied or sent"),
        display.moment(link.expires_at),
        used,
        url_for("LinkView.revoke", pk=referral.id, link=link.id) if may_end else None,
    )
