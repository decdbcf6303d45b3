"""Types of case events that the cases package records, and their groups on the timeline."""

from collections.abc import Sequence

from flask_babel import lazy_gettext as _l
from flask_babel import lazy_pgettext

from app.cases.enums import CaseStage, ClosingReason, GoalResult, PersonRole, RiskLevel, ServiceKind
from app.cases.events import LABEL, EventGroup, EventType, SentenceVariant
from app.clients.enums import PERSONAL_DETAILS, ConsentPurpose
from app.reference.enums import Confidentiality
from app.security.enums import AccountChange


def _format_stages(codes: Sequence[str]) -> str:
    return ", ".join(str(CaseStage[code].value) for code in codes)


def _format_columns(codes: Sequence[str]) -> str:
    return ", ".join(dict.fromkeys(str(PERSONAL_DETAILS[code]) for code in codes))


SERVICES = EventGroup("services", _l("Services"))
NOTES = EventGroup("notes", _l("Notes"))
FOLLOW_UPS = EventGroup("follow_ups", _l("Follow-ups"))
PROCESS = EventGroup("process", _l("Stage and status"))
PLAN = EventGroup("plan", _l("Assessments and goals"))
PEOPLE = EventGroup("people", _l("People and team"))
REPORTS = EventGroup("reports", _l("Reports"))
FILES = EventGroup("files", _l("Files"))
CASE_GROUPS = (SERVICES, NOTES, FOLLOW_UPS, PROCESS, PLAN, PEOPLE, REPORTS, FILES)
CORRECTIONS = EventGroup("corrections", _l("Corrections"))

