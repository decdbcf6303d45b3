"""Who sees and changes what: the tier of a case decides, and everything in a case follows it."""

from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from sqlalchemy import ColumnElement, and_, false, literal_column, or_, true

from app.cases.enums import CaseStatus, ReportState
from app.cases.models.case import Case, CasePerson
from app.cases.models.emergency import EmergencyAccess
from app.cases.models.entries import Attachment, CaseNote, Entry, FollowUp, Service
from app.cases.models.links import CaseCategory, CaseReport, CaseTag
from app.cases.models.process import Assessment, PlanGoal
from app.cases.models.report import IncomingReport
from app.cases.visibility import (
    can_reassign,
    can_work_on,
    has_emergency_access_only,
    has_team_or_emergency_access,
    is_team_member,
    visible_to,
)
from app.clients.enums import SafeToContact
from app.clients.models.client import Client
from app.clients.policy import get_call_rule, get_call_rule_for_answer
from app.clients.visibility import (
    EditRestriction,
    VisibilityShortcut,
)
from app.core.actor import ADMIN, PEKSOS, STAFF_ROLES, SUPERVISOR, SYSTEM, Actor, has_role
from app.core.phones import CallRule
from app.db.predicates import cache_predicate
from app.db.query_hints import correlated_exists
from app.notices.enums import NoticeKind
from app.notices.models import Notice
from app.reference.enums import Confidentiality
from app.reference.models import PpksCategory, ProblemTag


def _is_in_visible_case(model: type[Entry | CasePerson], user: Actor) -> ColumnElement[bool]:
    return correlated_exists(model, Case.id == model.case_id, visible_to(user))


@cache_predicate
def services_visible_to(user: Actor) -> ColumnElement[bool]:
    """Show the services of the cases that the user sees."""
    return _is_in_visible_case(Service, user)


@cache_predicate
def notes_visible_to(user: Actor) -> ColumnElement[bool]:
    """Show the notes of the cases that the user sees."""
    return _is_in_visible_case(CaseNote, user)


@cache_predicate
def follow_ups_visible_to(user: Actor) -> ColumnElement[bool]:
    """Show the follow-ups of the cases that the user sees."""
    return _is_in_visible_case(FollowUp, user)


@cache_predicate
def attachments_visible_to(user: Actor) -> ColumnElement[bool]:
    """Show the files of the cases that the user sees."""
    return _is_in_visible_case(Attachment, user)


@cache_predicate
def assessments_visible_to(user: Actor) -> ColumnElement[bool]:
    """Show the assessments of the cases that the user sees."""
    return _is_in_visible_case(Assessment, user)


@cache_predicate
def goals_visible_to(user: Actor) -> ColumnElement[bool]:
    """Show the goals of the cases that the user sees."""
    return _is_in_visible_case(PlanGoal, user)


@cache_predicate
def people_visible_to(user: Actor) -> ColumnElement[bool]:
    """Show the people in the cases that the user sees."""
    return _is_in_visible_case(CasePerson, user)


@cache_predicate
def reports_visible_to(user: Actor) -> ColumnElement[bool]:
    """Show a report to all staff until it is a case; then the case decides."""
    if user is SYSTEM:
        return true()
    if not has_role(user, *STAFF_ROLES):
        return false()
    linked = correlated_exists(IncomingReport, CaseReport.report_id == IncomingReport.id)
    of_report = CaseReport.report_id == IncomingReport.id
    seen = correlated_exists(IncomingReport, of_report, Case.id == CaseReport.case_id, visible_to(user))
    return or_(~linked, seen)


@cache_predicate
def can_see_client(user: Actor) -> ColumnElement[bool]:
    """Hide a client who is only in secret cases, of none of which the user is on the team."""
    if user is SYSTEM:
        return true()
    hidden = and_(
        _is_restricted(), Case.confidentiality == Confidentiality.secret, ~has_team_or_emergency_access(user)
    )
    return or_(~_is_in_case(hidden), _is_in_case(~hidden))


