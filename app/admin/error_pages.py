"""Error pages that say what to do; and for every page: request bodies, static URLs, form messages."""

import hashlib
from functools import cache
from pathlib import Path
from typing import Any

from flask import Flask, current_app, g, jsonify, render_template, request, url_for
from flask_login import current_user
from flask_wtf.csrf import CSRFError
from werkzeug.exceptions import HTTPException
from werkzeug.wrappers import Response

from app.admin.i18n import set_wtforms_translations
from app.admin.navigation import render_navigation_part
from app.admin.permissions import get_local_path, login_required_response
from app.core.errors import PortalError
from app.db import unavailable
from app.db.masking import mask_for
from app.extensions import db

WRITE_METHODS = frozenset({"POST", "PUT", "PATCH", "DELETE"})
STATIC_MAX_AGE_SECONDS = 365 * 24 * 3600


def init_app(app: Flask) -> None:
    """Register the request hooks, the error handlers, and the helpers of the templates."""
    app.before_request(read_request_body)
    app.before_request(set_wtforms_translations)
    app.register_error_handler(HTTPException, handle_http)
    app.register_error_handler(PortalError, handle_portal_error)
    app.register_error_handler(Exception, handle_500)
    app.jinja_env.globals.update(
        static_url=static_url, fab_url=fab_url, navigation_part=render_navigation_part
    )
    app.jinja_env.filters["mask_for_current_user"] = mask_for_current_user
    app.context_processor(build_layout_context)
    app.config["SEND_FILE_MAX_AGE_DEFAULT"] = STATIC_MAX_AGE_SECONDS


def mask_for_current_user(text: Any) -> Any:
    """Mask the numbers in a text that the user may not read (template filter of this name)."""
    return mask_for(current_user, text)


def read_request_body() -> None:
    """Read forms and uploads before the first query: a slow phone must not hold the write lock."""
    if request.method in WRITE_METHODS:
        if request.mimetype != "multipart/form-data":  # without files it is read in one piece
            request.max_content_length = request.max_form_memory_size
        request.files  # noqa: B018  reading them is the point


def build_layout_context() -> dict[str, object]:
    """Return what the page frame needs, also on pages that no view renders."""
    return {"appbuilder": current_app.appbuilder, "base_template": "appbuilder/baselayout.html"}  # type: ignore[attr-defined]


@cache
def static_url(filename: str) -> str:
    """Return the URL of a static file with a hash of its content, so that it may be cached for a year."""
    assert current_app.static_folder is not None  # noqa: S101  the application has one
    content = (Path(current_app.static_folder) / filename).read_bytes()
    return url_for("static", filename=filename, v=hashlib.sha256(content).hexdigest()[:12])


@cache
def fab_url(filename: str) -> str:
    """Return the URL of a static file of FAB, with FAB's version."""
    return url_for("appbuilder.static", filename=filename, v=current_app.appbuilder.version)  # type: ignore[attr-defined]


def handle_http(error: HTTPException) -> Any:
    """Render an HTTP error: what happened, what to do; for API requests as JSON, without data."""
    if error.response is not None:
        return error.response
    cause = getattr(error, "original_exception", None)
    if cause is not None:  # raised after the page was rendered, while its audit entry was written
        return handle_500(cause)
    if not isinstance(error, CSRFError):
        return _render_error(error.code or 500)
    # A page of an ended session has no valid token any more; a sleeping session still has its own.
    session_ended = not current_user.is_authenticated and "asleep" not in g
    return login_required_response() if session_ended and not _is_api_request() else _render_error(400)


def handle_portal_error(error: PortalError) -> Response | tuple[str | Response, int]:
    """Render an error that no form caught, with the message of the service."""
    return _render_error(error.status if error.status != 200 else 400, sentence=str(error.message))


def handle_500(error: Exception) -> Response | tuple[str | Response, int]:
    """Log an unexpected error; answer 503 (database), 507 (disk full) or 500, with a reference to the log.

    The page is rendered for an anonymous user: loading the user would need the database.
    """
    reference = unavailable.log_error(error)
    db.session.remove()  # a rollback would fail on a lost connection
    current_app.login_manager._update_request_context_with_user()  # type: ignore[attr-defined]
    return _render_error(unavailable.get_outage_status(error) or 500, reference)


def _render_error(
    code: int, reference: str | None = None, sentence: str | None = None
) -> tuple[str | Response, int]:
    if _is_api_request():
        extra = (
            {"message": str(unavailable.get_outage_message(code))}
            if code in unavailable.OUTAGE_STATUSES
            else {}
        )
        return jsonify({"error": code, **extra}), code
    back_url = get_local_path(request.referrer)
    return render_template(
        "errors/error.html",
        code=code,
        reference=reference,
        sentence=sentence,
        back=back_url,
        resubmitted_fields=_list_resubmitted_fields(code),
    ), code


def _list_resubmitted_fields(code: int) -> list[tuple[str, str]]:
    """Return the input, to be sent again after the outage; a form with a password is typed anew."""
    if request.method != "POST" or code not in unavailable.OUTAGE_STATUSES:
        return []
    try:
        submitted = list(request.form.items(multi=True))
    except Exception:  # the disk was full during the upload: the input is lost
        return []
    if any("password" in name for name, _value in submitted):
        return []
    return [*submitted, (unavailable.RESUBMIT_FIELD, "1")]


def _is_api_request() -> bool:
    return request.path.startswith("/api/")
