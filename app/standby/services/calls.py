"""Service that records a call during a shift: report, client, case and first service in one form."""

from typing import Any

from flask_babel import gettext as _

from app.cases.enums import Channel, Place, Urgency
from app.cases.models.case import Case
from app.cases.services.entries import give_service
from app.cases.services.reports import receive_report, take_up_report
from app.core import clock
from app.core.actor import Actor
from app.core.errors import Conflict, Forbidden
from app.core.transitions import get_transition
from app.db.records import lock_and_check_version, touch
from app.standby.models import Shift
from app.standby.transitions import SHIFT_TRANSITIONS

REPORT_FIELDS = (
    "description",
    "urgency",
    "channel",
    "location",
    "kelurahan",
    "reporter_name",
    "reporter_role",
    "reporter_phone",
    "reporter_safe_to_contact",
)
CLIENT_FIELDS = ("client", "name", "alias", "sex", "nik")


def take_call(shift: Shift, *, by: Actor, **fields: Any) -> Case:
    """Create report, client, case and first service of one call in one transaction.

    Raises Forbidden if `by` is not the worker of the shift, Conflict if the shift has not begun.
    """
    lock_and_check_version(shift)
    get_transition(SHIFT_TRANSITIONS, "take_call").check_allowed(shift)
    if shift.worker_id != by.actor_id:
        raise Forbidden(_("Only who is on standby writes down the calls of a shift."))
    if shift.starts_at > clock.now():
        raise Conflict(_("This shift has not begun yet."))
    defaults = {"urgency": Urgency.ordinary, "channel": Channel.phone_whatsapp}
    report_values = {name: fields[name] for name in REPORT_FIELDS if fields.get(name) is not None}
    report = receive_report({**defaults, **report_values}, by=by)
    case = take_up_report(report, by=by, **{name: fields[name] for name in CLIENT_FIELDS if fields.get(name)})
    service = {"case": case, "kind": fields["kind"], "narrative": fields["narrative"]}
    give_service({**service, "place": fields.get("place") or Place.phone}, by=by)
    touch(shift)  # a second submission of the same form then fails on its older version
    return case
