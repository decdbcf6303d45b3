"""Notices, NIKs that have to be checked, and the amount above which cash aid asks about other aid."""

import sqlalchemy as sa
from alembic import op

revision = '0011'
down_revision = '0010'
branch_labels = None
depends_on = None

_UNIQUE = 'nik IS NOT NULL AND merged_into_id IS NULL'
_CHECKED = f'{_UNIQUE} AND NOT nik_in_check'


def upgrade() -> None:
    """Bring the tables to this revision."""
    op.create_table('notice',
    sa.Column('id', sa.Integer(), nullable=False),
    sa.Column('user_id', sa.Integer(), nullable=False),
    sa.Column('kind', sa.Enum('nik_to_check', name='notice_kind', native_enum=False, create_constraint=True, length=40), nullable=False),
    sa.Column('entity', sa.String(length=60), nullable=False),
    sa.Column('entity_id', sa.Integer(), nullable=False),
    sa.Column('related_id', sa.Integer(), nullable=True),
    sa.Column('read_at', sa.DateTime(timezone=True), nullable=True),
    sa.Column('reason', sa.Text(), nullable=True),
    sa.Column('created_at', sa.DateTime(timezone=True), nullable=False),
    sa.Column('created_by_id', sa.Integer(), nullable=True),
    sa.Column('changed_at', sa.DateTime(timezone=True), nullable=False),
    sa.Column('changed_by_id', sa.Integer(), nullable=True),
    sa.Column('version', sa.Integer(), nullable=False),
    sa.ForeignKeyConstraint(['changed_by_id'], ['ab_user.id'], name=op.f('fk_notice_changed_by_id'), ondelete='RESTRICT'),
    sa.ForeignKeyConstraint(['created_by_id'], ['ab_user.id'], name=op.f('fk_notice_created_by_id'), ondelete='RESTRICT'),
    sa.ForeignKeyConstraint(['user_id'], ['ab_user.id'], name=op.f('fk_notice_user_id'), ondelete='RESTRICT'),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_notice'))
    )
    with op.batch_alter_table('notice', schema=None) as batch_op:
        batch_op.create_index('ix_notice_user_id', ['user_id', 'id'], unique=False)
        batch_op.create_index('ix_notice_entity', ['entity', 'entity_id'], unique=False)
        batch_op.create_index('ix_notice_related_id', ['related_id'], unique=False)

    op.drop_index('uq_client_nik', table_name='client')
    with op.batch_alter_table('client', schema=None) as batch_op:
        batch_op.add_column(sa.Column('nik_in_check', sa.Boolean(), nullable=False, server_default=sa.false()))
    with op.batch_alter_table('client', schema=None) as batch_op:
        batch_op.alter_column('nik_in_check', server_default=None)
    op.create_index(
        'uq_client_nik',
        'client',
        ['nik'],
        unique=True,
        sqlite_where=sa.text(_CHECKED),
        postgresql_where=sa.text(_CHECKED),
    )
    op.create_index('ix_client_nik', 'client', ['nik'], unique=False)

    with op.batch_alter_table('office_setting', schema=None) as batch_op:
        batch_op.add_column(sa.Column('aid_check_above', sa.BigInteger(), nullable=False, server_default='500000'))
        batch_op.create_check_constraint(op.f('ck_office_setting_aid_check_above'), 'aid_check_above >= 0')

    with op.batch_alter_table('office_setting', schema=None) as batch_op:
        batch_op.alter_column('aid_check_above', server_default=None)


def downgrade() -> None:
    """Take the tables back to the revision before."""
    with op.batch_alter_table('office_setting', schema=None) as batch_op:
        batch_op.drop_constraint(op.f('ck_office_setting_aid_check_above'), type_='check')
        batch_op.drop_column('aid_check_above')

    op.drop_index('ix_client_nik', table_name='client')
    op.drop_index('uq_client_nik', table_name='client')
    with op.batch_alter_table('client', schema=None) as batch_op:
        batch_op.drop_column('nik_in_check')
    op.create_index(
        'uq_client_nik',
        'client',
        ['nik'],
        unique=True,
        sqlite_where=sa.text(_UNIQUE),
        postgresql_where=sa.text(_UNIQUE),
    )
    op.drop_table('notice')
