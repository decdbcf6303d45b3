"""The case process: assessments, goals, closures, corrections, and how a case ends."""

import sqlalchemy as sa
from alembic import op

revision = '0002'
down_revision = '0001'
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Bring the tables to this revision."""
    op.create_table('assessment',
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
    sa.PrimaryKeyConstraint('id', name=op.f('pk_assessment'))
    )
    with op.batch_alter_table('assessment', schema=None) as batch_op:
        batch_op.create_index('ix_assessment_case_id', ['case_id', 'happened_at', 'id'], unique=False)
        batch_op.create_index('ix_assessment_happened_at', ['happened_at', 'id'], unique=False)

    op.create_table('case_closure',
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
    sa.PrimaryKeyConstraint('id', name=op.f('pk_case_closure'))
    )
    with op.batch_alter_table('case_closure', schema=None) as batch_op:
        batch_op.create_index('ix_case_closure_case_id', ['case_id', 'id'], unique=False)

    op.create_table('plan_goal',
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
    sa.PrimaryKeyConstraint('id', name=op.f('pk_plan_goal'))
    )
    with op.batch_alter_table('plan_goal', schema=None) as batch_op:
        batch_op.create_index('ix_plan_goal_case_id', ['case_id', 'target_on', 'id'], unique=False)
        batch_op.create_index('ix_plan_goal_responsible_id', ['responsible_id'], unique=False)
        batch_op.create_index('ix_plan_goal_target_on', ['target_on', 'id'], unique=False)

    op.create_table('entry_correction',
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
    sa.PrimaryKeyConstraint('id', name=op.f('pk_entry_correction'))
    )
    with op.batch_alter_table('entry_correction', schema=None) as batch_op:
        batch_op.create_index('ix_entry_correction_note_id', ['note_id'], unique=False)
        batch_op.create_index('ix_entry_correction_service_id', ['service_id'], unique=False)

    with op.batch_alter_table('case_file', schema=None) as batch_op:
        batch_op.add_column(sa.Column('closed_at', sa.DateTime(timezone=True), nullable=True))
        batch_op.add_column(sa.Column('closing_reason', sa.String(length=40), nullable=True))
        batch_op.add_column(sa.Column('closing_summary', sa.Text(), nullable=True))
        batch_op.add_column(sa.Column('hold_until', sa.Date(), nullable=True))
        batch_op.add_column(sa.Column('police_report_number', sa.String(length=60), nullable=True))
        batch_op.add_column(sa.Column('violence_reported_at', sa.DateTime(timezone=True), nullable=True))
        batch_op.create_check_constraint(
            op.f('ck_case_file_closing_reason'),
            "closing_reason IN ('goal_reached', 'period_ended', 'moved', 'worker_left', 'transferred',"
            " 'withdrew', 'died', 'lost_contact', 'not_our_mandate')",
        )
        batch_op.create_check_constraint(
            op.f('ck_case_file_closed'),
            "(status = 'closed') = (closed_at IS NOT NULL)"
            " AND (status = 'closed') = (closing_reason IS NOT NULL)"
            " AND (status = 'closed') = (closing_summary IS NOT NULL)",
        )
        batch_op.create_check_constraint(
            op.f('ck_case_file_on_hold'), "(status = 'on_hold') = (hold_until IS NOT NULL)"
        )



def downgrade() -> None:
    """Take the tables back to the revision before."""
    with op.batch_alter_table('case_file', schema=None) as batch_op:
        for name in ('closing_reason', 'closed', 'on_hold'):
            batch_op.drop_constraint(op.f(f'ck_case_file_{name}'), type_='check')
        batch_op.drop_column('violence_reported_at')
        batch_op.drop_column('police_report_number')
        batch_op.drop_column('hold_until')
        batch_op.drop_column('closing_summary')
        batch_op.drop_column('closing_reason')
        batch_op.drop_column('closed_at')

    with op.batch_alter_table('entry_correction', schema=None) as batch_op:
        batch_op.drop_index('ix_entry_correction_service_id')
        batch_op.drop_index('ix_entry_correction_note_id')

    op.drop_table('entry_correction')
    with op.batch_alter_table('plan_goal', schema=None) as batch_op:
        batch_op.drop_index('ix_plan_goal_target_on')
        batch_op.drop_index('ix_plan_goal_responsible_id')
        batch_op.drop_index('ix_plan_goal_case_id')

    op.drop_table('plan_goal')
    with op.batch_alter_table('case_closure', schema=None) as batch_op:
        batch_op.drop_index('ix_case_closure_case_id')

    op.drop_table('case_closure')
    with op.batch_alter_table('assessment', schema=None) as batch_op:
        batch_op.drop_index('ix_assessment_happened_at')
        batch_op.drop_index('ix_assessment_case_id')

    op.drop_table('assessment')
