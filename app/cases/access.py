"""Who sees and changes what: the tier of a case decides, and everything in a case follows it."""

from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from sqlalchemy import ColumnElement, and_, false, literal_column, or_, true

from app.cases.models import (
    Assessment,
    Attachment,
    Case,
    CaseCategory,
    CaseNote,
    CasePerson,
    CaseReport,
    CaseTag,
    EmergencyAccess,
    Entry,
    FollowUp,
    IncomingReport,
    PlanGoal,
    Service,
)
from app.cases.services.rules import can_give_on, may_work_on
from app.cases.states import CaseStatus, ReportState
from app.cases.visibility import is_guest, reached_by
from app.cases.visibility import team_member as team_member
from app.cases.visibility import visible_to as visible_to
from app.clients.access import (
    EditRestriction,
    Shortcut,
    detail_restrictions,
    edit_restrictions,
    restrictions,
    shortcuts,
)
from app.clients.choices import SafeToContact
from app.clients.contact import at_risk, call_rule, rule_of
from app.clients.models import Client
from app.core.actor import ADMIN, PEKSOS, STAFF, SUPERVISOR, SYSTEM, Actor, has_role
from app.core.asking import each
from app.core.phones import CallRule
from app.core.sight import made_once
from app.notices.enums import NoticeKind
from app.notices.models import Notice
from app.reference.choices import Confidentiality
from app.reference.models import PpksCategory, ProblemTag


def _in_visible_case(entry: type[Entry | CasePerson], user: Actor) -> ColumnElement[bool]:
    return each(entry, Case.id == entry.case_id, visible_to(user))


@made_once
def services_visible_to(user: Actor) -> ColumnElement[bool]:
    """Show the services of the cases that the user sees."""
    return _in_visible_case(Service, user)


@made_once
def notes_visible_to(user: Actor) -> ColumnElement[bool]:
    """Show the notes of the cases that the user sees."""
    return _in_visible_case(CaseNote, user)


@made_once
def follow_ups_visible_to(user: Actor) -> ColumnElement[bool]:
    """Show the follow-ups of the cases that the user sees."""
    return _in_visible_case(FollowUp, user)


@made_once
def attachments_visible_to(user: Actor) -> ColumnElement[bool]:
    """Show the files of the cases that the user sees."""
    return _in_visible_case(Attachment, user)


@made_once
def assessments_visible_to(user: Actor) -> ColumnElement[bool]:
    """Show the assessments of the cases that the user sees."""
    return _in_visible_case(Assessment, user)


@made_once
def goals_visible_to(user: Actor) -> ColumnElement[bool]:
    """Show the goals of the cases that the user sees."""
    return _in_visible_case(PlanGoal, user)


@made_once
def people_visible_to(user: Actor) -> ColumnElement[bool]:
    """Show the people in the cases that the user sees."""
    return _in_visible_case(CasePerson, user)


@made_once
def reports_visible_to(user: Actor) -> ColumnElement[bool]:
    """Show a report to all staff until it is a case; then the case decides."""
    if user is SYSTEM:
        return true()
    if not has_role(user, *STAFF):
        return false()
    linked = each(IncomingReport, CaseReport.report_id == IncomingReport.id)
    of_report = CaseReport.report_id == IncomingReport.id
    seen = each(IncomingReport, of_report, Case.id == CaseReport.case_id, visible_to(user))
    return or_(~linked, seen)


@made_once
def client_seen(user: Actor) -> ColumnElement[bool]:
    """Hide a client who is only in secret cases, of none of which the user is on the team."""
    if user is SYSTEM:
        return true()
    hidden = and_(_restricted(), Case.confidentiality == Confidentiality.secret, ~reached_by(user))
    return or_(~_in_case(hidden), _in_case(~hidden))


@made_once
def personal_details_readable(user: Actor) -> ColumnElement[bool]:
    """Show how to reach or find a client of an open limited case to its team, administrators, supervisors.

    Who is on the team of an open secret case of the client, or opened it in an emergency, knows more already.
    """
    if user is SYSTEM or has_role(user, ADMIN, SUPERVISOR):
        return true()
    is_open = Case.status != CaseStatus.closed
    limited = and_(_restricted(), Case.confidentiality == Confidentiality.limited, is_open)
    mine = and_(_restricted(), is_open, reached_by(user))
    return or_(~_in_case(limited), _in_case(mine))


def _restricted() -> ColumnElement[bool]:
    """Say that the case is limited or secret, in the words of the index `ix_case_file_restricted_client`.

    A literal: SQLite does not look into a bound value to see that the partial index may be used.
    """
    return Case.confidentiality != literal_column("'ordinary'")


@made_once
def emergency_accesses_visible_to(user: Actor) -> ColumnElement[bool]:
    """Show an access to whoever asked for it, was told of it or sees its case; supervisors see all of them.

    Who was told reads it for good: whoever opened a case could else take its team's notices away again.
    Administrators see the refused ones, too.
    """
    if user is SYSTEM or has_role(user, SUPERVISOR):
        return true()
    if not has_role(user, *STAFF):
        return false()
    seen = each(EmergencyAccess, Case.id == EmergencyAccess.case_id, visible_to(user))
    refused = EmergencyAccess.case_id.is_(None) if has_role(user, ADMIN) else false()
    told = each(
        EmergencyAccess,
        Notice.user_id == user.actor_id,
        Notice.kind == NoticeKind.break_glass,
        Notice.entity_id == EmergencyAccess.id,
    )
    return or_(EmergencyAccess.user_id == user.actor_id, refused, told, seen)


def may_close_access(access: EmergencyAccess, user: Actor, move: str) -> bool:  # noqa: ARG001
    """Let whoever opened the case end it, the team of the case, and an administrator who sees it."""
    mine = access.user_id == user.actor_id or has_role(user, ADMIN)
    return mine or (access.case is not None and on_team(access.case, user))


