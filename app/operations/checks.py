"""Domain checks of `siaga check`, in addition to those of `operations.check`."""

from collections import Counter
from collections.abc import Callable, Iterable
from typing import Any

from sqlalchemy import exists, func, select
from sqlalchemy.orm import aliased

from app.aid.models import Aid
from app.aid.services import aid as aid
from app.cases.events import event_types
from app.cases.models.case import Case
from app.cases.models.event import CaseEvent
from app.cases.services import opening
from app.clients.models.client import Client, Household
from app.clients.services import clients as clients
from app.core import clock
from app.db.number_series import NumberSeries
from app.db.search import build_search_text
from app.extensions import db
from app.grants.models.money import Commitment, Expenditure
from app.grants.models.pots import Asset, Grant
from app.grants.services.commitments import build_commitment_search_text
from app.grants.services.pots import build_asset_search_text, build_grant_search_text
from app.grants.services.spending import build_expenditure_search_text
from app.operations import book_checks, money_checks
from app.operations.check import CHECKS as CORE_CHECKS
from app.operations.check import Check, Note, build_search_check
from app.partners import services as partners
from app.partners.models import Partner, PartnerContact
from app.referrals.models.exchange import ReferralLink
from app.referrals.models.referral import Referral
from app.referrals.services import drafts, letters
from app.referrals.services.disclosures import verify_disclosures

SEARCH_TEXT_BUILDERS: dict[Any, Callable[[Any], str | None]] = {
    Client: clients.build_client_search_text,
    Household: clients.build_household_search_text,
    Partner: partners.build_partner_search_text,
    PartnerContact: partners.build_contact_search_text,
    Grant: build_grant_search_text,
    Asset: build_asset_search_text,
    Commitment: build_commitment_search_text,
    Expenditure: build_expenditure_search_text,
    Case: lambda case: build_search_text(case.number),
    Referral: drafts.build_referral_search_text,
}
"""Searchable model -> function that builds its search text."""

SEARCH_TEXT_RELATIONSHIPS: dict[Any, tuple[Any, ...]] = {
    Household: (Household.head,),
    Referral: (Referral.partner, Referral.need_kind),
}
"""Model -> relationships that its search text uses; loaded with the records, not one by one."""

NUMBERED_COLUMNS: dict[str, tuple[Any, str]] = {
    opening.CASE_NUMBER_SERIES: (Case.number, "LK3/{year}/{number:04d}"),
    aid.HANDOVER_SERIES: (Aid.handover_number, aid.HANDOVER_NUMBER_FORMAT),
    clients.UNIDENTIFIED_NUMBER_SERIES: (Client.system_number, "{year}-{number:03d}"),
    drafts.SERIES: (Referral.number, "R/{year}/{number:04d}"),
}
"""Number series -> column that holds its numbers, and their format."""


def check_numbers() -> Iterable[str]:
    """Yield numbers that were allocated but are not used, and used ones that were never allocated."""
    allocated: dict[str, set[str]] = {kind: set() for kind in NUMBERED_COLUMNS}
    for series in db.session.scalars(select(NumberSeries).where(NumberSeries.kind.in_(NUMBERED_COLUMNS))):
        number_format = NUMBERED_COLUMNS[series.kind][1]
        allocated[series.kind] |= {
            number_format.format(year=series.year, number=number) for number in range(1, series.last + 1)
        }
    for kind, (column, _format) in NUMBERED_COLUMNS.items():
        used_numbers = set(db.session.scalars(select(column).where(column.is_not(None))))
        yield from (
            f"{kind} number {number} was given out and stands nowhere"
            for number in sorted(allocated[kind] - used_numbers)
        )
        yield from (
            f"{kind} number {number} was never given out" for number in sorted(used_numbers - allocated[kind])
        )


def check_letters() -> Iterable[str]:
    """Yield the years in which allocated and used letter numbers differ in count.

    Only counts are compared, because the format of letter numbers changes over time.
    """
    query = select(Referral.sent_at).where(Referral.letter_number.is_not(None), Referral.sent_at.is_not(None))
    used_by_year = Counter(
        sent_at.astimezone(clock.WITA).year for sent_at in db.session.scalars(query) if sent_at
    )
    allocated_by_year = {
        number_series.year: number_series.last
        for number_series in db.session.scalars(select(NumberSeries).filter_by(kind=letters.SERIES))
    }
    for year in sorted(used_by_year.keys() | allocated_by_year.keys()):
        allocated, used_count = allocated_by_year.get(year, 0), used_by_year.get(year, 0)
        if allocated != used_count:
            yield f"{year}: {allocated} letter numbers were given out, {used_count} stand on letters"


def check_partner_links() -> Iterable[str]:
    """Yield links that store a token or code unhashed, or that belong to a referral which was never sent."""
    for link in db.session.scalars(select(ReferralLink).execution_options(yield_per=500)):
        hashes = (link.token_hash, link.code_hash)
        if not all(
            len(secret_hash) == 64 and set(secret_hash) <= set("0123456789abcdef") for secret_hash in hashes
        ):
            yield f"link {link.id} of referral {link.referral_id} does not keep its token and code as hashes"
    unsent = select(ReferralLink.id).join(Referral).where(Referral.sent_at.is_(None))
    yield from (
        f"link {link_id} belongs to a referral that was never sent" for link_id in db.session.scalars(unsent)
    )


def check_niks() -> Iterable[str]:
    """Yield clients whose NIK is marked as in check although no other client has it."""
    other_client = aliased(Client)
    is_shared = exists().where(
        other_client.nik == Client.nik, other_client.id != Client.id, other_client.merged_into_id.is_(None)
    )
    query = select(Client.id).where(Client.nik_in_check, ~is_shared).order_by(Client.id)
    yield from (
        f"client {client_id}: the NIK is marked as in check, but no other client has it"
        for client_id in db.session.scalars(query)
    )


def check_event_kinds() -> Iterable[str]:
    """Yield a note for each kind of case event that no package of this release registered."""
    known_codes = [event_type.code for event_type in event_types]
    query = select(CaseEvent.kind, func.count()).where(CaseEvent.kind.not_in(known_codes))
    for code, count in db.session.execute(query.group_by(CaseEvent.kind).order_by(CaseEvent.kind)):
        yield Note(
            f"{count} case events are of the kind {code}, which this release does not know:"
            " timelines show them as another event"
        )


CHECKS = (
    *CORE_CHECKS,
    *(
        Check(
            f"search text of {model.__tablename__}",
            build_search_check(model, build_text, SEARCH_TEXT_RELATIONSHIPS.get(model, ())),
        )
        for model, build_text in SEARCH_TEXT_BUILDERS.items()
    ),
    Check(book_checks.CHECK_NAME, book_checks.verify_books),
    Check("kinds of case events", check_event_kinds),
    Check("numbers", check_numbers),
    Check("NIK in check", check_niks),
    *money_checks.CHECKS,
    Check("letters", check_letters),
    Check("partner links", check_partner_links),
    Check("referral disclosures", verify_disclosures),
)
