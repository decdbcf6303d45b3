"""Policies of cases and of what belongs to them: the tier of the case decides, and everything in it follows.

Services ask them again once they have locked the case.
"""

from typing import TypeVar

from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from sqlalchemy import ColumnElement, and_, false, literal_column, or_, true

from app.cases.enums import CaseStatus, ReportState
from app.cases.models.case import Case, CasePerson
from app.cases.models.emergency import EmergencyAccess
from app.cases.models.entries import Attachment, CaseNote, CorrectableEntry, FollowUp, Service
from app.cases.models.links import CaseCategory, CaseReport, CaseTag, CaseTeam
from app.cases.models.process import Assessment, PlanGoal
from app.cases.models.report import IncomingReport
from app.cases.models.report_clock import ReportClock
from app.clients.enums import SafeToContact
from app.clients.models.client import Client
from app.clients.policy import (
    EditRestriction,
    VisibilityShortcut,
    get_call_rule,
    get_call_rule_for_answer,
)
from app.core.actor import ADMIN, PEKSOS, STAFF_ROLES, SUPERVISOR, SYSTEM, Actor, has_role
from app.core.phones import CallRule
from app.db.policy import Policy, StaffPolicy
from app.db.predicates import cache_class_predicate, cache_predicate
from app.db.query_hints import correlated_exists
from app.notices.enums import NoticeKind
from app.notices.models import Notice
from app.reference.enums import Confidentiality
from app.reference.models import PpksCategory, ProblemTag
from app.security.models import PortalUser, Role

CASE_WORK_ROLES = (ADMIN, PEKSOS)
"""Roles whose users can work on a case."""

T = TypeVar("T")
CorrectableT = TypeVar("CorrectableT", bound=CorrectableEntry)


class CasePolicy(Policy[Case]):
    """A case is seen by its tier and changed by its team and by administrators."""

    model = Case

    @classmethod
    @cache_class_predicate
    def visible_to(cls, user: Actor) -> ColumnElement[bool]:
        """Match ordinary cases for all staff, limited ones for their team, supervisors and administrators.

        A secret case is visible to its named team alone, and for an hour to whoever opened it in an
        emergency.
        """
        if user is SYSTEM:
            return true()
        if not has_role(user, *STAFF_ROLES):
            return false()
        tiers = [Confidentiality.ordinary]
        if has_role(user, ADMIN, SUPERVISOR):
            tiers.append(Confidentiality.limited)
        return or_(Case.confidentiality.in_(tiers), has_team_or_emergency_access(user))

    @classmethod
    def can_edit(cls, case: Case, user: Actor) -> bool:
        """Allow the team and administrators to edit while the case is open."""
        return case.is_open and can_work_on(case, user)

    @classmethod
    def can_transition(cls, case: Case, user: Actor, name: str) -> bool:
        """Allow a peksos to join an ordinary case, and the team and administrators all else.

        With emergency access alone only `assign` is allowed, and only where the team cannot work.
        """
        if has_emergency_access_only(case, user):
            return name == "assign" and can_reassign(case, user)
        is_member = is_on_team(case, user)
        if name == "join":
            return has_role(user, PEKSOS) and (is_member or case.confidentiality is Confidentiality.ordinary)
        if name == "take":
            return has_role(user, PEKSOS) and is_member
        if name == "raise_confidentiality":
            return (is_member or has_role(user, ADMIN)) and case.confidentiality is not Confidentiality.secret
        if name == "lower_confidentiality":
            return has_role(user, ADMIN) and case.confidentiality is not Confidentiality.ordinary
        if name == "police_report" and not _is_awaiting_police_report(case):
            return False
        return is_member or has_role(user, ADMIN)

    @classmethod
    def shows_transition(cls, case: Case, user: Actor, name: str) -> bool:
        """Hide the button of what the user has done already; the service would answer with Conflict."""
        if name == "join":
            return not is_on_team(case, user)
        return name != "take" or case.worker_id != user.actor_id


def _is_awaiting_police_report(case: Case) -> bool:
    return case.police_report_number is None and case.has_sexual_violence_tag


