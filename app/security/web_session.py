"""Life of a web session: begun at log-in, expired after a time, or ended for good.

Flask's signed cookie carries a random token. The table `user_session` holds its SHA-256, which the statement
that loads the user reads. A session expires 30 minutes after the last request or 12 hours after the log-in; a
form sent then is kept as a draft. Once a session is ended by log-out, new password or deactivation, nothing
of it is saved. All times are by the machine's clock.
"""

import secrets
from datetime import timedelta
from functools import cache
from typing import Any, NoReturn

from flask import abort, current_app, flash, g, has_request_context, redirect, request, session, url_for
from flask_babel import gettext as _
from flask_login import current_user, login_user
from sqlalchemy import Select, bindparam, select
from sqlalchemy.orm import joinedload
from werkzeug.wrappers import Response

from app.admin.drafts import save_draft
from app.admin.permissions import get_current_path, get_local_path, login_required_response, redirect_to_login
from app.core.clock import machine_now
from app.core.errors import PortalError
from app.core.signals import record_accessed
from app.core.tokens import hash_token
from app.db import write_queue
from app.db.transaction import transaction
from app.extensions import db
from app.security import devices, models
from app.security.models import SESSION_LIFETIME, PortalUser, UserSession
from app.security.services import lockout, sessions

LAST_SEEN_INTERVAL = timedelta(minutes=1)
"""The last use of a session is written at most once in this time."""

PUBLIC_ENDPOINTS = frozenset(
    {"AuthView.login", "AuthView.logout", "LanguageView.choose", "health.healthz"}
    | {f"PartnerPageView.{page}" for page in ("page", "answer", "document")}
)
"""Pages for everybody; every other page requires a log-in, whatever its view says."""
PASSWORD_ENDPOINT = "PasswordView.page"  # noqa: S105  an endpoint


@cache
def _build_session_query() -> Select[PortalUser, UserSession, str]:
    """Build the query that loads session and user; cached, because every request runs it."""
    (build_emergency_case_query,) = models.emergency_case_queries
    return (
        select(PortalUser, UserSession, build_emergency_case_query().label("emergency_cases"))
        .join(UserSession, UserSession.user_id == PortalUser.id)
        .where(UserSession.token_hash == bindparam("token_hash"))
        .options(joinedload(PortalUser.roles))
    )


def create_session(user: PortalUser) -> None:
    """Create a session for the user, in the transaction that accepted the password."""
    user.session_token = secrets.token_urlsafe(32)
    g.device_token = devices.get_device_token()
    sessions.create_session(
        user,
        token_hash=hash_token(user.session_token),
        device=devices.describe_device(),
        device_hash=hash_token(g.device_token),
    )


def begin_session(user: PortalUser, target: str | None) -> Response:
    """Write the new session to the cookie and redirect to `target`, a path inside the portal.

    After an expired session `target` may be a page of its user, so it is used only for the same user.
    """
    expired_user: PortalUser | None = g.get("asleep")
    is_same_user = expired_user is not None and expired_user.id == user.id
    token = session.get("csrf_token") if is_same_user else None  # keeps forms in other tabs valid
    language = user.language or session.get("locale")
    session.clear()  # against session fixation: nothing planted before the log-in survives
    if token:
        session["csrf_token"] = token
    if language:
        session["locale"] = language
    login_user(user)
    record_accessed.send(user, action="login", entity="ab_user", entity_id=user.actor_id)
    write_queue.put(sessions.remove_old_sessions, None)
    write_queue.put(lockout.remove_old_attempts, None)
    response = redirect_inside_portal(target if is_same_user or expired_user is None else None)
    devices.set_device_cookie(response, g.device_token)
    return response


def redirect_inside_portal(target: str | None) -> Response:
    """Redirect to a page of the portal, else to the first page; never to log-in or log-out."""
    path = get_local_path(target)
    return redirect(path if path and not path.startswith(("/login", "/logout")) else "/")


def log_out() -> None:
    """End this session in the database and clear its cookie."""
    token = session.get("_user_id")
    if token:
        with transaction(by=current_user):
            sessions.end_session_by_token(hash_token(token))
    clear_session()


