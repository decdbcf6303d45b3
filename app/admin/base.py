"""PortalView: the base class of all model views (README, *How a view is declared*)."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any, ClassVar, Generic, NoReturn, TypeVar

from flask import abort, redirect, url_for
from flask_appbuilder import BaseView, IndexView, ModelView, expose
from flask_appbuilder.widgets import ListWidget, RenderTemplateWidget
from flask_login import current_user
from markupsafe import Markup
from werkzeug.wrappers import Response
from wtforms import Field

from app.admin import registry
from app.admin.access_log import holds_personal_data, log_denied_record, log_hidden_record
from app.admin.declaration import BulkAction, Document, check_declarations, collect_column_names
from app.admin.detail_page import Button, Crumb, DetailPage
from app.admin.draft_forms import DraftForms
from app.admin.filters import Preset, VisibleFilter
from app.admin.form_page import FormPage, Page
from app.admin.forms import PortalForm, build_form_class
from app.admin.labels import fill_labels
from app.admin.list_page import ListPage, ListQuery
from app.admin.options import RecordOptions
from app.admin.permissions import check_permission, permission_required
from app.admin.rows import HiddenIds, RowRenderer
from app.admin.transition_page import TransitionPage
from app.core.actor import Actor
from app.core.errors import Forbidden
from app.core.transitions import Transition
from app.db.masking import mask_for
from app.db.policy import Policy
from app.db.types import MAX_INTEGER_DIGITS

__all__ = ["BaseView", "IndexView", "ListWidget", "ModelT", "PortalView", "expose"]
# What rooms need of FAB is imported from here; no room imports FAB itself.

ModelT = TypeVar("ModelT")


class SearchWidget(RenderTemplateWidget):
    """Quick search and filters; it gets ready-made controls instead of FAB's filters object."""

    template = "appbuilder/general/widgets/search.html"


