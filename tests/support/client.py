"""Test client that sends a CSRF token, isolates each request's context and validates each HTML response."""

import contextvars
import secrets
from typing import Any

from flask.globals import _cv_app
from flask.testing import FlaskClient
from itsdangerous import URLSafeTimedSerializer
from werkzeug.test import TestResponse

from app.extensions import db
from tests.support.html import check_page

SAFE = ("GET", "HEAD", "OPTIONS")


class PortalClient(FlaskClient):
    """`csrf=False` sends no CSRF token; `check_html=False` skips the HTML validation of the response."""

    def open(self, *args: Any, csrf: bool = True, check_html: bool = True, **kwargs: Any) -> TestResponse:
        end_transaction()
        if csrf and args and isinstance(args[0], str) and kwargs.get("method", "GET") not in SAFE:
            kwargs["headers"] = {"X-CSRFToken": self.csrf_token(), **dict(kwargs.get("headers") or {})}
        kwargs.setdefault("buffered", True)  # read a sent file completely and close it
        # Flask would reuse the test's application context: the request would share its DB session and its
        # `g`.
        context = contextvars.copy_context()
        context.run(_cv_app.set, None)  # type: ignore[arg-type]
        response = context.run(super().open, *args, **kwargs)
        if check_html:
            check_page(response)
        return response

    def get_page(self, url: str, status: int = 200) -> str:
        """Return the body of a GET response; assert its status first.

        An error page also lacks words that a test asserts to be absent.
        """
        response = self.get(url)
        assert response.status_code == status, f"{url}: {response.status}"
        return response.get_data(as_text=True)

    def csrf_token(self) -> str:
        with self.session_transaction() as session:
            raw = session.setdefault("csrf_token", secrets.token_hex(20))
        return URLSafeTimedSerializer(self.application.secret_key, salt="wtf-csrf-token").dumps(raw)


def end_transaction() -> None:
    """Roll back the test's read transaction: on SQLite an open one would block every writer."""
    session = db.session()
    unsaved = [*session.new, *session.dirty, *session.deleted]
    assert not unsaved, "the test left unsaved changes: use transaction(...)"
    session.rollback()
