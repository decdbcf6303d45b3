"""HTTP setup of all responses: security headers, redirects, caching, JSON; and the health check."""

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
    """Answer 200 if the portal and its database respond, else 503, without details."""
    try:
        db.session.execute(text("SELECT 1"))
    except Exception:
        return Response("unavailable\n", status=503, mimetype="text/plain")
    return Response("ok\n", mimetype="text/plain")


class StrictJSONProvider(DefaultJSONProvider):
    """JSON provider that rejects what no database stores: lone surrogates and too deep nesting."""

    def loads(self, s: str | bytes, **kwargs: Any) -> Any:
        """Parse JSON; raise ValueError, which is answered with 400, for what is rejected."""
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
"""What a page may load and who may frame it; Talisman adds a nonce for our inline scripts."""


class SecurityHeaders(Talisman):
    """Talisman whose HTTPS redirect leads to the configured URL, whatever host was requested."""

    def _force_https(self) -> Any:
        if request.path in MONITORING_PATHS:
            return None
        response = super()._force_https()
        if response is not None:
            portal_url = current_app.extensions["siaga_settings"].url
            response.headers["Location"] = portal_url + request.full_path.removesuffix("?")
        return response


def init_app(app: Flask, *, public_url: str | None) -> None:
    """Install the health check, the security headers, the request guard and the JSON provider."""
    https = bool(public_url and public_url.startswith("https://"))
    app.wsgi_app = RequestGuard(app.wsgi_app, public_url)  # type: ignore[method-assign]
    app.after_request(strip_redirect_host)
    # Registered before Talisman, so it runs after it and overrides its one policy for all pages.
    app.after_request(hide_secret_url)
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
    """Strip the host from redirects: Werkzeug and FAB build them from the request's Host header."""
    location = response.headers.get("Location", "")
    public_url = current_app.extensions["siaga_settings"].public_url
    parts = urlsplit(location)
    if parts.netloc and not (public_url and location.startswith(f"{public_url}/")):
        path = "/" + parts.path.lstrip("/\\")  # two leading slashes would name a host again
        response.headers["Location"] = urlunsplit(("", "", path, parts.query, parts.fragment))
        response.set_data(b"")  # the body of a redirect repeats its URL
    return response


def disable_caching(response: Response) -> Response:
    """Forbid caching of pages and downloads: *back* would show them after the logout."""
    if request.endpoint is None or not request.endpoint.endswith("static"):
        response.headers["Cache-Control"] = "no-store"
    return response


def hide_secret_url(response: Response) -> Response:
    """Keep a URL that is itself a secret (`g.secret_address`) from other sites and search indexes."""
    if g.get("secret_address"):
        response.headers["Referrer-Policy"] = "no-referrer"
        response.headers["X-Robots-Tag"] = "noindex, nofollow, noarchive"
    return response
