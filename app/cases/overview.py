"""The page of a case as a desk: how far it has come, what is next and whose turn it is."""

from typing import Any, NamedTuple

from flask_babel import gettext as _
from markupsafe import Markup, escape

from app.admin import phone_links
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
"""Entries of the timeline that stand on the page of the case."""


class NextStep(NamedTuple):
    """What is next, and where to do it."""

    title: str
    tone: str
    url: str
    text: str
    is_transition: bool
    """Whether `url` is a move of the case: then only who may make it sees the button."""


class StageProgress(NamedTuple):
    """One stage."""

    label: Any
    state: str
    """done, now or later."""


class ReportingDeadline(NamedTuple):
    """The 72 hours of a case of sexual violence."""

    until: str
    is_overdue: bool


def build_overview(case: Case, user: Actor) -> dict[str, Any]:
    """What stands on the desk beside the facts."""
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
        "awaiting_referral": any(one.room == "referrals" for one in case.closing_blockers),
    }


def build_report_panel(case: Case, user: Actor) -> list[tuple[Any, Any]]:
    """Label and value of each fact about the reports of the case; the phone is masked for who only reads."""
    return [
        fact for report in queries.list_case_reports(case, user) for fact in _build_report_rows(report, user)
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
    here = list(CaseStage).index(case.stage)
    states = ["done" if n < here else "now" if n == here else "later" for n in range(len(CaseStage))]
    return [StageProgress(stage.value, state) for stage, state in zip(CaseStage, states, strict=True)]


def _build_service_links(case: Case, user: Actor) -> list[tuple[Any, str]]:
    if not case.is_open or not has_role(user, ADMIN, PEKSOS):
        return []
    return [(kind.value, f"/services/add?case={case.id}&kind={kind.name}") for kind in ServiceKind]


def _get_reporting_deadline(case: Case) -> ReportingDeadline | None:
    until = case.reporting_deadline
    return (
        ReportingDeadline(formats.format_instant(until), until < clock.now()) if until is not None else None
    )


def _get_consent_warning(case: Case) -> str | None:
    """Say what the withdrawn consent to service means for the work; None: nothing to say."""
    consent = case.client.withdrawn_service_consent if case.is_open else None
    if consent is None or consent.withdrawn_at is None:
        return None
    said: str = _(
        "The client withdrew the consent to our service on %(day)s. What was done until then stays recorded."
        " Until the client agrees again, begin no new service, aid or referral, unless the law itself allows"
        " it (danger to life, a legal duty, a public task): then record an exception with its reason."
        " Otherwise agree with the client how the work ends, and close the case with the reason"
        " “Client withdrew”.",
        day=formats.format_day(consent.withdrawn_at.astimezone(clock.WITA).date()),
    )
    return said


def _get_next_step(case: Case, user: Actor) -> NextStep:
    tone = "turn-mine" if case.worker_id == user.actor_id else ""
    base = f"/cases/{case.id}"
    if case.status is CaseStatus.closed:
        return NextStep(_("This case is closed."), "turn-done", f"{base}/reopen", _("Reopen"), True)
    if case.status is CaseStatus.on_hold:
        until = formats.format_day(case.hold_until) if case.hold_until else formats.EMPTY_VALUE
        title = _("On hold until %(day)s", day=until)
        return NextStep(title, tone, f"{base}/resume", _("Resume work"), True)
    stage = get_next_stage(case)
    if stage is None:
        title = _("Keep in touch; when all is well, close the case.")
        return NextStep(title, tone, f"{base}/close", _("Close the case"), True)
    found = find_missing_requirement(case)
    if found is not None:
        return NextStep(found.sentence, tone, found.url, found.text, found.url.startswith(f"{base}/"))
    title = _("Ready for the next stage: %(stage)s", stage=str(stage.value))
    return NextStep(title, tone, f"{base}/advance", _("Go on to the next stage"), True)
