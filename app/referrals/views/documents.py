"""The checklist of a referral: each document that the partner wants to see."""

from flask_babel import lazy_gettext as _l

from app.core.views import PortalInterface, PortalView
from app.referrals import access, services
from app.referrals.models import ReferralDocument
from app.referrals.states import DOCUMENT_MOVES


class ReferralDocumentView(PortalView):
    datamodel = PortalInterface(ReferralDocument, eager=("referral.case.client", "referral.need_kind"))
    route_base = "/referral-documents"
    list_title = _l("Documents of referrals")
    show_title = _l("Document of a referral")
    add_title = _l("Add document")
    edit_title = _l("Document of a referral")
    label_columns = {
        "title": _l("Document"),
        "referral": _l("Referral"),
        "state": _l("State"),
        "file": _l("File"),
        "waived_reason": _l("Why it is waived"),
    }
    description_columns = {"waived_reason": _l("For example: no identity, the family keeps it.")}
    list_columns = ["title", "referral", "state"]
    card = {"title": "title", "referral": "fact", "state": "end"}
    search_columns = ["referral"]
    order_columns = ["id"]
    base_order = ("id", "desc")
    show_columns = ["title", "referral", "state", "file", "waived_reason"]
    may_add = False
    may_change = False
    visible_to = staticmethod(access.documents_visible_to)
    may_move = staticmethod(access.may_move_document)
    explain_refusal = staticmethod(access.explain_document_refusal)
    moves = DOCUMENT_MOVES
    move_verbs = {
        "attach": services.attach_document,
        "enclose": services.enclose_document,
        "waive": services.waive_document,
    }
    option_label = "title"
    empty_hint = _l("A referral takes its checklist from what the partner asks for.")
