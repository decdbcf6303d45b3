"""Sections of the first page, for each role, with only the records that the user may see."""

from collections.abc import Iterator
from datetime import datetime, time, timedelta

from flask import url_for
from flask_babel import gettext as _
from flask_babel import ngettext

from app.admin.values import get_tone, render_badge
from app.cases import queries as cases
from app.cases.enums import Place
from app.cases.models.case import Case
from app.core import clock, formats
from app.core.actor import ADMIN, PEKSOS, Actor, has_role
from app.dashboard.backup import build_backup_section
from app.dashboard.figures import build_list_url
from app.dashboard.section_types import MAX_SECTION_TASKS, Section, SectionLink, Task
from app.partners import queries as partners
from app.partners.models import AGREEMENT_WARNING_PERIOD, VERIFICATION_PERIOD, Partner
from app.referrals import queries as referrals
from app.security import queries as security


def build_main_sections(user: Actor) -> Iterator[Section]:
    """Build the sections of urgent tasks for the main column."""
    if has_role(user, ADMIN):
        yield from build_backup_section()
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
    """Build the sections of reminders for the side column."""
    if has_role(user, PEKSOS):
        yield from _build_quiet_case_section(user)
    if has_role(user, ADMIN):
        yield from _build_agreement_section(user)
        yield from _build_unverified_section(user)
        yield from _build_locked_user_section()


def _build_visit_url(case: Case) -> str:
    return url_for("ServiceView.add", case=case.id, place=Place.home.name)


def _build_report_section(user: Actor) -> Iterator[Section]:
    count, reports = cases.get_new_reports(user, MAX_SECTION_TASKS)
    if not count:
        return
    tasks = []
    for report in reports:
        place = report.location or (report.kelurahan.name if report.kelurahan else None)
        line = " · ".join(filter(None, (report.reporter_role, place, str(report.channel.value))))
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
        build_list_url("IncomingReportView", _flt_0_state="new"),
    )
    yield Section("reports", _("Reports nobody has taken up"), [waiting], tasks)


def _build_clock_section(user: Actor) -> Iterator[Section]:
    """Deadline of 72 hours for reporting sexual violence, shown to the case's team only."""
    tasks = []
    for case in cases.list_unreported_violence_cases(user, MAX_SECTION_TASKS):
        deadline = case.reporting_deadline
        assert deadline is not None  # noqa: S101  guaranteed by the query
        late = _("The 72 hours are over") if deadline < clock.now() else ""
        line = f"{case.client.label} · {case.number}"
        title = _("Report to the police or refer to UPTD PPA")
        tasks.append(
            Task(title, url_for("CaseView.show", pk=case.id), line, formats.format_instant(deadline), late)
        )
    if tasks:
        yield Section("clocks", _("Sexual violence: 72 hours"), [], tasks)


def _build_referral_section(user: Actor) -> Iterator[Section]:
    """Referrals that wait for the user, and overdue ones of partners in the user's cases."""
    waiting = referrals.get_waiting_referrals(user, MAX_SECTION_TASKS)
    tasks = [
        Task(
            referral.headline,
            f"/referrals/{referral.id}/",
            f"{referral.case.client.label} · {referral.case.number}",
            formats.format_instant(referral.due_at) if referral.due_at else "",
            str(_("Overdue")) if referral.is_overdue else "",
            render_badge(referral.state),
        )
        for referral in waiting.first
    ]
    links = []
    if waiting.overdue_count:
        text = _("%(count)s overdue", count=formats.format_number(waiting.overdue_count))
        links.append(SectionLink(text, build_list_url("ReferralView", queue="overdue"), late=True))
    if waiting.own_count:
        text = _("%(count)s wait for me", count=formats.format_number(waiting.own_count))
        links.append(SectionLink(text, build_list_url("ReferralView", queue="mine")))
    if tasks:
        yield Section("referrals", _("My referrals"), links, tasks)


def _build_follow_up_section(user: Actor) -> Iterator[Section]:
    today = clock.today()
    due = cases.get_due_follow_ups(user, today, MAX_SECTION_TASKS)
    tasks = []
    for follow_up in due.follow_ups:
        days = (today - follow_up.due_on).days
        tasks.append(
            Task(
                follow_up.title,
                url_for("FollowUpView.show", pk=follow_up.id),
                f"{follow_up.case.client.label} · {follow_up.case.number}",
                formats.format_day(follow_up.due_on) if days else str(_("Today")),
                ngettext("%(num)s day late", "%(num)s days late", days) if days else "",
                visit_url=_build_visit_url(follow_up.case),
            )
        )
    own_filters = {"_flt_0_state": "open", "_flt_0_assignee": user.actor_id}
    overdue_filters = {**own_filters, "_flt_1_due_on": today - timedelta(days=1)}
    today_filters = {**own_filters, "_flt_0_due_on": today, "_flt_1_due_on": today}
    links = []
    if due.overdue_count:
        text = _("%(count)s overdue", count=formats.format_number(due.overdue_count))
        links.append(SectionLink(text, build_list_url("FollowUpView", **overdue_filters), late=True))
    if due.due_today_count:
        text = _("%(count)s today", count=formats.format_number(due.due_today_count))
        links.append(SectionLink(text, build_list_url("FollowUpView", **today_filters)))
    if tasks:
        yield Section("follow-ups", _("My follow-ups"), links, tasks)


