"""The course of a case as one stream: overdue, planned, then what happened, newest first."""

from collections.abc import Iterator, Sequence
from datetime import UTC, date, datetime, timedelta
from functools import cache
from itertools import groupby
from typing import Any, NamedTuple

from sqlalchemy import ColumnElement, Select, exists, func, null, select, tuple_, union_all
from sqlalchemy.orm import joinedload

from app.cases.access import visible_to
from app.cases.groups import GROUPS
from app.cases.models import Case, CaseEvent, FollowUp
from app.cases.states import FollowUpState
from app.cases.told import corrections, holds, is_corrected, text_of_event
from app.core import clock
from app.core.actor import Actor
from app.core.masking import mask_numbers
from app.extensions import db
from app.security.models import PortalUser

PAGE = 25
MOST_PLANNED = 100
AT_ONCE = 500
"""Entries that are read in one breath when all of them are wanted."""
LATE = timedelta(days=1)
"""An event that was written down later than this after it happened says so."""


Cursor = tuple[datetime, int]
"""Time and id of the last entry that was read."""


class Ask(NamedTuple):
    """What a reader wants to see."""

    group: str | None = None
    person: int | None = None
    q: str = ""
    month: date | None = None
    """Begin with this month, going back."""
    before: Cursor | None = None
    reads_numbers: bool = True
    """Whether the reader reads NIK, No. KK and phone numbers whole: else no search looks into them."""

    @property
    def searches_masked(self) -> bool:
        """Whether the query has digits that may stand in a number that the reader sees masked."""
        return not self.reads_numbers and any(map(str.isdigit, self.q))

    def is_read_in(self, *texts: str | None) -> bool:
        """Return whether one of the texts holds the query as the reader reads them."""
        words = self.q.casefold()
        return any(words in mask_numbers(text).casefold() for text in texts if text)

    @property
    def first(self) -> bool:
        """Whether this is the top of the stream, where the future stands."""
        return self.before is None and self.month is None


class Head(NamedTuple):
    """The case, from when to when something happened in it, and who of the office wrote in it."""

    case: Case
    oldest: datetime | None
    newest: datetime | None
    people: list[tuple[int, str]]


class Change(NamedTuple):
    """What a correction changed."""

    old_text: str | None
    new_text: str | None
    reason: str | None


class Item(NamedTuple):
    """One entry of the past."""

    event: CaseEvent
    text: str | None
    """What the record says that the event tells of."""
    corrected: bool
    corrections: list[Change]

    @property
    def day(self) -> date:
        """The day in Bontang."""
        return self.event.occurred_at.astimezone(clock.WITA).date()

    @property
    def late(self) -> bool:
        """Whether it was written down more than a day after it happened."""
        return self.event.recorded_at - self.event.occurred_at > LATE

    @property
    def texts(self) -> list[str | None]:
        """The words in which a search finds the entry."""
        return [self.text, *(change.new_text for change in self.corrections)]

    @property
    def erased(self) -> bool:
        """Whether its content was erased by law."""
        return self.event.erased_at is not None


class Stretch(NamedTuple):
    """One page of the past, by month, and where the next one begins."""

    months: list[tuple[date, list[Item]]]
    after: Cursor | None


class Ahead(NamedTuple):
    """Follow-ups that nobody has done yet."""

    overdue: list[FollowUp]
    planned: list[FollowUp]


def head_of(case_id: int, user: Actor) -> Head | None:
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
    return Head(case, oldest, newest, [(key, name) for *_case, key, name in rows if key is not None])


def months_of(head: Head) -> list[date]:
    """Every month from the newest event back to the oldest."""
    if head.oldest is None or head.newest is None:
        return []
    month, last = (end.astimezone(clock.WITA).date().replace(day=1) for end in (head.newest, head.oldest))
    found: list[date] = []
    while month >= last:
        found.append(month)
        month = (month - timedelta(days=1)).replace(day=1)
    return found


def ahead(case: Case, ask: Ask, most: int | None = MOST_PLANNED) -> Ahead:
    """Give the open follow-ups, the earliest first."""
    if not ask.first or ask.group not in (None, "follow_ups"):
        return Ahead([], [])
    # coalesce: the few of the case are asked for by their index, not all open ones of the office by theirs.
    is_open = func.coalesce(FollowUp.state, null()) == FollowUpState.open
    query = select(FollowUp).where(FollowUp.case_id == case.id, is_open)
    if ask.person is not None:
        query = query.where(FollowUp.assignee_id + 0 == ask.person)
    if ask.q:
        query = query.where(FollowUp.title.icontains(ask.q, autoescape=True))
    query = query.options(joinedload(FollowUp.assignee)).order_by(FollowUp.due_on, FollowUp.id)
    found = list(db.session.scalars(query.limit(most)))
    if ask.searches_masked:
        found = [one for one in found if ask.is_read_in(one.title)]
    today = clock.today()
    return Ahead([one for one in found if one.due_on < today], [one for one in found if one.due_on >= today])


