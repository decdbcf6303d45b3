"""JSON API for the scripts of the pages: options of remote selects, and the global search."""

from typing import Any

from flask import abort, current_app, jsonify, request
from flask_appbuilder.api import BaseApi, expose
from flask_login import current_user
from werkzeug.wrappers import Response

from app.admin import registry
from app.admin.access_log import log_global_search, log_search
from app.admin.permissions import can
from app.admin.query import get_search_query
from app.core.actor import STAFF_ROLES, has_role
from app.db.types import parse_whole_number

MAX_HITS_PER_ROOM = 5


class _StaffApi(BaseApi):
    """Session login, GET only, for the three staff roles; the views' policies filter every response."""

    allow_browser_login = True
    openapi_spec_component_schemas = ()

    def require_staff(self) -> None:
        """Answer 401 without a login, and 403 for a user without a staff role."""
        if not current_user.is_authenticated:
            abort(401)
        if not has_role(current_user, *STAFF_ROLES):
            abort(403)


class OptionsApi(_StaffApi):
    """`/api/v1/options/<room>?q=`: options for selects of that view."""

    resource_name = "options"

    @expose("/<string:room>", methods=["GET"])
    def options(self, room: str) -> Response:
        """Return one page of options, newest first, in the format of Select2."""
        self.require_staff()
        view = registry.find_view_by_room(room)
        if view is None:
            abort(404)
        page = parse_whole_number(request.args.get("page", "1"), max_digits=4)
        if page is None:
            abort(400)
        q = get_search_query()
        options, has_more = view.options.search(q, max(page, 1) - 1)
        log_search(view, len(options), ["q"] if q else [], "options")
        return jsonify(
            {
                "results": [{"id": key, "text": text} for key, text in options],
                "pagination": {"more": has_more},
            }
        )


class SearchApi(_StaffApi):
    """`/api/v1/search?q=`: the first hits of each view that the user may list."""

    resource_name = "search"

    @expose("", methods=["GET"])
    def search(self) -> Response:
        """Return the hits of each view, in the order of the menu."""
        self.require_staff()
        q = get_search_query()
        views = [
            view
            for view in current_app.extensions["portal_views"].values()
            if view.quick_search and can(view, "list")
        ]
        results = [self._search_room(view, q) for view in views] if q else []
        if q:
            log_global_search({room["room"]: len(room["hits"]) for room in results})
        return jsonify({"results": results})

    def _search_room(self, view: Any, q: str) -> dict[str, Any]:
        options, has_more = view.options.search(q, 0)
        hits = [
            {"id": key, "text": text, "url": f"{view.route_base}/show/{key}"}
            for key, text in options[:MAX_HITS_PER_ROOM]
        ]
        return {
            "room": view.room,
            "title": str(view.list_title),
            "hits": hits,
            "more": has_more or len(options) > MAX_HITS_PER_ROOM,
        }
