"""Enums of grants: budget stage, form and purpose; measure and qualifier of published figures."""

import enum

from flask_babel import lazy_pgettext


class BudgetStage(enum.Enum):
    """Budget that contains the grant: the one passed before the year, or its revision (APBD Perubahan)."""

    original = lazy_pgettext("budget stage", "Original budget")
    revised = lazy_pgettext("budget stage", "Revised budget")


class GrantForm(enum.Enum):
    """Cash or goods. The value of goods is the value of an asset and is part of no sum of money."""

    cash = lazy_pgettext("grant form", "Cash")
    in_kind = lazy_pgettext("grant form", "In kind")


class Purpose(enum.Enum):
    """Allowed use of a grant."""

    operational = lazy_pgettext("purpose", "Operations")
    client_aid = lazy_pgettext("purpose", "Aid to clients")
    activity = lazy_pgettext("purpose", "Activities")


class Measure(enum.Enum):
    """What a published figure counts: people or rupiah."""

    clients = lazy_pgettext("measure", "Clients")
    new_clients = lazy_pgettext("measure", "New clients")
    continuing_clients = lazy_pgettext("measure", "Continuing clients")
    mental_disorder = lazy_pgettext("measure", "People with a mental disorder")
    realised = lazy_pgettext("measure", "Spent and accounted for")
    unspent = lazy_pgettext("measure", "Left unspent (SiLPA)")

    @property
    def is_money(self) -> bool:
        """Whether the value is an amount in rupiah."""
        return self in (Measure.realised, Measure.unspent)


class Qualifier(enum.Enum):
    """Precision of a published figure: “more than 1,000” is a minimum, not a count."""

    exact = lazy_pgettext("qualifier", "Exact")
    minimum = lazy_pgettext("qualifier", "At least")
