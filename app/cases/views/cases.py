"""Views of cases and of the people in them."""

from flask_babel import lazy_gettext as _l
from wtforms.validators import Optional

from app.admin.base import PortalView
from app.admin.filters import Preset
from app.admin.interface import PortalInterface
from app.admin.links import render_links
from app.cases import forms, queries
from app.cases.enums import NEW_CLIENT_FIELDS
from app.cases.models.case import Case, CasePerson
from app.cases.overview import build_overview, build_report_panel
from app.cases.policy import CasePersonPolicy, CasePolicy
from app.cases.services.caseload import assign_worker, take_case
from app.cases.services.cases import (
    add_person,
    join_team,
    lower_confidentiality,
    raise_confidentiality,
    update_case,
    update_person,
)
from app.cases.services.closing import close_case, reopen_case
from app.cases.services.opening import open_case
from app.cases.services.stages import advance_case, hold_case, resume_case, skip_stages, step_back
from app.cases.services.violence import record_police_report
from app.cases.timeline.presentation import get_tier_notice
from app.cases.transitions import CASE_TRANSITIONS

_PROBLEM_FIELDSET = (
    _l("What it is about"),
    {"fields": ["presenting_problem", "channel", "urgency", "focus"]},
)
_CLASSIFICATION_FIELDS = ["primary_category", "categories", "tags"]


class CaseView(PortalView[Case]):
    datamodel = PortalInterface(Case, eager=("client", "worker", "team"))
    policy = CasePolicy
    route_base = "/cases"
    list_title = _l("Cases")
    show_title = _l("Case")
    add_title = _l("Open a case")
    edit_title = _l("Edit case")
    label_columns = {
        "closing_blockers": _l("What still stands open"),
        "earlier_closures": _l("Closed before"),
    }
    list_columns = [
        "number",
        "client",
        "worker",
        "urgency",
        "confidentiality",
        "status",
        "opened_at",
    ]
    mobile_columns = {
        "number": "title",
        "client": "fact",
        "worker": "fact",
        "urgency": "fact",
        "status": "end",
    }
    search_columns = ["status", "worker", "categories", "urgency", "confidentiality", "opened_at"]
    # Not by number: it follows the day, and as text number 10000 of a year would come before 1001.
    order_columns = ["opened_at"]
    base_order = ("opened_at", "desc")
    formatters_columns = {"closing_blockers": render_links}
    presets = (Preset("unowned", _l("Nobody is responsible"), queries.is_unowned_case, ("opened_at", "asc")),)
    show_fieldsets = [
        (
            _l("At a glance"),
            {"fields": ["client", "worker", "team", "presenting_problem", "closing_blockers"]},
        ),
        (
            _l("About this case"),
            {
                "fields": [
                    "number",
                    "opened_at",
                    "channel",
                    "focus",
                    *_CLASSIFICATION_FIELDS,
                    "hold_until",
                    "police_report_number",
                    "violence_reported_at",
                ],
                "expanded": False,
            },
        ),
        (
            _l("How it ended"),
            {
                "fields": ["closed_at", "closing_reason", "closing_summary", "earlier_closures"],
                "expanded": False,
            },
        ),
    ]
    add_fieldsets = [
        (_l("For whom"), {"fields": ["client"]}),
        (_l("A new client"), {"fields": [*NEW_CLIENT_FIELDS], "expanded": False}),
        _PROBLEM_FIELDSET,
        (
            _l("Category and confidentiality"),
            {"fields": [*_CLASSIFICATION_FIELDS, "confidentiality"], "expanded": False},
        ),
        (_l("Team and time"), {"fields": ["worker", "team", "opened_at"], "expanded": False}),
    ]
    edit_fieldsets = [
        _PROBLEM_FIELDSET,
        (_l("Category"), {"fields": _CLASSIFICATION_FIELDS}),
        (_l("Team and time"), {"fields": ["team", "opened_at"]}),
    ]
    field_width = dict.fromkeys(("channel", "urgency", "focus", "worker", *NEW_CLIENT_FIELDS), "half")
    field_width |= {"name": "full", "address": "full", "nik_note": "full"}
    extra_fields = forms.NEW_CLIENT_FORM_FIELDS | {
        "client": forms.CLIENT_FIELD,
        "primary_category": forms.PRIMARY_CATEGORY_FIELD,
        "categories": forms.CATEGORIES_FIELD,
        "opened_at": forms.OPENED_AT_FIELD,
        "reason": forms.REASON_FIELD,
        "until": forms.UNTIL_FIELD,
    }
    # Left empty in the form, these get the default value of the service.
    validators_columns = {name: [Optional()] for name in ("urgency", "confidentiality")}
    add_service = staticmethod(open_case)
    edit_service = staticmethod(update_case)
    show_template = "cases/show.html"
    extra_context = staticmethod(build_overview)
    extra_panels = ((_l("From the report"), build_report_panel),)
    save_notice = staticmethod(get_tier_notice)
    transitions = CASE_TRANSITIONS
    transition_services = {
        "join": join_team,
        "advance": advance_case,
        "skip": skip_stages,
        "step_back": step_back,
        "hold": hold_case,
        "resume": resume_case,
        "close": close_case,
        "reopen": reopen_case,
        "police_report": record_police_report,
        "take": take_case,
        "assign": assign_worker,
        "raise_confidentiality": raise_confidentiality,
        "lower_confidentiality": lower_confidentiality,
    }
    quick_search = True
    search_relations = ("client",)
    search_hint = _l("Number of the case, name or NIK of the client")
    option_label = "title"
    empty_hint = _l("Open the first case: for a client who is here already, or together with a new one.")


class CasePersonView(PortalView[CasePerson]):
    datamodel = PortalInterface(CasePerson, eager=("client", "case.client", "case.team"))
    policy = CasePersonPolicy
    route_base = "/case-people"
    log_access = True  # the table holds ids only, but its page shows names
    list_title = _l("People in the case")
    show_title = _l("Person in the case")
    add_title = _l("Add a person")
    edit_title = _l("Edit person in the case")
    list_columns = ["client", "role", "case"]
    mobile_columns = {"client": "title", "role": "end", "case": "fact"}
    search_columns = ["case", "client", "role"]
    order_columns = ["id"]
    base_order = ("id", "desc")
    show_columns = ["client", "role", "case"]
    add_columns = ["case", "client", "role"]
    edit_columns = ["client", "role"]
    add_service = staticmethod(add_person)
    edit_service = staticmethod(update_person)
    search_relations = ("client",)
    option_label = "label"
    empty_hint = _l("Name spouse, children or others of the case here, each with a role.")
