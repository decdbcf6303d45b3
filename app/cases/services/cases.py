"""What happens to a case after it is opened: its record, its people, its team, who may know of it."""

from typing import Any

from flask_babel import gettext as _

from app.cases.models import Case, CasePerson
from app.cases.services.caseload import add_to_team
from app.cases.services.events import record
from app.cases.services.opening import chosen_categories, set_categories
from app.cases.services.rules import (
    Data,
    lock,
    must_be_as_seen,
    must_be_open,
    must_be_staffed,
    must_work_on,
    not_in_future,
    require_visible_without_emergency,
    said,
    tier_of,
    touch,
    user_of,
)
from app.cases.states import CASE_MOVES, EventKind
from app.core.actor import ADMIN, PEKSOS, Actor, has_role
from app.core.errors import Conflict, Forbidden, PortalError
from app.core.moves import move_named
from app.core.services import create, update
from app.reference.choices import Confidentiality, highest
from app.security.models import PortalUser

_TIERS = list(Confidentiality)
_RECORD = ("opened_at", "channel", "presenting_problem", "focus", "urgency", "tags", "team")


def update_case(case: Case, data: Data, *, by: Actor) -> Case:
    """Change the record of a case; new categories and tags may raise its confidentiality, never lower it."""
    must_be_as_seen(case)
    must_work_on(case, by)
    must_be_open(case)
    not_in_future(data.get("opened_at"), "opened_at")
    before = {*case.categories, *case.tags}
    labels = {"categories": case.categories, "primary_category": case.primary_category}
    categories, primary = chosen_categories({**labels, **data})
    relabelled = categories != case.categories or primary != case.primary_category
    values = _changed(case, {**data, "team": _team(case, data)})
    if not values and not relabelled:
        return case
    tier, previous = case.confidentiality, [category.id for category in case.categories]
    for name, value in values.items():
        setattr(case, name, value)
    if relabelled:
        set_categories(case, categories, primary)
    case.confidentiality = highest(tier, tier_of({*case.categories, *case.tags} - before))
    case.raised_by_labels = case.confidentiality is not tier
    must_be_staffed(case)
    touch(case)
    told: dict[str, Any] = {"fields": sorted([*values, *(["categories"] if relabelled else [])])}
    if relabelled:
        told["categories"] = [category.id for category in categories]
        told["previous_categories"] = previous
    if case.raised_by_labels:
        told["confidentiality"] = case.confidentiality
    record(case, EventKind.case_updated, by=by, source=case, data=told)
    return case


def _changed(case: Case, data: Data) -> dict[str, Any]:
    """Pick what the form says differently; the order of colleagues and tags says nothing."""
    values = {name: data[name] for name in _RECORD if data.get(name) is not None}
    values |= {"focus": data["focus"]} if "focus" in data else {}  # the one that may be emptied
    return {name: value for name, value in values.items() if _plain(getattr(case, name)) != _plain(value)}


def _plain(value: Any) -> Any:
    return set(value) if isinstance(value, list) else value


def _team(case: Case, data: Data) -> list[PortalUser]:
    """Take the team of the form, and always the worker."""
    members: list[PortalUser] = list(data.get("team", case.team))
    return members if case.worker is None or case.worker in members else [*members, case.worker]


def add_person(data: Data, *, by: Actor) -> CasePerson:
    """Name another person in the case, and what he is in it."""
    case: Case = data["case"]
    must_be_open(case, by)
    must_work_on(case, by)
    _must_be_another(case, data)
    require_visible_without_emergency(data["client"], by)
    person = create(CasePerson, data, by=by)
    record(
        case,
        EventKind.person_added,
        by=by,
        source=person,
        data={"client_id": person.client_id, "role": person.role},
    )
    return person


def change_person(person: CasePerson, data: Data, *, by: Actor) -> CasePerson:
    """Correct who the person is or what he is in the case."""
    must_be_open(person.case, by)
    must_work_on(person.case, by)
    must_be_as_seen(person)
    _must_be_another(person.case, data)
    named = {name: value for name, value in data.items() if name in ("client", "role")}
    values = {name: value for name, value in named.items() if getattr(person, name) != value}
    if not values:
        return person
    if "client" in values:
        require_visible_without_emergency(values["client"], by)
    update(person, values, by=by)
    record(
        person.case,
        EventKind.person_changed,
        by=by,
        source=person,
        data={"client_id": person.client_id, "role": person.role},
    )
    return person


def _must_be_another(case: Case, data: Data) -> None:
    if "client" in data and data["client"].id == case.client_id:
        raise PortalError(_("This is the client of the case already: choose another person."), field="client")


def join_team(case: Case, *, by: Actor) -> Case:
    """Let a peksos help with an ordinary case; of the others the team decides."""
    lock(case)
    move_named(CASE_MOVES, "join").check(case)
    if case.confidentiality is not Confidentiality.ordinary or not has_role(by, PEKSOS):
        raise Forbidden(_("Only a peksos may join, and only an ordinary case. Ask its team."))
    if case.has_on_team(by.actor_id):
        raise Conflict(_("You are on the team of this case already."))
    add_to_team(case, user_of(by))
    record(case, EventKind.team_joined, by=by, source=case, data={"user_id": by.actor_id})
    return case


def raise_confidentiality(case: Case, *, confidentiality: Confidentiality, reason: str, by: Actor) -> Case:
    """Let fewer people know of the case."""
    lock(case)
    must_work_on(case, by)
    move_named(CASE_MOVES, "raise_confidentiality").check(case)
    if _TIERS.index(confidentiality) <= _TIERS.index(case.confidentiality):
        raise PortalError(_("Choose a tier above the present one."), field="confidentiality")
    case.confidentiality = confidentiality
    must_be_staffed(case)
    return _tell_tier(case, EventKind.confidentiality_raised, reason, by)


def lower_confidentiality(case: Case, *, confidentiality: Confidentiality, reason: str, by: Actor) -> Case:
    """Let more people know of the case: an administrator answers for it."""
    lock(case)
    must_work_on(case, by)
    move_named(CASE_MOVES, "lower_confidentiality").check(case)
    if not has_role(by, ADMIN):
        raise Forbidden(_("Only an administrator may lower the confidentiality of a case."))
    if _TIERS.index(confidentiality) >= _TIERS.index(case.confidentiality):
        raise PortalError(_("Choose a tier below the present one."), field="confidentiality")
    case.confidentiality = confidentiality
    return _tell_tier(case, EventKind.confidentiality_lowered, reason, by)


def _tell_tier(case: Case, kind: EventKind, reason: str, by: Actor) -> Case:
    told = {"confidentiality": case.confidentiality}
    record(case, kind, by=by, source=case, data=told, reason=said(reason, "reason"))
    return case
