"""TransitionPage: one route, one short form and one service per declared transition."""

from __future__ import annotations

from typing import Any

from flask import request, url_for
from flask_babel import gettext as _
from flask_login import current_user

from app.admin import registry
from app.admin.access_log import log_view
from app.admin.detail_page import DetailPage
from app.admin.form_page import FormPage, Page, group_fields
from app.admin.forms import PortalForm
from app.admin.links import build_link
from app.admin.registry import View
from app.admin.saving import FormProblem, SaveResult, find_version_conflict, run_service
from app.core.errors import Conflict
from app.core.transitions import Transition


class TransitionPage:
    """The pages `/<id>/<transition>` of one view."""

    def __init__(self, view: View, form_page: FormPage, detail_page: DetailPage) -> None:
        self.view, self.form_page, self.detail_page = view, form_page, detail_page

    def handle(self, transition: Transition, pk: int) -> Page:
        """Show the form of the transition, or run its service."""
        view = self.view
        item = view.get_or_404(pk)
        if not view.policy.can_transition(item, current_user, transition.name):
            view.deny_record(item, transition.name)
        if request.method != "POST":
            prefill = view.transition_prefill(transition, item)
            form = self.form_page.bind(view.transition_forms[transition.name], data=prefill)
            self.form_page.set_version(form, item)
            return self._render(transition, form, _find_failed_precondition(transition, item), item)
        form = self.form_page.bind(view.transition_forms[transition.name], obj=item)
        result = _find_failed_precondition(transition, item) or find_version_conflict(view, form, item)
        if result is None:
            service = view.transition_services[transition.name]
            result = run_service(
                view,
                form,
                transition.fields,
                lambda data: service(item, by=current_user, **data) or item,
                shown_item=item,
            )
        if result.item is None:
            item = view.get_or_404(pk)
            if result.status == Conflict.status:
                # Tell what the other user did: a failed precondition before a changed version.
                failure = _find_failed_precondition(transition, item)
                result = failure or find_version_conflict(view, form, item) or result
            return self._render(transition, form, result, item)
        message = _("Done: %(what)s", what=str(transition.label))
        return self.form_page.respond_to_success(result, message, self._get_target_url(form, result, pk))

    def _get_target_url(self, form: PortalForm, result: SaveResult, pk: int) -> str:
        """Return where to go on: the record, or the one that the service created instead."""
        view, model = self.view, type(result.item)
        if model is view.datamodel.obj and result.item_id == pk:
            return self.form_page.get_return_url(form, pk)
        other_view = registry.find_view(model)
        if other_view is None:
            return self.detail_page.get_last_list_url()
        return url_for(f"{other_view.endpoint}.show", pk=result.item_id)

    def _render(
        self, transition: Transition, form: PortalForm, result: SaveResult | None, item: Any
    ) -> tuple[str, int]:
        view = self.view
        log_view(view, item.id, transition.name)
        single_group = [(None, {"fields": transition.fields})]
        groups = group_fields(view.transition_fieldsets.get(transition.name, single_group), form)
        return self.form_page.render(
            "move",
            form,
            transition.label,
            result or SaveResult(),
            item,
            groups=groups,
            submit_label=transition.label,
            notice=transition.confirm,
            is_dangerous=transition.tone == "danger",
        )


def _find_failed_precondition(transition: Transition, item: Any) -> SaveResult | None:
    try:
        transition.check_allowed(item)
    except Conflict as error:
        return SaveResult(
            status=error.status, problems=[FormProblem(error.message, link=build_link(error.link))]
        )
    return None
