"""Services that create, change, archive and restore clients, households and consents."""

from collections.abc import Mapping
from typing import Any

from flask_babel import gettext as _
from sqlalchemy import select

from app.clients import signals
from app.clients.enums import (
    PERSONAL_DETAILS,
    BirthDatePrecision,
    ConsentMethod,
    DtsenStatus,
    IdentityStatus,
    Sex,
)
from app.clients.models.client import Client, Consent, Household
from app.clients.services import nik_check, rules
from app.clients.services.rules import MergedValues
from app.clients.transitions import CLIENT_TRANSITIONS, CONSENT_TRANSITIONS, HOUSEHOLD_TRANSITIONS
from app.core import clock
from app.core.actor import Actor
from app.core.errors import Conflict, PortalError
from app.core.transitions import get_transition
from app.db.model import Entity
from app.db.number_series import allocate_number
from app.db.records import assign
from app.db.search import build_search_text
from app.extensions import db
from app.notices.enums import NoticeKind
from app.notices.services import resolve_notices

UNIDENTIFIED_NUMBER_SERIES = "unidentified"
"""Number series of clients without a name."""

CONSENT_TEXT_VERSION = "2026-1"
"""Version of the consent form that the office uses now."""

ADDRESS_COLUMNS = ("address", "rt", "rw", "kelurahan", "outside_address")
"""Address columns of a household; its address is also that of members without one of their own."""

_DEFAULTS = {
    "identity_status": IdentityStatus.stated,
    "sex": Sex.unknown,
    "birth_date_precision": BirthDatePrecision.exact,
    "dtsen_status": DtsenStatus.not_checked,
}
"""Values for fields that the form leaves empty."""


def build_client_search_text(client: Client) -> str | None:
    """Build the text by which the quick search finds a client, or None."""
    numbers = (client.nik, client.no_kk, client.phone)
    return build_search_text(client.name, client.alias, client.system_number, numbers=numbers) or None


def build_household_search_text(household: Household) -> str | None:
    """Build the text by which the quick search finds a household, with its head's name."""
    head = household.head
    name = (head.name or head.system_number) if head else None
    words = (name, household.address, household.outside_address)
    return build_search_text(*words, numbers=(household.no_kk,)) or None


def register_client(data: Mapping[str, Any], *, by: Actor) -> Client:
    """Create a client; without a name it gets a number per year (2026-003)."""
    return _save_client(Client(), {**_DEFAULTS, **data}, by)


def update_client(client: Client, data: Mapping[str, Any], *, by: Actor) -> Client:
    """Change the client's data, unless an edit restriction protects the client."""
    rules.require_editable(client, by)
    return _save_client(client, data, by)


def archive_client(client: Client, *, by: Actor) -> Client:
    """Archive the client: removed from lists, still readable. Open notices about the NIK are settled."""
    get_transition(CLIENT_TRANSITIONS, "archive").check_allowed(client)
    rules.require_editable(client, by)
    client.archived_at = clock.now()
    db.session.flush()
    if client.nik:
        resolve_notices(NoticeKind.nik_to_check, client)
    _refresh_search_text(client.household)
    return client


def restore_client(client: Client, *, by: Actor) -> Client:
    """Restore an archived client; refused if the household has another head meanwhile."""
    get_transition(CLIENT_TRANSITIONS, "restore").check_allowed(client)
    rules.require_editable(client, by)
    rules.require_single_head(client, client.household, client.household_role)
    client.archived_at = None
    db.session.flush()
    _refresh_search_text(client.household)
    return client


def clear_nik(client: Client, *, reason: str, by: Actor) -> Client:
    """Remove a NIK that belongs to another client; `reason` is stored only with the notices."""
    get_transition(CLIENT_TRANSITIONS, "clear_nik").check_allowed(client)
    rules.require_editable(client, by)
    nik_check.require_can_settle_nik(client, by)
    nik = client.nik
    nik_check.lock_niks(nik)
    client.nik, client.nik_in_check = None, False
    client.search_text = build_client_search_text(client)
    db.session.flush()
    nik_check.release_nik(client, nik, reason=reason)
    return client


