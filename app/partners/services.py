"""Services that change partners, their contacts and the services they offer."""

import re
from collections.abc import Callable, Iterator, Mapping
from datetime import date
from typing import Any, TypeVar

from flask_babel import gettext as _
from sqlalchemy import select

from app.core import clock, phones
from app.core.actor import Actor
from app.core.errors import PortalError
from app.core.records import RecordLink, RecordRef
from app.core.registry import Registry
from app.core.transitions import get_transition
from app.db.model import Entity
from app.db.records import assign
from app.db.search import build_search_text
from app.extensions import db
from app.partners.enums import PartnerKind
from app.partners.models import Partner, PartnerContact, PartnerService
from app.partners.transitions import PARTNER_TRANSITIONS
from app.reference.models import Kelurahan, NeedKind
from app.reference.seed import Row, read_rows

E = TypeVar("E", bound=Entity)
R = TypeVar("R", Kelurahan, NeedKind)

archiving_hooks = Registry[Callable[[Partner, Actor], None]](
    "what follows a partner into the archive", required=True
)
"""Extension point: upper packages register functions that run after a partner is archived or restored."""

_EMAIL_PATTERN = re.compile(r"[^@\s]+@[^@\s]+\.[^@\s.]+")


def build_partner_search_text(partner: Partner) -> str | None:
    """Build the text that the quick search matches: name, address, phone and WhatsApp number."""
    return build_search_text(partner.name, partner.address, numbers=(partner.phone, partner.whatsapp)) or None


def build_contact_search_text(contact: PartnerContact) -> str | None:
    """Build the text that the quick search matches, in addition to the text of the partner."""
    return (
        build_search_text(contact.name, contact.position, numbers=(contact.phone, contact.whatsapp)) or None
    )


def create_partner(data: Mapping[str, Any], *, by: Actor) -> Partner:
    """Create a partner; raise PortalError as `update_partner` does."""
    return update_partner(Partner(), data, by=by)


def update_partner(partner: Partner, data: Mapping[str, Any], *, by: Actor) -> Partner:
    """Update a partner.

    Raises PortalError for a name in use, an invalid phone number or e-mail address, or an agreement that
    ends before it begins.
    """
    values = _normalize_values(data)
    _refuse_used_name(partner, values.get("name"))
    _check_agreement(partner, values)
    assign(partner, values)
    partner.search_text = build_partner_search_text(partner)
    return _save(partner)


def archive_partner(partner: Partner, *, by: Actor) -> Partner:
    """Archive a partner: hide it from lists and selects, keep it readable, run the archiving hooks."""
    get_transition(PARTNER_TRANSITIONS, "archive").check_allowed(partner)
    partner.active, partner.archived_at = False, clock.now()
    return _save_and_run_hooks(partner, by)


def restore_partner(partner: Partner, *, by: Actor) -> Partner:
    """Restore an archived partner and run the archiving hooks."""
    get_transition(PARTNER_TRANSITIONS, "restore").check_allowed(partner)
    partner.active, partner.archived_at = True, None
    return _save_and_run_hooks(partner, by)


def _save_and_run_hooks(partner: Partner, by: Actor) -> Partner:
    _save(partner)
    for hook in archiving_hooks:
        hook(partner, by)
    return partner


def verify_partner(partner: Partner, *, by: Actor) -> Partner:
    """Record that `by` has verified the partner's data today."""
    get_transition(PARTNER_TRANSITIONS, "verify").check_allowed(partner)
    partner.verified_on, partner.verified_by_id = clock.today(), by.actor_id
    return _save(partner)


def create_contact(data: Mapping[str, Any], *, by: Actor) -> PartnerContact:
    """Create a contact person; raise PortalError as `update_contact` does."""
    return update_contact(PartnerContact(), data, by=by)


def update_contact(contact: PartnerContact, data: Mapping[str, Any], *, by: Actor) -> PartnerContact:
    """Update a contact person; raise PortalError for an invalid phone number or e-mail address."""
    assign(contact, _normalize_values(data))
    contact.search_text = build_contact_search_text(contact)
    return _save(contact)


