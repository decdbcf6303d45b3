"""Form fields for choices: enum members, and records of other views that the user may see."""

import enum
from collections.abc import Callable, Iterator, Sequence
from typing import Any

from flask import g
from flask_babel import gettext as _
from flask_login import current_user
from wtforms.fields.choices import Choice, SelectFieldBase  # type: ignore[attr-defined]  # the stubs lag behind
from wtforms.validators import StopValidation

from app.admin import registry, widgets
from app.core import formats
from app.db.search import MAX_QUERY_LENGTH
from app.db.types import parse_whole_number

BLANK_LABEL = "—"
MAX_SELECTED_RECORDS = 100
"""Records that one field accepts: databases limit the length of a list of ids."""


def _build_blank_choice(field: SelectFieldBase, *, is_selected: bool) -> Any:
    return Choice("", _("Choose") if field.flags.required else BLANK_LABEL, not is_selected, {})


def _get_ambiguity_message(*, has_more: bool) -> str:
    if has_more:
        return str(_("Many fit what you typed; the newest are offered. Choose one, or type more."))
    return str(_("Several fit what you typed. Choose one."))


class EnumSelectField(SelectFieldBase):
    """Select of one enum member by its code (name)."""

    widget = widgets.SelectWidget()

    def __init__(self, *args: Any, enum_class: type[enum.Enum], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.enum_class = enum_class

    def iter_choices(self) -> Iterator[Any]:
        """Yield code and label; first a blank choice, if the field is optional or still empty."""
        if not self.flags.required or self.data is None:
            yield _build_blank_choice(self, is_selected=self.data is not None)
        for member in self.enum_class:
            yield Choice(member.name, formats.get_enum_label(member), member is self.data, {})

    def process_formdata(self, valuelist: list[Any]) -> None:
        """Look up the member; raise ValueError for an unknown code."""
        code = str(valuelist[0]) if valuelist else ""
        try:
            self.data = self.enum_class[code] if code else None
        except KeyError:
            self.data = None
            raise ValueError(_("Please choose one of the list.")) from None


class RecordSelectField(SelectFieldBase):
    """Select of one record of another view, searched during typing; only records the user may see."""

    def __init__(
        self,
        *args: Any,
        model: type[Any],
        option_filter: Callable[[], Any] | None = None,
        preload: bool = True,
        **kwargs: Any,
    ) -> None:
        """`preload=False` searches the options of a small table during typing, too: one statement less."""
        super().__init__(*args, **kwargs)
        self.model = model
        self.preload = preload
        self.option_filter = option_filter
        """Returns the condition of the records to offer; another one stays valid where it is already set."""
        self.is_preloaded = False
        self._pairs: list[tuple[int, str]] | None = None
        self._choose_widget()

    multiple = False
    typed_text = ""
    """Text typed in place of a choice, in a browser without JavaScript."""
    suggestions: Sequence[tuple[int, str]] = ()
    """Options that match `typed_text`, unless exactly one does."""

    def process(self, formdata: Any, *args: Any, **kwargs: Any) -> None:
        """Read the choice, or the text typed in its place."""
        super().process(formdata, *args, **kwargs)
        typed_text = formdata.get(f"{self.name}.typed", "")[:MAX_QUERY_LENGTH] if formdata else ""
        if typed_text.strip() and (self.multiple or not self.data):
            self._select_typed_text(typed_text.strip())

    def pre_validate(self, form: Any) -> None:
        """Keep the errors of reading the choice: a validator would only report that it is required."""
        if self.process_errors:
            raise StopValidation

    def _select_typed_text(self, typed_text: str) -> None:
        self.typed_text, self.raw_data = typed_text, [typed_text]
        options, has_more = self.view.options.search(typed_text, 0)
        if len(options) != 1:
            self.suggestions = options
            self.process_errors = [
                _get_ambiguity_message(has_more=has_more) if options else _("Nothing fits what you typed.")
            ]
            return
        self.typed_text = ""
        records = self.view.visible_items([options[0][0]])
        self.data = list(dict.fromkeys([*self.selected_records(), *records])) if self.multiple else records[0]

    def _choose_widget(self) -> None:
        view = registry.find_view(self.model)
        if view is None:
            raise LookupError(f"no view answers for {self.model.__name__}")
        self.is_preloaded = view.preload_options and self.preload
        if self.is_preloaded:
            self.widget = widgets.CheckboxesWidget() if self.multiple else widgets.SelectWidget()
        else:
            url = view.add_url() if view.inline_create_link else None
            self.widget = widgets.RemoteSelectWidget(
                f"/api/v1/options/{view.room}",
                multiple=self.multiple,
                create_link=(url, view.add_title) if url else None,
            )

    @property
    def view(self) -> Any:
        """View that answers for the model."""
        return registry.find_view(self.model)

    def selected_records(self) -> Sequence[Any]:
        """Return the chosen records as a list."""
        return [] if self.data is None else [self.data]

    def selected_options(self) -> list[tuple[int, str]]:
        """Return (id, text) of the chosen records: all that a remote select needs at first.

        A chosen record that the user may not see stays chosen, without its name.
        """
        records = self.selected_records()
        ids = {item.id for item in records}
        visible_ids = (
            self.view.visible_ids(ids) if ids and self.view.has_hidden_records(current_user) else ids
        )
        return [
            (
                item.id,
                self.view.option_detail_text(item) if item.id in visible_ids else _("not visible to you"),
            )
            for item in records
        ]

    def iter_choices(self) -> Iterator[Any]:
        """Yield the options of a small table, and chosen records that are no longer offered."""
        options = self.available_options()
        selected = dict(self.selected_options())
        if not self.multiple and (not self.flags.required or not selected):
            yield _build_blank_choice(self, is_selected=bool(selected))
        for key, text in {**selected, **dict(options)}.items():
            yield Choice(str(key), text, key in selected, {})

    def available_options(self) -> list[tuple[int, str]]:
        """Return the options of a small table, cached per request: several fields may share them."""
        cache = g.setdefault("offered", {})
        if (self.model, self.option_filter) not in cache:
            cache[self.model, self.option_filter] = self.view.options.load_all(*self._get_option_conditions())
        return list(cache[self.model, self.option_filter])

    def _get_option_conditions(self) -> list[Any]:
        return [] if self.option_filter is None else [self.option_filter()]

    def process_formdata(self, valuelist: list[Any]) -> None:
        """Load the record with this id; it must be visible to the user or already set in the record."""
        records = self._load_selected([value for value in valuelist if value])
        self.data = records[0] if records else None

    def _load_selected(self, values: list[Any]) -> list[Any]:
        if len(values) > MAX_SELECTED_RECORDS:
            self.data = None
            raise ValueError(_("At most %(count)s can be chosen.", count=MAX_SELECTED_RECORDS))
        ids = [key for key in map(parse_whole_number, values) if key is not None]
        previous = self.object_data if self.multiple else [self.object_data]
        # Records that are already set may stay, even if they are hidden from the user.
        allowed_records = {item.id: item for item in previous or [] if item is not None}
        allowed_records |= {
            item.id: item for item in self.view.visible_items(ids, *self._get_option_conditions())
        }
        records = [allowed_records[key] for key in dict.fromkeys(ids) if key in allowed_records]
        if len(ids) != len(values) or len(records) != len(set(ids)):
            self.data = records if self.multiple else None
            raise ValueError(_("Please choose one of the list."))
        return records


class RecordSelectMultipleField(RecordSelectField):
    """Select of several records of another view."""

    multiple = True

    def selected_records(self) -> Sequence[Any]:
        """Return the chosen records as a list."""
        return self.data or []

    def process_formdata(self, valuelist: list[Any]) -> None:
        """Load the records with these ids; each must be visible to the user or already set."""
        self.data = self._load_selected([value for value in valuelist if value])

    def process_data(self, value: Any) -> None:
        """Treat None as an empty list."""
        self.data = list(value) if value else []


class EnumSelectMultipleField(SelectFieldBase):
    """Checkboxes of enum members by their codes (names)."""

    widget = widgets.CheckboxesWidget()

    def __init__(self, *args: Any, enum_class: type[enum.Enum], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.enum_class = enum_class

    def process_data(self, value: Any) -> None:
        """Treat None as an empty list."""
        self.data = list(value) if value else []

    def iter_choices(self) -> Iterator[Any]:
        """Yield code and label of every member."""
        for member in self.enum_class:
            yield Choice(member.name, formats.get_enum_label(member), member in (self.data or []), {})

    def process_formdata(self, valuelist: list[Any]) -> None:
        """Look up the members; raise ValueError for an unknown code."""
        try:
            self.data = [self.enum_class[str(code)] for code in valuelist if code]
        except KeyError:
            self.data = []
            raise ValueError(_("Please choose one of the list.")) from None
