"""Audit book: an append-only, hash-chained log of changes, accesses and refused requests."""
