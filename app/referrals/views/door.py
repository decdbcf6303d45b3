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

from app.core.hooks import accessed
from app.core.unit import unit
from app.referrals import partner_page as shown
from app.referrals.actor import PartnerByLink
from app.referrals.models import ReferralLink
from app.referrals.services import links

COOKIE = "siaga_link"
IDLE = 30 * 60
"""Seconds after which an opened page asks for the code again."""

F = TypeVar("F", bound=Callable[..., Any])
Answer = Any
"""What a route may return."""


def in_indonesian(route: F) -> F:
    """Speak the language of the office, whatever somebody chose who is logged in here."""

    @wraps(route)
    def speaking(*args: Any, **kwargs: Any) -> Any:
        with force_locale("id"):
            return route(*args, **kwargs)

    return speaking  # type: ignore[return-value]


def guard() -> None:
    """Before every request: the address is a secret, and a form must carry its token."""
    g.secret_address = True
    if request.method == "POST":
        try:
            validate_csrf(request.form.get("csrf_token") or request.headers.get("X-CSRFToken"))
        except ValidationError as problem:
            raise CSRFError(str(problem)) from None


def was_refused(_response: Response) -> bool:
    """Whether somebody guessed: that is counted by address."""
    return bool(g.get("link_refused"))


@in_indonesian
def form_is_old(_error: Exception) -> Answer:
    """The page of a form without its token."""
    sentence = _("This page was open for too long. Open the link again; nothing was sent.")
    return _plain(_("Please open the link again"), sentence, 400)


@in_indonesian
def too_many(_error: Exception) -> Answer:
    """The page of an address that guessed too often."""
    return _plain(_("Too many attempts"), _("Wait a few minutes, then try again, or call us."), 429)


def refusal_of(link: ReferralLink | None) -> Answer | None:
    """The page of a link behind which there is nothing; None: there is."""
    door = links.door_of(link)
    if door == "open":
        return None
    if door == "ended" and link is not None:
        return _plain(*shown.ending(link.referral), 410)
    return gone(link)


def gone(link: ReferralLink | None = None) -> Answer:
    """Guessed, expired, revoked or of another referral: the same page for all, and a line for the audit.

    `link` is the one that was found, if any; the line never holds the token.
    """
    refuse(link)
    sentence = _("It may have expired or been withdrawn. We gladly give you a new one.")
    return _plain(_("This link does not work"), sentence, 404)


def refuse(link: ReferralLink | None) -> None:
    """Count a guess by its address, and note it in the audit."""
    g.link_refused = True
    accessed.send(
        None, action="denied", entity=ReferralLink.__tablename__, entity_id=link.id if link else None
    )


def log_look(link: ReferralLink, action: str, entity: str, entity_id: int, page: str) -> None:
    """Note what the partner behind the link looked at or took."""
    accessed.send(None, action=action, entity=entity, entity_id=entity_id, by=PartnerByLink(link), page=page)


def _plain(title: str, sentence: str, status: int) -> Answer:
    page = render_template("referrals/partner/gone.html", title=title, sentence=sentence, **shown.office())
    return page, status


def _signer() -> URLSafeTimedSerializer:
    return URLSafeTimedSerializer(current_app.secret_key or "", salt="partner-page")


def url_of(token: str) -> str:
    """Where the page of this token is."""
    return url_for("PartnerPageView.page", token=token)


def is_open(link: ReferralLink) -> bool:
    """Whether this browser gave the code of this link a while ago."""
    try:
        kept = _signer().loads(request.cookies.get(_cookie(link)[0], ""), max_age=IDLE)
    except BadData:
        return bool(g.get("link_opened"))
    return bool(g.get("link_opened")) or kept == [link.id, links.session_mark(link)]


def _cookie(link: ReferralLink, path: str = "/") -> tuple[str, str]:
    """Return name and path: with HTTPS the prefix keeps neighbours from planting it, and wants the root."""
    if current_app.config["SESSION_COOKIE_SECURE"]:
        return f"__Host-{COOKIE}-{link.id}", "/"
    return COOKIE, path


def opened(answer: Answer, link: ReferralLink, token: str) -> Response:
    """The answer, and half an hour more for this link alone."""
    response = current_app.make_response(answer)
    if links.door_of(link) == "open":
        name, path = _cookie(link, url_of(token))
        response.set_cookie(
            name,
            _signer().dumps([link.id, links.session_mark(link)]),
            max_age=IDLE,
            path=path,
            secure=current_app.config["SESSION_COOKIE_SECURE"],
            httponly=True,
            samesite="Lax",
        )
    return response


def ask_code(error: str | None = None) -> str:
    """The page that asks for the code; what was typed before comes along."""
    carried = [
        (name, value)
        for name, value in request.form.items()
        if name not in ("code", "csrf_token") and request.endpoint == "PartnerPageView.answer"
    ]
    return render_template(
        "referrals/partner/code.html", url=request.path, error=error, carried=carried, **shown.office()
    )


def tried(link: ReferralLink) -> Answer | None:
    """Try the code that was typed; None: it is right."""
    code = "".join(request.form.get("code", "").split())
    if not (code.isascii() and code.isdigit() and len(code) == links.CODE_DIGITS):
        return ask_code(_("The code has six digits.")), 200
    with unit(by=PartnerByLink(link)):
        right = links.open_link(link, code)
    if right:
        g.link_opened = True
        return None
    refuse(link)
    return refusal_of(link) or (ask_code(_("This is not the code. Please ask for it by phone.")), 200)
