"""Form fields by meaning: each accepts the usual local spellings and keeps invalid input unchanged."""

import re
from datetime import UTC, date, datetime
from typing import Any

from flask_babel import gettext as _
from werkzeug.datastructures import FileStorage
from wtforms import BooleanField, Field, StringField, ValidationError
from wtforms.fields import FileField
from wtforms.widgets import PasswordInput

from app.admin import widgets
from app.core.clock import WITA

CONTROL_CHARACTERS = re.compile(
    r"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f\u200b\u200c\u200e\u200f\u202a-\u202e\u2066-\u2069\ufffd]"
)
RUPIAH_PATTERN = re.compile(r"^(?:rp\.?\s*)?(\d{1,3}(?:\.\d{3})+|\d+)$", re.IGNORECASE)
DAY_FORMATS = ("%Y-%m-%d", "%d/%m/%Y", "%d-%m-%Y")
INSTANT_FORMATS = (
    "%Y-%m-%dT%H:%M",
    "%Y-%m-%dT%H:%M:%S",
    "%d/%m/%Y %H.%M",
    "%d/%m/%Y %H:%M",
    "%Y-%m-%d %H:%M",
    "%Y-%m-%d %H:%M:%S",
)
MAX_RUPIAH = 10**15 - 1
VALID_YEARS = range(1900, 2101)
"""Years that a user may mean; at the limits of `date` there is no day before or after."""


class LineField(StringField):
    """One line of text without control characters; blank input is None."""

    widget = widgets.TextInputWidget()

    def process_formdata(self, valuelist: list[Any]) -> None:
        """Strip the text; raise ValueError for invisible characters."""
        text = str(valuelist[0]) if valuelist else ""
        self.data = text.strip() or None
        if CONTROL_CHARACTERS.search(text):
            # Show the user where they are.
            self.data = CONTROL_CHARACTERS.sub("\N{REPLACEMENT CHARACTER}", text)
            raise ValueError(_("This text holds characters that cannot be shown. Please type it anew."))


class PasswordField(StringField):
    """Password: never stripped and never shown again; a file in its place is a wrong password."""

    widget = PasswordInput()

    def process_formdata(self, valuelist: list[Any]) -> None:
        """Take the text unchanged."""
        self.data = str(valuelist[0]) if valuelist else ""


class PhoneField(LineField):
    """Phone number in any usual spelling; the service converts it to E.164."""

    widget = widgets.TextInputWidget("tel", inputmode="tel")


class DigitsField(LineField):
    """Identifier made of digits (NIK, RT): text, with the numeric keyboard."""

    widget = widgets.DigitsWidget(inputmode="numeric")


class ProseField(LineField):
    """Several lines of text."""

    widget = widgets.ProseWidget()  # type: ignore[assignment]  # a text area is no input


class _ParsedField(Field):
    """Field whose text is parsed; text that cannot be parsed is shown again unchanged."""

    def _value(self) -> str:
        if self.raw_data and (self.process_errors or self.errors):
            return str(self.raw_data[0])
        return self.format_value(self.data)

    def format_value(self, value: Any) -> str:
        """Format the value for the HTML control."""
        return "" if value is None else str(value)

    def parse_value(self, text: str) -> Any:
        """Parse the text; raise ValueError with a message for the user."""
        raise NotImplementedError(text)

    def process_formdata(self, valuelist: list[Any]) -> None:
        """Parse the text; blank input is None."""
        text = str(valuelist[0]).strip() if valuelist else ""
        self.data = None
        if text:
            self.data = self.parse_value(text)


class WholeNumberField(_ParsedField):
    """Whole number of at most nine digits."""

    widget = widgets.DigitsWidget(inputmode="numeric")

    def parse_value(self, text: str) -> int:
        """Parse digits, with an optional minus sign."""
        if not re.fullmatch(r"-?\d{1,9}", text):
            raise ValueError(_("Please write a whole number."))
        return int(text)


class RupiahField(_ParsedField):
    """Whole rupiah: `25000000`, `25.000.000` and `Rp 25.000.000` are the same amount."""

    widget = widgets.DigitsWidget(inputmode="numeric")

    def format_value(self, value: Any) -> str:
        """Format with dots between the thousands."""
        return "" if value is None else f"{value:,}".replace(",", ".")

    def parse_value(self, text: str) -> int:
        """Parse whole rupiah; raise ValueError for ambiguous spellings such as `25,000,000`."""
        match = RUPIAH_PATTERN.match(text.replace("\u00a0", " "))
        if match is None:
            raise ValueError(_("Please write whole rupiah, for example 25.000.000."))
        digits = match.group(1).replace(".", "")
        if len(digits) > len(str(MAX_RUPIAH)):  # before int(), which refuses very long numbers itself
            raise ValueError(_("This amount is too large."))
        return int(digits)


class DayField(_ParsedField):
    """Day: `2000-12-31`, `31/12/2000` or `31-12-2000`."""

    widget = widgets.NativeDateWidget()

    def format_value(self, value: date | None) -> str:
        """Format as ISO date for the browser's date control."""
        return "" if value is None else value.isoformat()

    def parse_value(self, text: str) -> date:
        """Parse an existing day; its year must be in `VALID_YEARS`."""
        for day_format in DAY_FORMATS:
            try:
                day = datetime.strptime(text, day_format).date()  # noqa: DTZ007  a day has no zone
            except ValueError:
                continue
            if day.year in VALID_YEARS:
                return day
        raise ValueError(_("This date does not exist. Write it like 31/12/2000."))


class InstantField(_ParsedField):
    """Moment, typed in WITA, stored in UTC."""

    widget = widgets.NativeDateTimeWidget()

    def format_value(self, value: datetime | None) -> str:
        """Format in WITA for the browser's control."""
        return "" if value is None else value.astimezone(WITA).strftime("%Y-%m-%dT%H:%M")

    def parse_value(self, text: str) -> datetime:
        """Parse a moment in WITA and return it in UTC; its year must be in `VALID_YEARS`."""
        for instant_format in INSTANT_FORMATS:
            try:
                moment = datetime.strptime(text, instant_format)  # noqa: DTZ007  the zone is given below
            except ValueError:
                continue
            if moment.year in VALID_YEARS:
                return moment.replace(tzinfo=WITA).astimezone(UTC)
        raise ValueError(_("This date or time does not exist. Write it like 31/12/2000 15.04."))


class CheckboxField(BooleanField):
    """Boolean; an unticked box is False."""

    widget = widgets.CheckboxWidget()


class UploadField(FileField):
    """File upload; the view stores the file and passes its key to the service."""

    widget = widgets.FileWidget()

    def process_formdata(self, valuelist: list[Any]) -> None:
        """Accept files only: an empty input sends one without a name, and a text is no file."""
        self.raw_data = [
            upload for upload in valuelist if isinstance(upload, FileStorage) and upload.filename
        ]
        self.data = self.raw_data[0] if self.raw_data else None


class PositiveAmount:
    """Validator: the amount must be more than zero, unless the field is empty."""

    def __call__(self, _form: Any, field: Field) -> None:
        """Raise ValidationError for zero and less."""
        if field.data is not None and field.data <= 0:
            raise ValidationError(_("The amount must be more than zero."))