class PortalView(ModelView, Generic[ModelT]):
    """Model view of FAB whose pages, forms and transitions are declared by the attributes below.

    It raises TypeError at start-up if a declaration is missing. The pages themselves are built by the
    helpers that `__init__` composes.
    """

    # Declarations: which records, and who may what with them

    policy: ClassVar[type[Policy[Any]]]
    """Row rules of the model: every query of this view applies `visible_to`, and the others are checked in
    addition to the permission."""
    log_access: bool | None = None
    """Whether the audit book records who looks at these records; None: if the table has personal columns.

    False also suppresses the audit entries about hidden records of this view.
    """
    label_columns: Any
    base_permissions: Any

    # Declarations for the list page and its search

    mobile_columns: Any = None
    """Column -> slot on the mobile card: title, end, fact. Others are shown on the detail page only."""
    search_columns: Any
    presets: ClassVar[Sequence[Preset]] = ()
    """Named lists, opened with `?show=<name>`."""
    quick_search = False
    search_relations: ClassVar[Sequence[str]] = ()
    search_hint: ClassVar[Any] = None
    """What the quick search finds, in words."""
    total_column: ClassVar[tuple[Any, str] | None] = None
    """(label, hybrid column): sum in rupiah over all rows of a list, shown only if its count is exact."""
    filter_options: ClassVar[Mapping[str, Callable[[], Sequence[tuple[str, Any]]]]] = {}
    """Text column -> function that returns the (code, label) options of its filter, if it is no enum."""
    remote_filters: ClassVar[Sequence[str]] = ()
    """Relations whose filter loads its options during typing, although the table is small."""
    parent_relations: frozenset[str] = frozenset()
    """Relations to records whose detail pages list these rows; the list page may be filtered by them."""
    preserved_query_arguments: ClassVar[Sequence[str]] = ()
    """Query arguments of the list page that a search keeps."""
    bulk_actions: ClassVar[Sequence[BulkAction]] = ()
    """Actions on the ticked rows of the list page."""
    empty_hint: ClassVar[Any] = None
    search_widget = SearchWidget
    list_template = "appbuilder/general/model/list.html"

    # Declarations for the detail page

    extra_context: Any = None
    """`extra_context(item, user)`: variables for the view's own detail template, beside the columns."""
    extra_panels: Sequence[tuple[Any, Callable[[Any, Any], Sequence[tuple[Any, Any]]]]] = ()
    """(title, function) of extra panels on the detail page; no panel if the function returns nothing.

    The function takes (item, user) and returns (label, value) pairs. `registration.py` sets the panels that
    packages of a higher layer provide.
    """
    documents: ClassVar[Mapping[str, Document]] = {}
    """Endpoint -> file built from one record."""
    primary_related: str | None = None
    """`room` of the related view whose *Add* is the primary button of the detail page."""
    record_buttons: ClassVar[Sequence[Callable[[Any, Any], Any]]] = ()
    """`button(view, item)` or None: buttons of higher layers on all detail pages; see `registration.py`."""
    call_rule: Any = None
    """`call_rule(item, column)` returns a `CallRule`: whether to offer a call, and a note; None: always."""

    # Declarations for the forms

    has_add_form = True
    has_edit_form = True
    add_service: Callable[..., Any] | None = None
    """`add_service(data, by=user)` returns the new record; None: the plain `db.records.create`."""
    edit_service: Callable[..., Any] | None = None
    """`edit_service(item, data, by=user)`; None: the plain `db.records.update`."""
    extra_fields: ClassVar[Mapping[str, Field]] = {}
    """Fields of forms and transitions that are not columns of the model."""
    field_width: ClassVar[Mapping[str, str]] = {}
    add_submit_label: Any = None
    """Label of the add form's submit button; None: *Save*."""
    save_and_next: tuple[str, Any] | None = None
    """(transition name, label) of a second button on the add form: save, then open the transition's form."""
    autosave = False
    """Whether the add form is saved as a draft of its user during typing."""
    draft_relation: str | None = None
    """Relation of the form: a user has one draft for each record selected there; None: one in all."""
    one_time_message: Any = None
    """`one_time_message(item)`: text shown only in the response to the save; None: no such text."""
    save_notice: Any = None
    """`save_notice(item)`: warning beside *Saved.* on the next page; None: no warning."""
    add_form: Any
    edit_form: Any

    # Declarations for the transitions

    transitions: ClassVar[tuple[Transition, ...]] = ()
    transition_services: ClassVar[Mapping[str, Callable[..., Any]]] = {}
    """Transition name -> `service(item, by=user, **fields)`."""
    transition_fieldsets: ClassVar[Mapping[str, Sequence[tuple[Any, Mapping[str, Any]]]]] = {}
    """Transition name -> fieldsets of its form, if the form has too many fields for one group."""

    # Declarations for the selects of other forms

    option_label = "name"
    option_detail: str | None = None
    """Attribute that tells records of the same name apart in a select."""
    preload_options = False
    """For reference tables of fewer than a hundred rows: selects contain all options."""
    inline_create_link = False
    """Whether forms that select such a record link to its add form."""

    # No delete and no bulk change: each step needs its own reason, version and reader.
    exclude_route_methods = {"delete", "download", "action", "action_post"}

    # Set-up

    def __init__(self, **kwargs: Any) -> None:
        fill_labels(self, collect_column_names(self))
        check_declarations(self)
        self.exclude_route_methods = set(type(self).exclude_route_methods)
        if not self.has_add_form:
            self.exclude_route_methods.add("add")
        if not self.has_edit_form:
            self.exclude_route_methods.add("edit")
        model = self.datamodel.obj
        self.is_access_logged = holds_personal_data(model) if self.log_access is None else self.log_access
        self.base_filters = [[self.datamodel.get_pk_name(), VisibleFilter, self.policy.visible_to]]
        self.row_renderer = RowRenderer(self)
        self.options = RecordOptions(self)
        self.list_page = ListPage(self, self.row_renderer)
        self.detail_page = DetailPage(self, self.row_renderer)
        self.draft_forms = DraftForms(self)
        self.form_page = FormPage(self, self.draft_forms)
        self.transition_page = TransitionPage(self, self.form_page, self.detail_page)
        super().__init__(**kwargs)
        transition_permissions = {f"can_{transition.name}" for transition in self.transitions}
        self.base_permissions = sorted({*self.base_permissions, *transition_permissions})

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
        # FAB's forms would load whole tables; its form of filters is not used.
        self.search_form = None
        self.add_form = build_form_class(self, self.add_columns) if self.has_add_form else None
        self.edit_form = build_form_class(self, self.edit_columns) if self.has_edit_form else None
        self.transition_forms = {
            transition.name: build_form_class(self, transition.fields, transition.required)
            for transition in self.transitions
        }

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
        for endpoint, document in self.documents.items():
            self.blueprint.add_url_rule(
                f"/<int:pk>/{document.path}", endpoint, self._build_document_route(document), methods=["GET"]
            )
        for transition in self.transitions:
            self.blueprint.add_url_rule(
                f"/<int:pk>/{transition.name}",
                f"move_{transition.name}",
                self._build_transition_route(transition),
                methods=["GET", "POST"] if transition.fields else ["POST"],
            )

    # Routes

    @expose("/list/")
    @permission_required("list")
    def list(self) -> str:
        """Show one page of the rows that the user may see."""
        return self.list_page.render()

    @expose("/show/<int:pk>", methods=["GET"])
    @permission_required("show")
    def show(self, pk: int) -> str:
        """Show one record."""
        return self.detail_page.render(pk)

    @expose("/<int:pk>/file/<string:column>", methods=["GET"])
    @permission_required("download")
    def download_file(self, pk: int, column: str) -> Response:
        """Send the file of one column of a record."""
        return self.detail_page.send_file(pk, column)

    @expose("/add", methods=["GET", "POST"])
    @permission_required("add")
    def add(self) -> Page:
        """Show the add form, or save a new record."""
        return self.form_page.add()

    @expose("/edit/<int:pk>", methods=["GET", "POST"])
    @permission_required("edit")
    def edit(self, pk: int) -> Page:
        """Show the edit form, or save the record."""
        return self.form_page.edit(pk)

    def _build_document_route(self, document: Document) -> Callable[[int], Response]:
        def route(pk: int) -> Response:
            check_permission(self, "download")
            return self.detail_page.send_document(document, pk)

        return route

    def _build_transition_route(self, transition: Transition) -> Callable[[int], Page]:
        def route(pk: int) -> Page:
            check_permission(self, transition.name)
            return self.transition_page.handle(transition, pk)

        route.__name__ = f"move_{transition.name}"
        return route

    def _save_draft(self) -> Any:
        check_permission(self, "add")
        return self.draft_forms.save()

    def _redirect_to_list(self) -> Response:
        return redirect(url_for(f"{self.endpoint}.list"))

    # Hooks: a view overrides them where a declaration does not suffice

    def parse_list_query(self) -> ListQuery:
        """Hook: parse the query string of the list page, and add conditions to its filters."""
        return self.list_page.parse_query()

    def prepare_rows(self, items: Sequence[ModelT]) -> None:
        """Hook: load what the cells of these rows need, in few statements."""

    def prepare_detail(self, item: ModelT) -> None:
        """Hook: load what the values of the detail page need."""

    def render_cell(
        self, item: ModelT, name: str, value: Any, hidden_ids: HiddenIds, *, mask: bool = True
    ) -> Markup:
        """Hook: render one value of a list; default: by the type of its column."""
        return self.row_renderer.render_cell(item, name, value, hidden_ids, mask=mask)

    def render_detail_value(self, item: ModelT, name: str, value: Any, hidden_ids: HiddenIds) -> Markup:
        """Hook: render one value of the detail page; default: by the type of its column."""
        return self.detail_page.render_value(item, name, value, hidden_ids)

    def buttons(self, item: ModelT) -> Sequence[Button]:
        """Hook: return the buttons of the detail page that the user may use now."""
        return self.detail_page.build_buttons(item)

    def check_form(self, form: PortalForm) -> None:
        """Hook: raise PortalError to refuse a new record before its transaction; own writes are kept."""

    def transition_prefill(self, transition: Transition, item: ModelT) -> Mapping[str, Any]:
        """Hook: return the initial values of the transition's form."""
        return transition.prefill(item) if transition.prefill else {}

    def can_open_file(self, _item: ModelT, _column: str) -> bool:
        """Hook: whether the user, who may see the record, may also open this file of it."""
        return True

    def option_text(self, item: ModelT) -> str:
        """Hook: return the record as one line for selects, links and titles.

        Numbers the user may not read are masked.
        """
        return str(mask_for(current_user, str(getattr(item, self.option_label))))

    # For other views, templates and helpers

    @property
    def room(self) -> str:
        """Route without its slash: identifies this view in option and search requests."""
        return str(self.route_base).strip("/")

    @property
    def columns(self) -> dict[str, Any]:
        """Columns of the model by name; their types decide how values are rendered."""
        columns: dict[str, Any] = self.datamodel.list_columns
        return columns

    def build_filters(self) -> Any:
        """Return new filters for this request: FAB shares one object per view between all threads."""
        return self.datamodel.get_filters(self.search_columns)

    def get_or_404(self, pk: int) -> ModelT:
        """Return the record if the user may see it; a hidden and a missing record answer the same 404."""
        is_valid_id = pk < 10**MAX_INTEGER_DIGITS
        item: ModelT | None = self.datamodel.get(pk, self._base_filters) if is_valid_id else None
        if item is None:
            if is_valid_id:
                log_hidden_record(self, pk)
            abort(404)
        return item

    def deny_record(self, item: Any, page: str) -> NoReturn:
        """Log the denial and answer 403; raise Forbidden if the policy gives a message."""
        log_denied_record(self, item.id, page)
        explanation = self.policy.explain_refusal(item, current_user)
        if explanation is None:
            abort(403)
        raise Forbidden(explanation)

    def is_editable(self, item: ModelT) -> bool:
        """Whether the row rule lets this user edit the record; the permission is checked elsewhere."""
        return self.policy.can_edit(item, current_user)

    def restricted_columns(self, item: ModelT) -> frozenset[str]:
        """Return the columns of the record that this user may neither read nor change."""
        restriction = self.datamodel.restriction
        readable = restriction is None or restriction.is_readable(item)
        return frozenset() if readable else restriction.columns

    def option_detail_text(self, item: ModelT) -> str:
        """Return the record as an option of a select; `option_text` if it has restricted columns."""
        if self.option_detail is None or self.restricted_columns(item):
            return self.option_text(item)
        return str(mask_for(current_user, str(getattr(item, self.option_detail))))

    def visible_items(self, ids: Sequence[int], *conditions: Any) -> Sequence[ModelT]:
        """Load the records of `ids` that the user may see and that meet `conditions`, in this order."""
        return self.options.load_visible(ids, *conditions)

    def visible_ids(self, ids: set[int]) -> set[int]:
        """Return those of `ids` that the user may see."""
        return self.options.find_visible_ids(ids)

    def has_hidden_records(self, user: Actor) -> bool:
        """Whether this view may have records that the user may not see."""
        return self.options.has_hidden_records(user)

    def add_url(self, **prefill: Any) -> str | None:
        """Return the URL of the add form with `prefill` as its query string; None if the user may not add."""
        return self.list_page.add_url(**prefill)

    def list_url(self, **changes: Any) -> str:
        """Return the URL of this list with some query arguments changed; None removes one."""
        return self.list_page.url(**changes)

    def crumbs(self, item: Any = None, title: Any = None) -> Sequence[Crumb]:
        """Return the breadcrumbs: the list, the record, and `title` if the page has one of its own."""
        return self.detail_page.build_crumbs(item, title)
