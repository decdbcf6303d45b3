"""The timeline of a case: one of the two custom views; on the screen and as a report."""

import re
from datetime import date, datetime
from typing import Any

from flask import abort, current_app, request, url_for
from flask_appbuilder import expose
from flask_appbuilder.baseviews import BaseView
from flask_babel import force_locale
from flask_babel import gettext as _
from flask_login import current_user
from itsdangerous import BadData, URLSafeSerializer
from werkzeug.wrappers import Response

from app.cases import timeline
from app.cases.groups import GROUPS
from app.cases.models import Case
from app.cases.progress import progress_report
from app.cases.showing import telling
from app.cases.timeline import Ask, Cursor, Head
from app.core import clock, display, pdf, registry
from app.core.hooks import accessed
from app.core.masking import can_read_numbers
from app.core.views import PortalInterface
from app.core.views.access_log import log_hidden
from app.core.views.guard import allowed, may

LONGEST_QUERY = 200


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
            people=head.people,
            months=timeline.months_of(head),
            ahead=timeline.ahead(head.case, ask),
            found=found,
            next=None if found.after is None else _address(pk, before=_signer().dumps(_plain(found.after))),
            address=lambda **changes: _address(pk, before=None, **changes),
            pdf_url=url_for("TimelineView.report", pk=pk, **_kept()) if may(self, "download") else None,
            month_name=display.month,
            today=clock.today(),
            **telling(),
        )
        accessed.send(self, action="view", entity=Case.__tablename__, entity_id=pk, page="timeline")
        return str(page)

    @expose("/<int:pk>/timeline.pdf", methods=["GET"])
    @allowed("download")
    def report(self, pk: int) -> Response:
        """The stream as a report on paper, in the language of the office."""
        head, ask = _head(pk), _ask()
        with force_locale("id"):
            made = pdf.compile_pdf("cases/timeline.typ", progress_report(head, ask, current_user))
        accessed.send(self, action="export", entity=Case.__tablename__, entity_id=pk)
        answer = Response(made, mimetype="application/pdf")
        answer.headers["Content-Disposition"] = f'attachment; filename="case_file-{pk}.pdf"'
        return answer


def _head(pk: int) -> Head:
    head = timeline.head_of(pk, current_user) if pk < 2**31 else None
    if head is None:
        if pk < 2**31:
            log_hidden(registry.view_of(Case), pk)
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
        can_read_numbers(current_user),
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
