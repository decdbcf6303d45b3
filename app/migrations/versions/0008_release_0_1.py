"""All tables as release 0.1 had them; later revisions start from here.

This revision replaces 0001 to 0008 of that release and keeps the last one's id, so that a database at 0008
is upgraded from there and a new one starts here. The tables stand in the order in which they refer to each
other. Triggers and full-text tables are not made here: env.py makes them at the end of every upgrade.
"""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = '0008'
down_revision = None
branch_labels = None
depends_on = None

_SHIFT_LENGTH = {
    'sqlite': 'julianday(ends_at) - julianday(starts_at) <= 1.000001',
    'postgresql': "ends_at <= starts_at + interval '24 hours'",
}
_TABLES = (
    'ab_group',
    'ab_permission',
    'ab_register_user',
    'ab_role',
    'ab_user',
    'ab_view_menu',
    'number_series',
    'ab_api_key',
    'ab_group_role',
    'ab_permission_view',
    'ab_user_group',
    'ab_user_role',
    'audit_entry',
    'form_draft',
    'form_receipt',
    'funding_source',
    'kecamatan',
    'need_kind',
    'office_setting',
    'ppks_category',
    'problem_tag',
    'ab_permission_view_role',
    'grant_fund',
    'kelurahan',
    'asset',
    'grant_purpose',
    'household',
    'incoming_report',
    'partner',
    'published_figure',
    'client',
    'partner_contact',
    'partner_coverage',
    'partner_service',
    'case_file',
    'consent',
    'attachment',
    'case_category',
    'case_event',
    'case_note',
    'case_person',
    'case_report',
    'case_tag',
    'case_team',
    'follow_up',
    'service',
    'assessment',
    'case_closure',
    'plan_goal',
    'entry_correction',
    'decline_reason',
    'holiday',
    'response_time',
    'referral',
    'referral_document',
    'referral_link',
    'referral_message',
    'disbursement',
    'commitment',
    'expenditure',
    'aid',
    'report_clock',
    'shift',
    'handover',
    'case_reason',
)


