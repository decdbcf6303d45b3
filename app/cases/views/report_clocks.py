"""View of the report clocks, for administrators."""

from flask_babel import lazy_gettext as _l
from wtforms.validators import NumberRange, Optional

from app.admin.base import PortalView
from app.admin.interface import PortalInterface
from app.cases.models.report_clock import ReportClock
from app.cases.policy import ReportClockPolicy
from app.core.clock import DAYS_PER_YEAR, HOURS_PER_YEAR


class ReportClockView(PortalView[ReportClock]):
    datamodel = PortalInterface(ReportClock)
    policy = ReportClockPolicy
    route_base = "/report-clocks"
    list_title = _l("Time to take a report up")
    show_title = list_title
    add_title = list_title
    edit_title = _l("Edit the time")
    list_columns = ["name", "minutes", "working_days", "urgency"]
    mobile_columns = {"name": "title", "minutes": "fact", "working_days": "fact", "urgency": "end"}
    search_columns: list[str] = []
    order_columns = ["id"]
    base_order = ("id", "asc")
    show_columns = ["name", "urgency", "minutes", "working_days", "source"]
    edit_columns = ["name", "minutes", "working_days", "source"]
    field_width = {"minutes": "half", "working_days": "half"}
    validators_columns = {
        "minutes": [Optional(), NumberRange(max=60 * HOURS_PER_YEAR)],
        "working_days": [Optional(), NumberRange(max=DAYS_PER_YEAR)],
    }
    has_add_form = False
    preload_options = True
    empty_hint = _l("The portal brings the three clocks with it: run “siaga init”.")
