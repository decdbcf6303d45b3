"""The timeline of a case: one of the two custom views; on the screen and as a report."""

import re
from datetime import date, datetime
from typing import Any

from babel.dates import format_date
from flask import abort, current_app, request, url_for
from flask_appbuilder import expose
from flask_appbuilder.baseviews import BaseView
from flask_babel import force_locale, get_locale
from flask_babel import gettext as _
from flask_login import current_user
from itsdangerous import BadData, URLSafeSerializer
from werkzeug.wrappers import Response

from app.cases import timeline
from app.cases.models import Case
from app.cases.timeline import GROUPS, Ask, Cursor, Head, Item
from app.core import clock, display, pdf, registry
from app.core.hooks import accessed
from app.core.views import PortalInterface
from app.core.views.guard import allowed, may
from app.reference.services import office_on

LONGEST_QUERY = 200
MOST_PRINTED = 500
TONES = {
    "services": "k-service",
    "reports": "k-report",
    "corrections": "k-correction",
    "follow_ups": "k-todo",
}


class TimelineView(BaseView):
    datamodel = PortalInterface(Case)
    route_base = "/cases"
    default_view = "timeline"

    @expose("/<int:pk>/timeline", methods=["GET"])
    @allowed("show")
    def timeline(self, pk: int) -> str:
        """One page of the stream."""
        head, ask = _head(pk), _ask()
        found = timeline.past(head.case, ask)
        page = self.render_template(
            "cases/timeline.html",
            title=_("Timeline"),
            case=head.case,
            since=head.oldest,
            crumbs=_crumbs(head.case),
            ask=ask,
            chips=[(None, _("All")), *((code, label) for code, (label, _kinds) in GROUPS.items())],
            people=timeline.people(),
            months=timeline.months_of(head),
            ahead=timeline.ahead(head.case, ask),
            found=found,
            next=None if found.after is None else _address(pk, before=_signer().dumps(_plain(found.after))),
            address=lambda **changes: _address(pk, before=None, **changes),
            pdf_url=url_for("TimelineView.report", pk=pk, **_kept()) if may(self, "download") else None,
            month_name=_month_name,
            tone=_tone,
            source_url=_source_url,
            today=clock.today(),
            display=display,
        )
        accessed.send(self, action="view", entity=Case.__tablename__, entity_id=pk)
        return str(page)

    @expose("/<int:pk>/timeline.pdf", methods=["GET"])
    @allowed("download")
    def report(self, pk: int) -> Response:
        """The stream as a report on paper, in the language of the office."""
        head, ask = _head(pk), _ask()
        with force_locale("id"):
            made = pdf.compile_pdf("cases/timeline.typ", _report(head, ask))
        accessed.send(self, action="export", entity=Case.__tablename__, entity_id=pk)
        answer = Response(made, mimetype="application/pdf")
        answer.headers["Content-Disposition"] = f'attachment; filename="case_file-{pk}.pdf"'
        return answer


def _head(pk: int) -> Head:
    head = timeline.head_of(pk, current_user) if pk < 2**31 else None
    if head is None:
        abort(404)
    return head


def _ask() -> Ask:
    args = request.args
    group = args.get("kind") or None
    if group is not None and group not in GROUPS:
        abort(400)
    person = args.get("person") or None
    if person is not None and not re.fullmatch(r"[0-9]{1,9}", person):
        abort(400)
    return Ask(
        group,
        None if person is None else int(person),
        _words(args.get("q", "")),
        _month(args.get("month")),
        _cursor(args.get("before")),
    )


def _words(text: str) -> str:
    """Take the beginning of what was typed, without characters that nobody can type."""
    typed = "".join(char if char.isprintable() else " " for char in text[: 2 * LONGEST_QUERY])
    return " ".join(typed.split())[:LONGEST_QUERY]


def _month(text: str | None) -> date | None:
    if not text:
        return None
    if not re.fullmatch(r"(19|20|21)[0-9]{2}-(0[1-9]|1[0-2])", text):
        abort(400)
    return date.fromisoformat(f"{text}-01")


