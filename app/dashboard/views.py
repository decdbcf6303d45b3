"""Views of the first page, the global search and the help page."""

from collections.abc import Mapping
from importlib import metadata
from typing import Any

from flask import url_for
from flask_babel import gettext as _
from flask_login import current_user
from markupsafe import Markup

from app.admin import registry
from app.admin.access_log import log_first_page, log_global_search
from app.admin.base import IndexView, expose
from app.admin.permissions import can
from app.admin.query import get_search_query
from app.core import clock, formats
from app.core.actor import STAFF_ROLES, SUPERVISOR, has_role
from app.dashboard import standby
from app.dashboard.approvals import build_approval_sections
from app.dashboard.figures import get_monthly_figures
from app.dashboard.section_types import MAX_SECTION_TASKS, Section, SectionLink, Task
from app.dashboard.sections import build_main_sections, build_side_sections
from app.notices.presentation import build_notice_rows
from app.notices.queries import list_unread_notices
from app.standby import queries as shift_queries

SEARCHED_ROOMS = ("clients", "cases", "referrals", "partners")
QUICK_ADD_ROOMS = ("clients", "incoming-reports", "cases", "services", "follow-ups")
MAX_HITS_PER_ROOM = 8
VERSION = metadata.version("siaga")
BADGE_MARKUP, HIDDEN_BADGE_CLASSES = 'class="state', ("state-plain", "state-hidden_badge")


class TodayView(IndexView):
    """First page (FAB's index view).

    Every user may open it: each section checks the role, and each query returns only visible records.
    """

    @expose("/")
    def index(self) -> str:
        """Render the sections of this user or, with a search text, the results of the global search."""
        q = get_search_query()
        context = _search_rooms(q) if q else _build_sections()
        _log_access(q, context)
        page = self.render_template(
            self.index_template,
            title=_("Search") if q else _("Today"),
            now=formats.format_long_instant(clock.now()),
            q=q,
            staff=has_role(current_user, *STAFF_ROLES),
            records=_list_add_links(),
            **context,
        )
        return str(page)

    @expose("/help/")
    def help(self) -> str:
        """Render the help page for the roles of this user."""
        page = self.render_template(
            "help.html", title=_("Help"), roles=current_user.role_names, version=VERSION
        )
        return str(page)


def _log_access(q: str, context: Mapping[str, Any]) -> None:
    if q:
        log_global_search({section.name: len(section.tasks) for section in context["hits"]})
    elif context:
        log_first_page(sum(len(section.tasks) for section in (*context["main"], *context["side"])))


def _get_view(room: str) -> Any:
    view = registry.find_view_by_room(room)
    assert view is not None, room  # noqa: S101  registration.py registers it
    return view


def _list_add_links() -> list[tuple[Any, str]]:
    """List label and URL of the create forms that this user may open."""
    links = [(view.add_title, view.add_url()) for view in map(_get_view, QUICK_ADD_ROOMS)]
    return [(label, url) for label, url in links if url]


def _build_sections() -> dict[str, Any]:
    if not has_role(current_user, *STAFF_ROLES):
        return {}
    on_call = shift_queries.get_on_call()
    main = [*standby.build_standby_sections(on_call, current_user), *build_main_sections(current_user)]
    return {
        "notices": build_notice_rows(list_unread_notices(current_user, MAX_SECTION_TASKS)),
        "standby": standby.build_standby_banner(on_call, current_user),
        "main": [*standby.sort_sections(on_call, current_user, main), *build_approval_sections(current_user)],
        "side": list(build_side_sections(current_user)),
        "figures": get_monthly_figures(current_user) if has_role(current_user, SUPERVISOR) else None,
    }


def _search_rooms(q: str) -> dict[str, Any]:
    return {"hits": [section for room in SEARCHED_ROOMS if (section := _search_room(room, q)) is not None]}


def _search_room(room: str, q: str) -> Section | None:
    """Search the view of one room; None: no permission to list it, or no result."""
    view = _get_view(room)
    items, has_more = view.options.search_records(q, 0) if can(view, "list") else ([], False)
    if not items:
        return None
    names = [name for name in view.list_columns if name in view.mobile_columns]
    tasks = [_build_task(row) for row in view.row_renderer.render_rows(items[:MAX_HITS_PER_ROOM], names)]
    all_link = SectionLink(_("Show all"), url_for(f"{view.endpoint}.list", q=q))
    return Section(
        room, str(view.list_title), [all_link] if has_more or len(items) > MAX_HITS_PER_ROOM else [], tasks
    )


def _build_task(row: Any) -> Task:
    cells_by_slot: dict[str, list[Markup]] = {"title": [], "fact": [], "end": []}
    for cell in row.cells:
        cells_by_slot[cell.mobile_slot].append(cell.html)
    values = [value for value in cells_by_slot["fact"] if value != formats.EMPTY_VALUE]
    badges = [
        value
        for value in values
        if BADGE_MARKUP in value and not any(tone in value for tone in HIDDEN_BADGE_CLASSES)
    ]
    return Task(
        Markup(" ").join(cells_by_slot["title"]).striptags(),
        row.url,
        Markup(" · ").join(value for value in values if BADGE_MARKUP not in value),
        badge=Markup(" ").join(badges + cells_by_slot["end"]),
    )
