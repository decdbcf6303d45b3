"""Form fields by meaning: each accepts what people type here and keeps every character when it refuses."""

import enum
import re
from collections.abc import Iterable, Sequence
from datetime import UTC, date, datetime
from typing import Any

from flask_babel import gettext as _
from wtforms import BooleanField, Field, StringField, ValidationError
from wtforms.fields import FileField

from app.core import registry
from app.core.clock import WITA
from app.core.forms import widgets

CONTROL = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f\u200b-\u200f\u202a-\u202e\u2066-\u2069]")
RUPIAH = re.compile(r"^(?:rp\.?\s*)?(\d{1,3}(?:\.\d{3})+|\d+)$", re.IGNORECASE)
DAY_FORMATS = ("%Y-%m-%d", "%d/%m/%Y", "%d-%m-%Y")
MOMENT_FORMATS = ("%Y-%m-%dT%H:%M", "%Y-%m-%dT%H:%M:%S", "%d/%m/%Y %H.%M", "%d/%m/%Y %H:%M", "%Y-%m-%d %H:%M", "%Y-%m-%d %H:%M:%S")
MAX_RUPIAH = 10**15 - 1


class LineField(StringField):
    """One line of text without control characters; blank is None."""

    widget = widgets.TextInputWidget()

    def process_formdata(self, valuelist: list[Any]) -> None:
        """Strip; refuse characters that nobody can see."""
        text = str(valuelist[0]) if valuelist else ""
        self.data = text.strip() or None
        if CONTROL.search(text):
            raise ValueError(_("This text holds characters that cannot be shown. Please type it anew."))


class PhoneField(LineField):
    """A phone number as people write it; the room's verb turns it into E.164."""

    widget = widgets.TextInputWidget("tel", inputmode="tel")


class DigitsField(LineField):
    """A number that is a name (NIK, RT): text, typed on the number keys."""

    widget = widgets.NumberText(inputmode="numeric")


class ProseField(LineField):
    """Several lines of text."""

    widget = widgets.ProseWidget()


class _Parsed(Field):
    """A field whose text has to be read; what cannot be read stays as it was typed."""

    def _value(self) -> str:
        if self.raw_data and (self.process_errors or self.errors):
            return str(self.raw_data[0])
        return self.written(self.data)

    def written(self, value: Any) -> str:
        """The value as the field's control wants it."""
        return "" if value is None else str(value)

    def read(self, text: str) -> Any:
        """The value of the typed text; raises ValueError with a sentence."""
        raise NotImplementedError(text)

    def process_formdata(self, valuelist: list[Any]) -> None:
        """Read the text; blank is None."""
        text = str(valuelist[0]).strip() if valuelist else ""
        self.data = None
        if text:
            self.data = self.read(text)


class WholeField(_Parsed):
    """A whole number."""

    widget = widgets.NumberText(inputmode="numeric")

    def read(self, text: str) -> int:
        """Digits only."""
        if not re.fullmatch(r"-?\d{1,9}", text):
            raise ValueError(_("Please write a whole number."))
        return int(text)


class RupiahField(_Parsed):
    """Whole rupiah: `25000000`, `25.000.000` and `Rp 25.000.000` are the same amount."""

    widget = widgets.NumberText(inputmode="numeric")

    def written(self, value: Any) -> str:
        """With dots, as it is said."""
        return "" if value is None else f"{value:,}".replace(",", ".")

    def read(self, text: str) -> int:
        """Refuse what could be read in two ways, such as `25,000,000`."""
        match = RUPIAH.match(text.replace("\u00a0", " "))
        if match is None:
            raise ValueError(_("Please write whole rupiah, for example 25.000.000."))
        amount = int(match.group(1).replace(".", ""))
        if amount > MAX_RUPIAH:
            raise ValueError(_("This amount is too large."))
        return amount


class DayField(_Parsed):
    """A day: `2000-12-31`, `31/12/2000` or `31-12-2000`."""

    widget = widgets.NativeDate()

    def written(self, value: date | None) -> str:
        """ISO, as the browser's date control wants it."""
        return "" if value is None else value.isoformat()

    def read(self, text: str) -> date:
        """Read a day that exists, from 1900 on."""
        for form in DAY_FORMATS:
            try:
                day = datetime.strptime(text, form).date()  # noqa: DTZ007  a day has no zone
            except ValueError:
                continue
            if day.year >= 1900:
                return day
        raise ValueError(_("This date does not exist. Write it like 31/12/2000."))


class MomentField(_Parsed):
    """A moment, typed in WITA, kept in UTC."""

    widget = widgets.NativeDateTime()

    def written(self, value: datetime | None) -> str:
        """WITA, as the browser's control wants it."""
        return "" if value is None else value.astimezone(WITA).strftime("%Y-%m-%dT%H:%M")

    def read(self, text: str) -> datetime:
        """Read a moment that exists."""
        for form in MOMENT_FORMATS:
            try:
                moment = datetime.strptime(text, form)  # noqa: DTZ007  the zone is given below
            except ValueError:
                continue
            if moment.year >= 1900:
                return moment.replace(tzinfo=WITA).astimezone(UTC)
        raise ValueError(_("This date or time does not exist. Write it like 31/12/2000 15.04."))


