"""The tiers are ordered."""

from app.reference.choices import Confidentiality, highest


def test_the_strictest_tier_wins() -> None:
    ordinary, limited, secret = Confidentiality
    assert highest(ordinary, secret, limited) is secret
    assert highest(limited, None) is limited


def test_without_any_tier_it_is_ordinary() -> None:
    assert highest() is Confidentiality.ordinary
    assert highest(None) is Confidentiality.ordinary
