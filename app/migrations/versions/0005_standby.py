"""Siaga 24 jam: shifts, hand-overs, and how soon a report is to be taken up."""

from datetime import UTC, datetime, timedelta, timezone

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = '0005'
down_revision = '0004'
branch_labels = None
depends_on = None

LENGTH = {
    'sqlite': 'julianday(ends_at) - julianday(starts_at) <= 1.000001',
    'postgresql': "ends_at <= starts_at + interval '24 hours'",
}
"""A shift lasts 24 hours at most, in the words of each database."""
MINUTES = {'emergency': 30, 'urgent': 240}
WITA = timezone(timedelta(hours=8))


def upgrade() -> None:
    """Bring the tables to this revision."""
    op.create_table('report_clock',
    sa.Column('id', sa.Integer(), nullable=False),
    sa.Column('urgency', sa.Enum('ordinary', 'urgent', 'emergency', name='urgency', native_enum=False, create_constraint=True, length=40), nullable=False),
    sa.Column('minutes', sa.Integer(), nullable=True),
    sa.Column('working_days', sa.Integer(), nullable=True),
    sa.Column('code', sa.String(length=40), nullable=False),
    sa.Column('name', sa.String(length=200), nullable=False),
    sa.Column('source', sa.Text(), nullable=True),
    sa.Column('created_at', sa.DateTime(timezone=True), nullable=False),
    sa.Column('created_by_id', sa.Integer(), nullable=True),
    sa.Column('changed_at', sa.DateTime(timezone=True), nullable=False),
    sa.Column('changed_by_id', sa.Integer(), nullable=True),
    sa.Column('version', sa.Integer(), nullable=False),
    sa.CheckConstraint('(minutes IS NULL) <> (working_days IS NULL)', name=op.f('ck_report_clock_one_measure')),
    sa.CheckConstraint('minutes > 0 OR working_days > 0', name=op.f('ck_report_clock_positive')),
    sa.ForeignKeyConstraint(['changed_by_id'], ['ab_user.id'], name=op.f('fk_report_clock_changed_by_id'), ondelete='RESTRICT'),
    sa.ForeignKeyConstraint(['created_by_id'], ['ab_user.id'], name=op.f('fk_report_clock_created_by_id'), ondelete='RESTRICT'),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_report_clock')),
    sa.UniqueConstraint('code', name=op.f('uq_report_clock_code')),
    sa.UniqueConstraint('urgency', name=op.f('uq_report_clock_urgency'))
    )
    op.create_table('shift',
    sa.Column('id', sa.Integer(), nullable=False),
    sa.Column('starts_at', sa.DateTime(timezone=True), nullable=False),
    sa.Column('ends_at', sa.DateTime(timezone=True), nullable=False),
    sa.Column('worker_id', sa.Integer(), nullable=False),
    sa.Column('phone', sa.String(length=20), nullable=True),
    sa.Column('state', sa.Enum('planned', 'cancelled', name='shift_state', native_enum=False, create_constraint=True, length=40), nullable=False),
    sa.Column('reason', sa.Text(), nullable=True),
    sa.Column('created_at', sa.DateTime(timezone=True), nullable=False),
    sa.Column('created_by_id', sa.Integer(), nullable=True),
    sa.Column('changed_at', sa.DateTime(timezone=True), nullable=False),
    sa.Column('changed_by_id', sa.Integer(), nullable=True),
    sa.Column('version', sa.Integer(), nullable=False),
    sa.CheckConstraint(LENGTH[op.get_bind().dialect.name], name=op.f('ck_shift_length')),
    sa.CheckConstraint("state = 'planned' OR reason IS NOT NULL", name=op.f('ck_shift_cancelled')),
    sa.CheckConstraint('ends_at > starts_at', name=op.f('ck_shift_order')),
    sa.ForeignKeyConstraint(['changed_by_id'], ['ab_user.id'], name=op.f('fk_shift_changed_by_id'), ondelete='RESTRICT'),
    sa.ForeignKeyConstraint(['created_by_id'], ['ab_user.id'], name=op.f('fk_shift_created_by_id'), ondelete='RESTRICT'),
    sa.ForeignKeyConstraint(['worker_id'], ['ab_user.id'], name=op.f('fk_shift_worker_id'), ondelete='RESTRICT'),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_shift'))
    )
    with op.batch_alter_table('shift', schema=None) as batch_op:
        batch_op.create_index('ix_shift_ends_at', ['ends_at', 'id'], unique=False)
        batch_op.create_index('ix_shift_starts_at', ['starts_at', 'id'], unique=False)
        batch_op.create_index('ix_shift_worker_id', ['worker_id', 'starts_at', 'ends_at'], unique=False)

    op.create_table('handover',
    sa.Column('id', sa.Integer(), nullable=False),
    sa.Column('from_shift_id', sa.Integer(), nullable=False),
    sa.Column('to_shift_id', sa.Integer(), nullable=True),
    sa.Column('note', sa.Text(), nullable=False),
    sa.Column('state', sa.Enum('sent', 'acknowledged', name='handover_state', native_enum=False, create_constraint=True, length=40), nullable=False),
    sa.Column('acknowledged_at', sa.DateTime(timezone=True), nullable=True),
    sa.Column('acknowledged_by_id', sa.Integer(), nullable=True),
    sa.Column('sheet', sa.JSON().with_variant(postgresql.JSONB(), 'postgresql'), nullable=True),
    sa.Column('created_at', sa.DateTime(timezone=True), nullable=False),
    sa.Column('created_by_id', sa.Integer(), nullable=True),
    sa.Column('changed_at', sa.DateTime(timezone=True), nullable=False),
    sa.Column('changed_by_id', sa.Integer(), nullable=True),
    sa.Column('version', sa.Integer(), nullable=False),
    sa.CheckConstraint("(state = 'acknowledged') = (acknowledged_at IS NOT NULL) AND (state = 'acknowledged') = (acknowledged_by_id IS NOT NULL)", name=op.f('ck_handover_acknowledged')),
    sa.CheckConstraint('to_shift_id IS NULL OR to_shift_id <> from_shift_id', name=op.f('ck_handover_shifts')),
    sa.ForeignKeyConstraint(['acknowledged_by_id'], ['ab_user.id'], name=op.f('fk_handover_acknowledged_by_id'), ondelete='RESTRICT'),
    sa.ForeignKeyConstraint(['changed_by_id'], ['ab_user.id'], name=op.f('fk_handover_changed_by_id'), ondelete='RESTRICT'),
    sa.ForeignKeyConstraint(['created_by_id'], ['ab_user.id'], name=op.f('fk_handover_created_by_id'), ondelete='RESTRICT'),
    sa.ForeignKeyConstraint(['from_shift_id'], ['shift.id'], name=op.f('fk_handover_from_shift_id'), ondelete='RESTRICT'),
    sa.ForeignKeyConstraint(['to_shift_id'], ['shift.id'], name=op.f('fk_handover_to_shift_id'), ondelete='RESTRICT'),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_handover')),
    sa.UniqueConstraint('from_shift_id', name=op.f('uq_handover_from_shift_id'))
    )
    with op.batch_alter_table('handover', schema=None) as batch_op:
        batch_op.create_index(batch_op.f('ix_handover_acknowledged_by_id'), ['acknowledged_by_id'], unique=False)
        batch_op.create_index('ix_handover_state', ['state', 'id'], unique=False)
        batch_op.create_index('ix_handover_to_shift_id', ['to_shift_id'], unique=False)

    with op.batch_alter_table('incoming_report', schema=None) as batch_op:
        batch_op.add_column(sa.Column('due_at', sa.DateTime(timezone=True), nullable=True))
        batch_op.add_column(sa.Column('answered_at', sa.DateTime(timezone=True), nullable=True))
        batch_op.add_column(sa.Column('answered_by_id', sa.Integer(), nullable=True))
        batch_op.create_index('ix_incoming_report_answered_by_id', ['answered_by_id'], unique=False)
        batch_op.create_foreign_key(batch_op.f('fk_incoming_report_answered_by_id'), 'ab_user', ['answered_by_id'], ['id'], ondelete='RESTRICT')

    _tell_what_was_answered()
    _set_clocks()


