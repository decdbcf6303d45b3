"""What may be done with clients, households and consents."""

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
"""Version of the consent form that the office hands out today."""

ADDRESS_COLUMNS = ("address", "rt", "rw", "kelurahan", "outside_address")
"""Columns that say where a household lives, and a client who has no other address."""

_DEFAULTS = {
    "identity_status": IdentityStatus.stated,
    "sex": Sex.unknown,
    "birth_date_precision": BirthDatePrecision.exact,
    "dtsen_status": DtsenStatus.not_checked,
}
"""What holds where the form says nothing."""


def build_client_search_text(client: Client) -> str | None:
    """Give what the quick search finds a client by."""
    numbers = (client.nik, client.no_kk, client.phone)
    return build_search_text(client.name, client.alias, client.system_number, numbers=numbers) or None


def build_household_search_text(household: Household) -> str | None:
    """Give what the quick search finds a household by: its head's name included."""
    head = household.head
    name = (head.name or head.system_number) if head else None
    words = (name, household.address, household.outside_address)
    return build_search_text(*words, numbers=(household.no_kk,)) or None


def register_client(data: Mapping[str, Any], *, by: Actor) -> Client:
    """Make a client; whoever comes without a name gets a number of the year."""
    return _save_client(Client(), {**_DEFAULTS, **data}, by)


def update_client(client: Client, data: Mapping[str, Any], *, by: Actor) -> Client:
    """Change what is known of a client."""
    rules.require_editable(client, by)
    return _save_client(client, data, by)


def archive_client(client: Client, *, by: Actor) -> Client:
    """Put the record away: out of the list, still readable."""
    get_transition(CLIENT_TRANSITIONS, "archive").check_allowed(client)
    rules.require_editable(client, by)
    client.archived_at = clock.now()
    db.session.flush()
    if client.nik:
        resolve_notices(NoticeKind.nik_to_check, client)
    _refresh_search_text(client.household)
    return client


def restore_client(client: Client, *, by: Actor) -> Client:
    """Take the record into use again."""
    get_transition(CLIENT_TRANSITIONS, "restore").check_allowed(client)
    rules.require_editable(client, by)
    rules.require_single_head(client, client.household, client.household_role)
    client.archived_at = None
    db.session.flush()
    _refresh_search_text(client.household)
    return client


def clear_nik(client: Client, *, reason: str, by: Actor) -> Client:
    """Take a NIK that belongs to another client out of this record; the reason stays with the notices."""
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
    """Put away a second record of one person; the reason stays with the notices."""
    get_transition(CLIENT_TRANSITIONS, "archive_duplicate").check_allowed(client)
    rules.require_editable(client, by)
    nik_check.require_can_settle_nik(client, by)
    client.archived_at = clock.now()
    db.session.flush()
    resolve_notices(NoticeKind.nik_to_check, client, reason=reason)
    _refresh_search_text(client.household)
    return client


def create_household(data: Mapping[str, Any], *, by: Actor) -> Household:
    """Make a household; each member's own record says who belongs to it."""
    return update_household(Household(), data, by=by)


def update_household(household: Household, data: Mapping[str, Any], *, by: Actor) -> Household:
    """Change address or family card of a household, and so the details of members who have no others."""
    rules.require_editable(household, by)
    values = rules.normalize_values(data)
    said = MergedValues(household, values)
    if not any((said.address, said.no_kk, said.kelurahan, said.outside_address)):
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
    """Put away a household to which nobody in use belongs any more."""
    get_transition(HOUSEHOLD_TRANSITIONS, "archive").check_allowed(household)
    rules.require_editable(household, by)
    rules.require_no_members(household, by)
    household.archived_at = clock.now()
    db.session.flush()
    return household


def restore_household(household: Household, *, by: Actor) -> Household:
    """Take the household into use again."""
    get_transition(HOUSEHOLD_TRANSITIONS, "restore").check_allowed(household)
    rules.require_editable(household, by)
    household.archived_at = None
    db.session.flush()
    return household


def record_consent(data: Mapping[str, Any], *, by: Actor) -> Consent:
    """Write down what a client agreed to."""
    unsaid = {"given_on": clock.today(), "text_version": CONSENT_TEXT_VERSION}
    said = {name: value for name, value in data.items() if value is not None}
    rules.require_personal_details(said["client"], by, "client")
    consent = _save_consent(Consent(), {**unsaid, **said})
    signals.consent_given.send(consent, by=by)
    return consent


def update_consent(consent: Consent, data: Mapping[str, Any], *, by: Actor) -> Consent:
    """Correct a consent that still holds."""
    if consent.withdrawn_at:
        raise Conflict(_("This consent was withdrawn and can no longer be changed."))
    rules.require_editable(consent.client, by)
    rules.require_personal_details(consent.client, by, None)
    return _save_consent(consent, data)


