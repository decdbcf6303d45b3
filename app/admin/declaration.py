"""DeclaredView: what a model view must declare before it is registered."""

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
    """Read-only action on the ticked rows of a list page."""

    label: Any
    endpoint: str
    """Endpoint of a GET route; it receives one `id` argument per ticked row."""
    query_argument: tuple[str, str] = ("", "")
    """(name, value) of an extra argument that the button sends."""


class SearchWidget(RenderTemplateWidget):
    """Quick search and filters; it gets ready-made controls instead of FAB's filters object."""

    template = "appbuilder/general/widgets/search.html"


class DeclaredView(ModelView):
    """Model view that raises TypeError at start-up if a declaration is missing."""

    label_columns: Any
    search_columns: Any
    base_permissions: Any
    add_form: Any
    edit_form: Any

    visible_to: Any = None
    """`visible_to(user)`: predicate of the rows the user may see; every query of this view applies it."""
    has_add_form = True
    has_edit_form = True
    can_edit: Any = None
    """`can_edit(item, user)`: row rule, checked in addition to the permission; None: no row rule."""
    can_transition: Any = None
    """`can_transition(item, user, name)`: row rule, checked in addition to the permission."""
    explain_refusal: Any = None
    """`explain_refusal(item, user)`: message when a row rule refuses (403); None: the standard page."""
    shows_transition: Any = None
    """`shows_transition(item, user, name)`: whether the transition's button is useful to this user."""
    presets: ClassVar[Sequence[Preset]] = ()
    """Named lists, opened with `?show=<name>`."""
    extra_context: Any = None
    """`extra_context(item, user)`: variables for the view's own detail template, beside the columns."""
    save_and_next: tuple[str, Any] | None = None
    """(transition name, label) of a second button on the add form: save, then open the transition's form."""
    extra_panels: Sequence[tuple[Any, Callable[[Any, Any], Sequence[tuple[Any, Any]]]]] = ()
    """(title, function) of extra panels on the detail page; no panel if the function returns nothing.

    The function takes (item, user) and returns (label, value) pairs. `registration.py` sets the panels that
    packages of a higher layer provide.
    """
    add_submit_label: Any = None
    """Label of the add form's submit button; None: *Save*."""
    autosave = False
    """Whether the add form is saved as a draft of its user during typing."""
    call_rule: Any = None
    """`call_rule(item, column)` returns a `CallRule`: whether to offer a call, and a note; None: always."""
    inline_create_link = False
    """Whether forms that select such a record link to its add form."""
    primary_related: str | None = None
    """`room` of the related view whose *Add* is the primary button of the detail page."""
    transitions: ClassVar[tuple[Transition, ...]] = ()
    transition_services: ClassVar[Mapping[str, Callable[..., Any]]] = {}
    transition_fieldsets: ClassVar[Mapping[str, Sequence[tuple[Any, Mapping[str, Any]]]]] = {}
    """Transition name -> fieldsets of its form, if the form has too many fields for one group."""
    extra_fields: ClassVar[Mapping[str, Field]] = {}
    """Fields of forms and transitions that are not columns of the model."""
    mobile_columns: Any = None
    """Column -> slot on the mobile card: title, end, fact. Others are shown on the detail page only."""
    field_width: ClassVar[Mapping[str, str]] = {}
    quick_search = False
    parent_relations: frozenset[str] = frozenset()
    """Relations to records whose detail pages list these rows; the list page may be filtered by them."""
    search_relations: ClassVar[Sequence[str]] = ()
    search_hint: ClassVar[Any] = None
    """What the quick search finds, in words."""
    total_column: ClassVar[tuple[Any, str] | None] = None
    """(label, hybrid column): sum in rupiah over all rows of a list, shown only if its count is exact."""
    filter_options: ClassVar[Mapping[str, Callable[[], Sequence[tuple[str, Any]]]]] = {}
    """Text column -> function that returns the (code, label) options of its filter, if it is no enum."""
    remote_filters: ClassVar[Sequence[str]] = ()
    """Relations whose filter loads its options during typing, although the table is small."""
    record_buttons: ClassVar[Sequence[Callable[[Any, Any], Any]]] = ()
    """`button(view, item)` or None: buttons of higher layers on all detail pages; see `registration.py`."""
    preserved_query_arguments: ClassVar[Sequence[str]] = ()
    """Query arguments of the list page that a search keeps."""
    option_label = "name"
    option_detail: str | None = None
    """Attribute that tells records of the same name apart in a select."""
    bulk_actions: ClassVar[Sequence[BulkAction]] = ()
    """Actions on the ticked rows of the list page."""
    preload_options = False
    """For reference tables of fewer than a hundred rows: selects contain all options."""
    empty_hint: ClassVar[Any] = None
    one_time_message: Any = None
    """`one_time_message(item)`: text shown only in the response to the save; None: no such text."""
    save_notice: Any = None
    """`save_notice(item)`: warning beside *Saved.* on the next page; None: no warning."""
    log_access: bool | None = None
    """Whether the audit book records who looks at these records; None: if the table has personal columns.

    False also suppresses the audit entries about hidden records of this view.
    """

    search_widget = SearchWidget
    list_template = "appbuilder/general/model/list.html"
    # No delete and no bulk change: each step needs its own reason, version and reader.
    exclude_route_methods = {"delete", "download", "action", "action_post"}

    def __init__(self, **kwargs: Any) -> None:
        self._check_declarations()
        self.exclude_route_methods = set(type(self).exclude_route_methods)
        if not self.has_add_form:
            self.exclude_route_methods.add("add")
        if not self.has_edit_form:
            self.exclude_route_methods.add("edit")
        # FAB modifies these: copy them per view, or two views would share them.
        self.label_columns = dict(self.label_columns or {})
        model = self.datamodel.obj
        self.is_access_logged = holds_personal_data(model) if self.log_access is None else self.log_access
        self.base_filters = [[self.datamodel.get_pk_name(), VisibleFilter, type(self).visible_to]]
        super().__init__(**kwargs)
        self.base_permissions = sorted(
            {*self.base_permissions, *(f"can_{transition.name}" for transition in self.transitions)}
        )

    def _check_declarations(self) -> None:
        missing = [
            name
            for name in (*REQUIRED_ATTRIBUTES, *REQUIRED_TITLES)
            if getattr(type(self), name, None) in (None, "")
        ]
        for page, is_required in (("show", True), ("add", self.has_add_form), ("edit", self.has_edit_form)):
            declared_columns = getattr(self, f"{page}_columns") or getattr(self, f"{page}_fieldsets")
            if is_required and declared_columns is None:
                missing.append(f"{page}_columns")
        missing += [
            f"label_columns[{name}]"
            for name in sorted(self._collect_column_names())
            if name not in (self.label_columns or {})
        ]
        missing += [
            f"transition_services[{transition.name}]"
            for transition in self.transitions
            if transition.name not in self.transition_services
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
        for page in ("show", "add", "edit"):
            names |= set(getattr(self, f"{page}_columns") or ())
            for _title, group in getattr(self, f"{page}_fieldsets") or ():
                names |= set(group["fields"])
        names -= {"id"}
        return names | {name for transition in self.transitions for name in transition.fields}

    def _init_properties(self) -> None:
        # FAB fills an empty list with all columns; here an empty list means none.
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
            transition.name: self._build_form_class(converter, transition.fields, transition.required)
            for transition in self.transitions
        }

    def _build_form_class(
        self, converter: PortalConverter, names: Sequence[str], required: Sequence[str] = ()
    ) -> Any:
        from app.admin.form_page import build_form_class

        return build_form_class(self, converter, list(names), required)

    def create_blueprint(
        self, appbuilder: Any, endpoint: str | None = None, static_folder: str | None = None
    ) -> Any:
        """Return FAB's blueprint, and register this view for its model."""
        blueprint = super().create_blueprint(appbuilder, endpoint, static_folder)
        registry.register_view(self)
        return blueprint

    def _register_urls(self) -> None:
        super()._register_urls()
        self.blueprint.add_url_rule("/", "home", self._redirect_to_list, methods=["GET"])
        if self.autosave:
            self.blueprint.add_url_rule("/draft", "draft", self._save_draft, methods=["POST"])
        for transition in self.transitions:
            self.blueprint.add_url_rule(
                f"/<int:pk>/{transition.name}",
                f"move_{transition.name}",
                self._build_transition_route(transition),
                methods=["GET", "POST"] if transition.fields else ["POST"],
            )

    def _build_transition_route(self, transition: Transition) -> Callable[..., Any]:
        raise NotImplementedError

    def _save_draft(self) -> Any:
        raise NotImplementedError

    def _redirect_to_list(self) -> Response:
        return redirect(url_for(f"{self.endpoint}.list"))

    @property
    def room(self) -> str:
        """Route without its slash: identifies this view in option and search requests."""
        return str(self.route_base).strip("/")

    @property
    def columns(self) -> dict[str, Any]:
        """Columns of the model by name; their types decide how values are rendered."""
        columns: dict[str, Any] = self.datamodel.list_columns
        return columns

    def restricted_columns(self, item: Any) -> frozenset[str]:
        """Return the columns of the record that this user may neither read nor change."""
        restriction = self.datamodel.restriction
        readable = restriction is None or restriction.is_readable(item)
        return frozenset() if readable else restriction.columns

    def option_text(self, item: Any) -> str:
        """Return the record as one line for selects and links; numbers the user may not read are masked."""
        return str(mask_for(current_user, str(getattr(item, self.option_label))))

    def option_detail_text(self, item: Any) -> str:
        """Return the record as an option of a select; `option_text` if it has restricted columns."""
        if self.option_detail is None or self.restricted_columns(item):
            return self.option_text(item)
        return str(mask_for(current_user, str(getattr(item, self.option_detail))))

    def visible_items(self, ids: Sequence[int], *conditions: Any) -> list[Any]:
        """Load the records of `ids` that the user may see and that meet `conditions`, in this order."""
        from sqlalchemy import select

        if not ids:
            return []
        model = self.datamodel.obj
        query = (
            select(model)
            .where(model.id.in_(ids), type(self).visible_to(current_user), *conditions)
            .options(*self.datamodel.loader_options())
        )
        items_by_id = {item.id: item for item in self.datamodel.load_flagged(query)}
        return [items_by_id[key] for key in dict.fromkeys(ids) if key in items_by_id]
