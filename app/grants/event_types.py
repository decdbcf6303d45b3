"""Types of case events about money, and their group on the timeline."""

from flask_babel import lazy_gettext as _l
from flask_babel import lazy_pgettext

from app.cases.events import EventGroup, EventType
from app.core.formats import format_rupiah
from app.grants.enums import Purpose

MONEY = EventGroup("money", _l("Money and aid"))

COMMITMENT_MADE = EventType(
    "commitment_made",
    label=lazy_pgettext("event", "Money reserved"),
    sentence=_l("%(amount)s was reserved: %(purpose)s."),
    icon="note",
    groups=(MONEY,),
    payload={"amount": format_rupiah, "purpose": Purpose},
)
COMMITMENT_RELEASED = EventType(
    "commitment_released",
    label=lazy_pgettext("event", "Reservation released"),
    sentence=_l("A reservation of %(amount)s was released."),
    icon="note",
    groups=(MONEY,),
    payload={"amount": format_rupiah},
)
EXPENDITURE_PROPOSED = EventType(
    "expenditure_proposed",
    label=lazy_pgettext("event", "Spending proposed"),
    sentence=_l("Spending of %(amount)s was proposed: %(purpose)s."),
    icon="note",
    groups=(MONEY,),
    payload={"amount": format_rupiah, "purpose": Purpose},
)
EXPENDITURE_APPROVED = EventType(
    "expenditure_approved",
    label=lazy_pgettext("event", "Spending approved"),
    sentence=_l("Spending of %(amount)s was approved: %(purpose)s."),
    icon="note",
    groups=(MONEY,),
    payload={"amount": format_rupiah, "purpose": Purpose},
)
EXPENDITURE_REJECTED = EventType(
    "expenditure_rejected",
    label=lazy_pgettext("event", "Spending rejected"),
    sentence=_l("Spending of %(amount)s was rejected."),
    icon="note",
    groups=(MONEY,),
    payload={"amount": format_rupiah},
)
EXPENDITURE_REVERSED = EventType(
    "expenditure_reversed",
    label=lazy_pgettext("event", "Spending reversed"),
    sentence=_l("Spending of %(amount)s was reversed."),
    icon="note",
    groups=(MONEY,),
    payload={"amount": format_rupiah},
)
EVIDENCE_ATTACHED = EventType(
    "evidence_attached",
    label=lazy_pgettext("event", "Evidence attached"),
    sentence=_l("The evidence of spending %(amount)s was attached."),
    icon="note",
    groups=(MONEY,),
    payload={"amount": format_rupiah},
)
