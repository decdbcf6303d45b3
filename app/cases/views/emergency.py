"""Pages of emergency access: the one loud door to a hidden case."""

from typing import Any

from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from flask_login import current_user

from app.cases import access, forms, services
from app.cases.models import EmergencyAccess
from app.cases.services import emergency
from app.cases.states import EMERGENCY_MOVES
from app.core import display
from app.core.unit import unit
from app.core.views import PortalInterface, PortalView
from app.security import web_session


def _say_until_when(access: EmergencyAccess) -> str:
    """Say how long the case is open, and who knows of it."""
    until = display.clock_time(access.expires_at)
    return str(_("You see this case until %(time)s. Its team and the supervisor have been told.", time=until))


class EmergencyAccessView(PortalView):
    datamodel = PortalInterface(EmergencyAccess, eager=("user", "case.client", "case.team"))
    route_base = "/emergency-access"
    list_title = _l("Emergency access")
    show_title = _l("Emergency access")
    add_title = _l("Open a hidden case")
    edit_title = show_title
    label_columns = {
        "label": _l("Who and when"),
        "user": _l("Who"),
        "case": _l("Case"),
        "reason": _l("Reason"),
        "opened_at": _l("Asked at"),
        "open_until": _l("Open until"),
        "expires_at": _l("Open until"),
        "state": _l("State"),
        "number_or_nik": _l("Case number or NIK"),
        "password": _l("Your password"),
    }
    description_columns = {
        "reason": _l("Why it cannot wait for the team. The team and the supervisor read it: name nobody."),
    }
    list_columns = ["label", "case", "open_until", "state"]
    card = {"label": "title", "case": "fact", "open_until": "fact", "state": "end"}
    search_columns = ["opened_at"]
    order_columns = ["opened_at"]
    base_order = ("opened_at", "desc")
    show_columns = ["user", "case", "reason", "opened_at", "open_until", "state"]
    add_columns = ["number_or_nik", "reason", "password"]
    extra_fields = forms.EMERGENCY
    add_button = _l("Open the case")
    save_notice = staticmethod(_say_until_when)
    may_change = False
    visible_to = staticmethod(access.emergency_accesses_visible_to)
    may_move = staticmethod(access.may_close_access)
    add_verb = staticmethod(services.open_emergency_access)
    moves = EMERGENCY_MOVES
    move_verbs = {"close": services.close_emergency_access}
    option_label = "label"
    empty_hint = _l("Nobody has opened a hidden case.")

    def form_check(self, form: Any) -> None:
        """Ask for the password before the case is looked for; a wrong one is a try, too."""
        with unit(by=current_user):
            emergency.require_try_left(by=current_user)
        refusal = self.appbuilder.sm.confirm(current_user, str(form.password.data))
        if refusal is not None:
            with unit(by=current_user):
                emergency.refuse_password(str(form.reason.data), by=current_user)
            web_session.refuse(refusal, "password")
