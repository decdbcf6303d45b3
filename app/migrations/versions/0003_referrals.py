"""The referrals: who was asked for what, on which basis, whose turn it is; response times and holidays."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = '0003'
down_revision = '0002'
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Bring the tables to this revision."""
    op.create_table('decline_reason',
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
    sa.UniqueConstraint('code', name=op.f('uq_decline_reason_code'))
    )
    op.create_table('holiday',
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
    sa.UniqueConstraint('day', name=op.f('uq_holiday_day'))
    )
    op.create_table('response_time',
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
    sa.UniqueConstraint('code', name=op.f('uq_response_time_code'))
    )
    op.create_table('referral',
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
    sa.CheckConstraint("sent_at IS NOT NULL OR NOT (state IN ('sent', 'accepted', 'in_service', 'completed', 'closed', 'declined'))", name=op.f('ck_referral_sent')),
    sa.CheckConstraint('(legal_basis IS NULL) = (legal_reason IS NULL)', name=op.f('ck_referral_legal_basis_reason')),
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
    sa.UniqueConstraint('previous_id', name=op.f('uq_referral_previous_id'))
    )
    with op.batch_alter_table('referral', schema=None) as batch_op:
        batch_op.create_index('ix_referral_case_id', ['case_id', 'id'], unique=False)
        batch_op.create_index(batch_op.f('ix_referral_consent_id'), ['consent_id'], unique=False)
        batch_op.create_index('ix_referral_created_at', ['created_at', 'id'], unique=False)
        batch_op.create_index('ix_referral_due_at', ['due_at', 'id'], unique=False, sqlite_where=sa.text('due_at IS NOT NULL'), postgresql_where=sa.text('due_at IS NOT NULL'))
        batch_op.create_index('ix_referral_need_kind_id', ['need_kind_id'], unique=False)
        batch_op.create_index('ix_referral_owner_id', ['owner_id', 'due_at'], unique=False, sqlite_where=sa.text('owner_id IS NOT NULL'), postgresql_where=sa.text('owner_id IS NOT NULL'))
        batch_op.create_index('ix_referral_partner_id', ['partner_id', 'state', 'responded_at'], unique=False)
        batch_op.create_index('ix_referral_partner_id_sent_at', ['partner_id', 'sent_at', 'id'], unique=False)
        batch_op.create_index('ix_referral_state', ['state', 'due_at', 'id'], unique=False)
        batch_op.create_index('uq_referral_live', ['case_id', 'partner_id', 'need_kind_id'], unique=True, sqlite_where=sa.text("state IN ('sent', 'accepted', 'in_service', 'completed')"), postgresql_where=sa.text("state IN ('sent', 'accepted', 'in_service', 'completed')"))

    op.create_table('referral_document',
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
    sa.UniqueConstraint('referral_id', 'title', name=op.f('uq_referral_document_referral_id_title'))
    )
    op.create_table('referral_link',
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
    sa.UniqueConstraint('token_hash', name=op.f('uq_referral_link_token_hash'))
    )
    with op.batch_alter_table('referral_link', schema=None) as batch_op:
        batch_op.create_index('ix_referral_link_referral_id', ['referral_id', 'id'], unique=False)

    op.create_table('referral_message',
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
    sa.PrimaryKeyConstraint('id', name=op.f('pk_referral_message'))
    )
    with op.batch_alter_table('referral_message', schema=None) as batch_op:
        batch_op.create_index('ix_referral_message_link_id', ['link_id'], unique=False)
        batch_op.create_index('ix_referral_message_referral_id', ['referral_id', 'id'], unique=False)

    with op.batch_alter_table('partner', schema=None) as batch_op:
        batch_op.create_index('ix_partner_verified_on', ['verified_on', 'id'], unique=False)

    with op.batch_alter_table('office_setting', schema=None) as batch_op:
        batch_op.add_column(sa.Column('letter_pattern', sa.String(length=60), nullable=True))
        batch_op.add_column(sa.Column('letter_place', sa.String(length=60), nullable=True))
        batch_op.add_column(sa.Column('letter_copies', sa.Text(), nullable=True))



def downgrade() -> None:
    """Take the tables back to the revision before."""
    with op.batch_alter_table('office_setting', schema=None) as batch_op:
        batch_op.drop_column('letter_copies')
        batch_op.drop_column('letter_place')
        batch_op.drop_column('letter_pattern')

    with op.batch_alter_table('partner', schema=None) as batch_op:
        batch_op.drop_index('ix_partner_verified_on')

    with op.batch_alter_table('referral_message', schema=None) as batch_op:
        batch_op.drop_index('ix_referral_message_referral_id')
        batch_op.drop_index('ix_referral_message_link_id')

    op.drop_table('referral_message')
    with op.batch_alter_table('referral_link', schema=None) as batch_op:
        batch_op.drop_index('ix_referral_link_referral_id')

    op.drop_table('referral_link')
    op.drop_table('referral_document')
    with op.batch_alter_table('referral', schema=None) as batch_op:
        batch_op.drop_index('uq_referral_live', sqlite_where=sa.text("state IN ('sent', 'accepted', 'in_service', 'completed')"), postgresql_where=sa.text("state IN ('sent', 'accepted', 'in_service', 'completed')"))
        batch_op.drop_index('ix_referral_state')
        batch_op.drop_index('ix_referral_partner_id_sent_at')
        batch_op.drop_index('ix_referral_partner_id')
        batch_op.drop_index('ix_referral_owner_id', sqlite_where=sa.text('owner_id IS NOT NULL'), postgresql_where=sa.text('owner_id IS NOT NULL'))
        batch_op.drop_index('ix_referral_need_kind_id')
        batch_op.drop_index('ix_referral_due_at', sqlite_where=sa.text('due_at IS NOT NULL'), postgresql_where=sa.text('due_at IS NOT NULL'))
        batch_op.drop_index('ix_referral_created_at')
        batch_op.drop_index(batch_op.f('ix_referral_consent_id'))
        batch_op.drop_index('ix_referral_case_id')

    op.drop_table('referral')
    op.drop_table('response_time')
    op.drop_table('holiday')
    op.drop_table('decline_reason')
