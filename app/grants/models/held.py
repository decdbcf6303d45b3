"""What the database holds of the money, as rules of `core.guards`: SQL that both databases share.

The verbs ask the same before, to say what is left and why; whoever writes past them, or at the same moment,
meets these.
"""

from collections.abc import Mapping

from app.core.guards import GUARDED, Guarded

TAKES_MONEY = ("budgeted", "disbursed")
"""States in which a grant's money is reserved and spent."""
TAKES_CORRECTIONS = (*TAKES_MONEY, "absorbed")
REPORT_DUE = (1, 10)
"""Month and day until which the year before may still be posted to; then its LPJ is due."""

_DUE = "-{:02d}-{:02d}".format(*REPORT_DUE)
_LOCK = ("grant_fund", "grant_id")
_POT = "(SELECT {} FROM grant_fund WHERE id = {})"
_SPENT = "(SELECT coalesce(sum(amount), 0) FROM expenditure WHERE grant_id = {} AND state = 'approved')"
_RESERVED = "(SELECT coalesce(sum(amount), 0) FROM commitment WHERE grant_id = {} AND state = 'open')"
_RECEIVED = (
    "(SELECT sum(CASE WHEN reverses_id IS NULL THEN amount ELSE -amount END)"
    " FROM disbursement WHERE grant_id = {})"
)
_CEILING = "coalesce(ceiling_revised, ceiling_initial)"


def _sums(grant: str) -> dict[str, str]:
    """Spent and reserved within the ceiling, without one within what arrived; spent within the latter."""
    spent, reserved, received = (sql.format(grant) for sql in (_SPENT, _RESERVED, _RECEIVED))
    ceiling = _POT.format(_CEILING, grant)
    return {
        "ceiling": f"{spent} + {reserved} > coalesce({ceiling}, {received}, 0)",
        "received": f"{spent} > {received}",
    }


def _states(names: tuple[str, ...]) -> str:
    return ", ".join(f"'{name}'" for name in names)


def _not_in(states: tuple[str, ...]) -> str:
    return f"{_POT.format('state', 'NEW.grant_id')} NOT IN ({_states(states)})"


def _dated(day: str, posted: str = "NEW.posted_on") -> dict[str, str]:
    """The day lies in the fiscal year; what is posted after it says why, and comes before the LPJ is due."""
    year, after = (_POT.format(f"CAST(fiscal_year + {more} AS text)", "NEW.grant_id") for more in (0, 1))
    late = f"CAST({posted} AS text)"
    return {
        "fiscal_year": f"substr(CAST({day} AS text), 1, 4) <> {year}",
        "late": f"{late} > {year} || '-12-31' AND (NEW.late_reason IS NULL OR {late} > {after} || '{_DUE}')",
    }


_ALLOWED = (
    "EXISTS (SELECT 1 FROM grant_purpose WHERE grant_id = NEW.grant_id)"
    " AND NOT EXISTS (SELECT 1 FROM grant_purpose WHERE grant_id = NEW.grant_id AND purpose = NEW.purpose)"
)
_IS_CASH = _POT.format("form", "NEW.grant_id") + " <> 'cash'"


def _when(condition: str, rules: Mapping[str, str]) -> dict[str, str]:
    return {name: f"{condition} AND ({broken})" for name, broken in rules.items()}


def _changed(*columns: str) -> str:
    return " OR ".join(
        f"coalesce(CAST(NEW.{name} AS text), '') <> coalesce(CAST(OLD.{name} AS text), '')"
        for name in columns
    )


GUARDED["grant_fund"] = Guarded(
    columns=("ceiling_initial", "ceiling_revised", "form", "fiscal_year"),
    rules={
        **_sums("NEW.id"),
        "spent_in_year": "EXISTS (SELECT 1 FROM expenditure WHERE grant_id = NEW.id AND state = 'approved'"
        " AND substr(CAST(spent_on AS text), 1, 4) <> CAST(NEW.fiscal_year AS text))",
    },
)

GUARDED["disbursement"] = Guarded(
    columns=("grant_id", "amount", "disbursed_on", "reverses_id"),
    rules={
        "cash": _IS_CASH,
        "state": _not_in(TAKES_CORRECTIONS),
        **_dated("NEW.disbursed_on"),
        **_sums("NEW.grant_id"),
    },
    lock=_LOCK,
    final=_changed("grant_id", "amount", "disbursed_on", "reverses_id"),
    kept=True,
)

GUARDED["commitment"] = Guarded(
    columns=("grant_id", "amount", "purpose", "committed_on", "state"),
    rules={
        **_when(
            "NEW.state = 'open'",
            {
                "cash": _IS_CASH,
                "state": _not_in(TAKES_MONEY),
                "purpose": _ALLOWED,
                **_dated("NEW.committed_on", "NEW.committed_on"),
            },
        ),
        **_sums("NEW.grant_id"),
    },
    lock=_LOCK,
    final=f"(OLD.state <> 'open' AND NEW.state <> OLD.state)"
    f" OR {_changed('grant_id', 'case_id', 'amount', 'purpose', 'committed_on')}",
    kept=True,
)

GUARDED["expenditure"] = Guarded(
    columns=("grant_id", "amount", "purpose", "spent_on", "state", "commitment_id", "reverses_id"),
    rules={
        **_when(
            "NEW.state = 'approved'",
            {
                "cash": _IS_CASH,
                "state": _not_in(TAKES_MONEY),
                "purpose": _ALLOWED,
                "fiscal_year": _dated("NEW.spent_on")["fiscal_year"],
            },
        ),
        "corrected": f"NEW.state = 'reversed' AND {_not_in(TAKES_CORRECTIONS)}",
        "late": f"NEW.state IN ('approved', 'reversed') AND ({_dated('NEW.spent_on')['late']})",
        **_sums("NEW.grant_id"),
    },
    lock=_LOCK,
    final="(OLD.state IN ('rejected', 'reversed') AND NEW.state <> OLD.state)"
    " OR (OLD.state = 'approved' AND NEW.state NOT IN ('approved', 'reversed'))"
    f" OR {_changed('grant_id', 'case_id', 'amount', 'purpose', 'spent_on', 'description', 'reverses_id')}",
    kept=True,
)