def has_team_or_emergency_access(user: Actor) -> ColumnElement[bool]:
    """Match cases that the user knows of however secret they are: by team or by emergency access."""
    if not (user.emergency_case_ids and has_role(user, *CASE_WORK_ROLES)):
        return is_team_member(user)
    return or_(is_team_member(user), Case.id.in_(sorted(user.emergency_case_ids)))


def is_team_member(user: Actor) -> ColumnElement[bool]:
    """Match cases of whose team the user is; never NULL, so that NOT can be applied."""
    is_worker = and_(Case.worker_id.is_not(None), Case.worker_id == user.actor_id)
    return or_(
        is_worker, correlated_exists(Case, CaseTeam.case_id == Case.id, CaseTeam.user_id == user.actor_id)
    )


def is_on_team(case: Case, user: Actor) -> bool:
    """Return whether the user is the peksos of the case or on its team."""
    return case.has_team_member(user.actor_id)


def has_emergency_access_only(case: Case, user: Actor) -> bool:
    """Return whether the user sees the case by emergency access alone: to read it and add entries."""
    return case.id in user.emergency_case_ids and not case.has_team_member(user.actor_id)


def has_staffed_team() -> ColumnElement[bool]:
    """Match cases with a team member who can work: account active, and with a role that may write."""
    can_work = and_(PortalUser.active.is_(True), PortalUser.roles.any(Role.name.in_(CASE_WORK_ROLES)))
    return correlated_exists(Case, CaseTeam.case_id == Case.id, PortalUser.id == CaseTeam.user_id, can_work)


def is_staffed(case: Case) -> bool:
    """Return whether a team member can work: account active, and with a role that may write."""
    return any(member.active and has_role(member, *CASE_WORK_ROLES) for member in case.team)


def is_limited_case_of(client: Client) -> ColumnElement[bool]:
    """Match open limited cases in which the client is the main client or another person."""
    is_other_person = correlated_exists(
        Case, CasePerson.case_id == Case.id, CasePerson.client_id == client.id
    )
    return and_(
        Case.confidentiality == Confidentiality.limited,
        Case.status != CaseStatus.closed,
        or_(Case.client_id == client.id, is_other_person),
    )


def can_work_on(case: Case, by: Actor) -> bool:
    """Return whether the user is on the team, or an administrator with more than emergency access."""
    return (has_role(by, ADMIN) and not has_emergency_access_only(case, by)) or case.has_team_member(
        by.actor_id
    )


def can_reassign(case: Case, by: Actor) -> bool:
    """Return whether an administrator may give away a case opened in an emergency: its team cannot work."""
    return has_role(by, ADMIN) and not is_staffed(case)


def is_reopening_required(case: Case | None) -> bool:
    """Return whether the case is closed, so that an entry's form must say how it goes on."""
    return case is not None and not case.is_open


class CasePartPolicy(Policy[T]):
    """Base of the policies of models with a `case_id`: their rows are seen like the case."""

    @classmethod
    @cache_class_predicate
    def visible_to(cls, user: Actor) -> ColumnElement[bool]:
        """Match the rows of the cases that the user sees."""
        return correlated_exists(cls.model, Case.id == cls.model.case_id, CasePolicy.visible_to(user))


class CasePersonPolicy(CasePartPolicy[CasePerson]):
    """The people in a case are seen and edited like the case."""

    model = CasePerson

    @classmethod
    def can_edit(cls, person: CasePerson, user: Actor) -> bool:
        """Allow whoever may edit the case."""
        return CasePolicy.can_edit(person.case, user)


class CorrectableEntryPolicy(CasePartPolicy[CorrectableT]):
    """Base of the policies of entries that can be corrected."""

    @classmethod
    def can_transition(cls, entry: CorrectableT, user: Actor, name: str) -> bool:
        """Allow the author, and administrators who have more than emergency access to the case."""
        return entry.created_by_id == user.actor_id or (
            has_role(user, ADMIN) and not has_emergency_access_only(entry.case, user)
        )


class ServicePolicy(CorrectableEntryPolicy[Service]):
    """A service is seen like its case; its author corrects it."""

    model = Service


