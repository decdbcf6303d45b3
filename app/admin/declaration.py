"""What a room's view must declare before it may be registered."""

from collections.abc import Callable, Mapping, Sequence
from typing import Any, ClassVar, NamedTuple

from flask import redirect, url_for
from flask_appbuilder import ModelView
from flask_appbuilder.widgets import RenderTemplateWidget
from flask_login import current_user
from werkzeug.wrappers import Response
from wtforms import Field

from app.admin import registry
from app.admin.access_log import holds_personal_data
from app.admin.filters import Preset, VisibleFilter
from app.admin.form_converter import PortalConverter
from app.core.transitions import Transition
from app.db.masking import mask_for

REQUIRED_ATTRIBUTES = (
    "list_columns",
    "search_columns",
    "order_columns",
    "base_order",
    "mobile_columns",
    "visible_to",
)
REQUIRED_TITLES = ("list_title", "show_title", "add_title", "edit_title")


class BulkAction(NamedTuple):
    """One thing that can be done with several records of a list at once; it only reads."""

    label: Any
    endpoint: str
    """A GET route that takes `id` as often as rows are ticked."""
    query_argument: tuple[str, str] = ("", "")
    """An argument more that its button sends."""


class SearchWidget(RenderTemplateWidget):
    """The quick search and the filters; FAB's own reads its filters object, ours gets ready controls."""

    template = "appbuilder/general/widgets/search.html"


