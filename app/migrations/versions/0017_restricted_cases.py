"""An index of the limited and secret cases of a client, in place of the one of the secret cases alone."""

import sqlalchemy as sa
from alembic import op

revision = '0017'
down_revision = '0016'
branch_labels = None
depends_on = None

_SECRET = sa.text("confidentiality = 'secret'")
_RESTRICTED = sa.text("confidentiality <> 'ordinary'")


def upgrade() -> None:
    """Bring the tables to this revision."""
    _replace('ix_case_file_secret_client', _SECRET, 'ix_case_file_restricted_client', _RESTRICTED)


def downgrade() -> None:
    """Take the tables back to the revision before."""
    _replace('ix_case_file_restricted_client', _RESTRICTED, 'ix_case_file_secret_client', _SECRET)


def _replace(old: str, old_rows: sa.TextClause, new: str, new_rows: sa.TextClause) -> None:
    op.drop_index(old, table_name='case_file', sqlite_where=old_rows, postgresql_where=old_rows)
    op.create_index(
        new, 'case_file', ['client_id'], unique=False, sqlite_where=new_rows, postgresql_where=new_rows
    )
