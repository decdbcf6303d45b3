"""Parametrization of tests by database: both, unless the test file is listed in `SQLITE_ONLY`.

A test that uses the fixture `portal_instance` (all tests of pages and services do) or `empty_database` runs
once on SQLite and once on PostgreSQL, because their SQL, locks, triggers and query plans differ. The files
listed below test what does not depend on the database: forms, pages, documents, permissions of a role.
`tests/test_routes.py` opens every page as every role on PostgreSQL, too. The mark `both_databases` is for
single tests in the listed files that do depend on it: concurrent requests, constraints, numbers beyond a
column's range.
"""

import pytest

from config import ROOT

DIALECTS = ("sqlite", "postgresql")
FIXTURES = ("portal_instance", "empty_database")
"""Fixtures whose parameter is a dialect."""

SQLITE_ONLY = {
    "admin/test_detail_page.py",
    "admin/test_form_page.py",
    "admin/test_http_caching.py",
    "admin/test_large_forms.py",
    "admin/test_navigation.py",
    "aid/test_aid_pages.py",
    "audit/test_audit_pages.py",
    "audit/test_read_log.py",
    "cases/test_account_events.py",
    "cases/test_assignment_and_tier.py",
    "cases/test_bad_input.py",
    "cases/test_case_events.py",
    "cases/test_case_overview.py",
    "cases/test_case_pages.py",
    "cases/test_caseload.py",
    "cases/test_corrections.py",
    "cases/test_drafts.py",
    "cases/test_emergency_guests.py",
    "cases/test_emergency_notices.py",
    "cases/test_entry_pages.py",
    "cases/test_incoming_report_pages.py",
    "cases/test_page_access.py",
    "cases/test_responsibility.py",
    "cases/test_save_and_take_up.py",
    "cases/test_stage_gates.py",
    "cases/test_timeline_page.py",
    "cases/test_transitions.py",
    "clients/test_birth_date.py",
    "clients/test_client_pages.py",
    "clients/test_client_registration.py",
    "clients/test_consent.py",
    "clients/test_household.py",
    "clients/test_masked_numbers.py",
    "clients/test_phone_links.py",
    "clients/test_phone_numbers.py",
    "core/test_uploaded_files.py",
    "dashboard/test_help.py",
    "grants/test_grant_pages.py",
    "notices/test_account_notices.py",
    "notices/test_notices.py",
    "operations/test_clean_files.py",
    "operations/test_http_responses.py",
    "operations/test_trusted_hosts.py",
    "partners/test_partner_flags.py",
    "partners/test_partner_pages.py",
    "reference/test_office_settings.py",
    "reference/test_reference_pages.py",
    "referrals/test_document_requests.py",
    "referrals/test_documents.py",
    "referrals/test_letter.py",
    "referrals/test_link_access.py",
    "referrals/test_link_limits.py",
    "referrals/test_link_management.py",
    "referrals/test_links_of_archived_partner.py",
    "referrals/test_partner_answers.py",
    "referrals/test_partner_page.py",
    "referrals/test_reasons.py",
    "referrals/test_transitions.py",
    "security/test_forged_input.py",
    "security/test_hostile_requests.py",
    "security/test_hostile_uploads.py",
    "security/test_interrupted_work.py",
    "security/test_lockout.py",
    "security/test_log_in.py",
    "security/test_login_log.py",
    "security/test_own_account.py",
    "security/test_passwords.py",
    "security/test_photo_metadata.py",
    "security/test_roles.py",
    "security/test_session_rows.py",
    "security/test_sessions.py",
    "security/test_users.py",
    "standby/test_shift_form.py",
    "test_scaling.py",
}
"""Test files, relative to `tests/`, that run on SQLite only."""


def parametrize_dialects(metafunc: pytest.Metafunc) -> None:
    """Parametrize the dialect fixtures, unless the test parametrizes them itself."""
    for fixture in FIXTURES:
        if fixture in metafunc.fixturenames and not _is_parametrized(metafunc.definition, fixture):
            metafunc.parametrize(fixture, _dialects_of(metafunc.definition), indirect=True)


def _is_parametrized(function: pytest.Function, fixture: str) -> bool:
    return any(fixture in mark.args[0] for mark in function.iter_markers("parametrize"))


def _dialects_of(function: pytest.Function) -> tuple[str, ...]:
    file = function.path.relative_to(ROOT / "tests").as_posix()
    only_sqlite = file in SQLITE_ONLY and not function.get_closest_marker("both_databases")
    return DIALECTS[:1] if only_sqlite else DIALECTS
