"""The partner's links: made, opened, revoked. Token and code are shown once; only their hashes are kept."""

from collections.abc import Callable, Iterable, Mapping
from datetime import UTC, datetime, timedelta
from typing import Any, Literal, NamedTuple

from flask_babel import gettext as _
from sqlalchemy import select
from sqlalchemy.orm import joinedload

from app.cases.enums import EventKind
from app.cases.services.rules import lock
from app.cases.visibility import has_emergency_access_only
from app.core import clock, tokens
from app.core.actor import Actor
from app.core.errors import Conflict, Forbidden
from app.extensions import db
from app.partners.models import Partner
from app.referrals.disclosure import is_consent_withdrawn
from app.referrals.models.exchange import ReferralLink
from app.referrals.models.referral import Referral
from app.referrals.policy import PartnerLinkActor
from app.referrals.services.rules import record_referral_event, require_can_act

LINK_LIFETIME = timedelta(days=30)
"""How long a link works after it was made or used for an answer; on the machine's clock, as all tokens."""
MAX_CODE_ATTEMPTS = 5
"""Wrong codes after which a link is dead, however many right ones came between; a new code starts anew."""
CODE_DIGITS = 6
OPEN_STATES = ("sent", "accepted", "in_service", "completed")
"""States of a referral whose link shows what was shared."""

_TOKEN_PURPOSE, _CODE_PURPOSE = "partner-link", "partner-code"


LinkState = Literal["shut", "ended", "open"]
"""What whoever holds a link finds behind it.

shut: guessed, expired, revoked or no longer allowed, all the same to who stands before it; ended: the
referral is over, and nothing is shown but that.
"""


class LinkSecret(NamedTuple):
    """What is told once: the token of a new link (None: those that are there go on) and the code."""

    token: str | None
    code: str


def find_link(token: str) -> ReferralLink | None:
    """Give the link of this token, whatever has become of it."""
    query = select(ReferralLink).where(ReferralLink.token_hash == tokens.hash_token(token))
    known = joinedload(ReferralLink.referral).joinedload(Referral.partner)
    found: ReferralLink | None = db.session.scalar(query.options(known))
    return found


def get_link_state(link: ReferralLink | None) -> LinkState:
    """Say what is behind the link now; consent, partner, state and time are asked at every use."""
    if link is None or not is_valid(link) or not _can_be_shared(link.referral):
        return "shut"
    if link.referral.state.name in OPEN_STATES:
        return "open"
    return "shut" if link.referral.state.name == "draft" else "ended"


def is_valid(link: ReferralLink) -> bool:
    """Whether the link itself is still good."""
    return link.revoked_at is None and link.expires_at > datetime.now(UTC)


def list_valid_links(referral: Referral) -> list[ReferralLink]:
    """Give the links that still work."""
    return [link for link in _list_links(referral) if is_valid(link)]


def can_have_link(referral: Referral) -> bool:
    """Whether a link to it would show anything."""
    return referral.state.name in OPEN_STATES and _can_be_shared(referral)


def make_link(referral: Referral, *, by: Actor) -> LinkSecret:
    """Make the link that is copied or sent; the one made before stops working, the letter's goes on.

    Where the letter's is dead, the next print of the letter carries a new one.
    """
    _require_linkable(referral, by)
    if get_letter_token(referral) is None:
        add_letter_link(referral)
    token = tokens.generate_token()
    for link in list_valid_links(referral):
        if link.seed is None:
            _revoke(link)
    code = _set_new_code(
        referral, [*list_valid_links(referral), _add_link(referral, tokens.hash_token(token))]
    )
    record_referral_event(referral, EventKind.referral_link_made, by=by)
    return LinkSecret(token, code)


def renew_code(referral: Referral, *, by: Actor) -> LinkSecret:
    """Make a new code for the links that are there; the old one opens nothing from now on."""
    _require_linkable(referral, by)
    links = list_valid_links(referral)
    if not links:
        raise Conflict(_("No link of this referral works any more. Make a new one."))
    code = _set_new_code(referral, links)
    record_referral_event(referral, EventKind.referral_code_renewed, by=by)
    return LinkSecret(None, code)


def revoke_link(link: ReferralLink, *, by: Actor) -> None:
    """End a link at once."""
    _lock_with_referral(link)
    require_can_act(link.referral, "link", by)
    if not is_valid(link):
        raise Conflict(_("This link does not work any more."))
    _revoke(link)
    record_referral_event(link.referral, EventKind.referral_link_revoked, by=by)


def close_partner_links(partner: Partner, by: Actor) -> None:
    """End every link to the partner's referrals that still works, when it is archived or restored.

    Restoring opens nothing again: a link that this misses while somebody makes it, or that an earlier release
    left with an archived partner, is shut while the partner is archived and ended when it is restored.
    """
    of_partner = select(Referral).where(Referral.partner_id == partner.id)
    working = ReferralLink.revoked_at.is_(None) & (ReferralLink.expires_at > datetime.now(UTC))
    for referral in db.session.scalars(of_partner.where(Referral.links.any(working)).order_by(Referral.id)):
        lock(referral)
        for link in list_valid_links(referral):
            _revoke(link)
        record_referral_event(referral, EventKind.referral_links_closed, by=by)


