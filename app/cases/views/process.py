"""Views of assessments and of goals of the plan."""

from flask_babel import lazy_gettext as _l

from app.admin.base import PortalView
from app.admin.interface import PortalInterface
from app.cases import forms
from app.cases.models.process import Assessment, PlanGoal
from app.cases.policy import AssessmentPolicy, PlanGoalPolicy
from app.cases.services.process import add_assessment, evaluate_goal, set_goal
from app.cases.transitions import GOAL_TRANSITIONS

_ASSESSMENT_DIMENSIONS = ["biological", "psychological", "social", "spiritual"]


class AssessmentView(PortalView[Assessment]):
    datamodel = PortalInterface(Assessment, eager=("case.client", "author"))
    policy = AssessmentPolicy
    route_base = "/assessments"
    list_title = _l("Assessments")
    show_title = _l("Assessment")
    add_title = _l("Add an assessment")
    edit_title = _l("Assessment")
    list_columns = ["label", "risk_level", "case", "happened_at", "author"]
    mobile_columns = {"label": "title", "happened_at": "fact", "case": "fact", "risk_level": "end"}
    search_columns = ["case", "happened_at"]
    order_columns = ["happened_at"]
    base_order = ("happened_at", "desc")
    show_columns = [
        "case",
        "happened_at",
        "score",
        "risk_level",
        "summary",
        *_ASSESSMENT_DIMENSIONS,
        "strengths",
        "recommendation",
        "author",
    ]
    add_fieldsets = [
        (_l("Assessment"), {"fields": ["case", "score", "summary"]}),
        (
            _l("In detail"),
            {"fields": [*_ASSESSMENT_DIMENSIONS, "strengths", "recommendation"], "expanded": False},
        ),
        (_l("Time"), {"fields": ["happened_at"], "expanded": False}),
        forms.build_reopening_fieldset(),
    ]
    extra_fields = forms.REOPENING_FIELDS | {"happened_at": forms.HAPPENED_AT_FIELD}
    has_edit_form = False
    autosave = True
    draft_relation = "case"
    add_service = staticmethod(add_assessment)
    option_label = "label"
    empty_hint = _l("Write down what the problem really is, and how dangerous: the plan builds on it.")


class PlanGoalView(PortalView[PlanGoal]):
    datamodel = PortalInterface(PlanGoal, eager=("case.client", "case.team", "responsible", "author"))
    policy = PlanGoalPolicy
    route_base = "/plan-goals"
    list_title = _l("Goals")
    show_title = _l("Goal")
    add_title = _l("Set a goal")
    edit_title = _l("Goal")
    list_columns = ["label", "case", "target_on", "responsible", "result"]
    mobile_columns = {
        "label": "title",
        "target_on": "fact",
        "case": "fact",
        "responsible": "fact",
        "result": "end",
    }
    search_columns = ["case", "result", "responsible", "target_on"]
    order_columns = ["target_on"]
    base_order = ("target_on", "desc")
    show_columns = [
        "case",
        "goal",
        "activity",
        "responsible",
        "target_on",
        "result",
        "result_note",
        "evaluated_at",
        "author",
    ]
    add_fieldsets = [
        (None, {"fields": ["case", "goal", "activity", "target_on", "responsible"]}),
        forms.build_reopening_fieldset(),
    ]
    field_width = {"target_on": "half", "responsible": "half"}
    extra_fields = forms.REOPENING_FIELDS
    has_edit_form = False
    autosave = True
    draft_relation = "case"
    add_service = staticmethod(set_goal)
    transitions = GOAL_TRANSITIONS
    transition_services = {"evaluate": evaluate_goal}
    option_label = "label"
    empty_hint = _l("Agree with the client on what is to be reached, by what, and until when.")
