"""Form with which administrators hand over a whole caseload."""

from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from flask_babel import ngettext
from flask_login import current_user

from app.admin.interface import PortalInterface
from app.cases.forms import CaseloadForm
from app.cases.models.case import Case
from app.cases.services.caseload import CaseloadHandover, hand_over_caseload
from app.security.views import AccountFormView, Message


class CaseloadView(AccountFormView):
    datamodel = PortalInterface(Case)
    route_base = "/caseload"
    list_title = _l("Hand over a caseload")
    form_title = list_title
    form = CaseloadForm
    method_permission_name = {"page": "edit"}
    base_permissions = ["can_edit"]

    def form_get(self, form: CaseloadForm) -> None:
        """Leave the form empty: nothing is chosen yet."""

    def form_post(self, form: CaseloadForm) -> list[Message]:
        """Hand over all that can be handed over, or nothing; return messages about the result."""
        handover = hand_over_caseload(
            worker=form.worker.data,
            successor=form.successor.data,
            reason=form.reason.data or "",
            by=current_user,
        )
        return _build_messages(handover, form.successor.data.full_name)


def _build_messages(handover: CaseloadHandover, successor: str) -> list[Message]:
    """Return counts of what was handed over and what stays, never which cases stay."""
    messages = []
    if handover.transferred_case_count:
        text = ngettext(
            "%(num)s case was handed over to %(name)s.",
            "%(num)s cases were handed over to %(name)s.",
            handover.transferred_case_count,
            name=successor,
        )
        messages.append(Message(text))
    if handover.reassigned_follow_up_count:
        text = ngettext(
            "%(num)s follow-up in a case led by somebody else has a new assignee.",
            "%(num)s follow-ups in cases led by somebody else have a new assignee.",
            handover.reassigned_follow_up_count,
        )
        messages.append(Message(text))
    if not messages:
        messages.append(Message(_("Nothing was handed over."), "warning"))
    if handover.unchanged_case_count:
        text = ngettext(
            "%(num)s limited or secret case stays with its team, because the successor is not on it.",
            "%(num)s limited or secret cases stay with their team, because the successor is not on it.",
            handover.unchanged_case_count,
        )
        messages.append(Message(text, "warning"))
    return messages
