"""Sums and lists of the money."""
