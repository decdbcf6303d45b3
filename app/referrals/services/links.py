"""Services of partner links: make, open, revoke. Token and code are shown once and stored as hashes."""

from collections.abc import Callable, Iterable, Mapping
from datetime import UTC, datetime, timedelta
from typing import Any, Literal, NamedTuple

from flask_babel import gettext as _
from sqlalchemy import select
from sqlalchemy.orm import joinedload

from app.cases.policy import has_emergency_access_only
from app.core import clock, tokens
from app.core.actor import Actor
from app.core.errors import Conflict, Forbidden
from app.db.records import lock
from app.extensions import db
from app.partners.models import Partner
from app.referrals.disclosure import is_consent_withdrawn
from app.referrals.event_types import (
    REFERRAL_CODE_RENEWED,
    REFERRAL_LINK_MADE,
    REFERRAL_LINK_OPENED,
    REFERRAL_LINK_REVOKED,
    REFERRAL_LINKS_CLOSED,
)
from app.referrals.models.exchange import ReferralLink
from app.referrals.models.referral import Referral
from app.referrals.policy import PartnerLinkActor
from app.referrals.services.rules import record_referral_event, require_can_act

LINK_LIFETIME = timedelta(days=30)
"""Lifetime of a link after creation or the last answer; measured by the system clock, as for all tokens."""
MAX_CODE_ATTEMPTS = 5
"""Number of wrong codes that revokes a link; right codes do not reset the count, a new code does."""
CODE_DIGITS = 6
OPEN_STATES = ("sent", "accepted", "in_service", "completed")
"""States of a referral in which its links show the shared data."""

_TOKEN_PURPOSE, _CODE_PURPOSE = "partner-link", "partner-code"


LinkState = Literal["shut", "ended", "open"]
"""State of a link as its holder sees it.

shut: guessed, expired, revoked or no longer allowed; the page is the same for all, so that it discloses
nothing. ended: the referral is over, and the page shows only that. open: the page shows the shared data.
"""


class LinkSecret(NamedTuple):
    """Secrets that are shown once: the token of a new link (None: only the code is new) and the code."""

    token: str | None
    code: str


def find_link(token: str) -> ReferralLink | None:
    """Return the link of this token in whatever state, or None."""
    query = select(ReferralLink).where(ReferralLink.token_hash == tokens.hash_token(token))
    with_referral = joinedload(ReferralLink.referral).joinedload(Referral.partner)
    link: ReferralLink | None = db.session.scalar(query.options(with_referral))
    return link


def get_link_state(link: ReferralLink | None) -> LinkState:
    """Return the state of the link; consent, partner, referral state and time are checked at every use."""
    if link is None or not is_valid(link) or not _can_be_shared(link.referral):
        return "shut"
    if link.referral.state.name in OPEN_STATES:
        return "open"
    return "shut" if link.referral.state.name == "draft" else "ended"


def is_valid(link: ReferralLink) -> bool:
    """Return whether the link is neither revoked nor expired; the referral is not checked."""
    return link.revoked_at is None and link.expires_at > datetime.now(UTC)


def list_valid_links(referral: Referral) -> list[ReferralLink]:
    """Return the links of the referral that are neither revoked nor expired."""
    return [link for link in _list_links(referral) if is_valid(link)]


def can_have_link(referral: Referral) -> bool:
    """Return whether a link to the referral would show the shared data."""
    return referral.state.name in OPEN_STATES and _can_be_shared(referral)


