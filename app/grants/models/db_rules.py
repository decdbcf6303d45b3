"""Database rules for money, as `RowRule`s: SQL conditions that SQLite and PostgreSQL both understand.

The services check the same conditions first and explain what is left. These rules also catch writes that
bypass the services, and writes that run at the same moment.
"""

from collections.abc import Mapping

from app.db.row_rules import RowRule

SPENDABLE_STATES = ("budgeted", "disbursed")
"""States of a grant in which its money can be reserved and spent."""
CORRECTABLE_STATES = (*SPENDABLE_STATES, "absorbed")
"""States of a grant in which its entries can be reversed."""
REPORT_DUE_MONTH_DAY = (1, 10)
"""Month and day until which the previous year can still be posted to; its LPJ is due then."""

_REPORT_DUE_SUFFIX = "-{:02d}-{:02d}".format(*REPORT_DUE_MONTH_DAY)
_GRANT_LOCK = ("grant_fund", "grant_id")
_GRANT_VALUE_SQL = "(SELECT {} FROM grant_fund WHERE id = {})"
_SPENT_SQL = "(SELECT coalesce(sum(amount), 0) FROM expenditure WHERE grant_id = {} AND state = 'approved')"
_RESERVED_SQL = "(SELECT coalesce(sum(amount), 0) FROM commitment WHERE grant_id = {} AND state = 'open')"
_RECEIVED_SQL = (
    "(SELECT sum(CASE WHEN reverses_id IS NULL THEN amount ELSE -amount END)"
    " FROM disbursement WHERE grant_id = {})"
)
_CEILING_SQL = "coalesce(ceiling_revised, ceiling_initial)"


def _build_sum_rules(grant: str) -> dict[str, str]:
    """Limit spent plus reserved to the ceiling (without one: to what arrived), and spent to what arrived."""
    spent, reserved, received = (sql.format(grant) for sql in (_SPENT_SQL, _RESERVED_SQL, _RECEIVED_SQL))
    ceiling = _GRANT_VALUE_SQL.format(_CEILING_SQL, grant)
    return {
        "ceiling": f"{spent} + {reserved} > coalesce({ceiling}, {received}, 0)",
        "received": f"{spent} > {received}",
    }


def _quote_states(names: tuple[str, ...]) -> str:
    return ", ".join(f"'{name}'" for name in names)


def _build_state_rule(states: tuple[str, ...]) -> str:
    return f"{_GRANT_VALUE_SQL.format('state', 'NEW.grant_id')} NOT IN ({_quote_states(states)})"


def _build_date_rules(entry_date: str, posting_date: str = "NEW.posted_on") -> dict[str, str]:
    """Require a day in the fiscal year of the grant.

    A posting after the end of that year needs a reason and must not come after the LPJ's due day.
    """
    year, next_year = (
        _GRANT_VALUE_SQL.format(f"CAST(fiscal_year + {offset} AS text)", "NEW.grant_id") for offset in (0, 1)
    )
    posting_day = f"CAST({posting_date} AS text)"
    return {
        "fiscal_year": f"substr(CAST({entry_date} AS text), 1, 4) <> {year}",
        "late": f"{posting_day} > {year} || '-12-31'"
        f" AND (NEW.late_reason IS NULL OR {posting_day} > {next_year} || '{_REPORT_DUE_SUFFIX}')",
    }


_PURPOSE_NOT_ALLOWED_SQL = (
    "EXISTS (SELECT 1 FROM grant_purpose WHERE grant_id = NEW.grant_id)"
    " AND NOT EXISTS (SELECT 1 FROM grant_purpose WHERE grant_id = NEW.grant_id AND purpose = NEW.purpose)"
)
_NOT_CASH_SQL = _GRANT_VALUE_SQL.format("form", "NEW.grant_id") + " <> 'cash'"