def withdraw_consent(consent: Consent, *, by: Actor, reason: str) -> Consent:
    """Take note that a consent no longer holds, and why."""
    get_transition(CONSENT_TRANSITIONS, "withdraw").check_allowed(consent)
    if not (reason or "").strip():
        raise PortalError(_("Say why the consent is withdrawn."), field="reason")
    rules.require_editable(consent.client, by)
    rules.require_personal_details(consent.client, by, "reason")
    # Before the consent is locked: who sends a referral locks the case first, too.
    signals.consent_withdrawn.send(consent, by=by)
    consent.withdrawn_at = clock.now()
    consent.withdrawal_reason = reason
    db.session.flush()
    return consent


def _save_client(client: Client, data: Mapping[str, Any], by: Actor) -> Client:
    before = client.household
    values = rules.normalize_values(data)
    for name, default in _DEFAULTS.items():
        if name in values and values[name] is None:
            values[name] = default
    changed = _list_changed_details(client, values, by)
    said = MergedValues(client, values)
    _require_joinable(before, said.household, by)
    old_nik, is_new_nik = client.nik, said.nik != client.nik
    hidden: list[Client] = []
    if is_new_nik:
        nik_check.lock_niks(old_nik, said.nik)
        hidden = nik_check.refuse_visible_holder(client, said.nik, by)
        values["nik_in_check"] = bool(hidden)
    rules.require_single_head(client, said.household, said.household_role)
    rules.check_identity(said)
    rules.check_decile(said.dtsen_decile)
    rules.require_mismatch_reason(said)
    if not said.name and not client.system_number:
        year = clock.current_year()
        values["system_number"] = f"{year}-{allocate_number(UNIDENTIFIED_NUMBER_SERIES, year):03d}"
    assign(client, values)
    client.search_text = build_client_search_text(client)
    _save(client)
    if is_new_nik:
        nik_check.release_nik(client, old_nik)
        nik_check.notify_shared_nik(client, hidden)
    _refresh_search_text(client.household)
    if before is not client.household:
        _refresh_search_text(before)
    if changed:
        signals.client_details_changed.send(client, columns=changed, by=by)
    return client


def _require_joinable(before: Household | None, after: Household | None, by: Actor) -> None:
    """Refuse a new member where an edit restriction protects another: whoever sees one reads the address."""
    if after is not None and after is not before:
        rules.require_editable(after, by)


def _list_changed_details(client: Client, values: Mapping[str, Any], by: Actor) -> list[str]:
    """Name the personal details of a stored client that change; refuse who may not read them."""
    if client not in db.session:
        return []
    said = [name for name in PERSONAL_DETAILS if name in values]
    changed = [name for name in said if (values[name] or None) != (getattr(client, name) or None)]
    if changed:
        rules.require_personal_details(client, by, changed[0])
    return changed


def _list_changed_shared_details(
    household: Household, values: Mapping[str, Any]
) -> list[tuple[Client, list[str]]]:
    """Pair each member with the personal details that change because they are the household's, too."""
    said = [name for name in (*ADDRESS_COLUMNS, "no_kk") if name in values]
    changed = [name for name in said if (values[name] or None) != (getattr(household, name) or None)]
    if household not in db.session or not changed:
        return []
    members = select(Client).where(Client.household_id == household.id).order_by(Client.id)
    pairs = [
        (member, [name for name in changed if _is_shared(member, household, name)])
        for member in db.session.scalars(members)
    ]
    return [(member, columns) for member, columns in pairs if columns]


def _is_shared(member: Client, household: Household, name: str) -> bool:
    """Return whether the member has no value but the household's; an address is compared as a whole."""
    names = ("address", "outside_address") if name in ADDRESS_COLUMNS else (name,)
    return all(getattr(member, one) in (None, getattr(household, one)) for one in names)


def _save_consent(consent: Consent, data: Mapping[str, Any]) -> Consent:
    said = MergedValues(consent, data)
    if said.given_on > clock.today():
        raise PortalError(_("The day of consent is in the future."), field="given_on")
    if said.method is ConsentMethod.exception and not said.exception_reason:
        raise PortalError(_("Say why there is no consent yet."), field="exception_reason")
    if said.method is ConsentMethod.guardian and not said.given_by:
        raise PortalError(_("Write the name of the parent or guardian."), field="given_by")
    assign(consent, data)
    _save(consent)
    return consent


def _refresh_search_text(household: Household | None) -> None:
    """Let a household be found by its present head."""
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
