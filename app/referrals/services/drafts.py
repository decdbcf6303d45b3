"""Services of drafts and of the document checklist, and the choice of the partner."""

from collections.abc import Iterable

from flask_babel import gettext as _
from sqlalchemy import select

from app.cases.models.case import Case
from app.cases.services.rules import require_open_case
from app.core import clock
from app.core.actor import Actor
from app.core.errors import Conflict, PortalError
from app.core.files import compute_sha256
from app.core.records import RecordLink, RecordRef
from app.core.transitions import get_transition
from app.db.number_series import allocate_number
from app.db.records import FormData, assign, lock_and_check_version
from app.db.search import build_search_text
from app.db.stored_files import discard_stored_files
from app.extensions import db
from app.partners.models import Partner, PartnerService
from app.reference.models import NeedKind
from app.referrals.enums import ReferralState
from app.referrals.event_types import REFERRAL_CHANGED, REFERRAL_DRAFTED
from app.referrals.models.exchange import ReferralDocument
from app.referrals.models.referral import Referral
from app.referrals.services.proposals import list_proposals
from app.referrals.services.rules import (
    begin_transition,
    choose_owner_id,
    record_referral_event,
    require_can_act,
    require_case_access,
    start_clock,
)
from app.referrals.transitions import DOCUMENT_TRANSITIONS, LIVE_STATES

SERIES = "referral"
"""Name of the number series of referrals."""
_DRAFT_COLUMNS = ("partner", "need_kind", "request", "urgency")


def build_referral_search_text(referral: Referral) -> str:
    """Build the text that the quick search matches: numbers, partner and kind of need."""
    return build_search_text(
        referral.number, referral.letter_number, referral.partner.name, referral.need_kind.name
    )


def draft_referral(data: FormData, *, by: Actor, previous: Referral | None = None) -> Referral:
    """Create a draft with number and checklist; without a partner in `data` the best one is chosen.

    The draft discloses nothing to the partner. `previous` is the referral that it follows. Raises PortalError
    if no partner offers the need now, and Forbidden if `by` may not act in the case.
    """
    case = data["case"]
    require_open_case(case)
    require_case_access(case.id, by)
    data = {**data, "partner": data.get("partner") or find_best_partner(case, data["need_kind"], by)}
    offer = require_offer(data["partner"], data["need_kind"])
    values = {name: data[name] for name in _DRAFT_COLUMNS if data.get(name) is not None}
    referral = Referral(case=case, shared_fields=[], **values)
    referral.owner_id = case.worker_id or by.actor_id
    _set_checklist(referral, offer)
    # The number is allocated last, because its row stays locked until the end of the transaction.
    year = clock.current_year()
    referral.number = f"R/{year}/{allocate_number(SERIES, year):04d}"
    referral.search_text = build_referral_search_text(referral)
    db.session.add(referral)
    referral.previous = previous
    db.session.flush()
    record_referral_event(
        referral,
        REFERRAL_DRAFTED,
        by=by,
        data={"previous_id": referral.previous_id},
    )
    return referral


def update_draft(referral: Referral, data: FormData, *, by: Actor) -> Referral:
    """Update a draft; a change of partner or need replaces the checklist.

    Raises Conflict if the form is out of date or the referral is no longer a draft.
    """
    lock_and_check_version(referral)
    require_can_act(referral, "draft", by)
    if referral.state is not ReferralState.draft:
        raise Conflict(_("This referral has left the house: it can no longer be edited."))
    require_open_case(referral.case)
    return _apply_changes(
        referral, {name: data[name] for name in _DRAFT_COLUMNS if data.get(name) is not None}, by
    )


def _apply_changes(referral: Referral, values: FormData, by: Actor) -> Referral:
    before = (referral.partner, referral.need_kind)
    after = (values.get("partner", before[0]), values.get("need_kind", before[1]))
    offer = require_offer(*after)
    changed = sorted(name for name, value in values.items() if getattr(referral, name) != value)
    if not changed:
        return referral
    assign(referral, values)
    if after != before:
        referral.search_text = build_referral_search_text(referral)
        _set_checklist(referral, offer)
    record_referral_event(referral, REFERRAL_CHANGED, by=by, data={"fields": changed})
    return referral