def archive_duplicate(client: Client, *, reason: str, by: Actor) -> Client:
    """Archive a second record of one person; `reason` is stored only with the notices."""
    get_transition(CLIENT_TRANSITIONS, "archive_duplicate").check_allowed(client)
    rules.require_editable(client, by)
    nik_check.require_can_settle_nik(client, by)
    client.archived_at = clock.now()
    db.session.flush()
    resolve_notices(NoticeKind.nik_to_check, client, reason=reason)
    _refresh_search_text(client.household)
    return client


def create_household(data: Mapping[str, Any], *, by: Actor) -> Household:
    """Create a household; each member's own record says who belongs to it."""
    return update_household(Household(), data, by=by)


def update_household(household: Household, data: Mapping[str, Any], *, by: Actor) -> Household:
    """Change address or family card of a household.

    They are also the details of members without their own, so `client_details_changed` is sent for these.
    """
    rules.require_editable(household, by)
    values = rules.normalize_values(data)
    merged = MergedValues(household, values)
    if not any((merged.address, merged.no_kk, merged.kelurahan, merged.outside_address)):
        raise PortalError(_("Write the address or the No. KK."), field="address")
    shared = _list_changed_shared_details(household, values)
    assign(household, values)
    with db.session.no_autoflush:
        household.search_text = build_household_search_text(household)
    _save(household)
    for member, columns in shared:
        signals.client_details_changed.send(member, columns=columns, by=by)
    return household


def archive_household(household: Household, *, by: Actor) -> Household:
    """Archive a household; raise `Conflict` while the user sees a member in use."""
    get_transition(HOUSEHOLD_TRANSITIONS, "archive").check_allowed(household)
    rules.require_editable(household, by)
    rules.require_no_members(household, by)
    household.archived_at = clock.now()
    db.session.flush()
    return household


def restore_household(household: Household, *, by: Actor) -> Household:
    """Restore an archived household."""
    get_transition(HOUSEHOLD_TRANSITIONS, "restore").check_allowed(household)
    rules.require_editable(household, by)
    household.archived_at = None
    db.session.flush()
    return household


def record_consent(data: Mapping[str, Any], *, by: Actor) -> Consent:
    """Create a consent; day and text version default to today and the form used now."""
    defaults = {"given_on": clock.today(), "text_version": CONSENT_TEXT_VERSION}
    given_values = {name: value for name, value in data.items() if value is not None}
    rules.require_personal_details(given_values["client"], by, "client")
    consent = _save_consent(Consent(), {**defaults, **given_values})
    signals.consent_given.send(consent, by=by)
    return consent


def update_consent(consent: Consent, data: Mapping[str, Any], *, by: Actor) -> Consent:
    """Correct a consent in force; raise `Conflict` if it was withdrawn."""
    if consent.withdrawn_at:
        raise Conflict(_("This consent was withdrawn and can no longer be changed."))
    rules.require_editable(consent.client, by)
    rules.require_personal_details(consent.client, by, None)
    return _save_consent(consent, data)


def withdraw_consent(consent: Consent, *, by: Actor, reason: str) -> Consent:
    """Withdraw a consent and store why."""
    get_transition(CONSENT_TRANSITIONS, "withdraw").check_allowed(consent)
    if not (reason or "").strip():
        raise PortalError(_("Say why the consent is withdrawn."), field="reason")
    rules.require_editable(consent.client, by)
    rules.require_personal_details(consent.client, by, "reason")
    # Before the consent is locked: sending a referral also locks the case first, so there is no deadlock.
    signals.consent_withdrawn.send(consent, by=by)
    consent.withdrawn_at = clock.now()
    consent.withdrawal_reason = reason
    db.session.flush()
    return consent


