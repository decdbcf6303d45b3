"""Fields that the forms of a referral ask beside the columns of their record."""

import enum
from typing import Any

from flask_babel import lazy_gettext as _l
from flask_babel import lazy_pgettext
from wtforms.validators import Length, Optional

from app.core.forms.choosing import ChoiceField, ChoicesField, RemoteField
from app.core.forms.fields import LineField, ProseField
from app.partners.models import Partner
from app.referrals.choices import SharedField, ToldHow


class Again(enum.Enum):
    """Whether the same partner may be asked again."""

    yes = lazy_pgettext("refer again", "Yes, later")
    no = lazy_pgettext("refer again", "No")


LABELS: dict[str, Any] = {
    "partner": _l("Partner"),
    "shared_fields": _l("What the partner may know"),
    "legal_basis": _l("Legal basis, when there is no consent"),
    "reason": _l("Reason"),
    "answered_by": _l("Who answers for the partner"),
    "answered_position": _l("Position"),
    "told_how": _l("How the office was told"),
    "note": _l("What was said"),
    "may_refer_again": _l("May be referred again"),
    "document": _l("Which document"),
    "reply": _l("What the partner should know"),
}

EXTRA: dict[str, Any] = {
    "partner": RemoteField(LABELS["partner"], model=Partner, validators=[Optional()]),
    "shared_fields": ChoicesField(
        LABELS["shared_fields"],
        enum_class=SharedField,
        description=_l("Only what is ticked leaves the house."),
    ),
    "reason": ProseField(
        LABELS["reason"],
        validators=[Optional(), Length(max=1000)],
        description=_l("It is told on the timeline: write no names."),
    ),
    "answered_by": LineField(LABELS["answered_by"], validators=[Optional(), Length(max=120)]),
    "answered_position": LineField(LABELS["answered_position"], validators=[Optional(), Length(max=120)]),
    "told_how": ChoiceField(LABELS["told_how"], enum_class=ToldHow, validators=[Optional()]),
    "note": ProseField(LABELS["note"], validators=[Optional(), Length(max=1000)]),
    "may_refer_again": ChoiceField(
        LABELS["may_refer_again"],
        enum_class=Again,
        validators=[Optional()],
        description=_l("Empty: as usual for this reason."),
    ),
    "document": LineField(LABELS["document"], validators=[Optional(), Length(max=200)]),
    "reply": ProseField(LABELS["reply"], validators=[Optional(), Length(max=1000)]),
}
