"""Notices, NIKs that have to be checked, and the amount above which cash aid asks about other aid."""

import sqlalchemy as sa
from alembic import op

revision = '0011'
down_revision = '0009'
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Bring the tables to this revision."""
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
