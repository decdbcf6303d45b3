"""Query of a case's timeline: overdue and planned follow-ups, then the events, newest first."""

from collections.abc import Iterator, Sequence
from datetime import UTC, date, datetime, timedelta
from functools import cache
from itertools import groupby
from typing import Any, NamedTuple

from sqlalchemy import ColumnElement, Select, exists, func, null, select, tuple_, union_all
from sqlalchemy.orm import joinedload

from app.cases.enums import FollowUpState
from app.cases.events import list_codes_of_group
from app.cases.models.case import Case
from app.cases.models.entries import FollowUp
from app.cases.models.event import CaseEvent
from app.cases.policy import CasePolicy
from app.cases.timeline.text import (
    build_correction_columns,
    build_event_text,
    has_matching_text,
    is_corrected,
)
from app.core import clock
from app.core.actor import Actor
from app.db.masking import mask_numbers
from app.extensions import db
from app.security.models import PortalUser

PAGE_SIZE = 25
MAX_OPEN_FOLLOW_UPS = 100
BATCH_SIZE = 500
"""Entries read at a time when all of them are wanted."""
LATE_RECORDING_THRESHOLD = timedelta(days=1)
"""An event that was recorded later than this after it happened is marked so."""


Cursor = tuple[datetime, int]
"""Time and id of the last entry that was read."""


class TimelineQuery(NamedTuple):
    """What the reader asked for: filters, search text and position."""

    group: str | None = None
    person: int | None = None
    q: str = ""
    month: date | None = None
    """Begin with this month and go back in time."""
    before: Cursor | None = None
    can_read_numbers: bool = True
    """Whether the reader sees NIK, No. KK and phone numbers whole; else no search looks into them."""

    @property
    def can_match_masked_number(self) -> bool:
        """Whether the search text has digits that may be in a number masked for the reader."""
        return not self.can_read_numbers and any(map(str.isdigit, self.q))

    def is_found_in(self, *texts: str | None) -> bool:
        """Return whether one of the texts, with its numbers masked, contains the search text."""
        search_text = self.q.casefold()
        return any(search_text in mask_numbers(text).casefold() for text in texts if text)

    @property
    def is_first_page(self) -> bool:
        """Whether this is the top of the timeline, where open follow-ups are shown."""
        return self.before is None and self.month is None


class TimelineHeader(NamedTuple):
    """The case, its oldest and newest event, and the users who wrote in it (id and first name)."""

    case: Case
    oldest: datetime | None
    newest: datetime | None
    authors: list[tuple[int, str]]


class TextChange(NamedTuple):
    """Old text, new text and reason of one correction."""

    old_text: str | None
    new_text: str | None
    reason: str | None


class TimelineItem(NamedTuple):
    """One event of the timeline, with its text and corrections."""

    event: CaseEvent
    text: str | None
    """Text of the source record of the event."""
    is_corrected: bool
    corrections: list[TextChange]

    @property
    def day(self) -> date:
        """Day of the event in WITA."""
        return self.event.occurred_at.astimezone(clock.WITA).date()

    @property
    def is_recorded_late(self) -> bool:
        """Whether it was recorded more than a day after it happened."""
        return self.event.recorded_at - self.event.occurred_at > LATE_RECORDING_THRESHOLD

    @property
    def search_texts(self) -> list[str | None]:
        """Texts in which a search finds the entry."""
        return [self.text, *(change.new_text for change in self.corrections)]

    @property
    def is_erased(self) -> bool:
        """Whether its content was erased by law."""
        return self.event.erased_at is not None


class TimelinePage(NamedTuple):
    """One page of events by month, and where the next page begins."""

    months: list[tuple[date, list[TimelineItem]]]
    next_cursor: Cursor | None


class OpenFollowUps(NamedTuple):
    """Open follow-ups of a case, split at today in WITA."""

    overdue: list[FollowUp]
    planned: list[FollowUp]


