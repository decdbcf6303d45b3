"""What waits for whom: sections of the first page, each as far as the user may see its records."""

from collections.abc import Iterator
from datetime import datetime, time, timedelta
from typing import Any

from flask import url_for
from flask_babel import gettext as _
from flask_babel import ngettext

from app.cases import queries as cases
from app.cases.choices import Place
from app.cases.models import Case
from app.core import clock, display
from app.core.actor import ADMIN, PEKSOS, Actor, has_role
from app.partners import queries as partners
from app.partners.models import ENDS_SOON, TRUSTED, Partner
from app.referrals import queries as referrals
from app.security import queries as security
from app.tasks import FIRST, Link, Section, Task


def main_sections(user: Actor) -> Iterator[Section]:
    """What cannot wait."""
    if has_role(user, PEKSOS, ADMIN):
        yield from _clocks(user)
    yield from _reports(user)
    if has_role(user, PEKSOS):
        yield from _referrals(user)
    yield from _follow_ups(user)
    if has_role(user, PEKSOS, ADMIN):
        yield from _unowned(user)
    if has_role(user, ADMIN):
        yield from _without_team()


def side_sections(user: Actor) -> Iterator[Section]:
    """What should not be forgotten."""
    if has_role(user, PEKSOS):
        yield from _quiet_cases(user)
    if has_role(user, ADMIN):
        yield from _agreements(user)
        yield from _unverified(user)
        yield from _locked_users()


def _list(view: str, **arguments: Any) -> str:
    return url_for(f"{view}.list", **arguments)


def _visit(case: Case) -> str:
    return url_for("ServiceView.add", case=case.id, place=Place.home.name)


def _reports(user: Actor) -> Iterator[Section]:
    count, first = cases.new_reports(user, FIRST)
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
                _("by %(time)s", time=display.deadline(report.due_at)) if report.due_at else "",
                late=_("Overdue") if report.is_late else "",
                badge="" if display.tone(report.urgency) == "usual" else display.badge(report.urgency),
            )
        )
    waiting = Link(
        _("%(count)s waiting", count=display.number(count)), _list("IncomingReportView", _flt_0_state="new")
    )
    yield Section("reports", _("Reports nobody has taken up"), [waiting], tasks)


def _clocks(user: Actor) -> Iterator[Section]:
    """The 72 hours of sexual violence, for the team alone."""
    tasks = []
    for case in cases.running_clocks(user, FIRST):
        until = case.reporting_deadline
        assert until is not None  # noqa: S101  the query asked for it
        late = _("The 72 hours are over") if until < clock.now() else ""
        line = f"{case.client.label} · {case.number}"
        title = _("Report to the police or refer to UPTD PPA")
        tasks.append(Task(title, url_for("CaseView.show", pk=case.id), line, display.moment(until), late))
    if tasks:
        yield Section("clocks", _("Sexual violence: 72 hours"), [], tasks)


def _referrals(user: Actor) -> Iterator[Section]:
    """My turn, and partners of my cases that are late."""
    waiting = referrals.waiting_referrals(user, FIRST)
    tasks = [
        Task(
            one.headline,
            f"/referrals/{one.id}/",
            f"{one.case.client.label} · {one.case.number}",
            display.moment(one.due_at) if one.due_at else "",
            str(_("Overdue")) if one.is_overdue else "",
            display.badge(one.state),
        )
        for one in waiting.first
    ]
    links = []
    if waiting.overdue:
        text = _("%(count)s overdue", count=display.number(waiting.overdue))
        links.append(Link(text, _list("ReferralView", queue="overdue"), late=True))
    if waiting.mine:
        text = _("%(count)s wait for me", count=display.number(waiting.mine))
        links.append(Link(text, _list("ReferralView", queue="mine")))
    if tasks:
        yield Section("referrals", _("My referrals"), links, tasks)


def _follow_ups(user: Actor) -> Iterator[Section]:
    today = clock.today()
    due = cases.due_follow_ups(user, today, FIRST)
    tasks = []
    for one in due.first:
        days = (today - one.due_on).days
        tasks.append(
            Task(
                one.title,
                url_for("FollowUpView.show", pk=one.id),
                f"{one.case.client.label} · {one.case.number}",
                display.day(one.due_on) if days else str(_("Today")),
                ngettext("%(num)s day late", "%(num)s days late", days) if days else "",
                visit=_visit(one.case),
            )
        )
    mine = {"_flt_0_state": "open", "_flt_0_assignee": user.actor_id}
    late = {**mine, "_flt_1_due_on": today - timedelta(days=1)}
    now = {**mine, "_flt_0_due_on": today, "_flt_1_due_on": today}
    links = []
    if due.overdue:
        text = _("%(count)s overdue", count=display.number(due.overdue))
        links.append(Link(text, _list("FollowUpView", **late), late=True))
    if due.today:
        text = _("%(count)s today", count=display.number(due.today))
        links.append(Link(text, _list("FollowUpView", **now)))
    if tasks:
        yield Section("follow-ups", _("My follow-ups"), links, tasks)


