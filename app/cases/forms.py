"""Form fields of the cases package that are not made from a column, and the form of a caseload hand-over."""

import enum
from typing import Any

from flask_babel import lazy_gettext as _l
from wtforms.validators import DataRequired, InputRequired, Length, Optional

from app.admin.choice_fields import EnumSelectField, RecordSelectField, RecordSelectMultipleField
from app.admin.fields import (
    DayField,
    DigitsField,
    InstantField,
    LineField,
    PasswordField,
    PhoneField,
    ProseField,
)
from app.admin.forms import DynamicForm
from app.cases import policy
from app.cases.enums import CaseStage, Focus
from app.cases.models.case import Case
from app.cases.models.entries import Service
from app.cases.models.process import EntryCorrection
from app.cases.models.report import IncomingReport
from app.clients.enums import (
    BirthDatePrecision,
    IdentityStatus,
    NoNikReason,
    SafeToContact,
    Sex,
)
from app.clients.models.client import Client
from app.core import clock
from app.db.column_info import get_hint, get_label
from app.reference.models import Kelurahan, PpksCategory
from app.reference.policy import is_in_force
from app.security.models import PortalUser
from app.security.rules.passwords import MAX_PASSWORD_LENGTH

EMERGENCY_ACCESS_FIELDS = {
    "number_or_nik": LineField(
        _l("Case number or NIK"),
        [DataRequired(), Length(max=30)],
        description=_l("The whole number of the case, or all 16 digits of the client's NIK."),
    ),
    "password": PasswordField(
        _l("Your password"),
        [InputRequired(), Length(max=MAX_PASSWORD_LENGTH)],
        description=_l(
            "The case opens to you alone, for one hour. Its team and the supervisor are told at once."
        ),
        render_kw={"autocomplete": "current-password"},
    ),
}
"""Fields of the emergency access form beside its reason."""


def _build_line_field(name: str, max_length: int, field_class: type[LineField] = LineField) -> Any:
    return field_class(get_label(Client, name), validators=[Optional(), Length(max=max_length)])


def _build_choice_field(name: str, enum_class: type[enum.Enum], hint: Any = "") -> Any:
    return EnumSelectField(
        get_label(Client, name), enum_class=enum_class, validators=[Optional()], description=hint
    )


NEW_CLIENT_FORM_FIELDS: dict[str, Any] = {
    "name": _build_line_field("name", 120),
    "alias": _build_line_field("alias", 120),
    "sex": _build_choice_field("sex", Sex),
    "birth_date": DayField(get_label(Client, "birth_date"), validators=[Optional()]),
    "birth_date_precision": _build_choice_field("birth_date_precision", BirthDatePrecision),
    "phone": _build_line_field("phone", 30, PhoneField),
    "safe_to_contact": _build_choice_field(
        "safe_to_contact", SafeToContact, get_hint(Client, "safe_to_contact")
    ),
    "kelurahan": RecordSelectField(get_label(Client, "kelurahan"), model=Kelurahan, validators=[Optional()]),
    "address": _build_line_field("address", 300),
    "nik": _build_line_field("nik", 40, DigitsField),
    "nik_note": _build_line_field("nik_note", 300),
    "identity_status": _build_choice_field("identity_status", IdentityStatus),
    "no_nik_reason": _build_choice_field("no_nik_reason", NoNikReason),
}
"""Fields for an unregistered client: what is known at the door or on the phone."""


CLIENT_FIELD = RecordSelectField(
    get_label(Case, "client"),
    model=Client,
    validators=[Optional()],
    description=_l("Type a name or a NIK. Not in the portal yet? Leave this empty and fill in below."),
)
CASE_FIELD = RecordSelectField(
    _l("Case that it belongs to"),
    model=Case,
    validators=[Optional()],
    description=_l("Only when the office already works on this: the report joins that case."),
)
PRIMARY_CATEGORY_FIELD = RecordSelectField(
    get_label(Case, "primary_category"),
    model=PpksCategory,
    option_filter=is_in_force,
    validators=[Optional()],
    description=_l("The one that counts in statistics. It may be left open until the assessment."),
)
CATEGORIES_FIELD = RecordSelectMultipleField(
    get_label(Case, "categories"), model=PpksCategory, option_filter=is_in_force, validators=[Optional()]
)
REASON_FIELD: Any = ProseField(
    _l("Reason"),
    validators=[DataRequired(), Length(max=1000)],
    description=_l("It is told on the timeline: write no names."),
)
HAPPENED_AT_FIELD = InstantField(
    get_label(Service, "happened_at"), default=clock.now, validators=[Optional()]
)
"""Instant of an entry; the default is now, because most entries are written at once."""
RECEIVED_AT_FIELD = InstantField(
    get_label(IncomingReport, "received_at"), default=clock.now, validators=[Optional()]
)
OPENED_AT_FIELD = InstantField(get_label(Case, "opened_at"), default=clock.now, validators=[Optional()])
FOCUS_FIELD = EnumSelectField(get_label(Case, "focus"), enum_class=Focus, validators=[Optional()])
UNTIL_FIELD = DayField(_l("Until"), validators=[DataRequired()])
CORRECTION_REASON_FIELD: Any = ProseField(
    get_label(EntryCorrection, "reason"),
    validators=[Optional(), Length(max=1000)],
    description=_l("May stay empty."),
)


REOPENING_FIELDS: dict[str, Any] = {
    "reopen_stage": EnumSelectField(
        _l("Stage in which it goes on"), enum_class=CaseStage, validators=[Optional()]
    ),
    "reopen_reason": ProseField(
        _l("Why it is reopened"),
        validators=[Optional(), Length(max=1000)],
        description=_l("It is told on the timeline: write no names."),
    ),
}
"""Extra fields of an entry's form for a closed case; entry and reopening are saved in one transaction."""


def build_reopening_fieldset() -> tuple[Any, dict[str, Any]]:
    """Build the fieldset that an entry's form shows only while the chosen case is closed."""
    options = {
        "fields": list(REOPENING_FIELDS),
        "when": lambda form: policy.is_reopening_required(form.case.data),
    }
    return _l("This case is closed: how does it go on?"), options


class CaseloadForm(DynamicForm):
    """Form that hands the caseload of one peksos to a successor."""

    worker = RecordSelectField(_l("Whose open cases"), model=PortalUser, validators=[DataRequired()])
    successor = RecordSelectField(
        _l("Who takes them over"),
        model=PortalUser,
        validators=[DataRequired()],
        description=_l(
            "Open follow-ups go with the cases; what was written keeps its author."
            " Limited and secret cases go only to a colleague who is on their team."
        ),
    )
    reason = ProseField(*REASON_FIELD.args, **REASON_FIELD.kwargs)  # a new field: WTForms sorts by creation
