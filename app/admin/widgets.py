"""HTML of form fields: native controls only, labelled by the form template, usable without JavaScript.

The template uses two things of a widget: `shape` is the layout of the field (`line`: label above the control;
`check`: box before the label; `group`: a fieldset with a legend); calling the widget renders the control.
"""

import re
from collections.abc import Iterable, Sequence
from typing import Any, ClassVar, Literal, Protocol

from flask_babel import gettext as _
from markupsafe import Markup, escape
from wtforms import Field
from wtforms.fields import StringField
from wtforms.fields.choices import Choice, SelectFieldBase  # type: ignore[attr-defined]  # the stubs lag
from wtforms.widgets import CheckboxInput, FileInput, Select, TextArea, TextInput

from app.core.files import MAX_UPLOAD_BYTES

Shape = Literal["line", "check", "group"]

ISO_DATE = re.compile(r"\d{4}-\d\d-\d\d")
ISO_MINUTE = re.compile(r"(\d{4}-\d\d-\d\d)[T ](\d\d:\d\d)")


class RecordSelect(Protocol):
    """Field with chosen records, as `RemoteSelectWidget` reads it."""

    id: str
    name: str
    flags: Any
    typed_text: str
    suggestions: Sequence[tuple[int, str]]

    def selected_options(self) -> Iterable[tuple[object, object]]:
        """Return (id, text) of the chosen records."""


def render_attributes(**attributes: Any) -> Markup:
    """Render attributes like WTForms (sorted, True bare, False omitted) in a tenth of its time."""
    parts = []
    for name, value in sorted(attributes.items()):
        key = name.rstrip("_")
        key = key.replace("_", "-") if key.startswith(("data_", "aria_")) else key
        if value is True:
            parts.append(key)
        elif value is not False:
            text = str(escape(value)).replace('"', "&quot;")
            parts.append(f'{key}="{text}"')
    return Markup(" ".join(parts))


class TextInputWidget(TextInput):
    """One line of text; `kind` is the HTML type (`tel`, `email`), which selects the phone's keyboard."""

    shape: ClassVar[Shape] = "line"
    html_params = staticmethod(render_attributes)
    # No maxlength: a browser cuts pasted text silently; the server reports the error instead.
    validation_attrs = ["required", "disabled"]

    def __init__(self, kind: str = "text", **attributes: str) -> None:
        super().__init__(kind)
        self.attributes = {"autocomplete": "off", **attributes}

    def __call__(self, field: Field, **kwargs: Any) -> Markup:
        """Render the input; `kwargs` override the attributes of the widget."""
        return super().__call__(field, **{"class": "form-control", **self.attributes, **kwargs})


class DigitsWidget(TextInputWidget):
    """Digits as text: numeric keyboard, no spin buttons; keeps `12.500.000` and leading zeros."""

    def __init__(self, inputmode: str = "numeric") -> None:
        super().__init__(inputmode=inputmode)


class _NativeDateWidgetBase(TextInputWidget):
    """Native control, or a text input for invalid dates: the native one would show them as empty."""

    kind: ClassVar[str]
    max_value: ClassVar[str]  # limits the year to four digits

    def __init__(self) -> None:
        super().__init__(self.kind, max=self.max_value)

    def to_native_value(self, text: str) -> str | None:
        """Return the value for the native control, or None if the text is not valid for it."""
        raise NotImplementedError

    def __call__(self, field: Field, **kwargs: Any) -> Markup:
        typed_text = str(field._value() or "")  # type: ignore[attr-defined]  # every input field has it
        value = self.to_native_value(typed_text)
        if value is None:
            kwargs = {"type": "text", "inputmode": "numeric", "max": False, **kwargs}
        return super().__call__(field, **{"value": typed_text if value is None else value, **kwargs})


class NativeDateWidget(_NativeDateWidgetBase):
    """Native control for a date."""

    kind = "date"
    max_value = "2100-12-31"

    def to_native_value(self, text: str) -> str | None:
        """Return an ISO date unchanged, None for other text."""
        return text if not text or ISO_DATE.fullmatch(text) else None


class NativeDateTimeWidget(_NativeDateWidgetBase):
    """Native control for a date and a time, to the minute."""

    kind = "datetime-local"
    max_value = "2100-12-31T23:59"

    def to_native_value(self, text: str) -> str | None:
        """Return `2026-11-24T15:04` for any ISO instant, None for other text."""
        match = ISO_MINUTE.match(text)
        return "T".join(match.groups()) if match else ("" if not text else None)


class ProseWidget(TextArea):
    """Several lines of text; the stylesheet lets the control grow with its text."""

    shape: ClassVar[Shape] = "line"
    validation_attrs = ["required", "disabled"]

    def __call__(self, field: StringField, **kwargs: Any) -> Markup:
        """Render the textarea; `kwargs` override its attributes."""
        return super().__call__(field, **{"class": "form-control", "rows": 4, **kwargs})


