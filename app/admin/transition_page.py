"""TransitionPage: one route, one short form and one service per declared transition."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from flask import request, url_for
from flask_babel import gettext as _
from flask_login import current_user
from werkzeug.wrappers import Response

from app.admin import registry
from app.admin.access_log import log_view
from app.admin.form_page import PortalForm, SaveResult
from app.admin.permissions import check_permission
from app.admin.saving import AddEditPages
from app.core.errors import Conflict
from app.core.transitions import Transition


class TransitionPage(AddEditPages):
    """The routes `/<id>/<transition>`."""

    def _build_transition_route(self, transition: Transition) -> Callable[[int], Response | tuple[str, int]]:
        def route(pk: int) -> Response | tuple[str, int]:
            check_permission(self, transition.name)
            return self._handle_transition(transition, pk)

        route.__name__ = f"move_{transition.name}"
        return route

    def _handle_transition(self, transition: Transition, pk: int) -> Response | tuple[str, int]:
        item = self.get_or_404(pk)
        rule = type(self).can_transition
        if rule is not None and not rule(item, current_user, transition.name):
            self.deny_record(item, transition.name)
        form = self.bind_form(
            self.transition_forms[transition.name],
            obj=item if request.method == "POST" or not transition.fields else None,
            data=self.transition_prefill(transition, item) if request.method != "POST" else None,
        )
        if request.method != "POST":
            self.set_version(form, item)
            return self._render_transition_page(
                transition, form, self._find_precondition_failure(transition, item) or SaveResult(), item
            )
        result = self._find_precondition_failure(transition, item) or self.version_conflict(form, item, [])
        if result is None:
            service = self.transition_services[transition.name]
            result = self.run_service(
                form, transition.fields, lambda data: service(item, by=current_user, **data) or item, item
            )
        if result.item is None:
            item = self.get_or_404(pk)
            if result.status == Conflict.status:
                result = (
                    self._find_precondition_failure(transition, item)
                    or self.version_conflict(form, item, [])
                    or result
                )
            return self._render_transition_page(transition, form, result, item)
        saved_item = result.item
        if type(saved_item) is not self.datamodel.obj or result.item_id != pk:
            # The service created another record: open that.
            target = self._get_detail_url(type(saved_item), result.item_id) or self.last_list_url()
        else:
            target = self.return_url(form, pk)
        return self.success_response(result, _("Done: %(what)s", what=str(transition.label)), target)

    def transition_prefill(self, transition: Transition, item: Any) -> Mapping[str, Any]:
        """Return the initial values of the form."""
        return transition.prefill(item) if transition.prefill else {}

    def _get_detail_url(self, model: type[Any], pk: int | None) -> str | None:
        view = registry.find_view(model)
        return url_for(f"{view.endpoint}.show", pk=pk) if view is not None else None

    def _find_precondition_failure(self, transition: Transition, item: Any) -> SaveResult | None:
        try:
            transition.check_allowed(item)
        except Conflict as error:
            return SaveResult(status=error.status, problems=[(None, None, error.message, error.link)])
        return None

    def _render_transition_page(
        self, transition: Transition, form: PortalForm, result: SaveResult, item: Any
    ) -> tuple[str, int]:
        log_view(self, item.id, transition.name)
        single_group = [(None, {"fields": transition.fields})]
        groups = self.group_fields(self.transition_fieldsets.get(transition.name, single_group), form)
        return self.form_page(
            "move",
            form,
            transition.label,
            result,
            item,
            groups=groups,
            submit_label=transition.label,
            notice=transition.confirm,
            danger=transition.tone == "danger",
        )