def _save_client(client: Client, data: Mapping[str, Any], by: Actor) -> Client:
    old_household = client.household
    values = rules.normalize_values(data)
    for name, default in _DEFAULTS.items():
        if name in values and values[name] is None:
            values[name] = default
    changed_details = _list_changed_details(client, values, by)
    merged = MergedValues(client, values)
    _require_joinable(old_household, merged.household, by)
    old_nik, is_new_nik = client.nik, merged.nik != client.nik
    hidden_holders: list[Client] = []
    if is_new_nik:
        nik_check.lock_niks(old_nik, merged.nik)
        hidden_holders = nik_check.refuse_visible_holder(client, merged.nik, by)
        values["nik_in_check"] = bool(hidden_holders)
    rules.require_single_head(client, merged.household, merged.household_role)
    rules.check_identity(merged)
    rules.check_decile(merged.dtsen_decile)
    rules.require_mismatch_reason(merged)
    if not merged.name and not client.system_number:
        year = clock.current_year()
        values["system_number"] = f"{year}-{allocate_number(UNIDENTIFIED_NUMBER_SERIES, year):03d}"
    assign(client, values)
    client.search_text = build_client_search_text(client)
    _save(client)
    if is_new_nik:
        nik_check.release_nik(client, old_nik)
        nik_check.notify_shared_nik(client, hidden_holders)
    _refresh_search_text(client.household)
    if old_household is not client.household:
        _refresh_search_text(old_household)
    if changed_details:
        signals.client_details_changed.send(client, columns=changed_details, by=by)
    return client


def _require_joinable(before: Household | None, after: Household | None, by: Actor) -> None:
    """Refuse a new member where an edit restriction protects another one.

    A user who sees one member can read the address of the household.
    """
    if after is not None and after is not before:
        rules.require_editable(after, by)


def _list_changed_details(client: Client, values: Mapping[str, Any], by: Actor) -> list[str]:
    """Return the personal details that change; refuse users who may not read them."""
    if client not in db.session:
        return []
    submitted = [name for name in PERSONAL_DETAILS if name in values]
    changed = [name for name in submitted if (values[name] or None) != (getattr(client, name) or None)]
    if changed:
        rules.require_personal_details(client, by, changed[0])
    return changed


def _list_changed_shared_details(
    household: Household, values: Mapping[str, Any]
) -> list[tuple[Client, list[str]]]:
    """Pair each member with the personal details that change with the household's."""
    submitted = [name for name in (*ADDRESS_COLUMNS, "no_kk") if name in values]
    changed = [name for name in submitted if (values[name] or None) != (getattr(household, name) or None)]
    if household not in db.session or not changed:
        return []
    members = select(Client).where(Client.household_id == household.id).order_by(Client.id)
    pairs = [
        (member, [name for name in changed if _is_shared(member, household, name)])
        for member in db.session.scalars(members)
    ]
    return [(member, columns) for member, columns in pairs if columns]


def _is_shared(member: Client, household: Household, name: str) -> bool:
    """Return whether the member has no value other than the household's; addresses compare as a whole."""
    names = ("address", "outside_address") if name in ADDRESS_COLUMNS else (name,)
    return all(getattr(member, column) in (None, getattr(household, column)) for column in names)


def _save_consent(consent: Consent, data: Mapping[str, Any]) -> Consent:
    merged = MergedValues(consent, data)
    if merged.given_on > clock.today():
        raise PortalError(_("The day of consent is in the future."), field="given_on")
    if merged.method is ConsentMethod.exception and not merged.exception_reason:
        raise PortalError(_("Say why there is no consent yet."), field="exception_reason")
    if merged.method is ConsentMethod.guardian and not merged.given_by:
        raise PortalError(_("Write the name of the parent or guardian."), field="given_by")
    assign(consent, data)
    _save(consent)
    return consent


def _refresh_search_text(household: Household | None) -> None:
    """Update the search text of the household, which contains the name of its present head."""
    if household is None:
        return
    db.session.expire(household, ["head"])
    text = build_household_search_text(household)
    if household.search_text != text:
        household.search_text = text
        db.session.flush()


def _save(item: Entity) -> None:
    db.session.add(item)
    db.session.flush()
