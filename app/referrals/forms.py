"""Form fields of a referral that are not columns of its model."""

import enum
from typing import Any

from flask_babel import lazy_gettext as _l
from flask_babel import lazy_pgettext
from wtforms.validators import Length, Optional

from app.admin.choice_fields import EnumSelectField, EnumSelectMultipleField, RecordSelectField
from app.admin.fields import LineField, ProseField
from app.db.column_info import get_label
from app.partners.models import Partner
from app.referrals.enums import SharedField, ToldHow
from app.referrals.models.referral import Referral


class ReferAgain(enum.Enum):
    """Choice whether the partner may get this need again; an empty field uses the reason's default."""

    yes = lazy_pgettext("refer again", "Yes, later")
    no = lazy_pgettext("refer again", "No")


# A field without a label has the label of the column that it replaces.
EXTRA_FIELDS: dict[str, Any] = {
    "partner": RecordSelectField(get_label(Referral, "partner"), model=Partner, validators=[Optional()]),
    "shared_fields": EnumSelectMultipleField(
        enum_class=SharedField,
        description=_l("Only what is ticked leaves the house."),
    ),
    "reason": ProseField(
        _l("Reason"),
        validators=[Optional(), Length(max=1000)],
        description=_l("It is told on the timeline: write no names."),
    ),
    "answered_by": LineField(_l("Who answers for the partner"), validators=[Optional(), Length(max=120)]),
    "answered_position": LineField(_l("Position"), validators=[Optional(), Length(max=120)]),
    "told_how": EnumSelectField(_l("How the office was told"), enum_class=ToldHow, validators=[Optional()]),
    "note": ProseField(_l("What was said"), validators=[Optional(), Length(max=1000)]),
    "may_refer_again": EnumSelectField(
        enum_class=ReferAgain,
        validators=[Optional()],
        description=_l("Empty: as usual for this reason."),
    ),
    "document": LineField(_l("Which document"), validators=[Optional(), Length(max=200)]),
    "reply": ProseField(_l("What the partner should know"), validators=[Optional(), Length(max=1000)]),
}
