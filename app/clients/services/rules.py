"""Checks before a client or a household is saved; each error names its field."""

from collections.abc import Callable, Mapping
from typing import Any

from flask_babel import gettext as _
from sqlalchemy import exists, select

from app.clients.enums import STATUSES_WITH_NIK, HouseholdRole, IdentityStatus
from app.clients.models.client import Client, Household
from app.clients.policy import ClientPolicy, can_read_personal_details, get_edit_refusal
from app.clients.rules import identity
from app.core import clock, phones
from app.core.actor import Actor
from app.core.errors import Conflict, Forbidden, PortalError
from app.db.model import Entity
from app.extensions import db


class MergedValues:
    """A record as it will be after saving: submitted values first, else the stored ones."""

    def __init__(self, item: Entity, values: Mapping[str, Any]) -> None:
        self._item, self._values = item, values

    def __getattr__(self, name: str) -> Any:
        return self._values[name] if name in self._values else getattr(self._item, name)


def normalize_values(data: Mapping[str, Any]) -> dict[str, Any]:
    """Return the submitted values with names, numbers and phones in their stored form."""
    return {
        name: _NORMALIZERS[name](value, name) if name in _NORMALIZERS else value
        for name, value in data.items()
    }


def _normalize_line(text: str | None, _field: str) -> str | None:
    return " ".join((text or "").split()) or None


_NORMALIZERS: dict[str, Callable[[str | None, str], str | None]] = {
    "name": _normalize_line,
    "alias": _normalize_line,
    "nik": identity.normalize_nik,
    "no_kk": identity.normalize_no_kk,
    "rt": identity.normalize_rt_rw,
    "rw": identity.normalize_rt_rw,
    "phone": phones.validate_phone,
    "guardian_phone": phones.validate_phone,
}


def require_personal_details(client: Client, by: Actor, field: str | None) -> None:
    """Raise `PortalError` if the user may not read the client's personal details.

    That is the case while a limited case of the client is open.
    """
    if not can_read_personal_details(client, by):
        raise PortalError(
            _("This person has a limited case. Its team changes contact, address, family and consents."),
            field=field,
        )


def require_editable(record: Client | Household, by: Actor) -> None:
    """Raise `Forbidden` if an edit restriction protects the client or the household from the user."""
    refusal = get_edit_refusal(record, by)
    if refusal is not None:
        raise Forbidden(refusal)


def require_single_head(client: Client, household: Household | None, role: HouseholdRole | None) -> None:
    """Raise `PortalError` if the household already has another head."""
    if household is None or role is not HouseholdRole.head:
        return
    head = db.session.scalar(
        select(Client.id).where(
            Client.household_id == household.id,
            Client.household_role == HouseholdRole.head,
            Client.archived_at.is_(None),
        )
    )
    if head not in (None, client.id):
        raise PortalError(_("This household already has a head."), field="household_role")


def require_no_members(household: Household, by: Actor) -> None:
    """Raise `Conflict` while the household has a member in use whom the user sees."""
    member = exists().where(
        Client.household_id == household.id, Client.archived_at.is_(None), ClientPolicy.visible_to(by)
    )
    if db.session.scalar(select(member)):
        raise Conflict(_("Clients in use still belong to this household."))


def check_identity(values: MergedValues) -> None:
    """Require an identity status that fits the NIK, and a reason for a missing NIK."""
    if values.identity_status in STATUSES_WITH_NIK:
        return
    if values.nik and values.identity_status is not IdentityStatus.foreign:
        raise PortalError(_("With a NIK the identity is verified or stated."), field="identity_status")
    if not values.nik and values.no_nik_reason is None:
        raise PortalError(_("Say why there is no NIK."), field="no_nik_reason")


def check_decile(decile: int | None) -> None:
    """Raise `PortalError` for a decile outside 1 to 10."""
    if decile is not None and not 1 <= decile <= 10:
        raise PortalError(_("A decile is a number from 1 to 10."), field="dtsen_decile")


def require_mismatch_reason(values: MergedValues) -> None:
    """Require a `nik_note` if NIK, sex and birth date do not match; refuse a future birth date."""
    if values.birth_date is not None and values.birth_date > clock.today():
        raise PortalError(_("The birth date is in the future."), field="birth_date")
    mismatches = identity.list_nik_mismatches(
        values.nik, values.sex, values.birth_date, values.birth_date_precision
    )
    if mismatches and not (values.nik_note or "").strip():
        hint = _("If the data are right all the same, write the reason here and save again.")
        raise PortalError(" ".join([*mismatches, hint]), field="nik_note")
