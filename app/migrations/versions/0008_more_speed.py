"""The clients of a kelurahan with one identity status, counted in an index and read nowhere else."""

import sqlalchemy as sa
from alembic import op

revision = '0008'
down_revision = '0007'
branch_labels = None
depends_on = None

_IN_USE = {'sqlite_where': sa.text('archived_at IS NULL'), 'postgresql_where': sa.text('archived_at IS NULL')}


def upgrade() -> None:
    """Bring the tables to this revision."""
    op.create_index(
        'ix_client_kelurahan_id_identity_status',
        'client',
        ['kelurahan_id', 'identity_status', 'id'],
        unique=False,
        **_IN_USE,
    )


def downgrade() -> None:
    """Take the tables back to the revision before."""
    op.drop_index('ix_client_kelurahan_id_identity_status', table_name='client', **_IN_USE)
