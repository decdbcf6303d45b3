"""The first page: what waits for whom, one search over the rooms, and a page of help for each role."""

from collections.abc import Mapping
from typing import Any

from flask import url_for
from flask_appbuilder import IndexView, expose
from flask_babel import gettext as _
from flask_login import current_user
from markupsafe import Markup

from app import duty
from app.approvals import approval_sections
from app.core import clock, display, registry
from app.core.actor import STAFF, SUPERVISOR, has_role
from app.core.views.access_log import log_first_page, log_search_of_all
from app.core.views.guard import may
from app.core.views.searching import typed_query
from app.figures import figures
from app.notices.presentation import notice_rows
from app.notices.queries import unread_notices
from app.standby import queries as standby
from app.tasks import FIRST, Link, Section, Task
from app.waiting import main_sections, side_sections

SEARCHED = ("clients", "cases", "referrals", "partners")
RECORDED = ("clients", "incoming-reports", "cases", "services", "follow-ups")
HITS = 8
BADGE, AT_REST = 'class="state', ("state-plain", "state-usual")


class TodayView(IndexView):
    """FAB's first page. Everybody may open it; each section asks for its role, each record for its reader."""

    @expose("/")
    def index(self) -> str:
        """What waits for this user, or what his search found."""
        q = typed_query()
        shown = _found(q) if q else _waiting()
        _log(q, shown)
        page = self.render_template(
            self.index_template,
            title=_("Search") if q else _("Today"),
            now=display.long_moment(clock.now()),
            q=q,
            staff=has_role(current_user, *STAFF),
            records=_records(),
            **shown,
        )
        return str(page)

    @expose("/help/")
    def help(self) -> str:
        """Who does what where, for the roles of this user."""
        page = self.render_template("help.html", title=_("Help"), roles=current_user.role_names)
        return str(page)


def _log(q: str, shown: Mapping[str, Any]) -> None:
    if q:
        log_search_of_all({section.name: len(section.tasks) for section in shown["hits"]})
    elif shown:
        log_first_page(sum(len(section.tasks) for section in (*shown["main"], *shown["side"])))


def _view(room: str) -> Any:
    view = registry.view_named(room)
    assert view is not None, room  # noqa: S101  the menu registers it
    return view


def _records() -> list[tuple[Any, str]]:
    """Give what this user may record from anywhere."""
    found = [(view.add_title, view.add_url()) for view in map(_view, RECORDED)]
    return [(label, url) for label, url in found if url]


def _waiting() -> dict[str, Any]:
    if not has_role(current_user, *STAFF):
        return {}
    watch = standby.watch()
    main = [*duty.sections(watch, current_user), *main_sections(current_user)]
    return {
        "notices": notice_rows(unread_notices(current_user, FIRST)),
        "standby": duty.strip_of(watch, current_user),
        "main": [*duty.first_things_first(watch, current_user, main), *approval_sections(current_user)],
        "side": list(side_sections(current_user)),
        "figures": figures(current_user) if has_role(current_user, SUPERVISOR) else None,
    }


def _found(q: str) -> dict[str, Any]:
    return {"hits": [section for room in SEARCHED if (section := _hits(room, q)) is not None]}


def _hits(room: str, q: str) -> Section | None:
    """Search one room, as far as the user may list and see it."""
    view = _view(room)
    items, more = view.found(q, 0) if may(view, "list") else ([], False)
    if not items:
        return None
    names = [name for name in view.list_columns if name in view.card]
    tasks = [_hit(row) for row in view.rows(items[:HITS], names)]
    all_of_them = Link(_("Show all"), url_for(f"{view.endpoint}.list", q=q))
    return Section(room, str(view.list_title), [all_of_them] if more or len(items) > HITS else [], tasks)


def _hit(row: Any) -> Task:
    by_role: dict[str, list[Markup]] = {"title": [], "fact": [], "end": []}
    for cell in row.cells:
        by_role[cell.role].append(cell.html)
    facts = [fact for fact in by_role["fact"] if fact != display.UNKNOWN]
    told = [fact for fact in facts if BADGE in fact and not any(tone in fact for tone in AT_REST)]
    return Task(
        Markup(" ").join(by_role["title"]).striptags(),
        row.url,
        Markup(" · ").join(fact for fact in facts if BADGE not in fact),
        badge=Markup(" ").join(told + by_role["end"]),
    )
