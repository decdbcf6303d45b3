"""What every answer of the portal has in common, and the one page for machines."""

from flask import Blueprint, Flask, Response, request
from sqlalchemy import text

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


def init_app(app: Flask) -> None:
    """Bind the machine's page and the headers to the application."""
    app.register_blueprint(health)
    csrf.exempt(health)
    app.after_request(keep_out_of_caches)


def keep_out_of_caches(response: Response) -> Response:
    """Let nobody keep a page: it holds personal data, and going *back* would show it after the log-out."""
    if request.endpoint is None or not request.endpoint.endswith("static"):
        response.headers.setdefault("Cache-Control", "no-store")
    return response