CASE_OPENED = EventType(
    "case_opened",
    label=lazy_pgettext("event", "Case opened"),
    sentence=_l("Case %(number)s was opened."),
    icon="cases",
    groups=(PROCESS,),
    payload={"confidentiality": Confidentiality},
    variants=(
        SentenceVariant(
            _l("Case %(number)s was opened; a problem or category chosen made it “%(confidentiality)s”."),
            key="confidentiality",
        ),
    ),
)
CASE_UPDATED = EventType(
    "case_updated",
    label=lazy_pgettext("event", "Case record changed"),
    sentence=LABEL,
    icon="pen",
    groups=(PROCESS,),
    payload={"confidentiality": Confidentiality},
    variants=(
        SentenceVariant(
            _l(
                "The case record was changed;"
                " a problem or category chosen made the case “%(confidentiality)s”."
            ),
            key="confidentiality",
        ),
    ),
)
REPORT_JOINED = EventType(
    "report_joined",
    label=lazy_pgettext("event", "Report added"),
    sentence=LABEL,
    icon="incoming-reports",
    groups=(REPORTS,),
    text_columns=("incoming_report.description",),
)
PERSON_ADDED = EventType(
    "person_added",
    label=lazy_pgettext("event", "Person added"),
    sentence=_l("A person was added: %(role)s."),
    icon="clients",
    groups=(PEOPLE,),
    payload={"role": PersonRole},
)
PERSON_CHANGED = EventType(
    "person_changed",
    label=lazy_pgettext("event", "Person changed"),
    sentence=LABEL,
    icon="clients",
    groups=(PEOPLE,),
)
CLIENT_DETAILS_CHANGED = EventType(
    "client_details_changed",
    label=lazy_pgettext("event", "Client's details changed"),
    sentence=_l("Details of a client were changed: %(columns)s."),
    icon="pen",
    groups=(PEOPLE,),
    payload={"columns": _format_columns},
)
CONSENT_GIVEN = EventType(
    "consent_given",
    label=lazy_pgettext("event", "Consent given"),
    sentence=_l("A consent was given: %(consent)s."),
    icon="check",
    groups=(PEOPLE,),
    payload={"consent": ConsentPurpose},
)
CONSENT_WITHDRAWN = EventType(
    "consent_withdrawn",
    label=lazy_pgettext("event", "Consent withdrawn"),
    sentence=_l("The client withdrew the consent: %(consent)s."),
    icon="x",
    groups=(PEOPLE,),
    payload={"consent": ConsentPurpose},
    variants=(
        SentenceVariant(
            _l(
                "The client withdrew the consent to our service. No new service, aid or referral begins"
                " without a new consent or a basis in the law; what was done until then stays recorded."
            ),
            key="consent",
            code=ConsentPurpose.service.name,
        ),
    ),
)
ACCOUNT_CHANGED = EventType(
    "account_changed",
    label=lazy_pgettext("event", "Account of a team member changed"),
    sentence=_l("The account of a team member was changed: %(change)s."),
    icon="lock",
    groups=(PEOPLE,),
    payload={"change": AccountChange},
    text_columns=("ab_user.first_name",),
)
TEAM_JOINED = EventType(
    "team_joined",
    label=lazy_pgettext("event", "Colleague joined"),
    sentence=LABEL,
    icon="clients",
    groups=(PEOPLE,),
)
WORKER_ASSIGNED = EventType(
    "worker_assigned",
    label=lazy_pgettext("event", "Peksos assigned"),
    sentence=LABEL,
    icon="clients",
    groups=(PEOPLE,),
)
EMERGENCY_ACCESS_OPENED = EventType(
    "emergency_access_opened",
    label=lazy_pgettext("event", "Opened in an emergency"),
    sentence=_l("Somebody who is not on the team opened this case for one hour."),
    icon="note",
    groups=(PEOPLE,),
)
FOLLOW_UPS_HANDED_OVER = EventType(
    "follow_ups_handed_over",
    label=lazy_pgettext("event", "Follow-ups handed over"),
    sentence=LABEL,
    icon="referrals",
    groups=(FOLLOW_UPS,),
)
CONFIDENTIALITY_RAISED = EventType(
    "confidentiality_raised",
    label=lazy_pgettext("event", "Confidentiality raised"),
    sentence=_l("Confidentiality was raised to “%(confidentiality)s”."),
    icon="lock",
    groups=(PROCESS,),
    payload={"confidentiality": Confidentiality},
)
CONFIDENTIALITY_LOWERED = EventType(
    "confidentiality_lowered",
    label=lazy_pgettext("event", "Confidentiality lowered"),
    sentence=_l("Confidentiality was lowered to “%(confidentiality)s”."),
    icon="lock",
    groups=(PROCESS,),
    payload={"confidentiality": Confidentiality},
)
SERVICE_GIVEN = EventType(
    "service_given",
    label=lazy_pgettext("event", "Service given"),
    sentence=_l("A service was given: %(service)s."),
    icon="chat",
    groups=(SERVICES,),
    payload={"service": ServiceKind},
    text_columns=(
        "service.narrative",
        "service.outcome",
    ),
)
NOTE_ADDED = EventType(
    "note_added",
    label=lazy_pgettext("event", "Note added"),
    sentence=LABEL,
    icon="note",
    groups=(NOTES,),
    text_columns=("case_note.text",),
)
FOLLOW_UP_SET = EventType(
    "follow_up_set",
    label=lazy_pgettext("event", "Follow-up set"),
    sentence=LABEL,
    icon="clock",
    groups=(FOLLOW_UPS,),
    text_columns=("follow_up.title",),
)
FOLLOW_UP_DONE = EventType(
    "follow_up_done",
    label=lazy_pgettext("event", "Follow-up done"),
    sentence=LABEL,
    icon="check",
    groups=(FOLLOW_UPS,),
    text_columns=(
        "follow_up.title",
        "follow_up.result",
    ),
)
FOLLOW_UP_CANCELLED = EventType(
    "follow_up_cancelled",
    label=lazy_pgettext("event", "Follow-up cancelled"),
    sentence=LABEL,
    icon="x",
    groups=(FOLLOW_UPS,),
    text_columns=(
        "follow_up.title",
        "follow_up.reason",
    ),
)
ATTACHMENT_ADDED = EventType(
    "attachment_added",
    label=lazy_pgettext("event", "File attached"),
    sentence=LABEL,
    icon="clip",
    groups=(FILES,),
    text_columns=("attachment.title",),
)
STAGE_MOVED = EventType(
    "stage_moved",
    label=lazy_pgettext("event", "Stage changed"),
    sentence=_l("The stage changed from “%(previous)s” to “%(stage)s”."),
    icon="stage",
    groups=(PROCESS,),
    payload={"stage": CaseStage, "previous": CaseStage, "skipped": _format_stages},
    variants=(
        SentenceVariant(
            _l("The stage changed from “%(previous)s” to “%(stage)s”; skipped: %(skipped)s."), key="skipped"
        ),
    ),
)
CASE_PUT_ON_HOLD = EventType(
    "case_held",
    label=lazy_pgettext("event", "Case put on hold"),
    sentence=LABEL,
    icon="pause",
    groups=(PROCESS,),
)
CASE_RESUMED = EventType(
    "case_resumed",
    label=lazy_pgettext("event", "Work resumed"),
    sentence=LABEL,
    icon="stage",
    groups=(PROCESS,),
)
CASE_CLOSED = EventType(
    "case_closed",
    label=lazy_pgettext("event", "Case closed"),
    sentence=_l("The case was closed: %(closing_reason)s."),
    icon="check",
    groups=(PROCESS,),
    payload={"closing_reason": ClosingReason},
)
CASE_REOPENED = EventType(
    "case_reopened",
    label=lazy_pgettext("event", "Case reopened"),
    sentence=_l("The case was reopened in the stage “%(stage)s”."),
    icon="cases",
    groups=(PROCESS,),
    payload={"stage": CaseStage},
)
ASSESSMENT_ADDED = EventType(
    "assessment_added",
    label=lazy_pgettext("event", "Assessment finished"),
    sentence=_l("An assessment was finished: %(score)s of 100, risk: %(risk_level)s."),
    icon="scale",
    groups=(PLAN,),
    payload={"risk_level": RiskLevel},
    text_columns=(
        "assessment.summary",
        "assessment.recommendation",
    ),
)
GOAL_SET = EventType(
    "goal_set",
    label=lazy_pgettext("event", "Goal set"),
    sentence=LABEL,
    icon="goal",
    groups=(PLAN,),
    text_columns=(
        "plan_goal.goal",
        "plan_goal.activity",
    ),
)
GOAL_EVALUATED = EventType(
    "goal_evaluated",
    label=lazy_pgettext("event", "Goal evaluated"),
    sentence=_l("A goal was evaluated: %(result)s."),
    icon="goal",
    groups=(PLAN,),
    payload={"result": GoalResult},
    text_columns=(
        "plan_goal.goal",
        "plan_goal.result_note",
    ),
)
SERVICE_CORRECTED = EventType(
    "service_corrected",
    label=lazy_pgettext("event", "Service corrected"),
    sentence=LABEL,
    icon="pen",
    groups=(
        SERVICES,
        CORRECTIONS,
    ),
)
NOTE_CORRECTED = EventType(
    "note_corrected",
    label=lazy_pgettext("event", "Note corrected"),
    sentence=LABEL,
    icon="pen",
    groups=(
        NOTES,
        CORRECTIONS,
    ),
)
VIOLENCE_REPORTED = EventType(
    "violence_reported",
    label=lazy_pgettext("event", "Reported to the police"),
    sentence=LABEL,
    icon="incoming-reports",
    groups=(REPORTS,),
)
