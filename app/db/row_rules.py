"""Rules between rows that triggers of the database enforce: sums, legal days, final rows.

A table with a `RowRule` refuses every write that violates one of its rules, whoever writes. The rules are SQL
over NEW (and OLD) that SQLite and PostgreSQL share. The error carries a constraint name,
`ck_<table>_<rule>`, so that a model's `__constraint_messages__` can give its message.
"""

from collections.abc import Mapping
from typing import NamedTuple

from sqlalchemy import Table

from app.core.registry import Registry


class RowRule(NamedTuple):
    """Writes that a table refuses."""

    table: str
    watched_columns: tuple[str, ...]
    """Columns whose change is checked; a new row is always checked."""
    violations: Mapping[str, str]
    """Rule name -> SQL condition that must not be true of NEW after the write."""
    locked_parent: tuple[str, str] | None = None
    """(table, column of NEW): parent row to lock first; else two writers could compute its sum at once."""
    update_violation: str | None = None
    """SQL condition that must not be true of OLD and NEW of an update: the row is final."""
    forbids_delete: bool = False
    """Whether every DELETE is refused."""


row_rules = Registry[RowRule]("rules between rows", required=True)
"""Extension point: filled with the rules that the models of upper packages declare."""


def get_row_rule(table: Table) -> RowRule | None:
    """Return the registered rule of the table, or None."""
    return row_rules.find(lambda rule: rule.table == table.name)


Trigger = tuple[str, tuple[str, ...]]
"""Name of a trigger, and the statements that create it."""


def build_sqlite_triggers(row_rule: RowRule) -> list[Trigger]:
    """Return the SQLite triggers; `locked_parent` is not needed, since SQLite has one writer at a time."""
    name = row_rule.table
    update_event = f"UPDATE OF {', '.join(row_rule.watched_columns)}"
    trigger_specs = [
        ("guard_insert", "AFTER INSERT", row_rule.violations),
        ("guard_update", f"AFTER {update_event}", row_rule.violations),
        ("final", "BEFORE UPDATE", _get_update_violations(row_rule)),
        ("kept", "BEFORE DELETE", _get_delete_violations(row_rule)),
    ]
    return [
        (f"{name}_{suffix}", (f"CREATE TRIGGER {name}_{suffix} {when} ON {name} BEGIN {body} END",))
        for suffix, when, violations in trigger_specs
        if (
            body := " ".join(
                _build_abort_statement(name, rule_name, condition)
                for rule_name, condition in violations.items()
            )
        )
    ]


def build_postgresql_triggers(row_rule: RowRule) -> list[Trigger]:
    """Return the PostgreSQL triggers and their functions."""
    name = row_rule.table
    write_event = f"INSERT OR UPDATE OF {', '.join(row_rule.watched_columns)}"
    trigger_specs = [
        ("guard", f"AFTER {write_event}", _build_raise_statements(name, row_rule.violations)),
        ("final", "BEFORE UPDATE", _build_raise_statements(name, _get_update_violations(row_rule))),
        ("kept", "BEFORE DELETE", _build_raise_statements(name, _get_delete_violations(row_rule))),
    ]
    if row_rule.locked_parent is not None:
        parent, column = row_rule.locked_parent
        # NO KEY: the foreign key of a new row takes only a key share lock, and must not wait for ours.
        lock = f"PERFORM 1 FROM {parent} WHERE id = NEW.{column} FOR NO KEY UPDATE;"
        trigger_specs.insert(0, ("lock", f"BEFORE {write_event}", lock))
    return [
        (f"{name}_{suffix}", _build_trigger_function(name, suffix, when, body))
        for suffix, when, body in trigger_specs
        if body
    ]


def _build_trigger_function(table: str, suffix: str, when: str, body: str) -> tuple[str, str]:
    name, returned_row = f"{table}_{suffix}", "OLD" if "DELETE" in when else "NEW"
    code = f"$$ BEGIN {body} RETURN {returned_row}; END $$"
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
        f"IF {condition} THEN RAISE EXCEPTION USING MESSAGE = 'ck_{table}_{rule}',"
        f" ERRCODE = 'check_violation', TABLE = '{table}', CONSTRAINT = 'ck_{table}_{rule}'; END IF;"
        for rule, condition in violations.items()
    )
