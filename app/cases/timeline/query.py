"""The course of a case as one stream: overdue, planned, then what happened, newest first."""

from collections.abc import Iterator, Sequence
from datetime import UTC, date, datetime, timedelta
from functools import cache
from itertools import groupby
from typing import Any, NamedTuple

from sqlalchemy import ColumnElement, Select, exists, func, null, select, tuple_, union_all
from sqlalchemy.orm import joinedload

from app.cases.enums import FollowUpState
from app.cases.events import EVENT_GROUPS
from app.cases.models.case import Case
from app.cases.models.entries import FollowUp
from app.cases.models.event import CaseEvent
from app.cases.timeline.text import (
    build_correction_columns,
    build_event_text,
    has_matching_text,
    is_corrected,
)
from app.cases.visibility import visible_to
from app.core import clock
from app.core.actor import Actor
from app.db.masking import mask_numbers
from app.extensions import db
from app.security.models import PortalUser

PAGE_SIZE = 25
MAX_OPEN_FOLLOW_UPS = 100
BATCH_SIZE = 500
"""Entries that are read in one breath when all of them are wanted."""
LATE_RECORDING_THRESHOLD = timedelta(days=1)
"""An event that was written down later than this after it happened says so."""


Cursor = tuple[datetime, int]
"""Time and id of the last entry that was read."""


class TimelineQuery(NamedTuple):
    """What a reader wants to see."""

    group: str | None = None
    person: int | None = None
    q: str = ""
    month: date | None = None
    """Begin with this month, going back."""
    before: Cursor | None = None
    can_read_numbers: bool = True
    """Whether the reader reads NIK, No. KK and phone numbers whole: else no search looks into them."""

    @property
    def can_match_masked_number(self) -> bool:
        """Whether the query has digits that may stand in a number that the reader sees masked."""
        return not self.can_read_numbers and any(map(str.isdigit, self.q))

    def is_found_in(self, *texts: str | None) -> bool:
        """Return whether one of the texts holds the query as the reader reads them."""
        words = self.q.casefold()
        return any(words in mask_numbers(text).casefold() for text in texts if text)

    @property
    def is_first_page(self) -> bool:
        """Whether this is the top of the stream, where the future stands."""
        return self.before is None and self.month is None


class TimelineHeader(NamedTuple):
    """The case, from when to when something happened in it, and who of the office wrote in it."""

    case: Case
    oldest: datetime | None
    newest: datetime | None
    authors: list[tuple[int, str]]


class TextChange(NamedTuple):
    """What a correction changed."""

    old_text: str | None
    new_text: str | None
    reason: str | None


class TimelineItem(NamedTuple):
    """One entry of the past."""

    event: CaseEvent
    text: str | None
    """What the record says that the event tells of."""
    is_corrected: bool
    corrections: list[TextChange]

    @property
    def day(self) -> date:
        """The day in Bontang."""
        return self.event.occurred_at.astimezone(clock.WITA).date()

    @property
    def is_recorded_late(self) -> bool:
        """Whether it was written down more than a day after it happened."""
        return self.event.recorded_at - self.event.occurred_at > LATE_RECORDING_THRESHOLD

    @property
    def search_texts(self) -> list[str | None]:
        """The words in which a search finds the entry."""
        return [self.text, *(change.new_text for change in self.corrections)]

    @property
    def is_erased(self) -> bool:
        """Whether its content was erased by law."""
        return self.event.erased_at is not None


class TimelinePage(NamedTuple):
    """One page of the past, by month, and where the next one begins."""

    months: list[tuple[date, list[TimelineItem]]]
    next_cursor: Cursor | None


class OpenFollowUps(NamedTuple):
    """Follow-ups that nobody has done yet."""

    overdue: list[FollowUp]
    planned: list[FollowUp]


def get_header(case_id: int, user: Actor) -> TimelineHeader | None:
    """Give the case if the user may see it."""
    ends = [
        select(end(CaseEvent.occurred_at)).where(CaseEvent.case_id == case_id).scalar_subquery()
        for end in (func.min, func.max)
    ]
    wrote = exists().where(CaseEvent.case_id == case_id, CaseEvent.actor_id == PortalUser.id)
    query = (
        select(Case, *ends, PortalUser.id, PortalUser.first_name)
        .outerjoin(PortalUser, wrote.correlate(PortalUser))
        .where(Case.id == case_id, visible_to(user))
        .options(joinedload(Case.client))
        .order_by(PortalUser.first_name, PortalUser.id)
    )
    rows: Sequence[Any] = db.session.execute(query).all()
    if not rows:
        return None
    case, oldest, newest, *_who = rows[0]
    return TimelineHeader(
        case, oldest, newest, [(key, name) for *_case, key, name in rows if key is not None]
    )


def list_months(header: TimelineHeader) -> list[date]:
    """Every month from the newest event back to the oldest."""
    if header.oldest is None or header.newest is None:
        return []
    month, last = (end.astimezone(clock.WITA).date().replace(day=1) for end in (header.newest, header.oldest))
    found: list[date] = []
    while month >= last:
        found.append(month)
        month = (month - timedelta(days=1)).replace(day=1)
    return found


