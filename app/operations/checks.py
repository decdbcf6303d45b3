"""What `siaga check` asks beside the questions of `core.operations.check`: those that know the rooms."""

from collections import Counter
from collections.abc import Callable, Iterable
from typing import Any

from sqlalchemy import exists, select
from sqlalchemy.orm import aliased

from app.aid.models import Aid
from app.aid.services import aid as aid
from app.cases.models.case import Case
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
from app.operations.check import Check, build_search_check
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
"""How the search text of each searchable model is made."""

SEARCH_TEXT_RELATIONSHIPS: dict[Any, tuple[Any, ...]] = {
    Household: (Household.head,),
    Referral: (Referral.partner, Referral.need_kind),
}
"""What a search text is made of beside its own record: read with it, not one by one."""

NUMBERED_COLUMNS: dict[str, tuple[Any, str]] = {
    opening.CASE_NUMBER_SERIES: (Case.number, "LK3/{year}/{number:04d}"),
    aid.HANDOVER_SERIES: (Aid.handover_number, aid.HANDOVER_NUMBER_FORMAT),
    clients.UNIDENTIFIED_NUMBER_SERIES: (Client.system_number, "{year}-{number:03d}"),
    drafts.SERIES: (Referral.number, "R/{year}/{number:04d}"),
}
"""Where the numbers of each series stand, and how they are written."""


def check_numbers() -> Iterable[str]:
    """Tell which numbers stand nowhere though they were given out, and which were never given out."""
    given: dict[str, set[str]] = {kind: set() for kind in NUMBERED_COLUMNS}
    for series in db.session.scalars(select(NumberSeries).where(NumberSeries.kind.in_(NUMBERED_COLUMNS))):
        shape = NUMBERED_COLUMNS[series.kind][1]
        given[series.kind] |= {
            shape.format(year=series.year, number=number) for number in range(1, series.last + 1)
        }
    for kind, (column, _shape) in NUMBERED_COLUMNS.items():
        used = set(db.session.scalars(select(column).where(column.is_not(None))))
        yield from (
            f"{kind} number {number} was given out and stands nowhere"
            for number in sorted(given[kind] - used)
        )
        yield from (f"{kind} number {number} was never given out" for number in sorted(used - given[kind]))


def check_letters() -> Iterable[str]:
    """Tell in which years not every number of a letter stands on one; how it is written changes over time."""
    sent = select(Referral.sent_at).where(Referral.letter_number.is_not(None), Referral.sent_at.is_not(None))
    used = Counter(moment.astimezone(clock.WITA).year for moment in db.session.scalars(sent) if moment)
    series = {
        one.year: one.last for one in db.session.scalars(select(NumberSeries).filter_by(kind=letters.SERIES))
    }
    for year in sorted(used.keys() | series.keys()):
        given, standing = series.get(year, 0), used.get(year, 0)
        if given != standing:
            yield f"{year}: {given} letter numbers were given out, {standing} stand on letters"


def check_partner_links() -> Iterable[str]:
    """Tell which links carry something that is no hash, or still work though nothing left the house."""
    for link in db.session.scalars(select(ReferralLink).execution_options(yield_per=500)):
        hashes = (link.token_hash, link.code_hash)
        if not all(len(one) == 64 and set(one) <= set("0123456789abcdef") for one in hashes):
            yield f"link {link.id} of referral {link.referral_id} does not keep its token and code as hashes"
    unsent = select(ReferralLink.id).join(Referral).where(Referral.sent_at.is_(None))
    yield from (f"link {key} belongs to a referral that was never sent" for key in db.session.scalars(unsent))


def check_niks() -> Iterable[str]:
    """Tell which clients are marked as sharing a NIK and share it with nobody."""
    other = aliased(Client)
    shared = exists().where(other.nik == Client.nik, other.id != Client.id, other.merged_into_id.is_(None))
    alone = select(Client.id).where(Client.nik_in_check, ~shared).order_by(Client.id)
    yield from (
        f"client {key}: the NIK is marked as in check, but no other client has it"
        for key in db.session.scalars(alone)
    )


CHECKS = (
    *CORE_CHECKS,
    *(
        Check(
            f"search text of {model.__tablename__}",
            build_search_check(model, made, SEARCH_TEXT_RELATIONSHIPS.get(model, ())),
        )
        for model, made in SEARCH_TEXT_BUILDERS.items()
    ),
    Check(book_checks.CHECK_NAME, book_checks.verify_books),
    Check("numbers", check_numbers),
    Check("NIK in check", check_niks),
    *money_checks.CHECKS,
    Check("letters", check_letters),
    Check("partner links", check_partner_links),
    Check("referral disclosures", verify_disclosures),
)
