"""The office's side of link and letter: made, told once, ended, printed; part of the second custom view."""

from typing import Any

from flask import abort, flash, redirect, request, url_for
from flask_appbuilder import expose
from flask_appbuilder.baseviews import BaseView
from flask_babel import gettext as _
from flask_login import current_user
from werkzeug.wrappers import Response

from app.core import registry
from app.core.errors import Conflict
from app.core.hooks import accessed
from app.core.types import whole
from app.core.unit import unit
from app.core.views import PortalInterface
from app.core.views.access_log import log_hidden, log_view
from app.core.views.guard import allowed, local_path
from app.referrals.letter import PAPERS, letters_pdf, refuse_withdrawn
from app.referrals.link_desk import told_once
from app.referrals.models import Referral
from app.referrals.services import links
from app.referrals.services.links import Secret

MOST_LETTERS = 50
"""Letters of one print."""


class LinkView(BaseView):
    datamodel = PortalInterface(Referral)
    route_base = "/referrals"
    default_view = "make"

    @expose("/<int:pk>/link", methods=["POST"])
    @allowed("add")
    def make(self, pk: int) -> Any:
        """A new link with its code, shown once."""
        referral = _room().find(pk)
        with unit(by=current_user):
            secret = links.make_link(referral, by=current_user)
        return self._told(referral, secret)

    @expose("/<int:pk>/code", methods=["POST"])
    @allowed("add")
    def code(self, pk: int) -> Any:
        """A new code for the links that are there, shown once."""
        referral = _room().find(pk)
        with unit(by=current_user):
            secret = links.renew_code(referral, by=current_user)
        return self._told(referral, secret)

    @expose("/<int:pk>/links/<int:link>/revoke", methods=["POST"])
    @allowed("edit")
    def revoke(self, pk: int, link: int) -> Response:
        """End one link of this referral."""
        referral = _room().find(pk)
        found = next((one for one in referral.links if one.id == link), None)
        if found is None:
            abort(404)
        with unit(by=current_user):
            links.revoke_link(found, by=current_user)
        flash(_("The link does not work any more."), "success")
        return redirect(_desk(pk))

    def _told(self, referral: Referral, secret: Secret) -> Any:
        log_view(_room(), referral.id, "link")
        return self.render_template(
            "referrals/told_once.html",
            title=_("Link for the partner") if secret.token else _("Code for the partner"),
            crumbs=_room().crumbs(referral, _("Link for the partner")),
            partner=referral.partner,
            desk_url=_desk(referral.id),
            **told_once(referral, secret),
        )


class LetterView(BaseView):
    datamodel = PortalInterface(Referral)
    route_base = "/referrals"
    default_view = "letter"

    @expose("/<int:pk>/letter.pdf", methods=["GET"])
    @allowed("download")
    def letter(self, pk: int) -> Response:
        """The letter of one referral."""
        return self._printed([_room().find(pk)], f"referral-{pk}.pdf")

    @expose("/letters.pdf", methods=["GET"])
    @allowed("download")
    def letters(self) -> Response:
        """The letters of the chosen referrals, as far as the user sees them."""
        ids = [key for text in request.args.getlist("id") if (key := whole(text)) is not None]
        if not ids:
            flash(_("Tick the referrals whose letters you want to print."), "info")
            return redirect(local_path(request.referrer) or url_for("ReferralView.list"))
        if len(ids) > MOST_LETTERS:
            raise Conflict(_("At most %(count)s letters can be printed at once.", count=MOST_LETTERS))
        found = _room().visible_items(ids)
        for key in set(ids) - {one.id for one in found}:
            log_hidden(_room(), key)
        if not found:
            abort(404)
        return self._printed(found, "referral-letters.pdf")

    def _printed(self, referrals: list[Referral], name: str) -> Response:
        paper = request.args.get("paper", PAPERS[0])
        if paper not in PAPERS:
            abort(400)
        refuse_withdrawn(referrals)
        made = letters_pdf(referrals, paper, current_user)
        for referral in referrals:
            accessed.send(self, action="print", entity=Referral.__tablename__, entity_id=referral.id)
        answer = Response(made, mimetype="application/pdf")
        answer.headers["Content-Disposition"] = f'inline; filename="{name}"'
        return answer


def _room() -> Any:
    room = registry.view_of(Referral)
    assert room is not None  # noqa: S101  the menu registers it
    return room


def _desk(pk: int) -> str:
    return url_for("ReferralView.desk", pk=pk)
