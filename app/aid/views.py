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

_OTHER_AID_LABEL = _l("Other aid: what was checked, and why this aid is given")


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
    label_columns = {
        "label": _l("Aid"),
        "case": _l("Case"),
        "kind": _l("Kind"),
        "item": _l("What is given"),
        "quantity": _l("Quantity"),
        "value": _l("Value"),
        "state": _l("State"),
        "giver": _l("From whom"),
        "grant": _l("From a grant"),
        "expenditure": _l("Spending for it"),
        "partner": _l("From a partner"),
        "referral": _l("From a referral"),
        "handover_number": _l("Handover certificate (BAST)"),
        "handed_over_at": _l("Handed over at"),
        "handler": _l("Handed over by"),
        "received_by": _l("Received by"),
        "evidence": _l("Signed certificate or photo"),
        "again_reason": _OTHER_AID_LABEL,
        "reason": _l("Why it was cancelled"),
        "author": _l("Written by"),
    }
    description_columns = {
        "case": _l("Type the number of the case or the client's name."),
        "item": _l("In a few words; the timeline says it: write no names."),
        "value": _l("Whole rupiah, of all of it together. Of goods from a partner it may be unknown."),
        "partner": _l("What a partner gives is never on our budget; it counts as help that was found."),
        "referral": _l("When it comes from a referral: handing it over completes the referral."),
        "received_by": _l("The client, or who receives it for the client."),
        "evidence": _l("PDF, JPEG, PNG, WebP, HEIC, DOCX or XLSX, at most 10 MB. It may follow later."),
    }
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
            _l("Spending for it"),
            model=Aid.expenditure.property.mapper.class_,
            validators=[Optional()],
            description=_l("Only when the money was proposed or approved before."),
        ),
        "again_reason": ProseField(
            _OTHER_AID_LABEL,
            validators=[Optional(), Length(max=1000)],
            description=_l("Only when the portal asks. Ask the household, and the partners who know it."),
        ),
        "handed_over_at": InstantField(_l("Handed over at"), default=clock.now, validators=[Optional()]),
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
