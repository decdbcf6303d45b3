"""Permission checks of routes, and redirects to and from the login page."""

from collections.abc import Callable
from functools import wraps
from typing import Any, TypeVar
from urllib.parse import urlsplit

from flask import abort, flash, g, redirect, request, url_for
from flask_babel import gettext as _
from flask_login import current_user
from werkzeug.wrappers import Response

from app.core.signals import record_accessed

MAX_RETURN_URL_LENGTH = 1000
"""Characters of a URL to return to after the login; escaped inside another it grows threefold."""

F = TypeVar("F", bound=Callable[..., Any])


def permission_required(name: str) -> Callable[[F], F]:
    """Decorate a route: check the permission `can_<name>` on the view before it runs."""

    def guard(route: F) -> F:
        @wraps(route)
        def guarded(self: Any, *args: Any, **kwargs: Any) -> Any:
            check_permission(self, name)
            return route(self, *args, **kwargs)

        guarded._permission_name = name  # type: ignore[attr-defined]  # FAB collects permissions by this mark
        return guarded  # type: ignore[return-value]

    return guard


def can(view: Any, name: str) -> bool:
    """Whether the user's role has the permission `can_<name>` on the view."""
    if not current_user.is_authenticated:
        return False
    g.setdefault("user", current_user)  # FAB reads it; an error page may come before `before_request`
    return bool(view.appbuilder.sm.has_access(f"can_{name}", view.class_permission_name))


def check_permission(view: Any, name: str) -> None:
    """Abort without the permission: redirect to the login page, or 403 (logged) for a user."""
    if not current_user.is_authenticated:
        abort(login_required_response())
    if not can(view, name):
        record_accessed.send(view, action="denied", entity=view.datamodel.obj.__tablename__, page=name)
        abort(403)


def login_required_response() -> Response:
    """Redirect to the login page; a user who sent data is told that nothing was saved."""
    if request.method not in ("GET", "HEAD"):
        flash(_("You are not logged in, so nothing was saved. Please log in."), "info")
    return redirect_to_login()


def redirect_to_login() -> Response:
    """Redirect to the login page, and from there to the requested page (a POST is not repeated)."""
    return_path = request.full_path.rstrip("?") if request.method in ("GET", "HEAD") else "/"
    has_target = return_path != "/" and len(return_path) <= MAX_RETURN_URL_LENGTH
    return redirect(url_for("AuthView.login", next=return_path) if has_target else url_for("AuthView.login"))


def get_current_path(query: str = "") -> str:
    """Return path and query of this request with `query` added; without its own query if too long."""
    full_query = "&".join(part for part in (request.query_string.decode(errors="replace"), query) if part)
    kept_query = full_query if len(full_query) <= MAX_RETURN_URL_LENGTH else query
    return f"{request.path}?{kept_query}" if kept_query else request.path


def get_local_path(target: str | None) -> str | None:
    """Return path and query of a URL inside the portal, else None: prevents open redirects."""
    if not target or "\\" in target or any(ord(char) < 33 for char in target):
        return None
    try:
        parts = urlsplit(target)
    except ValueError:  # malformed IPv6 address
        return None
    if parts.netloc and parts.netloc != request.host:
        return None
    if (
        (parts.scheme and parts.scheme not in ("http", "https"))
        or not parts.path.startswith("/")
        or parts.path.startswith("//")
    ):
        return None
    return parts.path + (f"?{parts.query}" if parts.query else "")
