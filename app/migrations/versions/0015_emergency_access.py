"""Emergency access to hidden cases, and the notice about it."""

import sqlalchemy as sa
from alembic import op

revision = '0015'
down_revision = '0014'
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Make the table, and allow its notice."""
    op.create_table('emergency_access',
    sa.Column('id', sa.Integer(), nullable=False),
    sa.Column('user_id', sa.Integer(), nullable=False),
    sa.Column('case_id', sa.Integer(), nullable=True),
    sa.Column('reason', sa.Text(), nullable=False),
    sa.Column('opened_at', sa.DateTime(timezone=True), nullable=False),
    sa.Column('expires_at', sa.DateTime(timezone=True), nullable=False),
    sa.Column('created_at', sa.DateTime(timezone=True), nullable=False),
    sa.Column('created_by_id', sa.Integer(), nullable=True),
    sa.Column('changed_at', sa.DateTime(timezone=True), nullable=False),
    sa.Column('changed_by_id', sa.Integer(), nullable=True),
    sa.Column('version', sa.Integer(), nullable=False),
    sa.ForeignKeyConstraint(['case_id'], ['case_file.id'], name=op.f('fk_emergency_access_case_id'), ondelete='RESTRICT'),
    sa.ForeignKeyConstraint(['changed_by_id'], ['ab_user.id'], name=op.f('fk_emergency_access_changed_by_id'), ondelete='RESTRICT'),
    sa.ForeignKeyConstraint(['created_by_id'], ['ab_user.id'], name=op.f('fk_emergency_access_created_by_id'), ondelete='RESTRICT'),
    sa.ForeignKeyConstraint(['user_id'], ['ab_user.id'], name=op.f('fk_emergency_access_user_id'), ondelete='RESTRICT'),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_emergency_access'))
    )
    with op.batch_alter_table('emergency_access', schema=None) as batch_op:
        batch_op.create_index('ix_emergency_access_case_id', ['case_id'], unique=False)
        batch_op.create_index('ix_emergency_access_expires_at', ['user_id', 'expires_at'], unique=False)
        batch_op.create_index('ix_emergency_access_opened_at', ['opened_at', 'id'], unique=False)
        batch_op.create_index('ix_emergency_access_user_id', ['user_id', 'opened_at'], unique=False)
    _allow_kinds('nik_to_check', 'break_glass')


def downgrade() -> None:
    """Take the table back to the revision before; impossible once there are such notices."""
    _allow_kinds('nik_to_check')
    op.drop_table('emergency_access')


def _allow_kinds(*codes: str) -> None:
    listed = ', '.join(f"'{code}'" for code in codes)
    with op.batch_alter_table('notice', schema=None) as batch_op:
        batch_op.drop_constraint(op.f('ck_notice_notice_kind'), type_='check')
        batch_op.create_check_constraint(op.f('ck_notice_notice_kind'), f'kind IN ({listed})')
