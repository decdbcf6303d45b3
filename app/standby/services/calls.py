"""A call at night, written down once: what was reported, whose case it is, what was done."""

from typing import Any

from flask_babel import gettext as _

from app.cases.enums import Channel, Place, Urgency
from app.cases.models.case import Case
from app.cases.services.entries import give_service
from app.cases.services.reports import receive_report, take_up_report
from app.cases.services.rules import lock_and_check_version, touch
from app.core import clock
from app.core.actor import Actor
from app.core.errors import Conflict, Forbidden
from app.core.transitions import get_transition
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
    """Make report, client, case and first service of one call, all or none."""
    lock_and_check_version(shift)
    get_transition(SHIFT_TRANSITIONS, "take_call").check_allowed(shift)
    if shift.worker_id != by.actor_id:
        raise Forbidden(_("Only who is on standby writes down the calls of a shift."))
    if shift.starts_at > clock.now():
        raise Conflict(_("This shift has not begun yet."))
    usual = {"urgency": Urgency.ordinary, "channel": Channel.phone_whatsapp}
    told = {name: fields[name] for name in REPORT_FIELDS if fields.get(name) is not None}
    report = receive_report({**usual, **told}, by=by)
    case = take_up_report(report, by=by, **{name: fields[name] for name in CLIENT_FIELDS if fields.get(name)})
    service = {"case": case, "kind": fields["kind"], "narrative": fields["narrative"]}
    give_service({**service, "place": fields.get("place") or Place.phone}, by=by)
    touch(shift)  # the same form sent twice meets an older version
    return case
