"""Form fields by meaning: each accepts what people type here and keeps every character when it refuses."""

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
"""Of days that somebody may mean; at the ends of the calendar there is no day before or after."""


class LineField(StringField):
    """One line of text without control characters; blank is None."""

    widget = widgets.TextInputWidget()

    def process_formdata(self, valuelist: list[Any]) -> None:
        """Strip; refuse characters that nobody can see."""
        text = str(valuelist[0]) if valuelist else ""
        self.data = text.strip() or None
        if CONTROL_CHARACTERS.search(text):
            self.data = CONTROL_CHARACTERS.sub("\N{REPLACEMENT CHARACTER}", text)  # shows where they are
            raise ValueError(_("This text holds characters that cannot be shown. Please type it anew."))


class PasswordField(StringField):
    """A password: every character counts, and none is shown again; a file in its place is a wrong one."""

    widget = PasswordInput()

    def process_formdata(self, valuelist: list[Any]) -> None:
        """Take the text as it is."""
        self.data = str(valuelist[0]) if valuelist else ""


class PhoneField(LineField):
    """A phone number as people write it; the room's verb turns it into E.164."""

    widget = widgets.TextInputWidget("tel", inputmode="tel")


class DigitsField(LineField):
    """A number that is a name (NIK, RT): text, typed on the number keys."""

    widget = widgets.DigitsWidget(inputmode="numeric")


class ProseField(LineField):
    """Several lines of text."""

    widget = widgets.ProseWidget()  # type: ignore[assignment]  # a text area is no input


class _ParsedField(Field):
    """A field whose text has to be read; what cannot be read stays as it was typed."""

    def _value(self) -> str:
        if self.raw_data and (self.process_errors or self.errors):
            return str(self.raw_data[0])
        return self.format_value(self.data)

    def format_value(self, value: Any) -> str:
        """The value as the field's control wants it."""
        return "" if value is None else str(value)

    def parse_value(self, text: str) -> Any:
        """The value of the typed text; raises ValueError with a sentence."""
        raise NotImplementedError(text)

    def process_formdata(self, valuelist: list[Any]) -> None:
        """Read the text; blank is None."""
        text = str(valuelist[0]).strip() if valuelist else ""
        self.data = None
        if text:
            self.data = self.parse_value(text)


class WholeNumberField(_ParsedField):
    """A whole number."""

    widget = widgets.DigitsWidget(inputmode="numeric")

    def parse_value(self, text: str) -> int:
        """Digits only."""
        if not re.fullmatch(r"-?\d{1,9}", text):
            raise ValueError(_("Please write a whole number."))
        return int(text)


class RupiahField(_ParsedField):
    """Whole rupiah: `25000000`, `25.000.000` and `Rp 25.000.000` are the same amount."""

    widget = widgets.DigitsWidget(inputmode="numeric")

    def format_value(self, value: Any) -> str:
        """With dots, as it is said."""
        return "" if value is None else f"{value:,}".replace(",", ".")

    def parse_value(self, text: str) -> int:
        """Refuse what could be read in two ways, such as `25,000,000`."""
        match = RUPIAH_PATTERN.match(text.replace("\u00a0", " "))
        if match is None:
            raise ValueError(_("Please write whole rupiah, for example 25.000.000."))
        digits = match.group(1).replace(".", "")
        if len(digits) > len(str(MAX_RUPIAH)):  # asked first: Python itself reads no number without end
            raise ValueError(_("This amount is too large."))
        return int(digits)


class DayField(_ParsedField):
    """A day: `2000-12-31`, `31/12/2000` or `31-12-2000`."""

    widget = widgets.NativeDateWidget()

    def format_value(self, value: date | None) -> str:
        """ISO, as the browser's date control wants it."""
        return "" if value is None else value.isoformat()

    def parse_value(self, text: str) -> date:
        """Read a day that exists, and that somebody may mean."""
        for form in DAY_FORMATS:
            try:
                day = datetime.strptime(text, form).date()  # noqa: DTZ007  a day has no zone
            except ValueError:
                continue
            if day.year in VALID_YEARS:
                return day
        raise ValueError(_("This date does not exist. Write it like 31/12/2000."))


class InstantField(_ParsedField):
    """A moment, typed in WITA, kept in UTC."""

    widget = widgets.NativeDateTimeWidget()

    def format_value(self, value: datetime | None) -> str:
        """WITA, as the browser's control wants it."""
        return "" if value is None else value.astimezone(WITA).strftime("%Y-%m-%dT%H:%M")

    def parse_value(self, text: str) -> datetime:
        """Read a moment that exists, and that somebody may mean."""
        for form in INSTANT_FORMATS:
            try:
                moment = datetime.strptime(text, form)  # noqa: DTZ007  the zone is given below
            except ValueError:
                continue
            if moment.year in VALID_YEARS:
                return moment.replace(tzinfo=WITA).astimezone(UTC)
        raise ValueError(_("This date or time does not exist. Write it like 31/12/2000 15.04."))


class CheckboxField(BooleanField):
    """Yes or no; an unticked box is no."""

    widget = widgets.CheckboxWidget()


class UploadField(FileField):
    """A file; the view keeps it and hands the verb its key."""

    widget = widgets.FileWidget()

    def process_formdata(self, valuelist: list[Any]) -> None:
        """Take a file only: an empty field sends one without a name, and a text is none."""
        self.raw_data = [one for one in valuelist if isinstance(one, FileStorage) and one.filename]
        self.data = self.raw_data[0] if self.raw_data else None


class PositiveAmount:
    """Validator: more than zero, unless nothing was written."""

    def __call__(self, _form: Any, field: Field) -> None:
        """Refuse zero and less."""
        if field.data is not None and field.data <= 0:
            raise ValidationError(_("The amount must be more than zero."))