class CaseNotePolicy(CorrectableEntryPolicy[CaseNote]):
    """A note is seen like its case; its author corrects it."""

    model = CaseNote


class FollowUpPolicy(CasePartPolicy[FollowUp]):
    """A follow-up is seen like its case; its assignee and its author complete it, too."""

    model = FollowUp

    @classmethod
    def can_transition(cls, follow_up: FollowUp, user: Actor, name: str) -> bool:
        """Allow the assignee, the author of the follow-up, the case's team and administrators."""
        is_own = user.actor_id in (follow_up.assignee_id, follow_up.created_by_id)
        return is_own or can_work_on(follow_up.case, user)


class AttachmentPolicy(CasePartPolicy[Attachment]):
    """A file is seen like its case."""

    model = Attachment


class AssessmentPolicy(CasePartPolicy[Assessment]):
    """An assessment is seen like its case."""

    model = Assessment


class PlanGoalPolicy(CasePartPolicy[PlanGoal]):
    """A goal is seen like its case; the responsible user and its author evaluate it, too."""

    model = PlanGoal

    @classmethod
    def can_transition(cls, goal: PlanGoal, user: Actor, name: str) -> bool:
        """Allow the responsible user, the author of the goal, the case's team and administrators."""
        is_own = user.actor_id in (goal.responsible_id, goal.created_by_id)
        return is_own or can_work_on(goal.case, user)


class IncomingReportPolicy(Policy[IncomingReport]):
    """All staff see and edit an incoming report until a case takes it up."""

    model = IncomingReport

    @classmethod
    @cache_class_predicate
    def visible_to(cls, user: Actor) -> ColumnElement[bool]:
        """Match reports for all staff until they belong to a case; then the case decides."""
        if user is SYSTEM:
            return true()
        if not has_role(user, *STAFF_ROLES):
            return false()
        has_case = correlated_exists(IncomingReport, CaseReport.report_id == IncomingReport.id)
        is_link_of_report = CaseReport.report_id == IncomingReport.id
        has_visible_case = correlated_exists(
            IncomingReport, is_link_of_report, Case.id == CaseReport.case_id, CasePolicy.visible_to(user)
        )
        return or_(~has_case, has_visible_case)

    @classmethod
    def can_edit(cls, report: IncomingReport, user: Actor) -> bool:
        """Allow editing until the report is taken up or dismissed."""
        return report.state is ReportState.new


def get_report_call_rule(report: IncomingReport, column: str) -> CallRule:  # noqa: ARG001  a report has one phone
    """Return the rule for calling the reporter, by the answer recorded in the report.

    Without an answer the client's own rule applies where it is the client's phone too.
    """
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


class ReportClockPolicy(StaffPolicy[ReportClock]):
    """All staff see the clocks of reports."""

    model = ReportClock


class EmergencyAccessPolicy(Policy[EmergencyAccess]):
    """An emergency access is seen by whoever asked for it, was notified of it or sees its case."""

    model = EmergencyAccess

    @classmethod
    @cache_class_predicate
    def visible_to(cls, user: Actor) -> ColumnElement[bool]:
        """Match accesses that the user asked for or was notified of, or whose case the user sees.

        Supervisors see all accesses, administrators also the refused ones. A notified user sees the access
        for good: otherwise whoever opened a case could take the notices of its team away again.
        """
        if user is SYSTEM or has_role(user, SUPERVISOR):
            return true()
        if not has_role(user, *STAFF_ROLES):
            return false()
        has_visible_case = correlated_exists(
            EmergencyAccess, Case.id == EmergencyAccess.case_id, CasePolicy.visible_to(user)
        )
        is_refused = EmergencyAccess.case_id.is_(None) if has_role(user, ADMIN) else false()
        has_notice = correlated_exists(
            EmergencyAccess,
            Notice.user_id == user.actor_id,
            Notice.kind == NoticeKind.break_glass,
            Notice.entity_id == EmergencyAccess.id,
        )
        return or_(EmergencyAccess.user_id == user.actor_id, is_refused, has_notice, has_visible_case)

    @classmethod
    def can_transition(cls, access: EmergencyAccess, user: Actor, name: str) -> bool:
        """Allow the user who opened the case, its team, and administrators who see the access."""
        is_own_or_admin = access.user_id == user.actor_id or has_role(user, ADMIN)
        return is_own_or_admin or (access.case is not None and is_on_team(access.case, user))


