"""Model view of the checklist documents of referrals."""

from flask_babel import lazy_gettext as _l

from app.admin.base import PortalView
from app.admin.interface import PortalInterface
from app.referrals.models.exchange import ReferralDocument
from app.referrals.policy import ReferralDocumentPolicy
from app.referrals.services.drafts import attach_document, enclose_document, waive_document
from app.referrals.transitions import DOCUMENT_TRANSITIONS


class ReferralDocumentView(PortalView[ReferralDocument]):
    datamodel = PortalInterface(ReferralDocument, eager=("referral.case.client", "referral.need_kind"))
    policy = ReferralDocumentPolicy
    route_base = "/referral-documents"
    list_title = _l("Documents of referrals")
    show_title = _l("Document of a referral")
    add_title = _l("Add document")
    edit_title = _l("Document of a referral")
    list_columns = ["title", "referral", "state"]
    mobile_columns = {"title": "title", "referral": "fact", "state": "end"}
    search_columns = ["referral"]
    order_columns = ["id"]
    base_order = ("id", "desc")
    show_columns = ["title", "referral", "state", "file", "waived_reason"]
    has_add_form = False
    has_edit_form = False
    transitions = DOCUMENT_TRANSITIONS
    transition_services = {
        "attach": attach_document,
        "enclose": enclose_document,
        "waive": waive_document,
    }
    option_label = "title"
    empty_hint = _l("A referral takes its checklist from what the partner asks for.")
