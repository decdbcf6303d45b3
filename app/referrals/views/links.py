"""The office's side of link and letter: made, told once, ended, printed; part of the second custom view."""

from typing import Any

from flask import abort, flash, redirect, request, url_for
from flask_appbuilder import expose
from flask_appbuilder.baseviews import BaseView
from flask_babel import gettext as _
from flask_login import current_user
from werkzeug.wrappers import Response

from app.admin import registry
from app.admin.access_log import log_hidden_record, log_view
from app.admin.interface import PortalInterface
from app.admin.permissions import get_local_path, permission_required
from app.core.errors import Conflict
from app.core.signals import record_accessed
from app.db.transaction import transaction
from app.db.types import parse_whole_number
from app.referrals.documents.letter import PAPER_SIZES, build_letters_pdf, refuse_withdrawn_consents
from app.referrals.models.referral import Referral
from app.referrals.overview import build_new_link_context
from app.referrals.services import links
from app.referrals.services.links import LinkSecret

MAX_LETTERS = 50
"""Letters of one print."""


class LinkView(BaseView):
    datamodel = PortalInterface(Referral)
    route_base = "/referrals"
    default_view = "make"

    @expose("/<int:pk>/link", methods=["POST"])
    @permission_required("add")
    def make(self, pk: int) -> Any:
        """A new link with its code, shown once."""
        referral = _get_referral_view().get_or_404(pk)
        with transaction(by=current_user):
            secret = links.make_link(referral, by=current_user)
        return self._render_new_link(referral, secret)

    @expose("/<int:pk>/code", methods=["POST"])
    @permission_required("add")
    def code(self, pk: int) -> Any:
        """A new code for the links that are there, shown once."""
        referral = _get_referral_view().get_or_404(pk)
        with transaction(by=current_user):
            secret = links.renew_code(referral, by=current_user)
        return self._render_new_link(referral, secret)

    @expose("/<int:pk>/links/<int:link>/revoke", methods=["POST"])
    @permission_required("edit")
    def revoke(self, pk: int, link: int) -> Response:
        """End one link of this referral."""
        referral = _get_referral_view().get_or_404(pk)
        found = next((one for one in referral.links if one.id == link), None)
        if found is None:
            abort(404)
        with transaction(by=current_user):
            links.revoke_link(found, by=current_user)
        flash(_("The link does not work any more."), "success")
        return redirect(_build_overview_url(pk))

    def _render_new_link(self, referral: Referral, secret: LinkSecret) -> Any:
        log_view(_get_referral_view(), referral.id, "link")
        return self.render_template(
            "referrals/new_link.html",
            title=_("Link for the partner") if secret.token else _("Code for the partner"),
            crumbs=_get_referral_view().crumbs(referral, _("Link for the partner")),
            partner=referral.partner,
            overview_url=_build_overview_url(referral.id),
            **build_new_link_context(referral, secret),
        )


class LetterView(BaseView):
    datamodel = PortalInterface(Referral)
    route_base = "/referrals"
    default_view = "letter"

    @expose("/<int:pk>/letter.pdf", methods=["GET"])
    @permission_required("download")
    def letter(self, pk: int) -> Response:
        """The letter of one referral."""
        return self._send_letters([_get_referral_view().get_or_404(pk)], f"referral-{pk}.pdf")

    @expose("/letters.pdf", methods=["GET"])
    @permission_required("download")
    def letters(self) -> Response:
        """The letters of the chosen referrals, as far as the user sees them."""
        ids = [key for text in request.args.getlist("id") if (key := parse_whole_number(text)) is not None]
        if not ids:
            flash(_("Tick the referrals whose letters you want to print."), "info")
            return redirect(get_local_path(request.referrer) or url_for("ReferralView.list"))
        if len(ids) > MAX_LETTERS:
            raise Conflict(_("At most %(count)s letters can be printed at once.", count=MAX_LETTERS))
        found = _get_referral_view().visible_items(ids)
        for key in set(ids) - {one.id for one in found}:
            log_hidden_record(_get_referral_view(), key)
        if not found:
            abort(404)
        return self._send_letters(found, "referral-letters.pdf")

    def _send_letters(self, referrals: list[Referral], name: str) -> Response:
        paper = request.args.get("paper", PAPER_SIZES[0])
        if paper not in PAPER_SIZES:
            abort(400)
        refuse_withdrawn_consents(referrals)
        made = build_letters_pdf(referrals, paper, current_user)
        for referral in referrals:
            record_accessed.send(self, action="print", entity=Referral.__tablename__, entity_id=referral.id)
        answer = Response(made, mimetype="application/pdf")
        answer.headers["Content-Disposition"] = f'inline; filename="{name}"'
        return answer


def _get_referral_view() -> Any:
    room = registry.find_view(Referral)
    assert room is not None  # noqa: S101  the menu registers it
    return room


def _build_overview_url(pk: int) -> str:
    return url_for("ReferralView.desk", pk=pk)
