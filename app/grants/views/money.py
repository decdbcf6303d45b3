"""Views of disbursements and commitments, and the base class of views of entries with a case."""

from collections.abc import Mapping
from typing import Any, TypeVar

from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from markupsafe import Markup
from wtforms.validators import Optional

from app.admin.base import PortalView
from app.admin.fields import DayField
from app.admin.interface import PortalInterface
from app.admin.permissions import can
from app.admin.rows import HiddenIds
from app.cases.models.case import Case
from app.core import clock
from app.core.transitions import Transition
from app.db.column_info import get_label
from app.grants.models.money import Commitment, Disbursement, Expenditure
from app.grants.policy import CommitmentPolicy, DisbursementPolicy
from app.grants.services.commitments import open_commitment, release_commitment
from app.grants.services.life import reverse_disbursement
from app.grants.services.spending import spend_commitment
from app.grants.transitions import COMMITMENT_TRANSITIONS, DISBURSEMENT_TRANSITIONS

AMOUNT = _l("Amount")

SPENT_ON_FIELD = DayField(get_label(Expenditure, "spent_on"), default=clock.today, validators=[Optional()])


EntryT = TypeVar("EntryT", Commitment, Expenditure)


class CaseEntryView(PortalView[EntryT]):
    """Base view of entries whose case may be hidden from users who may see the money."""

    def render_cell(
        self, item: EntryT, name: str, value: Any, hidden_ids: HiddenIds, *, mask: bool = True
    ) -> Markup:
        """Hide the free text of an entry whose case the user may not see."""
        if _is_hidden_text(name, item, hidden_ids):
            return _render_not_visible()
        return super().render_cell(item, name, value, hidden_ids, mask=mask)

    def render_detail_value(self, item: EntryT, name: str, value: Any, hidden_ids: HiddenIds) -> Markup:
        """Hide the free text of a hidden case, and its receipt unless the user may attach receipts."""
        if _is_hidden_text(name, item, hidden_ids) or (
            name == "evidence" and not self.can_open_file(item, name)
        ):
            return _render_not_visible()
        return super().render_detail_value(item, name, value, hidden_ids)

    def transition_prefill(self, transition: Transition, item: EntryT) -> Mapping[str, Any]:
        """Leave hidden free text out of the forms of transitions."""
        hidden_ids = self.row_renderer.find_hidden_ids([{"case": item.case}])
        prefill = super().transition_prefill(transition, item)
        return {name: value for name, value in prefill.items() if not _is_hidden_text(name, item, hidden_ids)}

    def can_open_file(self, item: EntryT, _column: str) -> bool:
        """Whether the user may see the case or attach receipts."""
        return can(self, "evidence") or not self.row_renderer.find_hidden_ids([{"case": item.case}])


_FREE_TEXT_COLUMNS = ("description", "reason", "late_reason")
"""Columns with typed text, which may contain a name."""


def _is_hidden_text(name: str, item: Any, hidden: Any) -> bool:
    return name in _FREE_TEXT_COLUMNS and (Case, item.case_id) in hidden


def _render_not_visible() -> Markup:
    return Markup("<span class=muted>{}</span>").format(_("not visible to you"))


class DisbursementView(PortalView[Disbursement]):
    datamodel = PortalInterface(Disbursement, eager=("grant", "reversal", "author"))
    policy = DisbursementPolicy
    route_base = "/disbursements"
    list_title = _l("Disbursements")
    show_title = _l("Disbursement")
    add_title = _l("Record a disbursement")
    edit_title = show_title
    list_columns = ["disbursed_on", "counted_amount_text", "grant", "document_number"]
    mobile_columns = {
        "counted_amount_text": "end",
        "disbursed_on": "title",
        "grant": "fact",
        "document_number": "fact",
    }
    search_columns = ["grant", "disbursed_on"]
    order_columns = ["disbursed_on"]
    base_order = ("id", "desc")
    total_column = (_l("Arrived"), "counted_amount")
    show_columns = [
        "grant",
        "counted_amount_text",
        "disbursed_on",
        "document_number",
        "late_reason",
        "reverses",
        "reversal",
        "reason",
        "author",
    ]
    has_add_form = has_edit_form = False
    transitions = DISBURSEMENT_TRANSITIONS
    transition_services = {"reverse": reverse_disbursement}
    option_label = "label"
    empty_hint = _l("Money that arrives is recorded on the page of its grant.")


class CommitmentView(CaseEntryView[Commitment]):
    datamodel = PortalInterface(Commitment, eager=("grant", "case", "author"))
    policy = CommitmentPolicy
    route_base = "/commitments"
    list_title = _l("Commitments")
    show_title = _l("Commitment")
    add_title = _l("Reserve money")
    edit_title = show_title
    list_columns = ["title", "grant", "case_number", "purpose", "amount", "committed_on", "state"]
    mobile_columns = {
        "title": "title",
        "amount": "fact",
        "case_number": "fact",
        "purpose": "fact",
        "state": "end",
    }
    search_columns = ["grant", "case", "state", "purpose", "committed_on"]
    search_hint = _l("What it is for")
    order_columns = ["committed_on", "amount"]
    base_order = ("id", "desc")
    total_column = (_l("Reserved"), "counted_amount")
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
        "spent_on": SPENT_ON_FIELD,
        "committed_on": DayField(default=clock.today, validators=[Optional()]),
    }
    has_edit_form = False
    add_service = staticmethod(open_commitment)
    transitions = COMMITMENT_TRANSITIONS
    transition_services = {"spend": spend_commitment, "release": release_commitment}
    quick_search = True
    search_relations = ("case",)
    option_label = "label"
    empty_hint = _l("Reserve money that is promised: nobody else can spend it meanwhile.")
