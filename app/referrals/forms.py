"""Form fields of a referral that are not columns of its model, and their labels."""

import enum
from typing import Any

from flask_babel import lazy_gettext as _l
from flask_babel import lazy_pgettext
from wtforms.validators import Length, Optional

from app.admin.choice_fields import EnumSelectField, EnumSelectMultipleField, RecordSelectField
from app.admin.fields import LineField, ProseField
from app.partners.models import Partner
from app.referrals.enums import SharedField, ToldHow


class ReferAgain(enum.Enum):
    """Choice whether the partner may get this need again; an empty field uses the reason's default."""

    yes = lazy_pgettext("refer again", "Yes, later")
    no = lazy_pgettext("refer again", "No")


FIELD_LABELS: dict[str, Any] = {
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

EXTRA_FIELDS: dict[str, Any] = {
    "partner": RecordSelectField(FIELD_LABELS["partner"], model=Partner, validators=[Optional()]),
    "shared_fields": EnumSelectMultipleField(
        FIELD_LABELS["shared_fields"],
        enum_class=SharedField,
        description=_l("Only what is ticked leaves the house."),
    ),
    "reason": ProseField(
        FIELD_LABELS["reason"],
        validators=[Optional(), Length(max=1000)],
        description=_l("It is told on the timeline: write no names."),
    ),
    "answered_by": LineField(FIELD_LABELS["answered_by"], validators=[Optional(), Length(max=120)]),
    "answered_position": LineField(
        FIELD_LABELS["answered_position"], validators=[Optional(), Length(max=120)]
    ),
    "told_how": EnumSelectField(FIELD_LABELS["told_how"], enum_class=ToldHow, validators=[Optional()]),
    "note": ProseField(FIELD_LABELS["note"], validators=[Optional(), Length(max=1000)]),
    "may_refer_again": EnumSelectField(
        FIELD_LABELS["may_refer_again"],
        enum_class=ReferAgain,
        validators=[Optional()],
        description=_l("Empty: as usual for this reason."),
    ),
    "document": LineField(FIELD_LABELS["document"], validators=[Optional(), Length(max=200)]),
    "reply": ProseField(FIELD_LABELS["reply"], validators=[Optional(), Length(max=1000)]),
}
