"""The door of the partner's page: who may come in, and what everybody else reads."""

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
"""Seconds after which an opened page asks for the code again."""

F = TypeVar("F", bound=Callable[..., Any])
PageResponse = Any
"""What a route may return."""


def force_indonesian(route: F) -> F:
    """Speak the language of the office, whatever somebody chose who is logged in here."""

    @wraps(route)
    def speaking(*args: Any, **kwargs: Any) -> Any:
        with force_locale("id"):
            return route(*args, **kwargs)

    return speaking  # type: ignore[return-value]


def check_request() -> None:
    """Before every request: the address is a secret, and a form must carry its token."""
    g.secret_address = True
    if request.method == "POST":
        try:
            validate_csrf(request.form.get("csrf_token") or request.headers.get("X-CSRFToken"))
        except ValidationError as problem:
            raise CSRFError(str(problem)) from None


def is_refused_attempt(_response: Response) -> bool:
    """Whether somebody guessed: that is counted by address."""
    return bool(g.get("link_refused"))


@force_indonesian
def render_expired_form(_error: Exception) -> PageResponse:
    """The page of a form without its token."""
    sentence = _("This page was open for too long. Open the link again; nothing was sent.")
    return _render_message(_("Please open the link again"), sentence, 400)


@force_indonesian
def render_too_many_attempts(_error: Exception) -> PageResponse:
    """The page of an address that guessed too often."""
    return _render_message(_("Too many attempts"), _("Wait a few minutes, then try again, or call us."), 429)


def get_refusal_page(link: ReferralLink | None) -> PageResponse | None:
    """The page of a link behind which there is nothing; None: there is."""
    door = links.get_link_state(link)
    if door == "open":
        return None
    if door == "ended" and link is not None:
        return _render_message(*shown.describe_end(link.referral), 410)
    return refuse_link(link)


def refuse_link(link: ReferralLink | None = None) -> PageResponse:
    """Guessed, expired, revoked or of another referral: the same page for all, and a line for the audit.

    `link` is the one that was found, if any; the line never holds the token.
    """
    record_refused_attempt(link)
    sentence = _("It may have expired or been withdrawn. We gladly give you a new one.")
    return _render_message(_("This link does not work"), sentence, 404)


def record_refused_attempt(link: ReferralLink | None) -> None:
    """Count a guess by its address, and note it in the audit."""
    g.link_refused = True
    record_accessed.send(
        None, action="denied", entity=ReferralLink.__tablename__, entity_id=link.id if link else None
    )


def log_access(link: ReferralLink, action: str, entity: str, entity_id: int, page: str) -> None:
    """Note what the partner behind the link looked at or took."""
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
    """Where the page of this token is."""
    return url_for("PartnerPageView.page", token=token)


def has_entered_code(link: ReferralLink) -> bool:
    """Whether this browser gave the code of this link a while ago."""
    try:
        kept = _get_signer().loads(
            request.cookies.get(_get_cookie_name_and_path(link)[0], ""), max_age=IDLE_SECONDS
        )
    except BadData:
        return bool(g.get("link_opened"))
    return bool(g.get("link_opened")) or kept == [link.id, links.get_session_mark(link)]


def _get_cookie_name_and_path(link: ReferralLink, path: str = "/") -> tuple[str, str]:
    """Return name and path: with HTTPS the prefix keeps neighbours from planting it, and wants the root."""
    if current_app.config["SESSION_COOKIE_SECURE"]:
        return f"__Host-{COOKIE_NAME}-{link.id}", "/"
    return COOKIE_NAME, path


def set_link_cookie(result: PageResponse, link: ReferralLink, token: str) -> Response:
    """The answer, and half an hour more for this link alone."""
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
    """The page that asks for the code; what was typed before comes along."""
    carried = [
        (name, value)
        for name, value in request.form.items()
        if name not in ("code", "csrf_token") and request.endpoint == "PartnerPageView.answer"
    ]
    return render_template(
        "referrals/partner/code.html",
        url=request.path,
        error=error,
        hidden_fields=carried,
        **shown.get_office_context(),
    )


def try_code(link: ReferralLink) -> PageResponse | None:
    """Try the code that was typed; None: it is right."""
    code = "".join(request.form.get("code", "").split())
    if not (code.isascii() and code.isdigit() and len(code) == links.CODE_DIGITS):
        return render_code_form(_("The code has six digits.")), 200
    with transaction(by=PartnerLinkActor(link)):
        right = links.open_link(link, code)
    if right:
        g.link_opened = True
        return None
    record_refused_attempt(link)
    return get_refusal_page(link) or (
        render_code_form(_("This is not the code. Please ask for it by phone.")),
        200,
    )
