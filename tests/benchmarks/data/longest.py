"""The case with the most events: ordinary and still open, for measurements of the timeline."""

from datetime import datetime, timedelta

from app.core import clock
from tests.benchmarks.data.books import Books
from tests.benchmarks.data.copying import Row
from tests.benchmarks.data.loading import Loader
from tests.benchmarks.data.rows import TemplateRows
from tests.benchmarks.data.stories import TALKS

LONGEST = 5_000
"""Number of the case's events."""
ENTRIES = {"service": "service_given", "case_note": "note_added"}
"""Table -> event kind; entries alternate between the two."""
CASE = """
    SELECT f.id, f.worker_id, count(*), max(e.id) FROM case_file f JOIN case_event e ON e.case_id = f.id
     WHERE f.status = 'active' AND f.confidentiality = 'ordinary' GROUP BY f.id, f.worker_id
     ORDER BY f.id LIMIT 1
"""


def write(loader: Loader, books: Books, template: TemplateRows) -> None:
    """Add copies of a service and a note to the oldest open case, at even intervals until yesterday."""
    patterns = [(table, *_pattern(template, table, kind)) for table, kind in ENTRIES.items()]
    case, worker, number, newest = loader.row(CASE)
    last = f"SELECT hash, CAST(recorded_at AS text) FROM case_event WHERE id = {newest}"
    prev_hash, since = loader.row(last)
    begin, wanted = datetime.fromisoformat(since[:19]), LONGEST - number
    step = (clock.now().replace(tzinfo=None) - timedelta(days=1) - begin) / wanted
    ids = {table: loader.max_id(table) for table in (*ENTRIES, "case_event")}
    made: dict[str, list[Row]] = {table: [] for table in ids}
    for turn in range(wanted):
        table, entry, event = patterns[turn % len(patterns)]
        moment = begin + step * (turn + 1)
        at = moment.isoformat(" ", "microseconds")
        key = ids[table] + len(made[table]) + 1
        stamps = {"created_at": at, "changed_at": at, "created_by_id": worker, "changed_by_id": worker}
        words = {name: TALKS[turn % len(TALKS)] for name in ("narrative", "text") if name in entry}
        made[table].append(entry | stamps | words | {"id": key, "case_id": case, "happened_at": at})
        own = {"id": ids["case_event"] + turn + 1, "case_id": case, "source_id": key}
        own |= {"actor_id": worker, "actor_name": books.names[worker]}
        made["case_event"].append(books.repeat(event, own, moment, prev_hash))
        prev_hash = made["case_event"][-1]["hash"]
    for table, rows in made.items():
        loader.insert(table, rows)
    loader.commit()


def _pattern(template: TemplateRows, table: str, kind: str) -> tuple[Row, Row]:
    event = next(row for row in template.of["case_event"] if row["kind"] == kind)
    return next(row for row in template.of[table] if row["id"] == event["source_id"]), event
