"""Reporter and place leave the case's text; a report says whether its reporter's phone is safe to call.

`take_up` used to write who reported and where behind the report's words, and the text goes out with referrals.
"""

from collections.abc import Iterator
from typing import Any

import sqlalchemy as sa
from alembic import op

revision = '0012'
down_revision = '0011'
branch_labels = None
depends_on = None

_BATCH = 500
_LABELS = (('Reported by: {}', 'Place: {}'), ('Dilaporkan oleh: {}', 'Tempat: {}'))
"""The words of the earlier releases, in English and Indonesian: the language of who took the report up."""

_case = sa.table(
    'case_file', sa.column('id'), sa.column('report_id'), sa.column('presenting_problem'), sa.column('version')
)
_report = sa.table(
    'incoming_report',
    sa.column('id'),
    sa.column('description'),
    sa.column('reporter_name'),
    sa.column('reporter_role'),
    sa.column('location'),
    sa.column('kelurahan_id'),
)
_kelurahan = sa.table('kelurahan', sa.column('id'), sa.column('name'))


def upgrade() -> None:
    """Bring the tables to this revision; what was taken out still stands in the report."""
    with op.batch_alter_table('incoming_report', schema=None) as batch_op:
        batch_op.add_column(sa.Column('reporter_safe_to_contact', sa.String(length=40), nullable=True))
        batch_op.create_check_constraint(
            op.f('ck_incoming_report_safe_to_contact'), "reporter_safe_to_contact IN ('yes', 'ask_first', 'no')"
        )
    connection, last = op.get_bind(), 0
    while rows := connection.execute(_made_of_reports(last)).all():
        changed = [
            {'key': row.id, 'text': text} for row in rows if (text := _without_block(row)) != row.presenting_problem
        ]
        if changed:
            # A form that still shows the old text must not put it back: its version is older now.
            values = {'presenting_problem': sa.bindparam('text'), 'version': _case.c.version + 1}
            connection.execute(_case.update().where(_case.c.id == sa.bindparam('key')).values(values), changed)
        last = rows[-1].id


def _made_of_reports(last: int) -> sa.Select[Any]:
    told = (_report.c.description, _report.c.reporter_name, _report.c.reporter_role, _report.c.location)
    joined = _case.join(_report, _report.c.id == _case.c.report_id)
    return (
        sa.select(_case.c.id, _case.c.presenting_problem, *told, _kelurahan.c.name.label('kelurahan'))
        .select_from(joined.outerjoin(_kelurahan, _kelurahan.c.id == _report.c.kelurahan_id))
        .where(_case.c.id > last)
        .order_by(_case.c.id)
        .limit(_BATCH)
    )


def _without_block(row: Any) -> str:
    """Return the case's text without the pasted lines; a text of these lines alone becomes the report's own."""
    text = row.presenting_problem
    for block in _blocks(row):
        for newline in ('\n', '\r\n'):  # a text that a browser has sent has the second
            pasted = block.replace('\n', newline)
            start = _find_lines(text, pasted, newline)
            if start >= 0:
                before, after = text[:start].rstrip(), text[start + len(pasted):].lstrip()
                return f'{newline * 2}'.join(filter(None, (before, after))) or row.description
    return text


def _blocks(row: Any) -> Iterator[str]:
    reporter = ', '.join(filter(None, (row.reporter_name, row.reporter_role)))
    place = ', '.join(filter(None, (row.location, row.kelurahan)))
    for of_reporter, of_place in _LABELS:
        lines = [*([of_reporter.format(reporter)] if reporter else ()), *([of_place.format(place)] if place else ())]
        if lines:
            yield '\n'.join(lines)


def _find_lines(text: str, block: str, newline: str) -> int:
    """Return where the block stands as whole lines, or -1."""
    found = f'{newline}{text}{newline}'.find(f'{newline}{block}{newline}')
    return found if found >= 0 else -1


def downgrade() -> None:
    """Take the tables back to the revision before; the lines stay in the report alone."""
    with op.batch_alter_table('incoming_report', schema=None) as batch_op:
        batch_op.drop_constraint(op.f('ck_incoming_report_safe_to_contact'), type_='check')
        batch_op.drop_column('reporter_safe_to_contact')