def _tell_what_was_answered() -> None:
    """A report was taken up when its case was opened, or when it joined one; dismissed when it was changed last."""
    op.execute(
        "UPDATE incoming_report SET (answered_at, answered_by_id) ="
        " (SELECT opened_at, created_by_id FROM case_file WHERE case_file.report_id = incoming_report.id)"
        " WHERE state = 'taken_up'"
    )
    op.execute(
        "UPDATE incoming_report SET answered_at = changed_at, answered_by_id = changed_by_id"
        " WHERE state <> 'new' AND answered_at IS NULL"
    )


def _set_clocks() -> None:
    """Give the reports that are there the deadlines that the portal proposes; holidays are left out of account."""
    reports = sa.table(
        'incoming_report',
        sa.column('id', sa.Integer()),
        sa.column('urgency', sa.String()),
        sa.column('received_at', sa.DateTime(timezone=True)),
        sa.column('due_at', sa.DateTime(timezone=True)),
    )
    bind = op.get_bind()
    set_due = sa.update(reports).where(reports.c.id == sa.bindparam('key')).values(due_at=sa.bindparam('due'))
    rows = bind.execute(sa.select(reports.c.id, reports.c.urgency, reports.c.received_at)).all()
    due = [{'key': key, 'due': _due(urgency, received)} for key, urgency, received in rows]
    if due:
        bind.execute(set_due, due)


def _due(urgency: str, received: datetime) -> datetime:
    if urgency in MINUTES:
        return received + timedelta(minutes=MINUTES[urgency])
    day = received.replace(tzinfo=received.tzinfo or UTC).astimezone(WITA).replace(hour=0, minute=0, second=0, microsecond=0)
    day += timedelta(days=1)
    while day.weekday() > 4:
        day += timedelta(days=1)
    end = (day + timedelta(days=1)).astimezone(UTC)
    return end if received.tzinfo else end.replace(tzinfo=None)


def downgrade() -> None:
    """Take the tables back to the revision before."""
    with op.batch_alter_table('incoming_report', schema=None) as batch_op:
        batch_op.drop_constraint(batch_op.f('fk_incoming_report_answered_by_id'), type_='foreignkey')
        batch_op.drop_index('ix_incoming_report_answered_by_id')
        batch_op.drop_column('answered_by_id')
        batch_op.drop_column('answered_at')
        batch_op.drop_column('due_at')

    with op.batch_alter_table('handover', schema=None) as batch_op:
        batch_op.drop_index('ix_handover_to_shift_id')
        batch_op.drop_index('ix_handover_state')
        batch_op.drop_index(batch_op.f('ix_handover_acknowledged_by_id'))

    op.drop_table('handover')
    with op.batch_alter_table('shift', schema=None) as batch_op:
        batch_op.drop_index('ix_shift_worker_id')
        batch_op.drop_index('ix_shift_starts_at')
        batch_op.drop_index('ix_shift_ends_at')

    op.drop_table('shift')
    op.drop_table('report_clock')
