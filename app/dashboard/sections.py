"""What waits for whom: sections of the first page, each as far as the user may see its records."""

from collections.abc import Iterator
from datetime import datetime, time, timedelta
from typing import Any

from flask import url_for
from flask_babel import gettext as _
from flask_babel import ngettext

from app.admin.values import get_tone, render_badge
from app.cases import queries as cases
from app.cases.enums import Place
from app.cases.models.case import Case
from app.core import clock, formats
from app.core.actor import ADMIN, PEKSOS, Actor, has_role
from app.dashboard.section_types import MAX_SECTION_TASKS, Section, SectionLink, Task
from app.partners import queries as partners
from app.partners.models import AGREEMENT_WARNING_PERIOD, VERIFICATION_PERIOD, Partner
from app.referrals import queries as referrals
from app.security import queries as security


def build_main_sections(user: Actor) -> Iterator[Section]:
    """What cannot wait."""
    if has_role(user, PEKSOS, ADMIN):
        yield from _build_clock_section(user)
    yield from _build_report_section(user)
    if has_role(user, PEKSOS):
        yield from _build_referral_section(user)
    yield from _build_follow_up_section(user)
    if has_role(user, PEKSOS, ADMIN):
        yield from _build_unowned_section(user)
    if has_role(user, ADMIN):
        yield from _build_teamless_section()


def build_side_sections(user: Actor) -> Iterator[Section]:
    """What should not be forgotten."""
    if has_role(user, PEKSOS):
        yield from _build_quiet_case_section(user)
    if has_role(user, ADMIN):
        yield from _build_agreement_section(user)
        yield from _build_unverified_section(user)
        yield from _build_locked_user_section()


def _build_list_url(view_name: str, **parameters: Any) -> str:
    return url_for(f"{view_name}.list", **parameters)


def _build_visit_url(case: Case) -> str:
    return url_for("ServiceView.add", case=case.id, place=Place.home.name)


def _build_report_section(user: Actor) -> Iterator[Section]:
    count, first = cases.get_new_reports(user, MAX_SECTION_TASKS)
    if not count:
        return
    tasks = []
    for report in first:
        where = report.location or (report.kelurahan.name if report.kelurahan else None)
        line = " · ".join(filter(None, (report.reporter_role, where, str(report.channel.value))))
        tasks.append(
            Task(
                report.excerpt,
                url_for("IncomingReportView.show", pk=report.id),
                line,
                _("by %(time)s", time=formats.format_deadline(report.due_at)) if report.due_at else "",
                late=_("Overdue") if report.is_late else "",
                badge="" if get_tone(report.urgency) == "hidden_badge" else render_badge(report.urgency),
            )
        )
    waiting = SectionLink(
        _("%(count)s waiting", count=formats.format_number(count)),
        _build_list_url("IncomingReportView", _flt_0_state="new"),
    )
    yield Section("reports", _("Reports nobody has taken up"), [waiting], tasks)


def _build_clock_section(user: Actor) -> Iterator[Section]:
    """The 72 hours of sexual violence, for the team alone."""
    tasks = []
    for case in cases.list_unreported_violence_cases(user, MAX_SECTION_TASKS):
        until = case.reporting_deadline
        assert until is not None  # noqa: S101  the query asked for it
        late = _("The 72 hours are over") if until < clock.now() else ""
        line = f"{case.client.label} · {case.number}"
        title = _("Report to the police or refer to UPTD PPA")
        tasks.append(
            Task(title, url_for("CaseView.show", pk=case.id), line, formats.format_instant(until), late)
        )
    if tasks:
        yield Section("clocks", _("Sexual violence: 72 hours"), [], tasks)


def _build_referral_section(user: Actor) -> Iterator[Section]:
    """My turn, and partners of my cases that are late."""
    waiting = referrals.get_waiting_referrals(user, MAX_SECTION_TASKS)
    tasks = [
        Task(
            one.headline,
            f"/referrals/{one.id}/",
            f"{one.case.client.label} · {one.case.number}",
            formats.format_instant(one.due_at) if one.due_at else "",
            str(_("Overdue")) if one.is_overdue else "",
            render_badge(one.state),
        )
        for one in waiting.first
    ]
    links = []
    if waiting.overdue_count:
        text = _("%(count)s overdue", count=formats.format_number(waiting.overdue_count))
        links.append(SectionLink(text, _build_list_url("ReferralView", queue="overdue"), late=True))
    if waiting.own_count:
        text = _("%(count)s wait for me", count=formats.format_number(waiting.own_count))
        links.append(SectionLink(text, _build_list_url("ReferralView", queue="mine")))
    if tasks:
        yield Section("referrals", _("My referrals"), links, tasks)


def _build_follow_up_section(user: Actor) -> Iterator[Section]:
    today = clock.today()
    due = cases.get_due_follow_ups(user, today, MAX_SECTION_TASKS)
    tasks = []
    for one in due.follow_ups:
        days = (today - one.due_on).days
        tasks.append(
            Task(
                one.title,
                url_for("FollowUpView.show", pk=one.id),
                f"{one.case.client.label} · {one.case.number}",
                formats.format_day(one.due_on) if days else str(_("Today")),
                ngettext("%(num)s day late", "%(num)s days late", days) if days else "",
                visit_url=_build_visit_url(one.case),
            )
        )
    mine = {"_flt_0_state": "open", "_flt_0_assignee": user.actor_id}
    late = {**mine, "_flt_1_due_on": today - timedelta(days=1)}
    now = {**mine, "_flt_0_due_on": today, "_flt_1_due_on": today}
    links = []
    if due.overdue_count:
        text = _("%(count)s overdue", count=formats.format_number(due.overdue_count))
        links.append(SectionLink(text, _build_list_url("FollowUpView", **late), late=True))
    if due.due_today_count:
        text = _("%(count)s today", count=formats.format_number(due.due_today_count))
        links.append(SectionLink(text, _build_list_url("FollowUpView", **now)))
    if tasks:
        yield Section("follow-ups", _("My follow-ups"), links, tasks)