class SelectWidget(Select):
    """Native select with all options: for enums and reference tables of fewer than a hundred rows."""

    shape: ClassVar[Shape] = "line"

    def __call__(self, field: SelectFieldBase, **kwargs: Any) -> Markup:
        """Render the select with all its options."""
        flags = {name: True for name in self.validation_attrs if getattr(field.flags, name, False)}
        attributes = {"class": "form-control", "id": field.id, "name": field.name, **flags, **kwargs}
        options = "".join(map(self._option, field.iter_choices()))
        return Markup(f"<select {render_attributes(**attributes)}>{options}</select>")

    @staticmethod
    def _option(choice: Choice) -> str:
        mark = "selected " if choice.selected else ""
        return f'<option {mark}value="{escape(choice.value)}">{escape(choice.label or choice.value)}</option>'


class RemoteSelectWidget:
    """Select that contains only the chosen options; portal.js searches the others at `url`.

    Without JavaScript the user types into an input below it: a single match is taken, several are offered in
    the select.
    """

    shape: ClassVar[Shape] = "line"

    def __init__(
        self, url: str, *, multiple: bool = False, create_link: tuple[str, object] | None = None
    ) -> None:
        self.url = url
        self.multiple = multiple
        self.create_link = create_link
        """(URL, text) of a link to the add form, for records that do not exist yet."""

    def __call__(self, field: RecordSelect, **kwargs: Any) -> Markup:
        """Render the select; `typed=False` omits the input for browsers without JavaScript."""
        with_typed_input = kwargs.pop("typed", True)
        attributes = {"id": field.id, "class": "form-control remote", "data-url": self.url, **kwargs}
        if getattr(field.flags, "required", False):
            # `required` would stop a browser without JavaScript from sending the typed text.
            attributes["aria-required"] = "true"
        pairs = [(pk, text, True) for pk, text in field.selected_options()]
        pairs += [(pk, text, False) for pk, text in field.suggestions]
        options = [
            Markup("<option {}>{}</option>").format(render_attributes(value=pk, selected=is_chosen), text)
            for pk, text, is_chosen in pairs
        ]
        if not self.multiple:  # Select2 needs an empty option to be able to clear
            options.insert(0, Markup('<option value=""></option>'))
        return Markup("<select {}>{}</select>{}{}").format(
            render_attributes(name=field.name, multiple=self.multiple, **attributes),
            Markup("").join(options),
            self._render_create_link(),
            self._render_noscript_input(field) if with_typed_input else "",
        )

    def _render_create_link(self) -> Markup:
        if self.create_link is None:
            return Markup("")
        # In a new tab: the input of this form must not be lost.
        link = Markup('<p class="hint after"><a href="{}" target="_blank" rel="noopener">{}</a></p>')
        return link.format(*self.create_link)

    def _render_noscript_input(self, field: RecordSelect) -> Markup:
        name = f"{field.name}.typed"
        attributes = {"id": name, "name": name, "class": "form-control", "autocomplete": "off"}
        template = Markup('<noscript><label class="hint" for="{}">{}</label><input {}></noscript>')
        hint = _("Type a name or number here; when you save, what fits is taken or offered above.")
        return template.format(name, hint, render_attributes(value=field.typed_text, **attributes))


class CheckboxesWidget:
    """Checkboxes, all visible: for a few options of which several may be chosen."""

    shape: ClassVar[Shape] = "group"

    def __call__(self, field: SelectFieldBase, **kwargs: Any) -> Markup:
        """Render one labelled box per option inside a container with the id of the field."""
        kwargs.pop("required", None)  # on the boxes it would require every one of them
        boxes = "".join(
            f'<label class="check"><input {"checked " if is_chosen else ""}id="{escape(field.id)}-{n}"'
            f' name="{escape(field.name)}" type="checkbox" value="{escape(value)}"> {escape(label)}</label>'
            for n, (value, label, is_chosen, *_render_kw) in enumerate(field.iter_choices())
        )
        attributes = {"id": field.id, "class": "checks", "tabindex": "-1", **kwargs}
        return Markup(f"<div {render_attributes(**attributes)}>{boxes}</div>")


class CheckboxWidget(CheckboxInput):
    """One checkbox; its label stands behind it."""

    shape: ClassVar[Shape] = "check"


class FileWidget(FileInput):
    """File input; `image/*` in `accept` makes a phone offer its camera beside its gallery."""

    shape: ClassVar[Shape] = "line"

    def __init__(self, accept: str = "image/*,.pdf,.heic,.docx,.xlsx") -> None:
        super().__init__()
        self.accept = accept

    def __call__(self, field: Field, **kwargs: Any) -> Markup:
        """Render the input with hints: which metadata is stored, and that an empty input keeps the file."""
        defaults = {"class": "form-control", "accept": self.accept, "data-most": MAX_UPLOAD_BYTES}
        control = super().__call__(field, **{**defaults, **kwargs})
        hints = [
            _(
                "Photos lose place, time and device before they are stored. PDF, DOCX and XLSX files are kept"
                " as they are, with the name of their author."
            )
        ]
        if field.object_data:
            hints.append(_("A file is kept here. Choose another one only to replace it."))
        return control + Markup("").join(
            Markup('<p class="hint after">{}</p>').format(hint) for hint in hints
        )
