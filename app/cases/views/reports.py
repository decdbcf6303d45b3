"""View of the incoming reports."""

from flask_babel import lazy_gettext as _l
from wtforms.validators import Optional

from app.admin.base import PortalView
from app.admin.interface import PortalInterface
from app.cases import forms
from app.cases.models.report import IncomingReport
from app.cases.policy import IncomingReportPolicy, get_report_call_rule
from app.cases.services.reports import dismiss_report, receive_report, take_up_report, update_report
from app.cases.timeline.presentation import get_tier_notice
from app.cases.transitions import REPORT_TRANSITIONS

_IDENTITY_FIELDS = [
    "birth_date",
    "birth_date_precision",
    "nik",
    "nik_note",
    "identity_status",
    "no_nik_reason",
]
_NEW_CLIENT_MAIN_FIELDS = ["name", "alias", "sex", "phone", "safe_to_contact", "kelurahan", "address"]
_REPORTER_FIELDS = ["reporter_name", "reporter_role", "reporter_phone", "reporter_safe_to_contact"]


class IncomingReportView(PortalView[IncomingReport]):
    datamodel = PortalInterface(IncomingReport, eager=("kelurahan", "cases"))
    policy = IncomingReportPolicy
    route_base = "/incoming-reports"
    list_title = _l("Incoming reports")
    show_title = _l("Incoming report")
    add_title = _l("Write down a report")
    edit_title = _l("Edit report")
    list_columns = ["excerpt", "received_at", "kelurahan", "urgency", "state", "cases"]
    mobile_columns = {
        "excerpt": "title",
        "received_at": "fact",
        "kelurahan": "fact",
        "urgency": "fact",
        "state": "end",
    }
    search_columns = ["state", "urgency", "channel", "kelurahan", "received_at"]
    order_columns = ["received_at"]
    base_order = ("received_at", "desc")
    show_fieldsets = [
        (
            _l("The report"),
            {"fields": ["description", "urgency", "location", "kelurahan", "received_at", "channel"]},
        ),
        (_l("Reporter"), {"fields": _REPORTER_FIELDS}),
        (_l("What became of it"), {"fields": ["state", "cases", "dismissed_reason"]}),
    ]
    add_fieldsets = [
        (
            _l("The report"),
            {"fields": ["description", "urgency", "channel", "location", "kelurahan"]},
        ),
        (_l("Reporter"), {"fields": _REPORTER_FIELDS}),
        (_l("More"), {"fields": ["received_at"], "expanded": False}),
    ]
    edit_fieldsets = add_fieldsets
    field_width = dict.fromkeys(("urgency", "channel", *_REPORTER_FIELDS[1:]), "half")
    field_width |= dict.fromkeys(("sex", "phone", "safe_to_contact", *_IDENTITY_FIELDS), "half") | {
        "nik_note": "full"
    }
    extra_fields = forms.NEW_CLIENT_FORM_FIELDS | {
        "received_at": forms.RECEIVED_AT_FIELD,
        "client": forms.CLIENT_FIELD,
        "case": forms.CASE_FIELD,
        "focus": forms.FOCUS_FIELD,
        "primary_category": forms.PRIMARY_CATEGORY_FIELD,
    }
    validators_columns = {"urgency": [Optional()]}
    call_rule = staticmethod(get_report_call_rule)
    add_service = staticmethod(receive_report)
    edit_service = staticmethod(update_report)
    save_and_next = ("take_up", _l("Save and take up"))
    save_notice = staticmethod(get_tier_notice)
    transitions = REPORT_TRANSITIONS
    transition_fieldsets = {
        "take_up": [
            (_l("Somebody who is here already"), {"fields": ["client", "case"]}),
            (_l("A new client"), {"fields": _NEW_CLIENT_MAIN_FIELDS}),
            (_l("Birth and identity papers"), {"fields": _IDENTITY_FIELDS, "expanded": False}),
            (_l("Focus and category"), {"fields": ["focus", "primary_category"], "expanded": False}),
        ]
    }
    transition_services = {"take_up": take_up_report, "dismiss": dismiss_report}
    option_label = "label"
    empty_hint = _l("When somebody calls or comes by, write it down here first; a case can come of it later.")
