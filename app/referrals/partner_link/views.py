"""Routes of the partner page: no account, phone first, no JavaScript; part of the second custom view."""

from typing import Any

from flask import redirect, render_template, request, send_file
from flask_wtf.csrf import CSRFError

from app.admin.base import BaseView, expose
from app.core import clock, files
from app.core.errors import Conflict, PortalError
from app.extensions import csrf, limiter
from app.referrals.models.exchange import ReferralDocument, ReferralLink
from app.referrals.partner_link import auth
from app.referrals.partner_link import page as shown
from app.referrals.partner_link.auth import PageResponse
from app.referrals.partner_link.page import PARTNER_ACTIONS, PartnerAction
from app.referrals.services import links

REFUSED_RATE_LIMIT = "30 per minute; 150 per hour"
"""Limit of guessed links and wrong codes per IP address; many phones share one IP address."""


class PartnerPageView(BaseView):
    route_base = "/r"
    default_view = "page"

    def create_blueprint(
        self, appbuilder: Any, endpoint: str | None = None, static_folder: str | None = None
    ) -> Any:
        """Create the FAB blueprint with the page's own request checks, error pages and rate limit."""
        # Flask-WTF wants a referrer, which this page does not send: `check_request` checks the CSRF token.
        blueprint = super().create_blueprint(appbuilder, endpoint, static_folder)
        csrf.exempt(blueprint)
        blueprint.before_request(auth.check_request)
        blueprint.register_error_handler(CSRFError, auth.render_expired_form)
        blueprint.register_error_handler(429, auth.render_too_many_attempts)
        limiter.limit(REFUSED_RATE_LIMIT, methods=["GET", "POST"], deduct_when=auth.is_refused_attempt)(
            blueprint
        )
        return blueprint

    @expose("/<string:token>", methods=["GET", "POST"])
    @auth.force_indonesian
    def page(self, token: str) -> PageResponse:
        """Ask for the code; show the request page to a browser that has entered it."""
        link = links.find_link(token)
        refusal = auth.get_refusal_page(link)
        if refusal is not None or link is None:
            return refusal
        if request.method == "POST":
            return auth.try_code(link) or auth.set_link_cookie(
                redirect(auth.build_page_url(token), 303), link, token
            )
        if not auth.has_entered_code(link):
            return auth.render_code_form(), 200
        page = _render_request_page(link, token)
        return auth.set_link_cookie(page, link, token)

    @expose("/<string:token>/<string:step>", methods=["POST"])
    @auth.force_indonesian
    def answer(self, token: str, step: str) -> PageResponse:
        """Handle one answer of the partner, by the same service that the office uses."""
        link, action = links.find_link(token), PARTNER_ACTIONS.get(step)
        refusal = auth.get_refusal_page(link)
        if refusal is not None or link is None or action is None:
            return refusal or auth.refuse_link(link)
        if not auth.has_entered_code(link):
            page = auth.try_code(link) if "code" in request.form else (auth.render_code_form(), 200)
            if page is not None:  # it carries the typed answer along until the code is right
                return page
        return auth.set_link_cookie(_handle_answer(link, token, action), link, token)

    @expose("/<string:token>/documents/<int:pk>", methods=["GET"])
    @auth.force_indonesian
    def document(self, token: str, pk: int) -> PageResponse:
        """Send a document of this referral under a file name without personal data."""
        link = links.find_link(token)
        refusal = auth.get_refusal_page(link)
        if refusal is not None or link is None:
            return refusal
        document = next((row for row in link.referral.documents if row.id == pk and row.file), None)
        if not auth.has_entered_code(link) or document is None:
            return auth.refuse_link(link)
        key = str(document.file)
        name = f"{ReferralDocument.__tablename__}-{pk}.{key.rpartition('.')[2]}"
        auth.log_access(link, "export", ReferralDocument.__tablename__, pk, "document")
        return send_file(
            files.get_path(key), files.get_media_type(key), as_attachment=True, download_name=name
        )


def _render_request_page(link: ReferralLink, token: str, form: Any = None, problem: Any = None) -> str:
    auth.log_access(link, "view", ReferralLink.__tablename__, link.id, "show")
    page = shown.build_request_context(link.referral, link, auth.build_page_url(token))
    buttons = page["buttons"]
    if buttons and form is None:
        form = PARTNER_ACTIONS[buttons[0].name].form(formdata=None, data=shown.get_last_respondent(link))
    return render_template(
        "referrals/partner/request.html",
        form=form,
        problem=problem,
        **page,
        **shown.get_disclosed_office_context(link.referral),
    )


def _render_action_page(
    link: ReferralLink, token: str, action: PartnerAction, form: Any, problem: Any = None
) -> str:
    return render_template(
        "referrals/partner/answer.html",
        title=action.title,
        submit_label=action.submit_label,
        url=f"{auth.build_page_url(token)}/{action.name}",
        back_url=auth.build_page_url(token),
        form=form,
        problem=problem,
        **shown.get_disclosed_office_context(link.referral),
    )


def _handle_answer(link: ReferralLink, token: str, action: PartnerAction) -> PageResponse:
    form = action.form()
    page = _render_action_page if action.has_own_page else _render_request_again
    if action.has_own_page and "own_page" not in request.form:  # the button on the request page was pressed
        prefill: dict[str, Any] = {
            name: request.form.get(name) for name in ("answered_by", "answered_position")
        }
        prefill["completed_on"] = clock.today()  # most partners report it on the same day
        return page(link, token, action, action.form(formdata=None, data=prefill)), 200
    if not form.validate():
        return page(link, token, action, form), 200
    try:
        shown.submit_answer(link, action, form)
    except Conflict as refusal:
        return _handle_conflict(token, action, refusal)
    except PortalError as refusal:
        if refusal.field in form:
            form[refusal.field].errors = [refusal.message]
            return page(link, token, action, form), 200
        return page(link, token, action, form, refusal.message), refusal.status
    return redirect(auth.build_page_url(token), 303)


def _render_request_again(
    link: ReferralLink, token: str, _action: PartnerAction, form: Any, problem: Any = None
) -> str:
    return _render_request_page(link, token, form, problem)


def _handle_conflict(token: str, action: PartnerAction, conflict: Conflict) -> PageResponse:
    # A button that was pressed twice has worked once: no error then. Otherwise show the present state.
    link = links.find_link(token)
    if (refusal := auth.get_refusal_page(link)) is not None or link is None:
        return refusal
    if action.target == link.referral.state.name:
        return redirect(auth.build_page_url(token), 303)
    return _render_request_page(link, token, problem=conflict.message), 409
