"""The test client: a browser's manners (CSRF token), a context for each request, a look at each page."""

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
    """`csrf=False` sends no token; `check_html=False` does not look at the page."""

    def open(self, *args: Any, csrf: bool = True, check_html: bool = True, **kwargs: Any) -> TestResponse:
        end_transaction()
        if csrf and args and isinstance(args[0], str) and kwargs.get("method", "GET") not in SAFE:
            kwargs["headers"] = {"X-CSRFToken": self.csrf_token(), **dict(kwargs.get("headers") or {})}
        kwargs.setdefault("buffered", True)  # a file is read and closed
        # A request that found the test's application context would share its session and its `g`.
        context = contextvars.copy_context()
        context.run(_cv_app.set, None)  # type: ignore[arg-type]
        response = context.run(super().open, *args, **kwargs)
        if check_html:
            check_page(response)
        return response

    def get_page(self, address: str, status: int = 200) -> str:
        """Return the text of a page that must answer with this status: an error page lacks words, too."""
        response = self.get(address)
        assert response.status_code == status, f"{address}: {response.status}"
        return response.get_data(as_text=True)

    def csrf_token(self) -> str:
        with self.session_transaction() as session:
            raw = session.setdefault("csrf_token", secrets.token_hex(20))
        return URLSafeTimedSerializer(self.application.secret_key, salt="wtf-csrf-token").dumps(raw)


def end_transaction() -> None:
    """End what the test itself has read; on SQLite its transaction would hold up every writer."""
    session = db.session()
    unsaved = [*session.new, *session.dirty, *session.deleted]
    assert not unsaved, "the test left unsaved changes: use unit(...)"
    session.rollback()
