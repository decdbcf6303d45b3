"""Pots of money and gifts in kind: where they come from, what they may be used for, what is known of them."""