def _unowned(user: Actor) -> Iterator[Section]:
    """What would wait for ever: nobody answers for it."""
    led, promised = cases.unowned_cases(user, FIRST), cases.unowned_follow_ups(user, FIRST)
    counted = (
        (led.total, "CaseView", _("%(count)s cases without a peksos", count=display.number(led.total))),
        (promised.total, "FollowUpView", _("%(count)s follow-ups without an owner", count=promised.total)),
    )
    links = [Link(text, _list(view, show="unowned")) for count, view, text in counted if count]
    tasks = [Task(c.client.label, url_for("CaseView.show", pk=c.id), c.number) for c in led.first]
    tasks += [Task(f.title, url_for("FollowUpView.show", pk=f.id), f.case.title) for f in promised.first]
    if links:
        yield Section("unowned", _("Nobody is responsible"), links, tasks[:FIRST])


def _without_team() -> Iterator[Section]:
    """Secret cases that nobody on their team can work on any more: their numbers, and the door to them."""
    door = url_for("EmergencyAccessView.add")
    line = _("Open it by emergency access and give it to a peksos")
    tasks = [Task(number, door, line) for number in cases.case_numbers_without_team(FIRST)]
    if tasks:
        yield Section("without-team", _("Secret cases whose team is gone"), [], tasks)


def _quiet_cases(user: Actor) -> Iterator[Section]:
    today = clock.today()
    quiet = cases.quiet_cases(user, datetime.combine(today, time(), clock.WITA), FIRST)
    if not quiet:
        return
    tasks = []
    for case, since in quiet:
        line = f"{case.stage.value} · {case.number}"
        silence = display.duration((today - since.astimezone(clock.WITA).date()).days)
        url = url_for("CaseView.show", pk=case.id)
        tasks.append(Task(case.client.label, url, line, silence, visit=_visit(case)))
    count = display.number(cases.active_cases(user))
    active = _list("CaseView", _flt_0_worker=user.actor_id, _flt_0_status="active")
    title = _("Long without contact")
    yield Section("quiet", title, [Link(_("%(count)s active cases", count=count), active)], tasks)


def _agreements(user: Actor) -> Iterator[Section]:
    today = clock.today()
    count, first = partners.ending_agreements(user, today, today + ENDS_SOON, FIRST)
    tasks = []
    for partner in first:
        assert partner.agreement_until is not None  # noqa: S101  the query asked for it
        days = (partner.agreement_until - today).days
        left = ngettext("%(num)s day left", "%(num)s days left", days) if days else _("Ends today")
        line = " · ".join(filter(None, (partner.agreement_number, left)))
        url = url_for("PartnerView.show", pk=partner.id)
        tasks.append(Task(partner.name, url, line, display.day(partner.agreement_until)))
    ending = _list("PartnerView", _flt_0_agreement_until=today, _flt_1_agreement_until=today + ENDS_SOON)
    if count:
        text = _("%(count)s within 60 days", count=display.number(count))
        yield Section("agreements", _("Agreements about to end"), [Link(text, ending)], tasks)


def _unverified(user: Actor) -> Iterator[Section]:
    count, first = partners.unverified(user, clock.today() - TRUSTED, FIRST)
    if count:
        tasks = [Task(one.name, url_for("PartnerView.show", pk=one.id), _checked(one)) for one in first]
        everyone = Link(_("All partners"), _list("PartnerView"))
        title = _("Not verified for a year: %(count)s", count=display.number(count))
        yield Section("unverified", title, [everyone], tasks)


def _checked(partner: Partner) -> str:
    day = partner.verified_on
    return str(_("Last verified on %(day)s", day=display.day(day)) if day else _("Never verified"))


def _locked_users() -> Iterator[Section]:
    locked = security.locked_users()
    if not locked:
        return
    tasks = []
    for user in locked[:FIRST]:
        assert user.locked_until is not None  # noqa: S101  the query asked for it
        url = url_for("UserView.show", pk=user.id)
        tasks.append(Task(user.full_name, url, user.username, display.lately(user.locked_until)))
    first = min(user.locked_until for user in locked if user.locked_until).astimezone(clock.WITA).date()
    listed = _list("UserView", _flt_0_active="y", _flt_0_locked_until=first)
    text = _("%(count)s locked", count=display.number(len(locked)))
    yield Section("locked", _("Accounts that are locked"), [Link(text, listed, late=True)], tasks)
