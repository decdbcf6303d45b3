"""What every answer of the portal has in common, and the one page for machines."""

import json
from typing import Any
from urllib.parse import urlsplit, urlunsplit

from flask import Blueprint, Flask, Response, current_app, g, request
from flask.json.provider import DefaultJSONProvider
from flask_talisman import Talisman
from sqlalchemy import text

from app.admin.request_guard import MONITORING_PATHS, RequestGuard
from app.extensions import csrf, db, limiter

health = Blueprint("health", __name__)


@health.get("/healthz")
@limiter.exempt
def healthz() -> Response:
    """Say whether the portal and its database answer, and nothing else."""
    try:
        db.session.execute(text("SELECT 1"))
    except Exception:
        return Response("unavailable\n", status=503, mimetype="text/plain")
    return Response("ok\n", mimetype="text/plain")


class StrictJSONProvider(DefaultJSONProvider):
    """JSON as programs send it, without what no database takes: halves of characters, nests without end."""

    def loads(self, s: str | bytes, **kwargs: Any) -> Any:
        """Read it; what is refused here is answered 400."""
        try:
            value = super().loads(s, **kwargs)
            json.dumps(value, ensure_ascii=False).encode()
        except RecursionError as problem:
            raise ValueError("nested too deeply") from problem
        return value


CONTENT_SECURITY_POLICY = {
    "default-src": "'self'",
    "script-src": "'self'",
    "style-src": ["'self'", "'unsafe-inline'"],
    "img-src": ["'self'", "data:"],
    "object-src": "'none'",
    "base-uri": "'none'",
    "form-action": "'self'",
    "frame-ancestors": "'none'",
}
"""What a page may load and who may frame it; Talisman adds a nonce for our own inline scripts."""


class SecurityHeaders(Talisman):
    """Leads from plain HTTP to the portal's own address, whatever host was asked for."""

    def _force_https(self) -> Any:
        if request.path in MONITORING_PATHS:
            return None
        answer = super()._force_https()
        if answer is not None:
            home = current_app.extensions["siaga_settings"].url
            answer.headers["Location"] = home + request.full_path.removesuffix("?")
        return answer


def init_app(app: Flask, *, public_url: str | None) -> None:
    """Bind the machine's page, the headers and the guard before all pages to the application."""
    https = bool(public_url and public_url.startswith("https://"))
    app.wsgi_app = RequestGuard(app.wsgi_app, public_url)  # type: ignore[method-assign]
    app.after_request(strip_redirect_host)
    app.after_request(
        hide_secret_url
    )  # bound first, so it speaks last: Talisman has one policy for all pages
    SecurityHeaders(
        app,
        content_security_policy=CONTENT_SECURITY_POLICY,
        content_security_policy_nonce_in=["script-src"],
        force_https=https,
        strict_transport_security=https,
        session_cookie_secure=https,
        session_cookie_http_only=True,
        session_cookie_samesite="Lax",
        frame_options="DENY",
        referrer_policy="same-origin",
    )
    app.json = StrictJSONProvider(app)
    app.register_blueprint(health)
    csrf.exempt(health)
    app.after_request(disable_caching)


def strip_redirect_host(response: Response) -> Response:
    """Strip the host from redirects: Werkzeug and FAB build them from the Host header of the request."""
    location = response.headers.get("Location", "")
    home = current_app.extensions["siaga_settings"].public_url
    parts = urlsplit(location)
    if parts.netloc and not (home and location.startswith(f"{home}/")):
        path = "/" + parts.path.lstrip("/\\")  # two slashes would name a host again
        response.headers["Location"] = urlunsplit(("", "", path, parts.query, parts.fragment))
        response.set_data(b"")  # the page of the redirect repeats its address
    return response


def disable_caching(response: Response) -> Response:
    """Let nobody keep a page or a download: going *back* would show it after the log-out."""
    if request.endpoint is None or not request.endpoint.endswith("static"):
        response.headers["Cache-Control"] = "no-store"
    return response


def hide_secret_url(response: Response) -> Response:
    """Keep an address that is itself a secret (`g.secret_address`) from other sites and from indexes."""
    if g.get("secret_address"):
        response.headers["Referrer-Policy"] = "no-referrer"
        response.headers["X-Robots-Tag"] = "noindex, nofollow, noarchive"
    return response
