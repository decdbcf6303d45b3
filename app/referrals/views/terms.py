"""Model views of the terms: response times and reasons to decline."""

from flask_babel import lazy_gettext as _l
from wtforms.validators import NumberRange, Optional

from app.admin.base import PortalView
from app.admin.interface import PortalInterface
from app.core.clock import DAYS_PER_YEAR, HOURS_PER_YEAR
from app.referrals.models.terms import DeclineReason, ResponseTime
from app.referrals.policy import DeclineReasonPolicy, ResponseTimePolicy


class ResponseTimeView(PortalView[ResponseTime]):
    datamodel = PortalInterface(ResponseTime)
    policy = ResponseTimePolicy
    route_base = "/response-times"
    list_title = _l("Response times")
    show_title = _l("Response time")
    add_title = _l("Add response time")
    edit_title = _l("Edit response time")
    list_columns = ["name", "step", "partner_kind", "urgency", "hours", "working_days"]
    mobile_columns = {
        "name": "title",
        "step": "fact",
        "hours": "fact",
        "working_days": "fact",
        "urgency": "end",
    }
    search_columns = ["step", "partner_kind", "urgency"]
    order_columns = ["name", "code"]
    base_order = ("code", "asc")
    show_columns = ["code", "name", "step", "partner_kind", "urgency", "hours", "working_days", "source"]
    add_columns = show_columns
    edit_columns = ["name", "hours", "working_days", "source"]
    field_width = {"hours": "half", "working_days": "half", "partner_kind": "half", "urgency": "half"}
    validators_columns = {
        "hours": [Optional(), NumberRange(max=HOURS_PER_YEAR)],
        "working_days": [Optional(), NumberRange(max=DAYS_PER_YEAR)],
    }
    preload_options = True
    empty_hint = _l("The portal brings response times with it: run “siaga init”.")


class DeclineReasonView(PortalView[DeclineReason]):
    datamodel = PortalInterface(DeclineReason)
    policy = DeclineReasonPolicy
    route_base = "/decline-reasons"
    list_title = _l("Reasons to decline")
    show_title = _l("Reason to decline")
    add_title = _l("Add reason to decline")
    edit_title = _l("Edit reason to decline")
    list_columns = ["name", "declined_by", "may_refer_again", "code"]
    mobile_columns = {"name": "title", "declined_by": "fact", "may_refer_again": "fact"}
    search_columns = ["declined_by"]
    order_columns = ["name", "code"]
    base_order = ("name", "asc")
    show_columns = ["code", "name", "declined_by", "may_refer_again", "source"]
    edit_columns = ["name", "declined_by", "may_refer_again", "source"]
    has_add_form = False
    preload_options = True
    empty_hint = _l("The portal brings the reasons with it: run “siaga init”.")
