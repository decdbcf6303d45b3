"""Form fields of shifts, calls and hand-overs that are no columns of the record or need their own widget."""

from typing import Any

from flask_babel import lazy_gettext as _l
from wtforms.validators import DataRequired, Length, Optional

from app.admin.choice_fields import EnumSelectField, RecordSelectField
from app.admin.fields import CheckboxField, DayField, LineField, PhoneField, ProseField
from app.admin.widgets import SelectWidget
from app.cases.enums import Channel, Place, ServiceKind, Urgency
from app.cases.forms import CLIENT_FIELD, NEW_CLIENT_FORM_FIELDS
from app.cases.models.report import IncomingReport
from app.clients.enums import SafeToContact
from app.db.column_info import get_hint, get_label
from app.db.types import MAX_PROSE_LENGTH
from app.security.models import PortalUser
from app.standby import queries
from app.standby.enums import ShiftPattern
from app.standby.models import Shift


class _SmallRemoteField(RecordSelectField):
    """Record field with few options: all of them are in the page, without a remote search."""

    def _choose_widget(self) -> None:
        self.is_preloaded, self.widget = True, SelectWidget()


class PeksosField(_SmallRemoteField):
    """Select of the peksos whose account is active."""

    def available_options(self) -> list[tuple[int, str]]:
        """Return id and name of everybody who can be on standby."""
        return [(user.id, user.full_name) for user in queries.list_peksos()]


class RecentShiftField(_SmallRemoteField):
    """Select of the recent and the coming shifts."""

    def available_options(self) -> list[tuple[int, str]]:
        """Return id and label of the shifts from `queries.list_recent_shifts`."""
        return [(shift.id, shift.label) for shift in queries.list_recent_shifts()]


def _build_peksos_field(label: Any = None, validator: Any = None) -> PeksosField:
    return PeksosField(label, model=PortalUser, validators=[validator or Optional()])


# A field without a label has the label of the column that it replaces.
SHIFT_FIELDS: dict[str, Any] = {
    "worker": _build_peksos_field(validator=DataRequired()),
    "pattern": EnumSelectField(
        _l("Repeat"), enum_class=ShiftPattern, default=ShiftPattern.once, validators=[Optional()]
    ),
    "until": DayField(
        _l("Until"), validators=[Optional()], description=_l("The last day on which a shift begins.")
    ),
    "second": _build_peksos_field(_l("Then")),
    "third": _build_peksos_field(_l("Then (third)")),
    "fourth": _build_peksos_field(_l("Then (fourth)")),
    "accepted": CheckboxField(
        _l("Save although there is a gap or an overlap"),
        description=_l("Only when the portal has told you of one."),
    ),
    "reason": ProseField(
        validators=[DataRequired(), Length(max=1000)],
        description=_l("It is read by everybody: write no names of clients."),
    ),
}


def _build_choice_field(label: Any, enum_class: Any, *, required: bool = False, hint: Any = "") -> Any:
    validators = [DataRequired() if required else Optional()]
    return EnumSelectField(label, enum_class=enum_class, validators=validators, description=hint)


def _build_line_field(name: str, max_length: int, **options: Any) -> LineField:
    return LineField(
        get_label(IncomingReport, name), validators=[Optional(), Length(max=max_length)], **options
    )


def _build_prose_field(label: Any) -> ProseField:
    return ProseField(label, validators=[DataRequired(), Length(max=MAX_PROSE_LENGTH)])


CALL_FIELDS: dict[str, Any] = {
    "description": _build_prose_field(get_label(IncomingReport, "description")),
    "urgency": _build_choice_field(get_label(IncomingReport, "urgency"), Urgency),
    "channel": _build_choice_field(get_label(IncomingReport, "channel"), Channel),
    "location": _build_line_field("location", 300, description=get_hint(IncomingReport, "location")),
    "reporter_name": LineField(_l("Reporter"), validators=[Optional(), Length(max=120)]),
    "reporter_role": _build_line_field("reporter_role", 120),
    "reporter_phone": PhoneField(
        get_label(IncomingReport, "reporter_phone"), validators=[Optional(), Length(max=30)]
    ),
    "reporter_safe_to_contact": _build_choice_field(
        get_label(IncomingReport, "reporter_safe_to_contact"),
        SafeToContact,
        hint=get_hint(IncomingReport, "reporter_safe_to_contact"),
    ),
    "client": CLIENT_FIELD,
    **{name: NEW_CLIENT_FORM_FIELDS[name] for name in ("kelurahan", "name", "alias", "sex", "nik")},
    "kind": _build_choice_field(_l("Which service you gave"), ServiceKind, required=True),
    "narrative": _build_prose_field(_l("What you did")),
    "place": _build_choice_field(_l("Where you were"), Place),
}

HANDOVER_FIELDS: dict[str, Any] = {
    "from_shift": RecentShiftField(
        model=Shift,
        validators=[Optional()],
        description=_l("Leave empty for your own last one."),
    ),
    "to_shift": RecentShiftField(
        model=Shift,
        validators=[Optional()],
        description=_l("Leave empty for the shift that comes next."),
    ),
}
