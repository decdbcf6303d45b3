"""View of expenditures."""

from flask_babel import lazy_gettext as _l

from app.admin.interface import PortalInterface
from app.grants.models.money import Expenditure
from app.grants.policy import ExpenditurePolicy
from app.grants.services.spending import (
    approve_expenditure,
    attach_evidence,
    propose_expenditure,
    reject_expenditure,
    reverse_expenditure,
)
from app.grants.transitions import EXPENDITURE_TRANSITIONS
from app.grants.views.money import (
    AMOUNT,
    SPENT_ON_FIELD,
    CaseEntryView,
)


class ExpenditureView(CaseEntryView[Expenditure]):
    datamodel = PortalInterface(
        Expenditure, eager=("grant", "case", "commitment", "reverses", "reversal", "author")
    )
    policy = ExpenditurePolicy
    route_base = "/expenditures"
    list_title = _l("Expenditures")
    show_title = _l("Expenditure")
    add_title = _l("Record spending")
    edit_title = show_title
    list_columns = [
        "title",
        "grant",
        "case_number",
        "purpose",
        "amount",
        "spent_on",
        "evidence_number",
        "state",
    ]
    mobile_columns = {
        "title": "title",
        "amount": "fact",
        "grant": "fact",
        "case_number": "fact",
        "purpose": "fact",
        "spent_on": "fact",
        "state": "end",
    }
    search_columns = ["grant", "case", "state", "purpose", "spent_on"]
    search_hint = _l("What it was for, number of the receipt or of the case")
    order_columns = ["spent_on", "amount"]
    base_order = ("id", "desc")
    total_column = (_l("Spent (approved)"), "counted_amount")
    show_fieldsets = [
        (show_title, {"fields": ["grant", "case", "purpose", "amount", "description", "spent_on"]}),
        (_l("Evidence"), {"fields": ["evidence", "evidence_number", "evidence_on"]}),
        (
            _l("On record"),
            {
                "fields": [
                    "author",
                    "posted_on",
                    "commitment",
                    "reason",
                    "reverses",
                    "reversal",
                    "late_reason",
                ]
            },
        ),
    ]
    add_fieldsets = [
        (_l("What for"), {"fields": ["grant", "purpose", "case", "description"]}),
        (AMOUNT, {"fields": ["amount", "spent_on"]}),
        (_l("More"), {"fields": ["commitment", "late_reason"], "expanded": False}),
    ]
    field_width = dict.fromkeys(("amount", "spent_on", "evidence_number", "evidence_on"), "half")
    extra_fields = {"spent_on": SPENT_ON_FIELD}
    has_edit_form = False
    add_service = staticmethod(propose_expenditure)
    transitions = EXPENDITURE_TRANSITIONS
    transition_services = {
        "approve": approve_expenditure,
        "evidence": attach_evidence,
        "reject": reject_expenditure,
        "reverse": reverse_expenditure,
    }
    quick_search = True
    search_relations = ("case",)
    option_label = "label"
    empty_hint = _l("Record what is bought or given from a grant; the receipt follows when it is approved.")
