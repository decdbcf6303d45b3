"""What a room's view must declare before it may be registered."""

from collections.abc import Callable, Mapping, Sequence
from typing import Any, ClassVar, NamedTuple

from flask import redirect, url_for
from flask_appbuilder import ModelView
from flask_appbuilder.widgets import RenderTemplateWidget
from flask_login import current_user
from werkzeug.wrappers import Response
from wtforms import Field

from app.core import registry
from app.core.forms.converter import PortalConverter
from app.core.masking import mask_for
from app.core.moves import Move
from app.core.views.access_log import holds_personal_data
from app.core.views.filters import Preset, Visible

DECLARED = ("list_columns", "search_columns", "order_columns", "base_order", "card", "visible_to")
TITLES = ("list_title", "show_title", "add_title", "edit_title")


class Bulk(NamedTuple):
    """One thing that can be done with several records of a list at once; it only reads."""

    label: Any
    endpoint: str
    """A GET route that takes `id` as often as rows are ticked."""
    choice: tuple[str, str] = ("", "")
    """An argument more that its button sends."""


class SearchWidget(RenderTemplateWidget):
    """The quick search and the filters; FAB's own reads its filters object, ours gets ready controls."""

    template = "appbuilder/general/widgets/search.html"


class Declared(ModelView):
    """Closed by default: without its declarations a view does not start."""

    label_columns: Any
    search_columns: Any
    base_permissions: Any
    add_form: Any
    edit_form: Any

    visible_to: Any = None
    """`access.visible_to(user)`: the room's predicate; every query of this view asks it."""
    may_add = True
    may_change = True
    may_edit: Any = None
    """`access.may_edit(item, user)`: the row rule beside the role."""
    may_move: Any = None
    """`access.may_move(item, user, name)`: the row rule beside the role."""
    explain_refusal: Any = None
    """`access.explain_refusal(item, user)`: why a row rule refuses (403); None: the usual page."""
    offers_move: Any = None
    """`access.offers_move(item, user, name)`: whether the move's button is of any use to this user."""
    presets: ClassVar[Sequence[Preset]] = ()
    """Lists that have a name of their own: `?show=<name>`."""
    extras: Any = None
    """`extras(item, user)`: what the room's own template shows on a record's page beside its facts."""
    goes_on: tuple[str, Any] | None = None
    """A move that asks, and its second button beside *Save* on the add form: what most often comes next."""
    panels: Sequence[tuple[Any, Callable[[Any, Any], Sequence[tuple[Any, Any]]]]] = ()
    """Titles, and what else a record's page tells this user as (label, value); nothing to tell: no panel.

    Those of rooms above are named in `menu.py`.
    """
    add_button: Any = None
    """What the button of the add form says; None: *Save*."""
    keeps_draft = False
    """Whether the add form is kept for its user as he types."""
    call_rule: Any = None
    """`rule(item, column)` gives a `CallRule`: who may be called, and what to mind; None: everybody may."""
    offers_new = False
    """Whether forms that ask for such a record link to adding one."""
    leads_to: str | None = None
    """The room of the section whose *Add* is the main button of a record's page."""
    moves: ClassVar[tuple[Move, ...]] = ()
    move_verbs: ClassVar[Mapping[str, Callable[..., Any]]] = {}
    move_fieldsets: ClassVar[Mapping[str, Sequence[tuple[Any, Mapping[str, Any]]]]] = {}
    """Move -> the groups of its form, where it asks for more than fits one glance."""
    extra_fields: ClassVar[Mapping[str, Field]] = {}
    """Fields of forms and moves that are not columns of the record."""
    card: Any = None
    """Column -> its place on a phone's card: title, end, fact; the rest is left to the record's page."""
    field_width: ClassVar[Mapping[str, str]] = {}
    quick_search = False
    belongs_to: frozenset[str] = frozenset()
    """Relations to the records on whose pages this room's rows stand; their whole list may be asked for."""
    search_through: ClassVar[Sequence[str]] = ()
    search_hint: ClassVar[Any] = None
    """What the quick search finds, in words."""
    total: ClassVar[tuple[Any, str] | None] = None
    """(label, hybrid column): the sum, in rupiah, of all that a list holds that was counted to its end."""
    filter_options: ClassVar[Mapping[str, Callable[[], Sequence[tuple[str, Any]]]]] = {}
    """Text column -> (code, label) of what its filter offers, where the column is no enum."""
    remote_filters: ClassVar[Sequence[str]] = ()
    """Relations whose filter asks for its options as they are typed, though their table is small."""
    record_buttons: ClassVar[Sequence[Callable[[Any, Any], Any]]] = ()
    """`button(view, item)` or None: what rooms above offer on every record's page; named in `menu.py`."""
    kept_arguments: ClassVar[Sequence[str]] = ()
    """Arguments of the list's address that a search keeps."""
    option_label = "name"
    choice_label: str | None = None
    """The attribute that tells two records of one name apart where one of them is chosen."""
    bulk: ClassVar[Sequence[Bulk]] = ()
    """What can be done with the ticked rows of the list."""
    small = False
    """A reference table of fewer than a hundred rows: offered whole."""
    empty_hint: ClassVar[Any] = None
    tells_once: Any = None
    """`tells_once(item)`: a sentence that stands in the answer to the save, and nowhere else; None: none."""
    save_notice: Any = None
    """`save_notice(item)`: a sentence beside *Saved.* on the next page; None: nothing to mind."""
    logs_views: bool | None = None
    """Whether looks at these records are lines of the audit; None: if the table has personal columns.

    False also keeps the audit silent about hidden records of this room.
    """

    search_widget = SearchWidget
    list_template = "appbuilder/general/model/list.html"
    # No record is deleted and no list acts on many at once: a step has its own reason, version, reader.
    exclude_route_methods = {"delete", "download", "action", "action_post"}

    def __init__(self, **kwargs: Any) -> None:
        self._refuse_undeclared()
        self.exclude_route_methods = set(type(self).exclude_route_methods)
        if not self.may_add:
            self.exclude_route_methods.add("add")
        if not self.may_change:
            self.exclude_route_methods.add("edit")
        # FAB writes into these: each view its own, or two views would share them.
        self.label_columns = dict(self.label_columns or {})
        model = self.datamodel.obj
        self.logs_reading = holds_personal_data(model) if self.logs_views is None else self.logs_views
        self.base_filters = [[self.datamodel.get_pk_name(), Visible, type(self).visible_to]]
        super().__init__(**kwargs)
        self.base_permissions = sorted({*self.base_permissions, *(f"can_{move.name}" for move in self.moves)})

    def _refuse_undeclared(self) -> None:
        missing = [name for name in (*DECLARED, *TITLES) if getattr(type(self), name, None) in (None, "")]
        for what, wanted in (("show", True), ("add", self.may_add), ("edit", self.may_change)):
            declared = getattr(self, f"{what}_columns") or getattr(self, f"{what}_fieldsets")
            if wanted and declared is None:
                missing.append(f"{what}_columns")
        missing += [
            f"label_columns[{name}]"
            for name in sorted(self._named())
            if name not in (self.label_columns or {})
        ]
        missing += [f"move_verbs[{move.name}]" for move in self.moves if move.name not in self.move_verbs]
        if list((self.card or {}).values()).count("title") != 1:
            missing.append("card with one title")
        if missing:
            raise TypeError(f"{type(self).__name__} does not declare: {', '.join(missing)}")

    def _named(self) -> set[str]:
        names: set[str] = {
            *(self.list_columns or ()),
            *(self.search_columns or ()),
            *(self.order_columns or ()),
        }
        for what in ("show", "add", "edit"):
            names |= set(getattr(self, f"{what}_columns") or ())
            for _title, group in getattr(self, f"{what}_fieldsets") or ():
                names |= set(group["fields"])
        names -= {"id"}
        return names | {name for move in self.moves for name in move.asks}

    def _init_properties(self) -> None:
        # FAB would fill an empty list with every column; here an empty list means none.
        no_search = not self.search_columns
        for name in ("add", "edit"):
            if getattr(self, f"{name}_columns") is None and not getattr(self, f"{name}_fieldsets"):
                setattr(self, f"{name}_columns", [])
                setattr(self, f"{name}_exclude_columns", self.datamodel.get_user_columns_list())
        super()._init_properties()
        if no_search:
            self.search_columns = []
            self._filters = self.datamodel.get_filters([])

    def _init_forms(self) -> None:
        converter = PortalConverter(self.datamodel)
        self.search_form = None
        self.add_form = self._form(converter, self.add_columns) if self.may_add else None
        self.edit_form = self._form(converter, self.edit_columns) if self.may_change else None
        self.move_forms = {move.name: self._form(converter, move.asks, move.needs) for move in self.moves}

    def _form(self, converter: PortalConverter, names: Sequence[str], needs: Sequence[str] = ()) -> Any:
        from app.core.views.formpage import form_class

        return form_class(self, converter, list(names), needs)

    def create_blueprint(
        self, appbuilder: Any, endpoint: str | None = None, static_folder: str | None = None
    ) -> Any:
        """FAB's, and from now on this view answers for its model."""
        blueprint = super().create_blueprint(appbuilder, endpoint, static_folder)
        registry.register(self)
        return blueprint

    def _register_urls(self) -> None:
        super()._register_urls()
        self.blueprint.add_url_rule("/", "home", self._home, methods=["GET"])
        if self.keeps_draft:
            self.blueprint.add_url_rule("/draft", "draft", self._draft, methods=["POST"])
        for move in self.moves:
            self.blueprint.add_url_rule(
                f"/<int:pk>/{move.name}",
                f"move_{move.name}",
                self._move_route(move),
                methods=["GET", "POST"] if move.asks else ["POST"],
            )

    def _move_route(self, move: Move) -> Callable[..., Any]:
        raise NotImplementedError

    def _draft(self) -> Any:
        raise NotImplementedError

    def _home(self) -> Response:
        return redirect(url_for(f"{self.endpoint}.list"))

    @property
    def room(self) -> str:
        """The route without its slash: how options and searches name this view."""
        return str(self.route_base).strip("/")

    @property
    def columns(self) -> dict[str, Any]:
        """The record's columns by name, for display by type."""
        columns: dict[str, Any] = self.datamodel.list_columns
        return columns

    def withheld(self, item: Any) -> frozenset[str]:
        """Columns of the record that this user may neither read nor change."""
        restriction = self.datamodel.restriction
        readable = restriction is None or restriction.is_readable(item)
        return frozenset() if readable else restriction.columns

    def option_text(self, item: Any) -> str:
        """The record in one line, as selects and links show it."""
        return str(mask_for(current_user, str(getattr(item, self.option_label))))

    def choice_text(self, item: Any) -> str:
        """The record as it is offered to choose."""
        if self.choice_label is None or self.withheld(item):
            return self.option_text(item)
        return str(mask_for(current_user, str(getattr(item, self.choice_label))))

    def visible_items(self, ids: Sequence[int], *only: Any) -> list[Any]:
        """Those records of `ids` that the user may see, and that `only` lets through."""
        from sqlalchemy import select

        if not ids:
            return []
        model = self.datamodel.obj
        query = (
            select(model)
            .where(model.id.in_(ids), type(self).visible_to(current_user), *only)
            .options(*self.datamodel.options())
        )
        found = {item.id: item for item in self.datamodel.flagged(query)}
        return [found[key] for key in dict.fromkeys(ids) if key in found]
