"""What partners were shown: kept from now on as it was sent."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = '0013'
down_revision = '0012'
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Make the table; `siaga init` fills it for live referrals once the rest of the release stands."""
    op.create_table('referral_disclosure',
    sa.Column('id', sa.Integer(), nullable=False),
    sa.Column('referral_id', sa.Integer(), nullable=False),
    sa.Column('disclosed_at', sa.DateTime(timezone=True), nullable=False),
    sa.Column('origin', sa.Enum('sent', 'updated', 'upgraded', name='disclosure_origin', native_enum=False, create_constraint=True, length=40), nullable=False),
    sa.Column('data', sa.JSON().with_variant(postgresql.JSONB(astext_type=sa.Text()), 'postgresql'), nullable=True),
    sa.Column('salt', sa.String(length=64), nullable=True),
    sa.Column('data_hash', sa.String(length=64), nullable=False),
    sa.Column('erased_at', sa.DateTime(timezone=True), nullable=True),
    sa.ForeignKeyConstraint(['referral_id'], ['referral.id'], name=op.f('fk_referral_disclosure_referral_id'), ondelete='RESTRICT'),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_referral_disclosure'))
    )
    with op.batch_alter_table('referral_disclosure', schema=None) as batch_op:
        batch_op.create_index('ix_referral_disclosure_referral_id', ['referral_id', 'id'], unique=False)


def downgrade() -> None:
    """Take the table away."""
    op.drop_table('referral_disclosure')
