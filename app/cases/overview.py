"""Overview on the detail page of a case: stage, next step, deadline and the newest events."""

from typing import Any, NamedTuple

from flask_babel import gettext as _
from markupsafe import Markup, escape

from app.admin import phone_links
from app.admin.links import build_url
from app.cases import policy, queries
from app.cases.enums import CaseStage, CaseStatus, ServiceKind
from app.cases.models.case import Case
from app.cases.models.report import IncomingReport
from app.cases.services.stages import find_missing_requirement, get_next_stage
from app.cases.timeline.presentation import build_item_context, get_source_url
from app.cases.timeline.query import TimelineQuery, get_page
from app.core import clock, formats
from app.core.actor import ADMIN, PEKSOS, Actor, has_role
from app.db.masking import can_read_numbers, mask

MAX_RECENT_ITEMS = 10
"""Timeline entries shown on the detail page of a case."""


class NextStep(NamedTuple):
    """The next step of a case, and the page on which it is done."""

    title: str
    tone: str
    url: str
    text: str
    is_transition: bool
    """Whether `url` is a transition of the case; then only users who may make it see the button."""


class StageProgress(NamedTuple):
    """Label and progress of one stage."""

    label: Any
    state: str
    """`done`, `now` or `later`."""


class ReportingDeadline(NamedTuple):
    """The 72-hour deadline of a case of sexual violence."""

    until: str
    is_overdue: bool


def build_overview(case: Case, user: Actor) -> dict[str, Any]:
    """Return the template context of the overview, shown beside the case's columns."""
    return {
        "next_step": _get_next_step(case, user),
        "worker_name": case.worker.full_name if case.worker is not None else None,
        "stages": _build_stages(case),
        "service_links": _build_service_links(case, user),
        "reporting_deadline": _get_reporting_deadline(case),
        "reopened": case.is_reopened,
        "consent_warning": _get_consent_warning(case),
        "recent_items": [
            item
            for _month, items in get_page(case, TimelineQuery(), MAX_RECENT_ITEMS).months
            for item in items
        ],
        **build_item_context(),
        "awaiting_referral": any(
            blocker.ref.model.__tablename__ == "referral" for blocker in case.closing_blockers
        ),
    }


def build_report_panel(case: Case, user: Actor) -> list[tuple[Any, Any]]:
    """Return label and value of each fact about the case's reports.

    The phone is masked for users who may not read numbers.
    """
    return [
        row for report in queries.list_case_reports(case, user) for row in _build_report_rows(report, user)
    ]


def _build_report_rows(report: IncomingReport, user: Actor) -> list[tuple[Any, Any]]:
    place = (report.location, report.kelurahan.name if report.kelurahan is not None else None)
    return [
        (_("Report"), _build_report_link(report)),
        (_("Received at"), report.received_at),
        (_("Name of the reporter"), report.reporter_name),
        (_("Who the reporter is"), report.reporter_role),
        (_("Phone of the reporter"), _format_reporter_phone(report, user)),
        (_("Where"), ", ".join(filter(None, place))),
    ]


def _build_report_link(report: IncomingReport) -> Markup:
    url = get_source_url(IncomingReport.__tablename__, report.id)
    return Markup('<a href="{}">{}</a>').format(url, report.label) if url else escape(report.label)


def _format_reporter_phone(report: IncomingReport, user: Actor) -> Any:
    if report.reporter_phone is None or not can_read_numbers(user):
        return report.reporter_phone and mask(report.reporter_phone)
    return phone_links.render_phone_links(
        report.reporter_phone, policy.get_report_call_rule(report, "reporter_phone")
    )


def _build_stages(case: Case) -> list[StageProgress]:
    current = list(CaseStage).index(case.stage)
    progress = [
        "done" if position < current else "now" if position == current else "later"
        for position in range(len(CaseStage))
    ]
    return [StageProgress(stage.value, state) for stage, state in zip(CaseStage, progress, strict=True)]


def _build_service_links(case: Case, user: Actor) -> list[tuple[Any, str]]:
    if not case.is_open or not has_role(user, ADMIN, PEKSOS):
        return []
    return [(kind.value, f"/services/add?case={case.id}&kind={kind.name}") for kind in ServiceKind]


def _get_reporting_deadline(case: Case) -> ReportingDeadline | None:
    deadline = case.reporting_deadline
    return (
        ReportingDeadline(formats.format_instant(deadline), deadline < clock.now())
        if deadline is not None
        else None
    )


def _get_consent_warning(case: Case) -> str | None:
    """Return what the withdrawn consent to service means for the work; None without a withdrawal."""
    consent = case.client.withdrawn_service_consent if case.is_open else None
    if consent is None or consent.withdrawn_at is None:
        return None
    warning: str = _(
        "The client withdrew the consent to our service on %(day)s. What was done until then stays recorded."
        " Until the client agrees again, begin no new service, aid or referral, unless the law itself allows"
        " it (danger to life, a legal duty, a public task): then record an exception with its reason."
        " Otherwise agree with the client how the work ends, and close the case with the reason"
        " “Client withdrew”.",
        day=formats.format_day(consent.withdrawn_at.astimezone(clock.WITA).date()),
    )
    return warning


def _get_next_step(case: Case, user: Actor) -> NextStep:
    tone = "turn-mine" if case.worker_id == user.actor_id else ""
    case_url = f"/cases/{case.id}"
    if case.status is CaseStatus.closed:
        return NextStep(_("This case is closed."), "turn-done", f"{case_url}/reopen", _("Reopen"), True)
    if case.status is CaseStatus.on_hold:
        until = formats.format_day(case.hold_until) if case.hold_until else formats.EMPTY_VALUE
        title = _("On hold until %(day)s", day=until)
        return NextStep(title, tone, f"{case_url}/resume", _("Resume work"), True)
    stage = get_next_stage(case)
    if stage is None:
        title = _("Keep in touch; when all is well, close the case.")
        return NextStep(title, tone, f"{case_url}/close", _("Close the case"), True)
    requirement = find_missing_requirement(case)
    if requirement is not None:
        return NextStep(
            requirement.sentence,
            tone,
            build_url(requirement.link.ref),
            requirement.link.text,
            requirement.link.ref.model is Case,
        )
    title = _("Ready for the next stage: %(stage)s", stage=str(stage.value))
    return NextStep(title, tone, f"{case_url}/advance", _("Go on to the next stage"), True)
