"""The page of a grant: how much is left, what is still to be proved, and its LPJ."""

from typing import Any, NamedTuple

from flask_babel import gettext as _

from app.core import display
from app.core.actor import Actor
from app.grants.choices import GrantForm
from app.grants.models import Grant
from app.grants.queries import proposed_sum
from app.grants.services import Balance, tell_pot
from app.grants.wording import amount, share


class Part(NamedTuple):
    """One part of the bar."""

    tone: str
    width: float
    """Per cent."""
    x: float


def desk(grant: Grant, user: Actor) -> dict[str, Any]:
    """What stands on the page beside the facts."""
    if grant.form is not GrantForm.cash:
        return {}
    sums, told = tell_pot(grant)
    due, warning = grant.report_due, None
    # Beside the link to the list of proposals, which shows the visible ones alone.
    proposed = proposed_sum(grant, user) if sums.proposed else 0
    if told.ahead is not None and told.ahead.warns:
        warning = _(
            "At the present pace %(amount)s will be left at the end of the year and lapse.",
            amount=amount(told.ahead.lapses),
        )
    return {
        "sums": [
            (_("Ceiling"), amount(told.ceiling)),
            (_("Disbursed"), amount(told.disbursed)),
            (_("Reserved"), amount(told.committed)),
            (_("Spent"), amount(told.spent)),
            (_("With evidence"), amount(told.evidenced)),
            (_("Left"), amount(told.left)),
            (_("Absorption"), share(told.absorption)),
        ],
        "parts": _parts(sums) if told.left is not None else [],
        "proposed": amount(proposed) if proposed else None,
        "unproved": amount(sums.unproved) if sums.unproved else None,
        "report_due": display.day(due) if due is not None else None,
        "warning": warning,
    }


def _parts(sums: Balance) -> list[Part]:
    """Draw spent and reserved as parts of what may be spent; nothing where that is not known."""
    if not sums.limit:
        return []
    spent, reserved = (round(100 * one / sums.limit, 2) for one in (sums.spent, sums.committed))
    return [Part("bar", spent, 0), Part("bar-part", reserved, spent)]
