"""How a field becomes HTML: native controls only, labelled by the form template, readable without JavaScript.

The template asks two things of a widget: `shape` tells how the field is laid out (`line`: label above the
control; `check`: box before the label; `group`: a fieldset with a legend); calling it renders the control.
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
    """A field that knows its chosen records: `choice_pairs()` gives their (id, text)."""

    id: str
    name: str
    flags: Any
    typed_text: str
    suggestions: Sequence[tuple[int, str]]

    def selected_options(self) -> Iterable[tuple[object, object]]:
        """Return (id, text) of the records chosen now."""


def render_attributes(**attributes: Any) -> Markup:
    """Write attributes as WTForms does: sorted, True bare, False left out; in a tenth of its time."""
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
    """One line of text; `kind` is the HTML type (`tel`, `email`), which picks the phone's keyboard."""

    shape: ClassVar[Shape] = "line"
    html_params = staticmethod(render_attributes)
    # A browser cuts what is pasted at maxlength without a word; the server says what is wrong instead.
    validation_attrs = ["required", "disabled"]

    def __init__(self, kind: str = "text", **attributes: str) -> None:
        super().__init__(kind)
        self.attributes = {"autocomplete": "off", **attributes}

    def __call__(self, field: Field, **kwargs: Any) -> Markup:
        """Render the input."""
        return super().__call__(field, **{"class": "form-control", **self.attributes, **kwargs})


class DigitsWidget(TextInputWidget):
    """Digits as text: the number keyboard, but no spin buttons and no lost `12.500.000` or leading zero."""

    def __init__(self, inputmode: str = "numeric") -> None:
        super().__init__(inputmode=inputmode)


class _NativeDateWidgetBase(TextInputWidget):
    """A browser empties a date control whose value is no date, so what was mistyped comes back as text."""

    kind: ClassVar[str]
    max_value: ClassVar[str]  # stops the year at four digits

    def __init__(self) -> None:
        super().__init__(self.kind, max=self.max_value)

    def to_native_value(self, text: str) -> str | None:
        """Return the value for the native control, None where it is not a moment."""
        raise NotImplementedError

    def __call__(self, field: Field, **kwargs: Any) -> Markup:
        typed = str(field._value() or "")  # type: ignore[attr-defined]  # every input field has it
        value = self.to_native_value(typed)
        if value is None:
            kwargs = {"type": "text", "inputmode": "numeric", "max": False, **kwargs}
        return super().__call__(field, **{"value": typed if value is None else value, **kwargs})


class NativeDateWidget(_NativeDateWidgetBase):
    """The browser's own date control."""

    kind = "date"
    max_value = "2100-12-31"

    def to_native_value(self, text: str) -> str | None:
        """Return an ISO date as it is."""
        return text if not text or ISO_DATE.fullmatch(text) else None


class NativeDateTimeWidget(_NativeDateWidgetBase):
    """The browser's own control for a date and a time, to the minute."""

    kind = "datetime-local"
    max_value = "2100-12-31T23:59"

    def to_native_value(self, text: str) -> str | None:
        """Return `2026-11-24T15:04` for any ISO instant."""
        found = ISO_MINUTE.match(text)
        return "T".join(found.groups()) if found else ("" if not text else None)


class ProseWidget(TextArea):
    """Several lines of text; the stylesheet lets it grow with what is typed."""

    shape: ClassVar[Shape] = "line"
    validation_attrs = ["required", "disabled"]

    def __call__(self, field: StringField, **kwargs: Any) -> Markup:
        """Render the textarea."""
        return super().__call__(field, **{"class": "form-control", "rows": 4, **kwargs})


class SelectWidget(Select):
    """A native select: for enums and for reference tables of less than a hundred rows."""

    shape: ClassVar[Shape] = "line"

    def __call__(self, field: SelectFieldBase, **kwargs: Any) -> Markup:
        """Render the select with all its options."""
        flags = {name: True for name in self.validation_attrs if getattr(field.flags, name, False)}
        given = {"class": "form-control", "id": field.id, "name": field.name, **flags, **kwargs}
        options = "".join(map(self._option, field.iter_choices()))
        return Markup(f"<select {render_attributes(**given)}>{options}</select>")

    @staticmethod
    def _option(choice: Choice) -> str:
        mark = "selected " if choice.selected else ""
        return f'<option {mark}value="{escape(choice.value)}">{escape(choice.label or choice.value)}</option>'