def get_header(case_id: int, user: Actor) -> TimelineHeader | None:
    """Return the header of the case's timeline; None if the user may not see the case."""
    bounds = [
        select(aggregate(CaseEvent.occurred_at)).where(CaseEvent.case_id == case_id).scalar_subquery()
        for aggregate in (func.min, func.max)
    ]
    is_author = exists().where(CaseEvent.case_id == case_id, CaseEvent.actor_id == PortalUser.id)
    query = (
        select(Case, *bounds, PortalUser.id, PortalUser.first_name)
        .outerjoin(PortalUser, is_author.correlate(PortalUser))
        .where(Case.id == case_id, CasePolicy.visible_to(user))
        .options(joinedload(Case.client))
        .order_by(PortalUser.first_name, PortalUser.id)
    )
    rows: Sequence[Any] = db.session.execute(query).all()
    if not rows:
        return None
    case, oldest, newest, *_author = rows[0]
    return TimelineHeader(
        case, oldest, newest, [(key, name) for *_case, key, name in rows if key is not None]
    )


def list_months(header: TimelineHeader) -> list[date]:
    """Return every month, as its first day in WITA, from the newest event back to the oldest."""
    if header.oldest is None or header.newest is None:
        return []
    month, oldest_month = (
        moment.astimezone(clock.WITA).date().replace(day=1) for moment in (header.newest, header.oldest)
    )
    months: list[date] = []
    while month >= oldest_month:
        months.append(month)
        month = (month - timedelta(days=1)).replace(day=1)
    return months


def get_open_follow_ups(
    case: Case, timeline_query: TimelineQuery, limit: int | None = MAX_OPEN_FOLLOW_UPS
) -> OpenFollowUps:
    """Return the open follow-ups, the earliest first; none on later pages or in other groups."""
    if not timeline_query.is_first_page or timeline_query.group not in (None, "follow_ups"):
        return OpenFollowUps([], [])
    # coalesce() and + 0 keep the planner from the indexes by state and assignee: the few follow-ups of the
    # case are read by the index of the case, not all open ones of the office.
    is_open = func.coalesce(FollowUp.state, null()) == FollowUpState.open
    query = select(FollowUp).where(FollowUp.case_id == case.id, is_open)
    if timeline_query.person is not None:
        query = query.where(FollowUp.assignee_id + 0 == timeline_query.person)
    if timeline_query.q:
        query = query.where(FollowUp.title.icontains(timeline_query.q, autoescape=True))
    query = query.options(joinedload(FollowUp.assignee)).order_by(FollowUp.due_on, FollowUp.id)
    follow_ups = list(db.session.scalars(query.limit(limit)))
    if timeline_query.can_match_masked_number:
        follow_ups = [follow_up for follow_up in follow_ups if timeline_query.is_found_in(follow_up.title)]
    today = clock.today()
    return OpenFollowUps(
        [follow_up for follow_up in follow_ups if follow_up.due_on < today],
        [follow_up for follow_up in follow_ups if follow_up.due_on >= today],
    )


def iterate_months(case: Case, timeline_query: TimelineQuery) -> Iterator[tuple[date, list[TimelineItem]]]:
    """Yield all events month by month, read in batches: one month may come in several parts."""
    while True:
        page = get_page(case, timeline_query, BATCH_SIZE)
        yield from page.months
        if page.next_cursor is None:
            return
        timeline_query = timeline_query._replace(before=page.next_cursor)


def get_page(case: Case, timeline_query: TimelineQuery, limit: int = PAGE_SIZE) -> TimelinePage:
    """Return one page of events, newest first."""
    items = _read_items(case.id, timeline_query, limit + 1)
    last = items[limit - 1].event if len(items) > limit else None
    return TimelinePage(_group_by_month(items[:limit]), None if last is None else (last.occurred_at, last.id))


