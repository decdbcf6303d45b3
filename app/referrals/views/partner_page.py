"""The partner's page: no account, phone first, without JavaScript; part of the second custom view."""

from typing import Any

from flask import redirect, render_template, request, send_file
from flask_appbuilder import expose
from flask_appbuilder.baseviews import BaseView
from flask_wtf.csrf import CSRFError

from app.core import clock, files
from app.core.errors import Conflict, PortalError
from app.extensions import csrf, limiter
from app.referrals import partner_page as shown
from app.referrals.models import ReferralDocument, ReferralLink
from app.referrals.partner_page import STEPS, Step
from app.referrals.services import links
from app.referrals.views import door
from app.referrals.views.door import Answer

REFUSED = "30 per minute; 150 per hour"
"""Guessed links and wrong codes from one address; many phones share one address."""


class PartnerPageView(BaseView):
    route_base = "/r"
    default_view = "page"

    def create_blueprint(
        self, appbuilder: Any, endpoint: str | None = None, static_folder: str | None = None
    ) -> Any:
        """FAB's, with rules of its own: the page sends no referrer, so it checks the form token itself."""
        blueprint = super().create_blueprint(appbuilder, endpoint, static_folder)
        csrf.exempt(blueprint)
        blueprint.before_request(door.guard)
        blueprint.register_error_handler(CSRFError, door.form_is_old)
        blueprint.register_error_handler(429, door.too_many)
        limiter.limit(REFUSED, methods=["GET", "POST"], deduct_when=door.was_refused)(blueprint)
        return blueprint

    @expose("/<string:token>", methods=["GET", "POST"])
    @door.in_indonesian
    def page(self, token: str) -> Answer:
        """The code is asked; whoever gave it sees what was shared and may answer."""
        link = links.find_link(token)
        refusal = door.refusal_of(link)
        if refusal is not None or link is None:
            return refusal
        if request.method == "POST":
            return door.tried(link) or door.opened(redirect(door.url_of(token), 303), link, token)
        if not door.is_open(link):
            return door.ask_code(), 200
        page = _request_page(link, token)
        return door.opened(page, link, token)

    @expose("/<string:token>/<string:step>", methods=["POST"])
    @door.in_indonesian
    def answer(self, token: str, step: str) -> Answer:
        """One answer of the partner, by the verb that the desk uses."""
        link, asked = links.find_link(token), STEPS.get(step)
        refusal = door.refusal_of(link)
        if refusal is not None or link is None or asked is None:
            return refusal or door.gone(link)
        if not door.is_open(link):
            page = door.tried(link) if "code" in request.form else (door.ask_code(), 200)
            if page is not None:  # what was typed is carried along until the code is right
                return page
        return door.opened(_answered(link, token, asked), link, token)

    @expose("/<string:token>/documents/<int:pk>", methods=["GET"])
    @door.in_indonesian
    def document(self, token: str, pk: int) -> Answer:
        """A document of this referral, under a name that says nothing of anybody."""
        link = links.find_link(token)
        refusal = door.refusal_of(link)
        if refusal is not None or link is None:
            return refusal
        found = next((one for one in link.referral.documents if one.id == pk and one.file), None)
        if not door.is_open(link) or found is None:
            return door.gone(link)
        key = str(found.file)
        name = f"{ReferralDocument.__tablename__}-{pk}.{key.rpartition('.')[2]}"
        door.log_look(link, "export", ReferralDocument.__tablename__, pk, "document")
        return send_file(files.path_of(key), files.media_type_of(key), as_attachment=True, download_name=name)


def _request_page(link: ReferralLink, token: str, form: Any = None, problem: Any = None) -> str:
    door.log_look(link, "view", ReferralLink.__tablename__, link.id, "show")
    page = shown.request_page(link.referral, link, door.url_of(token))
    buttons = page["buttons"]
    if buttons and form is None:
        form = STEPS[buttons[0].name].form(formdata=None, data=shown.last_name(link))
    return render_template(
        "referrals/partner/request.html",
        form=form,
        problem=problem,
        **page,
        **shown.disclosed_office(link.referral),
    )


def _step_page(link: ReferralLink, token: str, step: Step, form: Any, problem: Any = None) -> str:
    return render_template(
        "referrals/partner/step.html",
        title=step.title,
        submit=step.submit,
        url=f"{door.url_of(token)}/{step.name}",
        back=door.url_of(token),
        form=form,
        problem=problem,
        **shown.disclosed_office(link.referral),
    )


def _answered(link: ReferralLink, token: str, step: Step) -> Answer:
    form = step.form()
    page = _step_page if step.own_page else _shown_again
    if step.own_page and "own_page" not in request.form:  # its button was pressed on the first page
        typed: dict[str, Any] = {
            name: request.form.get(name) for name in ("answered_by", "answered_position")
        }
        typed["completed_on"] = clock.today()  # most tell it on the same day
        return page(link, token, step, step.form(formdata=None, data=typed)), 200
    if not form.validate():
        return page(link, token, step, form), 200
    try:
        shown.send(link, step, form)
    except Conflict as refusal:
        return _too_late(token, step, refusal)
    except PortalError as refusal:
        if refusal.field in form:
            form[refusal.field].errors = [refusal.message]
            return page(link, token, step, form), 200
        return page(link, token, step, form, refusal.message), refusal.status
    return redirect(door.url_of(token), 303)


def _shown_again(link: ReferralLink, token: str, _step: Step, form: Any, problem: Any = None) -> str:
    return _request_page(link, token, form, problem)


def _too_late(token: str, step: Step, refusal: Conflict) -> Answer:
    """Somebody was faster: say where it stands now; a button that was pressed twice has worked once."""
    link = links.find_link(token)
    if (gone := door.refusal_of(link)) is not None or link is None:
        return gone
    if step.target == link.referral.state.name:
        return redirect(door.url_of(token), 303)
    return _request_page(link, token, problem=refusal.message), 409