def whole(case: Case, ask: Ask) -> Iterator[tuple[date, list[Item]]]:
    """Give all of the past, month by month, a stretch at a time: a month may be told in several parts."""
    while True:
        found = past(case, ask, AT_ONCE)
        yield from found.months
        if found.after is None:
            return
        ask = ask._replace(before=found.after)


def past(case: Case, ask: Ask, most: int = PAGE) -> Stretch:
    """Give one page of what happened, newest first."""
    items = _items(case.id, ask, most + 1)
    last = items[most - 1].event if len(items) > most else None
    return Stretch(_by_month(items[:most]), None if last is None else (last.occurred_at, last.id))


def _items(case_id: int, ask: Ask, most: int) -> list[Item]:
    """Read the newest entries; those that hold the query only in masked digits are passed over."""
    if not ask.searches_masked:
        return list(map(_item, db.session.execute(query_of(case_id, ask, most))))
    found: list[Item] = []
    while True:
        items = list(map(_item, db.session.execute(query_of(case_id, ask, AT_ONCE))))
        found += [one for one in items if ask.is_read_in(*one.texts)]
        if len(items) < AT_ONCE or len(found) >= most:
            return found[:most]
        ask = ask._replace(before=(items[-1].event.occurred_at, items[-1].event.id))


def _item(row: Any) -> Item:
    event, text, corrected, *texts = row
    shown = None if event.erased_at else text
    return Item(event, shown, bool(corrected) and event.corrects_id is None, _changes(texts))


def query_of(case_id: int, ask: Ask, most: int) -> Select[Any]:
    """Ask for the newest events in the order of an index: what is read does not grow with the case."""
    event = _events()
    newest = (CaseEvent.occurred_at.desc(), CaseEvent.id.desc())
    if ask.group is None:
        return event.where(*_narrowed(case_id, ask)).order_by(*newest).limit(most)
    # Each kind by its own stretch of the index: the newest of all are among the newest of each.
    kinds = sorted(GROUPS[ask.group][1], key=lambda kind: kind.name)
    one_by_one = [
        select(CaseEvent.id, CaseEvent.occurred_at)
        .where(*_narrowed(case_id, ask), CaseEvent.kind == kind)
        .order_by(*newest)
        .limit(most)
        .subquery()
        for kind in kinds
    ]
    found = union_all(*(select(one.c.id, one.c.occurred_at) for one in one_by_one)).subquery()
    page = select(found.c.id).order_by(found.c.occurred_at.desc(), found.c.id.desc()).limit(most)
    return event.where(CaseEvent.id.in_(page.scalar_subquery())).order_by(*newest)


@cache
def _events() -> Select[Any]:
    """Events and their words: dozens of small questions, the same for every case, so put together once."""
    return select(CaseEvent, text_of_event().label("told"), is_corrected(), *corrections())


def _narrowed(case_id: int, ask: Ask) -> Iterator[ColumnElement[bool]]:
    yield CaseEvent.case_id == case_id
    if ask.before is not None:
        yield tuple_(CaseEvent.occurred_at, CaseEvent.id) < tuple_(*ask.before)
    if ask.month is not None:
        yield CaseEvent.occurred_at < _end_of(ask.month)
    if ask.person is not None:
        yield CaseEvent.actor_id == ask.person
    if ask.q:
        yield CaseEvent.erased_at.is_(None)
        yield holds(ask.q)


def _end_of(month: date) -> datetime:
    following = (month.replace(day=1) + timedelta(days=32)).replace(day=1)
    return datetime(following.year, following.month, 1, tzinfo=clock.WITA).astimezone(UTC)


def _changes(texts: Sequence[str | None]) -> list[Change]:
    found = [Change(*texts[start : start + 3]) for start in range(0, len(texts), 3)]
    return [change for change in found if change.old_text is not None or change.new_text is not None]


def _by_month(items: list[Item]) -> list[tuple[date, list[Item]]]:
    return [(month, list(those)) for month, those in groupby(items, lambda item: item.day.replace(day=1))]
