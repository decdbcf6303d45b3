"""Pages of the money in a grant: what came in, what is reserved, what was spent."""

from collections.abc import Mapping
from typing import Any

from flask import abort
from flask_appbuilder import expose
from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from markupsafe import Markup
from wtforms.validators import Optional

from app.cases.models import Case
from app.core import clock
from app.core.forms.fields import DayField
from app.core.moves import Move
from app.core.views import PortalInterface, PortalView
from app.core.views.access_log import log_refused
from app.core.views.guard import allowed, may
from app.grants import access, services
from app.grants.models import Commitment, Disbursement
from app.grants.states import COMMITMENT_MOVES, DISBURSEMENT_MOVES

GRANT = _l("Grant")
CASE = _l("Case")
AMOUNT = _l("Amount")
PURPOSE = _l("Purpose")
REASON = _l("Reason")
LATE = _l("Why it is posted late")
LATE_HINT = _l("Only when the fiscal year of the grant is over.")
AMOUNT_HINT = _l("Whole rupiah, for example 2.000.000.")
NO_NAMES = _l("In a few words. Whoever reads the money reads this: write no names.")
CASE_HINT = _l("Type the number of the case or the client's name. Lists of money show the number alone.")

SPENT_ON = DayField(_l("Spent on"), default=clock.today, validators=[Optional()])


class OfCase(PortalView):
    """Amounts whose case may be hidden from whoever reads the money."""

    def cell(self, item: Any, name: str, value: Any, hidden: Any, *, mask: bool = True) -> Markup:
        """Keep quiet about what was bought for a case that the user may not see."""
        if _tells_of(name, item, hidden):
            return _not_visible()
        return super().cell(item, name, value, hidden, mask=mask)

    def fact(self, item: Any, name: str, value: Any, hidden: Any) -> Markup:
        """The same for what is told at length, and for the receipt; who files receipts may look at them."""
        if _tells_of(name, item, hidden) or (name == "evidence" and not self._may_open(item)):
            return _not_visible()
        return super().fact(item, name, value, hidden)

    def prefilled(self, move: Move, item: Any) -> Mapping[str, Any]:
        """Keep quiet in the forms, too."""
        hidden = self.hidden_related([{"case": item.case}])
        said = super().prefilled(move, item)
        return {name: value for name, value in said.items() if not _tells_of(name, item, hidden)}

    @expose("/<int:pk>/file/<string:column>", methods=["GET"])
    @allowed("download")
    def download_file(self, pk: int, column: str) -> Any:
        """The receipt, to who may know for whom it was."""
        if not self._may_open(self.find(pk)):
            log_refused(self, pk, "download_file")
            abort(404)
        return super().download_file(pk, column)

    def _may_open(self, item: Any) -> bool:
        return may(self, "evidence") or not self.hidden_related([{"case": item.case}])


_WORDS = ("description", "reason", "late_reason")
"""What somebody typed, perhaps with a name in it."""


def _tells_of(name: str, item: Any, hidden: Any) -> bool:
    return name in _WORDS and (Case, item.case_id) in hidden


def _not_visible() -> Markup:
    return Markup("<span class=muted>{}</span>").format(_("not visible to you"))


class DisbursementView(PortalView):
    datamodel = PortalInterface(Disbursement, eager=("grant", "reversal", "author"))
    route_base = "/disbursements"
    list_title = _l("Disbursements")
    show_title = _l("Disbursement")
    add_title = _l("Record a disbursement")
    edit_title = show_title
    label_columns = {
        "grant": GRANT,
        "label": _l("Disbursement"),
        "amount": AMOUNT,
        "counted_shown": AMOUNT,
        "disbursed_on": _l("Arrived on"),
        "document_number": _l("Number of the SP2D"),
        "late_reason": LATE,
        "reverses": _l("Reverses"),
        "reversal": _l("Reversed by"),
        "reason": REASON,
        "author": _l("Entered by"),
    }
    list_columns = ["disbursed_on", "counted_shown", "grant", "document_number"]
    card = {"counted_shown": "end", "disbursed_on": "title", "grant": "fact", "document_number": "fact"}
    search_columns = ["grant", "disbursed_on"]
    order_columns = ["disbursed_on"]
    base_order = ("id", "desc")
    total = (_l("Arrived"), "counted")
    show_columns = [
        "grant",
        "counted_shown",
        "disbursed_on",
        "document_number",
        "late_reason",
        "reverses",
        "reversal",
        "reason",
        "author",
    ]
    may_add = may_change = False
    visible_to = staticmethod(access.visible_to)
    may_move = staticmethod(access.may_reverse)
    moves = DISBURSEMENT_MOVES
    move_verbs = {"reverse": services.reverse_disbursement}
    option_label = "label"
    empty_hint = _l("Money that arrives is recorded on the page of its grant.")


class CommitmentView(OfCase):
    datamodel = PortalInterface(Commitment, eager=("grant", "case", "author"))
    route_base = "/commitments"
    list_title = _l("Commitments")
    show_title = _l("Commitment")
    add_title = _l("Reserve money")
    edit_title = show_title
    label_columns = {
        "title": show_title,
        "grant": GRANT,
        "case": CASE,
        "case_number": CASE,
        "purpose": PURPOSE,
        "amount": AMOUNT,
        "committed_on": _l("Promised on"),
        "spent_on": _l("Spent on"),
        "description": _l("What for"),
        "state": _l("State"),
        "late_reason": LATE,
        "reason": REASON,
        "author": _l("Entered by"),
    }
    description_columns = {
        "amount": AMOUNT_HINT,
        "case": CASE_HINT,
        "description": NO_NAMES,
        "late_reason": LATE_HINT,
        "reason": _l("In one or two sentences; it stays on record."),
    }
    list_columns = ["title", "grant", "case_number", "purpose", "amount", "committed_on", "state"]
    card = {"title": "title", "amount": "fact", "case_number": "fact", "purpose": "fact", "state": "end"}
    search_columns = ["grant", "case", "state", "purpose", "committed_on"]
    search_hint = _l("What it is for")
    order_columns = ["committed_on", "amount"]
    base_order = ("id", "desc")
    total = (_l("Reserved"), "counted")
    show_columns = [
        "grant",
        "case",
        "purpose",
        "amount",
        "description",
        "committed_on",
        "state",
        "reason",
        "late_reason",
        "author",
    ]
    add_fieldsets = [
        (_l("What for"), {"fields": ["grant", "purpose", "case", "description"]}),
        (AMOUNT, {"fields": ["amount", "committed_on"]}),
        (_l("After the end of the year"), {"fields": ["late_reason"], "expanded": False}),
    ]
    field_width = dict.fromkeys(("amount", "committed_on", "spent_on"), "half")
    extra_fields = {
        "spent_on": SPENT_ON,
        "committed_on": DayField(_l("Promised on"), default=clock.today, validators=[Optional()]),
    }
    may_change = False
    visible_to = staticmethod(access.commitments_visible_to)
    may_move = staticmethod(access.may_spend)
    add_verb = staticmethod(services.open_commitment)
    moves = COMMITMENT_MOVES
    move_verbs = {"spend": services.spend_commitment, "release": services.release_commitment}
    quick_search = True
    search_through = ("case",)
    option_label = "label"
    empty_hint = _l("Reserve money that is promised: nobody else can spend it meanwhile.")
