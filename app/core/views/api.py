"""What scripts of the pages ask: options of remote selects, and one search over the rooms."""

from typing import Any

from flask import abort, current_app, jsonify, request
from flask_appbuilder.api import BaseApi, expose
from flask_login import current_user
from werkzeug.wrappers import Response

from app.core import registry
from app.core.actor import STAFF, has_role
from app.core.types import whole
from app.core.views.access_log import log_search, log_search_of_all
from app.core.views.guard import may
from app.core.views.searching import typed_query

HITS = 5


class _StaffApi(BaseApi):
    """Session only, GET only, for the three roles; every answer passes the rooms' `visible_to`."""

    allow_browser_login = True
    openapi_spec_component_schemas = ()

    def require_staff(self) -> None:
        """401 for nobody, 403 for a user without a role."""
        if not current_user.is_authenticated:
            abort(401)
        if not has_role(current_user, *STAFF):
            abort(403)


class OptionsApi(_StaffApi):
    """`/api/v1/options/<room>?q=`: what a select of that room offers."""

    resource_name = "options"

    @expose("/<string:room>", methods=["GET"])
    def options(self, room: str) -> Response:
        """One page of options, newest first, in the shape that Select2 reads."""
        self.require_staff()
        view = registry.view_named(room)
        if view is None:
            abort(404)
        page = whole(request.args.get("page", "1"), digits=4)
        if page is None:
            abort(400)
        q = typed_query()
        found, more = view.options_page(q, max(page, 1) - 1)
        log_search(view, len(found), ["q"] if q else [], "options")
        return jsonify(
            {"results": [{"id": key, "text": text} for key, text in found], "pagination": {"more": more}}
        )


class SearchApi(_StaffApi):
    """`/api/v1/search?q=`: the first hits in every room that the user may list."""

    resource_name = "search"

    @expose("", methods=["GET"])
    def search(self) -> Response:
        """Hits by room, in the order of the menu."""
        self.require_staff()
        q = typed_query()
        views = [
            view
            for view in current_app.extensions["portal_views"].values()
            if view.quick_search and may(view, "list")
        ]
        results = [self._room(view, q) for view in views] if q else []
        if q:
            log_search_of_all({room["room"]: len(room["hits"]) for room in results})
        return jsonify({"results": results})

    def _room(self, view: Any, q: str) -> dict[str, Any]:
        found, more = view.options_page(q, 0)
        hits = [
            {"id": key, "text": text, "url": f"{view.route_base}/show/{key}"} for key, text in found[:HITS]
        ]
        return {
            "room": view.room,
            "title": str(view.list_title),
            "hits": hits,
            "more": more or len(found) > HITS,
        }