@cache_predicate
def can_read_client_details(user: Actor) -> ColumnElement[bool]:
    """Show how to reach or find a client of an open limited case to its team, administrators, supervisors.

    Who is on the team of an open secret case of the client, or opened it in an emergency, knows more already.
    """
    if user is SYSTEM or has_role(user, ADMIN, SUPERVISOR):
        return true()
    is_open = Case.status != CaseStatus.closed
    limited = and_(_is_restricted(), Case.confidentiality == Confidentiality.limited, is_open)
    mine = and_(_is_restricted(), is_open, has_team_or_emergency_access(user))
    return or_(~_is_in_case(limited), _is_in_case(mine))


def _is_restricted() -> ColumnElement[bool]:
    """Say that the case is limited or secret, in the words of the index `ix_case_file_restricted_client`.

    A literal: SQLite does not look into a bound value to see that the partial index may be used.
    """
    return Case.confidentiality != literal_column("'ordinary'")


@cache_predicate
def emergency_accesses_visible_to(user: Actor) -> ColumnElement[bool]:
    """Show an access to whoever asked for it, was told of it or sees its case; supervisors see all of them.

    Who was told reads it for good: whoever opened a case could else take its team's notices away again.
    Administrators see the refused ones, too.
    """
    if user is SYSTEM or has_role(user, SUPERVISOR):
        return true()
    if not has_role(user, *STAFF_ROLES):
        return false()
    seen = correlated_exists(EmergencyAccess, Case.id == EmergencyAccess.case_id, visible_to(user))
    refused = EmergencyAccess.case_id.is_(None) if has_role(user, ADMIN) else false()
    told = correlated_exists(
        EmergencyAccess,
        Notice.user_id == user.actor_id,
        Notice.kind == NoticeKind.break_glass,
        Notice.entity_id == EmergencyAccess.id,
    )
    return or_(EmergencyAccess.user_id == user.actor_id, refused, told, seen)


def can_close_emergency_access(access: EmergencyAccess, user: Actor, transition_name: str) -> bool:  # noqa: ARG001
    """Let whoever opened the case end it, the team of the case, and an administrator who sees it."""
    mine = access.user_id == user.actor_id or has_role(user, ADMIN)
    return mine or (access.case is not None and is_on_team(access.case, user))


def _is_in_case(condition: ColumnElement[bool]) -> ColumnElement[bool]:
    """Say that the client is the main client of such a case, or another person in one."""
    return or_(
        correlated_exists(Client, Case.client_id == Client.id, condition),
        correlated_exists(
            Client, CasePerson.client_id == Client.id, Case.id == CasePerson.case_id, condition
        ),
    )


@cache_predicate
def has_no_restricting_case(user: Actor) -> ColumnElement[bool]:
    """Say of most clients, in one look at their cases, that they are seen and read whole."""
    if user is SYSTEM:
        return true()
    hidden = and_(Case.confidentiality == Confidentiality.secret, ~has_team_or_emergency_access(user))
    limited = and_(Case.confidentiality == Confidentiality.limited, Case.status != CaseStatus.closed)
    return ~_is_in_case(and_(_is_restricted(), or_(hidden, limited)))


@cache_predicate
def can_edit_client(user: Actor) -> ColumnElement[bool]:
    """Keep a client as it is from who knows of one of its cases by emergency access alone."""
    if user is SYSTEM or not user.emergency_case_ids:
        return true()
    return ~_is_in_case(and_(Case.id.in_(sorted(user.emergency_case_ids)), ~is_team_member(user)))


EMERGENCY_EDIT_RESTRICTION = EditRestriction(
    can_edit_client,
    _l("You see this person's case by emergency access: you read the record and change nothing."),
)
UNRESTRICTED_SHORTCUT = VisibilityShortcut(
    has_no_restricting_case, frozenset({can_see_client, can_read_client_details})
)