def create_service(data: Mapping[str, Any], *, by: Actor) -> PartnerService:
    """Create a service that a partner offers; raise PortalError as `update_service` does."""
    return update_service(PartnerService(), data, by=by)


def update_service(service: PartnerService, data: Mapping[str, Any], *, by: Actor) -> PartnerService:
    """Update a service that a partner offers.

    Raises PortalError if `response_hours` is below 1 or the partner already offers this kind of help.
    """
    hours = data.get("response_hours")
    if hours is not None and hours < 1:
        raise PortalError(_("Hours are a whole number, one or more."), field="response_hours")
    _refuse_duplicate_service(service, data)
    assign(service, data)
    return _save(service)


def load_partners(*, by: Actor) -> int:
    """Create the partners of `partners.csv` if the portal has none; return how many were created.

    It runs once only: otherwise a partner that was renamed would be created again under its seed name.
    """
    if db.session.scalar(select(Partner.id).limit(1)) is not None:
        return 0
    kelurahan, need_kinds = _load_by_code(Kelurahan), _load_by_code(NeedKind)
    rows = list(read_rows("partners"))
    for row in rows:
        partner = create_partner(
            {
                "name": row["name"],
                "kind": PartnerKind[str(row["kind"])],
                "address": row["address"],
                "kelurahan": kelurahan.get(str(row["kelurahan_code"])),
                "phone": row["phone"],
                "open_24h": row["open_24h"] == "1",
                "coverage": [kelurahan[code] for code in _split_cell(row, "coverage")],
                "source": row["source"],
            },
            by=by,
        )
        for code in _split_cell(row, "services"):
            create_service({"partner": partner, "need_kind": need_kinds[code]}, by=by)
        for contact in _split_cell(row, "contacts"):
            name, _equals, phone = contact.partition("=")
            create_contact({"partner": partner, "name": name, "phone": phone}, by=by)
    return len(rows)


def _normalize_values(data: Mapping[str, Any]) -> dict[str, Any]:
    """Return a copy with name and phone numbers in stored form; raise PortalError for invalid values."""
    values = dict(data)
    for name in ("phone", "whatsapp"):
        if name in values:
            values[name] = phones.validate_phone(values[name], name)
    if "name" in values:
        values["name"] = " ".join((values["name"] or "").split()) or None
    if values.get("email") and not _EMAIL_PATTERN.fullmatch(values["email"]):
        raise PortalError(_("This is no e-mail address."), field="email")
    return values


def _refuse_used_name(partner: Partner, name: str | None) -> None:
    other = db.session.scalar(select(Partner).where(Partner.name == name)) if name else None
    if other is not None and other is not partner:
        link = RecordLink(RecordRef(Partner, other.id), other.name)
        raise PortalError(_("Another partner already has this name."), field="name", link=link)


def _refuse_duplicate_service(service: PartnerService, data: Mapping[str, Any]) -> None:
    partner = data.get("partner", service.partner)
    need_kind = data.get("need_kind", service.need_kind)
    other = db.session.scalar(
        select(PartnerService).where(
            PartnerService.partner_id == partner.id, PartnerService.need_kind_id == need_kind.id
        )
    )
    if other is not None and other is not service:
        raise PortalError(_("This partner already offers this kind of help."), field="need_kind")


def _check_agreement(partner: Partner, values: Mapping[str, Any]) -> None:
    starts_on: date | None = values.get("agreement_from", partner.agreement_from)
    ends_on: date | None = values.get("agreement_until", partner.agreement_until)
    if starts_on and ends_on and ends_on < starts_on:
        raise PortalError(_("The agreement ends before it begins."), field="agreement_until")


def _save(item: E) -> E:
    db.session.add(item)
    db.session.flush()
    return item


def _load_by_code(model: type[R]) -> dict[str, R]:
    return {item.code: item for item in db.session.scalars(select(model))}


def _split_cell(row: Row, column: str) -> Iterator[str]:
    return filter(None, (part.strip() for part in (row.get(column) or "").split(";")))
