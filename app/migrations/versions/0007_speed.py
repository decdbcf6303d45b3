"""Every filter of a long list by an index of its own, in the order of the list."""

import sqlalchemy as sa
from alembic import op

revision = '0007'
down_revision = '0006'
branch_labels = None
depends_on = None

_ADDED = (
    ('ix_client_sex', 'client', ['sex']),
    ('ix_client_kelurahan_id_name', 'client', ['kelurahan_id', 'name', 'id']),
    ('ix_consent_purpose', 'consent', ['purpose', 'given_on', 'id']),
    ('ix_case_file_worker_id_opened_at', 'case_file', ['worker_id', 'opened_at', 'id']),
    ('ix_case_file_urgency', 'case_file', ['urgency', 'opened_at', 'id']),
    ('ix_case_file_confidentiality', 'case_file', ['confidentiality', 'opened_at', 'id']),
    ('ix_case_person_role', 'case_person', ['role']),
    ('ix_service_kind', 'service', ['kind', 'happened_at', 'id']),
    ('ix_service_place', 'service', ['place', 'happened_at', 'id']),
    ('ix_follow_up_assignee_id_due_on', 'follow_up', ['assignee_id', 'due_on', 'id']),
    ('ix_plan_goal_result', 'plan_goal', ['result', 'target_on', 'id']),
    ('ix_incoming_report_urgency', 'incoming_report', ['urgency', 'received_at', 'id']),
    ('ix_incoming_report_channel', 'incoming_report', ['channel', 'received_at', 'id']),
    ('ix_disbursement_disbursed_on', 'disbursement', ['disbursed_on', 'id']),
    ('ix_commitment_state', 'commitment', ['state', 'committed_on', 'id']),
    ('ix_commitment_purpose', 'commitment', ['purpose', 'committed_on', 'id']),
    ('ix_commitment_committed_on', 'commitment', ['committed_on', 'id']),
    ('ix_commitment_amount', 'commitment', ['amount', 'id']),
    ('ix_expenditure_state', 'expenditure', ['state', 'spent_on', 'id']),
    ('ix_expenditure_purpose', 'expenditure', ['purpose', 'spent_on', 'id']),
    ('ix_expenditure_amount', 'expenditure', ['amount', 'id']),
    ('ix_aid_state', 'aid', ['state', 'handed_over_at', 'id']),
    ('ix_aid_kind', 'aid', ['kind', 'handed_over_at', 'id']),
    ('ix_audit_entry_actor_at', 'audit_entry', ['actor_id', 'at', 'id']),
    ('ix_audit_entry_action', 'audit_entry', ['action', 'at', 'id']),
    ('ix_audit_entry_at', 'audit_entry', ['at', 'id']),
    ('ix_shift_state', 'shift', ['state', 'starts_at', 'id']),
    ('ix_handover_acknowledged_at', 'handover', ['acknowledged_at', 'id']),
)


def upgrade() -> None:
    """Bring the tables to this revision."""
    for name, table, columns in _ADDED:
        op.create_index(name, table, columns, unique=False)
    # Sorted by the day it is due, the list holds what has none, too.
    op.drop_index('ix_referral_due_at', table_name='referral')
    op.create_index('ix_referral_due_at', 'referral', ['due_at', 'id'], unique=False)


def downgrade() -> None:
    """Take the tables back to the revision before."""
    op.drop_index('ix_referral_due_at', table_name='referral')
    due = {'sqlite_where': sa.text('due_at IS NOT NULL'), 'postgresql_where': sa.text('due_at IS NOT NULL')}
    op.create_index('ix_referral_due_at', 'referral', ['due_at', 'id'], unique=False, **due)
    for name, table, _columns in reversed(_ADDED):
        op.drop_index(name, table_name=table)