class DeclaredView(ModelView):
    """Closed by default: without its declarations a view does not start."""

    label_columns: Any
    search_columns: Any
    base_permissions: Any
    add_form: Any
    edit_form: Any

    visible_to: Any = None
    """`access.visible_to(user)`: the room's predicate; every query of this view asks it."""
    has_add_form = True
    has_edit_form = True
    can_edit: Any = None
    """`access.may_edit(item, user)`: the row rule beside the role."""
    can_transition: Any = None
    """`access.may_move(item, user, name)`: the row rule beside the role."""
    explain_refusal: Any = None
    """`access.explain_refusal(item, user)`: why a row rule refuses (403); None: the usual page."""
    shows_transition: Any = None
    """`access.offers_move(item, user, name)`: whether the move's button is of any use to this user."""
    presets: ClassVar[Sequence[Preset]] = ()
    """Lists that have a name of their own: `?show=<name>`."""
    extra_context: Any = None
    """`extras(item, user)`: what the room's own template shows on a record's page beside its facts."""
    save_and_next: tuple[str, Any] | None = None
    """A move that asks, and its second button beside *Save* on the add form: what most often comes next."""
    extra_panels: Sequence[tuple[Any, Callable[[Any, Any], Sequence[tuple[Any, Any]]]]] = ()
    """Titles, and what else a record's page tells this user as (label, value); nothing to tell: no panel.

    Those of rooms above are named in `menu.py`.
    """
    add_submit_label: Any = None
    """What the button of the add form says; None: *Save*."""
    autosave = False
    """Whether the add form is kept for its user as he types."""
    call_rule: Any = None
    """`rule(item, column)` gives a `CallRule`: who may be called, and what to mind; None: everybody may."""
    inline_create_link = False
    """Whether forms that ask for such a record link to adding one."""
    primary_related: str | None = None
    """The room of the section whose *Add* is the main button of a record's page."""
    transitions: ClassVar[tuple[Transition, ...]] = ()
    transition_services: ClassVar[Mapping[str, Callable[..., Any]]] = {}
    transition_fieldsets: ClassVar[Mapping[str, Sequence[tuple[Any, Mapping[str, Any]]]]] = {}
    """Move -> the groups of its form, where it asks for more than fits one glance."""
    extra_fields: ClassVar[Mapping[str, Field]] = {}
    """Fields of forms and moves that are not columns of the record."""
    mobile_columns: Any = None
    """Column -> its place on a phone's card: title, end, fact; the rest is left to the record's page."""
    field_width: ClassVar[Mapping[str, str]] = {}
    quick_search = False
    parent_relations: frozenset[str] = frozenset()
    """Relations to the records on whose pages this room's rows stand; their whole list may be asked for."""
    search_relations: ClassVar[Sequence[str]] = ()
    search_hint: ClassVar[Any] = None
    """What the quick search finds, in words."""
    total_column: ClassVar[tuple[Any, str] | None] = None
    """(label, hybrid column): the sum, in rupiah, of all that a list holds that was counted to its end."""
    filter_options: ClassVar[Mapping[str, Callable[[], Sequence[tuple[str, Any]]]]] = {}
    """Text column -> (code, label) of what its filter offers, where the column is no enum."""
    remote_filters: ClassVar[Sequence[str]] = ()
    """Relations whose filter asks for its options as they are typed, though their table is small."""
    record_buttons: ClassVar[Sequence[Callable[[Any, Any], Any]]] = ()
    """`button(view, item)` or None: what rooms above offer on every record's page; named in `menu.py`."""
    preserved_query_arguments: ClassVar[Sequence[str]] = ()
    """Arguments of the list's address that a search keeps."""
    option_label = "name"
    option_detail: str | None = None
    """The attribute that tells two records of one name apart where one of them is chosen."""
    bulk_actions: ClassVar[Sequence[BulkAction]] = ()
    """What can be done with the ticked rows of the list."""
    preload_options = False
    """A reference table of fewer than a hundred rows: offered whole."""
    empty_hint: ClassVar[Any] = None
    one_time_message: Any = None
    """`tells_once(item)`: a sentence that stands in the answer to the save, and nowhere else; None: none."""
    save_notice: Any = None
    """`save_notice(item)`: a sentence beside *Saved.* on the next page; None: nothing to mind."""
    log_access: bool | None = None
    """Whether looks at these records are lines of the audit; None: if the table has personal columns.

    False also keeps the audit silent about hidden records of this room.
    """

    search_widget = SearchWidget
    list_template = "appbuilder/general/model/list.html"
    # No record is deleted and no list acts on many at once: a step has its own reason, version, reader.
    exclude_route_methods = {"delete", "download", "action", "action_post"}

    def __init__(self, **kwargs: Any) -> None:
        self._check_declarations()
        self.exclude_route_methods = set(type(self).exclude_route_methods)
        if not self.has_add_form:
            self.exclude_route_methods.add("add")
        if not self.has_edit_form:
            self.exclude_route_methods.add("edit")
        # FAB writes into these: each view its own, or two views would share them.
        self.label_columns = dict(self.label_columns or {})
        model = self.datamodel.obj
        self.is_access_logged = holds_personal_data(model) if self.log_access is None else self.log_access
        self.base_filters = [[self.datamodel.get_pk_name(), VisibleFilter, type(self).visible_to]]
        super().__init__(**kwargs)
        self.base_permissions = sorted(
            {*self.base_permissions, *(f"can_{move.name}" for move in self.transitions)}
        )

    def _check_declarations(self) -> None:
        missing = [
            name
            for name in (*REQUIRED_ATTRIBUTES, *REQUIRED_TITLES)
            if getattr(type(self), name, None) in (None, "")
        ]
        for what, wanted in (("show", True), ("add", self.has_add_form), ("edit", self.has_edit_form)):
            declared = getattr(self, f"{what}_columns") or getattr(self, f"{what}_fieldsets")
            if wanted and declared is None:
                missing.append(f"{what}_columns")
        missing += [
            f"label_columns[{name}]"
            for name in sorted(self._collect_column_names())
            if name not in (self.label_columns or {})
        ]
        missing += [
            f"transition_services[{move.name}]"
            for move in self.transitions
            if move.name not in self.transition_services
        ]
        if list((self.mobile_columns or {}).values()).count("title") != 1:
            missing.append("mobile_columns with one title")
        if missing:
            raise TypeError(f"{type(self).__name__} does not declare: {', '.join(missing)}")

    def _collect_column_names(self) -> set[str]:
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
        return names | {name for move in self.transitions for name in move.fields}

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
        self.add_form = self._build_form_class(converter, self.add_columns) if self.has_add_form else None
        self.edit_form = self._build_form_class(converter, self.edit_columns) if self.has_edit_form else None
        self.transition_forms = {
            move.name: self._build_form_class(converter, move.fields, move.required)
            for move in self.transitions
        }

    def _build_form_class(
        self, converter: PortalConverter, names: Sequence[str], required: Sequence[str] = ()
    ) -> Any:
        from app.admin.form_page import build_form_class

        return build_form_class(self, converter, list(names), required)

    def create_blueprint(
        self, appbuilder: Any, endpoint: str | None = None, static_folder: str | None = None
    ) -> Any:
        """FAB's, and from now on this view answers for its model."""
        blueprint = super().create_blueprint(appbuilder, endpoint, static_folder)
        registry.register_view(self)
        return blueprint

    def _register_urls(self) -> None:
        super()._register_urls()
        self.blueprint.add_url_rule("/", "home", self._redirect_to_list, methods=["GET"])
        if self.autosave:
            self.blueprint.add_url_rule("/draft", "draft", self._save_draft, methods=["POST"])
        for move in self.transitions:
            self.blueprint.add_url_rule(
                f"/<int:pk>/{move.name}",
                f"move_{move.name}",
                self._build_transition_route(move),
                methods=["GET", "POST"] if move.fields else ["POST"],
            )

    def _build_transition_route(self, transition: Transition) -> Callable[..., Any]:
        raise NotImplementedError

    def _save_draft(self) -> Any:
        raise NotImplementedError

    def _redirect_to_list(self) -> Response:
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

    def restricted_columns(self, item: Any) -> frozenset[str]:
        """Columns of the record that this user may neither read nor change."""
        restriction = self.datamodel.restriction
        readable = restriction is None or restriction.is_readable(item)
        return frozenset() if readable else restriction.columns

    def option_text(self, item: Any) -> str:
        """The record in one line, as selects and links show it."""
        return str(mask_for(current_user, str(getattr(item, self.option_label))))

    def option_detail_text(self, item: Any) -> str:
        """The record as it is offered to choose."""
        if self.option_detail is None or self.restricted_columns(item):
            return self.option_text(item)
        return str(mask_for(current_user, str(getattr(item, self.option_detail))))

    def visible_items(self, ids: Sequence[int], *conditions: Any) -> list[Any]:
        """Those records of `ids` that the user may see, and that `only` lets through."""
        from sqlalchemy import select

        if not ids:
            return []
        model = self.datamodel.obj
        query = (
            select(model)
            .where(model.id.in_(ids), type(self).visible_to(current_user), *conditions)
            .options(*self.datamodel.loader_options())
        )
        found = {item.id: item for item in self.datamodel.load_flagged(query)}
        return [found[key] for key in dict.fromkeys(ids) if key in found]
