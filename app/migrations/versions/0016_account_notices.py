"""Notices about changes to one's own account."""

import sqlalchemy as sa
from alembic import op

revision = '0016'
down_revision = '0015'
branch_labels = None
depends_on = None

_BEFORE = ('nik_to_check', 'break_glass')
_ADDED = ('account_changed',)
_CHANGES = ('password_reset', 'roles_changed', 'deactivated', 'activated')


def upgrade() -> None:
    """Allow the new kind, and let a notice of it say which change it is about."""
    with op.batch_alter_table('notice', schema=None) as batch_op:
        batch_op.add_column(sa.Column('detail', sa.String(length=40), nullable=True))
        batch_op.create_check_constraint(op.f('ck_notice_account_change'), f'detail IN ({_listed(*_CHANGES)})')
    _allow_kinds(*_BEFORE, *_ADDED)


def downgrade() -> None:
    """Take the table back to the revision before; impossible once there are notices of the new kind."""
    _allow_kinds(*_BEFORE)
    with op.batch_alter_table('notice', schema=None) as batch_op:
        batch_op.drop_constraint(op.f('ck_notice_account_change'), type_='check')
        batch_op.drop_column('detail')


def _allow_kinds(*codes: str) -> None:
    with op.batch_alter_table('notice', schema=None) as batch_op:
        batch_op.drop_constraint(op.f('ck_notice_notice_kind'), type_='check')
        batch_op.create_check_constraint(op.f('ck_notice_notice_kind'), f'kind IN ({_listed(*codes)})')


def _listed(*codes: str) -> str:
    return ', '.join(f"'{code}'" for code in codes)
