"""Form fields that choose: enum members, and records of other rooms as far as the user may see them."""

import enum
from collections.abc import Callable, Iterator, Sequence
from typing import Any

from flask import g
from flask_babel import gettext as _
from flask_login import current_user
from wtforms.fields.choices import Choice, SelectFieldBase  # type: ignore[attr-defined]  # the stubs lag behind
from wtforms.validators import StopValidation

from app.core import display, registry
from app.core.forms import widgets
from app.core.search import QUERY_MAX
from app.core.types import whole

BLANK = "—"
MAX_CHOSEN = 100
"""Records that one field takes: no database reads a list of ids without end."""


def _blank(field: SelectFieldBase, *, chosen: bool) -> Any:
    return Choice("", _("Choose") if field.flags.required else BLANK, not chosen, {})


def _several(*, more: bool) -> str:
    if more:
        return str(_("Many fit what you typed; the newest are offered. Choose one, or type more."))
    return str(_("Several fit what you typed. Choose one."))


class ChoiceField(SelectFieldBase):
    """One member of an enum, chosen by its code."""

    widget = widgets.SelectWidget()

    def __init__(self, *args: Any, enum_class: type[enum.Enum], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.enum_class = enum_class

    def iter_choices(self) -> Iterator[Any]:
        """Code and label; blank first where the field may be blank or nothing is chosen yet."""
        if not self.flags.required or self.data is None:
            yield _blank(self, chosen=self.data is not None)
        for member in self.enum_class:
            yield Choice(member.name, display.word(member), member is self.data, {})

    def process_formdata(self, valuelist: list[Any]) -> None:
        """Look the code up."""
        code = str(valuelist[0]) if valuelist else ""
        try:
            self.data = self.enum_class[code] if code else None
        except KeyError:
            self.data = None
            raise ValueError(_("Please choose one of the list.")) from None


class RemoteField(SelectFieldBase):
    """One record of another room: what the user may see of it, found by typing."""

    def __init__(
        self,
        *args: Any,
        model: type[Any],
        only: Callable[[], Any] | None = None,
        preload: bool = True,
        **kwargs: Any,
    ) -> None:
        """`preload=False` asks for the options of a small table by typing, too: one statement less."""
        super().__init__(*args, **kwargs)
        self.model = model
        self.preload = preload
        self.only = only
        """The predicate of those records of a small table that are offered; others stay where they stand."""
        self.small = False
        self._pairs: list[tuple[int, str]] | None = None
        self._choose_widget()

    multiple = False
    typed = ""
    """What was typed in place of a choice, where the browser runs no script."""
    fitting: Sequence[tuple[int, str]] = ()
    """What fits `typed`, when it is not one record alone: offered to choose."""

    def process(self, formdata: Any, *args: Any, **kwargs: Any) -> None:
        """Take what is chosen; without a script, what is typed."""
        super().process(formdata, *args, **kwargs)
        typed = formdata.get(f"{self.name}.typed", "")[:QUERY_MAX] if formdata else ""
        if typed.strip() and (self.multiple or not self.data):
            self._take_typed(typed.strip())

    def pre_validate(self, form: Any) -> None:  # noqa: ARG002  WTForms hands it
        """Keep what reading the choice found fault with: a validator would only say that it is required."""
        if self.process_errors:
            raise StopValidation

    def _take_typed(self, typed: str) -> None:
        self.typed, self.raw_data = typed, [typed]
        found, more = self.view.options_page(typed, 0)
        if len(found) != 1:
            self.fitting = found
            self.process_errors = [_several(more=more) if found else _("Nothing fits what you typed.")]
            return
        self.typed = ""
        chosen = self.view.visible_items([found[0][0]])
        self.data = list(dict.fromkeys([*self.chosen(), *chosen])) if self.multiple else chosen[0]

    def _choose_widget(self) -> None:
        view = registry.view_of(self.model)
        if view is None:
            raise LookupError(f"no view answers for {self.model.__name__}")
        self.small = view.small and self.preload
        if self.small:
            self.widget = widgets.CheckboxesWidget() if self.multiple else widgets.SelectWidget()
        else:
            url = view.add_url() if view.offers_new else None
            self.widget = widgets.RemoteSelectWidget(
                f"/api/v1/options/{view.room}",
                multiple=self.multiple,
                new=(url, view.add_title) if url else None,
            )

    @property
    def view(self) -> Any:
        """The view that answers for the model."""
        return registry.view_of(self.model)

    def chosen(self) -> Sequence[Any]:
        """The chosen records."""
        return [] if self.data is None else [self.data]

    def choice_pairs(self) -> list[tuple[int, str]]:
        """(id, text) of what is chosen: all that a remote select needs at first.

        What stands in the record but not before this user keeps its place without its name.
        """
        chosen = self.chosen()
        ids = {item.id for item in chosen}
        seen = self.view.seen_ids(ids) if ids and self.view.is_guarded(current_user) else ids
        return [
            (item.id, self.view.choice_text(item) if item.id in seen else _("not visible to you"))
            for item in chosen
        ]

    def iter_choices(self) -> Iterator[Any]:
        """Id and text of a small table, and what is chosen though it is no longer offered."""
        offered = self.offered()
        chosen = dict(self.choice_pairs())
        if not self.multiple and (not self.flags.required or not chosen):
            yield _blank(self, chosen=bool(chosen))
        for key, text in {**chosen, **dict(offered)}.items():
            yield Choice(str(key), text, key in chosen, {})

    def offered(self) -> list[tuple[int, str]]:
        """What a small table offers; a room may offer less. Two fields of one form may offer the same."""
        kept = g.setdefault("offered", {})
        if (self.model, self.only) not in kept:
            kept[self.model, self.only] = self.view.small_options(*self._narrowed())
        return list(kept[self.model, self.only])

    def _narrowed(self) -> list[Any]:
        return [] if self.only is None else [self.only()]

    def process_formdata(self, valuelist: list[Any]) -> None:
        """Take the record of that id if the user may see it, or if it stood there before."""
        found = self._find([value for value in valuelist if value])
        self.data = found[0] if found else None

    def _find(self, values: list[Any]) -> list[Any]:
        if len(values) > MAX_CHOSEN:
            self.data = None
            raise ValueError(_("At most %(count)s can be chosen.", count=MAX_CHOSEN))
        ids = [key for key in map(whole, values) if key is not None]
        before = self.object_data if self.multiple else [self.object_data]
        allowed = {item.id: item for item in before or [] if item is not None}  # may stay, seen or not
        allowed |= {item.id: item for item in self.view.visible_items(ids, *self._narrowed())}
        found = [allowed[key] for key in dict.fromkeys(ids) if key in allowed]
        if len(ids) != len(values) or len(found) != len(set(ids)):
            self.data = found if self.multiple else None
            raise ValueError(_("Please choose one of the list."))
        return found


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


class ChoicesField(SelectFieldBase):
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
            yield Choice(member.name, display.word(member), member in (self.data or []), {})

    def process_formdata(self, valuelist: list[Any]) -> None:
        """Look the codes up."""
        try:
            self.data = [self.enum_class[str(code)] for code in valuelist if code]
        except KeyError:
            self.data = []
            raise ValueError(_("Please choose one of the list.")) from None