def get_open_follow_ups(
    case: Case, timeline_query: TimelineQuery, limit: int | None = MAX_OPEN_FOLLOW_UPS
) -> OpenFollowUps:
    """Give the open follow-ups, the earliest first."""
    if not timeline_query.is_first_page or timeline_query.group not in (None, "follow_ups"):
        return OpenFollowUps([], [])
    # coalesce: the few of the case are asked for by their index, not all open ones of the office by theirs.
    is_open = func.coalesce(FollowUp.state, null()) == FollowUpState.open
    query = select(FollowUp).where(FollowUp.case_id == case.id, is_open)
    if timeline_query.person is not None:
        query = query.where(FollowUp.assignee_id + 0 == timeline_query.person)
    if timeline_query.q:
        query = query.where(FollowUp.title.icontains(timeline_query.q, autoescape=True))
    query = query.options(joinedload(FollowUp.assignee)).order_by(FollowUp.due_on, FollowUp.id)
    found = list(db.session.scalars(query.limit(limit)))
    if timeline_query.can_match_masked_number:
        found = [one for one in found if timeline_query.is_found_in(one.title)]
    today = clock.today()
    return OpenFollowUps(
        [one for one in found if one.due_on < today], [one for one in found if one.due_on >= today]
    )


def iterate_months(case: Case, timeline_query: TimelineQuery) -> Iterator[tuple[date, list[TimelineItem]]]:
    """Give all of the past, month by month, a stretch at a time: a month may be told in several parts."""
    while True:
        found = get_page(case, timeline_query, BATCH_SIZE)
        yield from found.months
        if found.next_cursor is None:
            return
        timeline_query = timeline_query._replace(before=found.next_cursor)


def get_page(case: Case, timeline_query: TimelineQuery, limit: int = PAGE_SIZE) -> TimelinePage:
    """Give one page of what happened, newest first."""
    items = _read_items(case.id, timeline_query, limit + 1)
    last = items[limit - 1].event if len(items) > limit else None
    return TimelinePage(_group_by_month(items[:limit]), None if last is None else (last.occurred_at, last.id))


def _read_items(case_id: int, timeline_query: TimelineQuery, limit: int) -> list[TimelineItem]:
    """Read the newest entries; those that hold the query only in masked digits are passed over."""
    if not timeline_query.can_match_masked_number:
        return list(map(_build_item, db.session.execute(build_event_query(case_id, timeline_query, limit))))
    found: list[TimelineItem] = []
    while True:
        items = list(
            map(_build_item, db.session.execute(build_event_query(case_id, timeline_query, BATCH_SIZE)))
        )
        found += [one for one in items if timeline_query.is_found_in(*one.search_texts)]
        if len(items) < BATCH_SIZE or len(found) >= limit:
            return found[:limit]
        timeline_query = timeline_query._replace(before=(items[-1].event.occurred_at, items[-1].event.id))


def _build_item(row: Any) -> TimelineItem:
    event, text, corrected, *texts = row
    shown = None if event.erased_at else text
    return TimelineItem(
        event, shown, bool(corrected) and event.corrects_id is None, _build_text_changes(texts)
    )


def build_event_query(case_id: int, timeline_query: TimelineQuery, limit: int) -> Select[Any]:
    """Ask for the newest events in the order of an index: what is read does not grow with the case."""
    event = _select_events()
    newest = (CaseEvent.occurred_at.desc(), CaseEvent.id.desc())
    if timeline_query.group is None:
        return event.where(*_build_conditions(case_id, timeline_query)).order_by(*newest).limit(limit)
    # Each kind by its own stretch of the index: the newest of all are among the newest of each.
    kinds = sorted(EVENT_GROUPS[timeline_query.group][1], key=lambda kind: kind.name)
    one_by_one = [
        select(CaseEvent.id, CaseEvent.occurred_at)
        .where(*_build_conditions(case_id, timeline_query), CaseEvent.kind == kind)
        .order_by(*newest)
        .limit(limit)
        .subquery()
        for kind in kinds
    ]
    found = union_all(*(select(one.c.id, one.c.occurred_at) for one in one_by_one)).subquery()
    page = select(found.c.id).order_by(found.c.occurred_at.desc(), found.c.id.desc()).limit(limit)
    return event.where(CaseEvent.id.in_(page.scalar_subquery())).order_by(*newest)


@cache
def _select_events() -> Select[Any]:
    """Events and their words: dozens of small questions, the same for every case, so put together once."""
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
    following = (month.replace(day=1) + timedelta(days=32)).replace(day=1)
    return datetime(following.year, following.month, 1, tzinfo=clock.WITA).astimezone(UTC)


def _build_text_changes(texts: Sequence[str | None]) -> list[TextChange]:
    found = [TextChange(*texts[start : start + 3]) for start in range(0, len(texts), 3)]
    return [change for change in found if change.old_text is not None or change.new_text is not None]


def _group_by_month(items: list[TimelineItem]) -> list[tuple[date, list[TimelineItem]]]:
    return [(month, list(those)) for month, those in groupby(items, lambda item: item.day.replace(day=1))]
