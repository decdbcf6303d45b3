"""Opening of a case, for a registered client or for one registered in the same transaction."""

from collections.abc import Sequence

from flask_babel import gettext as _

from app.cases.enums import NEW_CLIENT_FIELDS
from app.cases.event_types import CASE_OPENED
from app.cases.models.case import Case
from app.cases.models.links import CaseCategory
from app.cases.services.events import record_event
from app.cases.services.rules import (
    get_strictest_tier,
    require_staffed_team,
    require_visible_without_emergency,
)
from app.clients.enums import Sex
from app.clients.models.client import Client
from app.clients.services.clients import register_client
from app.core import clock
from app.core.actor import PEKSOS, Actor, has_role
from app.core.checks import require_not_in_future
from app.core.errors import PortalError
from app.db.number_series import allocate_number
from app.db.records import FormData
from app.db.search import build_search_text
from app.extensions import db
from app.reference.enums import get_highest_tier
from app.reference.models import PpksCategory
from app.security.models import PortalUser
from app.security.services.users import get_acting_user, require_active_peksos

CASE_NUMBER_SERIES = "case"
"""Number series of cases."""

_NON_CASE_FIELDS = {*NEW_CLIENT_FIELDS, "categories", "primary_category", "confidentiality", "team"}

_NON_DESCRIPTIVE_FIELDS = {"birth_date_precision", "safe_to_contact"}
"""Fields of a new client that describe nobody by themselves."""


def open_case(data: FormData, *, by: Actor) -> Case:
    """Open a case with the next number of the year.

    Without `client` a new client is registered from the fields of the same form. The acting user joins the
    team; an acting peksos becomes the worker unless another one is named.
    """
    opened_at = data.get("opened_at") or clock.now()
    require_not_in_future(opened_at, "opened_at")
    worker, team = _get_worker_and_team(data, by)
    categories, primary = get_chosen_categories(data)
    case = Case(
        **{key: value for key, value in data.items() if key not in _NON_CASE_FIELDS and value is not None}
    )
    case.client = get_or_register_client(data, by=by)
    case.opened_at = opened_at
    case.worker = worker
    case.team = team
    requested_tier = get_highest_tier(data.get("confidentiality"))
    case.confidentiality = get_highest_tier(
        requested_tier, get_strictest_tier(categories), get_strictest_tier(data.get("tags") or ())
    )
    case.is_tier_raised = case.confidentiality is not requested_tier
    require_staffed_team(case)
    # Allocate the number last: the row of its series stays locked until the end of the transaction.
    year = clock.current_year()
    case.number = f"LK3/{year}/{allocate_number(CASE_NUMBER_SERIES, year):04d}"
    case.search_text = build_search_text(case.number)
    db.session.add(case)
    db.session.flush()
    set_categories(case, categories, primary)
    if case.report is not None:
        case.reports.append(case.report)
    event_data = {"number": case.number, "client_id": case.client_id, "report_id": case.report_id}
    event_data |= {"confidentiality": case.confidentiality} if case.is_tier_raised else {}
    nik_note = case.client.nik_note if data.get("client") is None else None
    record_event(
        case,
        CASE_OPENED,
        by=by,
        occurred_at=opened_at,
        source=case,
        data=event_data,
        reason=nik_note,
    )
    return case


def get_or_register_client(data: FormData, *, by: Actor) -> Client:
    """Return the client chosen in the form, or register a new one from the form's fields.

    Raises PortalError when the form has both or neither, or when the client is archived.
    """
    client: Client | None = data.get("client")
    if client is not None and (has_client_description(data) or data.get("safe_to_contact") is not None):
        raise PortalError(
            _("A client is chosen and a new one is described below: empty one of the two."),
            field="client",
        )
    if client is not None and client.archived_at is not None:
        raise PortalError(_("This client's record is archived: restore it first."), field="client")
    if client is not None:
        require_visible_without_emergency(client, by)
        return client
    values = {key: data[key] for key in NEW_CLIENT_FIELDS if data.get(key) is not None}
    if not has_client_description(data):
        raise PortalError(
            _("Choose the client, or fill in what you know of a new one: an alias or the sex is enough."),
            field="client",
        )
    return register_client(values, by=by)


def has_client_description(data: FormData) -> bool:
    """Return whether the fields of a new client say anything about a person."""
    descriptive_values = {
        key: data.get(key) for key in NEW_CLIENT_FIELDS if key not in _NON_DESCRIPTIVE_FIELDS
    }
    return any(value is not None and value is not Sex.unknown for value in descriptive_values.values())


def _get_worker_and_team(data: FormData, by: Actor) -> tuple[PortalUser | None, list[PortalUser]]:
    opener = get_acting_user(by)
    worker = data.get("worker") or (opener if has_role(by, PEKSOS) else None)
    require_active_peksos(worker, "worker")
    members = [*(data.get("team") or ()), worker, opener]
    return worker, list({member.id: member for member in members if member is not None}.values())


def get_chosen_categories(data: FormData) -> tuple[list[PpksCategory], PpksCategory | None]:
    """Return the form's categories by code, and the primary one: the first if none is named."""
    primary: PpksCategory | None = data.get("primary_category")
    categories = sorted(
        {*(data.get("categories") or ()), *([primary] if primary else [])}, key=lambda category: category.code
    )
    return categories, primary or next(iter(categories), None)


def set_categories(case: Case, categories: Sequence[PpksCategory], primary: PpksCategory | None) -> None:
    """Replace the categories of the case and flush."""
    existing_links: dict[int, CaseCategory] = {link.category_id: link for link in case.category_links}
    for link in existing_links.values():
        link.is_primary = False
    case.category_links = [
        existing_links.get(category.id)
        or CaseCategory(case_id=case.id, category_id=category.id, is_primary=False)
        for category in categories
    ]
    db.session.flush()  # the unique index allows no second primary one, not even for one statement
    for link in case.category_links:
        link.is_primary = primary is not None and link.category_id == primary.id
    db.session.flush()
    db.session.expire(case, ["categories"])