def require_offer(partner: Partner, need_kind: NeedKind) -> PartnerService:
    """Return the service that the partner offers for the need.

    Raises PortalError if it has none, is archived or takes no new referrals.
    """
    if not partner.active:
        raise PortalError(
            _("%(name)s is archived: choose another partner.", name=partner.name), field="partner"
        )
    if not partner.accepting:
        raise PortalError(
            _("%(name)s takes no new referrals at present.", name=partner.name), field="partner"
        )
    offer = db.session.scalars(
        select(PartnerService).where(
            PartnerService.partner_id == partner.id, PartnerService.need_kind_id == need_kind.id
        )
    ).first()
    if offer is None:
        raise PortalError(
            _("%(name)s does not offer this kind of help: %(need)s.", name=partner.name, need=need_kind.name),
            field="partner",
        )
    return offer


def find_best_partner(case: Case, need_kind: NeedKind, by: Actor) -> Partner:
    """Return the first partner of `list_proposals`; raise PortalError if there is none."""
    proposals = list_proposals(case, need_kind.id, 1, by=by)
    if not proposals:
        raise PortalError(
            _("No partner that takes referrals offers this: name one, or add what a partner offers."),
            field="partner",
        )
    return proposals[0].partner


def _set_checklist(referral: Referral, offer: PartnerService) -> None:
    """Set the checklist to the required documents; keep those present, discard the files of the others."""
    titles = list(dict.fromkeys(_split_lines(offer.required_documents or "")))
    existing = {document.title: document for document in referral.documents}
    discarded_files = [document.file for title, document in existing.items() if title not in titles]
    referral.documents = [existing.get(title) or ReferralDocument(title=title) for title in titles]
    discard_stored_files(discarded_files)


def _split_lines(text: str) -> Iterable[str]:
    return filter(None, (" ".join(line.split())[:200] for line in text.splitlines()))


def choose_partner(referral: Referral, *, partner: Partner, by: Actor) -> Referral:
    """Change the partner of a draft; the checklist is replaced."""
    begin_transition(referral, "choose_partner", by)
    return _apply_changes(referral, {"partner": partner}, by)


def refer_on(referral: Referral, *, by: Actor, partner: Partner | None = None) -> Referral:
    """Draft a referral of the same need to another partner and link it as following this one.

    Shared fields and documents with the same title are copied. Raises Conflict if one follows already.
    """
    begin_transition(referral, "refer_on", by)
    if referral.following is not None:
        raise Conflict(
            _("This referral was referred on already."),
            link=RecordLink(RecordRef(Referral, referral.following.id, "desk"), referral.following.number),
        )
    data = {
        "case": referral.case,
        "partner": partner,
        **{name: getattr(referral, name) for name in _DRAFT_COLUMNS[1:]},
    }
    new_referral = draft_referral(data, by=by, previous=referral)
    new_referral.shared_fields = list(referral.shared_fields)
    existing = {document.title: document for document in referral.documents}
    for document in new_referral.documents:
        if (source := existing.get(document.title)) is not None:
            document.file, document.sha256, document.on_paper = source.file, source.sha256, source.on_paper
    referral.owner_id = None
    start_clock(referral, None)
    db.session.flush()
    return new_referral


def attach_document(document: ReferralDocument, *, file: str, by: Actor) -> ReferralDocument:
    """Attach a file to a document of the checklist; this ends a waiver."""
    _begin_document_transition(document, "attach", by)
    document.file, document.sha256 = file, compute_sha256(file)
    document.waived_reason = None
    return _update_owner(document, by)


def enclose_document(document: ReferralDocument, *, by: Actor) -> ReferralDocument:
    """Mark the document as enclosed on paper with the letter; this ends a waiver."""
    _begin_document_transition(document, "enclose", by)
    document.on_paper, document.waived_reason = True, None
    return _update_owner(document, by)


def waive_document(document: ReferralDocument, *, waived_reason: str, by: Actor) -> ReferralDocument:
    """Waive the document with a reason, for example that the client has no identity papers."""
    _begin_document_transition(document, "waive", by)
    document.waived_reason = waived_reason
    return _update_owner(document, by)


def _begin_document_transition(document: ReferralDocument, name: str, by: Actor) -> None:
    lock_and_check_version(document.referral)
    require_can_act(document.referral, name, by)
    get_transition(DOCUMENT_TRANSITIONS, name).check_allowed(document)
    if document.referral.state.name not in LIVE_STATES:
        raise Conflict(_("This referral is over: its checklist stays as it is."))


def _update_owner(document: ReferralDocument, by: Actor) -> ReferralDocument:
    """Give the turn back to the partner once no document is missing; else keep it in the office."""
    referral = document.referral
    if referral.state is not ReferralState.draft and referral.state is not ReferralState.completed:
        is_incomplete = any(item.is_missing for item in referral.documents)
        referral.owner_id = choose_owner_id(referral, by) if is_incomplete else None
    db.session.flush()
    return document
