"""The life of a session: begun at log-in, asleep by time, ended for good otherwise.

Flask's signed cookie carries a random token; the table `user_session` holds its sha256, and the statement
that loads the user reads it. Idle for 30 minutes or 12 hours old, a session sleeps: what its user sends is
kept as a draft. Ended by log-out, password or deactivation, nothing is written. All on the machine's clock.
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

from app.core import receipts
from app.core.clock import machine_now
from app.core.errors import PortalError
from app.core.hooks import accessed
from app.core.unit import unit
from app.core.views.guard import ask_to_log_in, local_path, login_redirect, page_address
from app.db import write_queue
from app.extensions import db
from app.security import devices, lockout, models, session_store
from app.security.models import LIFETIME, PortalUser, UserSession

PRECISION = timedelta(minutes=1)
"""A session notes its use once a minute."""

OPEN = frozenset(
    {"AuthView.login", "AuthView.logout", "LanguageView.choose", "health.healthz"}
    | {f"PartnerPageView.{page}" for page in ("page", "answer", "document")}
)
"""Pages for everybody; every other page asks for a log-in, whatever its view says."""
OWN_PASSWORD = "PasswordView.page"  # noqa: S105  an endpoint


@cache
def _by_token() -> Select[Any]:
    """Every request asks this, so it is put together once."""
    (emergency_cases,) = models.emergency_cases
    return (
        select(PortalUser, UserSession, emergency_cases.label("emergency_cases"))
        .join(UserSession, UserSession.user_id == PortalUser.id)
        .where(UserSession.token_hash == bindparam("token_hash"))
        .options(joinedload(PortalUser.roles))
    )


def create(user: PortalUser) -> None:
    """Give the user a new session, in the transaction that found the password right."""
    user.session_token = secrets.token_urlsafe(32)
    g.device_token = devices.device_token()
    session_store.create_session(
        user,
        token_hash=devices.hash_of(user.session_token),
        device=devices.description(),
        device_hash=devices.hash_of(g.device_token),
    )


def begin(user: PortalUser, target: str | None) -> Response:
    """Hand the new session to the browser and redirect to `target`, a path inside the portal.

    The target may be a page of whoever fell asleep here: it is only for the same user.
    """
    before: PortalUser | None = g.get("asleep")
    same = before is not None and before.id == user.id
    token = session.get("csrf_token") if same else None  # forms open in other tabs stay good
    language = user.language or session.get("locale")
    session.clear()  # whoever planted a session here before the log-in is left with nothing
    if token:
        session["csrf_token"] = token
    if language:
        session["locale"] = language
    login_user(user)
    accessed.send(user, action="login", entity="ab_user", entity_id=user.actor_id)
    write_queue.put(session_store.remove_old_sessions, None)
    write_queue.put(lockout.remove_old_attempts, None)
    response = redirect_to(target if same or before is None else None)
    devices.remember(response, g.device_token)
    return response


def redirect_to(target: str | None) -> Response:
    """Lead to a page of the portal, or to the first one; nobody is sent elsewhere, or to log in again."""
    path = local_path(target)
    return redirect(path if path and not path.startswith(("/login", "/logout")) else "/")


def log_out() -> None:
    """End this session in the database, and empty its cookie."""
    token = session.get("_user_id")
    if token:
        with unit(by=current_user):
            session_store.end_session_of(devices.hash_of(token))
    forget()


def refuse(refusal: lockout.Refusal, field: str) -> NoReturn:
    """Refuse a present password beside its field; too many wrong ones end this session too."""
    if not refusal.is_locked:
        raise PortalError(refusal.sentence, field)
    log_out()
    flash(refusal.sentence, "danger")
    abort(redirect(url_for("AuthView.login")))


def forget() -> None:
    """Empty the session's cookie; the language stays."""
    language = session.get("locale")
    session.clear()
    if language:
        session["locale"] = language


def user_of(token: str) -> PortalUser | None:
    """Load the user of this token: nobody when the session has ended or sleeps."""
    parameters = {"token_hash": devices.hash_of(token), "now": machine_now()}
    found = db.session.execute(_by_token(), parameters).unique().one_or_none()
    if found is None or found.UserSession.ended_at is not None or not found.PortalUser.active:
        g.session_ended = True
        return None
    user: PortalUser = found.PortalUser
    record: UserSession = found.UserSession
    if record.has_run_out:
        g.asleep, g.slept_by_age = user, machine_now() - record.created_at > LIFETIME
        return None
    g.session_id, g.last_seen_at = record.id, record.last_seen_at
    user.session_token = token
    opened = (found.emergency_cases or "").split(",")
    user.emergency_case_ids = frozenset(int(key) for key in opened if key)
    return user


def guard() -> Response | None:
    """Before every request: ask for a log-in, or for the password that must be changed first."""
    endpoint = request.endpoint
    if endpoint is None or endpoint in OPEN or endpoint.endswith("static"):
        return None
    if not current_user.is_authenticated:
        return None if request.path.startswith("/api/") else _ask_to_log_in()  # the API answers 401 itself
    _note_use()
    if current_user.must_change_password and endpoint != OWN_PASSWORD:
        if request.path.startswith("/api/"):
            abort(403)
        return redirect(url_for(OWN_PASSWORD))
    return None


def _note_use() -> None:
    now = machine_now()
    if now - g.last_seen_at > PRECISION:
        write_queue.put(session_store.write_last_seen, session_store.Seen(g.session_id, now))


def locale() -> str | None:
    """Say the language of the request: chosen in the menu, else the office's."""
    chosen = session.get("locale") if has_request_context() else None
    config = current_app.config
    return chosen if chosen in config["LANGUAGES"] else config["BABEL_DEFAULT_LOCALE"]


def _ask_to_log_in() -> Response:
    asleep: PortalUser | None = g.get("asleep")
    if g.get("session_ended"):
        forget()
        flash(
            _("Your session has ended: you logged out, the password was changed, or the account was closed."),
            "warning",
        )
    elif asleep is not None and request.method == "POST":
        return _keep_what_was_sent(asleep)
    elif asleep is not None:
        flash(_asleep_because(), "info")
    else:
        return ask_to_log_in()
    return login_redirect()


def _asleep_because() -> str:
    if g.slept_by_age:
        return str(_("You were logged out: nobody stays logged in for longer than 12 hours."))
    return str(_("You were logged out after 30 minutes without activity."))


def _keep_what_was_sent(user: PortalUser) -> Response:
    """Do nothing of what was asked; a form comes back filled after the log-in."""
    rule = request.url_rule
    if rule is None or "GET" not in (rule.methods or ()):  # a button, not a form
        flash(" ".join((_asleep_because(), _("Nothing was changed."))), "info")
        return redirect(url_for("AuthView.login", next=local_path(request.referrer)))
    sent: dict[str, Any] = request.form.to_dict(flat=False)
    with unit(by=user):
        receipts.save_draft(
            user.actor_id,
            request.path,
            {name: values for name, values in sent.items() if "password" not in name},
        )
    flash(" ".join((_asleep_because(), _("What you typed is kept."))), "info")
    return redirect(url_for("AuthView.login", next=page_address("draft=1")))
