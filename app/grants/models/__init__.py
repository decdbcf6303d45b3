"""Tables of the grants; imported whole, because relationships name each other's classes."""

from app.grants.models import db_rules, entry, money, pots

__all__ = ["db_rules", "entry", "money", "pots"]
