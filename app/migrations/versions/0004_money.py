"""Money from the ceiling to the evidence, and aid handed over to clients."""

import sqlalchemy as sa
from alembic import op

revision = '0004'
down_revision = '0003'
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Bring the tables to this revision."""
    op.create_table('disbursement',
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
    sa.UniqueConstraint('reverses_id', name=op.f('uq_disbursement_reverses_id'))
    )
    with op.batch_alter_table('disbursement', schema=None) as batch_op:
        batch_op.create_index('ix_disbursement_grant_id', ['grant_id', 'id'], unique=False)

    op.create_table('commitment',
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
    sa.CheckConstraint("state <> 'released' OR reason IS NOT NULL", name=op.f('ck_commitment_reason')),
    sa.CheckConstraint('amount > 0', name=op.f('ck_commitment_amount')),
    sa.ForeignKeyConstraint(['case_id'], ['case_file.id'], name=op.f('fk_commitment_case_id'), ondelete='RESTRICT'),
    sa.ForeignKeyConstraint(['changed_by_id'], ['ab_user.id'], name=op.f('fk_commitment_changed_by_id'), ondelete='RESTRICT'),
    sa.ForeignKeyConstraint(['created_by_id'], ['ab_user.id'], name=op.f('fk_commitment_created_by_id'), ondelete='RESTRICT'),
    sa.ForeignKeyConstraint(['grant_id'], ['grant_fund.id'], name=op.f('fk_commitment_grant_id'), ondelete='RESTRICT'),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_commitment'))
    )
    with op.batch_alter_table('commitment', schema=None) as batch_op:
        batch_op.create_index(batch_op.f('ix_commitment_case_id'), ['case_id'], unique=False)
        batch_op.create_index('ix_commitment_grant_id', ['grant_id', 'id'], unique=False)

    op.create_table('expenditure',
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
    sa.CheckConstraint("reverses_id IS NULL OR state = 'reversed'", name=op.f('ck_expenditure_reversal')),
    sa.CheckConstraint("state IN ('proposed', 'rejected') OR posted_on IS NOT NULL", name=op.f('ck_expenditure_posted')),
    sa.CheckConstraint("state NOT IN ('rejected', 'reversed') OR reason IS NOT NULL", name=op.f('ck_expenditure_reason')),
    sa.CheckConstraint('amount > 0', name=op.f('ck_expenditure_amount')),
    sa.ForeignKeyConstraint(['case_id'], ['case_file.id'], name=op.f('fk_expenditure_case_id'), ondelete='RESTRICT'),
    sa.ForeignKeyConstraint(['changed_by_id'], ['ab_user.id'], name=op.f('fk_expenditure_changed_by_id'), ondelete='RESTRICT'),
    sa.ForeignKeyConstraint(['commitment_id'], ['commitment.id'], name=op.f('fk_expenditure_commitment_id'), ondelete='RESTRICT'),
    sa.ForeignKeyConstraint(['created_by_id'], ['ab_user.id'], name=op.f('fk_expenditure_created_by_id'), ondelete='RESTRICT'),
    sa.ForeignKeyConstraint(['grant_id'], ['grant_fund.id'], name=op.f('fk_expenditure_grant_id'), ondelete='RESTRICT'),
    sa.ForeignKeyConstraint(['reverses_id'], ['expenditure.id'], name=op.f('fk_expenditure_reverses_id'), ondelete='RESTRICT'),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_expenditure')),
    sa.UniqueConstraint('reverses_id', name=op.f('uq_expenditure_reverses_id'))
    )
    with op.batch_alter_table('expenditure', schema=None) as batch_op:
        batch_op.create_index(batch_op.f('ix_expenditure_case_id'), ['case_id'], unique=False)
        batch_op.create_index('ix_expenditure_grant_id', ['grant_id', 'state', 'id'], unique=False)
        batch_op.create_index('ix_expenditure_spent_on', ['spent_on', 'id'], unique=False)
        batch_op.create_index('uq_expenditure_commitment_id', ['commitment_id'], unique=True, sqlite_where=sa.text("state = 'approved'"), postgresql_where=sa.text("state = 'approved'"))

    op.create_table('aid',
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
    sa.CheckConstraint("(state = 'handed_over') = (handed_over_at IS NOT NULL) AND (state = 'handed_over') = (handover_number IS NOT NULL)", name=op.f('ck_aid_handed_over')),
    sa.CheckConstraint("kind <> 'cash' OR value IS NOT NULL", name=op.f('ck_aid_cash_value')),
    sa.CheckConstraint("state <> 'cancelled' OR reason IS NOT NULL", name=op.f('ck_aid_reason')),
    sa.CheckConstraint('(expenditure_id IS NULL) <> (partner_id IS NULL)', name=op.f('ck_aid_giver')),
    sa.CheckConstraint('quantity > 0', name=op.f('ck_aid_quantity')),
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
    sa.UniqueConstraint('handover_number', name=op.f('uq_aid_handover_number'))
    )
    with op.batch_alter_table('aid', schema=None) as batch_op:
        batch_op.create_index('ix_aid_case_id', ['case_id', 'id'], unique=False)
        batch_op.create_index('ix_aid_handed_over_at', ['handed_over_at', 'id'], unique=False)
        batch_op.create_index(batch_op.f('ix_aid_partner_id'), ['partner_id'], unique=False)
        batch_op.create_index(batch_op.f('ix_aid_referral_id'), ['referral_id'], unique=False)

    with op.batch_alter_table('grant_fund', schema=None) as batch_op:
        batch_op.add_column(sa.Column('report_number', sa.String(length=80), nullable=True))
        batch_op.add_column(sa.Column('accounted_on', sa.Date(), nullable=True))



def downgrade() -> None:
    """Take the tables back to the revision before."""
    with op.batch_alter_table('grant_fund', schema=None) as batch_op:
        batch_op.drop_column('accounted_on')
        batch_op.drop_column('report_number')

    with op.batch_alter_table('aid', schema=None) as batch_op:
        batch_op.drop_index(batch_op.f('ix_aid_referral_id'))
        batch_op.drop_index(batch_op.f('ix_aid_partner_id'))
        batch_op.drop_index('ix_aid_handed_over_at')
        batch_op.drop_index('ix_aid_case_id')

    op.drop_table('aid')
    with op.batch_alter_table('expenditure', schema=None) as batch_op:
        batch_op.drop_index('uq_expenditure_commitment_id', sqlite_where=sa.text("state = 'approved'"), postgresql_where=sa.text("state = 'approved'"))
        batch_op.drop_index('ix_expenditure_spent_on')
        batch_op.drop_index('ix_expenditure_grant_id')
        batch_op.drop_index(batch_op.f('ix_expenditure_case_id'))

    op.drop_table('expenditure')
    with op.batch_alter_table('commitment', schema=None) as batch_op:
        batch_op.drop_index('ix_commitment_grant_id')
        batch_op.drop_index(batch_op.f('ix_commitment_case_id'))

    op.drop_table('commitment')
    with op.batch_alter_table('disbursement', schema=None) as batch_op:
        batch_op.drop_index('ix_disbursement_grant_id')

    op.drop_table('disbursement')