def is_in_sensitive_case() -> ColumnElement[bool]:
    """Say that the client is in a secret case, or in one with a tag or category that makes a case secret."""
    secret = Confidentiality.secret
    tagged = correlated_exists(
        Case,
        CaseTag.case_id == Case.id,
        ProblemTag.id == CaseTag.tag_id,
        ProblemTag.confidentiality == secret,
    )
    of_category = PpksCategory.id == CaseCategory.category_id
    categorised = correlated_exists(
        Case, CaseCategory.case_id == Case.id, of_category, PpksCategory.confidentiality == secret
    )
    return _is_in_case(or_(Case.confidentiality == secret, tagged, categorised))


def get_report_call_rule(report: IncomingReport, column: str) -> CallRule:  # noqa: ARG001  a report has one phone
    """Rule for the reporter's phone: as answered; where it is the client's own phone too, as that one's."""
    answer = report.reporter_safe_to_contact
    if answer is SafeToContact.ask_first:
        return CallRule(
            is_allowed=True, note=_("Ask first who is listening, before you speak of the report.")
        )
    if answer is None:
        for case in report.cases:
            if report.reporter_phone in (case.client.phone, case.client.guardian_phone):
                return get_call_rule(case.client, "phone")
    return get_call_rule_for_answer(answer)


def is_on_team(case: Case, user: Actor) -> bool:
    """Tell whether the user works on the case, as its peksos or beside him."""
    return case.has_team_member(user.actor_id)


def can_edit(case: Case, user: Actor) -> bool:
    """Let the team and administrators edit, while the case is open."""
    return case.is_open and can_work_on(case, user)


def can_transition(case: Case, user: Actor, transition_name: str) -> bool:
    """Let a peksos join an ordinary case, and who works on a case (or an administrator) do all else."""
    if has_emergency_access_only(case, user):
        return transition_name == "assign" and can_reassign(case, user)
    member = is_on_team(case, user)
    if transition_name == "join":
        return has_role(user, PEKSOS) and (member or case.confidentiality is Confidentiality.ordinary)
    if transition_name == "take":
        return has_role(user, PEKSOS) and member
    if transition_name == "raise_confidentiality":
        return (member or has_role(user, ADMIN)) and case.confidentiality is not Confidentiality.secret
    if transition_name == "lower_confidentiality":
        return has_role(user, ADMIN) and case.confidentiality is not Confidentiality.ordinary
    if transition_name == "police_report" and not _is_awaiting_police_report(case):
        return False
    return member or has_role(user, ADMIN)


def shows_transition(case: Case, user: Actor, transition_name: str) -> bool:
    """Leave out the button of what the user has done already: pressed again, it answers so."""
    if transition_name == "join":
        return not is_on_team(case, user)
    return transition_name != "take" or case.worker_id != user.actor_id


def is_reopening_required(case: Case | None) -> bool:
    """Whether the form of an entry must say how the case goes on: it is closed."""
    return case is not None and not case.is_open


def _is_awaiting_police_report(case: Case) -> bool:
    return case.police_report_number is None and case.has_sexual_violence_tag


def can_correct_entry(entry: Service | CaseNote, user: Actor, transition_name: str) -> bool:  # noqa: ARG001
    """Let who wrote it and administrators."""
    return entry.created_by_id == user.actor_id or (
        has_role(user, ADMIN) and not has_emergency_access_only(entry.case, user)
    )


def can_evaluate_goal(goal: PlanGoal, user: Actor, transition_name: str) -> bool:  # noqa: ARG001
    """Let its owner, who set it, the case's team and administrators say what was reached."""
    mine = user.actor_id in (goal.responsible_id, goal.created_by_id)
    return mine or can_work_on(goal.case, user)


def can_edit_person(person: CasePerson, user: Actor) -> bool:
    """Let whoever may edit the case."""
    return can_edit(person.case, user)


def can_edit_report(report: IncomingReport, user: Actor) -> bool:  # noqa: ARG001
    """Let it be edited until somebody has decided what becomes of it."""
    return report.state is ReportState.new


def can_transition_follow_up(follow_up: FollowUp, user: Actor, transition_name: str) -> bool:  # noqa: ARG001
    """Let its owner, who set it, the case's team and administrators end it."""
    mine = user.actor_id in (follow_up.assignee_id, follow_up.created_by_id)
    return mine or can_work_on(follow_up.case, user)
