"""Rules that the database itself keeps between rows: sums, legal days, what is final.

A table with a `RowRule` refuses every write that breaks one of its rules, whoever writes. The rules are
SQL over NEW (and OLD), in words that SQLite and PostgreSQL share; a refusal carries the name of a constraint,
`ck_<table>_<rule>`, so that a model's `__constraint_messages__` says it in a sentence.
"""

from collections.abc import Mapping
from typing import NamedTuple

from sqlalchemy import Table

from app.core.registry import Registry


class RowRule(NamedTuple):
    """What a table refuses."""

    table: str
    watched_columns: tuple[str, ...]
    """Columns whose change is asked about; a new row always is."""
    violations: Mapping[str, str]
    """Name -> what must not be true of NEW once it stands in the table."""
    locked_parent: tuple[str, str] | None = None
    """(table, column of NEW): the parent that is summed up, locked first, or two would sum at once."""
    update_violation: str | None = None
    """What must not be true of OLD and NEW of a change: the row had its last word."""
    forbids_delete: bool = False
    """Whether rows are never deleted."""


row_rules = Registry[RowRule]("rules between rows", required=True)
"""Extension point: filled with what `models/db_rules.py` of each room declares."""


def get_row_rule(table: Table) -> RowRule | None:
    """Return the rule of the table, or None."""
    return row_rules.find(lambda rule: rule.table == table.name)


Trigger = tuple[str, tuple[str, ...]]
"""Name, and the statements that make it."""


def build_sqlite_triggers(row_rule: RowRule) -> list[Trigger]:
    """Make the triggers; writers wait for each other there, so nothing has to be locked."""
    name = row_rule.table
    changed = f"UPDATE OF {', '.join(row_rule.watched_columns)}"
    wanted = [
        ("guard_insert", "AFTER INSERT", row_rule.violations),
        ("guard_update", f"AFTER {changed}", row_rule.violations),
        ("final", "BEFORE UPDATE", _get_update_violations(row_rule)),
        ("kept", "BEFORE DELETE", _get_delete_violations(row_rule)),
    ]
    return [
        (f"{name}_{suffix}", (f"CREATE TRIGGER {name}_{suffix} {when} ON {name} BEGIN {body} END",))
        for suffix, when, rules in wanted
        if (body := " ".join(_build_abort_statement(name, rule, broken) for rule, broken in rules.items()))
    ]


def build_postgresql_triggers(row_rule: RowRule) -> list[Trigger]:
    """Make the triggers and their functions."""
    name = row_rule.table
    written = f"INSERT OR UPDATE OF {', '.join(row_rule.watched_columns)}"
    wanted = [
        ("guard", f"AFTER {written}", _build_raise_statements(name, row_rule.violations)),
        ("final", "BEFORE UPDATE", _build_raise_statements(name, _get_update_violations(row_rule))),
        ("kept", "BEFORE DELETE", _build_raise_statements(name, _get_delete_violations(row_rule))),
    ]
    if row_rule.locked_parent is not None:
        parent, column = row_rule.locked_parent
        # NO KEY: the foreign key of a new row only shares the parent's key, and must not wait for us.
        lock = f"PERFORM 1 FROM {parent} WHERE id = NEW.{column} FOR NO KEY UPDATE;"
        wanted.insert(0, ("lock", f"BEFORE {written}", lock))
    return [
        (f"{name}_{suffix}", _build_trigger_function(name, suffix, when, body))
        for suffix, when, body in wanted
        if body
    ]


def _build_trigger_function(table: str, suffix: str, when: str, body: str) -> tuple[str, str]:
    name, answer = f"{table}_{suffix}", "OLD" if "DELETE" in when else "NEW"
    code = f"$$ BEGIN {body} RETURN {answer}; END $$"
    return (
        f"CREATE OR REPLACE FUNCTION {name}() RETURNS trigger LANGUAGE plpgsql AS {code}",
        f"CREATE TRIGGER {name} {when} ON {table} FOR EACH ROW EXECUTE FUNCTION {name}()",
    )


def _get_update_violations(row_rule: RowRule) -> Mapping[str, str]:
    return {} if row_rule.update_violation is None else {"final": row_rule.update_violation}


def _get_delete_violations(row_rule: RowRule) -> Mapping[str, str]:
    return {"kept": "1 = 1"} if row_rule.forbids_delete else {}


def _build_abort_statement(table: str, rule: str, condition: str) -> str:
    return f"SELECT RAISE(ABORT, 'CHECK constraint failed: ck_{table}_{rule}') WHERE {condition};"


def _build_raise_statements(table: str, violations: Mapping[str, str]) -> str:
    return " ".join(
        f"IF {broken} THEN RAISE EXCEPTION USING MESSAGE = 'ck_{table}_{rule}',"
        f" ERRCODE = 'check_violation', TABLE = '{table}', CONSTRAINT = 'ck_{table}_{rule}'; END IF;"
        for rule, broken in violations.items()
    )
