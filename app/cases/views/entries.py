"""Views of a case's entries; a saved entry is final, so none has an edit form."""

from flask_babel import lazy_gettext as _l
from wtforms.validators import Optional

from app.admin.base import PortalView
from app.admin.filters import Preset
from app.admin.interface import PortalInterface
from app.cases import forms, queries
from app.cases.models.entries import Attachment, CaseNote, FollowUp, Service
from app.cases.policy import AttachmentPolicy, CaseNotePolicy, FollowUpPolicy, ServicePolicy
from app.cases.presentation import render_corrections
from app.cases.services.entries import (
    add_note,
    attach_file,
    cancel_follow_up,
    finish_follow_up,
    give_service,
    set_follow_up,
)
from app.cases.services.process import correct_note, correct_service
from app.cases.transitions import FOLLOW_UP_TRANSITIONS, NOTE_TRANSITIONS, SERVICE_TRANSITIONS


class ServiceView(PortalView[Service]):
    datamodel = PortalInterface(Service, eager=("case.client", "case.team", "author", "corrections.author"))
    policy = ServicePolicy
    route_base = "/services"
    list_title = _l("Services")
    show_title = _l("Service")
    add_title = _l("Record a service")
    edit_title = _l("Service")
    label_columns = {"corrections": _l("Corrections")}
    list_columns = ["kind", "case", "happened_at", "place", "author"]
    mobile_columns = {"kind": "title", "happened_at": "fact", "case": "fact", "author": "end"}
    search_columns = ["kind", "place", "case", "happened_at"]
    order_columns = ["happened_at"]
    base_order = ("happened_at", "desc")
    formatters_columns = {"corrections": render_corrections}
    show_columns = [
        "case",
        "kind",
        "happened_at",
        "ended_at",
        "place",
        "partner",
        "narrative",
        "outcome",
        "corrections",
        "author",
    ]
    add_fieldsets = [
        (_l("Service"), {"fields": ["case", "kind", "narrative"]}),
        (
            _l("More"),
            {"fields": ["happened_at", "place", "ended_at", "partner", "outcome"], "expanded": False},
        ),
        forms.build_reopening_fieldset(),
    ]
    field_width = dict.fromkeys(("happened_at", "place", "ended_at", "partner"), "half")
    extra_fields = forms.REOPENING_FIELDS | {
        "happened_at": forms.HAPPENED_AT_FIELD,
        "reason": forms.CORRECTION_REASON_FIELD,
    }
    validators_columns = {"place": [Optional()]}
    has_edit_form = False
    autosave = True
    draft_relation = "case"
    add_service = staticmethod(give_service)
    transitions = SERVICE_TRANSITIONS
    transition_services = {"correct": correct_service}
    option_label = "label"
    empty_hint = _l("Record what was done for the client: one of the six services, in three fields.")


class CaseNoteView(PortalView[CaseNote]):
    datamodel = PortalInterface(CaseNote, eager=("case.client", "case.team", "author", "corrections.author"))
    policy = CaseNotePolicy
    route_base = "/case-notes"
    list_title = _l("Notes")
    show_title = _l("Note")
    add_title = _l("Add a note")
    edit_title = _l("Note")
    label_columns = {"corrections": _l("Corrections")}
    list_columns = ["excerpt", "case", "happened_at", "author"]
    mobile_columns = {"excerpt": "title", "happened_at": "fact", "case": "fact", "author": "end"}
    search_columns = ["case", "happened_at"]
    order_columns = ["happened_at"]
    base_order = ("happened_at", "desc")
    formatters_columns = {"corrections": render_corrections}
    show_columns = ["case", "happened_at", "text", "corrections", "author"]
    add_fieldsets = [(None, {"fields": ["case", "text", "happened_at"]}), forms.build_reopening_fieldset()]
    extra_fields = forms.REOPENING_FIELDS | {
        "happened_at": forms.HAPPENED_AT_FIELD,
        "reason": forms.CORRECTION_REASON_FIELD,
    }
    has_edit_form = False
    autosave = True
    draft_relation = "case"
    add_service = staticmethod(add_note)
    transitions = NOTE_TRANSITIONS
    transition_services = {"correct": correct_note}
    option_label = "label"
    empty_hint = _l("Write down what a colleague should know about the case.")


class FollowUpView(PortalView[FollowUp]):
    datamodel = PortalInterface(FollowUp, eager=("case.client", "case.team", "assignee"))
    policy = FollowUpPolicy
    route_base = "/follow-ups"
    list_title = _l("Follow-ups")
    show_title = _l("Follow-up")
    add_title = _l("Set a follow-up")
    edit_title = _l("Follow-up")
    list_columns = ["title", "case", "due_on", "timing", "assignee", "state"]
    mobile_columns = {
        "title": "title",
        "due_on": "fact",
        "timing": "fact",
        "case": "fact",
        "assignee": "fact",
        "state": "end",
    }
    search_columns = ["state", "assignee", "case", "due_on"]
    order_columns = ["due_on"]
    base_order = ("due_on", "desc")
    presets = (
        Preset("overdue", _l("Overdue"), queries.is_overdue, ("due_on", "asc")),
        Preset("today", _l("Today"), queries.is_due_today, ("due_on", "asc")),
        Preset("upcoming", _l("Upcoming"), queries.is_upcoming, ("due_on", "asc")),
        Preset("done", _l("Done"), queries.is_done),
        Preset("unowned", _l("Nobody does it"), queries.is_unowned_follow_up, ("due_on", "asc")),
    )
    show_columns = [
        "case",
        "title",
        "due_on",
        "assignee",
        "state",
        "done_at",
        "result",
        "cancelled_at",
        "reason",
        "author",
    ]
    add_fieldsets = [
        (None, {"fields": ["case", "title", "due_on", "assignee"]}),
        forms.build_reopening_fieldset(),
    ]
    field_width = {"due_on": "half", "assignee": "half"}
    extra_fields = forms.REOPENING_FIELDS
    has_edit_form = False
    add_service = staticmethod(set_follow_up)
    transitions = FOLLOW_UP_TRANSITIONS
    transition_services = {"done": finish_follow_up, "cancel": cancel_follow_up}
    option_label = "title"
    empty_hint = _l("Promise the next step with a day, and it will not be forgotten.")


class AttachmentView(PortalView[Attachment]):
    datamodel = PortalInterface(Attachment, eager=("case.client", "author"))
    policy = AttachmentPolicy
    route_base = "/attachments"
    list_title = _l("Attachments")
    show_title = _l("Attachment")
    add_title = _l("Attach a file")
    edit_title = _l("Attachment")
    list_columns = ["title", "case", "created_at", "author"]
    mobile_columns = {"title": "title", "created_at": "fact", "case": "fact", "author": "end"}
    search_columns = ["case", "created_at"]
    order_columns = ["created_at"]
    base_order = ("created_at", "desc")
    show_columns = ["case", "title", "file", "created_at", "author", "sha256"]
    add_fieldsets = [(None, {"fields": ["case", "title", "file"]}), forms.build_reopening_fieldset()]
    extra_fields = forms.REOPENING_FIELDS
    has_edit_form = False
    add_service = staticmethod(attach_file)
    option_label = "title"
    empty_hint = _l("Keep photos, letters and genograms with the case.")
