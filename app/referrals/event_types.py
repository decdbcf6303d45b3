"""Types of case events about referrals, and their group on the timeline."""

from flask_babel import lazy_gettext as _l
from flask_babel import lazy_pgettext

from app.cases.events import EventGroup, EventType
from app.referrals.enums import Outcome, Refusal, Step

REFERRALS = EventGroup("referrals", _l("Referrals"))

REFERRAL_DRAFTED = EventType(
    "referral_drafted",
    label=lazy_pgettext("event", "Referral drafted"),
    sentence=_l("Referral %(number)s was drafted: %(need)s."),
    icon="referrals",
    groups=(REFERRALS,),
)
REFERRAL_CHANGED = EventType(
    "referral_changed",
    label=lazy_pgettext("event", "Referral draft changed"),
    sentence=_l("The draft of referral %(number)s was changed."),
    icon="referrals",
    groups=(REFERRALS,),
)
REFERRAL_SENT = EventType(
    "referral_sent",
    label=lazy_pgettext("event", "Referral sent"),
    sentence=_l("Referral %(number)s was sent: %(need)s."),
    icon="referrals",
    groups=(REFERRALS,),
)
REFERRAL_UPDATED = EventType(
    "referral_updated",
    label=lazy_pgettext("event", "Update sent to the partner"),
    sentence=_l("Newer data of referral %(number)s were sent to the partner."),
    icon="referrals",
    groups=(REFERRALS,),
)
REFERRAL_DISCLOSED = EventType(
    "referral_disclosed",
    label=lazy_pgettext("event", "Shared data kept at an upgrade"),
    sentence=_l("What the partner of referral %(number)s sees was kept at an upgrade of the portal."),
    icon="referrals",
    groups=(REFERRALS,),
)
REFERRAL_ACCEPTED = EventType(
    "referral_accepted",
    label=lazy_pgettext("event", "Referral accepted"),
    sentence=_l("The partner accepted referral %(number)s: %(need)s."),
    icon="referrals",
    groups=(REFERRALS,),
)
REFERRAL_DECLINED = EventType(
    "referral_declined",
    label=lazy_pgettext("event", "Referral declined"),
    sentence=_l("Referral %(number)s was declined: %(decline_reason)s."),
    icon="referrals",
    groups=(REFERRALS,),
    payload={"decline_reason": Refusal},
)
REFERRAL_STARTED = EventType(
    "referral_started",
    label=lazy_pgettext("event", "Partner began"),
    sentence=_l("The partner began with referral %(number)s: %(need)s."),
    icon="referrals",
    groups=(REFERRALS,),
)
REFERRAL_COMPLETED = EventType(
    "referral_completed",
    label=lazy_pgettext("event", "Partner finished"),
    sentence=_l("The partner finished referral %(number)s: %(need)s."),
    icon="referrals",
    groups=(REFERRALS,),
)
REFERRAL_CONFIRMED = EventType(
    "referral_confirmed",
    label=lazy_pgettext("event", "Result confirmed"),
    sentence=_l("Referral %(number)s was closed: %(outcome)s."),
    icon="referrals",
    groups=(REFERRALS,),
    payload={"outcome": Outcome},
)
REFERRAL_DISPUTED = EventType(
    "referral_disputed",
    label=lazy_pgettext("event", "Result disputed"),
    sentence=_l("The client says that referral %(number)s is not done yet."),
    icon="referrals",
    groups=(REFERRALS,),
)
REFERRAL_CANCELLED = EventType(
    "referral_cancelled",
    label=lazy_pgettext("event", "Referral cancelled"),
    sentence=_l("Referral %(number)s was cancelled."),
    icon="referrals",
    groups=(REFERRALS,),
)
REFERRAL_SETTLED = EventType(
    "referral_settled",
    label=lazy_pgettext("event", "Referral not passed on"),
    sentence=_l("Referral %(number)s is not passed on."),
    icon="referrals",
    groups=(REFERRALS,),
)
REFERRAL_OVERDUE = EventType(
    "referral_overdue",
    label=lazy_pgettext("event", "Referral overdue"),
    sentence=_l("Referral %(number)s is overdue: %(step)s."),
    icon="referrals",
    groups=(REFERRALS,),
    payload={"step": Step},
)
REFERRAL_DOCUMENT_REQUESTED = EventType(
    "referral_asked",
    label=lazy_pgettext("event", "Partner asked for a document"),
    sentence=_l("The partner asked for a document for referral %(number)s."),
    icon="referrals",
    groups=(REFERRALS,),
)
REFERRAL_ANSWERED = EventType(
    "referral_answered",
    label=lazy_pgettext("event", "Answer to the partner"),
    sentence=_l("The office wrote to the partner about referral %(number)s."),
    icon="referrals",
    groups=(REFERRALS,),
)
REFERRAL_LINK_MADE = EventType(
    "referral_link_made",
    label=lazy_pgettext("event", "Link for the partner made"),
    sentence=_l("A link to referral %(number)s was made for the partner."),
    icon="referrals",
    groups=(REFERRALS,),
)
REFERRAL_CODE_RENEWED = EventType(
    "referral_code_renewed",
    label=lazy_pgettext("event", "New code for the partner"),
    sentence=_l("A new code for the links to referral %(number)s was made."),
    icon="referrals",
    groups=(REFERRALS,),
)
REFERRAL_LINK_OPENED = EventType(
    "referral_link_opened",
    label=lazy_pgettext("event", "Partner opened the link"),
    sentence=_l("The partner opened the link to referral %(number)s."),
    icon="referrals",
    groups=(REFERRALS,),
)
REFERRAL_LINK_REVOKED = EventType(
    "referral_link_revoked",
    label=lazy_pgettext("event", "Link for the partner revoked"),
    sentence=_l("The link to referral %(number)s no longer works."),
    icon="referrals",
    groups=(REFERRALS,),
)
REFERRAL_LINKS_CLOSED = EventType(
    "referral_links_closed",
    label=lazy_pgettext("event", "Links closed with the partner"),
    sentence=_l("The links to referral %(number)s were closed because the partner was archived."),
    icon="referrals",
    groups=(REFERRALS,),
)