@cache_predicate
def can_see_client(user: Actor) -> ColumnElement[bool]:
    """Match all clients but those who are only in secret cases without the user on any of the teams.

    Emergency access to one of these cases counts like membership of its team.
    """
    if user is SYSTEM:
        return true()
    is_hidden_case = and_(
        _is_restricted(), Case.confidentiality == Confidentiality.secret, ~has_team_or_emergency_access(user)
    )
    return or_(~_is_in_case(is_hidden_case), _is_in_case(~is_hidden_case))


@cache_predicate
def can_read_client_details(user: Actor) -> ColumnElement[bool]:
    """Match the clients whose contact details and address the user may read.

    For a client in an open limited case these users are its team, administrators and supervisors. A user who
    is on the team of an open secret case of the client, or opened it in an emergency, reads them too: such a
    user knows more already.
    """
    if user is SYSTEM or has_role(user, ADMIN, SUPERVISOR):
        return true()
    is_open = Case.status != CaseStatus.closed
    is_open_limited_case = and_(_is_restricted(), Case.confidentiality == Confidentiality.limited, is_open)
    is_own_case = and_(_is_restricted(), is_open, has_team_or_emergency_access(user))
    return or_(~_is_in_case(is_open_limited_case), _is_in_case(is_own_case))


@cache_predicate
def has_no_restricting_case(user: Actor) -> ColumnElement[bool]:
    """Match clients whom no case hides, wholly or in part.

    One lookup of a client's cases settles this for most clients.
    """
    if user is SYSTEM:
        return true()
    is_hidden_case = and_(Case.confidentiality == Confidentiality.secret, ~has_team_or_emergency_access(user))
    is_open_limited_case = and_(
        Case.confidentiality == Confidentiality.limited, Case.status != CaseStatus.closed
    )
    return ~_is_in_case(and_(_is_restricted(), or_(is_hidden_case, is_open_limited_case)))


@cache_predicate
def can_edit_client(user: Actor) -> ColumnElement[bool]:
    """Match clients in no case that the user sees by emergency access alone; others are read-only."""
    if user is SYSTEM or not user.emergency_case_ids:
        return true()
    return ~_is_in_case(and_(Case.id.in_(sorted(user.emergency_case_ids)), ~is_team_member(user)))


def is_in_sensitive_case() -> ColumnElement[bool]:
    """Match clients in a secret case, or in one with a tag or category of the secret tier."""
    secret = Confidentiality.secret
    has_secret_tag = correlated_exists(
        Case,
        CaseTag.case_id == Case.id,
        ProblemTag.id == CaseTag.tag_id,
        ProblemTag.confidentiality == secret,
    )
    is_linked_category = PpksCategory.id == CaseCategory.category_id
    has_secret_category = correlated_exists(
        Case, CaseCategory.case_id == Case.id, is_linked_category, PpksCategory.confidentiality == secret
    )
    return _is_in_case(or_(Case.confidentiality == secret, has_secret_tag, has_secret_category))


def _is_restricted() -> ColumnElement[bool]:
    """Match limited and secret cases, in the words of the index `ix_case_file_restricted_client`."""
    # A literal: SQLite does not look into a bound value to see that the partial index may be used.
    return Case.confidentiality != literal_column("'ordinary'")


def _is_in_case(condition: ColumnElement[bool]) -> ColumnElement[bool]:
    """Match clients who are the main client or another person in a case that meets the condition."""
    return or_(
        correlated_exists(Client, Case.client_id == Client.id, condition),
        correlated_exists(
            Client, CasePerson.client_id == Client.id, Case.id == CasePerson.case_id, condition
        ),
    )


EMERGENCY_EDIT_RESTRICTION = EditRestriction(
    can_edit_client,
    _l("You see this person's case by emergency access: you read the record and change nothing."),
)
UNRESTRICTED_SHORTCUT = VisibilityShortcut(
    has_no_restricting_case, frozenset({can_see_client, can_read_client_details})
)
