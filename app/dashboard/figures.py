"""How the month went so far, for those who look at the whole."""

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
    """One figure of the month."""

    number: int
    label: Any
    url: str


def build_list_url(view_name: str, **parameters: Any) -> str:
    """Where the records of a figure are listed."""
    return url_for(f"{view_name}.list", **parameters)


def get_monthly_figures(user: Actor) -> dict[str, Any]:
    """How the month went so far."""
    first = clock.today().replace(day=1)
    start = datetime.combine(first, time(), clock.WITA)
    counted = cases.get_figures_since(user, start)
    new = clients.count_registered_since(user, start)
    return {
        "month": format_date(first, "MMMM y"),
        "tiles": [
            Tile(new, _("New clients"), build_list_url("ClientView", _flt_0_created_at=first)),
            Tile(counted.cases, _("Cases opened"), build_list_url("CaseView", _flt_0_opened_at=first)),
            Tile(
                counted.reports,
                _("Reports received"),
                build_list_url("IncomingReportView", _flt_0_received_at=first),
            ),
        ],
        "services": [
            Tile(
                number,
                kind.value,
                build_list_url("ServiceView", _flt_0_kind=kind.name, _flt_0_happened_at=first),
            )
            for kind, number in counted.services.items()
        ],
    }
