"""Enum of the three tiers of confidentiality, and their order."""

import enum

from flask_babel import lazy_pgettext

from app.db.types import badge_tones


@badge_tones(ordinary="hidden_badge", limited="secret", secret="secret")  # noqa: S106  a tone of the badge
class Confidentiality(enum.Enum):
    """Tier of a category, a tag or a case; the members are sorted from the lowest tier to the highest."""

    ordinary = lazy_pgettext("confidentiality", "Ordinary")
    limited = lazy_pgettext("confidentiality", "Limited")
    secret = lazy_pgettext("confidentiality", "Secret")


def get_highest_tier(*tiers: Confidentiality | None) -> Confidentiality:
    """Return the highest of the tiers, ignoring None; ordinary if there is none."""
    order = list(Confidentiality)
    return max(
        (tier for tier in tiers if tier is not None), key=order.index, default=Confidentiality.ordinary
    )
