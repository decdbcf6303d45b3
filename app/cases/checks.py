"""What `siaga check` asks of the room: that no chain of events is broken."""

from collections.abc import Iterator
from itertools import groupby

from sqlalchemy import select

from app.cases.models import CaseEvent
from app.cases.services import as_link
from app.core import chain
from app.extensions import db

BATCH = 1000


def verify_events() -> Iterator[str]:
    """Name, for each case whose chain is broken, its first event that does not fit."""
    rows = select(CaseEvent).order_by(CaseEvent.case_id, CaseEvent.id)
    events = db.session.scalars(rows.execution_options(yield_per=BATCH))
    for case_id, chained in groupby(events, key=lambda event: event.case_id):
        broken = chain.verify(map(as_link, chained))
        if broken is not None:
            yield f"case_event: the chain of case {case_id} breaks at event {broken}"
