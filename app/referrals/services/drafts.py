"""How a referral begins: which need, which partner, what the partner wants to see."""

from collections.abc import Iterable

from flask_babel import gettext as _
from sqlalchemy import select

from app.cases.models import Case
from app.cases.services.rules import Data, must_be_as_seen, must_be_open
from app.cases.states import EventKind
from app.core import clock
from app.core.actor import Actor
from app.core.errors import Conflict, PortalError
from app.core.files import sha256_of
from app.core.moves import move_named
from app.core.numbers import next_number
from app.core.search import search_text
from app.core.services import assign
from app.core.stored_files import discard_stored_files
from app.extensions import db
from app.partners.models import Partner, PartnerService
from app.reference.models import NeedKind
from app.referrals.models import Referral, ReferralDocument
from app.referrals.services.proposals import proposals
from app.referrals.services.rules import (
    begin,
    must_act_on,
    must_work_for,
    owner_of,
    start_clock,
    write_down,
)
from app.referrals.states import DOCUMENT_MOVES, LIVE, ReferralState

SERIES = "referral"
"""Number series of referrals."""
_WHAT = ("partner", "need_kind", "request", "urgency")


def referral_search_text(referral: Referral) -> str:
    """Give what the quick search finds a referral by."""
    return search_text(
        referral.number, referral.letter_number, referral.partner.name, referral.need_kind.name
    )


def draft_referral(data: Data, *, by: Actor, previous: Referral | None = None) -> Referral:
    """Prepare a referral; nothing leaves the house before it is sent."""
    case = data["case"]
    must_be_open(case)
    must_work_for(case.id, by)
    data = {**data, "partner": data.get("partner") or best_partner(case, data["need_kind"], by)}
    offer = offer_of(data["partner"], data["need_kind"])
    values = {name: data[name] for name in _WHAT if data.get(name) is not None}
    referral = Referral(case=case, shared_fields=[], **values)
    referral.owner_id = case.worker_id or by.actor_id
    _set_checklist(referral, offer)
    # The number comes last: its row stays locked until the end of the transaction.
    year = clock.year()
    referral.number = f"R/{year}/{next_number(SERIES, year):04d}"
    referral.search_text = referral_search_text(referral)
    db.session.add(referral)
    referral.previous = previous
    db.session.flush()
    write_down(
        referral,
        EventKind.referral_drafted,
        by=by,
        data={"previous_id": referral.previous_id},
    )
    return referral


def update_draft(referral: Referral, data: Data, *, by: Actor) -> Referral:
    """Change a draft; another partner or need brings its own checklist."""
    must_be_as_seen(referral)
    must_act_on(referral, "draft", by)
    if referral.state is not ReferralState.draft:
        raise Conflict(_("This referral has left the house: it can no longer be edited."))
    must_be_open(referral.case)
    return _change(referral, {name: data[name] for name in _WHAT if data.get(name) is not None}, by)


def _change(referral: Referral, values: Data, by: Actor) -> Referral:
    before = (referral.partner, referral.need_kind)
    after = (values.get("partner", before[0]), values.get("need_kind", before[1]))
    offer = offer_of(*after)
    changed = sorted(name for name, value in values.items() if getattr(referral, name) != value)
    if not changed:
        return referral
    assign(referral, values)
    if after != before:
        referral.search_text = referral_search_text(referral)
        _set_checklist(referral, offer)
    write_down(referral, EventKind.referral_changed, by=by, data={"fields": changed})
    return referral


def offer_of(partner: Partner, need: NeedKind) -> PartnerService:
    """Find what the partner offers for the need; refuse a partner that cannot take it now."""
    if not partner.active:
        raise PortalError(
            _("%(name)s is archived: choose another partner.", name=partner.name), field="partner"
        )
    if not partner.accepting:
        raise PortalError(
            _("%(name)s takes no new referrals at present.", name=partner.name), field="partner"
        )
    found = db.session.scalars(
        select(PartnerService).where(
            PartnerService.partner_id == partner.id, PartnerService.need_kind_id == need.id
        )
    ).first()
    if found is None:
        raise PortalError(
            _("%(name)s does not offer this kind of help: %(need)s.", name=partner.name, need=need.name),
            field="partner",
        )
    return found


