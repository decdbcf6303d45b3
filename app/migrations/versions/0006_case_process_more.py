"""Why a move was made, a timeline by kind and by person, follow-ups that always have an owner."""

import sqlalchemy as sa
from alembic import op

revision = '0006'
down_revision = '0005'
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Bring the tables to this revision."""
    op.create_table('case_reason',
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
    sa.UniqueConstraint('event_id', name=op.f('uq_case_reason_event_id'))
    )
    with op.batch_alter_table('case_event', schema=None) as batch_op:
        batch_op.create_index('ix_case_event_case_id_actor_id', ['case_id', 'actor_id', 'occurred_at', 'id'], unique=False)
        batch_op.create_index('ix_case_event_case_id_kind', ['case_id', 'kind', 'occurred_at', 'id'], unique=False)

    with op.batch_alter_table('follow_up', schema=None) as batch_op:
        batch_op.create_index('ix_follow_up_state_due_on', ['state', 'due_on', 'id'], unique=False)

    op.execute(
        "UPDATE follow_up SET assignee_id = coalesce("
        "(SELECT worker_id FROM case_file WHERE case_file.id = follow_up.case_id), created_by_id)"
        " WHERE assignee_id IS NULL AND state = 'open'"
    )



def downgrade() -> None:
    """Take the tables back to the revision before."""
    with op.batch_alter_table('follow_up', schema=None) as batch_op:
        batch_op.drop_index('ix_follow_up_state_due_on')

    with op.batch_alter_table('case_event', schema=None) as batch_op:
        batch_op.drop_index('ix_case_event_case_id_kind')
        batch_op.drop_index('ix_case_event_case_id_actor_id')

    op.drop_table('case_reason')
