"""Policies of partners, their contacts and services: all staff read them."""

from app.core.actor import Actor
from app.db.policy import StaffPolicy
from app.partners.models import Partner, PartnerContact, PartnerService


class PartnerPolicy(StaffPolicy[Partner]):
    """An archived partner must be restored before it can be edited."""

    model = Partner

    @classmethod
    def can_edit(cls, partner: Partner, user: Actor) -> bool:
        """Return whether the partner is active."""
        return partner.active


class PartnerContactPolicy(StaffPolicy[PartnerContact]):
    """All staff see the contacts of partners."""

    model = PartnerContact


class PartnerServicePolicy(StaffPolicy[PartnerService]):
    """All staff see the services of partners."""

    model = PartnerService