def _build_unowned_section(user: Actor) -> Iterator[Section]:
    """Cases and follow-ups without a responsible person, which nobody else would see to."""
    unowned_cases, unowned_follow_ups = (
        cases.get_unowned_cases(user, MAX_SECTION_TASKS),
        cases.get_unowned_follow_ups(user, MAX_SECTION_TASKS),
    )
    link_parts = (
        (
            unowned_cases.total,
            "CaseView",
            _("%(count)s cases without a peksos", count=formats.format_number(unowned_cases.total)),
        ),
        (
            unowned_follow_ups.total,
            "FollowUpView",
            _("%(count)s follow-ups without an owner", count=unowned_follow_ups.total),
        ),
    )
    links = [
        SectionLink(text, build_list_url(view, show="unowned")) for total, view, text in link_parts if total
    ]
    tasks = [
        Task(case.client.label, url_for("CaseView.show", pk=case.id), case.number)
        for case in unowned_cases.records
    ]
    tasks += [
        Task(follow_up.title, url_for("FollowUpView.show", pk=follow_up.id), follow_up.case.title)
        for follow_up in unowned_follow_ups.records
    ]
    if links:
        yield Section("unowned", _("Nobody is responsible"), links, tasks[:MAX_SECTION_TASKS])


def _build_teamless_section() -> Iterator[Section]:
    """Secret cases whose whole team can no longer work: case number and link to emergency access only."""
    url = url_for("EmergencyAccessView.add")
    line = _("Open it by emergency access and give it to a peksos")
    tasks = [Task(number, url, line) for number in cases.list_case_numbers_without_team(MAX_SECTION_TASKS)]
    if tasks:
        yield Section("without-team", _("Secret cases whose team is gone"), [], tasks)


def _build_quiet_case_section(user: Actor) -> Iterator[Section]:
    today = clock.today()
    idle_cases = cases.list_idle_cases(user, datetime.combine(today, time(), clock.WITA), MAX_SECTION_TASKS)
    if not idle_cases:
        return
    tasks = []
    for case, since in idle_cases:
        line = f"{case.stage.value} · {case.number}"
        idle_time = formats.format_duration((today - since.astimezone(clock.WITA).date()).days)
        url = url_for("CaseView.show", pk=case.id)
        tasks.append(Task(case.client.label, url, line, idle_time, visit_url=_build_visit_url(case)))
    count = formats.format_number(cases.count_active_cases(user))
    active_url = build_list_url("CaseView", _flt_0_worker=user.actor_id, _flt_0_status="active")
    title = _("Long without contact")
    yield Section("quiet", title, [SectionLink(_("%(count)s active cases", count=count), active_url)], tasks)


def _build_agreement_section(user: Actor) -> Iterator[Section]:
    today = clock.today()
    count, ending_partners = partners.list_ending_agreements(
        user, today, today + AGREEMENT_WARNING_PERIOD, MAX_SECTION_TASKS
    )
    tasks = []
    for partner in ending_partners:
        assert partner.agreement_until is not None  # noqa: S101  guaranteed by the query
        days = (partner.agreement_until - today).days
        time_left = ngettext("%(num)s day left", "%(num)s days left", days) if days else _("Ends today")
        line = " · ".join(filter(None, (partner.agreement_number, time_left)))
        url = url_for("PartnerView.show", pk=partner.id)
        tasks.append(Task(partner.name, url, line, formats.format_day(partner.agreement_until)))
    list_url = build_list_url(
        "PartnerView", _flt_0_agreement_until=today, _flt_1_agreement_until=today + AGREEMENT_WARNING_PERIOD
    )
    if count:
        text = _("%(count)s within 60 days", count=formats.format_number(count))
        yield Section("agreements", _("Agreements about to end"), [SectionLink(text, list_url)], tasks)


def _build_unverified_section(user: Actor) -> Iterator[Section]:
    count, unverified = partners.list_unverified_partners(
        user, clock.today() - VERIFICATION_PERIOD, MAX_SECTION_TASKS
    )
    if count:
        tasks = [
            Task(partner.name, url_for("PartnerView.show", pk=partner.id), _format_verification(partner))
            for partner in unverified
        ]
        all_link = SectionLink(_("All partners"), build_list_url("PartnerView"))
        title = _("Not verified for a year: %(count)s", count=formats.format_number(count))
        yield Section("unverified", title, [all_link], tasks)


def _format_verification(partner: Partner) -> str:
    day = partner.verified_on
    return str(_("Last verified on %(day)s", day=formats.format_day(day)) if day else _("Never verified"))


def _build_locked_user_section() -> Iterator[Section]:
    locked_users = security.locked_users()
    if not locked_users:
        return
    tasks = []
    for user in locked_users[:MAX_SECTION_TASKS]:
        assert user.locked_until is not None  # noqa: S101  guaranteed by the query
        url = url_for("UserView.show", pk=user.id)
        tasks.append(
            Task(user.full_name, url, user.username, formats.format_recent_instant(user.locked_until))
        )
    first_day = (
        min(user.locked_until for user in locked_users if user.locked_until).astimezone(clock.WITA).date()
    )
    list_url = build_list_url("UserView", _flt_0_active="y", _flt_0_locked_until=first_day)
    text = _("%(count)s locked", count=formats.format_number(len(locked_users)))
    yield Section("locked", _("Accounts that are locked"), [SectionLink(text, list_url, late=True)], tasks)
