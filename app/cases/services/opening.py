"""How a case begins: for a client in the portal, or for one who is registered in the same breath."""

from collections.abc import Sequence

from flask_babel import gettext as _

from app.cases.models import Case, CaseCategory
from app.cases.services.events import record
from app.cases.services.rules import (
    Data,
    must_be_peksos,
    must_be_staffed,
    not_in_future,
    require_visible_without_emergency,
    tier_of,
    user_of,
)
from app.cases.states import NEW_CLIENT_FIELDS, EventKind
from app.clients.choices import Sex
from app.clients.models import Client
from app.clients.services import register_client
from app.core import clock
from app.core.actor import PEKSOS, Actor, has_role
from app.core.errors import PortalError
from app.core.numbers import next_number
from app.core.search import search_text
from app.extensions import db
from app.reference.choices import highest
from app.reference.models import PpksCategory
from app.security.models import PortalUser

SERIES = "case"
"""Number series of cases."""

_NOT_CASE = {*NEW_CLIENT_FIELDS, "categories", "primary_category", "confidentiality", "team"}

_SAYS_NOTHING = {"birth_date_precision", "safe_to_contact"}
"""Fields of a new client that describe nobody by themselves."""


def open_case(data: Data, *, by: Actor) -> Case:
    """Open a case; its number is the next one of the year.

    Without `client` the fields of a new client are taken from the same form. Whoever opens it is on its team,
    and a peksos is its worker unless another one is named.
    """
    opened_at = data.get("opened_at") or clock.now()
    not_in_future(opened_at, "opened_at")
    worker, team = _crew(data, by)
    categories, primary = chosen_categories(data)
    case = Case(**{key: value for key, value in data.items() if key not in _NOT_CASE and value is not None})
    case.client = client_of(data, by=by)
    case.opened_at = opened_at
    case.worker = worker
    case.team = team
    asked = highest(data.get("confidentiality"))
    case.confidentiality = highest(asked, tier_of(categories), tier_of(data.get("tags") or ()))
    case.raised_by_labels = case.confidentiality is not asked
    must_be_staffed(case)
    # The number comes last: its row stays locked until the end of the transaction.
    year = clock.year()
    case.number = f"LK3/{year}/{next_number(SERIES, year):04d}"
    case.search_text = search_text(case.number)
    db.session.add(case)
    db.session.flush()
    set_categories(case, categories, primary)
    if case.report is not None:
        case.reports.append(case.report)
    told = {"number": case.number, "client_id": case.client_id, "report_id": case.report_id}
    told |= {"confidentiality": case.confidentiality} if case.raised_by_labels else {}
    doubt = case.client.nik_note if data.get("client") is None else None
    record(case, EventKind.case_opened, by=by, occurred_at=opened_at, source=case, data=told, reason=doubt)
    return case


def client_of(data: Data, *, by: Actor) -> Client:
    """Take the client chosen in the form, or register a new one of the form's fields."""
    client: Client | None = data.get("client")
    if client is not None and (describes_somebody(data) or data.get("safe_to_contact") is not None):
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
    if not describes_somebody(data):
        raise PortalError(
            _("Choose the client, or fill in what you know of a new one: an alias or the sex is enough."),
            field="client",
        )
    return register_client(values, by=by)


def describes_somebody(data: Data) -> bool:
    """Whether the fields of a new client say anything of a person."""
    said = {key: data.get(key) for key in NEW_CLIENT_FIELDS if key not in _SAYS_NOTHING}
    return any(value is not None and value is not Sex.unknown for value in said.values())


def _crew(data: Data, by: Actor) -> tuple[PortalUser | None, list[PortalUser]]:
    opener = user_of(by)
    worker = data.get("worker") or (opener if has_role(by, PEKSOS) else None)
    must_be_peksos(worker, "worker")
    members = [*(data.get("team") or ()), worker, opener]
    return worker, list({member.id: member for member in members if member is not None}.values())


def chosen_categories(data: Data) -> tuple[list[PpksCategory], PpksCategory | None]:
    """Sort the categories of the form by code, and find the primary one: the first if none is named."""
    primary: PpksCategory | None = data.get("primary_category")
    chosen = sorted(
        {*(data.get("categories") or ()), *([primary] if primary else [])}, key=lambda category: category.code
    )
    return chosen, primary or next(iter(chosen), None)


def set_categories(case: Case, categories: Sequence[PpksCategory], main: PpksCategory | None) -> None:
    """Give the case these categories."""
    known: dict[int, CaseCategory] = {link.category_id: link for link in case.category_links}
    for link in known.values():
        link.is_primary = False
    case.category_links = [
        known.get(category.id) or CaseCategory(case_id=case.id, category_id=category.id, is_primary=False)
        for category in categories
    ]
    db.session.flush()  # two primary ones, for the length of a statement, would be one too many
    for link in case.category_links:
        link.is_primary = main is not None and link.category_id == main.id
    db.session.flush()
    db.session.expire(case, ["categories"])
