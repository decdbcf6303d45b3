"""`get_highest_tier` returns the strictest of several tiers."""

from app.reference.enums import Confidentiality, get_highest_tier


def test_the_strictest_tier_wins() -> None:
    ordinary, limited, secret = Confidentiality
    assert get_highest_tier(ordinary, secret, limited) is secret
    assert get_highest_tier(limited, None) is limited


def test_no_tier_counts_as_ordinary() -> None:
    assert get_highest_tier() is Confidentiality.ordinary
    assert get_highest_tier(None) is Confidentiality.ordinary
