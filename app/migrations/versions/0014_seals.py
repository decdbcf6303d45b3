"""More actions of the audit book: searches, and what other rooms write into it."""

import sqlalchemy as sa
from alembic import op

revision = '0014'
down_revision = '0013'
branch_labels = None
depends_on = None

FORMER = ('create', 'update', 'delete', 'view', 'export', 'print', 'login', 'login_failed', 'logout', 'denied')
ACTIONS = (
    'create', 'update', 'delete', 'view', 'search', 'export', 'print', 'login', 'login_failed', 'logout', 'denied',
    'case_events', 'sealed', 'restored', 'erased', 'clock_confirmed', 'emergency_access',
)


def upgrade() -> None:
    """Let the book take the new actions."""
    _allow(ACTIONS)


def downgrade() -> None:
    """Take the actions back; fails while a line has one of the new ones."""
    _allow(FORMER)


def _allow(actions: tuple[str, ...]) -> None:
    codes = ", ".join(f"'{code}'" for code in actions)
    with op.batch_alter_table('audit_entry', schema=None) as batch_op:
        batch_op.drop_constraint(op.f('ck_audit_entry_action'), type_='check')
        batch_op.create_check_constraint(op.f('ck_audit_entry_action'), sa.text(f"action IN ({codes})"))
