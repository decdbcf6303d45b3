"""Model view of referrals with named queues and the overview page: the second custom view."""

from typing import Any, NamedTuple

from flask import abort, request
from flask_babel import lazy_gettext as _l
from flask_login import current_user
from wtforms.validators import Optional

from app.admin.base import PortalView, expose
from app.admin.declaration import BulkAction
from app.admin.detail_page import Button
from app.admin.filters import ConditionFilter
from app.admin.interface import PortalInterface
from app.admin.list_page import ListQuery
from app.admin.permissions import permission_required
from app.core import formats
from app.referrals import forms, queries
from app.referrals.forms import ReferAgain
from app.referrals.models.referral import Referral
from app.referrals.overview import build_overview
from app.referrals.policy import ReferralPolicy
from app.referrals.services import answers
from app.referrals.services.answers import (
    accept_referral,
    complete_referral,
    decline_referral,
    start_referral,
)
from app.referrals.services.disclosures import send_update
from app.referrals.services.drafts import choose_partner, draft_referral, refer_on, update_draft
from app.referrals.services.office import (
    cancel_referral,
    confirm_referral,
    dispute_referral,
    reply_to_partner,
    send_referral,
    settle_referral,
)
from app.referrals.transitions import REFERRAL_TRANSITIONS

QUEUE_LABELS = {
    "mine": _l("My turn"),
    "overdue": _l("Overdue"),
    "partner": _l("Waiting for the partner"),
    "confirm": _l("Waiting for the client's word"),
}


class Queue(NamedTuple):
    """Link of a named filter above the list, with its count."""

    label: Any
    count_text: str
    url: str
    is_current: bool


def decline_from_form(referral: Referral, *, may_refer_again: ReferAgain | None, **answer: Any) -> Referral:
    """Call `decline_referral` with the form's choice: yes, no, or empty for the default of the reason."""
    again = None if may_refer_again is None else may_refer_again is ReferAgain.yes
    return decline_referral(referral, may_refer_again=again, **answer)


def ask_document_from_form(referral: Referral, *, document: str, **answer: Any) -> Referral:
    """Call `ask_document` with the form field `document` as its text."""
    return answers.ask_document(referral, text=document, **answer)


class ReferralView(PortalView[Referral]):
    datamodel = PortalInterface(
        Referral,
        eager=("case", "client", "partner", "need_kind"),
        eager_on_detail=("case.client", "case.worker", "owner"),
    )
    policy = ReferralPolicy
    route_base = "/referrals"
    list_title = _l("Referrals")
    show_title = _l("Referral")
    add_title = _l("Draft a referral")
    edit_title = _l("Edit referral")
    list_columns = ["headline", "client", "number", "due_at", "timing", "state"]
    mobile_columns = {
        "headline": "title",
        "client": "fact",
        "due_at": "fact",
        "timing": "fact",
        "state": "end",
    }
    search_columns = ["state", "need_kind", "partner", "case", "due_at", "created_at"]
    # Only the queues are sorted by due_at; in the full list most referrals have no due time any more.
    order_columns = ["id"]
    base_order = ("id", "desc")
    show_fieldsets = [
        (_l("Referral"), {"fields": ["case", "client", "partner", "need_kind", "request", "urgency"]}),
        (
            _l("Basis and letter"),
            {
                "fields": [
                    "letter_number",
                    "consent",
                    "legal_basis",
                    "legal_reason",
                    "previous",
                    "following",
                ],
                "expanded": False,
            },
        ),
        (
            _l("Course"),
            {
                "fields": [
                    *("created_at", "sent_at", "responded_at", "started_at", "completed_at", "completed_on"),
                    *("result", "confirmed_at", "outcome", "confirmed_how", "confirmed_by"),
                    *("unreachable_reason", "declined_at", "decline_reason", "declined_by", "decline_note"),
                    *("cancelled_at", "cancelled_reason"),
                ],
                "expanded": False,
            },
        ),
    ]
    add_columns = ["case", "need_kind", "partner", "request", "urgency"]
    edit_columns = ["need_kind", "partner", "request", "urgency"]
    extra_fields = forms.EXTRA_FIELDS
    validators_columns = {"urgency": [Optional()]}
    field_width = {"need_kind": "half", "urgency": "half", "answered_by": "half", "answered_position": "half"}
    add_service = staticmethod(draft_referral)
    edit_service = staticmethod(update_draft)
    transitions = REFERRAL_TRANSITIONS
    transition_services = {
        "send": send_referral,
        "choose_partner": choose_partner,
        "accept": accept_referral,
        "start": start_referral,
        "complete": complete_referral,
        "confirm": confirm_referral,
        "dispute": dispute_referral,
        "send_update": send_update,
        "refer_on": refer_on,
        "reply": reply_to_partner,
        "ask_document": ask_document_from_form,
        "decline": decline_from_form,
        "settle": settle_referral,
        "cancel": cancel_referral,
    }
    list_template = "referrals/queue.html"
    show_template = "referrals/overview.html"
    extra_context = staticmethod(build_overview)
    preserved_query_arguments = ("queue",)
    bulk_actions = (
        BulkAction(_l("Print letters (A4)"), "LetterView.letters", ("paper", "a4")),
        BulkAction(_l("Print letters (F4)"), "LetterView.letters", ("paper", "f4")),
    )
    quick_search = True
    search_relations = ("client",)
    search_hint = _l("Number, partner, name or NIK of the client")
    option_label = "title"
    empty_hint = _l("Open a case and refer it: the portal proposes who can help.")

    @expose("/<int:pk>/", methods=["GET"])
    @permission_required("show")
    def desk(self, pk: int) -> str:
        """Show the overview page of one referral."""
        return str(self.show(pk))

    def parse_list_query(self) -> ListQuery:
        """Add the condition and the order of the requested queue."""
        query, queue = super().parse_list_query(), request.args.get("queue")
        if not queue:
            return query
        if queue not in QUEUE_LABELS:
            abort(400)
        query.filters.add_filter("id", ConditionFilter, queries.is_in_queue(queue, current_user))
        # An order that the user has chosen (_oc_) takes precedence over the order of the queue.
        if f"_oc_{type(self).__name__}" in request.args:
            return query
        return ListQuery("due_at", "asc", query.page, query.size, query.q, query.filters, query.chips)

    def list_queues(self) -> list[Queue]:
        """Return the named filters with the number of referrals that the user sees in each."""
        current = request.args.get("queue")
        counts = queries.count_queues(current_user, tuple(QUEUE_LABELS))
        page = f"page_{type(self).__name__}"
        return [
            Queue(
                label,
                formats.format_number(count),
                self.list_url(queue=None if name == current else name, **{page: None}),
                name == current,
            )
            for (name, label), count in zip(QUEUE_LABELS.items(), counts, strict=True)
        ]

    def buttons(self, item: Referral) -> list[Button]:
        """Return the buttons, without `settle` if it has no owner and `refer_on` if it was referred on."""
        hidden = {f"/{item.id}/settle"} if item.owner_id is None else set()
        hidden |= {f"/{item.id}/refer_on"} if item.following is not None else set()
        return [button for button in super().buttons(item) if not any(map(button.url.endswith, hidden))]
