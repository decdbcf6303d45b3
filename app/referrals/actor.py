"""Who answers by a link: a partner, without an account."""

from dataclasses import dataclass

from app.core.actor import Actor
from app.referrals.models import Referral, ReferralLink


@dataclass(frozen=True)
class PartnerByLink:
    """The partner behind an opened link: no user, no role, and good for its own referral alone.

    Events name the partner; who typed stands in the message of the answer.
    """

    link: ReferralLink
    actor_id = None
    role_names: frozenset[str] = frozenset()
    emergency_case_ids: frozenset[int] = frozenset()

    @property
    def full_name(self) -> str:
        """The partner's name."""
        return self.link.referral.partner.name


def link_of(by: Actor, referral: Referral) -> ReferralLink | None:
    """The opened link by which somebody acts on this referral; None: not by a link."""
    if isinstance(by, PartnerByLink) and by.link.referral_id == referral.id:
        return by.link
    return None
