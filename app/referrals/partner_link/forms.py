"""Forms of the partner page, with only the fields that an answer needs."""

from typing import Any

from flask_babel import lazy_gettext as _l
from flask_wtf import FlaskForm
from wtforms.validators import DataRequired, Length

from app.admin.choice_fields import EnumSelectField
from app.admin.fields import DayField, LineField, ProseField
from app.admin.widgets import TextInputWidget
from app.referrals.enums import Refusal

_SHORT_TEXT_LENGTH, _LONG_TEXT_LENGTH = Length(max=120), Length(max=4000)


class RespondentForm(FlaskForm):
    """Person who answers for the partner; base of all forms."""

    class Meta:
        """Flask-WTF settings: `auth.check_request` checks the CSRF token instead.

        Flask-WTF also requires a referrer, which the page does not send.
        """

        csrf = False

    answered_by = LineField(
        _l("Your name"), [DataRequired(), _SHORT_TEXT_LENGTH], widget=TextInputWidget(autocomplete="name")
    )
    answered_position = LineField(
        _l("Your position"),
        [DataRequired(), _SHORT_TEXT_LENGTH],
        widget=TextInputWidget(autocomplete="organization-title"),
    )


class MessageForm(RespondentForm):
    """Answer with an optional message to the office."""

    message = ProseField(_l("Message to the office"), [_LONG_TEXT_LENGTH])


class DeclineForm(RespondentForm):
    """Decline with reason and explanation."""

    decline_reason = EnumSelectField(_l("Reason"), [DataRequired()], enum_class=Refusal)
    note = ProseField(
        _l("Explanation"),
        [_LONG_TEXT_LENGTH],
        description=_l("Needed only where you choose “another reason”."),
    )


class CompletionForm(RespondentForm):
    """Report of what was done and when."""

    completed_on = DayField(_l("Done on"), [DataRequired()])
    result = ProseField(_l("What was done, and what came of it"), [DataRequired(), _LONG_TEXT_LENGTH])


class DocumentRequestForm(RespondentForm):
    """Request for a document."""

    text = LineField(_l("Which document do you need?"), [DataRequired(), Length(max=200)])


def get_form_data(form: Any) -> dict[str, Any]:
    """Return the form data as keyword arguments for the service."""
    return {field.name: field.data for field in form}
