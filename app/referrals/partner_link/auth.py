"""Authentication of the partner page: link, code, cookie, and the pages for refused requests."""

from collections.abc import Callable
from functools import wraps
from typing import Any, TypeVar

from flask import Response, current_app, g, render_template, request, url_for
from flask_babel import force_locale
from flask_babel import gettext as _
from flask_wtf.csrf import CSRFError, validate_csrf
from itsdangerous import BadData, URLSafeTimedSerializer
from wtforms import ValidationError

from app.core.signals import record_accessed
from app.db.transaction import transaction
from app.referrals.models.exchange import ReferralLink
from app.referrals.partner_link import page as shown
from app.referrals.policy import PartnerLinkActor
from app.referrals.services import links

COOKIE_NAME = "siaga_link"
IDLE_SECONDS = 30 * 60
"""Seconds without a request after which the page asks for the code again."""

F = TypeVar("F", bound=Callable[..., Any])
PageResponse = Any
"""Any value that a Flask route may return."""


def force_indonesian(route: F) -> F:
    """Decorate a route to render in Indonesian, whatever language a user logged in here has chosen."""

    @wraps(route)
    def wrapper(*args: Any, **kwargs: Any) -> Any:
        with force_locale("id"):
            return route(*args, **kwargs)

    return wrapper  # type: ignore[return-value]


def check_request() -> None:
    """Mark the URL as secret and check the CSRF token of a form; a `before_request` handler.

    Raises CSRFError.
    """
    g.secret_address = True
    if request.method == "POST":
        try:
            validate_csrf(request.form.get("csrf_token") or request.headers.get("X-CSRFToken"))
        except ValidationError as problem:
            raise CSRFError(str(problem)) from None


def is_refused_attempt(_response: Response) -> bool:
    """Return whether the request was a refused attempt, which the rate limit counts per IP address."""
    return bool(g.get("link_refused"))


@force_indonesian
def render_expired_form(_error: Exception) -> PageResponse:
    """Render the error page (400) for a form with a missing or expired CSRF token."""
    sentence = _("This page was open for too long. Open the link again; nothing was sent.")
    return _render_message(_("Please open the link again"), sentence, 400)


@force_indonesian
def render_too_many_attempts(_error: Exception) -> PageResponse:
    """Render the error page (429) for an IP address with too many refused attempts."""
    return _render_message(_("Too many attempts"), _("Wait a few minutes, then try again, or call us."), 429)


def get_refusal_page(link: ReferralLink | None) -> PageResponse | None:
    """Return the page for a shut link (404, a refused attempt) or an ended one (410); None: it is open."""
    state = links.get_link_state(link)
    if state == "open":
        return None
    if state == "ended" and link is not None:
        return _render_message(*shown.describe_end(link.referral), 410)
    return refuse_link(link)


def refuse_link(link: ReferralLink | None = None) -> PageResponse:
    """Record a refused attempt and return the 404 page.

    The page is the same for a guessed, expired, revoked or wrong link. `link` is the link that was found, if
    any; the audit entry never holds the token.
    """
    record_refused_attempt(link)
    sentence = _("It may have expired or been withdrawn. We gladly give you a new one.")
    return _render_message(_("This link does not work"), sentence, 404)


def record_refused_attempt(link: ReferralLink | None) -> None:
    """Mark the request for the rate limit per IP address, and write an audit entry."""
    g.link_refused = True
    record_accessed.send(
        None, action="denied", entity=ReferralLink.__tablename__, entity_id=link.id if link else None
    )


def log_access(link: ReferralLink, action: str, entity: str, entity_id: int, page: str) -> None:
    """Write an audit entry of what the partner viewed or downloaded."""
    record_accessed.send(
        None, action=action, entity=entity, entity_id=entity_id, by=PartnerLinkActor(link), page=page
    )


def _render_message(title: str, sentence: str, status: int) -> PageResponse:
    page = render_template(
        "referrals/partner/message.html", title=title, sentence=sentence, **shown.get_office_context()
    )
    return page, status


def _get_signer() -> URLSafeTimedSerializer:
    return URLSafeTimedSerializer(current_app.secret_key or "", salt="partner-page")


def build_page_url(token: str) -> str:
    """Return the URL of the partner page for this token."""
    return url_for("PartnerPageView.page", token=token)


def has_entered_code(link: ReferralLink) -> bool:
    """Return whether the present code of this link was entered within `IDLE_SECONDS` or in this request."""
    try:
        payload = _get_signer().loads(
            request.cookies.get(_get_cookie_name_and_path(link)[0], ""), max_age=IDLE_SECONDS
        )
    except BadData:
        return bool(g.get("link_opened"))
    return bool(g.get("link_opened")) or payload == [link.id, links.get_session_mark(link)]


def _get_cookie_name_and_path(link: ReferralLink, path: str = "/") -> tuple[str, str]:
    # With HTTPS the prefix __Host- keeps neighbour domains from setting the cookie; it requires the path "/".
    if current_app.config["SESSION_COOKIE_SECURE"]:
        return f"__Host-{COOKIE_NAME}-{link.id}", "/"
    return COOKIE_NAME, path


def set_link_cookie(result: PageResponse, link: ReferralLink, token: str) -> Response:
    """Return the response with a fresh signed cookie for this link only, if the link is open."""
    response = current_app.make_response(result)
    if links.get_link_state(link) == "open":
        name, path = _get_cookie_name_and_path(link, build_page_url(token))
        response.set_cookie(
            name,
            _get_signer().dumps([link.id, links.get_session_mark(link)]),
            max_age=IDLE_SECONDS,
            path=path,
            secure=current_app.config["SESSION_COOKIE_SECURE"],
            httponly=True,
            samesite="Lax",
        )
    return response


def render_code_form(error: str | None = None) -> str:
    """Render the form that asks for the code; the fields of an answer are carried along as hidden fields."""
    hidden_fields = [
        (name, value)
        for name, value in request.form.items()
        if name not in ("code", "csrf_token") and request.endpoint == "PartnerPageView.answer"
    ]
    return render_template(
        "referrals/partner/code.html",
        url=request.path,
        error=error,
        hidden_fields=hidden_fields,
        **shown.get_office_context(),
    )


def try_code(link: ReferralLink) -> PageResponse | None:
    """Check the code of the form; return None if it is right, else the page to show."""
    code = "".join(request.form.get("code", "").split())
    if not (code.isascii() and code.isdigit() and len(code) == links.CODE_DIGITS):
        return render_code_form(_("The code has six digits.")), 200
    with transaction(by=PartnerLinkActor(link)):
        is_right = links.open_link(link, code)
    if is_right:
        g.link_opened = True
        return None
    record_refused_attempt(link)
    return get_refusal_page(link) or (
        render_code_form(_("This is not the code. Please ask for it by phone.")),
        200,
    )