def _build_unowned_section(user: Actor) -> Iterator[Section]:
    """What would wait for ever: nobody answers for it."""
    led, promised = (
        cases.get_unowned_cases(user, MAX_SECTION_TASKS),
        cases.get_unowned_follow_ups(user, MAX_SECTION_TASKS),
    )
    counted = (
        (
            led.total,
            "CaseView",
            _("%(count)s cases without a peksos", count=formats.format_number(led.total)),
        ),
        (promised.total, "FollowUpView", _("%(count)s follow-ups without an owner", count=promised.total)),
    )
    links = [
        SectionLink(text, _build_list_url(view, show="unowned")) for count, view, text in counted if count
    ]
    tasks = [Task(c.client.label, url_for("CaseView.show", pk=c.id), c.number) for c in led.records]
    tasks += [Task(f.title, url_for("FollowUpView.show", pk=f.id), f.case.title) for f in promised.records]
    if links:
        yield Section("unowned", _("Nobody is responsible"), links, tasks[:MAX_SECTION_TASKS])


def _build_teamless_section() -> Iterator[Section]:
    """Secret cases that nobody on their team can work on any more: their numbers, and the door to them."""
    door = url_for("EmergencyAccessView.add")
    line = _("Open it by emergency access and give it to a peksos")
    tasks = [Task(number, door, line) for number in cases.list_case_numbers_without_team(MAX_SECTION_TASKS)]
    if tasks:
        yield Section("without-team", _("Secret cases whose team is gone"), [], tasks)


def _build_quiet_case_section(user: Actor) -> Iterator[Section]:
    today = clock.today()
    quiet = cases.list_idle_cases(user, datetime.combine(today, time(), clock.WITA), MAX_SECTION_TASKS)
    if not quiet:
        return
    tasks = []
    for case, since in quiet:
        line = f"{case.stage.value} · {case.number}"
        silence = formats.format_duration((today - since.astimezone(clock.WITA).date()).days)
        url = url_for("CaseView.show", pk=case.id)
        tasks.append(Task(case.client.label, url, line, silence, visit_url=_build_visit_url(case)))
    count = formats.format_number(cases.count_active_cases(user))
    active = _build_list_url("CaseView", _flt_0_worker=user.actor_id, _flt_0_status="active")
    title = _("Long without contact")
    yield Section("quiet", title, [SectionLink(_("%(count)s active cases", count=count), active)], tasks)


def _build_agreement_section(user: Actor) -> Iterator[Section]:
    today = clock.today()
    count, first = partners.list_ending_agreements(
        user, today, today + AGREEMENT_WARNING_PERIOD, MAX_SECTION_TASKS
    )
    tasks = []
    for partner in first:
        assert partner.agreement_until is not None  # noqa: S101  the query asked for it
        days = (partner.agreement_until - today).days
        left = ngettext("%(num)s day left", "%(num)s days left", days) if days else _("Ends today")
        line = " · ".join(filter(None, (partner.agreement_number, left)))
        url = url_for("PartnerView.show", pk=partner.id)
        tasks.append(Task(partner.name, url, line, formats.format_day(partner.agreement_until)))
    ending = _build_list_url(
        "PartnerView", _flt_0_agreement_until=today, _flt_1_agreement_until=today + AGREEMENT_WARNING_PERIOD
    )
    if count:
        text = _("%(count)s within 60 days", count=formats.format_number(count))
        yield Section("agreements", _("Agreements about to end"), [SectionLink(text, ending)], tasks)


def _build_unverified_section(user: Actor) -> Iterator[Section]:
    count, first = partners.list_unverified_partners(
        user, clock.today() - VERIFICATION_PERIOD, MAX_SECTION_TASKS
    )
    if count:
        tasks = [
            Task(one.name, url_for("PartnerView.show", pk=one.id), _format_verification(one)) for one in first
        ]
        everyone = SectionLink(_("All partners"), _build_list_url("PartnerView"))
        title = _("Not verified for a year: %(count)s", count=formats.format_number(count))
        yield Section("unverified", title, [everyone], tasks)


def _format_verification(partner: Partner) -> str:
    day = partner.verified_on
    return str(_("Last verified on %(day)s", day=formats.format_day(day)) if day else _("Never verified"))


def _build_locked_user_section() -> Iterator[Section]:
    locked = security.locked_users()
    if not locked:
        return
    tasks = []
    for user in locked[:MAX_SECTION_TASKS]:
        assert user.locked_until is not None  # noqa: S101  the query asked for it
        url = url_for("UserView.show", pk=user.id)
        tasks.append(
            Task(user.full_name, url, user.username, formats.format_recent_instant(user.locked_until))
        )
    first = min(user.locked_until for user in locked if user.locked_until).astimezone(clock.WITA).date()
    listed = _build_list_url("UserView", _flt_0_active="y", _flt_0_locked_until=first)
    text = _("%(count)s locked", count=formats.format_number(len(locked)))
    yield Section("locked", _("Accounts that are locked"), [SectionLink(text, listed, late=True)], tasks)