def _read_items(case_id: int, timeline_query: TimelineQuery, limit: int) -> list[TimelineItem]:
    """Read the newest entries; skip those that match the search only in masked digits."""
    if not timeline_query.can_match_masked_number:
        return list(map(_build_item, db.session.execute(build_event_query(case_id, timeline_query, limit))))
    matches: list[TimelineItem] = []
    while True:
        items = list(
            map(_build_item, db.session.execute(build_event_query(case_id, timeline_query, BATCH_SIZE)))
        )
        matches += [item for item in items if timeline_query.is_found_in(*item.search_texts)]
        if len(items) < BATCH_SIZE or len(matches) >= limit:
            return matches[:limit]
        timeline_query = timeline_query._replace(before=(items[-1].event.occurred_at, items[-1].event.id))


def _build_item(row: Any) -> TimelineItem:
    event, text, has_corrections, *texts = row
    visible_text = None if event.erased_at else text
    return TimelineItem(
        event, visible_text, bool(has_corrections) and event.corrects_id is None, _build_text_changes(texts)
    )


def build_event_query(case_id: int, timeline_query: TimelineQuery, limit: int) -> Select[Any]:
    """Select the newest events in the order of an index: the rows read do not grow with the case."""
    events = _select_events()
    newest_first = (CaseEvent.occurred_at.desc(), CaseEvent.id.desc())
    if timeline_query.group is None:
        return events.where(*_build_conditions(case_id, timeline_query)).order_by(*newest_first).limit(limit)
    # Read each kind by its own part of the index: the newest of all are among the newest of each.
    newest_of_kinds = [
        select(CaseEvent.id, CaseEvent.occurred_at)
        .where(*_build_conditions(case_id, timeline_query), CaseEvent.kind == code)
        .order_by(*newest_first)
        .limit(limit)
        .subquery()
        for code in list_codes_of_group(timeline_query.group)
    ]
    candidates = union_all(
        *(select(of_kind.c.id, of_kind.c.occurred_at) for of_kind in newest_of_kinds)
    ).subquery()
    page = (
        select(candidates.c.id).order_by(candidates.c.occurred_at.desc(), candidates.c.id.desc()).limit(limit)
    )
    return events.where(CaseEvent.id.in_(page.scalar_subquery())).order_by(*newest_first)


@cache
def _select_events() -> Select[Any]:
    """Build the select of events and their texts: dozens of subqueries, the same for every case."""
    return select(CaseEvent, build_event_text().label("told"), is_corrected(), *build_correction_columns())


def _build_conditions(case_id: int, timeline_query: TimelineQuery) -> Iterator[ColumnElement[bool]]:
    yield CaseEvent.case_id == case_id
    if timeline_query.before is not None:
        yield tuple_(CaseEvent.occurred_at, CaseEvent.id) < tuple_(*timeline_query.before)
    if timeline_query.month is not None:
        yield CaseEvent.occurred_at < _get_month_end(timeline_query.month)
    if timeline_query.person is not None:
        yield CaseEvent.actor_id == timeline_query.person
    if timeline_query.q:
        yield CaseEvent.erased_at.is_(None)
        yield has_matching_text(timeline_query.q)


def _get_month_end(month: date) -> datetime:
    next_month = (month.replace(day=1) + timedelta(days=32)).replace(day=1)
    return datetime(next_month.year, next_month.month, 1, tzinfo=clock.WITA).astimezone(UTC)


def _build_text_changes(texts: Sequence[str | None]) -> list[TextChange]:
    changes = [TextChange(*texts[start : start + 3]) for start in range(0, len(texts), 3)]
    return [change for change in changes if change.old_text is not None or change.new_text is not None]


def _group_by_month(items: list[TimelineItem]) -> list[tuple[date, list[TimelineItem]]]:
    return [
        (month, list(month_items))
        for month, month_items in groupby(items, lambda item: item.day.replace(day=1))
    ]
