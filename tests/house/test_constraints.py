"""Every constraint that concurrent requests can violate has a message for the user."""

from collections.abc import Iterator

from flask import Flask
from sqlalchemy import UniqueConstraint

from app.db import errors, row_rules
from app.extensions import Model

UNREACHABLE_CONSTRAINTS = {
    "uq_audit_entry_prev_hash": "the book is locked before its last line is read",
    "uq_case_event_case_id_prev_hash": "the case is locked before its last event is read",
    "uq_case_reason_event_id": "written with its event",
    "uq_case_file_number": "numbers come from a locked series",
    "uq_referral_number": "numbers come from a locked series",
    "uq_referral_letter_number": "numbers come from a locked series",
    "uq_aid_handover_number": "numbers come from a locked series",
    "uq_client_system_number": "numbers come from a locked series",
    "uq_case_file_report_id": "the report is locked before it is taken up",
    "uq_case_report_report_id": "the report is locked before it joins a case",
    "uq_form_draft_user_id_path": "written by an upsert",
    "uq_grant_purpose_grant_id_purpose": "written with the grant, whose version is asked first",
    "uq_referral_link_token_hash": "random",
    "uq_stored_file_key": "random",
    "uq_user_session_token_hash": "random",
    "uq_report_clock_code": "shipped; no page adds or renames one",
    "uq_report_clock_urgency": "shipped; no page adds or renames one",
    "ck_disbursement_kept": "no page deletes one",
    "ck_commitment_kept": "no page deletes one",
    "ck_expenditure_kept": "no page deletes one",
}
"""Constraint -> why no request violates it; a violation is an internal error."""


def list_constraints() -> Iterator[str]:
    """Yield unique constraints and rules between rows; services validate what a CHECK on one row forbids."""
    for table in Model.metadata.sorted_tables:
        if not table.name.startswith("ab_"):  # of FAB's tables the portal only writes users
            yield from (str(one.name) for one in table.constraints if isinstance(one, UniqueConstraint))
            yield from (str(index.name) for index in table.indexes if index.unique)
    for table_rules in row_rules.row_rules:
        rules = [
            *table_rules.violations,
            *["final"] * bool(table_rules.update_violation),
            *["kept"] * table_rules.forbids_delete,
        ]
        yield from (f"ck_{table_rules.table}_{rule}" for rule in rules)


def test_every_constraint_has_a_message_or_a_documented_exception(shared_app: Flask) -> None:
    with_message = set(errors.get_constraint_messages())
    constraints = set(list_constraints())
    assert constraints - with_message - UNREACHABLE_CONSTRAINTS.keys() == set()
    assert UNREACHABLE_CONSTRAINTS.keys() <= constraints - with_message
