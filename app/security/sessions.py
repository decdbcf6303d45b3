"""The life of a session: begun at log-in, ended with the password, asleep after 30 minutes.

Flask keeps a session in a signed cookie. Ours carries the user's stamp (`session_stamp`) and when it was last
used, on the machine's clock. A session that slept is not destroyed: what its user sends is kept as a draft.
"""

import logging
import secrets
import time
from typing import Any

from flask import abort, current_app, flash, g, has_request_context, redirect, request, session, url_for
from flask_babel import gettext as _
from flask_limiter.util import get_remote_address
from flask_login import current_user, login_user
from werkzeug.wrappers import Response

from app.core import receipts
from app.core.hooks import accessed
from app.core.unit import unit
from app.core.views.guard import ask_to_log_in, local_path, login_redirect
from app.extensions import limiter
from app.security.models import PortalUser

log = logging.getLogger(__name__)

IDLE = 30 * 60
"""Seconds without a request after which the user is asked to log in again."""
PRECISION = 60
"""A session notes its use once a minute: fewer cookies, and pages that load together do not contend."""

OPEN = frozenset(
    {"AuthView.login", "AuthView.logout", "LanguageView.choose", "health.healthz"}
    | {f"PartnerPageView.{page}" for page in ("page", "answer", "document")}
)
"""Pages for everybody; every other page asks for a log-in, whatever its view says."""
OWN_PASSWORD = "PasswordView.page"  # noqa: S105  an endpoint


def begin(user: PortalUser, target: str | None) -> Response:
    """Log the user in with a session of its own, and lead on to `target`, a path inside the portal.

    The target may be a page of whoever fell asleep here: it is only for the same user.
    """
    before, language = session.get("_user_id"), user.language or session.get("locale")
    token = (
        session.get("csrf_token") if before == str(user.id) else None
    )  # forms open in other tabs stay good
    session.clear()  # whoever planted a session here before the log-in is left with nothing
    if token:
        session["csrf_token"] = token
    if language:
        session["locale"] = language
    login_user(user)
    session["id"] = secrets.token_hex(8)
    stay(user)
    accessed.send(user, action="login", entity="ab_user", entity_id=user.actor_id)
    return go_on(target if before in (None, str(user.id)) else None)


def go_on(target: str | None) -> Response:
    """Lead on to a page of the portal, or to the first one; nobody is sent elsewhere, or to log in again."""
    path = local_path(target)
    return redirect(path if path and not path.startswith(("/login", "/logout")) else "/")


def end() -> None:
    """Empty the session; the language stays, and whose device it is: for `device`, and for nothing else."""
    if "id" in session:
        _note_the_end(session["id"])
    kept = {"locale": session.get("locale"), "known": session.get("_user_id") or session.get("known")}
    session.clear()
    session.update({name: value for name, value in kept.items() if value})


def _ended(key: str) -> str:
    """Where it is noted that a session was ended, until it would sleep: a copy of its cookie is no key."""
    return f"ended-session-{key}"


def _note_the_end(key: str) -> None:
    try:
        limiter.storage.incr(_ended(key), IDLE + PRECISION)
    except limiter.storage.base_exceptions:  # whoever counts is away: this device's cookie is emptied anyway
        log.exception("the end of a session is not noted")


def _has_ended() -> bool:
    try:
        return "id" in session and bool(limiter.storage.get(_ended(session["id"])))
    except limiter.storage.base_exceptions:  # whoever counts is away: the stamp still guards the session
        log.exception("ended sessions are not known now")
        return False


def device() -> str:
    """Say whose attempts at a password are counted together: those of a user's devices, else of an address.

    Behind one address sits a whole office, and perhaps somebody who floods it. Only a log-in makes a device
    known, and it gains nobody more than one further count.
    """
    known = session.get("_user_id") or session.get("known")
    return f"user {known}" if known else get_remote_address()


def stay(user: PortalUser) -> None:
    """Let this session live on with the user's present stamp."""
    session["stamp"], session["seen"] = user.session_stamp, int(time.time())


def check(user: PortalUser | None) -> PortalUser | None:
    """Say whose session this is: nobody's when it has ended or sleeps."""
    if _has_ended() or user is None or not user.active or session.get("stamp") != user.session_stamp:
        g.session_ended = True
        return None
    if time.time() - session.get("seen", 0) > IDLE:
        g.asleep = user
        return None
    return user


def guard() -> Response | None:
    """Before every request: ask for a log-in, or for the password that must be changed first."""
    endpoint = request.endpoint
    if endpoint is None or endpoint in OPEN or endpoint.endswith("static"):
        return None
    if not current_user.is_authenticated:
        # A script gets its 401 from the API itself; it may also carry a token instead of a session.
        return None if request.path.startswith("/api/") else _ask_to_log_in()
    if time.time() - session.get("seen", 0) > PRECISION:
        session["seen"] = int(time.time())
    if current_user.must_change_password and endpoint != OWN_PASSWORD:
        if request.path.startswith("/api/"):
            abort(403)
        return redirect(url_for(OWN_PASSWORD))
    return None


def locale() -> str | None:
    """Say the language of the request: chosen in the menu, else the office's."""
    chosen = session.get("locale") if has_request_context() else None
    config = current_app.config
    return chosen if chosen in config["LANGUAGES"] else config["BABEL_DEFAULT_LOCALE"]


def _ask_to_log_in() -> Response:
    asleep: PortalUser | None = g.get("asleep")
    if g.get("session_ended"):
        end()
        flash(
            _("Your session has ended: the password was changed, or the account was deactivated."), "warning"
        )
    elif asleep is not None and request.method == "POST":
        return _keep_what_was_sent(asleep)
    elif asleep is not None:
        flash(_("You were logged out after 30 minutes without activity."), "info")
    else:
        return ask_to_log_in()
    return login_redirect()


def _keep_what_was_sent(user: PortalUser) -> Response:
    """Do nothing of what was asked; a form comes back filled after the log-in."""
    rule = request.url_rule
    if rule is None or "GET" not in (rule.methods or ()):  # a button, not a form
        flash(_("You were logged out after 30 minutes without activity; nothing was changed."), "info")
        return redirect(url_for("AuthView.login", next=local_path(request.referrer)))
    sent: dict[str, Any] = request.form.to_dict(flat=False)
    with unit(by=user):
        receipts.save_draft(
            user.actor_id,
            request.path,
            {name: values for name, values in sent.items() if "password" not in name},
        )
    flash(_("You were logged out after 30 minutes without activity; what you typed is kept."), "info")
    query = request.query_string.decode()
    return redirect(url_for("AuthView.login", next=f"{request.path}?{query + '&' if query else ''}draft=1"))