def _in_case(condition: ColumnElement[bool]) -> ColumnElement[bool]:
    """Say that the client is the main client of such a case, or another person in one."""
    return or_(
        each(Client, Case.client_id == Client.id, condition),
        each(Client, CasePerson.client_id == Client.id, Case.id == CasePerson.case_id, condition),
    )


@made_once
def client_in_no_restricted_case(user: Actor) -> ColumnElement[bool]:
    """Say of most clients, in one look at their cases, that they are seen and read whole."""
    if user is SYSTEM:
        return true()
    hidden = and_(Case.confidentiality == Confidentiality.secret, ~reached_by(user))
    limited = and_(Case.confidentiality == Confidentiality.limited, Case.status != CaseStatus.closed)
    return ~_in_case(and_(_restricted(), or_(hidden, limited)))


@made_once
def client_editable(user: Actor) -> ColumnElement[bool]:
    """Keep a client as it is from who knows of one of its cases by emergency access alone."""
    if user is SYSTEM or not user.emergency_case_ids:
        return true()
    return ~_in_case(and_(Case.id.in_(sorted(user.emergency_case_ids)), ~team_member(user)))


edit_restrictions.append(
    EditRestriction(
        client_editable,
        _l("You see this person's case by emergency access: you read the record and change nothing."),
    )
)
restrictions.append(client_seen)
detail_restrictions.append(personal_details_readable)
shortcuts.append(Shortcut(client_in_no_restricted_case, frozenset({client_seen, personal_details_readable})))


def in_case_of_violence_or_child() -> ColumnElement[bool]:
    """Say that the client is in a secret case, or in one with a tag or category that makes a case secret."""
    secret = Confidentiality.secret
    tagged = each(
        Case,
        CaseTag.case_id == Case.id,
        ProblemTag.id == CaseTag.tag_id,
        ProblemTag.confidentiality == secret,
    )
    of_category = PpksCategory.id == CaseCategory.category_id
    categorised = each(
        Case, CaseCategory.case_id == Case.id, of_category, PpksCategory.confidentiality == secret
    )
    return _in_case(or_(Case.confidentiality == secret, tagged, categorised))


at_risk.append(in_case_of_violence_or_child)


def report_call_rule(report: IncomingReport, column: str) -> CallRule:  # noqa: ARG001  a report has one phone
    """Rule for the reporter's phone: as answered; where it is the client's own phone too, as that one's."""
    answer = report.reporter_safe_to_contact
    if answer is SafeToContact.ask_first:
        return CallRule(allowed=True, note=_("Ask first who is listening, before you speak of the report."))
    if answer is None:
        for case in report.cases:
            if report.reporter_phone in (case.client.phone, case.client.guardian_phone):
                return call_rule(case.client, "phone")
    return rule_of(answer)


def on_team(case: Case, user: Actor) -> bool:
    """Tell whether the user works on the case, as its peksos or beside him."""
    return case.has_on_team(user.actor_id)


def may_edit(case: Case, user: Actor) -> bool:
    """Let the team and administrators edit, while the case is open."""
    return case.is_open and may_work_on(case, user)


def may_move(case: Case, user: Actor, move: str) -> bool:
    """Let a peksos join an ordinary case, and who works on a case (or an administrator) do all else."""
    if is_guest(case, user):
        return move == "assign" and can_give_on(case, user)
    member = on_team(case, user)
    if move == "join":
        return has_role(user, PEKSOS) and (member or case.confidentiality is Confidentiality.ordinary)
    if move == "take":
        return has_role(user, PEKSOS) and member
    if move == "raise_confidentiality":
        return (member or has_role(user, ADMIN)) and case.confidentiality is not Confidentiality.secret
    if move == "lower_confidentiality":
        return has_role(user, ADMIN) and case.confidentiality is not Confidentiality.ordinary
    if move == "police_report" and not _awaits_police_report(case):
        return False
    return member or has_role(user, ADMIN)


def offers_move(case: Case, user: Actor, move: str) -> bool:
    """Leave out the button of what the user has done already: pressed again, it answers so."""
    if move == "join":
        return not on_team(case, user)
    return move != "take" or case.worker_id != user.actor_id


def asks_to_reopen(case: Case | None) -> bool:
    """Whether the form of an entry must say how the case goes on: it is closed."""
    return case is not None and not case.is_open


def _awaits_police_report(case: Case) -> bool:
    return case.police_report_number is None and case.tells_of_sexual_violence


def may_correct(entry: Service | CaseNote, user: Actor, move: str) -> bool:  # noqa: ARG001
    """Let who wrote it and administrators."""
    return entry.created_by_id == user.actor_id or (has_role(user, ADMIN) and not is_guest(entry.case, user))


def may_evaluate(goal: PlanGoal, user: Actor, move: str) -> bool:  # noqa: ARG001
    """Let its owner, who set it, the case's team and administrators say what was reached."""
    mine = user.actor_id in (goal.responsible_id, goal.created_by_id)
    return mine or may_work_on(goal.case, user)


def may_edit_person(person: CasePerson, user: Actor) -> bool:
    """Let whoever may edit the case."""
    return may_edit(person.case, user)


def may_edit_report(report: IncomingReport, user: Actor) -> bool:  # noqa: ARG001
    """Let it be edited until somebody has decided what becomes of it."""
    return report.state is ReportState.new


def may_move_follow_up(follow_up: FollowUp, user: Actor, move: str) -> bool:  # noqa: ARG001
    """Let its owner, who set it, the case's team and administrators end it."""
    mine = user.actor_id in (follow_up.assignee_id, follow_up.created_by_id)
    return mine or may_work_on(follow_up.case, user)
