"""Types of case events about aid."""

from flask_babel import lazy_gettext as _l
from flask_babel import lazy_pgettext

from app.cases.events import EventType
from app.grants.event_types import MONEY

AID_PLANNED = EventType(
    "aid_planned",
    label=lazy_pgettext("event", "Aid planned"),
    sentence=_l("Aid was planned: %(item)s."),
    icon="grants",
    groups=(MONEY,),
)
AID_HANDED_OVER = EventType(
    "aid_handed_over",
    label=lazy_pgettext("event", "Aid handed over"),
    sentence=_l("Aid was handed over: %(item)s (%(number)s)."),
    icon="grants",
    groups=(MONEY,),
)
AID_CANCELLED = EventType(
    "aid_cancelled",
    label=lazy_pgettext("event", "Aid cancelled"),
    sentence=_l("Aid was cancelled: %(item)s."),
    icon="grants",
    groups=(MONEY,),
)
