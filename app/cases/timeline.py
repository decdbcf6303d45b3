"""The course of a case as one stream: what is overdue, what is planned, then what happened, newest first."""

from collections.abc import Iterable, Sequence
from datetime import UTC, date, datetime, timedelta
from itertools import groupby
from typing import Any, NamedTuple

from flask_babel import lazy_gettext as _l
from sqlalchemy import Select, func, or_, select, tuple_
from sqlalchemy.orm import joinedload

from app.cases.access import visible_to
from app.cases.models import Case, CaseEvent, EntryCorrection, FollowUp
from app.cases.states import EventKind, FollowUpState
from app.cases.told import corrected_to, is_corrected, text_of_source
from app.core import clock
from app.core.actor import Actor
from app.extensions import db
from app.security.models import PortalUser

PAGE = 25
MOST_PLANNED = 100
MOST_MONTHS = 240
LATE = timedelta(days=1)
"""An event that was written down later than this after it happened says so."""

_K = EventKind
GROUPS: dict[str, tuple[Any, frozenset[EventKind]]] = {
    "services": (_l("Services"), frozenset({_K.service_given, _K.service_corrected})),
    "notes": (_l("Notes"), frozenset({_K.note_added, _K.note_corrected})),
    "follow_ups": (
        _l("Follow-ups"),
        frozenset({_K.follow_up_set, _K.follow_up_done, _K.follow_up_cancelled}),
    ),
    "process": (
        _l("Stage and status"),
        frozenset({_K.case_opened, _K.stage_moved, _K.case_held, _K.case_resumed, _K.case_closed})
        | {_K.case_reopened, _K.case_updated, _K.confidentiality_raised, _K.confidentiality_lowered},
    ),
    "plan": (
        _l("Assessments and goals"),
        frozenset({_K.assessment_added, _K.goal_set, _K.goal_evaluated}),
    ),
    "people": (
        _l("People and team"),
        frozenset({_K.person_added, _K.person_changed, _K.team_joined, _K.worker_assigned}),
    ),
    "reports": (_l("Reports"), frozenset({_K.report_joined, _K.violence_reported})),
    "files": (_l("Files"), frozenset({_K.attachment_added})),
    "referrals": (_l("Referrals"), frozenset(kind for kind in _K if kind.name.startswith("referral_"))),
    "money": (
        _l("Money and aid"),
        frozenset(
            kind for kind in _K if kind.name.startswith(("commitment_", "expenditure_", "evidence_", "aid_"))
        ),
    ),
    "corrections": (_l("Corrections"), frozenset({_K.service_corrected, _K.note_corrected})),
}
"""What the stream can be narrowed to."""

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

    @property
    def first(self) -> bool:
        """Whether this is the top of the stream, where the future stands."""
        return self.before is None and self.month is None


class Head(NamedTuple):
    """The case, and from when to when something happened in it."""

    case: Case
    oldest: datetime | None
    newest: datetime | None


class Item(NamedTuple):
    """One entry of the past."""

    event: CaseEvent
    text: str | None
    """What the record says that the event tells of."""
    corrected: bool
    corrections: Sequence[EntryCorrection]

    @property
    def day(self) -> date:
        """The day in Bontang."""
        return self.event.occurred_at.astimezone(clock.WITA).date()

    @property
    def late(self) -> bool:
        """Whether it was written down more than a day after it happened."""
        return self.event.recorded_at - self.event.occurred_at > LATE

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
    query = select(Case, *ends).where(Case.id == case_id, visible_to(user)).options(joinedload(Case.client))
    row = db.session.execute(query).one_or_none()
    return None if row is None else Head(row[0], row[1], row[2])


def months_of(head: Head) -> list[date]:
    """Every month from the newest event back to the oldest."""
    if head.oldest is None or head.newest is None:
        return []
    month, last = (end.astimezone(clock.WITA).date().replace(day=1) for end in (head.newest, head.oldest))
    found: list[date] = []
    while month >= last and len(found) < MOST_MONTHS:
        found.append(month)
        month = (month - timedelta(days=1)).replace(day=1)
    return found


def people() -> list[tuple[int, str]]:
    """Everybody who may have done something, by name."""
    query = select(PortalUser).order_by(PortalUser.first_name, PortalUser.id)
    return [(user.id, user.full_name) for user in db.session.scalars(query)]


def ahead(case: Case, ask: Ask) -> Ahead:
    """Give the open follow-ups, the earliest first."""
    if not ask.first or ask.group not in (None, "follow_ups"):
        return Ahead([], [])
    query = select(FollowUp).where(FollowUp.case_id == case.id, FollowUp.state == FollowUpState.open)
    if ask.person is not None:
        query = query.where(FollowUp.assignee_id + 0 == ask.person)
    if ask.q:
        query = query.where(FollowUp.title.icontains(ask.q, autoescape=True))
    query = query.options(joinedload(FollowUp.assignee)).order_by(FollowUp.due_on, FollowUp.id)
    found = list(db.session.scalars(query.limit(MOST_PLANNED)))
    today = clock.today()
    return Ahead([one for one in found if one.due_on < today], [one for one in found if one.due_on >= today])


def past(case: Case, ask: Ask, most: int = PAGE) -> Stretch:
    """Give one page of what happened, newest first."""
    rows = db.session.execute(query_of(case.id, ask).limit(most + 1)).all()
    corrections = _corrections([event for event, *_ in rows])
    items = [
        Item(
            event,
            None if event.erased_at else text,
            bool(corrected) and event.corrects_id is None,
            [corrections[key] for key in (event.data or {}).get("correction_ids", ()) if key in corrections],
        )
        for event, text, corrected in rows[:most]
    ]
    last = items[-1].event if len(rows) > most else None
    return Stretch(_by_month(items), None if last is None else (last.occurred_at, last.id))


def query_of(case_id: int, ask: Ask) -> Select[Any]:
    """Ask for events in the order of their index: what is read does not grow with the case."""
    text = text_of_source()
    query = select(CaseEvent, text.label("told"), is_corrected()).where(CaseEvent.case_id == case_id)
    if ask.before is not None:
        query = query.where(tuple_(CaseEvent.occurred_at, CaseEvent.id) < tuple_(*ask.before))
    if ask.month is not None:
        query = query.where(CaseEvent.occurred_at < _end_of(ask.month))
    if ask.group is not None:
        query = query.where(CaseEvent.kind.in_(sorted(GROUPS[ask.group][1], key=lambda kind: kind.name)))
    if ask.person is not None:
        # + 0: or the database would take the index of the actor, whose order is another one.
        query = query.where(CaseEvent.actor_id + 0 == ask.person)
    if ask.q:
        query = query.where(
            CaseEvent.erased_at.is_(None), or_(text.icontains(ask.q, autoescape=True), corrected_to(ask.q))
        )
    return query.order_by(CaseEvent.occurred_at.desc(), CaseEvent.id.desc())


def _end_of(month: date) -> datetime:
    following = (month.replace(day=1) + timedelta(days=32)).replace(day=1)
    return datetime(following.year, following.month, 1, tzinfo=clock.WITA).astimezone(UTC)


def _corrections(events: Iterable[CaseEvent]) -> dict[int, EntryCorrection]:
    ids = [key for event in events for key in (event.data or {}).get("correction_ids", ())]
    if not ids:
        return {}
    return {
        one.id: one for one in db.session.scalars(select(EntryCorrection).where(EntryCorrection.id.in_(ids)))
    }


def _by_month(items: list[Item]) -> list[tuple[date, list[Item]]]:
    return [(month, list(those)) for month, those in groupby(items, lambda item: item.day.replace(day=1))]