def upgrade() -> None:
    """Create the tables and their indexes."""
    op.create_table(
        'ab_group',
        sa.Column('id', sa.Integer(), nullable=False),
        sa.Column('name', sa.String(length=100), nullable=False),
        sa.Column('label', sa.String(length=150), nullable=True),
        sa.Column('description', sa.String(length=512), nullable=True),
        sa.PrimaryKeyConstraint('id', name=op.f('pk_ab_group')),
        sa.UniqueConstraint('name', name=op.f('uq_ab_group_name')),
    )

    op.create_table(
        'ab_permission',
        sa.Column('id', sa.Integer(), nullable=False),
        sa.Column('name', sa.String(length=100), nullable=False),
        sa.PrimaryKeyConstraint('id', name=op.f('pk_ab_permission')),
        sa.UniqueConstraint('name', name=op.f('uq_ab_permission_name')),
    )

    op.create_table(
        'ab_register_user',
        sa.Column('id', sa.Integer(), nullable=False),
        sa.Column('first_name', sa.String(length=64), nullable=False),
        sa.Column('last_name', sa.String(length=64), nullable=False),
        sa.Column('username', sa.String(length=128), nullable=False),
        sa.Column('password', sa.String(length=256), nullable=True),
        sa.Column('email', sa.String(length=320), nullable=False),
        sa.Column('registration_date', sa.DateTime(), nullable=True),
        sa.Column('registration_hash', sa.String(length=256), nullable=True),
        sa.PrimaryKeyConstraint('id', name=op.f('pk_ab_register_user')),
        sa.UniqueConstraint('email', name=op.f('uq_ab_register_user_email')),
        sa.UniqueConstraint('username', name=op.f('uq_ab_register_user_username')),
    )

    op.create_table(
        'ab_role',
        sa.Column('id', sa.Integer(), nullable=False),
        sa.Column('name', sa.String(length=64), nullable=False),
        sa.PrimaryKeyConstraint('id', name=op.f('pk_ab_role')),
        sa.UniqueConstraint('name', name=op.f('uq_ab_role_name')),
    )

    op.create_table(
        'ab_user',
        sa.Column('id', sa.Integer(), nullable=False),
        sa.Column('first_name', sa.String(length=64), nullable=False),
        sa.Column('last_name', sa.String(length=64), nullable=False),
        sa.Column('username', sa.String(length=128), nullable=False),
        sa.Column('password', sa.String(length=256), nullable=True),
        sa.Column('active', sa.Boolean(), nullable=True),
        sa.Column('email', sa.String(length=320), nullable=False),
        sa.Column('last_login', sa.DateTime(), nullable=True),
        sa.Column('login_count', sa.Integer(), nullable=True),
        sa.Column('fail_login_count', sa.Integer(), nullable=True),
        sa.Column('created_on', sa.DateTime(), nullable=True),
        sa.Column('changed_on', sa.DateTime(), nullable=True),
        sa.Column('created_by_fk', sa.Integer(), nullable=True),
        sa.Column('changed_by_fk', sa.Integer(), nullable=True),
        sa.Column('must_change_password', sa.Boolean(), nullable=False),
        sa.Column('locked_at', sa.DateTime(timezone=True), nullable=True),
        sa.Column('session_stamp', sa.String(length=32), nullable=False),
        sa.Column('language', sa.String(length=5), nullable=True),
        sa.Column('version', sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(['changed_by_fk'], ['ab_user.id'], name=op.f('fk_ab_user_changed_by_fk')),
        sa.ForeignKeyConstraint(['created_by_fk'], ['ab_user.id'], name=op.f('fk_ab_user_created_by_fk')),
        sa.PrimaryKeyConstraint('id', name=op.f('pk_ab_user')),
        sa.UniqueConstraint('email', name=op.f('uq_ab_user_email')),
        sa.UniqueConstraint('username', name=op.f('uq_ab_user_username')),
    )

    op.create_table(
        'ab_view_menu',
        sa.Column('id', sa.Integer(), nullable=False),
        sa.Column('name', sa.String(length=250), nullable=False),
        sa.PrimaryKeyConstraint('id', name=op.f('pk_ab_view_menu')),
        sa.UniqueConstraint('name', name=op.f('uq_ab_view_menu_name')),
    )

    op.create_table(
        'number_series',
        sa.Column('kind', sa.String(length=40), nullable=False),
        sa.Column('year', sa.Integer(), autoincrement=False, nullable=False),
        sa.Column('last', sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint('kind', 'year', name=op.f('pk_number_series')),
    )

    op.create_table(
        'ab_api_key',
        sa.Column('id', sa.Integer(), nullable=False),
        sa.Column('uuid', sa.String(length=36), nullable=False),
        sa.Column('name', sa.String(length=256), nullable=False),
        sa.Column('key_hash', sa.String(length=256), nullable=False),
        sa.Column('lookup_hash', sa.String(length=256), nullable=True),
        sa.Column('key_prefix', sa.String(length=16), nullable=False),
        sa.Column('user_id', sa.Integer(), nullable=False),
        sa.Column('scopes', sa.Text(), nullable=True),
        sa.Column('active', sa.Boolean(), nullable=False),
        sa.Column('created_on', sa.DateTime(), nullable=True),
        sa.Column('expires_on', sa.DateTime(), nullable=True),
        sa.Column('revoked_on', sa.DateTime(), nullable=True),
        sa.Column('last_used_on', sa.DateTime(), nullable=True),
        sa.ForeignKeyConstraint(['user_id'], ['ab_user.id'], name=op.f('fk_ab_api_key_user_id'), ondelete='CASCADE'),
        sa.PrimaryKeyConstraint('id', name=op.f('pk_ab_api_key')),
        sa.UniqueConstraint('lookup_hash', name=op.f('uq_ab_api_key_lookup_hash')),
        sa.UniqueConstraint('uuid', name=op.f('uq_ab_api_key_uuid')),
    )
    op.create_index(op.f('idx_api_key_lookup_hash'), 'ab_api_key', ['lookup_hash'], unique=True)
    op.create_index(op.f('idx_api_key_prefix'), 'ab_api_key', ['key_prefix'], unique=False)
    op.create_index(op.f('idx_api_key_user_id'), 'ab_api_key', ['user_id'], unique=False)

    op.create_table(
        'ab_group_role',
        sa.Column('id', sa.Integer(), nullable=False),
        sa.Column('group_id', sa.Integer(), nullable=True),
        sa.Column('role_id', sa.Integer(), nullable=True),
        sa.ForeignKeyConstraint(['group_id'], ['ab_group.id'], name=op.f('fk_ab_group_role_group_id'), ondelete='CASCADE'),
        sa.ForeignKeyConstraint(['role_id'], ['ab_role.id'], name=op.f('fk_ab_group_role_role_id'), ondelete='CASCADE'),
        sa.PrimaryKeyConstraint('id', name=op.f('pk_ab_group_role')),
        sa.UniqueConstraint('group_id', 'role_id', name=op.f('uq_ab_group_role_group_id_role_id')),
    )
    op.create_index(op.f('idx_group_id'), 'ab_group_role', ['group_id'], unique=False)
    op.create_index(op.f('idx_group_role_id'), 'ab_group_role', ['role_id'], unique=False)

    op.create_table(
        'ab_permission_view',
        sa.Column('id', sa.Integer(), nullable=False),
        sa.Column('permission_id', sa.Integer(), nullable=False),
        sa.Column('view_menu_id', sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(['permission_id'], ['ab_permission.id'], name=op.f('fk_ab_permission_view_permission_id')),
        sa.ForeignKeyConstraint(['view_menu_id'], ['ab_view_menu.id'], name=op.f('fk_ab_permission_view_view_menu_id')),
        sa.PrimaryKeyConstraint('id', name=op.f('pk_ab_permission_view')),
        sa.UniqueConstraint('permission_id', 'view_menu_id', name=op.f('uq_ab_permission_view_permission_id_view_menu_id')),
    )
    op.create_index(op.f('idx_permission_id'), 'ab_permission_view', ['permission_id'], unique=False)
    op.create_index(op.f('idx_view_menu_id'), 'ab_permission_view', ['view_menu_id'], unique=False)

    op.create_table(
        'ab_user_group',
        sa.Column('id', sa.Integer(), nullable=False),
        sa.Column('user_id', sa.Integer(), nullable=True),
        sa.Column('group_id', sa.Integer(), nullable=True),
        sa.ForeignKeyConstraint(['group_id'], ['ab_group.id'], name=op.f('fk_ab_user_group_group_id'), ondelete='CASCADE'),
        sa.ForeignKeyConstraint(['user_id'], ['ab_user.id'], name=op.f('fk_ab_user_group_user_id'), ondelete='CASCADE'),
        sa.PrimaryKeyConstraint('id', name=op.f('pk_ab_user_group')),
        sa.UniqueConstraint('user_id', 'group_id', name=op.f('uq_ab_user_group_user_id_group_id')),
    )
    op.create_index(op.f('idx_user_group_id'), 'ab_user_group', ['group_id'], unique=False)
    op.create_index(op.f('idx_user_id'), 'ab_user_group', ['user_id'], unique=False)

    op.create_table(
        'ab_user_role',
        sa.Column('id', sa.Integer(), nullable=False),
        sa.Column('user_id', sa.Integer(), nullable=True),
        sa.Column('role_id', sa.Integer(), nullable=True),
        sa.ForeignKeyConstraint(['role_id'], ['ab_role.id'], name=op.f('fk_ab_user_role_role_id'), ondelete='CASCADE'),
        sa.ForeignKeyConstraint(['user_id'], ['ab_user.id'], name=op.f('fk_ab_user_role_user_id'), ondelete='CASCADE'),
        sa.PrimaryKeyConstraint('id', name=op.f('pk_ab_user_role')),
        sa.UniqueConstraint('user_id', 'role_id', name=op.f('uq_ab_user_role_user_id_role_id')),
    )

    op.create_table(
        'audit_entry',
        sa.Column('id', sa.Integer(), nullable=False),
        sa.Column('at', sa.DateTime(timezone=True), nullable=False),
        sa.Column('actor_id', sa.Integer(), nullable=True),
        sa.Column('actor_name', sa.String(length=160), nullable=True),
        sa.Column('action', sa.Enum('create', 'update', 'delete', 'view', 'export', 'print', 'login', 'login_failed', 'logout', 'denied', name='action', native_enum=False, create_constraint=True, length=40), nullable=False),
        sa.Column('entity', sa.String(length=60), nullable=False),
        sa.Column('entity_id', sa.Integer(), nullable=True),
        sa.Column('changes', sa.JSON().with_variant(postgresql.JSONB(), 'postgresql'), nullable=True),
        sa.Column('salt', sa.String(length=32), nullable=True),
        sa.Column('changes_hash', sa.String(length=64), nullable=False),
        sa.Column('prev_hash', sa.String(length=64), nullable=False),
        sa.Column('hash', sa.String(length=64), nullable=False),
        sa.Column('erased_at', sa.DateTime(timezone=True), nullable=True),
        sa.Column('ip', sa.String(length=45), nullable=True),
        sa.ForeignKeyConstraint(['actor_id'], ['ab_user.id'], name=op.f('fk_audit_entry_actor_id'), ondelete='RESTRICT'),
        sa.PrimaryKeyConstraint('id', name=op.f('pk_audit_entry')),
        sa.UniqueConstraint('prev_hash', name=op.f('uq_audit_entry_prev_hash')),
        info={'append_only': True},
    )
    op.create_index(op.f('ix_audit_entry_action'), 'audit_entry', ['action', 'at', 'id'], unique=False)
    op.create_index(op.f('ix_audit_entry_actor'), 'audit_entry', ['actor_id', 'id'], unique=False)
    op.create_index(op.f('ix_audit_entry_actor_at'), 'audit_entry', ['actor_id', 'at', 'id'], unique=False)
    op.create_index(op.f('ix_audit_entry_at'), 'audit_entry', ['at', 'id'], unique=False)
    op.create_index(op.f('ix_audit_entry_record'), 'audit_entry', ['entity', 'entity_id', 'id'], unique=False)

    op.create_table(
        'form_draft',
        sa.Column('id', sa.Integer(), nullable=False),
        sa.Column('user_id', sa.Integer(), nullable=False),
        sa.Column('path', sa.String(length=200), nullable=False),
        sa.Column('fields', sa.JSON().with_variant(postgresql.JSONB(), 'postgresql'), nullable=False),
        sa.Column('saved_at', sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(['user_id'], ['ab_user.id'], name=op.f('fk_form_draft_user_id'), ondelete='RESTRICT'),
        sa.PrimaryKeyConstraint('id', name=op.f('pk_form_draft')),
        sa.UniqueConstraint('user_id', 'path', name=op.f('uq_form_draft_user_id_path')),
    )

    op.create_table(
        'form_receipt',
        sa.Column('form_key', sa.String(length=43), nullable=False),
        sa.Column('user_id', sa.Integer(), nullable=True),
        sa.Column('entity', sa.String(length=60), nullable=False),
        sa.Column('entity_id', sa.Integer(), nullable=False),
        sa.Column('typed_hash', sa.String(length=64), nullable=True),
        sa.Column('saved_at', sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(['user_id'], ['ab_user.id'], name=op.f('fk_form_receipt_user_id'), ondelete='RESTRICT'),
        sa.PrimaryKeyConstraint('form_key', name=op.f('pk_form_receipt')),
    )

    op.create_table(
        'funding_source',
        sa.Column('id', sa.Integer(), nullable=False),
        sa.Column('name', sa.String(length=120), nullable=False),
        sa.Column('note', sa.Text(), nullable=True),
        sa.Column('created_at', sa.DateTime(timezone=True), nullable=False),
        sa.Column('created_by_id', sa.Integer(), nullable=True),
        sa.Column('changed_at', sa.DateTime(timezone=True), nullable=False),
        sa.Column('changed_by_id', sa.Integer(), nullable=True),
        sa.Column('version', sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(['changed_by_id'], ['ab_user.id'], name=op.f('fk_funding_source_changed_by_id'), ondelete='RESTRICT'),
        sa.ForeignKeyConstraint(['created_by_id'], ['ab_user.id'], name=op.f('fk_funding_source_created_by_id'), ondelete='RESTRICT'),
        sa.PrimaryKeyConstraint('id', name=op.f('pk_funding_source')),
        sa.UniqueConstraint('name', name=op.f('uq_funding_source_name')),
    )

    op.create_table(
        'kecamatan',
        sa.Column('id', sa.Integer(), nullable=False),
        sa.Column('code', sa.String(length=40), nullable=False),
        sa.Column('name', sa.String(length=200), nullable=False),
        sa.Column('source', sa.Text(), nullable=True),
        sa.Column('created_at', sa.DateTime(timezone=True), nullable=False),
        sa.Column('created_by_id', sa.Integer(), nullable=True),
        sa.Column('changed_at', sa.DateTime(timezone=True), nullable=False),
        sa.Column('changed_by_id', sa.Integer(), nullable=True),
        sa.Column('version', sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(['changed_by_id'], ['ab_user.id'], name=op.f('fk_kecamatan_changed_by_id'), ondelete='RESTRICT'),
        sa.ForeignKeyConstraint(['created_by_id'], ['ab_user.id'], name=op.f('fk_kecamatan_created_by_id'), ondelete='RESTRICT'),
        sa.PrimaryKeyConstraint('id', name=op.f('pk_kecamatan')),
        sa.UniqueConstraint('code', name=op.f('uq_kecamatan_code')),
    )

    op.create_table(
        'need_kind',
        sa.Column('id', sa.Integer(), nullable=False),
        sa.Column('code', sa.String(length=40), nullable=False),
        sa.Column('name', sa.String(length=200), nullable=False),
        sa.Column('source', sa.Text(), nullable=True),
        sa.Column('created_at', sa.DateTime(timezone=True), nullable=False),
        sa.Column('created_by_id', sa.Integer(), nullable=True),
        sa.Column('changed_at', sa.DateTime(timezone=True), nullable=False),
        sa.Column('changed_by_id', sa.Integer(), nullable=True),
        sa.Column('version', sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(['changed_by_id'], ['ab_user.id'], name=op.f('fk_need_kind_changed_by_id'), ondelete='RESTRICT'),
        sa.ForeignKeyConstraint(['created_by_id'], ['ab_user.id'], name=op.f('fk_need_kind_created_by_id'), ondelete='RESTRICT'),
        sa.PrimaryKeyConstraint('id', name=op.f('pk_need_kind')),
        sa.UniqueConstraint('code', name=op.f('uq_need_kind_code')),
    )

    op.create_table(
        'office_setting',
        sa.Column('id', sa.Integer(), nullable=False),
        sa.Column('valid_from', sa.Date(), nullable=False),
        sa.Column('valid_until', sa.Date(), nullable=True),
        sa.Column('office_name', sa.String(length=200), nullable=False),
        sa.Column('parent_office', sa.String(length=200), nullable=False),
        sa.Column('address', sa.String(length=300), nullable=True),
        sa.Column('phone', sa.String(length=20), nullable=True),
        sa.Column('letterhead', sa.Text(), nullable=True),
        sa.Column('signatory_name', sa.String(length=120), nullable=True),
        sa.Column('signatory_position', sa.String(length=120), nullable=True),
        sa.Column('signatory_nip', sa.String(length=40), nullable=True),
        sa.Column('source', sa.Text(), nullable=True),
        sa.Column('created_at', sa.DateTime(timezone=True), nullable=False),
        sa.Column('created_by_id', sa.Integer(), nullable=True),
        sa.Column('changed_at', sa.DateTime(timezone=True), nullable=False),
        sa.Column('changed_by_id', sa.Integer(), nullable=True),
        sa.Column('version', sa.Integer(), nullable=False),
        sa.Column('letter_pattern', sa.String(length=60), nullable=True),
        sa.Column('letter_place', sa.String(length=60), nullable=True),
        sa.Column('letter_copies', sa.Text(), nullable=True),
        sa.CheckConstraint('valid_until IS NULL OR valid_until >= valid_from', name=op.f('ck_office_setting_period')),
        sa.ForeignKeyConstraint(['changed_by_id'], ['ab_user.id'], name=op.f('fk_office_setting_changed_by_id'), ondelete='RESTRICT'),
        sa.ForeignKeyConstraint(['created_by_id'], ['ab_user.id'], name=op.f('fk_office_setting_created_by_id'), ondelete='RESTRICT'),
        sa.PrimaryKeyConstraint('id', name=op.f('pk_office_setting')),
        sa.UniqueConstraint('valid_from', name=op.f('uq_office_setting_valid_from')),
    )

    op.create_table(
        'ppks_category',
        sa.Column('id', sa.Integer(), nullable=False),
        sa.Column('confidentiality', sa.Enum('ordinary', 'limited', 'secret', name='confidentiality', native_enum=False, create_constraint=True, length=40), nullable=False),
        sa.Column('abbreviation', sa.String(length=20), nullable=True),
        sa.Column('note', sa.String(length=300), nullable=True),
        sa.Column('legal_basis', sa.String(length=200), nullable=True),
        sa.Column('valid_from', sa.Date(), nullable=True),
        sa.Column('valid_until', sa.Date(), nullable=True),
        sa.Column('code', sa.String(length=40), nullable=False),
        sa.Column('name', sa.String(length=200), nullable=False),
        sa.Column('source', sa.Text(), nullable=True),
        sa.Column('created_at', sa.DateTime(timezone=True), nullable=False),
        sa.Column('created_by_id', sa.Integer(), nullable=True),
        sa.Column('changed_at', sa.DateTime(timezone=True), nullable=False),
        sa.Column('changed_by_id', sa.Integer(), nullable=True),
        sa.Column('version', sa.Integer(), nullable=False),
        sa.CheckConstraint('valid_until IS NULL OR valid_until >= valid_from', name=op.f('ck_ppks_category_period')),
        sa.ForeignKeyConstraint(['changed_by_id'], ['ab_user.id'], name=op.f('fk_ppks_category_changed_by_id'), ondelete='RESTRICT'),
        sa.ForeignKeyConstraint(['created_by_id'], ['ab_user.id'], name=op.f('fk_ppks_category_created_by_id'), ondelete='RESTRICT'),
        sa.PrimaryKeyConstraint('id', name=op.f('pk_ppks_category')),
        sa.UniqueConstraint('code', name=op.f('uq_ppks_category_code')),
    )

    op.create_table(
        'problem_tag',
        sa.Column('id', sa.Integer(), nullable=False),
        sa.Column('confidentiality', sa.Enum('ordinary', 'limited', 'secret', name='confidentiality', native_enum=False, create_constraint=True, length=40), nullable=False),
        sa.Column('code', sa.String(length=40), nullable=False),
        sa.Column('name', sa.String(length=200), nullable=False),
        sa.Column('source', sa.Text(), nullable=True),
        sa.Column('created_at', sa.DateTime(timezone=True), nullable=False),
        sa.Column('created_by_id', sa.Integer(), nullable=True),
        sa.Column('changed_at', sa.DateTime(timezone=True), nullable=False),
        sa.Column('changed_by_id', sa.Integer(), nullable=True),
        sa.Column('version', sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(['changed_by_id'], ['ab_user.id'], name=op.f('fk_problem_tag_changed_by_id'), ondelete='RESTRICT'),
        sa.ForeignKeyConstraint(['created_by_id'], ['ab_user.id'], name=op.f('fk_problem_tag_created_by_id'), ondelete='RESTRICT'),
        sa.PrimaryKeyConstraint('id', name=op.f('pk_problem_tag')),
        sa.UniqueConstraint('code', name=op.f('uq_problem_tag_code')),
    )

    op.create_table(
        'ab_permission_view_role',
        sa.Column('id', sa.Integer(), nullable=False),
        sa.Column('permission_view_id', sa.Integer(), nullable=True),
        sa.Column('role_id', sa.Integer(), nullable=True),
        sa.ForeignKeyConstraint(['permission_view_id'], ['ab_permission_view.id'], name=op.f('fk_ab_permission_view_role_permission_view_id'), ondelete='CASCADE'),
        sa.ForeignKeyConstraint(['role_id'], ['ab_role.id'], name=op.f('fk_ab_permission_view_role_role_id'), ondelete='CASCADE'),
        sa.PrimaryKeyConstraint('id', name=op.f('pk_ab_permission_view_role')),
        sa.UniqueConstraint('permission_view_id', 'role_id', name=op.f('uq_ab_permission_view_role_permission_view_id_role_id')),
    )
    op.create_index(op.f('idx_permission_view_id'), 'ab_permission_view_role', ['permission_view_id'], unique=False)
    op.create_index(op.f('idx_role_id'), 'ab_permission_view_role', ['role_id'], unique=False)

    op.create_table(
        'grant_fund',
        sa.Column('id', sa.Integer(), nullable=False),
        sa.Column('source_id', sa.Integer(), nullable=False),
        sa.Column('fiscal_year', sa.Integer(), nullable=True),
        sa.Column('name', sa.String(length=200), nullable=False),
        sa.Column('budget_stage', sa.Enum('original', 'revised', name='budget_stage', native_enum=False, create_constraint=True, length=40), nullable=True),
        sa.Column('form', sa.Enum('cash', 'in_kind', name='grant_form', native_enum=False, create_constraint=True, length=40), nullable=False),
        sa.Column('ceiling_initial', sa.BigInteger(), nullable=True),
        sa.Column('ceiling_revised', sa.BigInteger(), nullable=True),
        sa.Column('document_number', sa.String(length=80), nullable=True),
        sa.Column('state', sa.Enum('proposed', 'budgeted', 'disbursed', 'absorbed', 'accounted', 'closed', 'rejected', 'unrealised', name='grant_state', native_enum=False, create_constraint=True, length=40), nullable=False),
        sa.Column('reason', sa.Text(), nullable=True),
        sa.Column('note', sa.Text(), nullable=True),
        sa.Column('source_url', sa.String(length=500), nullable=True),
        sa.Column('search_text', sa.Text(), nullable=True),
        sa.Column('created_at', sa.DateTime(timezone=True), nullable=False),
        sa.Column('created_by_id', sa.Integer(), nullable=True),
        sa.Column('changed_at', sa.DateTime(timezone=True), nullable=False),
        sa.Column('changed_by_id', sa.Integer(), nullable=True),
        sa.Column('version', sa.Integer(), nullable=False),
        sa.Column('report_number', sa.String(length=80), nullable=True),
        sa.Column('accounted_on', sa.Date(), nullable=True),
        sa.CheckConstraint('ceiling_initial > 0', name=op.f('ck_grant_fund_ceiling_initial')),
        sa.CheckConstraint('ceiling_revised > 0', name=op.f('ck_grant_fund_ceiling_revised')),
        sa.CheckConstraint('fiscal_year BETWEEN 2000 AND 2100', name=op.f('ck_grant_fund_fiscal_year')),
        sa.CheckConstraint("form = 'cash' OR (ceiling_initial IS NULL AND ceiling_revised IS NULL)", name=op.f('ck_grant_fund_in_kind_no_ceiling')),
        sa.CheckConstraint("state NOT IN ('rejected', 'unrealised') OR reason IS NOT NULL", name=op.f('ck_grant_fund_reason')),
        sa.ForeignKeyConstraint(['changed_by_id'], ['ab_user.id'], name=op.f('fk_grant_fund_changed_by_id'), ondelete='RESTRICT'),
        sa.ForeignKeyConstraint(['created_by_id'], ['ab_user.id'], name=op.f('fk_grant_fund_created_by_id'), ondelete='RESTRICT'),
        sa.ForeignKeyConstraint(['source_id'], ['funding_source.id'], name=op.f('fk_grant_fund_source_id'), ondelete='RESTRICT'),
        sa.PrimaryKeyConstraint('id', name=op.f('pk_grant_fund')),
    )
    op.create_index(op.f('ix_grant_fund_fiscal_year'), 'grant_fund', ['fiscal_year'], unique=False)
    op.create_index(op.f('ix_grant_fund_source_id'), 'grant_fund', ['source_id'], unique=False)
    op.create_index(op.f('ix_grant_fund_state'), 'grant_fund', ['state'], unique=False)

    op.create_table(
        'kelurahan',
        sa.Column('id', sa.Integer(), nullable=False),
        sa.Column('kecamatan_id', sa.Integer(), nullable=False),
        sa.Column('aliases', sa.String(length=300), nullable=True),
        sa.Column('code', sa.String(length=40), nullable=False),
        sa.Column('name', sa.String(length=200), nullable=False),
        sa.Column('source', sa.Text(), nullable=True),
        sa.Column('created_at', sa.DateTime(timezone=True), nullable=False),
        sa.Column('created_by_id', sa.Integer(), nullable=True),
        sa.Column('changed_at', sa.DateTime(timezone=True), nullable=False),
        sa.Column('changed_by_id', sa.Integer(), nullable=True),
        sa.Column('version', sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(['changed_by_id'], ['ab_user.id'], name=op.f('fk_kelurahan_changed_by_id'), ondelete='RESTRICT'),
        sa.ForeignKeyConstraint(['created_by_id'], ['ab_user.id'], name=op.f('fk_kelurahan_created_by_id'), ondelete='RESTRICT'),
        sa.ForeignKeyConstraint(['kecamatan_id'], ['kecamatan.id'], name=op.f('fk_kelurahan_kecamatan_id'), ondelete='RESTRICT'),
        sa.PrimaryKeyConstraint('id', name=op.f('pk_kelurahan')),
        sa.UniqueConstraint('code', name=op.f('uq_kelurahan_code')),
        sa.UniqueConstraint('name', name=op.f('uq_kelurahan_name')),
    )
    op.create_index(op.f('ix_kelurahan_kecamatan_id'), 'kelurahan', ['kecamatan_id'], unique=False)

    op.create_table(
        'asset',
        sa.Column('id', sa.Integer(), nullable=False),
        sa.Column('grant_id', sa.Integer(), nullable=False),
        sa.Column('name', sa.String(length=200), nullable=False),
        sa.Column('acquisition_value', sa.BigInteger(), nullable=True),
        sa.Column('acquired_on', sa.Date(), nullable=True),
        sa.Column('inventory_number', sa.String(length=80), nullable=True),
        sa.Column('note', sa.Text(), nullable=True),
        sa.Column('search_text', sa.Text(), nullable=True),
        sa.Column('created_at', sa.DateTime(timezone=True), nullable=False),
        sa.Column('created_by_id', sa.Integer(), nullable=True),
        sa.Column('changed_at', sa.DateTime(timezone=True), nullable=False),
        sa.Column('changed_by_id', sa.Integer(), nullable=True),
        sa.Column('version', sa.Integer(), nullable=False),
        sa.CheckConstraint('acquisition_value > 0', name=op.f('ck_asset_acquisition_value')),
        sa.ForeignKeyConstraint(['changed_by_id'], ['ab_user.id'], name=op.f('fk_asset_changed_by_id'), ondelete='RESTRICT'),
        sa.ForeignKeyConstraint(['created_by_id'], ['ab_user.id'], name=op.f('fk_asset_created_by_id'), ondelete='RESTRICT'),
        sa.ForeignKeyConstraint(['grant_id'], ['grant_fund.id'], name=op.f('fk_asset_grant_id'), ondelete='RESTRICT'),
        sa.PrimaryKeyConstraint('id', name=op.f('pk_asset')),
    )
    op.create_index(op.f('ix_asset_grant_id'), 'asset', ['grant_id'], unique=False)

    op.create_table(
        'grant_purpose',
        sa.Column('id', sa.Integer(), nullable=False),
        sa.Column('grant_id', sa.Integer(), nullable=False),
        sa.Column('purpose', sa.Enum('operational', 'client_aid', 'activity', name='purpose', native_enum=False, create_constraint=True, length=40), nullable=False),
        sa.Column('created_at', sa.DateTime(timezone=True), nullable=False),
        sa.Column('created_by_id', sa.Integer(), nullable=True),
        sa.Column('changed_at', sa.DateTime(timezone=True), nullable=False),
        sa.Column('changed_by_id', sa.Integer(), nullable=True),
        sa.Column('version', sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(['changed_by_id'], ['ab_user.id'], name=op.f('fk_grant_purpose_changed_by_id'), ondelete='RESTRICT'),
        sa.ForeignKeyConstraint(['created_by_id'], ['ab_user.id'], name=op.f('fk_grant_purpose_created_by_id'), ondelete='RESTRICT'),
        sa.ForeignKeyConstraint(['grant_id'], ['grant_fund.id'], name=op.f('fk_grant_purpose_grant_id'), ondelete='RESTRICT'),
        sa.PrimaryKeyConstraint('id', name=op.f('pk_grant_purpose')),
        sa.UniqueConstraint('grant_id', 'purpose', name=op.f('uq_grant_purpose_grant_id_purpose')),
    )

    op.create_table(
        'household',
        sa.Column('id', sa.Integer(), nullable=False),
        sa.Column('no_kk', sa.String(length=40), nullable=True),
        sa.Column('note', sa.Text(), nullable=True),
        sa.Column('search_text', sa.Text(), nullable=True),
        sa.Column('archived_at', sa.DateTime(timezone=True), nullable=True),
        sa.Column('address', sa.String(length=300), nullable=True),
        sa.Column('rt', sa.String(length=10), nullable=True),
        sa.Column('rw', sa.String(length=10), nullable=True),
        sa.Column('outside_address', sa.String(length=300), nullable=True),
        sa.Column('kelurahan_id', sa.Integer(), nullable=True),
        sa.Column('created_at', sa.DateTime(timezone=True), nullable=False),
        sa.Column('created_by_id', sa.Integer(), nullable=True),
        sa.Column('changed_at', sa.DateTime(timezone=True), nullable=False),
        sa.Column('changed_by_id', sa.Integer(), nullable=True),
        sa.Column('version', sa.Integer(), nullable=False),
        sa.CheckConstraint("no_kk IS NULL OR (length(no_kk) = 16 AND trim(no_kk, '0123456789') = '')", name=op.f('ck_household_no_kk')),
        sa.CheckConstraint('coalesce(address, no_kk, outside_address) IS NOT NULL OR kelurahan_id IS NOT NULL', name=op.f('ck_household_somewhere')),
        sa.ForeignKeyConstraint(['changed_by_id'], ['ab_user.id'], name=op.f('fk_household_changed_by_id'), ondelete='RESTRICT'),
        sa.ForeignKeyConstraint(['created_by_id'], ['ab_user.id'], name=op.f('fk_household_created_by_id'), ondelete='RESTRICT'),
        sa.ForeignKeyConstraint(['kelurahan_id'], ['kelurahan.id'], name=op.f('fk_household_kelurahan_id'), ondelete='RESTRICT'),
        sa.PrimaryKeyConstraint('id', name=op.f('pk_household')),
    )
    op.create_index(op.f('ix_household_kelurahan_id'), 'household', ['kelurahan_id'], unique=False)
    op.create_index(op.f('ix_household_no_kk'), 'household', ['no_kk'], unique=False)

    op.create_table(
        'incoming_report',
        sa.Column('id', sa.Integer(), nullable=False),
        sa.Column('received_at', sa.DateTime(timezone=True), nullable=False),
        sa.Column('channel', sa.Enum('walk_in', 'rt_rw', 'outreach', 'partner', 'bhabinkamtibmas_babinsa', 'phone_whatsapp', 'social_media', 'family', 'other', name='channel', native_enum=False, create_constraint=True, length=40), nullable=False),
        sa.Column('reporter_name', sa.String(length=120), nullable=True),
        sa.Column('reporter_role', sa.String(length=120), nullable=True),
        sa.Column('reporter_phone', sa.String(length=20), nullable=True),
        sa.Column('location', sa.String(length=300), nullable=True),
        sa.Column('kelurahan_id', sa.Integer(), nullable=True),
        sa.Column('description', sa.Text(), nullable=False),
        sa.Column('urgency', sa.Enum('ordinary', 'urgent', 'emergency', name='urgency', native_enum=False, create_constraint=True, length=40), nullable=False),
        sa.Column('state', sa.Enum('new', 'taken_up', 'dismissed', name='report_state', native_enum=False, create_constraint=True, length=40), nullable=False),
        sa.Column('dismissed_reason', sa.Text(), nullable=True),
        sa.Column('created_at', sa.DateTime(timezone=True), nullable=False),
        sa.Column('created_by_id', sa.Integer(), nullable=True),
        sa.Column('changed_at', sa.DateTime(timezone=True), nullable=False),
        sa.Column('changed_by_id', sa.Integer(), nullable=True),
        sa.Column('version', sa.Integer(), nullable=False),
        sa.Column('due_at', sa.DateTime(timezone=True), nullable=True),
        sa.Column('answered_at', sa.DateTime(timezone=True), nullable=True),
        sa.Column('answered_by_id', sa.Integer(), nullable=True),
        sa.CheckConstraint("(state = 'dismissed') = (dismissed_reason IS NOT NULL)", name=op.f('ck_incoming_report_dismissed')),
        sa.ForeignKeyConstraint(['answered_by_id'], ['ab_user.id'], name=op.f('fk_incoming_report_answered_by_id'), ondelete='RESTRICT'),
        sa.ForeignKeyConstraint(['changed_by_id'], ['ab_user.id'], name=op.f('fk_incoming_report_changed_by_id'), ondelete='RESTRICT'),
        sa.ForeignKeyConstraint(['created_by_id'], ['ab_user.id'], name=op.f('fk_incoming_report_created_by_id'), ondelete='RESTRICT'),
        sa.ForeignKeyConstraint(['kelurahan_id'], ['kelurahan.id'], name=op.f('fk_incoming_report_kelurahan_id'), ondelete='RESTRICT'),
        sa.PrimaryKeyConstraint('id', name=op.f('pk_incoming_report')),
    )
    op.create_index(op.f('ix_incoming_report_answered_by_id'), 'incoming_report', ['answered_by_id'], unique=False)
    op.create_index(op.f('ix_incoming_report_channel'), 'incoming_report', ['channel', 'received_at', 'id'], unique=False)
    op.create_index(op.f('ix_incoming_report_kelurahan_id'), 'incoming_report', ['kelurahan_id'], unique=False)
    op.create_index(op.f('ix_incoming_report_received_at'), 'incoming_report', ['received_at', 'id'], unique=False)
    op.create_index(op.f('ix_incoming_report_state_received_at'), 'incoming_report', ['state', 'received_at', 'id'], unique=False)
    op.create_index(op.f('ix_incoming_report_urgency'), 'incoming_report', ['urgency', 'received_at', 'id'], unique=False)

    op.create_table(
        'partner',
        sa.Column('id', sa.Integer(), nullable=False),
        sa.Column('name', sa.String(length=160), nullable=False),
        sa.Column('kind', sa.Enum('zakat', 'health_centre', 'hospital', 'police', 'bhabinkamtibmas', 'babinsa', 'uptd_ppa', 'civil_registry', 'legal_aid', 'shelter', 'ministry_centre', 'social_office', 'school', 'company', 'community', 'other', name='partner_kind', native_enum=False, create_constraint=True, length=40), nullable=False),
        sa.Column('address', sa.String(length=300), nullable=True),
        sa.Column('kelurahan_id', sa.Integer(), nullable=True),
        sa.Column('phone', sa.String(length=20), nullable=True),
        sa.Column('whatsapp', sa.String(length=20), nullable=True),
        sa.Column('email', sa.String(length=160), nullable=True),
        sa.Column('open_24h', sa.Boolean(), nullable=False),
        sa.Column('agreement_number', sa.String(length=120), nullable=True),
        sa.Column('agreement_from', sa.Date(), nullable=True),
        sa.Column('agreement_until', sa.Date(), nullable=True),
        sa.Column('accepting', sa.Boolean(), nullable=False),
        sa.Column('verified_on', sa.Date(), nullable=True),
        sa.Column('verified_by_id', sa.Integer(), nullable=True),
        sa.Column('active', sa.Boolean(), nullable=False),
        sa.Column('archived_at', sa.DateTime(timezone=True), nullable=True),
        sa.Column('note', sa.Text(), nullable=True),
        sa.Column('source', sa.Text(), nullable=True),
        sa.Column('search_text', sa.Text(), nullable=True),
        sa.Column('created_at', sa.DateTime(timezone=True), nullable=False),
        sa.Column('created_by_id', sa.Integer(), nullable=True),
        sa.Column('changed_at', sa.DateTime(timezone=True), nullable=False),
        sa.Column('changed_by_id', sa.Integer(), nullable=True),
        sa.Column('version', sa.Integer(), nullable=False),
        sa.CheckConstraint('active = (archived_at IS NULL)', name=op.f('ck_partner_active')),
        sa.CheckConstraint('agreement_from <= agreement_until', name=op.f('ck_partner_agreement')),
        sa.ForeignKeyConstraint(['changed_by_id'], ['ab_user.id'], name=op.f('fk_partner_changed_by_id'), ondelete='RESTRICT'),
        sa.ForeignKeyConstraint(['created_by_id'], ['ab_user.id'], name=op.f('fk_partner_created_by_id'), ondelete='RESTRICT'),
        sa.ForeignKeyConstraint(['kelurahan_id'], ['kelurahan.id'], name=op.f('fk_partner_kelurahan_id'), ondelete='RESTRICT'),
        sa.ForeignKeyConstraint(['verified_by_id'], ['ab_user.id'], name=op.f('fk_partner_verified_by_id'), ondelete='RESTRICT'),
        sa.PrimaryKeyConstraint('id', name=op.f('pk_partner')),
        sa.UniqueConstraint('name', name=op.f('uq_partner_name')),
    )
    op.create_index(op.f('ix_partner_kelurahan_id'), 'partner', ['kelurahan_id'], unique=False)
    op.create_index(op.f('ix_partner_kind'), 'partner', ['kind', 'name'], unique=False)
    op.create_index(op.f('ix_partner_verified_on'), 'partner', ['verified_on', 'id'], unique=False)

    op.create_table(
        'published_figure',
        sa.Column('id', sa.Integer(), nullable=False),
        sa.Column('year', sa.Integer(), nullable=True),
        sa.Column('measure', sa.Enum('clients', 'new_clients', 'continuing_clients', 'mental_disorder', 'realised', 'unspent', name='measure', native_enum=False, create_constraint=True, length=40), nullable=False),
        sa.Column('value', sa.BigInteger(), nullable=True),
        sa.Column('qualifier', sa.Enum('exact', 'minimum', name='qualifier', native_enum=False, create_constraint=True, length=40), nullable=False),
        sa.Column('grant_id', sa.Integer(), nullable=True),
        sa.Column('note', sa.Text(), nullable=True),
        sa.Column('source', sa.String(length=500), nullable=False),
        sa.Column('created_at', sa.DateTime(timezone=True), nullable=False),
        sa.Column('created_by_id', sa.Integer(), nullable=True),
        sa.Column('changed_at', sa.DateTime(timezone=True), nullable=False),
        sa.Column('changed_by_id', sa.Integer(), nullable=True),
        sa.Column('version', sa.Integer(), nullable=False),
        sa.CheckConstraint('value >= 0', name=op.f('ck_published_figure_value')),
        sa.CheckConstraint('year BETWEEN 2000 AND 2100', name=op.f('ck_published_figure_year')),
        sa.ForeignKeyConstraint(['changed_by_id'], ['ab_user.id'], name=op.f('fk_published_figure_changed_by_id'), ondelete='RESTRICT'),
        sa.ForeignKeyConstraint(['created_by_id'], ['ab_user.id'], name=op.f('fk_published_figure_created_by_id'), ondelete='RESTRICT'),
        sa.ForeignKeyConstraint(['grant_id'], ['grant_fund.id'], name=op.f('fk_published_figure_grant_id'), ondelete='RESTRICT'),
        sa.PrimaryKeyConstraint('id', name=op.f('pk_published_figure')),
    )
    op.create_index(op.f('ix_published_figure_grant_id'), 'published_figure', ['grant_id'], unique=False)
    op.create_index(op.f('ix_published_figure_year'), 'published_figure', ['year'], unique=False)

    op.create_table(
        'client',
        sa.Column('id', sa.Integer(), nullable=False),
        sa.Column('name', sa.String(length=120), nullable=True),
        sa.Column('alias', sa.String(length=120), nullable=True),
        sa.Column('system_number', sa.String(length=20), nullable=True),
        sa.Column('nik', sa.String(length=40), nullable=True),
        sa.Column('nik_note', sa.String(length=300), nullable=True),
        sa.Column('no_kk', sa.String(length=40), nullable=True),
        sa.Column('identity_status', sa.Enum('verified', 'stated', 'no_nik', 'unknown', 'foreign', name='identity_status', native_enum=False, create_constraint=True, length=40), nullable=False),
        sa.Column('no_nik_reason', sa.Enum('abandoned', 'mental_disorder', 'unregistered_baby', 'lost_documents', 'newcomer', 'other', name='no_nik_reason', native_enum=False, create_constraint=True, length=40), nullable=True),
        sa.Column('features', sa.Text(), nullable=True),
        sa.Column('sex', sa.Enum('male', 'female', 'unknown', name='sex', native_enum=False, create_constraint=True, length=40), nullable=False),
        sa.Column('birth_place', sa.String(length=120), nullable=True),
        sa.Column('birth_date', sa.Date(), nullable=True),
        sa.Column('birth_date_precision', sa.Enum('exact', 'year', 'estimated', name='birth_date_precision', native_enum=False, create_constraint=True, length=40), nullable=False),
        sa.Column('marital_status', sa.Enum('single', 'married', 'divorced', 'widowed', name='marital_status', native_enum=False, create_constraint=True, length=40), nullable=True),
        sa.Column('occupation', sa.String(length=120), nullable=True),
        sa.Column('phone', sa.String(length=20), nullable=True),
        sa.Column('phone_owner', sa.Enum('self', 'family', 'neighbour', 'official', 'other', name='phone_owner', native_enum=False, create_constraint=True, length=40), nullable=True),
        sa.Column('safe_to_contact', sa.Enum('yes', 'ask_first', 'no', name='safe_to_contact', native_enum=False, create_constraint=True, length=40), nullable=True),
        sa.Column('contact_note', sa.String(length=300), nullable=True),
        sa.Column('landmark', sa.String(length=200), nullable=True),
        sa.Column('household_id', sa.Integer(), nullable=True),
        sa.Column('household_role', sa.Enum('head', 'spouse', 'child', 'parent', 'other_relative', 'not_related', name='household_role', native_enum=False, create_constraint=True, length=40), nullable=True),
        sa.Column('guardian_name', sa.String(length=120), nullable=True),
        sa.Column('guardian_phone', sa.String(length=20), nullable=True),
        sa.Column('dtsen_status', sa.Enum('registered', 'not_registered', 'not_checked', name='dtsen_status', native_enum=False, create_constraint=True, length=40), nullable=False),
        sa.Column('dtsen_decile', sa.Integer(), nullable=True),
        sa.Column('search_text', sa.Text(), nullable=True),
        sa.Column('archived_at', sa.DateTime(timezone=True), nullable=True),
        sa.Column('merged_into_id', sa.Integer(), nullable=True),
        sa.Column('address', sa.String(length=300), nullable=True),
        sa.Column('rt', sa.String(length=10), nullable=True),
        sa.Column('rw', sa.String(length=10), nullable=True),
        sa.Column('outside_address', sa.String(length=300), nullable=True),
        sa.Column('kelurahan_id', sa.Integer(), nullable=True),
        sa.Column('created_at', sa.DateTime(timezone=True), nullable=False),
        sa.Column('created_by_id', sa.Integer(), nullable=True),
        sa.Column('changed_at', sa.DateTime(timezone=True), nullable=False),
        sa.Column('changed_by_id', sa.Integer(), nullable=True),
        sa.Column('version', sa.Integer(), nullable=False),
        sa.CheckConstraint('name IS NOT NULL OR system_number IS NOT NULL', name=op.f('ck_client_called')),
        sa.CheckConstraint('dtsen_decile BETWEEN 1 AND 10', name=op.f('ck_client_dtsen_decile')),
        sa.CheckConstraint("nik IS NULL OR (length(nik) = 16 AND trim(nik, '0123456789') = '')", name=op.f('ck_client_nik')),
        sa.CheckConstraint("no_kk IS NULL OR (length(no_kk) = 16 AND trim(no_kk, '0123456789') = '')", name=op.f('ck_client_no_kk')),
        sa.CheckConstraint('merged_into_id <> id', name=op.f('ck_client_not_itself')),
        sa.ForeignKeyConstraint(['changed_by_id'], ['ab_user.id'], name=op.f('fk_client_changed_by_id'), ondelete='RESTRICT'),
        sa.ForeignKeyConstraint(['created_by_id'], ['ab_user.id'], name=op.f('fk_client_created_by_id'), ondelete='RESTRICT'),
        sa.ForeignKeyConstraint(['household_id'], ['household.id'], name=op.f('fk_client_household_id'), ondelete='RESTRICT'),
        sa.ForeignKeyConstraint(['kelurahan_id'], ['kelurahan.id'], name=op.f('fk_client_kelurahan_id'), ondelete='RESTRICT'),
        sa.ForeignKeyConstraint(['merged_into_id'], ['client.id'], name=op.f('fk_client_merged_into_id'), ondelete='RESTRICT'),
        sa.PrimaryKeyConstraint('id', name=op.f('pk_client')),
    )
    op.create_index(op.f('ix_client_created_at'), 'client', ['created_at', 'id'], unique=False)
    op.create_index(op.f('ix_client_household_id'), 'client', ['household_id'], unique=False)
    op.create_index(op.f('ix_client_identity_status'), 'client', ['identity_status'], unique=False)
    op.create_index(op.f('ix_client_kelurahan_id'), 'client', ['kelurahan_id'], unique=False)
    op.create_index(op.f('ix_client_kelurahan_id_identity_status'), 'client', ['kelurahan_id', 'identity_status', 'id'], unique=False, sqlite_where=sa.text('archived_at IS NULL'), postgresql_where=sa.text('archived_at IS NULL'))
    op.create_index(op.f('ix_client_kelurahan_id_name'), 'client', ['kelurahan_id', 'name', 'id'], unique=False)
    op.create_index(op.f('ix_client_merged_into_id'), 'client', ['merged_into_id'], unique=False)
    op.create_index(op.f('ix_client_name'), 'client', ['name', 'id'], unique=False)
    op.create_index(op.f('ix_client_phone'), 'client', ['phone'], unique=False)
    op.create_index(op.f('ix_client_sex'), 'client', ['sex'], unique=False)
    op.create_index(op.f('uq_client_head'), 'client', ['household_id'], unique=True, sqlite_where=sa.text("household_role = 'head' AND archived_at IS NULL"), postgresql_where=sa.text("household_role = 'head' AND archived_at IS NULL"))
    op.create_index(op.f('uq_client_nik'), 'client', ['nik'], unique=True, sqlite_where=sa.text('nik IS NOT NULL AND merged_into_id IS NULL'), postgresql_where=sa.text('nik IS NOT NULL AND merged_into_id IS NULL'))
    op.create_index(op.f('uq_client_system_number'), 'client', ['system_number'], unique=True)

    op.create_table(
        'partner_contact',
        sa.Column('id', sa.Integer(), nullable=False),
        sa.Column('partner_id', sa.Integer(), nullable=False),
        sa.Column('name', sa.String(length=120), nullable=False),
        sa.Column('position', sa.String(length=120), nullable=True),
        sa.Column('kelurahan_id', sa.Integer(), nullable=True),
        sa.Column('phone', sa.String(length=20), nullable=True),
        sa.Column('whatsapp', sa.String(length=20), nullable=True),
        sa.Column('email', sa.String(length=160), nullable=True),
        sa.Column('active', sa.Boolean(), nullable=False),
        sa.Column('note', sa.String(length=300), nullable=True),
        sa.Column('search_text', sa.Text(), nullable=True),
        sa.Column('created_at', sa.DateTime(timezone=True), nullable=False),
        sa.Column('created_by_id', sa.Integer(), nullable=True),
        sa.Column('changed_at', sa.DateTime(timezone=True), nullable=False),
        sa.Column('changed_by_id', sa.Integer(), nullable=True),
        sa.Column('version', sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(['changed_by_id'], ['ab_user.id'], name=op.f('fk_partner_contact_changed_by_id'), ondelete='RESTRICT'),
        sa.ForeignKeyConstraint(['created_by_id'], ['ab_user.id'], name=op.f('fk_partner_contact_created_by_id'), ondelete='RESTRICT'),
        sa.ForeignKeyConstraint(['kelurahan_id'], ['kelurahan.id'], name=op.f('fk_partner_contact_kelurahan_id'), ondelete='RESTRICT'),
        sa.ForeignKeyConstraint(['partner_id'], ['partner.id'], name=op.f('fk_partner_contact_partner_id'), ondelete='RESTRICT'),
        sa.PrimaryKeyConstraint('id', name=op.f('pk_partner_contact')),
    )
    op.create_index(op.f('ix_partner_contact_kelurahan_id'), 'partner_contact', ['kelurahan_id'], unique=False)
    op.create_index(op.f('ix_partner_contact_name'), 'partner_contact', ['name', 'id'], unique=False)
    op.create_index(op.f('ix_partner_contact_partner_id'), 'partner_contact', ['partner_id'], unique=False)

    op.create_table(
        'partner_coverage',
        sa.Column('partner_id', sa.Integer(), nullable=False),
        sa.Column('kelurahan_id', sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(['kelurahan_id'], ['kelurahan.id'], name=op.f('fk_partner_coverage_kelurahan_id'), ondelete='RESTRICT'),
        sa.ForeignKeyConstraint(['partner_id'], ['partner.id'], name=op.f('fk_partner_coverage_partner_id'), ondelete='RESTRICT'),
        sa.PrimaryKeyConstraint('partner_id', 'kelurahan_id', name=op.f('pk_partner_coverage')),
    )
    op.create_index(op.f('ix_partner_coverage_kelurahan_id'), 'partner_coverage', ['kelurahan_id'], unique=False)

    op.create_table(
        'partner_service',
        sa.Column('id', sa.Integer(), nullable=False),
        sa.Column('partner_id', sa.Integer(), nullable=False),
        sa.Column('need_kind_id', sa.Integer(), nullable=False),
        sa.Column('required_documents', sa.Text(), nullable=True),
        sa.Column('eligibility', sa.Text(), nullable=True),
        sa.Column('response_hours', sa.Integer(), nullable=True),
        sa.Column('created_at', sa.DateTime(timezone=True), nullable=False),
        sa.Column('created_by_id', sa.Integer(), nullable=True),
        sa.Column('changed_at', sa.DateTime(timezone=True), nullable=False),
        sa.Column('changed_by_id', sa.Integer(), nullable=True),
        sa.Column('version', sa.Integer(), nullable=False),
        sa.CheckConstraint('response_hours > 0', name=op.f('ck_partner_service_response_hours')),
        sa.ForeignKeyConstraint(['changed_by_id'], ['ab_user.id'], name=op.f('fk_partner_service_changed_by_id'), ondelete='RESTRICT'),
        sa.ForeignKeyConstraint(['created_by_id'], ['ab_user.id'], name=op.f('fk_partner_service_created_by_id'), ondelete='RESTRICT'),
        sa.ForeignKeyConstraint(['need_kind_id'], ['need_kind.id'], name=op.f('fk_partner_service_need_kind_id'), ondelete='RESTRICT'),
        sa.ForeignKeyConstraint(['partner_id'], ['partner.id'], name=op.f('fk_partner_service_partner_id'), ondelete='RESTRICT'),
        sa.PrimaryKeyConstraint('id', name=op.f('pk_partner_service')),
        sa.UniqueConstraint('partner_id', 'need_kind_id', name=op.f('uq_partner_service_partner_id_need_kind_id')),
    )
    op.create_index(op.f('ix_partner_service_need_kind_id'), 'partner_service', ['need_kind_id'], unique=False)
    op.create_index(op.f('ix_partner_service_partner_id'), 'partner_service', ['partner_id'], unique=False)

    op.create_table(
        'case_file',
        sa.Column('id', sa.Integer(), nullable=False),
        sa.Column('number', sa.String(length=20), nullable=False),
        sa.Column('client_id', sa.Integer(), nullable=False),
        sa.Column('report_id', sa.Integer(), nullable=True),
        sa.Column('opened_at', sa.DateTime(timezone=True), nullable=False),
        sa.Column('channel', sa.Enum('walk_in', 'rt_rw', 'outreach', 'partner', 'bhabinkamtibmas_babinsa', 'phone_whatsapp', 'social_media', 'family', 'other', name='channel', native_enum=False, create_constraint=True, length=40), nullable=False),
        sa.Column('presenting_problem', sa.Text(), nullable=False),
        sa.Column('focus', sa.Enum('poverty', 'psychosocial', 'family_resilience', name='focus', native_enum=False, create_constraint=True, length=40), nullable=True),
        sa.Column('urgency', sa.Enum('ordinary', 'urgent', 'emergency', name='urgency', native_enum=False, create_constraint=True, length=40), nullable=False),
        sa.Column('risk_level', sa.Enum('low', 'medium', 'high', 'critical', name='risk_level', native_enum=False, create_constraint=True, length=40), nullable=True),
        sa.Column('confidentiality', sa.Enum('ordinary', 'limited', 'secret', name='confidentiality', native_enum=False, create_constraint=True, length=40), nullable=False),
        sa.Column('stage', sa.Enum('engagement', 'contract', 'assessment', 'planning', 'intervention', 'evaluation', 'termination', 'aftercare', name='case_stage', native_enum=False, create_constraint=True, length=40), nullable=False),
        sa.Column('status', sa.Enum('active', 'on_hold', 'aftercare', 'closed', name='case_status', native_enum=False, create_constraint=True, length=40), nullable=False),
        sa.Column('worker_id', sa.Integer(), nullable=True),
        sa.Column('search_text', sa.Text(), nullable=True),
        sa.Column('created_at', sa.DateTime(timezone=True), nullable=False),
        sa.Column('created_by_id', sa.Integer(), nullable=True),
        sa.Column('changed_at', sa.DateTime(timezone=True), nullable=False),
        sa.Column('changed_by_id', sa.Integer(), nullable=True),
        sa.Column('version', sa.Integer(), nullable=False),
        sa.Column('closed_at', sa.DateTime(timezone=True), nullable=True),
        sa.Column('closing_reason', sa.String(length=40), nullable=True),
        sa.Column('closing_summary', sa.Text(), nullable=True),
        sa.Column('hold_until', sa.Date(), nullable=True),
        sa.Column('police_report_number', sa.String(length=60), nullable=True),
        sa.Column('violence_reported_at', sa.DateTime(timezone=True), nullable=True),
        sa.CheckConstraint("(status = 'closed') = (closed_at IS NOT NULL) AND (status = 'closed') = (closing_reason IS NOT NULL) AND (status = 'closed') = (closing_summary IS NOT NULL)", name=op.f('ck_case_file_closed')),
        sa.CheckConstraint("closing_reason IN ('goal_reached', 'period_ended', 'moved', 'worker_left', 'transferred', 'withdrew', 'died', 'lost_contact', 'not_our_mandate')", name=op.f('ck_case_file_closing_reason')),
        sa.CheckConstraint("substr(number, 1, 4) = 'LK3/' AND length(number) >= 13", name=op.f('ck_case_file_number')),
        sa.CheckConstraint("(status = 'on_hold') = (hold_until IS NOT NULL)", name=op.f('ck_case_file_on_hold')),
        sa.ForeignKeyConstraint(['changed_by_id'], ['ab_user.id'], name=op.f('fk_case_file_changed_by_id'), ondelete='RESTRICT'),
        sa.ForeignKeyConstraint(['client_id'], ['client.id'], name=op.f('fk_case_file_client_id'), ondelete='RESTRICT'),
        sa.ForeignKeyConstraint(['created_by_id'], ['ab_user.id'], name=op.f('fk_case_file_created_by_id'), ondelete='RESTRICT'),
        sa.ForeignKeyConstraint(['report_id'], ['incoming_report.id'], name=op.f('fk_case_file_report_id'), ondelete='RESTRICT'),
        sa.ForeignKeyConstraint(['worker_id'], ['ab_user.id'], name=op.f('fk_case_file_worker_id'), ondelete='RESTRICT'),
        sa.PrimaryKeyConstraint('id', name=op.f('pk_case_file')),
        sa.UniqueConstraint('number', name=op.f('uq_case_file_number')),
        sa.UniqueConstraint('report_id', name=op.f('uq_case_file_report_id')),
    )
    op.create_index(op.f('ix_case_file_client_id'), 'case_file', ['client_id'], unique=False)
    op.create_index(op.f('ix_case_file_confidentiality'), 'case_file', ['confidentiality', 'opened_at', 'id'], unique=False)
    op.create_index(op.f('ix_case_file_opened_at'), 'case_file', ['opened_at', 'id', 'client_id', 'confidentiality', 'worker_id'], unique=False)
    op.create_index(op.f('ix_case_file_secret_client'), 'case_file', ['client_id'], unique=False, sqlite_where=sa.text("confidentiality = 'secret'"), postgresql_where=sa.text("confidentiality = 'secret'"))
    op.create_index(op.f('ix_case_file_status_opened_at'), 'case_file', ['status', 'opened_at', 'id'], unique=False)
    op.create_index(op.f('ix_case_file_urgency'), 'case_file', ['urgency', 'opened_at', 'id'], unique=False)
    op.create_index(op.f('ix_case_file_worker_id'), 'case_file', ['worker_id', 'status'], unique=False)
    op.create_index(op.f('ix_case_file_worker_id_opened_at'), 'case_file', ['worker_id', 'opened_at', 'id'], unique=False)

    op.create_table(
        'consent',
        sa.Column('id', sa.Integer(), nullable=False),
        sa.Column('client_id', sa.Integer(), nullable=False),
        sa.Column('purpose', sa.Enum('service', 'share_with_partner', 'photo', 'publication', name='consent_purpose', native_enum=False, create_constraint=True, length=40), nullable=False),
        sa.Column('method', sa.Enum('written', 'spoken_recorded', 'guardian', 'exception', name='consent_method', native_enum=False, create_constraint=True, length=40), nullable=False),
        sa.Column('text_version', sa.String(length=40), nullable=True),
        sa.Column('given_by', sa.String(length=120), nullable=True),
        sa.Column('given_on', sa.Date(), nullable=False),
        sa.Column('exception_reason', sa.Text(), nullable=True),
        sa.Column('withdrawn_at', sa.DateTime(timezone=True), nullable=True),
        sa.Column('withdrawal_reason', sa.Text(), nullable=True),
        sa.Column('scan', sa.String(length=80), nullable=True),
        sa.Column('created_at', sa.DateTime(timezone=True), nullable=False),
        sa.Column('created_by_id', sa.Integer(), nullable=True),
        sa.Column('changed_at', sa.DateTime(timezone=True), nullable=False),
        sa.Column('changed_by_id', sa.Integer(), nullable=True),
        sa.Column('version', sa.Integer(), nullable=False),
        sa.CheckConstraint("method <> 'exception' OR exception_reason IS NOT NULL", name=op.f('ck_consent_exception')),
        sa.CheckConstraint("method <> 'guardian' OR given_by IS NOT NULL", name=op.f('ck_consent_guardian')),
        sa.CheckConstraint('(withdrawn_at IS NULL) = (withdrawal_reason IS NULL)', name=op.f('ck_consent_withdrawal')),
        sa.ForeignKeyConstraint(['changed_by_id'], ['ab_user.id'], name=op.f('fk_consent_changed_by_id'), ondelete='RESTRICT'),
        sa.ForeignKeyConstraint(['client_id'], ['client.id'], name=op.f('fk_consent_client_id'), ondelete='RESTRICT'),
        sa.ForeignKeyConstraint(['created_by_id'], ['ab_user.id'], name=op.f('fk_consent_created_by_id'), ondelete='RESTRICT'),
        sa.PrimaryKeyConstraint('id', name=op.f('pk_consent')),
    )
    op.create_index(op.f('ix_consent_client_id'), 'consent', ['client_id'], unique=False)
    op.create_index(op.f('ix_consent_given_on'), 'consent', ['given_on'], unique=False)
    op.create_index(op.f('ix_consent_purpose'), 'consent', ['purpose', 'given_on', 'id'], unique=False)

    op.create_table(
        'attachment',
        sa.Column('id', sa.Integer(), nullable=False),
        sa.Column('title', sa.String(length=200), nullable=False),
        sa.Column('file', sa.String(length=80), nullable=False),
        sa.Column('sha256', sa.String(length=64), nullable=False),
        sa.Column('case_id', sa.Integer(), nullable=False),
        sa.Column('created_at', sa.DateTime(timezone=True), nullable=False),
        sa.Column('created_by_id', sa.Integer(), nullable=True),
        sa.Column('changed_at', sa.DateTime(timezone=True), nullable=False),
        sa.Column('changed_by_id', sa.Integer(), nullable=True),
        sa.Column('version', sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(['case_id'], ['case_file.id'], name=op.f('fk_attachment_case_id'), ondelete='RESTRICT'),
        sa.ForeignKeyConstraint(['changed_by_id'], ['ab_user.id'], name=op.f('fk_attachment_changed_by_id'), ondelete='RESTRICT'),
        sa.ForeignKeyConstraint(['created_by_id'], ['ab_user.id'], name=op.f('fk_attachment_created_by_id'), ondelete='RESTRICT'),
        sa.PrimaryKeyConstraint('id', name=op.f('pk_attachment')),
    )
    op.create_index(op.f('ix_attachment_case_id'), 'attachment', ['case_id', 'id'], unique=False)
    op.create_index(op.f('ix_attachment_created_at'), 'attachment', ['created_at', 'id'], unique=False)

    op.create_table(
        'case_category',
        sa.Column('case_id', sa.Integer(), nullable=False),
        sa.Column('category_id', sa.Integer(), nullable=False),
        sa.Column('is_primary', sa.Boolean(), nullable=False),
        sa.ForeignKeyConstraint(['case_id'], ['case_file.id'], name=op.f('fk_case_category_case_id'), ondelete='RESTRICT'),
        sa.ForeignKeyConstraint(['category_id'], ['ppks_category.id'], name=op.f('fk_case_category_category_id'), ondelete='RESTRICT'),
        sa.PrimaryKeyConstraint('case_id', 'category_id', name=op.f('pk_case_category')),
    )
    op.create_index(op.f('ix_case_category_category_id'), 'case_category', ['category_id'], unique=False)
    op.create_index(op.f('uq_case_category_primary'), 'case_category', ['case_id'], unique=True, sqlite_where=sa.text('is_primary'), postgresql_where=sa.text('is_primary'))

    op.create_table(
        'case_event',
        sa.Column('id', sa.Integer(), nullable=False),
        sa.Column('case_id', sa.Integer(), nullable=False),
        sa.Column('kind', sa.Enum('case_opened', 'case_updated', 'report_joined', 'person_added', 'person_changed', 'team_joined', 'worker_assigned', 'confidentiality_raised', 'confidentiality_lowered', 'service_given', 'note_added', 'follow_up_set', 'follow_up_done', 'follow_up_cancelled', 'attachment_added', name='eventkind', native_enum=False, create_constraint=False, length=40), nullable=False),
        sa.Column('occurred_at', sa.DateTime(timezone=True), nullable=False),
        sa.Column('recorded_at', sa.DateTime(timezone=True), nullable=False),
        sa.Column('actor_id', sa.Integer(), nullable=True),
        sa.Column('actor_name', sa.String(length=120), nullable=True),
        sa.Column('actor_kind', sa.Enum('user', 'partner_link', 'system', name='actor_kind', native_enum=False, create_constraint=True, length=40), nullable=False),
        sa.Column('source', sa.String(length=40), nullable=True),
        sa.Column('source_id', sa.Integer(), nullable=True),
        sa.Column('data', sa.JSON().with_variant(postgresql.JSONB(), 'postgresql'), nullable=True),
        sa.Column('corrects_id', sa.Integer(), nullable=True),
        sa.Column('salt', sa.String(length=64), nullable=True),
        sa.Column('data_hash', sa.String(length=64), nullable=False),
        sa.Column('prev_hash', sa.String(length=64), nullable=False),
        sa.Column('hash', sa.String(length=64), nullable=False),
        sa.Column('erased_at', sa.DateTime(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(['actor_id'], ['ab_user.id'], name=op.f('fk_case_event_actor_id'), ondelete='RESTRICT'),
        sa.ForeignKeyConstraint(['case_id'], ['case_file.id'], name=op.f('fk_case_event_case_id'), ondelete='RESTRICT'),
        sa.ForeignKeyConstraint(['corrects_id'], ['case_event.id'], name=op.f('fk_case_event_corrects_id'), ondelete='RESTRICT'),
        sa.PrimaryKeyConstraint('id', name=op.f('pk_case_event')),
        sa.UniqueConstraint('case_id', 'prev_hash', name=op.f('uq_case_event_case_id_prev_hash')),
        info={'append_only': True},
    )
    op.create_index(op.f('ix_case_event_actor_id'), 'case_event', ['actor_id'], unique=False)
    op.create_index(op.f('ix_case_event_case_id_actor_id'), 'case_event', ['case_id', 'actor_id', 'occurred_at', 'id'], unique=False)
    op.create_index(op.f('ix_case_event_case_id_id'), 'case_event', ['case_id', 'id'], unique=False)
    op.create_index(op.f('ix_case_event_case_id_kind'), 'case_event', ['case_id', 'kind', 'occurred_at', 'id'], unique=False)
    op.create_index(op.f('ix_case_event_case_id_occurred_at'), 'case_event', ['case_id', 'occurred_at', 'id'], unique=False)

    op.create_table(
        'case_note',
        sa.Column('id', sa.Integer(), nullable=False),
        sa.Column('happened_at', sa.DateTime(timezone=True), nullable=False),
        sa.Column('text', sa.Text(), nullable=False),
        sa.Column('case_id', sa.Integer(), nullable=False),
        sa.Column('created_at', sa.DateTime(timezone=True), nullable=False),
        sa.Column('created_by_id', sa.Integer(), nullable=True),
        sa.Column('changed_at', sa.DateTime(timezone=True), nullable=False),
        sa.Column('changed_by_id', sa.Integer(), nullable=True),
        sa.Column('version', sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(['case_id'], ['case_file.id'], name=op.f('fk_case_note_case_id'), ondelete='RESTRICT'),
        sa.ForeignKeyConstraint(['changed_by_id'], ['ab_user.id'], name=op.f('fk_case_note_changed_by_id'), ondelete='RESTRICT'),
        sa.ForeignKeyConstraint(['created_by_id'], ['ab_user.id'], name=op.f('fk_case_note_created_by_id'), ondelete='RESTRICT'),
        sa.PrimaryKeyConstraint('id', name=op.f('pk_case_note')),
    )
    op.create_index(op.f('ix_case_note_case_id'), 'case_note', ['case_id', 'happened_at', 'id'], unique=False)
    op.create_index(op.f('ix_case_note_happened_at'), 'case_note', ['happened_at', 'id'], unique=False)

    op.create_table(
        'case_person',
        sa.Column('id', sa.Integer(), nullable=False),
        sa.Column('case_id', sa.Integer(), nullable=False),
        sa.Column('client_id', sa.Integer(), nullable=False),
        sa.Column('role', sa.Enum('primary', 'spouse', 'child', 'parent', 'caregiver', 'accused', 'witness', 'other', name='person_role', native_enum=False, create_constraint=True, length=40), nullable=False),
        sa.Column('created_at', sa.DateTime(timezone=True), nullable=False),
        sa.Column('created_by_id', sa.Integer(), nullable=True),
        sa.Column('changed_at', sa.DateTime(timezone=True), nullable=False),
        sa.Column('changed_by_id', sa.Integer(), nullable=True),
        sa.Column('version', sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(['case_id'], ['case_file.id'], name=op.f('fk_case_person_case_id'), ondelete='RESTRICT'),
        sa.ForeignKeyConstraint(['changed_by_id'], ['ab_user.id'], name=op.f('fk_case_person_changed_by_id'), ondelete='RESTRICT'),
        sa.ForeignKeyConstraint(['client_id'], ['client.id'], name=op.f('fk_case_person_client_id'), ondelete='RESTRICT'),
        sa.ForeignKeyConstraint(['created_by_id'], ['ab_user.id'], name=op.f('fk_case_person_created_by_id'), ondelete='RESTRICT'),
        sa.PrimaryKeyConstraint('id', name=op.f('pk_case_person')),
        sa.UniqueConstraint('case_id', 'client_id', name=op.f('uq_case_person_case_id_client_id')),
    )
    op.create_index(op.f('ix_case_person_client_id'), 'case_person', ['client_id'], unique=False)
    op.create_index(op.f('ix_case_person_role'), 'case_person', ['role'], unique=False)

    op.create_table(
        'case_report',
        sa.Column('case_id', sa.Integer(), nullable=False),
        sa.Column('report_id', sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(['case_id'], ['case_file.id'], name=op.f('fk_case_report_case_id'), ondelete='RESTRICT'),
        sa.ForeignKeyConstraint(['report_id'], ['incoming_report.id'], name=op.f('fk_case_report_report_id'), ondelete='RESTRICT'),
        sa.PrimaryKeyConstraint('case_id', 'report_id', name=op.f('pk_case_report')),
        sa.UniqueConstraint('report_id', name=op.f('uq_case_report_report_id')),
    )

    op.create_table(
        'case_tag',
        sa.Column('case_id', sa.Integer(), nullable=False),
        sa.Column('tag_id', sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(['case_id'], ['case_file.id'], name=op.f('fk_case_tag_case_id'), ondelete='RESTRICT'),
        sa.ForeignKeyConstraint(['tag_id'], ['problem_tag.id'], name=op.f('fk_case_tag_tag_id'), ondelete='RESTRICT'),
        sa.PrimaryKeyConstraint('case_id', 'tag_id', name=op.f('pk_case_tag')),
    )
    op.create_index(op.f('ix_case_tag_tag_id'), 'case_tag', ['tag_id'], unique=False)

    op.create_table(
        'case_team',
        sa.Column('case_id', sa.Integer(), nullable=False),
        sa.Column('user_id', sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(['case_id'], ['case_file.id'], name=op.f('fk_case_team_case_id'), ondelete='RESTRICT'),
        sa.ForeignKeyConstraint(['user_id'], ['ab_user.id'], name=op.f('fk_case_team_user_id'), ondelete='RESTRICT'),
        sa.PrimaryKeyConstraint('case_id', 'user_id', name=op.f('pk_case_team')),
    )
    op.create_index(op.f('ix_case_team_user_id'), 'case_team', ['user_id'], unique=False)

    op.create_table(
        'follow_up',
        sa.Column('id', sa.Integer(), nullable=False),
        sa.Column('title', sa.String(length=200), nullable=False),
        sa.Column('due_on', sa.Date(), nullable=False),
        sa.Column('assignee_id', sa.Integer(), nullable=True),
        sa.Column('state', sa.Enum('open', 'done', 'cancelled', name='follow_up_state', native_enum=False, create_constraint=True, length=40), nullable=False),
        sa.Column('done_at', sa.DateTime(timezone=True), nullable=True),
        sa.Column('result', sa.Text(), nullable=True),
        sa.Column('cancelled_at', sa.DateTime(timezone=True), nullable=True),
        sa.Column('reason', sa.Text(), nullable=True),
        sa.Column('case_id', sa.Integer(), nullable=False),
        sa.Column('created_at', sa.DateTime(timezone=True), nullable=False),
        sa.Column('created_by_id', sa.Integer(), nullable=True),
        sa.Column('changed_at', sa.DateTime(timezone=True), nullable=False),
        sa.Column('changed_by_id', sa.Integer(), nullable=True),
        sa.Column('version', sa.Integer(), nullable=False),
        sa.CheckConstraint("(state = 'cancelled') = (cancelled_at IS NOT NULL) AND (state = 'cancelled') = (reason IS NOT NULL)", name=op.f('ck_follow_up_cancelled')),
        sa.CheckConstraint("(state = 'done') = (done_at IS NOT NULL) AND (state = 'done') = (result IS NOT NULL)", name=op.f('ck_follow_up_done')),
        sa.ForeignKeyConstraint(['assignee_id'], ['ab_user.id'], name=op.f('fk_follow_up_assignee_id'), ondelete='RESTRICT'),
        sa.ForeignKeyConstraint(['case_id'], ['case_file.id'], name=op.f('fk_follow_up_case_id'), ondelete='RESTRICT'),
        sa.ForeignKeyConstraint(['changed_by_id'], ['ab_user.id'], name=op.f('fk_follow_up_changed_by_id'), ondelete='RESTRICT'),
        sa.ForeignKeyConstraint(['created_by_id'], ['ab_user.id'], name=op.f('fk_follow_up_created_by_id'), ondelete='RESTRICT'),
        sa.PrimaryKeyConstraint('id', name=op.f('pk_follow_up')),
    )
    op.create_index(op.f('ix_follow_up_assignee_id'), 'follow_up', ['assignee_id', 'state', 'due_on', 'id'], unique=False)
    op.create_index(op.f('ix_follow_up_assignee_id_due_on'), 'follow_up', ['assignee_id', 'due_on', 'id'], unique=False)
    op.create_index(op.f('ix_follow_up_case_id'), 'follow_up', ['case_id', 'due_on', 'id'], unique=False)
    op.create_index(op.f('ix_follow_up_due_on'), 'follow_up', ['due_on', 'id'], unique=False)
    op.create_index(op.f('ix_follow_up_state_due_on'), 'follow_up', ['state', 'due_on', 'id'], unique=False)

    op.create_table(
        'service',
        sa.Column('id', sa.Integer(), nullable=False),
        sa.Column('kind', sa.Enum('consultation', 'counselling', 'information', 'advocacy', 'referral', 'outreach', name='service_kind', native_enum=False, create_constraint=True, length=40), nullable=False),
        sa.Column('happened_at', sa.DateTime(timezone=True), nullable=False),
        sa.Column('ended_at', sa.DateTime(timezone=True), nullable=True),
        sa.Column('place', sa.Enum('office', 'home', 'phone', 'partner', 'field', name='place', native_enum=False, create_constraint=True, length=40), nullable=False),
        sa.Column('partner_id', sa.Integer(), nullable=True),
        sa.Column('narrative', sa.Text(), nullable=False),
        sa.Column('outcome', sa.Text(), nullable=True),
        sa.Column('case_id', sa.Integer(), nullable=False),
        sa.Column('created_at', sa.DateTime(timezone=True), nullable=False),
        sa.Column('created_by_id', sa.Integer(), nullable=True),
        sa.Column('changed_at', sa.DateTime(timezone=True), nullable=False),
        sa.Column('changed_by_id', sa.Integer(), nullable=True),
        sa.Column('version', sa.Integer(), nullable=False),
        sa.CheckConstraint('ended_at IS NULL OR ended_at >= happened_at', name=op.f('ck_service_period')),
        sa.ForeignKeyConstraint(['case_id'], ['case_file.id'], name=op.f('fk_service_case_id'), ondelete='RESTRICT'),
        sa.ForeignKeyConstraint(['changed_by_id'], ['ab_user.id'], name=op.f('fk_service_changed_by_id'), ondelete='RESTRICT'),
        sa.ForeignKeyConstraint(['created_by_id'], ['ab_user.id'], name=op.f('fk_service_created_by_id'), ondelete='RESTRICT'),
        sa.ForeignKeyConstraint(['partner_id'], ['partner.id'], name=op.f('fk_service_partner_id'), ondelete='RESTRICT'),
        sa.PrimaryKeyConstraint('id', name=op.f('pk_service')),
    )
    op.create_index(op.f('ix_service_case_id'), 'service', ['case_id', 'happened_at', 'id'], unique=False)
    op.create_index(op.f('ix_service_happened_at'), 'service', ['happened_at', 'id'], unique=False)
    op.create_index(op.f('ix_service_kind'), 'service', ['kind', 'happened_at', 'id'], unique=False)
    op.create_index(op.f('ix_service_partner_id'), 'service', ['partner_id'], unique=False)
    op.create_index(op.f('ix_service_place'), 'service', ['place', 'happened_at', 'id'], unique=False)

    op.create_table(
        'assessment',
        sa.Column('id', sa.Integer(), nullable=False),
        sa.Column('happened_at', sa.DateTime(timezone=True), nullable=False),
        sa.Column('score', sa.Integer(), nullable=False),
        sa.Column('summary', sa.Text(), nullable=False),
        sa.Column('biological', sa.Text(), nullable=True),
        sa.Column('psychological', sa.Text(), nullable=True),
        sa.Column('social', sa.Text(), nullable=True),
        sa.Column('spiritual', sa.Text(), nullable=True),
        sa.Column('strengths', sa.Text(), nullable=True),
        sa.Column('recommendation', sa.Text(), nullable=True),
        sa.Column('case_id', sa.Integer(), nullable=False),
        sa.Column('created_at', sa.DateTime(timezone=True), nullable=False),
        sa.Column('created_by_id', sa.Integer(), nullable=True),
        sa.Column('changed_at', sa.DateTime(timezone=True), nullable=False),
        sa.Column('changed_by_id', sa.Integer(), nullable=True),
        sa.Column('version', sa.Integer(), nullable=False),
        sa.CheckConstraint('score BETWEEN 0 AND 100', name=op.f('ck_assessment_score')),
        sa.ForeignKeyConstraint(['case_id'], ['case_file.id'], name=op.f('fk_assessment_case_id'), ondelete='RESTRICT'),
        sa.ForeignKeyConstraint(['changed_by_id'], ['ab_user.id'], name=op.f('fk_assessment_changed_by_id'), ondelete='RESTRICT'),
        sa.ForeignKeyConstraint(['created_by_id'], ['ab_user.id'], name=op.f('fk_assessment_created_by_id'), ondelete='RESTRICT'),
        sa.PrimaryKeyConstraint('id', name=op.f('pk_assessment')),
    )
    op.create_index(op.f('ix_assessment_case_id'), 'assessment', ['case_id', 'happened_at', 'id'], unique=False)
    op.create_index(op.f('ix_assessment_happened_at'), 'assessment', ['happened_at', 'id'], unique=False)

    op.create_table(
        'case_closure',
        sa.Column('id', sa.Integer(), nullable=False),
        sa.Column('closed_at', sa.DateTime(timezone=True), nullable=False),
        sa.Column('closing_reason', sa.Enum('goal_reached', 'period_ended', 'moved', 'worker_left', 'transferred', 'withdrew', 'died', 'lost_contact', 'not_our_mandate', name='closing_reason', native_enum=False, create_constraint=True, length=40), nullable=False),
        sa.Column('closing_summary', sa.Text(), nullable=False),
        sa.Column('reopened_at', sa.DateTime(timezone=True), nullable=True),
        sa.Column('reopening_reason', sa.Text(), nullable=True),
        sa.Column('case_id', sa.Integer(), nullable=False),
        sa.Column('created_at', sa.DateTime(timezone=True), nullable=False),
        sa.Column('created_by_id', sa.Integer(), nullable=True),
        sa.Column('changed_at', sa.DateTime(timezone=True), nullable=False),
        sa.Column('changed_by_id', sa.Integer(), nullable=True),
        sa.Column('version', sa.Integer(), nullable=False),
        sa.CheckConstraint('(reopened_at IS NULL) = (reopening_reason IS NULL)', name=op.f('ck_case_closure_reopened')),
        sa.ForeignKeyConstraint(['case_id'], ['case_file.id'], name=op.f('fk_case_closure_case_id'), ondelete='RESTRICT'),
        sa.ForeignKeyConstraint(['changed_by_id'], ['ab_user.id'], name=op.f('fk_case_closure_changed_by_id'), ondelete='RESTRICT'),
        sa.ForeignKeyConstraint(['created_by_id'], ['ab_user.id'], name=op.f('fk_case_closure_created_by_id'), ondelete='RESTRICT'),
        sa.PrimaryKeyConstraint('id', name=op.f('pk_case_closure')),
    )
    op.create_index(op.f('ix_case_closure_case_id'), 'case_closure', ['case_id', 'id'], unique=False)

    op.create_table(
        'plan_goal',
        sa.Column('id', sa.Integer(), nullable=False),
        sa.Column('goal', sa.Text(), nullable=False),
        sa.Column('activity', sa.Text(), nullable=False),
        sa.Column('responsible_id', sa.Integer(), nullable=True),
        sa.Column('target_on', sa.Date(), nullable=False),
        sa.Column('result', sa.Enum('reached', 'partly', 'not_reached', name='goal_result', native_enum=False, create_constraint=True, length=40), nullable=True),
        sa.Column('result_note', sa.Text(), nullable=True),
        sa.Column('evaluated_at', sa.DateTime(timezone=True), nullable=True),
        sa.Column('case_id', sa.Integer(), nullable=False),
        sa.Column('created_at', sa.DateTime(timezone=True), nullable=False),
        sa.Column('created_by_id', sa.Integer(), nullable=True),
        sa.Column('changed_at', sa.DateTime(timezone=True), nullable=False),
        sa.Column('changed_by_id', sa.Integer(), nullable=True),
        sa.Column('version', sa.Integer(), nullable=False),
        sa.CheckConstraint('(result IS NULL) = (evaluated_at IS NULL)', name=op.f('ck_plan_goal_result')),
        sa.ForeignKeyConstraint(['case_id'], ['case_file.id'], name=op.f('fk_plan_goal_case_id'), ondelete='RESTRICT'),
        sa.ForeignKeyConstraint(['changed_by_id'], ['ab_user.id'], name=op.f('fk_plan_goal_changed_by_id'), ondelete='RESTRICT'),
        sa.ForeignKeyConstraint(['created_by_id'], ['ab_user.id'], name=op.f('fk_plan_goal_created_by_id'), ondelete='RESTRICT'),
        sa.ForeignKeyConstraint(['responsible_id'], ['ab_user.id'], name=op.f('fk_plan_goal_responsible_id'), ondelete='RESTRICT'),
        sa.PrimaryKeyConstraint('id', name=op.f('pk_plan_goal')),
    )
    op.create_index(op.f('ix_plan_goal_case_id'), 'plan_goal', ['case_id', 'target_on', 'id'], unique=False)
    op.create_index(op.f('ix_plan_goal_responsible_id'), 'plan_goal', ['responsible_id'], unique=False)
    op.create_index(op.f('ix_plan_goal_result'), 'plan_goal', ['result', 'target_on', 'id'], unique=False)
    op.create_index(op.f('ix_plan_goal_target_on'), 'plan_goal', ['target_on', 'id'], unique=False)

    op.create_table(
        'entry_correction',
        sa.Column('id', sa.Integer(), nullable=False),
        sa.Column('service_id', sa.Integer(), nullable=True),
        sa.Column('note_id', sa.Integer(), nullable=True),
        sa.Column('field', sa.String(length=40), nullable=False),
        sa.Column('old_text', sa.Text(), nullable=True),
        sa.Column('new_text', sa.Text(), nullable=True),
        sa.Column('reason', sa.Text(), nullable=True),
        sa.Column('created_at', sa.DateTime(timezone=True), nullable=False),
        sa.Column('created_by_id', sa.Integer(), nullable=True),
        sa.Column('changed_at', sa.DateTime(timezone=True), nullable=False),
        sa.Column('changed_by_id', sa.Integer(), nullable=True),
        sa.Column('version', sa.Integer(), nullable=False),
        sa.CheckConstraint('(service_id IS NULL) <> (note_id IS NULL)', name=op.f('ck_entry_correction_entry')),
        sa.ForeignKeyConstraint(['changed_by_id'], ['ab_user.id'], name=op.f('fk_entry_correction_changed_by_id'), ondelete='RESTRICT'),
        sa.ForeignKeyConstraint(['created_by_id'], ['ab_user.id'], name=op.f('fk_entry_correction_created_by_id'), ondelete='RESTRICT'),
        sa.ForeignKeyConstraint(['note_id'], ['case_note.id'], name=op.f('fk_entry_correction_note_id'), ondelete='RESTRICT'),
        sa.ForeignKeyConstraint(['service_id'], ['service.id'], name=op.f('fk_entry_correction_service_id'), ondelete='RESTRICT'),
        sa.PrimaryKeyConstraint('id', name=op.f('pk_entry_correction')),
    )
    op.create_index(op.f('ix_entry_correction_note_id'), 'entry_correction', ['note_id'], unique=False)
    op.create_index(op.f('ix_entry_correction_service_id'), 'entry_correction', ['service_id'], unique=False)

    op.create_table(
        'decline_reason',
        sa.Column('id', sa.Integer(), nullable=False),
        sa.Column('declined_by', sa.Enum('partner', 'client', name='declined_by', native_enum=False, create_constraint=True, length=40), nullable=True),
        sa.Column('may_refer_again', sa.Boolean(), nullable=False),
        sa.Column('code', sa.String(length=40), nullable=False),
        sa.Column('name', sa.String(length=200), nullable=False),
        sa.Column('source', sa.Text(), nullable=True),
        sa.Column('created_at', sa.DateTime(timezone=True), nullable=False),
        sa.Column('created_by_id', sa.Integer(), nullable=True),
        sa.Column('changed_at', sa.DateTime(timezone=True), nullable=False),
        sa.Column('changed_by_id', sa.Integer(), nullable=True),
        sa.Column('version', sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(['changed_by_id'], ['ab_user.id'], name=op.f('fk_decline_reason_changed_by_id'), ondelete='RESTRICT'),
        sa.ForeignKeyConstraint(['created_by_id'], ['ab_user.id'], name=op.f('fk_decline_reason_created_by_id'), ondelete='RESTRICT'),
        sa.PrimaryKeyConstraint('id', name=op.f('pk_decline_reason')),
        sa.UniqueConstraint('code', name=op.f('uq_decline_reason_code')),
    )

    op.create_table(
        'holiday',
        sa.Column('id', sa.Integer(), nullable=False),
        sa.Column('day', sa.Date(), nullable=False),
        sa.Column('name', sa.String(length=200), nullable=False),
        sa.Column('source', sa.Text(), nullable=True),
        sa.Column('created_at', sa.DateTime(timezone=True), nullable=False),
        sa.Column('created_by_id', sa.Integer(), nullable=True),
        sa.Column('changed_at', sa.DateTime(timezone=True), nullable=False),
        sa.Column('changed_by_id', sa.Integer(), nullable=True),
        sa.Column('version', sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(['changed_by_id'], ['ab_user.id'], name=op.f('fk_holiday_changed_by_id'), ondelete='RESTRICT'),
        sa.ForeignKeyConstraint(['created_by_id'], ['ab_user.id'], name=op.f('fk_holiday_created_by_id'), ondelete='RESTRICT'),
        sa.PrimaryKeyConstraint('id', name=op.f('pk_holiday')),
        sa.UniqueConstraint('day', name=op.f('uq_holiday_day')),
    )

    op.create_table(
        'response_time',
        sa.Column('id', sa.Integer(), nullable=False),
        sa.Column('step', sa.Enum('answer', 'start', 'complete', 'confirm', 'refer_on', name='step', native_enum=False, create_constraint=True, length=40), nullable=False),
        sa.Column('partner_kind', sa.Enum('zakat', 'health_centre', 'hospital', 'police', 'bhabinkamtibmas', 'babinsa', 'uptd_ppa', 'civil_registry', 'legal_aid', 'shelter', 'ministry_centre', 'social_office', 'school', 'company', 'community', 'other', name='partner_kind', native_enum=False, create_constraint=True, length=40), nullable=True),
        sa.Column('urgency', sa.Enum('ordinary', 'urgent', 'emergency', name='urgency', native_enum=False, create_constraint=True, length=40), nullable=True),
        sa.Column('hours', sa.Integer(), nullable=True),
        sa.Column('working_days', sa.Integer(), nullable=True),
        sa.Column('code', sa.String(length=40), nullable=False),
        sa.Column('name', sa.String(length=200), nullable=False),
        sa.Column('source', sa.Text(), nullable=True),
        sa.Column('created_at', sa.DateTime(timezone=True), nullable=False),
        sa.Column('created_by_id', sa.Integer(), nullable=True),
        sa.Column('changed_at', sa.DateTime(timezone=True), nullable=False),
        sa.Column('changed_by_id', sa.Integer(), nullable=True),
        sa.Column('version', sa.Integer(), nullable=False),
        sa.CheckConstraint('(hours IS NULL) <> (working_days IS NULL)', name=op.f('ck_response_time_one_measure')),
        sa.CheckConstraint('hours > 0 OR working_days > 0', name=op.f('ck_response_time_positive')),
        sa.ForeignKeyConstraint(['changed_by_id'], ['ab_user.id'], name=op.f('fk_response_time_changed_by_id'), ondelete='RESTRICT'),
        sa.ForeignKeyConstraint(['created_by_id'], ['ab_user.id'], name=op.f('fk_response_time_created_by_id'), ondelete='RESTRICT'),
        sa.PrimaryKeyConstraint('id', name=op.f('pk_response_time')),
        sa.UniqueConstraint('code', name=op.f('uq_response_time_code')),
    )

    op.create_table(
        'referral',
        sa.Column('id', sa.Integer(), nullable=False),
        sa.Column('number', sa.String(length=20), nullable=False),
        sa.Column('letter_number', sa.String(length=60), nullable=True),
        sa.Column('partner_id', sa.Integer(), nullable=False),
        sa.Column('need_kind_id', sa.Integer(), nullable=False),
        sa.Column('request', sa.Text(), nullable=False),
        sa.Column('urgency', sa.Enum('ordinary', 'urgent', 'emergency', name='urgency', native_enum=False, create_constraint=True, length=40), nullable=False),
        sa.Column('state', sa.Enum('draft', 'sent', 'accepted', 'in_service', 'completed', 'closed', 'declined', 'cancelled', name='referral_state', native_enum=False, create_constraint=True, length=40), nullable=False),
        sa.Column('due_at', sa.DateTime(timezone=True), nullable=True),
        sa.Column('escalated_at', sa.DateTime(timezone=True), nullable=True),
        sa.Column('owner_id', sa.Integer(), nullable=True),
        sa.Column('previous_id', sa.Integer(), nullable=True),
        sa.Column('shared_fields', sa.JSON().with_variant(postgresql.JSONB(), 'postgresql'), nullable=False),
        sa.Column('consent_id', sa.Integer(), nullable=True),
        sa.Column('legal_basis', sa.Enum('emergency', 'legal_duty', 'public_task', name='legal_basis', native_enum=False, create_constraint=True, length=40), nullable=True),
        sa.Column('legal_reason', sa.Text(), nullable=True),
        sa.Column('sent_at', sa.DateTime(timezone=True), nullable=True),
        sa.Column('responded_at', sa.DateTime(timezone=True), nullable=True),
        sa.Column('started_at', sa.DateTime(timezone=True), nullable=True),
        sa.Column('completed_at', sa.DateTime(timezone=True), nullable=True),
        sa.Column('completed_on', sa.Date(), nullable=True),
        sa.Column('result', sa.Text(), nullable=True),
        sa.Column('confirmed_at', sa.DateTime(timezone=True), nullable=True),
        sa.Column('outcome', sa.Enum('met', 'partly_met', 'not_met', 'unreachable', name='outcome', native_enum=False, create_constraint=True, length=40), nullable=True),
        sa.Column('confirmed_how', sa.String(length=120), nullable=True),
        sa.Column('confirmed_by', sa.String(length=120), nullable=True),
        sa.Column('unreachable_reason', sa.Text(), nullable=True),
        sa.Column('declined_at', sa.DateTime(timezone=True), nullable=True),
        sa.Column('decline_reason', sa.Enum('capacity_full', 'funds_exhausted', 'not_our_service', 'outside_area', 'documents_incomplete', 'criteria_not_met', 'already_helped', 'client_refused', 'client_unreachable', 'client_moved_or_died', 'sent_in_error', 'other', name='refusal', native_enum=False, create_constraint=True, length=40), nullable=True),
        sa.Column('declined_by', sa.Enum('partner', 'client', name='declined_by', native_enum=False, create_constraint=True, length=40), nullable=True),
        sa.Column('decline_note', sa.Text(), nullable=True),
        sa.Column('may_refer_again', sa.Boolean(), nullable=True),
        sa.Column('cancelled_at', sa.DateTime(timezone=True), nullable=True),
        sa.Column('cancelled_reason', sa.Text(), nullable=True),
        sa.Column('search_text', sa.Text(), nullable=True),
        sa.Column('case_id', sa.Integer(), nullable=False),
        sa.Column('created_at', sa.DateTime(timezone=True), nullable=False),
        sa.Column('created_by_id', sa.Integer(), nullable=True),
        sa.Column('changed_at', sa.DateTime(timezone=True), nullable=False),
        sa.Column('changed_by_id', sa.Integer(), nullable=True),
        sa.Column('version', sa.Integer(), nullable=False),
        sa.CheckConstraint("(state = 'cancelled') = (cancelled_at IS NOT NULL)", name=op.f('ck_referral_cancelled')),
        sa.CheckConstraint("(state = 'closed') = (confirmed_at IS NOT NULL)", name=op.f('ck_referral_confirmed')),
        sa.CheckConstraint("(state = 'declined') = (decline_reason IS NOT NULL)", name=op.f('ck_referral_decline_reason_given')),
        sa.CheckConstraint("(state = 'declined') = (declined_at IS NOT NULL)", name=op.f('ck_referral_declined')),
        sa.CheckConstraint('(legal_basis IS NULL) = (legal_reason IS NULL)', name=op.f('ck_referral_legal_basis_reason')),
        sa.CheckConstraint("sent_at IS NOT NULL OR NOT (state IN ('sent', 'accepted', 'in_service', 'completed', 'closed', 'declined'))", name=op.f('ck_referral_sent')),
        sa.ForeignKeyConstraint(['case_id'], ['case_file.id'], name=op.f('fk_referral_case_id'), ondelete='RESTRICT'),
        sa.ForeignKeyConstraint(['changed_by_id'], ['ab_user.id'], name=op.f('fk_referral_changed_by_id'), ondelete='RESTRICT'),
        sa.ForeignKeyConstraint(['consent_id'], ['consent.id'], name=op.f('fk_referral_consent_id'), ondelete='RESTRICT'),
        sa.ForeignKeyConstraint(['created_by_id'], ['ab_user.id'], name=op.f('fk_referral_created_by_id'), ondelete='RESTRICT'),
        sa.ForeignKeyConstraint(['need_kind_id'], ['need_kind.id'], name=op.f('fk_referral_need_kind_id'), ondelete='RESTRICT'),
        sa.ForeignKeyConstraint(['owner_id'], ['ab_user.id'], name=op.f('fk_referral_owner_id'), ondelete='RESTRICT'),
        sa.ForeignKeyConstraint(['partner_id'], ['partner.id'], name=op.f('fk_referral_partner_id'), ondelete='RESTRICT'),
        sa.ForeignKeyConstraint(['previous_id'], ['referral.id'], name=op.f('fk_referral_previous_id'), ondelete='RESTRICT'),
        sa.PrimaryKeyConstraint('id', name=op.f('pk_referral')),
        sa.UniqueConstraint('letter_number', name=op.f('uq_referral_letter_number')),
        sa.UniqueConstraint('number', name=op.f('uq_referral_number')),
        sa.UniqueConstraint('previous_id', name=op.f('uq_referral_previous_id')),
    )
    op.create_index(op.f('ix_referral_case_id'), 'referral', ['case_id', 'id'], unique=False)
    op.create_index(op.f('ix_referral_consent_id'), 'referral', ['consent_id'], unique=False)
    op.create_index(op.f('ix_referral_created_at'), 'referral', ['created_at', 'id'], unique=False)
    op.create_index(op.f('ix_referral_due_at'), 'referral', ['due_at', 'id'], unique=False)
    op.create_index(op.f('ix_referral_need_kind_id'), 'referral', ['need_kind_id'], unique=False)
    op.create_index(op.f('ix_referral_owner_id'), 'referral', ['owner_id', 'due_at'], unique=False, sqlite_where=sa.text('owner_id IS NOT NULL'), postgresql_where=sa.text('owner_id IS NOT NULL'))
    op.create_index(op.f('ix_referral_partner_id'), 'referral', ['partner_id', 'state', 'responded_at'], unique=False)
    op.create_index(op.f('ix_referral_partner_id_sent_at'), 'referral', ['partner_id', 'sent_at', 'id'], unique=False)
    op.create_index(op.f('ix_referral_state'), 'referral', ['state', 'due_at', 'id'], unique=False)
    op.create_index(op.f('uq_referral_live'), 'referral', ['case_id', 'partner_id', 'need_kind_id'], unique=True, sqlite_where=sa.text("state IN ('sent', 'accepted', 'in_service', 'completed')"), postgresql_where=sa.text("state IN ('sent', 'accepted', 'in_service', 'completed')"))

    op.create_table(
        'referral_document',
        sa.Column('id', sa.Integer(), nullable=False),
        sa.Column('referral_id', sa.Integer(), nullable=False),
        sa.Column('title', sa.String(length=200), nullable=False),
        sa.Column('file', sa.String(length=80), nullable=True),
        sa.Column('sha256', sa.String(length=64), nullable=True),
        sa.Column('on_paper', sa.Boolean(), nullable=False),
        sa.Column('waived_reason', sa.String(length=300), nullable=True),
        sa.Column('created_at', sa.DateTime(timezone=True), nullable=False),
        sa.Column('created_by_id', sa.Integer(), nullable=True),
        sa.Column('changed_at', sa.DateTime(timezone=True), nullable=False),
        sa.Column('changed_by_id', sa.Integer(), nullable=True),
        sa.Column('version', sa.Integer(), nullable=False),
        sa.CheckConstraint('(file IS NULL) = (sha256 IS NULL)', name=op.f('ck_referral_document_sha256')),
        sa.ForeignKeyConstraint(['changed_by_id'], ['ab_user.id'], name=op.f('fk_referral_document_changed_by_id'), ondelete='RESTRICT'),
        sa.ForeignKeyConstraint(['created_by_id'], ['ab_user.id'], name=op.f('fk_referral_document_created_by_id'), ondelete='RESTRICT'),
        sa.ForeignKeyConstraint(['referral_id'], ['referral.id'], name=op.f('fk_referral_document_referral_id'), ondelete='RESTRICT'),
        sa.PrimaryKeyConstraint('id', name=op.f('pk_referral_document')),
        sa.UniqueConstraint('referral_id', 'title', name=op.f('uq_referral_document_referral_id_title')),
    )

    op.create_table(
        'referral_link',
        sa.Column('id', sa.Integer(), nullable=False),
        sa.Column('referral_id', sa.Integer(), nullable=False),
        sa.Column('token_hash', sa.String(length=64), nullable=False),
        sa.Column('code_hash', sa.String(length=200), nullable=False),
        sa.Column('seed', sa.String(length=64), nullable=True),
        sa.Column('expires_at', sa.DateTime(timezone=True), nullable=False),
        sa.Column('revoked_at', sa.DateTime(timezone=True), nullable=True),
        sa.Column('last_used_at', sa.DateTime(timezone=True), nullable=True),
        sa.Column('attempts', sa.Integer(), nullable=False),
        sa.Column('created_at', sa.DateTime(timezone=True), nullable=False),
        sa.Column('created_by_id', sa.Integer(), nullable=True),
        sa.Column('changed_at', sa.DateTime(timezone=True), nullable=False),
        sa.Column('changed_by_id', sa.Integer(), nullable=True),
        sa.Column('version', sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(['changed_by_id'], ['ab_user.id'], name=op.f('fk_referral_link_changed_by_id'), ondelete='RESTRICT'),
        sa.ForeignKeyConstraint(['created_by_id'], ['ab_user.id'], name=op.f('fk_referral_link_created_by_id'), ondelete='RESTRICT'),
        sa.ForeignKeyConstraint(['referral_id'], ['referral.id'], name=op.f('fk_referral_link_referral_id'), ondelete='RESTRICT'),
        sa.PrimaryKeyConstraint('id', name=op.f('pk_referral_link')),
        sa.UniqueConstraint('token_hash', name=op.f('uq_referral_link_token_hash')),
    )
    op.create_index(op.f('ix_referral_link_referral_id'), 'referral_link', ['referral_id', 'id'], unique=False)

    op.create_table(
        'referral_message',
        sa.Column('id', sa.Integer(), nullable=False),
        sa.Column('referral_id', sa.Integer(), nullable=False),
        sa.Column('kind', sa.Enum('accept', 'decline', 'start', 'complete', 'ask_document', 'reply', name='message_kind', native_enum=False, create_constraint=True, length=40), nullable=False),
        sa.Column('said_at', sa.DateTime(timezone=True), nullable=False),
        sa.Column('text', sa.Text(), nullable=True),
        sa.Column('name', sa.String(length=120), nullable=True),
        sa.Column('position', sa.String(length=120), nullable=True),
        sa.Column('told_how', sa.Enum('phone', 'whatsapp', 'letter', 'in_person', 'link', name='told_how', native_enum=False, create_constraint=True, length=40), nullable=True),
        sa.Column('link_id', sa.Integer(), nullable=True),
        sa.Column('created_at', sa.DateTime(timezone=True), nullable=False),
        sa.Column('created_by_id', sa.Integer(), nullable=True),
        sa.Column('changed_at', sa.DateTime(timezone=True), nullable=False),
        sa.Column('changed_by_id', sa.Integer(), nullable=True),
        sa.Column('version', sa.Integer(), nullable=False),
        sa.CheckConstraint("(told_how = 'link') = (link_id IS NOT NULL)", name=op.f('ck_referral_message_by_link')),
        sa.CheckConstraint("kind <> 'accept' OR name IS NOT NULL", name=op.f('ck_referral_message_who')),
        sa.ForeignKeyConstraint(['changed_by_id'], ['ab_user.id'], name=op.f('fk_referral_message_changed_by_id'), ondelete='RESTRICT'),
        sa.ForeignKeyConstraint(['created_by_id'], ['ab_user.id'], name=op.f('fk_referral_message_created_by_id'), ondelete='RESTRICT'),
        sa.ForeignKeyConstraint(['link_id'], ['referral_link.id'], name=op.f('fk_referral_message_link_id'), ondelete='RESTRICT'),
        sa.ForeignKeyConstraint(['referral_id'], ['referral.id'], name=op.f('fk_referral_message_referral_id'), ondelete='RESTRICT'),
        sa.PrimaryKeyConstraint('id', name=op.f('pk_referral_message')),
    )
    op.create_index(op.f('ix_referral_message_link_id'), 'referral_message', ['link_id'], unique=False)
    op.create_index(op.f('ix_referral_message_referral_id'), 'referral_message', ['referral_id', 'id'], unique=False)

    op.create_table(
        'disbursement',
        sa.Column('id', sa.Integer(), nullable=False),
        sa.Column('disbursed_on', sa.Date(), nullable=False),
        sa.Column('document_number', sa.String(length=80), nullable=True),
        sa.Column('posted_on', sa.Date(), nullable=False),
        sa.Column('reverses_id', sa.Integer(), nullable=True),
        sa.Column('reason', sa.Text(), nullable=True),
        sa.Column('amount', sa.BigInteger(), nullable=False),
        sa.Column('grant_id', sa.Integer(), nullable=False),
        sa.Column('late_reason', sa.Text(), nullable=True),
        sa.Column('created_at', sa.DateTime(timezone=True), nullable=False),
        sa.Column('created_by_id', sa.Integer(), nullable=True),
        sa.Column('changed_at', sa.DateTime(timezone=True), nullable=False),
        sa.Column('changed_by_id', sa.Integer(), nullable=True),
        sa.Column('version', sa.Integer(), nullable=False),
        sa.CheckConstraint('amount > 0', name=op.f('ck_disbursement_amount')),
        sa.CheckConstraint('reverses_id IS NULL OR reason IS NOT NULL', name=op.f('ck_disbursement_reason')),
        sa.ForeignKeyConstraint(['changed_by_id'], ['ab_user.id'], name=op.f('fk_disbursement_changed_by_id'), ondelete='RESTRICT'),
        sa.ForeignKeyConstraint(['created_by_id'], ['ab_user.id'], name=op.f('fk_disbursement_created_by_id'), ondelete='RESTRICT'),
        sa.ForeignKeyConstraint(['grant_id'], ['grant_fund.id'], name=op.f('fk_disbursement_grant_id'), ondelete='RESTRICT'),
        sa.ForeignKeyConstraint(['reverses_id'], ['disbursement.id'], name=op.f('fk_disbursement_reverses_id'), ondelete='RESTRICT'),
        sa.PrimaryKeyConstraint('id', name=op.f('pk_disbursement')),
        sa.UniqueConstraint('reverses_id', name=op.f('uq_disbursement_reverses_id')),
    )
    op.create_index(op.f('ix_disbursement_disbursed_on'), 'disbursement', ['disbursed_on', 'id'], unique=False)
    op.create_index(op.f('ix_disbursement_grant_id'), 'disbursement', ['grant_id', 'id'], unique=False)

    op.create_table(
        'commitment',
        sa.Column('id', sa.Integer(), nullable=False),
        sa.Column('purpose', sa.Enum('operational', 'client_aid', 'activity', name='purpose', native_enum=False, create_constraint=True, length=40), nullable=False),
        sa.Column('description', sa.String(length=200), nullable=False),
        sa.Column('committed_on', sa.Date(), nullable=False),
        sa.Column('state', sa.Enum('open', 'spent', 'released', name='commitment_state', native_enum=False, create_constraint=True, length=40), nullable=False),
        sa.Column('reason', sa.Text(), nullable=True),
        sa.Column('search_text', sa.Text(), nullable=True),
        sa.Column('amount', sa.BigInteger(), nullable=False),
        sa.Column('grant_id', sa.Integer(), nullable=False),
        sa.Column('case_id', sa.Integer(), nullable=True),
        sa.Column('late_reason', sa.Text(), nullable=True),
        sa.Column('created_at', sa.DateTime(timezone=True), nullable=False),
        sa.Column('created_by_id', sa.Integer(), nullable=True),
        sa.Column('changed_at', sa.DateTime(timezone=True), nullable=False),
        sa.Column('changed_by_id', sa.Integer(), nullable=True),
        sa.Column('version', sa.Integer(), nullable=False),
        sa.CheckConstraint('amount > 0', name=op.f('ck_commitment_amount')),
        sa.CheckConstraint("state <> 'released' OR reason IS NOT NULL", name=op.f('ck_commitment_reason')),
        sa.ForeignKeyConstraint(['case_id'], ['case_file.id'], name=op.f('fk_commitment_case_id'), ondelete='RESTRICT'),
        sa.ForeignKeyConstraint(['changed_by_id'], ['ab_user.id'], name=op.f('fk_commitment_changed_by_id'), ondelete='RESTRICT'),
        sa.ForeignKeyConstraint(['created_by_id'], ['ab_user.id'], name=op.f('fk_commitment_created_by_id'), ondelete='RESTRICT'),
        sa.ForeignKeyConstraint(['grant_id'], ['grant_fund.id'], name=op.f('fk_commitment_grant_id'), ondelete='RESTRICT'),
        sa.PrimaryKeyConstraint('id', name=op.f('pk_commitment')),
    )
    op.create_index(op.f('ix_commitment_amount'), 'commitment', ['amount', 'id'], unique=False)
    op.create_index(op.f('ix_commitment_case_id'), 'commitment', ['case_id'], unique=False)
    op.create_index(op.f('ix_commitment_committed_on'), 'commitment', ['committed_on', 'id'], unique=False)
    op.create_index(op.f('ix_commitment_grant_id'), 'commitment', ['grant_id', 'id'], unique=False)
    op.create_index(op.f('ix_commitment_purpose'), 'commitment', ['purpose', 'committed_on', 'id'], unique=False)
    op.create_index(op.f('ix_commitment_state'), 'commitment', ['state', 'committed_on', 'id'], unique=False)

    op.create_table(
        'expenditure',
        sa.Column('id', sa.Integer(), nullable=False),
        sa.Column('purpose', sa.Enum('operational', 'client_aid', 'activity', name='purpose', native_enum=False, create_constraint=True, length=40), nullable=False),
        sa.Column('spent_on', sa.Date(), nullable=False),
        sa.Column('description', sa.String(length=200), nullable=False),
        sa.Column('commitment_id', sa.Integer(), nullable=True),
        sa.Column('state', sa.Enum('proposed', 'approved', 'rejected', 'reversed', name='expenditure_state', native_enum=False, create_constraint=True, length=40), nullable=False),
        sa.Column('posted_on', sa.Date(), nullable=True),
        sa.Column('evidence', sa.String(length=80), nullable=True),
        sa.Column('evidence_number', sa.String(length=80), nullable=True),
        sa.Column('evidence_on', sa.Date(), nullable=True),
        sa.Column('reverses_id', sa.Integer(), nullable=True),
        sa.Column('reason', sa.Text(), nullable=True),
        sa.Column('search_text', sa.Text(), nullable=True),
        sa.Column('amount', sa.BigInteger(), nullable=False),
        sa.Column('grant_id', sa.Integer(), nullable=False),
        sa.Column('case_id', sa.Integer(), nullable=True),
        sa.Column('late_reason', sa.Text(), nullable=True),
        sa.Column('created_at', sa.DateTime(timezone=True), nullable=False),
        sa.Column('created_by_id', sa.Integer(), nullable=True),
        sa.Column('changed_at', sa.DateTime(timezone=True), nullable=False),
        sa.Column('changed_by_id', sa.Integer(), nullable=True),
        sa.Column('version', sa.Integer(), nullable=False),
        sa.CheckConstraint('amount > 0', name=op.f('ck_expenditure_amount')),
        sa.CheckConstraint("state IN ('proposed', 'rejected') OR posted_on IS NOT NULL", name=op.f('ck_expenditure_posted')),
        sa.CheckConstraint("state NOT IN ('rejected', 'reversed') OR reason IS NOT NULL", name=op.f('ck_expenditure_reason')),
        sa.CheckConstraint("reverses_id IS NULL OR state = 'reversed'", name=op.f('ck_expenditure_reversal')),
        sa.ForeignKeyConstraint(['case_id'], ['case_file.id'], name=op.f('fk_expenditure_case_id'), ondelete='RESTRICT'),
        sa.ForeignKeyConstraint(['changed_by_id'], ['ab_user.id'], name=op.f('fk_expenditure_changed_by_id'), ondelete='RESTRICT'),
        sa.ForeignKeyConstraint(['commitment_id'], ['commitment.id'], name=op.f('fk_expenditure_commitment_id'), ondelete='RESTRICT'),
        sa.ForeignKeyConstraint(['created_by_id'], ['ab_user.id'], name=op.f('fk_expenditure_created_by_id'), ondelete='RESTRICT'),
        sa.ForeignKeyConstraint(['grant_id'], ['grant_fund.id'], name=op.f('fk_expenditure_grant_id'), ondelete='RESTRICT'),
        sa.ForeignKeyConstraint(['reverses_id'], ['expenditure.id'], name=op.f('fk_expenditure_reverses_id'), ondelete='RESTRICT'),
        sa.PrimaryKeyConstraint('id', name=op.f('pk_expenditure')),
        sa.UniqueConstraint('reverses_id', name=op.f('uq_expenditure_reverses_id')),
    )
    op.create_index(op.f('ix_expenditure_amount'), 'expenditure', ['amount', 'id'], unique=False)
    op.create_index(op.f('ix_expenditure_case_id'), 'expenditure', ['case_id'], unique=False)
    op.create_index(op.f('ix_expenditure_grant_id'), 'expenditure', ['grant_id', 'state', 'id'], unique=False)
    op.create_index(op.f('ix_expenditure_purpose'), 'expenditure', ['purpose', 'spent_on', 'id'], unique=False)
    op.create_index(op.f('ix_expenditure_spent_on'), 'expenditure', ['spent_on', 'id'], unique=False)
    op.create_index(op.f('ix_expenditure_state'), 'expenditure', ['state', 'spent_on', 'id'], unique=False)
    op.create_index(op.f('uq_expenditure_commitment_id'), 'expenditure', ['commitment_id'], unique=True, sqlite_where=sa.text("state = 'approved'"), postgresql_where=sa.text("state = 'approved'"))

    op.create_table(
        'aid',
        sa.Column('id', sa.Integer(), nullable=False),
        sa.Column('kind', sa.Enum('cash', 'goods', name='aid_kind', native_enum=False, create_constraint=True, length=40), nullable=False),
        sa.Column('item', sa.String(length=120), nullable=False),
        sa.Column('quantity', sa.Integer(), nullable=False),
        sa.Column('value', sa.BigInteger(), nullable=True),
        sa.Column('state', sa.Enum('planned', 'handed_over', 'cancelled', name='aid_state', native_enum=False, create_constraint=True, length=40), nullable=False),
        sa.Column('expenditure_id', sa.Integer(), nullable=True),
        sa.Column('partner_id', sa.Integer(), nullable=True),
        sa.Column('referral_id', sa.Integer(), nullable=True),
        sa.Column('handover_number', sa.String(length=40), nullable=True),
        sa.Column('handed_over_at', sa.DateTime(timezone=True), nullable=True),
        sa.Column('handler_id', sa.Integer(), nullable=True),
        sa.Column('received_by', sa.String(length=120), nullable=True),
        sa.Column('evidence', sa.String(length=80), nullable=True),
        sa.Column('again_reason', sa.Text(), nullable=True),
        sa.Column('reason', sa.Text(), nullable=True),
        sa.Column('case_id', sa.Integer(), nullable=False),
        sa.Column('created_at', sa.DateTime(timezone=True), nullable=False),
        sa.Column('created_by_id', sa.Integer(), nullable=True),
        sa.Column('changed_at', sa.DateTime(timezone=True), nullable=False),
        sa.Column('changed_by_id', sa.Integer(), nullable=True),
        sa.Column('version', sa.Integer(), nullable=False),
        sa.CheckConstraint("kind <> 'cash' OR value IS NOT NULL", name=op.f('ck_aid_cash_value')),
        sa.CheckConstraint('(expenditure_id IS NULL) <> (partner_id IS NULL)', name=op.f('ck_aid_giver')),
        sa.CheckConstraint("(state = 'handed_over') = (handed_over_at IS NOT NULL) AND (state = 'handed_over') = (handover_number IS NOT NULL)", name=op.f('ck_aid_handed_over')),
        sa.CheckConstraint('quantity > 0', name=op.f('ck_aid_quantity')),
        sa.CheckConstraint("state <> 'cancelled' OR reason IS NOT NULL", name=op.f('ck_aid_reason')),
        sa.CheckConstraint('value > 0', name=op.f('ck_aid_value')),
        sa.ForeignKeyConstraint(['case_id'], ['case_file.id'], name=op.f('fk_aid_case_id'), ondelete='RESTRICT'),
        sa.ForeignKeyConstraint(['changed_by_id'], ['ab_user.id'], name=op.f('fk_aid_changed_by_id'), ondelete='RESTRICT'),
        sa.ForeignKeyConstraint(['created_by_id'], ['ab_user.id'], name=op.f('fk_aid_created_by_id'), ondelete='RESTRICT'),
        sa.ForeignKeyConstraint(['expenditure_id'], ['expenditure.id'], name=op.f('fk_aid_expenditure_id'), ondelete='RESTRICT'),
        sa.ForeignKeyConstraint(['handler_id'], ['ab_user.id'], name=op.f('fk_aid_handler_id'), ondelete='RESTRICT'),
        sa.ForeignKeyConstraint(['partner_id'], ['partner.id'], name=op.f('fk_aid_partner_id'), ondelete='RESTRICT'),
        sa.ForeignKeyConstraint(['referral_id'], ['referral.id'], name=op.f('fk_aid_referral_id'), ondelete='RESTRICT'),
        sa.PrimaryKeyConstraint('id', name=op.f('pk_aid')),
        sa.UniqueConstraint('expenditure_id', name=op.f('uq_aid_expenditure_id')),
        sa.UniqueConstraint('handover_number', name=op.f('uq_aid_handover_number')),
    )
    op.create_index(op.f('ix_aid_case_id'), 'aid', ['case_id', 'id'], unique=False)
    op.create_index(op.f('ix_aid_handed_over_at'), 'aid', ['handed_over_at', 'id'], unique=False)
    op.create_index(op.f('ix_aid_kind'), 'aid', ['kind', 'handed_over_at', 'id'], unique=False)
    op.create_index(op.f('ix_aid_partner_id'), 'aid', ['partner_id'], unique=False)
    op.create_index(op.f('ix_aid_referral_id'), 'aid', ['referral_id'], unique=False)
    op.create_index(op.f('ix_aid_state'), 'aid', ['state', 'handed_over_at', 'id'], unique=False)

    op.create_table(
        'report_clock',
        sa.Column('id', sa.Integer(), nullable=False),
        sa.Column('urgency', sa.Enum('ordinary', 'urgent', 'emergency', name='urgency', native_enum=False, create_constraint=True, length=40), nullable=False),
        sa.Column('minutes', sa.Integer(), nullable=True),
        sa.Column('working_days', sa.Integer(), nullable=True),
        sa.Column('code', sa.String(length=40), nullable=False),
        sa.Column('name', sa.String(length=200), nullable=False),
        sa.Column('source', sa.Text(), nullable=True),
        sa.Column('created_at', sa.DateTime(timezone=True), nullable=False),
        sa.Column('created_by_id', sa.Integer(), nullable=True),
        sa.Column('changed_at', sa.DateTime(timezone=True), nullable=False),
        sa.Column('changed_by_id', sa.Integer(), nullable=True),
        sa.Column('version', sa.Integer(), nullable=False),
        sa.CheckConstraint('(minutes IS NULL) <> (working_days IS NULL)', name=op.f('ck_report_clock_one_measure')),
        sa.CheckConstraint('minutes > 0 OR working_days > 0', name=op.f('ck_report_clock_positive')),
        sa.ForeignKeyConstraint(['changed_by_id'], ['ab_user.id'], name=op.f('fk_report_clock_changed_by_id'), ondelete='RESTRICT'),
        sa.ForeignKeyConstraint(['created_by_id'], ['ab_user.id'], name=op.f('fk_report_clock_created_by_id'), ondelete='RESTRICT'),
        sa.PrimaryKeyConstraint('id', name=op.f('pk_report_clock')),
        sa.UniqueConstraint('code', name=op.f('uq_report_clock_code')),
        sa.UniqueConstraint('urgency', name=op.f('uq_report_clock_urgency')),
    )

    op.create_table(
        'shift',
        sa.Column('id', sa.Integer(), nullable=False),
        sa.Column('starts_at', sa.DateTime(timezone=True), nullable=False),
        sa.Column('ends_at', sa.DateTime(timezone=True), nullable=False),
        sa.Column('worker_id', sa.Integer(), nullable=False),
        sa.Column('phone', sa.String(length=20), nullable=True),
        sa.Column('state', sa.Enum('planned', 'cancelled', name='shift_state', native_enum=False, create_constraint=True, length=40), nullable=False),
        sa.Column('reason', sa.Text(), nullable=True),
        sa.Column('created_at', sa.DateTime(timezone=True), nullable=False),
        sa.Column('created_by_id', sa.Integer(), nullable=True),
        sa.Column('changed_at', sa.DateTime(timezone=True), nullable=False),
        sa.Column('changed_by_id', sa.Integer(), nullable=True),
        sa.Column('version', sa.Integer(), nullable=False),
        sa.CheckConstraint("state = 'planned' OR reason IS NOT NULL", name=op.f('ck_shift_cancelled')),
        sa.CheckConstraint(_SHIFT_LENGTH[op.get_bind().dialect.name], name=op.f('ck_shift_length')),
        sa.CheckConstraint('ends_at > starts_at', name=op.f('ck_shift_order')),
        sa.ForeignKeyConstraint(['changed_by_id'], ['ab_user.id'], name=op.f('fk_shift_changed_by_id'), ondelete='RESTRICT'),
        sa.ForeignKeyConstraint(['created_by_id'], ['ab_user.id'], name=op.f('fk_shift_created_by_id'), ondelete='RESTRICT'),
        sa.ForeignKeyConstraint(['worker_id'], ['ab_user.id'], name=op.f('fk_shift_worker_id'), ondelete='RESTRICT'),
        sa.PrimaryKeyConstraint('id', name=op.f('pk_shift')),
    )
    op.create_index(op.f('ix_shift_ends_at'), 'shift', ['ends_at', 'id'], unique=False)
    op.create_index(op.f('ix_shift_starts_at'), 'shift', ['starts_at', 'id'], unique=False)
    op.create_index(op.f('ix_shift_state'), 'shift', ['state', 'starts_at', 'id'], unique=False)
    op.create_index(op.f('ix_shift_worker_id'), 'shift', ['worker_id', 'starts_at', 'ends_at'], unique=False)

    op.create_table(
        'handover',
        sa.Column('id', sa.Integer(), nullable=False),
        sa.Column('from_shift_id', sa.Integer(), nullable=False),
        sa.Column('to_shift_id', sa.Integer(), nullable=True),
        sa.Column('note', sa.Text(), nullable=False),
        sa.Column('state', sa.Enum('sent', 'acknowledged', name='handover_state', native_enum=False, create_constraint=True, length=40), nullable=False),
        sa.Column('acknowledged_at', sa.DateTime(timezone=True), nullable=True),
        sa.Column('acknowledged_by_id', sa.Integer(), nullable=True),
        sa.Column('sheet', sa.JSON().with_variant(postgresql.JSONB(), 'postgresql'), nullable=True),
        sa.Column('created_at', sa.DateTime(timezone=True), nullable=False),
        sa.Column('created_by_id', sa.Integer(), nullable=True),
        sa.Column('changed_at', sa.DateTime(timezone=True), nullable=False),
        sa.Column('changed_by_id', sa.Integer(), nullable=True),
        sa.Column('version', sa.Integer(), nullable=False),
        sa.CheckConstraint("(state = 'acknowledged') = (acknowledged_at IS NOT NULL) AND (state = 'acknowledged') = (acknowledged_by_id IS NOT NULL)", name=op.f('ck_handover_acknowledged')),
        sa.CheckConstraint('to_shift_id IS NULL OR to_shift_id <> from_shift_id', name=op.f('ck_handover_shifts')),
        sa.ForeignKeyConstraint(['acknowledged_by_id'], ['ab_user.id'], name=op.f('fk_handover_acknowledged_by_id'), ondelete='RESTRICT'),
        sa.ForeignKeyConstraint(['changed_by_id'], ['ab_user.id'], name=op.f('fk_handover_changed_by_id'), ondelete='RESTRICT'),
        sa.ForeignKeyConstraint(['created_by_id'], ['ab_user.id'], name=op.f('fk_handover_created_by_id'), ondelete='RESTRICT'),
        sa.ForeignKeyConstraint(['from_shift_id'], ['shift.id'], name=op.f('fk_handover_from_shift_id'), ondelete='RESTRICT'),
        sa.ForeignKeyConstraint(['to_shift_id'], ['shift.id'], name=op.f('fk_handover_to_shift_id'), ondelete='RESTRICT'),
        sa.PrimaryKeyConstraint('id', name=op.f('pk_handover')),
        sa.UniqueConstraint('from_shift_id', name=op.f('uq_handover_from_shift_id')),
    )
    op.create_index(op.f('ix_handover_acknowledged_at'), 'handover', ['acknowledged_at', 'id'], unique=False)
    op.create_index(op.f('ix_handover_acknowledged_by_id'), 'handover', ['acknowledged_by_id'], unique=False)
    op.create_index(op.f('ix_handover_state'), 'handover', ['state', 'id'], unique=False)
    op.create_index(op.f('ix_handover_to_shift_id'), 'handover', ['to_shift_id'], unique=False)

    op.create_table(
        'case_reason',
        sa.Column('id', sa.Integer(), nullable=False),
        sa.Column('event_id', sa.Integer(), nullable=False),
        sa.Column('text', sa.Text(), nullable=False),
        sa.Column('created_at', sa.DateTime(timezone=True), nullable=False),
        sa.Column('created_by_id', sa.Integer(), nullable=True),
        sa.Column('changed_at', sa.DateTime(timezone=True), nullable=False),
        sa.Column('changed_by_id', sa.Integer(), nullable=True),
        sa.Column('version', sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(['changed_by_id'], ['ab_user.id'], name=op.f('fk_case_reason_changed_by_id'), ondelete='RESTRICT'),
        sa.ForeignKeyConstraint(['created_by_id'], ['ab_user.id'], name=op.f('fk_case_reason_created_by_id'), ondelete='RESTRICT'),
        sa.ForeignKeyConstraint(['event_id'], ['case_event.id'], name=op.f('fk_case_reason_event_id'), ondelete='RESTRICT'),
        sa.PrimaryKeyConstraint('id', name=op.f('pk_case_reason')),
        sa.UniqueConstraint('event_id', name=op.f('uq_case_reason_event_id')),
    )


def downgrade() -> None:
    """Drop everything."""
    for name in reversed(_TABLES):
        op.drop_table(name)
