"""The queue of referrals and the desk of one: the second custom view."""

from typing import Any, NamedTuple

from flask import abort, request
from flask_appbuilder import expose
from flask_babel import lazy_gettext as _l
from flask_login import current_user
from wtforms.validators import Optional

from app.core import display
from app.core.views import PortalInterface, PortalView
from app.core.views.base import Bulk
from app.core.views.filters import Chosen
from app.core.views.guard import allowed
from app.core.views.lists import Ask
from app.core.views.showing import Button
from app.referrals import access, forms, queries, services
from app.referrals.desk import desk
from app.referrals.forms import Again
from app.referrals.models import Referral
from app.referrals.states import REFERRAL_MOVES

QUEUES = {
    "mine": _l("My turn"),
    "overdue": _l("Overdue"),
    "partner": _l("Waiting for the partner"),
    "confirm": _l("Waiting for the client's word"),
}


class Queue(NamedTuple):
    """One named filter above the list."""

    label: Any
    number: str
    url: str
    current: bool


def decline(referral: Referral, *, may_refer_again: Again | None, **said: Any) -> Referral:
    """Read the three ways to answer: yes, no, as usual."""
    again = None if may_refer_again is None else may_refer_again is Again.yes
    return services.decline_referral(referral, may_refer_again=again, **said)


def ask_document(referral: Referral, *, document: str, **said: Any) -> Referral:
    """Hand the verb what the partner wants to see."""
    return services.ask_document(referral, text=document, **said)


class ReferralView(PortalView):
    datamodel = PortalInterface(
        Referral,
        eager=("case", "client", "partner", "need_kind"),
        alone=("case.client", "case.worker", "owner"),
    )
    route_base = "/referrals"
    list_title = _l("Referrals")
    show_title = _l("Referral")
    add_title = _l("Draft a referral")
    edit_title = _l("Edit referral")
    label_columns = forms.LABELS | {
        "number": _l("No."),
        "headline": _l("Need and partner"),
        "case": _l("Case"),
        "client": _l("Client"),
        "need_kind": _l("Need"),
        "request": _l("What the partner is asked to do"),
        "urgency": _l("Urgency"),
        "state": _l("State"),
        "due_at": _l("Due"),
        "timing": _l("Time left"),
        "responsible": _l("Responsible in the office"),
        "letter_number": _l("Number of the letter"),
        "consent": _l("Consent it was sent on"),
        "legal_reason": _l("Reason of the legal basis"),
        "sent_at": _l("Sent at"),
        "responded_at": _l("First answer at"),
        "started_at": _l("Begun at"),
        "completed_at": _l("Told to be done at"),
        "completed_on": _l("Done on"),
        "result": _l("What was done"),
        "confirmed_at": _l("Confirmed at"),
        "outcome": _l("What the client says"),
        "confirmed_how": _l("How the client was asked"),
        "confirmed_by": _l("Who said so"),
        "unreachable_reason": _l("What was tried"),
        "declined_at": _l("Declined at"),
        "decline_reason": _l("Why it is declined"),
        "declined_by": _l("Who declines"),
        "decline_note": _l("What was said"),
        "cancelled_at": _l("Cancelled at"),
        "cancelled_reason": _l("Why it was cancelled"),
        "previous": _l("Follows"),
        "following": _l("Referred on by"),
        "created_at": _l("Drafted at"),
    }
    description_columns = {
        "case": _l("Type the number of the case."),
        "need_kind": _l("One need for each referral; another need is another referral."),
        "partner": _l("Empty: the one that offers it, covers the kelurahan and answers fastest."),
        "request": _l("One or two sentences: what, for whom, by when. It always goes out."),
        "legal_basis": _l("Empty: the client's consent to share data counts."),
        "completed_on": _l("The day on which the partner did it."),
        "confirmed_how": _l("For example: home visit, phone."),
        "confirmed_by": _l("For example: the client, the mother."),
    }
    list_columns = ["headline", "client", "number", "due_at", "timing", "state"]
    card = {
        "headline": "title",
        "client": "fact",
        "due_at": "fact",
        "timing": "fact",
        "state": "end",
    }
    search_columns = ["state", "need_kind", "partner", "case", "due_at", "created_at"]
    # By what is due the queues are sorted; in the whole list most referrals are due no more.
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
    extra_fields = forms.EXTRA
    validators_columns = {"urgency": [Optional()]}
    field_width = {"need_kind": "half", "urgency": "half", "answered_by": "half", "answered_position": "half"}
    visible_to = staticmethod(access.visible_to)
    may_edit = staticmethod(access.may_edit)
    may_move = staticmethod(access.may_move)
    explain_refusal = staticmethod(access.act_refusal)
    add_verb = staticmethod(services.draft_referral)
    edit_verb = staticmethod(services.update_draft)
    moves = REFERRAL_MOVES
    move_verbs = {
        "send": services.send_referral,
        "choose_partner": services.choose_partner,
        "accept": services.accept_referral,
        "start": services.start_referral,
        "complete": services.complete_referral,
        "confirm": services.confirm_referral,
        "dispute": services.dispute_referral,
        "send_update": services.send_update,
        "refer_on": services.refer_on,
        "reply": services.reply_to_partner,
        "ask_document": ask_document,
        "decline": decline,
        "settle": services.settle_referral,
        "cancel": services.cancel_referral,
    }
    list_template = "referrals/queue.html"
    show_template = "referrals/desk.html"
    extras = staticmethod(desk)
    kept_arguments = ("queue",)
    bulk = (
        Bulk(_l("Print letters (A4)"), "LetterView.letters", ("paper", "a4")),
        Bulk(_l("Print letters (F4)"), "LetterView.letters", ("paper", "f4")),
    )
    quick_search = True
    search_through = ("client",)
    search_hint = _l("Number, partner, name or NIK of the client")
    option_label = "title"
    empty_hint = _l("Open a case and refer it: the portal proposes who can help.")

    @expose("/<int:pk>/", methods=["GET"])
    @allowed("show")
    def desk(self, pk: int) -> str:
        """Everything about one referral, and what this user may do with it now."""
        return str(self.show(pk))

    def _ask(self) -> Ask:
        ask, name = super()._ask(), request.args.get("queue")
        if not name:
            return ask
        if name not in QUEUES:
            abort(400)
        ask.filters.add_filter("id", Chosen, queries.in_queue(name, current_user))
        if f"_oc_{type(self).__name__}" in request.args:
            return ask
        return Ask("due_at", "asc", ask.page, ask.size, ask.q, ask.filters, ask.chips)

    def queues(self) -> list[Queue]:
        """The named filters, each with how many referrals stand in it."""
        now = request.args.get("queue")
        counts = queries.queue_counts(current_user, tuple(QUEUES))
        page = f"page_{type(self).__name__}"
        return [
            Queue(
                label,
                display.number(count),
                self.url_with(queue=None if name == now else name, **{page: None}),
                name == now,
            )
            for (name, label), count in zip(QUEUES.items(), counts, strict=True)
        ]

    def buttons(self, item: Referral) -> list[Button]:
        """Edit and the moves; what was referred on already, or left at that, is not offered again."""
        over = {f"/{item.id}/settle"} if item.owner_id is None else set()
        over |= {f"/{item.id}/refer_on"} if item.following is not None else set()
        return [one for one in super().buttons(item) if not any(map(one.url.endswith, over))]
