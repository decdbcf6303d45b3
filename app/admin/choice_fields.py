"""Form fields that choose: enum members, and records of other rooms as far as the user may see them."""

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
"""Records that one field takes: no database reads a list of ids without end."""


def _build_blank_choice(field: SelectFieldBase, *, is_selected: bool) -> Any:
    return Choice("", _("Choose") if field.flags.required else BLANK_LABEL, not is_selected, {})


def _get_ambiguity_message(*, has_more: bool) -> str:
    if has_more:
        return str(_("Many fit what you typed; the newest are offered. Choose one, or type more."))
    return str(_("Several fit what you typed. Choose one."))


class EnumSelectField(SelectFieldBase):
    """One member of an enum, chosen by its code."""

    widget = widgets.SelectWidget()

    def __init__(self, *args: Any, enum_class: type[enum.Enum], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.enum_class = enum_class

    def iter_choices(self) -> Iterator[Any]:
        """Code and label; blank first where the field may be blank or nothing is chosen yet."""
        if not self.flags.required or self.data is None:
            yield _build_blank_choice(self, is_selected=self.data is not None)
        for member in self.enum_class:
            yield Choice(member.name, formats.get_enum_label(member), member is self.data, {})

    def process_formdata(self, valuelist: list[Any]) -> None:
        """Look the code up."""
        code = str(valuelist[0]) if valuelist else ""
        try:
            self.data = self.enum_class[code] if code else None
        except KeyError:
            self.data = None
            raise ValueError(_("Please choose one of the list.")) from None


class RecordSelectField(SelectFieldBase):
    """One record of another room: what the user may see of it, found by typing."""

    def __init__(
        self,
        *args: Any,
        model: type[Any],
        option_filter: Callable[[], Any] | None = None,
        preload: bool = True,
        **kwargs: Any,
    ) -> None:
        """`preload=False` asks for the options of a small table by typing, too: one statement less."""
        super().__init__(*args, **kwargs)
        self.model = model
        self.preload = preload
        self.option_filter = option_filter
        """The predicate of those records of a small table that are offered; others stay where they stand."""
        self.is_preloaded = False
        self._pairs: list[tuple[int, str]] | None = None
        self._choose_widget()

    multiple = False
    typed_text = ""
    """What was typed in place of a choice, where the browser runs no script."""
    suggestions: Sequence[tuple[int, str]] = ()
    """What fits `typed`, when it is not one record alone: offered to choose."""

    def process(self, formdata: Any, *args: Any, **kwargs: Any) -> None:
        """Take what is chosen; without a script, what is typed."""
        super().process(formdata, *args, **kwargs)
        typed = formdata.get(f"{self.name}.typed", "")[:MAX_QUERY_LENGTH] if formdata else ""
        if typed.strip() and (self.multiple or not self.data):
            self._select_typed_text(typed.strip())

    def pre_validate(self, form: Any) -> None:
        """Keep what reading the choice found fault with: a validator would only say that it is required."""
        if self.process_errors:
            raise StopValidation

    def _select_typed_text(self, typed_text: str) -> None:
        self.typed_text, self.raw_data = typed_text, [typed_text]
        found, more = self.view.search_options(typed_text, 0)
        if len(found) != 1:
            self.suggestions = found
            self.process_errors = [
                _get_ambiguity_message(has_more=more) if found else _("Nothing fits what you typed.")
            ]
            return
        self.typed_text = ""
        chosen = self.view.visible_items([found[0][0]])
        self.data = list(dict.fromkeys([*self.selected_records(), *chosen])) if self.multiple else chosen[0]

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
        """The view that answers for the model."""
        return registry.find_view(self.model)

    def selected_records(self) -> Sequence[Any]:
        """The chosen records."""
        return [] if self.data is None else [self.data]

    def selected_options(self) -> list[tuple[int, str]]:
        """(id, text) of what is chosen: all that a remote select needs at first.

        What stands in the record but not before this user keeps its place without its name.
        """
        chosen = self.selected_records()
        ids = {item.id for item in chosen}
        seen = self.view.visible_ids(ids) if ids and self.view.has_hidden_records(current_user) else ids
        return [
            (item.id, self.view.option_detail_text(item) if item.id in seen else _("not visible to you"))
            for item in chosen
        ]

    def iter_choices(self) -> Iterator[Any]:
        """Id and text of a small table, and what is chosen though it is no longer offered."""
        offered = self.available_options()
        chosen = dict(self.selected_options())
        if not self.multiple and (not self.flags.required or not chosen):
            yield _build_blank_choice(self, is_selected=bool(chosen))
        for key, text in {**chosen, **dict(offered)}.items():
            yield Choice(str(key), text, key in chosen, {})

    def available_options(self) -> list[tuple[int, str]]:
        """What a small table offers; a room may offer less. Two fields of one form may offer the same."""
        kept = g.setdefault("offered", {})
        if (self.model, self.option_filter) not in kept:
            kept[self.model, self.option_filter] = self.view.load_all_options(*self._get_option_conditions())
        return list(kept[self.model, self.option_filter])

    def _get_option_conditions(self) -> list[Any]:
        return [] if self.option_filter is None else [self.option_filter()]

    def process_formdata(self, valuelist: list[Any]) -> None:
        """Take the record of that id if the user may see it, or if it stood there before."""
        found = self._load_selected([value for value in valuelist if value])
        self.data = found[0] if found else None

    def _load_selected(self, values: list[Any]) -> list[Any]:
        if len(values) > MAX_SELECTED_RECORDS:
            self.data = None
            raise ValueError(_("At most %(count)s can be chosen.", count=MAX_SELECTED_RECORDS))
        ids = [key for key in map(parse_whole_number, values) if key is not None]
        before = self.object_data if self.multiple else [self.object_data]
        allowed = {item.id: item for item in before or [] if item is not None}  # may stay, seen or not
        allowed |= {item.id: item for item in self.view.visible_items(ids, *self._get_option_conditions())}
        found = [allowed[key] for key in dict.fromkeys(ids) if key in allowed]
        if len(ids) != len(values) or len(found) != len(set(ids)):
            self.data = found if self.multiple else None
            raise ValueError(_("Please choose one of the list."))
        return found


class RecordSelectMultipleField(RecordSelectField):
    """Several records of another room."""

    multiple = True

    def selected_records(self) -> Sequence[Any]:
        """The chosen records."""
        return self.data or []

    def process_formdata(self, valuelist: list[Any]) -> None:
        """Take the records of those ids that the user may see."""
        self.data = self._load_selected([value for value in valuelist if value])

    def process_data(self, value: Any) -> None:
        """None is nothing chosen."""
        self.data = list(value) if value else []


class EnumSelectMultipleField(SelectFieldBase):
    """Several members of an enum, chosen by their codes."""

    widget = widgets.CheckboxesWidget()

    def __init__(self, *args: Any, enum_class: type[enum.Enum], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.enum_class = enum_class

    def process_data(self, value: Any) -> None:
        """None is nothing chosen."""
        self.data = list(value) if value else []

    def iter_choices(self) -> Iterator[Any]:
        """Code and label."""
        for member in self.enum_class:
            yield Choice(member.name, formats.get_enum_label(member), member in (self.data or []), {})

    def process_formdata(self, valuelist: list[Any]) -> None:
        """Look the codes up."""
        try:
            self.data = [self.enum_class[str(code)] for code in valuelist if code]
        except KeyError:
            self.data = []
            raise ValueError(_("Please choose one of the list.")) from None