def _signer() -> URLSafeSerializer:
    return URLSafeSerializer(current_app.secret_key or "", salt="timeline")


def _plain(cursor: Cursor) -> list[Any]:
    return [cursor[0].isoformat(), cursor[1]]


def _cursor(text: str | None) -> Cursor | None:
    if not text:
        return None
    try:
        moment, key = _signer().loads(text)
    except BadData:
        abort(400)
    return datetime.fromisoformat(moment), int(key)


def _kept() -> dict[str, Any]:
    """Keep what was asked, and no more of a text than was read."""
    args = request.args
    asked = {name: args.get(name) for name in ("kind", "person", "month")} | {"q": _words(args.get("q", ""))}
    return {name: value for name, value in asked.items() if value}


def _address(pk: int, **changes: Any) -> str:
    args = {**_kept(), **changes}
    return url_for("TimelineView.timeline", pk=pk, **{key: value for key, value in args.items() if value})


def _crumbs(case: Case) -> list[tuple[Any, str | None]]:
    return [
        (_("Cases"), url_for("CaseView.list")),
        (case.title, url_for("CaseView.show", pk=case.id)),
        (_("Timeline"), None),
    ]


def _month_name(month: date) -> str:
    return format_date(month, "LLLL y", locale=str(get_locale() or "id"))


def _tone(item: Item) -> str:
    if item.event.corrects_id is not None:
        return TONES["corrections"]
    return next(
        (TONES[code] for code, (_l, kinds) in GROUPS.items() if item.event.kind in kinds and code in TONES),
        "",
    )


def _source_url(source: str | None, key: int | None) -> str | None:
    view = registry.view_of_table(source) if source and key else None
    if view is None or not may(view, "show"):
        return None
    return url_for(f"{view.endpoint}.show", pk=key)


def _report(head: Head, ask: Ask) -> dict[str, Any]:
    found = timeline.past(head.case, ask, MOST_PRINTED)
    ahead = timeline.ahead(head.case, ask)
    groups = [
        {
            "title": title,
            "items": [
                {
                    "when": display.day(one.due_on),
                    "title": one.title,
                    "by": one.assignee.full_name if one.assignee else "",
                    "texts": [],
                }
                for one in those
            ],
        }
        for title, those in ((_("Overdue"), ahead.overdue), (_("Planned"), ahead.planned))
        if those
    ]
    groups += [
        {"title": _month_name(month), "items": [_printed(item) for item in items]}
        for month, items in found.months
    ]
    office = office_on()
    lines = (
        []
        if office is None
        else [office.parent_office, office.office_name, office.letterhead or office.address]
    )
    signed = (
        [] if office is None else [office.signatory_position, office.signatory_name, office.signatory_nip]
    )
    return {
        "title": _("Case progress report"),
        "number": head.case.number,
        "letterhead": [line for line in lines if line],
        "signatory": [line for line in signed if line],
        "facts": [
            [_("Case"), head.case.title],
            [_("Stage"), str(head.case.stage.value)],
            [_("Status"), str(head.case.status.value)],
            [_("Printed at"), display.moment(clock.now())],
        ],
        "groups": groups,
        "note": ""
        if found.after is None
        else _("Only the newest %(count)s entries are printed.", count=MOST_PRINTED),
    }


def _printed(item: Item) -> dict[str, Any]:
    by = item.event.actor_name or ""
    if item.late:
        by += " · " + _("recorded %(moment)s", moment=display.moment(item.event.recorded_at))
    texts = [
        _("Before: %(old)s Now: %(new)s", old=one.old_text or "—", new=one.new_text or "—")
        for one in item.corrections
    ]
    if item.erased:
        texts = [_("The content was erased.")]
    elif not texts and item.text:
        texts = [item.text]
    when = display.moment(item.event.occurred_at)
    return {"when": when, "title": item.event.sentence, "by": by, "texts": texts}