def refuse_password(refusal: lockout.PasswordRefusal, field: str) -> NoReturn:
    """Raise `PortalError` for a wrong present password.

    After too many wrong ones, end this session too and redirect to the log-in.
    """
    if not refusal.is_locked:
        raise PortalError(refusal.message, field)
    log_out()
    flash(refusal.message, "danger")
    abort(redirect(url_for("AuthView.login")))


def clear_session() -> None:
    """Clear the session cookie, except the language."""
    language = session.get("locale")
    session.clear()
    if language:
        session["locale"] = language


def load_user(token: str) -> PortalUser | None:
    """Load the user of this token; None if the session has ended or expired.

    Sets `g.session_ended` or `g.asleep`, else `g.session_id` and `g.last_seen_at`.
    """
    parameters = {"token_hash": hash_token(token), "now": machine_now()}
    row = db.session.execute(_build_session_query(), parameters).unique().one_or_none()
    if row is None or row.UserSession.ended_at is not None or not row.PortalUser.active:
        g.session_ended = True
        return None
    user: PortalUser = row.PortalUser
    record: UserSession = row.UserSession
    if record.is_expired:
        g.asleep, g.slept_by_age = user, machine_now() - record.created_at > SESSION_LIFETIME
        return None
    g.session_id, g.last_seen_at = record.id, record.last_seen_at
    user.session_token = token
    case_ids = (row.emergency_cases or "").split(",")
    user.emergency_case_ids = frozenset(int(key) for key in case_ids if key)
    return user


def require_login() -> Response | None:
    """Before every request, require a log-in, and a new password if the user must change it."""
    endpoint = request.endpoint
    if endpoint is None or endpoint in PUBLIC_ENDPOINTS or endpoint.endswith("static"):
        return None
    if not current_user.is_authenticated:
        # The API answers 401 itself.
        return None if request.path.startswith("/api/") else _redirect_to_login()
    _record_use()
    if current_user.must_change_password and endpoint != PASSWORD_ENDPOINT:
        if request.path.startswith("/api/"):
            abort(403)
        return redirect(url_for(PASSWORD_ENDPOINT))
    return None


def _record_use() -> None:
    now = machine_now()
    if now - g.last_seen_at > LAST_SEEN_INTERVAL:
        write_queue.put(sessions.write_last_seen, sessions.SessionUse(g.session_id, now))


def get_locale() -> str | None:
    """Return the language of the request: the one chosen in the menu, else the office's."""
    chosen = session.get("locale") if has_request_context() else None
    config = current_app.config
    return chosen if chosen in config["LANGUAGES"] else config["BABEL_DEFAULT_LOCALE"]


def _redirect_to_login() -> Response:
    expired_user: PortalUser | None = g.get("asleep")
    if g.get("session_ended"):
        clear_session()
        flash(
            _("Your session has ended: you logged out, the password was changed, or the account was closed."),
            "warning",
        )
    elif expired_user is not None and request.method == "POST":
        return _save_draft(expired_user)
    elif expired_user is not None:
        flash(_get_expiry_message(), "info")
    else:
        return login_required_response()
    return redirect_to_login()


def _get_expiry_message() -> str:
    if g.slept_by_age:
        return str(_("You were logged out: nobody stays logged in for longer than 12 hours."))
    return str(_("You were logged out after 30 minutes without activity."))


def _save_draft(user: PortalUser) -> Response:
    """Keep a sent form as a draft, to fill it in after the log-in; the request itself is not run."""
    rule = request.url_rule
    if rule is None or "GET" not in (rule.methods or ()):  # sent by a button, not a form page
        flash(" ".join((_get_expiry_message(), _("Nothing was changed."))), "info")
        return redirect(url_for("AuthView.login", next=get_local_path(request.referrer)))
    form_values: dict[str, Any] = request.form.to_dict(flat=False)
    with transaction(by=user):
        save_draft(
            user.actor_id,
            request.path,
            {name: values for name, values in form_values.items() if "password" not in name},
        )
    flash(" ".join((_get_expiry_message(), _("What you typed is kept."))), "info")
    return redirect(url_for("AuthView.login", next=get_current_path("draft=1")))
