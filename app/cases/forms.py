"""Fields that forms of this room ask beside the columns of their record."""

import enum
from typing import Any

from flask_appbuilder.forms import DynamicForm
from flask_babel import lazy_gettext as _l
from wtforms.validators import DataRequired, InputRequired, Length, Optional

from app.cases import access
from app.cases.choices import CaseStage, Focus
from app.cases.models import Case
from app.clients.choices import (
    SAFE_TO_CONTACT_HINT,
    BirthDatePrecision,
    IdentityStatus,
    NoNikReason,
    SafeToContact,
    Sex,
)
from app.clients.models import Client
from app.core import clock
from app.core.forms.choosing import ChoiceField, RemoteField, RemoteManyField
from app.core.forms.fields import (
    DayField,
    DigitsField,
    LineField,
    MomentField,
    PasswordField,
    PhoneField,
    ProseField,
)
from app.reference.access import in_force
from app.reference.models import Kelurahan, PpksCategory
from app.security.models import PortalUser
from app.security.passwords import LONGEST

EMERGENCY = {
    "number_or_nik": LineField(
        _l("Case number or NIK"),
        [DataRequired(), Length(max=30)],
        description=_l("The whole number of the case, or all 16 digits of the client's NIK."),
    ),
    "password": PasswordField(
        _l("Your password"),
        [InputRequired(), Length(max=LONGEST)],
        description=_l(
            "The case opens to you alone, for one hour. Its team and the supervisor are told at once."
        ),
        render_kw={"autocomplete": "current-password"},
    ),
}
"""What the emergency access asks beside its reason."""

CLIENT_LABELS = {
    "name": _l("Full name"),
    "alias": _l("Nickname or alias"),
    "sex": _l("Sex"),
    "birth_date": _l("Date of birth"),
    "birth_date_precision": _l("How sure is the date of birth"),
    "phone": _l("Phone"),
    "safe_to_contact": _l("Safe to contact"),
    "kelurahan": _l("Kelurahan"),
    "address": _l("Address"),
    "nik": _l("NIK"),
    "nik_note": _l("Reason when the NIK does not match"),
    "identity_status": _l("Identity"),
    "no_nik_reason": _l("Why there is no NIK"),
}


def _line(name: str, most: int, kind: type[LineField] = LineField) -> Any:
    return kind(CLIENT_LABELS[name], validators=[Optional(), Length(max=most)])


def _choice(name: str, enum_class: type[enum.Enum], hint: Any = "") -> Any:
    return ChoiceField(CLIENT_LABELS[name], enum_class=enum_class, validators=[Optional()], description=hint)


NEW_CLIENT: dict[str, Any] = {
    "name": _line("name", 120),
    "alias": _line("alias", 120),
    "sex": _choice("sex", Sex),
    "birth_date": DayField(CLIENT_LABELS["birth_date"], validators=[Optional()]),
    "birth_date_precision": _choice("birth_date_precision", BirthDatePrecision),
    "phone": _line("phone", 30, PhoneField),
    "safe_to_contact": _choice("safe_to_contact", SafeToContact, SAFE_TO_CONTACT_HINT),
    "kelurahan": RemoteField(CLIENT_LABELS["kelurahan"], model=Kelurahan, validators=[Optional()]),
    "address": _line("address", 300),
    "nik": _line("nik", 40, DigitsField),
    "nik_note": _line("nik_note", 300),
    "identity_status": _choice("identity_status", IdentityStatus),
    "no_nik_reason": _choice("no_nik_reason", NoNikReason),
}
"""A client who is not in the portal yet, as far as the door or the phone tells."""


CLIENT = RemoteField(
    _l("Client"),
    model=Client,
    validators=[Optional()],
    description=_l("Type a name or a NIK. Not in the portal yet? Leave this empty and fill in below."),
)
CASE = RemoteField(
    _l("Case that it belongs to"),
    model=Case,
    validators=[Optional()],
    description=_l("Only when the office already works on this: the report joins that case."),
)
PRIMARY_CATEGORY = RemoteField(
    _l("Main PPKS category"),
    model=PpksCategory,
    only=in_force,
    validators=[Optional()],
    description=_l("The one that counts in statistics. It may be left open until the assessment."),
)
CATEGORIES = RemoteManyField(
    _l("PPKS categories"), model=PpksCategory, only=in_force, validators=[Optional()]
)
REASON: Any = ProseField(
    _l("Reason"),
    validators=[DataRequired(), Length(max=1000)],
    description=_l("It is told on the timeline: write no names."),
)
WHEN = MomentField(_l("When"), default=clock.now, validators=[Optional()])
"""When it happened: mostly just now."""
RECEIVED = MomentField(_l("Received at"), default=clock.now, validators=[Optional()])
OPENED = MomentField(_l("Opened at"), default=clock.now, validators=[Optional()])
FOCUS = ChoiceField(_l("Focus"), enum_class=Focus, validators=[Optional()])
UNTIL = DayField(_l("Until"), validators=[DataRequired()])
CORRECTION_REASON: Any = ProseField(
    _l("Why it is corrected"), validators=[Optional(), Length(max=1000)], description=_l("May stay empty.")
)


REOPENING_LABELS = {
    "reopen_stage": _l("Stage in which it goes on"),
    "reopen_reason": _l("Why it is reopened"),
}
REOPENING: dict[str, Any] = {
    "reopen_stage": ChoiceField(
        REOPENING_LABELS["reopen_stage"], enum_class=CaseStage, validators=[Optional()]
    ),
    "reopen_reason": ProseField(
        REOPENING_LABELS["reopen_reason"],
        validators=[Optional(), Length(max=1000)],
        description=_l("It is told on the timeline: write no names."),
    ),
}
"""What an entry into a closed case asks too: both are saved together, or neither."""


def reopening_group() -> tuple[Any, dict[str, Any]]:
    """Make the part of an entry's form that stands there only while the chosen case is closed."""
    closed = {"fields": list(REOPENING), "when": lambda form: access.asks_to_reopen(form.case.data)}
    return _l("This case is closed: how does it go on?"), closed


class CaseloadForm(DynamicForm):
    """Whose cases go to whom, and why."""

    worker = RemoteField(_l("Whose open cases"), model=PortalUser, validators=[DataRequired()])
    successor = RemoteField(
        _l("Who takes them over"),
        model=PortalUser,
        validators=[DataRequired()],
        description=_l(
            "Open follow-ups go with the cases; what was written keeps its author."
            " Limited and secret cases go only to a colleague who is on their team."
        ),
    )
    reason = ProseField(*REASON.args, **REASON.kwargs)  # made here, or it would stand first
