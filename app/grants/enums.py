"""Words for money: which budget, in which form, what for, and what a published figure counts."""

import enum

from flask_babel import lazy_pgettext


class BudgetStage(enum.Enum):
    """Which budget the grant stands in: the one passed before the year, or its revision (APBD Perubahan)."""

    original = lazy_pgettext("budget stage", "Original budget")
    revised = lazy_pgettext("budget stage", "Revised budget")


class GrantForm(enum.Enum):
    """Money, or goods: the value of goods is the value of an asset and enters no sum of money."""

    cash = lazy_pgettext("grant form", "Cash")
    in_kind = lazy_pgettext("grant form", "In kind")


class Purpose(enum.Enum):
    """What a grant may be used for."""

    operational = lazy_pgettext("purpose", "Operations")
    client_aid = lazy_pgettext("purpose", "Aid to clients")
    activity = lazy_pgettext("purpose", "Activities")


class Measure(enum.Enum):
    """What a published figure counts: people, or rupiah."""

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
    """How a published figure is meant: “more than 1,000” is a minimum, not a count."""

    exact = lazy_pgettext("qualifier", "Exact")
    minimum = lazy_pgettext("qualifier", "At least")
