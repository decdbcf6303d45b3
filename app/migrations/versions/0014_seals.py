"""Seals beside the hashes of both books, and the lines of the audit book that prove other rows."""

import sqlalchemy as sa
from alembic import op

revision = '0014'
down_revision = '0013'
branch_labels = None
depends_on = None

_BEFORE = ('create', 'update', 'delete', 'view', 'export', 'print', 'login', 'login_failed', 'logout', 'denied')
_ADDED = ('search', 'case_events', 'sealed', 'restored', 'erased', 'clock_confirmed', 'emergency_access')


def upgrade() -> None:
    """Add the columns; no row of before is updated: `siaga init` covers them by one `sealed` line."""
    for table in ('audit_entry', 'case_event'):
        with op.batch_alter_table(table, schema=None) as batch_op:
            batch_op.add_column(sa.Column('seal', sa.String(length=64), nullable=True))
            batch_op.add_column(sa.Column('key_id', sa.String(length=16), nullable=True))
    _allow_actions(*_BEFORE, *_ADDED)


def downgrade() -> None:
    """Take the tables back to the revision before; impossible once there are lines of the new kinds."""
    _allow_actions(*_BEFORE)
    for table in ('audit_entry', 'case_event'):
        with op.batch_alter_table(table, schema=None) as batch_op:
            batch_op.drop_column('key_id')
            batch_op.drop_column('seal')


def _allow_actions(*codes: str) -> None:
    listed = ', '.join(f"'{code}'" for code in codes)
    with op.batch_alter_table('audit_entry', schema=None) as batch_op:
        batch_op.drop_constraint(op.f('ck_audit_entry_action'), type_='check')
        batch_op.create_check_constraint(op.f('ck_audit_entry_action'), f'action IN ({listed})')
