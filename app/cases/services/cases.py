"""Changes to an existing case: its record, its people, its team, its confidentiality."""

from typing import Any

from flask_babel import gettext as _

from app.cases.event_types import (
    CASE_UPDATED,
    CONFIDENTIALITY_LOWERED,
    CONFIDENTIALITY_RAISED,
    PERSON_ADDED,
    PERSON_CHANGED,
    TEAM_JOINED,
)
from app.cases.events import EventType
from app.cases.models.case import Case, CasePerson
from app.cases.services.caseload import add_to_team
from app.cases.services.events import record_event
from app.cases.services.opening import get_chosen_categories, set_categories
from app.cases.services.rules import (
    get_strictest_tier,
    require_open_case,
    require_staffed_team,
    require_team_or_admin,
    require_visible_without_emergency,
)
from app.cases.transitions import CASE_TRANSITIONS
from app.core.actor import ADMIN, PEKSOS, Actor, has_role
from app.core.checks import require_not_in_future, require_text
from app.core.errors import Conflict, Forbidden, PortalError
from app.core.transitions import get_transition
from app.db.records import FormData, create, lock, lock_and_check_version, touch, update
from app.reference.enums import Confidentiality, get_highest_tier
from app.security.models import PortalUser
from app.security.services.users import get_acting_user

_TIERS = list(Confidentiality)
_EDITABLE_COLUMNS = ("opened_at", "channel", "presenting_problem", "focus", "urgency", "tags", "team")


def update_case(case: Case, data: FormData, *, by: Actor) -> Case:
    """Change the record of a case; new categories and tags may raise its confidentiality, never lower it."""
    lock_and_check_version(case)
    require_team_or_admin(case, by)
    require_open_case(case)
    require_not_in_future(data.get("opened_at"), "opened_at")
    previous_labels = {*case.categories, *case.tags}
    current_categories = {"categories": case.categories, "primary_category": case.primary_category}
    categories, primary = get_chosen_categories({**current_categories, **data})
    categories_changed = categories != case.categories or primary != case.primary_category
    values = _pick_changed_values(case, {**data, "team": _get_team(case, data)})
    if not values and not categories_changed:
        return case
    previous_tier, previous_category_ids = case.confidentiality, [category.id for category in case.categories]
    for name, value in values.items():
        setattr(case, name, value)
    if categories_changed:
        set_categories(case, categories, primary)
    case.confidentiality = get_highest_tier(
        previous_tier, get_strictest_tier({*case.categories, *case.tags} - previous_labels)
    )
    case.is_tier_raised = case.confidentiality is not previous_tier
    require_staffed_team(case)
    touch(case)
    event_data: dict[str, Any] = {
        "fields": sorted([*values, *(["categories"] if categories_changed else [])])
    }
    if categories_changed:
        event_data["categories"] = [category.id for category in categories]
        event_data["previous_categories"] = previous_category_ids
    if case.is_tier_raised:
        event_data["confidentiality"] = case.confidentiality
    record_event(case, CASE_UPDATED, by=by, source=case, data=event_data)
    return case


def _pick_changed_values(case: Case, data: FormData) -> dict[str, Any]:
    """Return the columns whose form value differs; the order of colleagues and tags does not count."""
    values = {name: data[name] for name in _EDITABLE_COLUMNS if data.get(name) is not None}
    values |= {"focus": data["focus"]} if "focus" in data else {}  # the only column that may be emptied
    return {
        name: value
        for name, value in values.items()
        if _make_comparable(getattr(case, name)) != _make_comparable(value)
    }


def _make_comparable(value: Any) -> Any:
    return set(value) if isinstance(value, list) else value


def _get_team(case: Case, data: FormData) -> list[PortalUser]:
    """Return the team of the form, always with the worker."""
    members: list[PortalUser] = list(data.get("team", case.team))
    return members if case.worker is None or case.worker in members else [*members, case.worker]


def add_person(data: FormData, *, by: Actor) -> CasePerson:
    """Add another person to the case, with a role."""
    case: Case = data["case"]
    require_open_case(case, by)
    require_team_or_admin(case, by)
    _require_other_client(case, data)
    require_visible_without_emergency(data["client"], by)
    person = create(CasePerson, data, by=by)
    record_event(
        case,
        PERSON_ADDED,
        by=by,
        source=person,
        data={"client_id": person.client_id, "role": person.role},
    )
    return person


def update_person(person: CasePerson, data: FormData, *, by: Actor) -> CasePerson:
    """Change who the person is, or the person's role in the case."""
    require_open_case(person.case, by)
    require_team_or_admin(person.case, by)
    lock_and_check_version(person)
    _require_other_client(person.case, data)
    submitted = {name: value for name, value in data.items() if name in ("client", "role")}
    values = {name: value for name, value in submitted.items() if getattr(person, name) != value}
    if not values:
        return person
    if "client" in values:
        require_visible_without_emergency(values["client"], by)
    update(person, values, by=by)
    record_event(
        person.case,
        PERSON_CHANGED,
        by=by,
        source=person,
        data={"client_id": person.client_id, "role": person.role},
    )
    return person


def _require_other_client(case: Case, data: FormData) -> None:
    if "client" in data and data["client"].id == case.client_id:
        raise PortalError(_("This is the client of the case already: choose another person."), field="client")


def join_team(case: Case, *, by: Actor) -> Case:
    """Add a peksos to the team of an ordinary case; in the other tiers the team decides."""
    lock(case)
    get_transition(CASE_TRANSITIONS, "join").check_allowed(case)
    if case.confidentiality is not Confidentiality.ordinary or not has_role(by, PEKSOS):
        raise Forbidden(_("Only a peksos may join, and only an ordinary case. Ask its team."))
    if case.has_team_member(by.actor_id):
        raise Conflict(_("You are on the team of this case already."))
    add_to_team(case, get_acting_user(by))
    record_event(case, TEAM_JOINED, by=by, source=case, data={"user_id": by.actor_id})
    return case


def raise_confidentiality(case: Case, *, confidentiality: Confidentiality, reason: str, by: Actor) -> Case:
    """Raise the tier, so that fewer users see the case."""
    lock(case)
    require_team_or_admin(case, by)
    get_transition(CASE_TRANSITIONS, "raise_confidentiality").check_allowed(case)
    if _TIERS.index(confidentiality) <= _TIERS.index(case.confidentiality):
        raise PortalError(_("Choose a tier above the present one."), field="confidentiality")
    case.confidentiality = confidentiality
    require_staffed_team(case)
    return _record_tier_change(case, CONFIDENTIALITY_RAISED, reason, by)


def lower_confidentiality(case: Case, *, confidentiality: Confidentiality, reason: str, by: Actor) -> Case:
    """Lower the tier, so that more users see the case: an administrator answers for it."""
    lock(case)
    require_team_or_admin(case, by)
    get_transition(CASE_TRANSITIONS, "lower_confidentiality").check_allowed(case)
    if not has_role(by, ADMIN):
        raise Forbidden(_("Only an administrator may lower the confidentiality of a case."))
    if _TIERS.index(confidentiality) >= _TIERS.index(case.confidentiality):
        raise PortalError(_("Choose a tier below the present one."), field="confidentiality")
    case.confidentiality = confidentiality
    return _record_tier_change(case, CONFIDENTIALITY_LOWERED, reason, by)


def _record_tier_change(case: Case, event_type: EventType, reason: str, by: Actor) -> Case:
    data = {"confidentiality": case.confidentiality}
    record_event(case, event_type, by=by, source=case, data=data, reason=require_text(reason, "reason"))
    return case
