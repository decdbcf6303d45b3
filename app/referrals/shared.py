"""What leaves the house with a referral: of client and case what was ticked, and nothing else."""

from collections.abc import Callable, Iterator
from datetime import time, timedelta
from typing import NamedTuple

from flask_babel import gettext as _
from sqlalchemy import select

from app.cases.models import Assessment, Service
from app.clients.choices import SafeToContact
from app.clients.models import Client
from app.core import clock, display
from app.core.actor import Actor
from app.core.masking import mask_for
from app.extensions import db
from app.referrals.choices import SharedField
from app.referrals.models import Referral

MOST_SERVICES = 10
PERSONAL = (SharedField.no_kk, SharedField.address, SharedField.phone, SharedField.guardian)
"""What is read of a client of an open limited case by those alone who read the personal details."""


class Fact(NamedTuple):
    """One thing that the partner is told."""

    field: SharedField
    label: str
    text: str
    long: bool = False
    """Whether it is prose: a letter gives it a paragraph of its own."""


def shared_facts(referral: Referral) -> list[Fact]:
    """Give what the partner sees, in the order of the letter."""
    return [fact for field in referral.shared for fact in _TELL[field](referral)]


def facts_for(referral: Referral, user: Actor, *, details: bool) -> list[Fact]:
    """Give what the partner sees as this user may read it on the desk and on the letter.

    `details`: whether the user reads the client's personal details.
    """
    return [fact._replace(text=_text_for(user, fact, details)) for fact in shared_facts(referral)]


def _text_for(user: Actor, fact: Fact, details: bool) -> str:
    if fact.field in PERSONAL and not details:
        return str(_("not visible to you"))
    return str(mask_for(user, fact.text))


def not_shared(referral: Referral) -> list[str]:
    """Name what stays in the house."""
    return [str(field.value) for field in SharedField if field.name not in referral.shared_fields]


def until(referral: Referral) -> str | None:
    """Until when the next step is due, by its last minute: midnight would read as the next day."""
    due = referral.due_at
    if due is None:
        return None
    midnight = due.astimezone(clock.WITA).time() == time()
    return display.moment(due - timedelta(minutes=1) if midnight else due)


def _client(referral: Referral) -> Client:
    return referral.case.client


def _or_unknown(text: str | None) -> str:
    return text or display.UNKNOWN


def _identity(referral: Referral) -> Iterator[Fact]:
    client = _client(referral)
    yield Fact(SharedField.identity, _("Name"), client.label)
    if client.alias:
        yield Fact(SharedField.identity, _("Also called"), client.alias)
    if not client.name:
        yield Fact(SharedField.identity, _("Description"), _or_unknown(client.features))


def _nik(referral: Referral) -> Iterator[Fact]:
    yield Fact(SharedField.nik, _("NIK"), _or_unknown(_client(referral).nik))


def _no_kk(referral: Referral) -> Iterator[Fact]:
    yield Fact(SharedField.no_kk, _("No. KK"), _or_unknown(_client(referral).no_kk))


def _sex_and_age(referral: Referral) -> Iterator[Fact]:
    client = _client(referral)
    yield Fact(SharedField.sex_and_age, _("Sex"), str(client.sex.value))
    yield Fact(SharedField.sex_and_age, _("Age"), _or_unknown(client.age))


def _address(referral: Referral) -> Iterator[Fact]:
    yield Fact(SharedField.address, _("Address"), _or_unknown(_client(referral).place))


def _phone(referral: Referral) -> Iterator[Fact]:
    client = _client(referral)
    if client.safe_to_contact is SafeToContact.no:
        text = _("Please do not call: it could harm the client.")
    else:
        text = display.phone(client.phone) if client.phone else display.UNKNOWN
        if client.safe_to_contact is SafeToContact.ask_first:
            text += " · " + _("ask the office before you call")
    yield Fact(SharedField.phone, _("Phone"), text)


def _guardian(referral: Referral) -> Iterator[Fact]:
    client = _client(referral)
    phone = display.phone(client.guardian_phone) if client.guardian_phone else None
    yield Fact(
        SharedField.guardian,
        _("Parent or guardian"),
        _or_unknown(", ".join(filter(None, (client.guardian_name, phone)))),
    )


def _problem(referral: Referral) -> Iterator[Fact]:
    text = referral.case.presenting_problem
    yield Fact(SharedField.problem, _("Reason and short history"), text, long=True)


def _assessment(referral: Referral) -> Iterator[Fact]:
    query = (
        select(Assessment)
        .where(
            Assessment.case_id == referral.case_id,
            Assessment.happened_at <= (referral.sent_at or clock.now()),
        )
        .order_by(Assessment.happened_at.desc(), Assessment.id.desc())
    )
    newest = db.session.scalars(query.limit(1)).first()
    text = display.UNKNOWN if newest is None else newest.summary
    yield Fact(SharedField.assessment, _("Summary of the assessment"), text, long=True)


def _services(referral: Referral) -> Iterator[Fact]:
    """Which services were given and when, never what was said in them."""
    query = (
        select(Service)
        .where(Service.case_id == referral.case_id, Service.happened_at <= (referral.sent_at or clock.now()))
        .order_by(Service.happened_at.desc(), Service.id.desc())
    )
    given = [
        f"{one.kind.value} ({display.day(one.happened_at.astimezone(clock.WITA).date())})"
        for one in db.session.scalars(query.limit(MOST_SERVICES))
    ]
    text = ", ".join(reversed(given)) or display.UNKNOWN
    yield Fact(SharedField.services, _("What the office has done"), text, long=True)


_TELL: dict[SharedField, Callable[[Referral], Iterator[Fact]]] = {
    SharedField.identity: _identity,
    SharedField.nik: _nik,
    SharedField.no_kk: _no_kk,
    SharedField.sex_and_age: _sex_and_age,
    SharedField.address: _address,
    SharedField.phone: _phone,
    SharedField.guardian: _guardian,
    SharedField.problem: _problem,
    SharedField.assessment: _assessment,
    SharedField.services: _services,
}
