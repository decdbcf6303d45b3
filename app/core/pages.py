"""What every page has: translated form messages, fingerprinted files, and errors that say what to do."""

import hashlib
from functools import cache
from pathlib import Path
from typing import Any

from flask import Flask, current_app, g, jsonify, render_template, request, url_for
from flask_babel import Domain, get_translations
from flask_login import current_user
from flask_wtf.csrf import CSRFError
from markupsafe import Markup
from werkzeug.exceptions import HTTPException
from werkzeug.wrappers import Response

from app.core import display, outages
from app.core.errors import PortalError
from app.core.masking import mask_for
from app.core.navigation import drawn
from app.core.views.guard import ask_to_log_in, local_path
from app.extensions import db

WRITES = frozenset({"POST", "PUT", "PATCH", "DELETE"})
YEAR = 365 * 24 * 3600


def init_app(app: Flask) -> None:
    """Bind the handlers and helpers to the application."""
    app.before_request(read_the_body)
    app.before_request(translate_forms)
    app.register_error_handler(HTTPException, refused)
    app.register_error_handler(PortalError, refused_by_verb)
    app.register_error_handler(Exception, broken)
    app.jinja_env.globals.update(static_url=static_url, fab_url=fab_url, drawn=drawn)
    app.jinja_env.filters["readable"] = readable
    app.context_processor(frame)
    app.config["SEND_FILE_MAX_AGE_DEFAULT"] = YEAR


def readable(text: Any) -> Any:
    """Mask the numbers in a text that the user may not read; the filter `readable` of the templates."""
    return mask_for(current_user, text)


def speak(app: Flask) -> None:
    """Let pages speak by shorter ways than the framework's, which must be there already."""
    app.extensions["babel"].instance.domain_instance = CATALOGUE
    app.jinja_env.globals["_"] = said


class Catalogue(Domain):
    """The messages of the portal: the framework asks a language for its name at every word."""

    def __init__(self) -> None:
        super().__init__()
        self._loaded: dict[str | None, Any] = {}

    def get_translations(self) -> Any:
        """Give the words of this request's language."""
        language = display.spoken()
        if language not in self._loaded:
            self._loaded[language] = super().get_translations()
        return self._loaded[language]


CATALOGUE = Catalogue()


def read_the_body() -> None:
    """Read forms and uploads before anything asks the database: a slow phone must not hold the write lock."""
    if request.method in WRITES:
        if request.mimetype != "multipart/form-data":  # text alone is read in one piece
            request.max_content_length = request.max_form_memory_size
        request.files  # noqa: B018  reading them is the point


def translate_forms() -> None:
    """Let WTForms speak from our catalogue: it has no Indonesian; Flask-WTF caches by this name."""
    request.wtforms_translations = get_translations()  # type: ignore[attr-defined]


def frame() -> dict[str, object]:
    """Give every page, also one that no view renders, what its frame needs."""
    return {"appbuilder": current_app.appbuilder, "base_template": "appbuilder/baselayout.html"}  # type: ignore[attr-defined]


def said(text: str, **values: Any) -> Markup:
    """Jinja's `_`: a sentence of a template in the user's language, made safe with what it tells of."""
    words = Markup(CATALOGUE.get_translations().ugettext(text))  # noqa: S704  our own catalogue
    return words % values if values or "%" in words else words


@cache
def static_url(filename: str) -> str:
    """The address of one of our files; it changes when the file does, so that it may be kept for a year."""
    assert current_app.static_folder is not None  # noqa: S101  the application has one
    content = (Path(current_app.static_folder) / filename).read_bytes()
    return url_for("static", filename=filename, v=hashlib.sha256(content).hexdigest()[:12])


@cache
def fab_url(filename: str) -> str:
    """The address of one of the framework's files; it changes with the framework's version."""
    return url_for("appbuilder.static", filename=filename, v=current_app.appbuilder.version)  # type: ignore[attr-defined]


def refused(error: HTTPException) -> Any:
    """The page of an error: what happened, what to do; for scripts the same as JSON, without data."""
    if error.response is not None:
        return error.response
    cause = getattr(error, "original_exception", None)
    if cause is not None:  # what went wrong after the page was built: the line in the book of accesses
        return broken(cause)
    if not isinstance(error, CSRFError):
        return _page(error.code or 500)
    # A page whose session is gone carries no good token any more; one that only sleeps still has its own.
    gone = not current_user.is_authenticated and "asleep" not in g
    return ask_to_log_in() if gone and not _is_for_scripts() else _page(400)


def refused_by_verb(error: PortalError) -> Response | tuple[str | Response, int]:
    """A refusal that no form caught: the page says the sentence of the service."""
    return _page(error.status if error.status != 200 else 400, sentence=str(error.message))


def broken(error: Exception) -> Response | tuple[str | Response, int]:
    """The database or the disk is in the way, or it is a fault of ours: the log knows more than the page.

    The page is nobody's: to know who asks, it would have to ask the database.
    """
    reference = outages.note(error)
    db.session.remove()  # a rollback would fail where the connection is gone
    current_app.login_manager._update_request_context_with_user()  # type: ignore[attr-defined]
    return _page(outages.status_of(error) or 500, reference)


def _page(code: int, reference: str | None = None, sentence: str | None = None) -> tuple[str | Response, int]:
    if _is_for_scripts():
        told = {"message": str(outages.sentence(code))} if code in outages.STATUSES else {}
        return jsonify({"error": code, **told}), code
    back = local_path(request.referrer)
    return render_template(
        "errors/error.html",
        code=code,
        reference=reference,
        sentence=sentence,
        back=back,
        carried=_carried(code),
    ), code


def _carried(code: int) -> list[tuple[str, str]]:
    """What was typed, to be sent again when the outage is over; passwords are typed anew."""
    if request.method != "POST" or code not in outages.STATUSES:
        return []
    try:
        typed = list(request.form.items(multi=True))
    except Exception:  # the disk was full while it came in: nobody has it
        return []
    if any("password" in name for name, _value in typed):
        return []
    return [*typed, (outages.AGAIN, "1")]


def _is_for_scripts() -> bool:
    return request.path.startswith("/api/")