class RemoteSelectWidget:
    """A select that holds only what is chosen; portal.js lets one search the rest at `url`.

    Without JavaScript one types into a line below it; what fits is taken, or offered in the select.
    """

    shape: ClassVar[Shape] = "line"

    def __init__(
        self, url: str, *, multiple: bool = False, create_link: tuple[str, object] | None = None
    ) -> None:
        self.url = url
        self.multiple = multiple
        self.create_link = create_link
        """Where to add a record that is not there yet, and what the link says."""

    def __call__(self, field: RecordSelect, **kwargs: Any) -> Markup:
        """Render the select with the chosen options only; with `typed=False` without the line to type in."""
        typed = kwargs.pop("typed", True)
        attributes = {"id": field.id, "class": "form-control remote", "data-url": self.url, **kwargs}
        if getattr(field.flags, "required", False):
            # `required` itself would keep a browser without script from sending what is typed.
            attributes["aria-required"] = "true"
        pairs = [(pk, text, True) for pk, text in field.selected_options()]
        pairs += [(pk, text, False) for pk, text in field.suggestions]
        options = [
            Markup("<option {}>{}</option>").format(render_attributes(value=pk, selected=chosen), text)
            for pk, text, chosen in pairs
        ]
        if not self.multiple:  # Select2 needs an empty option to be able to clear
            options.insert(0, Markup('<option value=""></option>'))
        return Markup("<select {}>{}</select>{}{}").format(
            render_attributes(name=field.name, multiple=self.multiple, **attributes),
            Markup("").join(options),
            self._render_create_link(),
            self._render_noscript_input(field) if typed else "",
        )

    def _render_create_link(self) -> Markup:
        if self.create_link is None:
            return Markup("")
        # In a page of its own: what is typed here must stay.
        link = Markup('<p class="hint after"><a href="{}" target="_blank" rel="noopener">{}</a></p>')
        return link.format(*self.create_link)

    def _render_noscript_input(self, field: RecordSelect) -> Markup:
        name = f"{field.name}.typed"
        attributes = {"id": name, "name": name, "class": "form-control", "autocomplete": "off"}
        line = Markup('<noscript><label class="hint" for="{}">{}</label><input {}></noscript>')
        words = _("Type a name or number here; when you save, what fits is taken or offered above.")
        return line.format(name, words, render_attributes(value=field.typed_text, **attributes))


class CheckboxesWidget:
    """Every choice in sight with a box: for a handful of choices of which several may hold."""

    shape: ClassVar[Shape] = "group"

    def __call__(self, field: SelectFieldBase, **kwargs: Any) -> Markup:
        """Render one labelled box per choice inside a container that carries the field's id."""
        kwargs.pop("required", None)  # on a box it would ask for every single one
        boxes = "".join(
            f'<label class="check"><input {"checked " if chosen else ""}id="{escape(field.id)}-{n}"'
            f' name="{escape(field.name)}" type="checkbox" value="{escape(value)}"> {escape(label)}</label>'
            for n, (value, label, chosen, *_render_kw) in enumerate(field.iter_choices())
        )
        attributes = {"id": field.id, "class": "checks", "tabindex": "-1", **kwargs}
        return Markup(f"<div {render_attributes(**attributes)}>{boxes}</div>")


class CheckboxWidget(CheckboxInput):
    """One box; its label stands behind it."""

    shape: ClassVar[Shape] = "check"


class FileWidget(FileInput):
    """A file; `image/*` in `accept` makes a phone offer its camera beside its gallery."""

    shape: ClassVar[Shape] = "line"

    def __init__(self, accept: str = "image/*,.pdf,.heic,.docx,.xlsx") -> None:
        super().__init__()
        self.accept = accept

    def __call__(self, field: Field, **kwargs: Any) -> Markup:
        """Render the input, say what is kept of a file, and that leaving it empty keeps the one there is."""
        said = {"class": "form-control", "accept": self.accept, "data-most": MAX_UPLOAD_BYTES}
        control = super().__call__(field, **{**said, **kwargs})
        hints = [
            _(
                "Photos lose place, time and device before they are stored. PDF, DOCX and XLSX files are kept"
                " as they are, with the name of their author."
            )
        ]
        if field.object_data:
            hints.append(_("A file is kept here. Choose another one only to replace it."))
        return control + Markup("").join(Markup('<p class="hint after">{}</p>').format(one) for one in hints)
