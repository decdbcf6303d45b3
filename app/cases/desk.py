"""The page of a case as a desk: how far it has come, what is next and whose turn it is."""

from typing import Any, NamedTuple

from flask_babel import gettext as _
from markupsafe import Markup, escape

from app.cases import access, queries
from app.cases.choices import ServiceKind
from app.cases.models import Case, IncomingReport
from app.cases.services import missing, next_stage
from app.cases.showing import source_url, telling
from app.cases.states import CaseStage, CaseStatus
from app.cases.timeline import Ask, past
from app.core import clock, display
from app.core.actor import ADMIN, PEKSOS, Actor, has_role
from app.core.masking import can_read_numbers, mask
from app.core.views import calling

RECENT = 10
"""Entries of the timeline that stand on the page of the case."""


class Turn(NamedTuple):
    """What is next, and where to do it."""

    title: str
    tone: str
    url: str
    text: str
    move: bool
    """Whether `url` is a move of the case: then only who may make it sees the button."""


class Step(NamedTuple):
    """One stage."""

    label: Any
    state: str
    """done, now or later."""


class Clock(NamedTuple):
    """The 72 hours of a case of sexual violence."""

    until: str
    late: bool


def desk(case: Case, user: Actor) -> dict[str, Any]:
    """What stands on the desk beside the facts."""
    return {
        "turn": _turn(case, user),
        "whose": case.worker.full_name if case.worker is not None else None,
        "steps": _steps(case),
        "kinds": _kinds(case, user),
        "clock": _clock(case),
        "reopened": case.is_reopened,
        "service_refused": _service_refused(case),
        "recent": [item for _month, items in past(case, Ask(), RECENT).months for item in items],
        **telling(),
        "awaiting_referral": any(one.room == "referrals" for one in case.standing_open),
    }


def report_facts(case: Case, user: Actor) -> list[tuple[Any, Any]]:
    """Label and value of each fact about the reports of the case; the phone is masked for who only reads."""
    return [fact for report in queries.reports_of(case, user) for fact in _report_facts(report, user)]


def _report_facts(report: IncomingReport, user: Actor) -> list[tuple[Any, Any]]:
    place = (report.location, report.kelurahan.name if report.kelurahan is not None else None)
    return [
        (_("Report"), _report_link(report)),
        (_("Received at"), report.received_at),
        (_("Name of the reporter"), report.reporter_name),
        (_("Who the reporter is"), report.reporter_role),
        (_("Phone of the reporter"), _reporter_phone(report, user)),
        (_("Where"), ", ".join(filter(None, place))),
    ]


def _report_link(report: IncomingReport) -> Markup:
    url = source_url(IncomingReport.__tablename__, report.id)
    return Markup('<a href="{}">{}</a>').format(url, report.label) if url else escape(report.label)


def _reporter_phone(report: IncomingReport, user: Actor) -> Any:
    if report.reporter_phone is None or not can_read_numbers(user):
        return report.reporter_phone and mask(report.reporter_phone)
    return calling.number(report.reporter_phone, access.report_call_rule(report, "reporter_phone"))


def _steps(case: Case) -> list[Step]:
    here = list(CaseStage).index(case.stage)
    states = ["done" if n < here else "now" if n == here else "later" for n in range(len(CaseStage))]
    return [Step(stage.value, state) for stage, state in zip(CaseStage, states, strict=True)]


def _kinds(case: Case, user: Actor) -> list[tuple[Any, str]]:
    if not case.is_open or not has_role(user, ADMIN, PEKSOS):
        return []
    return [(kind.value, f"/services/add?case={case.id}&kind={kind.name}") for kind in ServiceKind]


def _clock(case: Case) -> Clock | None:
    until = case.reporting_deadline
    return Clock(display.moment(until), until < clock.now()) if until is not None else None


def _service_refused(case: Case) -> str | None:
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
        day=display.day(consent.withdrawn_at.astimezone(clock.WITA).date()),
    )
    return said


def _turn(case: Case, user: Actor) -> Turn:
    tone = "turn-mine" if case.worker_id == user.actor_id else ""
    base = f"/cases/{case.id}"
    if case.status is CaseStatus.closed:
        return Turn(_("This case is closed."), "turn-done", f"{base}/reopen", _("Reopen"), True)
    if case.status is CaseStatus.on_hold:
        until = display.day(case.hold_until) if case.hold_until else display.UNKNOWN
        title = _("On hold until %(day)s", day=until)
        return Turn(title, tone, f"{base}/resume", _("Resume work"), True)
    stage = next_stage(case)
    if stage is None:
        title = _("Keep in touch; when all is well, close the case.")
        return Turn(title, tone, f"{base}/close", _("Close the case"), True)
    found = missing(case)
    if found is not None:
        return Turn(found.sentence, tone, found.url, found.text, found.url.startswith(f"{base}/"))
    title = _("Ready for the next stage: %(stage)s", stage=str(stage.value))
    return Turn(title, tone, f"{base}/advance", _("Go on to the next stage"), True)
