"""Tables of the grants. Import the whole package: its relationships name classes of all modules."""

from app.grants.models import db_rules, entry, money, pots

__all__ = ["db_rules", "entry", "money", "pots"]
