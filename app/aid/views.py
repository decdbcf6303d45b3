"""View of aid, with the download of the handover note."""

from flask_babel import lazy_gettext as _l
from wtforms.validators import Length, Optional

from app.admin.base import PortalView
from app.admin.choice_fields import RecordSelectField
from app.admin.declaration import Document
from app.admin.fields import InstantField, ProseField
from app.admin.interface import PortalInterface
from app.aid.documents import build_handover_note
from app.aid.models import Aid
from app.aid.policy import AidPolicy
from app.aid.services import aid
from app.aid.transitions import AID_TRANSITIONS
from app.core import clock
from app.grants.models.pots import Grant


class AidView(PortalView[Aid]):
    datamodel = PortalInterface(
        Aid,
        eager=("case.client", "case.team", "expenditure.grant", "partner", "referral", "handler", "author"),
    )
    policy = AidPolicy
    route_base = "/aid"
    list_title = _l("Aid")
    show_title = _l("Aid")
    add_title = _l("Plan aid")
    edit_title = _l("Aid")
    list_columns = ["label", "case", "kind", "value", "giver", "handed_over_at", "state"]
    mobile_columns = {"label": "title", "case": "fact", "value": "fact", "giver": "fact", "state": "end"}
    search_columns = ["state", "kind", "case", "partner", "handed_over_at"]
    order_columns = ["handed_over_at"]
    base_order = ("id", "desc")
    total_column = (_l("Handed over"), "counted_amount")
    show_fieldsets = [
        (
            _l("Aid"),
            {"fields": ["case", "kind", "item", "quantity", "value", "giver", "referral", "expenditure"]},
        ),
        (
            _l("Handover"),
            {"fields": ["handover_number", "handed_over_at", "handler", "received_by", "evidence"]},
        ),
        (_l("On record"), {"fields": ["again_reason", "reason", "author"], "expanded": False}),
    ]
    add_fieldsets = [
        (_l("What is given"), {"fields": ["case", "kind", "item", "quantity", "value"]}),
        (_l("Who gives it"), {"fields": ["grant", "partner", "referral", "expenditure"]}),
        (_l("Other aid"), {"fields": ["again_reason"]}),
    ]
    field_width = dict.fromkeys(("quantity", "value"), "half")
    validators_columns = {"quantity": [Optional()]}
    extra_fields = {
        "grant": RecordSelectField(
            _l("From a grant"),
            model=Grant,
            validators=[Optional()],
            description=_l("Its spending is proposed together with the aid."),
        ),
        "expenditure": RecordSelectField(
            model=Aid.expenditure.property.mapper.class_,
            validators=[Optional()],
            description=_l("Only when the money was proposed or approved before."),
        ),
        "again_reason": ProseField(
            validators=[Optional(), Length(max=1000)],
            description=_l("Only when the portal asks. Ask the household, and the partners who know it."),
        ),
        "handed_over_at": InstantField(default=clock.now, validators=[Optional()]),
    }
    has_edit_form = False
    add_service = staticmethod(aid.plan_aid)
    transitions = AID_TRANSITIONS
    transition_services = {
        "hand_over": aid.hand_over_aid,
        "prove": aid.prove_aid,
        "cancel": aid.cancel_aid,
    }
    quick_search = True
    search_relations = ("case",)
    search_hint = _l("Number of the case")
    documents = {"note": Document("handover.pdf", build_handover_note, "aid", action="print")}
    show_template = "aid/show.html"
    option_label = "label"
    empty_hint = _l("Plan what the client gets, from a grant or a partner; hand it over with a certificate.")
