"""Rules that the database itself keeps between rows: sums, legal days, what is final.

A table named in `GUARDED` refuses every write that breaks one of its rules, whoever writes. The rules are
SQL over NEW (and OLD), in words that SQLite and PostgreSQL share; a refusal carries the name of a constraint,
`ck_<table>_<rule>`, so that a model's `__constraint_messages__` says it in a sentence.
"""

from collections.abc import Mapping
from typing import NamedTuple

from sqlalchemy import Table


class RowRule(NamedTuple):
    """What a table refuses."""

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


ROW_RULES: dict[str, RowRule] = {}
"""Table -> what it refuses; each room's models put theirs here."""

Trigger = tuple[str, tuple[str, ...]]
"""Name, and the statements that make it."""


def build_sqlite_triggers(table: Table) -> list[Trigger]:
    """Make the triggers; writers wait for each other there, so nothing has to be locked."""
    guarded, name = ROW_RULES[table.name], table.name
    changed = f"UPDATE OF {', '.join(guarded.watched_columns)}"
    wanted = [
        ("guard_insert", "AFTER INSERT", guarded.violations),
        ("guard_update", f"AFTER {changed}", guarded.violations),
        ("final", "BEFORE UPDATE", _get_update_violations(guarded)),
        ("kept", "BEFORE DELETE", _get_delete_violations(guarded)),
    ]
    return [
        (f"{name}_{suffix}", (f"CREATE TRIGGER {name}_{suffix} {when} ON {name} BEGIN {body} END",))
        for suffix, when, rules in wanted
        if (body := " ".join(_build_abort_statement(name, rule, broken) for rule, broken in rules.items()))
    ]


def build_postgresql_triggers(table: Table) -> list[Trigger]:
    """Make the triggers and their functions."""
    guarded, name = ROW_RULES[table.name], table.name
    written = f"INSERT OR UPDATE OF {', '.join(guarded.watched_columns)}"
    wanted = [
        ("guard", f"AFTER {written}", _build_raise_statements(name, guarded.violations)),
        ("final", "BEFORE UPDATE", _build_raise_statements(name, _get_update_violations(guarded))),
        ("kept", "BEFORE DELETE", _build_raise_statements(name, _get_delete_violations(guarded))),
    ]
    if guarded.locked_parent is not None:
        parent, column = guarded.locked_parent
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
