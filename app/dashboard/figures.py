"""Monthly figures for the supervisor's first page."""

from datetime import datetime, time
from typing import Any, NamedTuple

from flask import url_for
from flask_babel import format_date
from flask_babel import gettext as _

from app.cases import queries as cases
from app.clients import queries as clients
from app.core import clock
from app.core.actor import Actor


class Tile(NamedTuple):
    """Figure with its label and the URL of the list of its records."""

    number: int
    label: Any
    url: str


def build_list_url(view_name: str, **parameters: Any) -> str:
    """Return the URL of the list page that shows the records of a figure."""
    return url_for(f"{view_name}.list", **parameters)


def get_monthly_figures(user: Actor) -> dict[str, Any]:
    """Count new clients, cases, reports and services since the first day of the month in WITA."""
    first_day = clock.today().replace(day=1)
    start = datetime.combine(first_day, time(), clock.WITA)
    case_figures = cases.get_figures_since(user, start)
    client_count = clients.count_registered_since(user, start)
    return {
        "month": format_date(first_day, "MMMM y"),
        "tiles": [
            Tile(client_count, _("New clients"), build_list_url("ClientView", _flt_0_created_at=first_day)),
            Tile(
                case_figures.cases, _("Cases opened"), build_list_url("CaseView", _flt_0_opened_at=first_day)
            ),
            Tile(
                case_figures.reports,
                _("Reports received"),
                build_list_url("IncomingReportView", _flt_0_received_at=first_day),
            ),
        ],
        "services": [
            Tile(
                number,
                kind.value,
                build_list_url("ServiceView", _flt_0_kind=kind.name, _flt_0_happened_at=first_day),
            )
            for kind, number in case_figures.services.items()
        ],
    }
