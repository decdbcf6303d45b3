"""Views of emergency access to a hidden case."""

from typing import Any

from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from flask_login import current_user

from app.admin.base import PortalView
from app.admin.interface import PortalInterface
from app.cases import forms
from app.cases.models.emergency import EmergencyAccess
from app.cases.policy import EmergencyAccessPolicy
from app.cases.services import emergency
from app.cases.services.emergency import close_emergency_access, open_emergency_access
from app.cases.transitions import EMERGENCY_ACCESS_TRANSITIONS
from app.core import formats
from app.db.transaction import transaction
from app.security import authentication, web_session


def _build_save_notice(access: EmergencyAccess) -> str:
    """Return the notice that says until when the case is open, and who knows of it."""
    until = formats.format_time(access.expires_at)
    return str(_("You see this case until %(time)s. Its team and the supervisor have been told.", time=until))


class EmergencyAccessView(PortalView[EmergencyAccess]):
    datamodel = PortalInterface(EmergencyAccess, eager=("user", "case.client", "case.team"))
    policy = EmergencyAccessPolicy
    route_base = "/emergency-access"
    list_title = _l("Emergency access")
    show_title = _l("Emergency access")
    add_title = _l("Open a hidden case")
    edit_title = show_title
    list_columns = ["label", "case", "open_until", "state"]
    mobile_columns = {"label": "title", "case": "fact", "open_until": "fact", "state": "end"}
    search_columns = ["opened_at"]
    order_columns = ["opened_at"]
    base_order = ("opened_at", "desc")
    show_columns = ["user", "case", "reason", "opened_at", "open_until", "state"]
    add_columns = ["number_or_nik", "reason", "password"]
    extra_fields = forms.EMERGENCY_ACCESS_FIELDS
    add_submit_label = _l("Open the case")
    save_notice = staticmethod(_build_save_notice)
    has_edit_form = False
    add_service = staticmethod(open_emergency_access)
    transitions = EMERGENCY_ACCESS_TRANSITIONS
    transition_services = {"close": close_emergency_access}
    option_label = "label"
    empty_hint = _l("Nobody has opened a hidden case.")

    def check_form(self, form: Any) -> None:
        """Check the password before the case is looked up; a wrong one counts as an attempt."""
        with transaction(by=current_user):
            emergency.require_attempt_left(by=current_user)
        refusal = authentication.confirm_password(current_user, str(form.password.data))
        if refusal is not None:
            with transaction(by=current_user):
                emergency.record_wrong_password(str(form.reason.data), by=current_user)
            web_session.refuse_password(refusal, "password")
