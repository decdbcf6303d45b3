"""Model views of the terms: response times and reasons to decline."""

from flask_babel import lazy_gettext as _l
from wtforms.validators import NumberRange, Optional

from app.admin.base import PortalView
from app.admin.interface import PortalInterface
from app.core.clock import DAYS_PER_YEAR, HOURS_PER_YEAR
from app.referrals.models.terms import DeclineReason, ResponseTime
from app.referrals.policy import DeclineReasonPolicy, ResponseTimePolicy

_CODE = _l("Code")
_NAME = _l("Name")
_SOURCE = _l("Source")
_CODE_HINT = _l("A short code that never changes later.")
_SOURCE_HINT = _l("The address or document that it was taken from.")


class ResponseTimeView(PortalView[ResponseTime]):
    datamodel = PortalInterface(ResponseTime)
    policy = ResponseTimePolicy
    route_base = "/response-times"
    list_title = _l("Response times")
    show_title = _l("Response time")
    add_title = _l("Add response time")
    edit_title = _l("Edit response time")
    label_columns = {
        "code": _CODE,
        "name": _NAME,
        "step": _l("Step"),
        "partner_kind": _l("Kind of partner"),
        "urgency": _l("Urgency"),
        "hours": _l("Hours"),
        "working_days": _l("Working days"),
        "source": _SOURCE,
    }
    description_columns = {
        "code": _CODE_HINT,
        "partner_kind": _l("Empty: every kind that no other row names."),
        "urgency": _l("Empty: every urgency that no other row names."),
        "hours": _l("By the clock, nights and holidays included. Leave empty when working days count."),
        "working_days": _l("Monday to Friday without holidays; the step is due at the end of that day."),
        "source": _SOURCE_HINT,
    }
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
    label_columns = {
        "code": _CODE,
        "name": _NAME,
        "declined_by": _l("Who can give it"),
        "may_refer_again": _l("May be referred again"),
        "source": _SOURCE,
    }
    description_columns = {
        "declined_by": _l("Empty: the partner or the client."),
        "may_refer_again": _l(
            "Whether the same partner may be asked again later, unless somebody says otherwise."
        ),
        "source": _SOURCE_HINT,
    }
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