def _prefix_rules(condition: str, rules: Mapping[str, str]) -> dict[str, str]:
    return {name: f"{condition} AND ({violation})" for name, violation in rules.items()}


def _build_change_condition(*columns: str) -> str:
    return " OR ".join(
        f"coalesce(CAST(NEW.{name} AS text), '') <> coalesce(CAST(OLD.{name} AS text), '')"
        for name in columns
    )


GRANT_FUND_RULE = RowRule(
    "grant_fund",
    watched_columns=("ceiling_initial", "ceiling_revised", "form", "fiscal_year"),
    violations={
        **_build_sum_rules("NEW.id"),
        "spent_in_year": "EXISTS (SELECT 1 FROM expenditure WHERE grant_id = NEW.id AND state = 'approved'"
        " AND substr(CAST(spent_on AS text), 1, 4) <> CAST(NEW.fiscal_year AS text))",
    },
)

DISBURSEMENT_RULE = RowRule(
    "disbursement",
    watched_columns=("grant_id", "amount", "disbursed_on", "reverses_id"),
    violations={
        "cash": _NOT_CASH_SQL,
        "state": _build_state_rule(CORRECTABLE_STATES),
        **_build_date_rules("NEW.disbursed_on"),
        **_build_sum_rules("NEW.grant_id"),
    },
    locked_parent=_GRANT_LOCK,
    update_violation=_build_change_condition("grant_id", "amount", "disbursed_on", "reverses_id"),
    forbids_delete=True,
)

COMMITMENT_RULE = RowRule(
    "commitment",
    watched_columns=("grant_id", "amount", "purpose", "committed_on", "state"),
    violations={
        **_prefix_rules(
            "NEW.state = 'open'",
            {
                "cash": _NOT_CASH_SQL,
                "state": _build_state_rule(SPENDABLE_STATES),
                "purpose": _PURPOSE_NOT_ALLOWED_SQL,
                **_build_date_rules("NEW.committed_on", "NEW.committed_on"),
            },
        ),
        **_build_sum_rules("NEW.grant_id"),
    },
    locked_parent=_GRANT_LOCK,
    update_violation=f"(OLD.state <> 'open' AND NEW.state <> OLD.state)"
    f" OR {_build_change_condition('grant_id', 'case_id', 'amount', 'purpose', 'committed_on')}",
    forbids_delete=True,
)

_FIXED_EXPENDITURE_COLUMNS = (
    "grant_id",
    "case_id",
    "amount",
    "purpose",
    "spent_on",
    "description",
    "reverses_id",
)

EXPENDITURE_RULE = RowRule(
    "expenditure",
    watched_columns=("grant_id", "amount", "purpose", "spent_on", "state", "commitment_id", "reverses_id"),
    violations={
        **_prefix_rules(
            "NEW.state = 'approved'",
            {
                "cash": _NOT_CASH_SQL,
                "state": _build_state_rule(SPENDABLE_STATES),
                "purpose": _PURPOSE_NOT_ALLOWED_SQL,
                "fiscal_year": _build_date_rules("NEW.spent_on")["fiscal_year"],
            },
        ),
        "corrected": f"NEW.state = 'reversed' AND {_build_state_rule(CORRECTABLE_STATES)}",
        "late": f"NEW.state IN ('approved', 'reversed') AND ({_build_date_rules('NEW.spent_on')['late']})",
        **_build_sum_rules("NEW.grant_id"),
    },
    locked_parent=_GRANT_LOCK,
    update_violation="(OLD.state IN ('rejected', 'reversed') AND NEW.state <> OLD.state)"
    " OR (OLD.state = 'approved' AND NEW.state NOT IN ('approved', 'reversed'))"
    f" OR {_build_change_condition(*_FIXED_EXPENDITURE_COLUMNS)}",
    forbids_delete=True,
)

GRANT_ROW_RULES = (GRANT_FUND_RULE, DISBURSEMENT_RULE, COMMITMENT_RULE, EXPENDITURE_RULE)