class TickField(BooleanField):
    """Yes or no; an unticked box is no."""

    widget = widgets.CheckboxWidget()


class UploadField(FileField):
    """A file; the view keeps it and hands the verb its key."""

    widget = widgets.FileWidget()


Option = tuple[str, str, bool, dict[str, Any]]
"""(value, label, chosen, attributes), as WTForms' select widget wants it."""


class _Listed(Field):
    """A field whose control shows all it offers."""

    def has_groups(self) -> bool:
        """Groups of options are not used."""
        return False


class ChoiceField(_Listed):
    """One member of an enum, chosen by its code."""

    widget = widgets.SelectWidget()

    def __init__(self, *args: Any, enum_class: type[enum.Enum], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.enum_class = enum_class

    def iter_choices(self) -> Iterable[Option]:
        """Code and label; blank first where the field may be blank or nothing is chosen yet."""
        if not self.flags.required or self.data is None:
            yield "", "—" if not self.flags.required else _("Choose"), self.data is None, {}
        for member in self.enum_class:
            yield member.name, str(member.value), member is self.data, {}

    def process_formdata(self, valuelist: list[Any]) -> None:
        """Look the code up."""
        code = str(valuelist[0]) if valuelist else ""
        try:
            self.data = self.enum_class[code] if code else None
        except KeyError:
            self.data = None
            raise ValueError(_("Please choose one of the list.")) from None


class RemoteField(_Listed):
    """One record of another room: what the user may see of it, found by typing."""

    def __init__(self, *args: Any, model: type[Any], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.model = model
        self.small = False
        self._pairs: list[tuple[int, str]] | None = None
        self._choose_widget()

    multiple = False

    def _choose_widget(self) -> None:
        view = registry.view_of(self.model)
        if view is None:
            raise LookupError(f"no view answers for {self.model.__name__}")
        self.small = view.small
        if self.small:
            self.widget = widgets.CheckboxesWidget() if self.multiple else widgets.SelectWidget()
        else:
            self.widget = widgets.RemoteSelectWidget(f"/api/v1/options/{view.room}", multiple=self.multiple)

    @property
    def view(self) -> Any:
        """The view that answers for the model."""
        return registry.view_of(self.model)

    def chosen(self) -> Sequence[Any]:
        """The chosen records."""
        return [] if self.data is None else [self.data]

    def choice_pairs(self) -> list[tuple[int, str]]:
        """(id, text) of what is chosen: all that a remote select needs at first."""
        return [(item.id, self.view.option_text(item)) for item in self.chosen()]

    def iter_choices(self) -> Iterable[Option]:
        """Id and text of a small table, and what is chosen though it is no longer offered."""
        offered = self.view.small_options()
        chosen = dict(self.choice_pairs())
        if not self.multiple and (not self.flags.required or not chosen):
            yield "", "—" if not self.flags.required else _("Choose"), not chosen, {}
        for key, text in {**chosen, **dict(offered)}.items():
            yield str(key), text, key in chosen, {}

    def process_formdata(self, valuelist: list[Any]) -> None:
        """Take the record of that id if the user may see it."""
        found = self._find([value for value in valuelist if value])
        self.data = found[0] if found else None

    def _find(self, values: list[Any]) -> list[Any]:
        ids = [int(value) for value in values if str(value).isdigit() and len(str(value)) < 16]
        found = self.view.visible_items(ids) if ids else []
        if len(ids) != len(values) or len(found) != len(set(ids)):
            self.data = found if self.multiple else None
            raise ValueError(_("Please choose one of the list."))
        return list(found)


class RemoteManyField(RemoteField):
    """Several records of another room."""

    multiple = True

    def chosen(self) -> Sequence[Any]:
        """The chosen records."""
        return self.data or []

    def process_formdata(self, valuelist: list[Any]) -> None:
        """Take the records of those ids that the user may see."""
        self.data = self._find([value for value in valuelist if value])

    def process_data(self, value: Any) -> None:
        """None is nothing chosen."""
        self.data = list(value) if value else []


class ChoicesField(_Listed):
    """Several members of an enum, chosen by their codes."""

    widget = widgets.CheckboxesWidget()

    def __init__(self, *args: Any, enum_class: type[enum.Enum], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.enum_class = enum_class

    def process_data(self, value: Any) -> None:
        """None is nothing chosen."""
        self.data = list(value) if value else []

    def iter_choices(self) -> Iterable[Option]:
        """Code and label."""
        for member in self.enum_class:
            yield member.name, str(member.value), member in (self.data or []), {}

    def process_formdata(self, valuelist: list[Any]) -> None:
        """Look the codes up."""
        try:
            self.data = [self.enum_class[str(code)] for code in valuelist if code]
        except KeyError:
            self.data = []
            raise ValueError(_("Please choose one of the list.")) from None


class Amount:
    """Validator: more than zero, unless nothing was written."""

    def __call__(self, _form: Any, field: Field) -> None:
        """Refuse zero and less."""
        if field.data is not None and field.data <= 0:
            raise ValidationError(_("The amount must be more than zero."))
