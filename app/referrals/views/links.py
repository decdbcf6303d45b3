"""Routes of the office for partner links and letters; part of the second custom view."""

from typing import Any

from flask import abort, flash, redirect, request, url_for
from flask_babel import gettext as _
from flask_login import current_user
from werkzeug.wrappers import Response

from app.admin import registry
from app.admin.access_log import log_hidden_record, log_view
from app.admin.base import BaseView, expose
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
"""Maximum number of letters in one PDF."""


class LinkView(BaseView):
    datamodel = PortalInterface(Referral)
    route_base = "/referrals"
    default_view = "make"

    @expose("/<int:pk>/link", methods=["POST"])
    @permission_required("add")
    def make(self, pk: int) -> Any:
        """Make a link and show its token and code, this once."""
        referral = _get_referral_view().get_or_404(pk)
        with transaction(by=current_user):
            secret = links.make_link(referral, by=current_user)
        return self._render_new_link(referral, secret)

    @expose("/<int:pk>/code", methods=["POST"])
    @permission_required("add")
    def code(self, pk: int) -> Any:
        """Set a new code for the valid links and show it, this once."""
        referral = _get_referral_view().get_or_404(pk)
        with transaction(by=current_user):
            secret = links.renew_code(referral, by=current_user)
        return self._render_new_link(referral, secret)

    @expose("/<int:pk>/links/<int:link>/revoke", methods=["POST"])
    @permission_required("edit")
    def revoke(self, pk: int, link: int) -> Response:
        """Revoke one link of this referral."""
        referral = _get_referral_view().get_or_404(pk)
        link_to_revoke = next((item for item in referral.links if item.id == link), None)
        if link_to_revoke is None:
            abort(404)
        with transaction(by=current_user):
            links.revoke_link(link_to_revoke, by=current_user)
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
        """Send the letter of one referral as a PDF."""
        return self._send_letters([_get_referral_view().get_or_404(pk)], f"referral-{pk}.pdf")

    @expose("/letters.pdf", methods=["GET"])
    @permission_required("download")
    def letters(self) -> Response:
        """Send the letters of the requested referrals as one PDF.

        Referrals that the user cannot see are left out and logged. Raises Conflict above `MAX_LETTERS`.
        """
        ids = [key for value in request.args.getlist("id") if (key := parse_whole_number(value)) is not None]
        if not ids:
            flash(_("Tick the referrals whose letters you want to print."), "info")
            return redirect(get_local_path(request.referrer) or url_for("ReferralView.list"))
        if len(ids) > MAX_LETTERS:
            raise Conflict(_("At most %(count)s letters can be printed at once.", count=MAX_LETTERS))
        referrals = _get_referral_view().visible_items(ids)
        for key in set(ids) - {referral.id for referral in referrals}:
            log_hidden_record(_get_referral_view(), key)
        if not referrals:
            abort(404)
        return self._send_letters(referrals, "referral-letters.pdf")

    def _send_letters(self, referrals: list[Referral], name: str) -> Response:
        paper = request.args.get("paper", PAPER_SIZES[0])
        if paper not in PAPER_SIZES:
            abort(400)
        refuse_withdrawn_consents(referrals)
        pdf_bytes = build_letters_pdf(referrals, paper, current_user)
        for referral in referrals:
            record_accessed.send(self, action="print", entity=Referral.__tablename__, entity_id=referral.id)
        response = Response(pdf_bytes, mimetype="application/pdf")
        response.headers["Content-Disposition"] = f'inline; filename="{name}"'
        return response


def _get_referral_view() -> Any:
    view = registry.find_view(Referral)
    assert view is not None  # noqa: S101  the menu registers it
    return view


def _build_overview_url(pk: int) -> str:
    return url_for("ReferralView.desk", pk=pk)
