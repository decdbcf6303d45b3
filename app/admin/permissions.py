"""Who may press what: one question per route, and one clear answer."""

from collections.abc import Callable
from functools import wraps
from typing import Any, TypeVar
from urllib.parse import urlsplit

from flask import abort, flash, redirect, request, url_for
from flask_babel import gettext as _
from flask_login import current_user
from werkzeug.wrappers import Response

from app.core.signals import record_accessed

MAX_RETURN_URL_LENGTH = 1000
"""Characters of an address to come back to after the log-in; escaped inside another it grows threefold."""

F = TypeVar("F", bound=Callable[..., Any])


def permission_required(name: str) -> Callable[[F], F]:
    """Ask for the permission `can_<name>` on the view before the route runs."""

    def guard(route: F) -> F:
        @wraps(route)
        def guarded(self: Any, *args: Any, **kwargs: Any) -> Any:
            check_permission(self, name)
            return route(self, *args, **kwargs)

        guarded._permission_name = name  # type: ignore[attr-defined]  # FAB collects permissions by this mark
        return guarded  # type: ignore[return-value]

    return guard


def can(view: Any, name: str) -> bool:
    """Whether the user's role holds `can_<name>` on the view."""
    if not current_user.is_authenticated:
        return False
    return bool(view.appbuilder.sm.has_access(f"can_{name}", view.class_permission_name))


def check_permission(view: Any, name: str) -> None:
    """Let the request go on, or answer: log-in page for nobody, 403 for a role that may not."""
    if not current_user.is_authenticated:
        abort(login_required_response())
    if not can(view, name):
        record_accessed.send(view, action="denied", entity=view.datamodel.obj.__tablename__, page=name)
        abort(403)


def login_required_response() -> Response:
    """To the log-in page; whoever had sent something reads that nothing came of it."""
    if request.method not in ("GET", "HEAD"):
        flash(_("You are not logged in, so nothing was saved. Please log in."), "info")
    return redirect_to_login()


def redirect_to_login() -> Response:
    """To the log-in page, and back to the page that was asked for (a POST is not repeated)."""
    back = request.full_path.rstrip("?") if request.method in ("GET", "HEAD") else "/"
    known = back != "/" and len(back) <= MAX_RETURN_URL_LENGTH
    return redirect(url_for("AuthView.login", next=back) if known else url_for("AuthView.login"))


def get_current_path(query: str = "") -> str:
    """Return path and query of this request with `query` added; a long query of its own is left out."""
    whole = "&".join(part for part in (request.query_string.decode(errors="replace"), query) if part)
    kept = whole if len(whole) <= MAX_RETURN_URL_LENGTH else query
    return f"{request.path}?{kept}" if kept else request.path


def get_local_path(target: str | None) -> str | None:
    """The path of an address inside the portal, or None: nobody is sent elsewhere."""
    if not target or "\\" in target or any(ord(char) < 33 for char in target):
        return None
    try:
        parts = urlsplit(target)
    except ValueError:  # half an IPv6 address
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