def make_link(referral: Referral, *, by: Actor) -> LinkSecret:
    """Make the link that is copied or sent; return its token and code.

    An earlier link of this kind is revoked, the link on the letter stays valid. If the link on the letter is
    no longer valid, a new one is made for the next print. Raises Forbidden or Conflict if none is allowed.
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
    record_referral_event(referral, REFERRAL_LINK_MADE, by=by)
    return LinkSecret(token, code)


def renew_code(referral: Referral, *, by: Actor) -> LinkSecret:
    """Set a new code for the valid links; the old code stops working. Raises Conflict if there is no link."""
    _require_linkable(referral, by)
    links = list_valid_links(referral)
    if not links:
        raise Conflict(_("No link of this referral works any more. Make a new one."))
    code = _set_new_code(referral, links)
    record_referral_event(referral, REFERRAL_CODE_RENEWED, by=by)
    return LinkSecret(None, code)


def revoke_link(link: ReferralLink, *, by: Actor) -> None:
    """Revoke a link at once; raise Conflict if it is no longer valid."""
    _lock_with_referral(link)
    require_can_act(link.referral, "link", by)
    if not is_valid(link):
        raise Conflict(_("This link does not work any more."))
    _revoke(link)
    record_referral_event(link.referral, REFERRAL_LINK_REVOKED, by=by)


def close_partner_links(partner: Partner, by: Actor) -> None:
    """Revoke every valid link to referrals of the partner; an archiving hook of app.partners.

    It runs at archiving and at restoring. So a link that is missed because it is made at the same moment, or
    that an earlier release left with an archived partner, is shut while the partner is archived and revoked
    when it is restored: restoring makes no link work again.
    """
    query = select(Referral).where(Referral.partner_id == partner.id)
    is_working = ReferralLink.revoked_at.is_(None) & (ReferralLink.expires_at > datetime.now(UTC))
    for referral in db.session.scalars(query.where(Referral.links.any(is_working)).order_by(Referral.id)):
        lock(referral)
        for link in list_valid_links(referral):
            _revoke(link)
        record_referral_event(referral, REFERRAL_LINKS_CLOSED, by=by)


def add_letter_link(referral: Referral) -> None:
    """Make the link for the QR code of the letter; its code is unknown until `make_link` or `renew_code`."""
    seed = tokens.generate_token()
    _add_link(referral, hash_letter_seed(seed), seed=seed)


def hash_letter_seed(seed: str) -> str:
    """Return the stored hash of the letter token that is derived from this seed."""
    return tokens.hash_token(tokens.derive_token(_TOKEN_PURPOSE, seed))


def get_letter_token(referral: Referral) -> str | None:
    """Return the token for the QR code of the letter; None if no link of it would open."""
    for link in list_valid_links(referral) if can_have_link(referral) else ():
        if link.seed and tokens.is_same_hash(hash_letter_seed(link.seed), link.token_hash):
            return tokens.derive_token(_TOKEN_PURPOSE, link.seed)
    return None


def open_link(link: ReferralLink, code: str) -> bool:
    """Try a code; return whether it is right.

    Commit also on False: the wrong code is counted, and the last allowed one revokes the link.
    """
    _lock_with_referral(link)
    if get_link_state(link) != "open":
        return False
    by = PartnerLinkActor(link)
    if not tokens.is_same_hash(link.code_hash, _hash_code(link.referral_id, code)):
        link.attempts += 1
        if link.attempts >= MAX_CODE_ATTEMPTS:
            _revoke(link)
            record_referral_event(link.referral, REFERRAL_LINK_REVOKED, by=by)
        db.session.flush()
        return False
    link.last_used_at = clock.now()  # `attempts` is not reset: a right code must not hide guesses by others
    record_referral_event(link.referral, REFERRAL_LINK_OPENED, by=by)
    return True


def answer_by_link(link: ReferralLink, service: Callable[..., Referral], data: Mapping[str, Any]) -> None:
    """Run a service with the link as actor and extend the lifetime of the link.

    Raises Conflict if the link was revoked meanwhile, which rolls back the answer.
    """
    service(link.referral, by=PartnerLinkActor(link), **data)
    lock(link)
    if not is_valid(link):
        raise Conflict(_("This link does not work any more."))
    link.last_used_at, link.expires_at = clock.now(), datetime.now(UTC) + LINK_LIFETIME
    db.session.flush()


def get_session_mark(link: ReferralLink) -> str:
    """Return the mark that binds an opened page to the present code; a new code makes it invalid."""
    return link.code_hash[:16]


def _lock_with_referral(link: ReferralLink) -> None:
    # Always the referral first, as in its transitions: two transactions cannot deadlock.
    lock(link.referral)
    lock(link)


def _can_be_shared(referral: Referral) -> bool:
    """Return whether the consent still holds and the partner is not archived."""
    return referral.partner.active and not is_consent_withdrawn(referral)


def _require_linkable(referral: Referral, by: Actor) -> None:
    lock(referral)
    require_can_act(referral, "link", by)
    # Refused even for own drafts: the link would outlive the emergency access.
    if has_emergency_access_only(referral.case, by):
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