def add_letter_link(referral: Referral) -> None:
    """Make the link whose QR stands on the letter; nobody knows its code until somebody asks for one."""
    seed = tokens.generate_token()
    _add_link(referral, hash_letter_seed(seed), seed=seed)


def hash_letter_seed(seed: str) -> str:
    """Give what is kept of the token that stands on a letter with this seed."""
    return tokens.hash_token(tokens.derive_token(_TOKEN_PURPOSE, seed))


def get_letter_token(referral: Referral) -> str | None:
    """Give the token that stands on the letter; None: it would lead nowhere."""
    for link in list_valid_links(referral) if can_have_link(referral) else ():
        if link.seed and tokens.is_same_hash(hash_letter_seed(link.seed), link.token_hash):
            return tokens.derive_token(_TOKEN_PURPOSE, link.seed)
    return None


def open_link(link: ReferralLink, code: str) -> bool:
    """Try a code. The last wrong one ends the link, so this is saved whatever the answer."""
    _lock_with_referral(link)
    if get_link_state(link) != "open":
        return False
    by = PartnerLinkActor(link)
    if not tokens.is_same_hash(link.code_hash, _hash_code(link.referral_id, code)):
        link.attempts += 1
        if link.attempts >= MAX_CODE_ATTEMPTS:
            _revoke(link)
            record_referral_event(link.referral, EventKind.referral_link_revoked, by=by)
        db.session.flush()
        return False
    link.last_used_at = clock.now()  # wrong codes stay counted: a right one must not hide who guesses
    record_referral_event(link.referral, EventKind.referral_link_opened, by=by)
    return True


def answer_by_link(link: ReferralLink, service: Callable[..., Referral], data: Mapping[str, Any]) -> None:
    """Let the partner answer by its link, which lives on by that; all is undone if it was ended meanwhile."""
    service(link.referral, by=PartnerLinkActor(link), **data)
    lock(link)
    if not is_valid(link):
        raise Conflict(_("This link does not work any more."))
    link.last_used_at, link.expires_at = clock.now(), datetime.now(UTC) + LINK_LIFETIME
    db.session.flush()


def get_session_mark(link: ReferralLink) -> str:
    """What an opened page carries: with a new code, it is no longer the link's."""
    return link.code_hash[:16]


def _lock_with_referral(link: ReferralLink) -> None:
    """The referral first, as everybody does who moves it: nobody waits for somebody who waits for him."""
    lock(link.referral)
    lock(link)


def _can_be_shared(referral: Referral) -> bool:
    """Whether what it was sent on still holds, and the office still works with the partner."""
    return referral.partner.active and not is_consent_withdrawn(referral)


def _require_linkable(referral: Referral, by: Actor) -> None:
    lock(referral)
    require_can_act(referral, "link", by)
    if has_emergency_access_only(
        referral.case, by
    ):  # not even to a referral of the guest's own: the link outlives the hour
        raise Forbidden(
            _("You see this case by emergency access: ask its team to make a link or a code for the partner.")
        )
    if not referral.partner.active:
        raise Conflict(_("The partner is archived: restore it first, then make a link."))
    if not _can_be_shared(referral):
        raise Conflict(_("The client has withdrawn the consent: nothing more is shown to the partner."))
    if referral.state.name not in OPEN_STATES:
        raise Conflict(_("A partner has a link only between sending and confirmation."))


def _list_links(referral: Referral) -> Iterable[ReferralLink]:
    query = select(ReferralLink).filter_by(referral_id=referral.id).order_by(ReferralLink.id)
    return db.session.scalars(query).all()


def _add_link(referral: Referral, token_hash: str, *, seed: str | None = None) -> ReferralLink:
    link = ReferralLink(
        referral_id=referral.id,
        token_hash=token_hash,
        code_hash=_hash_code(referral.id, tokens.generate_token()),
        seed=seed,
        expires_at=datetime.now(UTC) + LINK_LIFETIME,
    )
    db.session.add(link)
    db.session.flush()
    return link


def _revoke(link: ReferralLink) -> None:
    link.revoked_at = clock.now()
    db.session.flush()


def _set_new_code(referral: Referral, links: Iterable[ReferralLink]) -> str:
    code = tokens.generate_code(CODE_DIGITS)
    for link in links:
        link.code_hash, link.attempts = _hash_code(referral.id, code), 0
    db.session.flush()
    return code


def _hash_code(referral_id: int, code: str) -> str:
    return tokens.hash_code(_CODE_PURPOSE, f"{referral_id}:{code}")