def best_partner(case: Case, need: NeedKind, by: Actor) -> Partner:
    """Choose the partner that the portal proposes first."""
    found = proposals(case, need.id, 1, by=by)
    if not found:
        raise PortalError(
            _("No partner that takes referrals offers this: name one, or add what a partner offers."),
            field="partner",
        )
    return found[0].partner


def _set_checklist(referral: Referral, offer: PartnerService) -> None:
    """Ask for what this partner wants to see; what is at hand already stays, the files of the rest go."""
    wanted = list(dict.fromkeys(_lines(offer.required_documents or "")))
    kept = {document.title: document for document in referral.documents}
    dropped = [document.file for title, document in kept.items() if title not in wanted]
    referral.documents = [kept.get(title) or ReferralDocument(title=title) for title in wanted]
    discard_stored_files(dropped)


def _lines(text: str) -> Iterable[str]:
    return filter(None, (" ".join(line.split())[:200] for line in text.splitlines()))


def choose_partner(referral: Referral, *, partner: Partner, by: Actor) -> Referral:
    """Let a draft go to another partner, with its own checklist."""
    begin(referral, "choose_partner", by)
    return _change(referral, {"partner": partner}, by)


def refer_on(referral: Referral, *, by: Actor, partner: Partner | None = None) -> Referral:
    """Draft the next referral of the same need to another partner, linked to this one."""
    begin(referral, "refer_on", by)
    if referral.following is not None:
        raise Conflict(
            _("This referral was referred on already."),
            link=(f"/referrals/{referral.following.id}/", referral.following.number),
        )
    data = {
        "case": referral.case,
        "partner": partner,
        **{name: getattr(referral, name) for name in _WHAT[1:]},
    }
    made = draft_referral(data, by=by, previous=referral)
    made.shared_fields = list(referral.shared_fields)
    at_hand = {document.title: document for document in referral.documents}
    for document in made.documents:
        if (old := at_hand.get(document.title)) is not None:
            document.file, document.sha256, document.on_paper = old.file, old.sha256, old.on_paper
    referral.owner_id = None
    start_clock(referral, None)
    db.session.flush()
    return made


def attach_document(document: ReferralDocument, *, file: str, by: Actor) -> ReferralDocument:
    """Put a file behind an entry of the checklist."""
    _begin(document, "attach", by)
    document.file, document.sha256 = file, sha256_of(file)
    document.waived_reason = None
    return _settled(document, by)


def enclose_document(document: ReferralDocument, *, by: Actor) -> ReferralDocument:
    """Note that the document goes with the letter, on paper."""
    _begin(document, "enclose", by)
    document.on_paper, document.waived_reason = True, None
    return _settled(document, by)


def waive_document(document: ReferralDocument, *, waived_reason: str, by: Actor) -> ReferralDocument:
    """Let it go without this document, and say why: no identity is an allowed value."""
    _begin(document, "waive", by)
    document.waived_reason = waived_reason
    return _settled(document, by)


def _begin(document: ReferralDocument, name: str, by: Actor) -> None:
    must_be_as_seen(document.referral)
    must_act_on(document.referral, name, by)
    move_named(DOCUMENT_MOVES, name).check(document)
    if document.referral.state.name not in LIVE:
        raise Conflict(_("This referral is over: its checklist stays as it is."))


def _settled(document: ReferralDocument, by: Actor) -> ReferralDocument:
    """Give the turn back to the partner that waited for it, once nothing is missing."""
    referral = document.referral
    if referral.state is not ReferralState.draft and referral.state is not ReferralState.completed:
        missing = any(one.is_missing for one in referral.documents)
        referral.owner_id = owner_of(referral, by) if missing else None
    db.session.flush()
    return document
