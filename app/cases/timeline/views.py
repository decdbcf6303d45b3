"""Timeline of a case as a custom view: a page of the portal and a PDF report."""

import re
from datetime import date, datetime
from typing import Any

from flask import abort, current_app, request, url_for
from flask_babel import force_locale
from flask_babel import gettext as _
from flask_login import current_user
from itsdangerous import BadData, URLSafeSerializer
from werkzeug.wrappers import Response

from app.admin import registry
from app.admin.access_log import log_hidden_record
from app.admin.base import BaseView, expose
from app.admin.detail_page import Crumb
from app.admin.interface import PortalInterface
from app.admin.permissions import can, permission_required
from app.cases.events import event_groups
from app.cases.models.case import Case
from app.cases.timeline import query
from app.cases.timeline.presentation import build_item_context
from app.cases.timeline.query import Cursor, TimelineHeader, TimelineQuery
from app.cases.timeline.report import build_progress_report
from app.core import clock, formats, pdf
from app.core.signals import record_accessed
from app.db.masking import can_read_numbers

MAX_QUERY_LENGTH = 200


class TimelineView(BaseView):
    datamodel = PortalInterface(Case)
    route_base = "/cases"
    default_view = "timeline"

    @expose("/<int:pk>/timeline", methods=["GET"])
    @permission_required("show")
    def timeline(self, pk: int) -> str:
        """Show one page of the timeline."""
        header, timeline_query = _get_header_or_404(pk), _parse_query()
        timeline_page = query.get_page(header.case, timeline_query)
        html = self.render_template(
            "cases/timeline.html",
            title=_("Timeline"),
            case=header.case,
            oldest_event_at=header.oldest,
            crumbs=_build_breadcrumbs(header.case),
            timeline_query=timeline_query,
            chips=[(None, _("All")), *((group.code, group.label) for group in event_groups)],
            authors=header.authors,
            months=query.list_months(header),
            open_follow_ups=query.get_open_follow_ups(header.case, timeline_query),
            page=timeline_page,
            next_url=None
            if timeline_page.next_cursor is None
            else _build_url(pk, before=_get_signer().dumps(_serialize_cursor(timeline_page.next_cursor))),
            build_url=lambda **changes: _build_url(pk, before=None, **changes),
            pdf_url=url_for("TimelineView.report", pk=pk, **_get_filter_args())
            if can(self, "download")
            else None,
            month_name=formats.format_month,
            today=clock.today(),
            **build_item_context(),
        )
        record_accessed.send(self, action="view", entity=Case.__tablename__, entity_id=pk, page="timeline")
        return str(html)

    @expose("/<int:pk>/timeline.pdf", methods=["GET"])
    @permission_required("download")
    def report(self, pk: int) -> Response:
        """Return the timeline as a PDF, in the language of the office."""
        header, timeline_query = _get_header_or_404(pk), _parse_query()
        with force_locale("id"):
            content = pdf.compile_pdf(
                "cases/timeline.typ", build_progress_report(header, timeline_query, current_user)
            )
        record_accessed.send(self, action="export", entity=Case.__tablename__, entity_id=pk)
        response = Response(content, mimetype="application/pdf")
        response.headers["Content-Disposition"] = f'attachment; filename="case_file-{pk}.pdf"'
        return response


def _get_header_or_404(pk: int) -> TimelineHeader:
    header = query.get_header(pk, current_user) if pk < 2**31 else None
    if header is None:
        if pk < 2**31:
            log_hidden_record(registry.find_view(Case), pk)
        abort(404)
    return header


def _parse_query() -> TimelineQuery:
    args = request.args
    group = args.get("kind") or None
    if group is not None and event_groups.get(group) is None:
        abort(400)
    person = args.get("person") or None
    if person is not None and not re.fullmatch(r"[0-9]{1,9}", person):
        abort(400)
    return TimelineQuery(
        group,
        None if person is None else int(person),
        _clean_search_text(args.get("q", "")),
        _parse_month(args.get("month")),
        _parse_cursor(args.get("before")),
        can_read_numbers(current_user),
    )


def _clean_search_text(text: str) -> str:
    """Return the beginning of the search text, with unprintable characters as blanks."""
    printable = "".join(char if char.isprintable() else " " for char in text[: 2 * MAX_QUERY_LENGTH])
    return " ".join(printable.split())[:MAX_QUERY_LENGTH]


def _parse_month(text: str | None) -> date | None:
    if not text:
        return None
    if not re.fullmatch(r"(19|20|21)[0-9]{2}-(0[1-9]|1[0-2])", text):
        abort(400)
    return date.fromisoformat(f"{text}-01")


def _get_signer() -> URLSafeSerializer:
    return URLSafeSerializer(current_app.secret_key or "", salt="timeline")


def _serialize_cursor(cursor: Cursor) -> list[Any]:
    return [cursor[0].isoformat(), cursor[1]]


def _parse_cursor(text: str | None) -> Cursor | None:
    if not text:
        return None
    try:
        moment, key = _get_signer().loads(text)
    except BadData:
        abort(400)
    return datetime.fromisoformat(moment), int(key)


def _get_filter_args() -> dict[str, Any]:
    """Return the filters of the request; the search text is cut as in the search itself."""
    args = request.args
    filters = {name: args.get(name) for name in ("kind", "person", "month")} | {
        "q": _clean_search_text(args.get("q", ""))
    }
    return {name: value for name, value in filters.items() if value}


def _build_url(pk: int, **changes: Any) -> str:
    args = {**_get_filter_args(), **changes}
    return url_for("TimelineView.timeline", pk=pk, **{key: value for key, value in args.items() if value})


def _build_breadcrumbs(case: Case) -> list[Crumb]:
    return [
        Crumb(_("Cases"), url_for("CaseView.list")),
        Crumb(case.title, url_for("CaseView.show", pk=case.id)),
        Crumb(_("Timeline")),
    ]
