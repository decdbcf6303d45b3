"""DetailPage: one record with its values, buttons and sections of related records."""

from __future__ import annotations

import enum
from typing import Any, NamedTuple

from flask import abort, request, send_file, session, url_for
from flask_appbuilder import expose
from flask_babel import gettext as _
from flask_login import current_user
from flask_wtf.csrf import generate_csrf
from markupsafe import Markup

from app.admin import phone_links, registry
from app.admin.access_log import log_hidden_record, log_search, log_view
from app.admin.filters import NotArchivedFilter
from app.admin.list_page import ListPage, ListQuery
from app.admin.permissions import can, get_local_path, permission_required
from app.admin.values import get_tone, render_badge, render_prose, render_value
from app.core import files, formats
from app.core.phones import CALL_ALLOWED
from app.core.signals import record_accessed
from app.core.transitions import Transition
from app.db.masking import can_read_numbers, mask_for
from app.db.types import MAX_INTEGER_DIGITS, Phone, Prose, UploadedFile

MAX_SECTION_ROWS = 10


class Button(NamedTuple):
    """Button of a detail page."""

    label: Any
    url: str
    method: str = "get"
    tone: str = "default"
    confirm: Any = None
    hidden: Markup = Markup()
    """Hidden inputs that a POST button sends: CSRF token and version."""


class Section(NamedTuple):
    """Related records of one view on a detail page."""

    title: Any
    count_text: str
    html: Markup
    add_url: str | None
    add_label: Any
    open: bool


class DetailPage(ListPage):
    """Detail page, its sections, and downloads of stored files."""

    @expose("/show/<int:pk>", methods=["GET"])
    @permission_required("show")
    def show(self, pk: int) -> str:
        """Render the parts of the record that this user may see, and log the view."""
        item = self.get_or_404(pk)
        page = self.render_template(
            self.show_template,
            pk=pk,
            title=self.show_title,
            heading=self.option_text(item),
            badges=self.badges(item),
            buttons=self.buttons(item),
            crumbs=self.crumbs(item),
            widgets={"show": self.show_widget(groups=self.detail_groups(item), view=self, item=item)},
            sections=self.sections(item),
            view=self,
            item=item,
            **(type(self).extra_context(item, current_user) if type(self).extra_context else {}),
        )
        log_view(self, pk, "show")
        return str(page)

    def get_or_404(self, pk: int) -> Any:
        """Return the record if the user may see it; a hidden and a missing record answer the same 404."""
        is_valid_id = pk < 10**MAX_INTEGER_DIGITS
        item = self.datamodel.get(pk, self._base_filters) if is_valid_id else None
        if item is None:
            if is_valid_id:
                log_hidden_record(self, pk)
            abort(404)
        return item

    def detail_groups(self, item: Any) -> list[tuple[Any, list[tuple[Any, Markup]], bool]]:
        """Return (title, [(label, value)], is open) of each group and extra panel that is not empty."""
        restricted = self.restricted_columns(item)
        row_values = {name: getattr(item, name) for name in self.show_columns if name not in restricted}
        hidden_ids = self.find_hidden_ids([row_values])
        fieldsets = self.show_fieldsets or [(None, {"fields": self.show_columns})]
        groups = [
            (
                title,
                [
                    (self.label_columns[name], self.detail_value(item, name, row_values[name], hidden_ids))
                    for name in group["fields"]
                    if name in row_values
                ],
                bool(group.get("expanded", True)),
            )
            for title, group in fieldsets
        ]
        groups += [
            (title, [(label, render_value(mask_for(current_user, value))) for label, value in rows], True)
            for title, panel in self.extra_panels
            if (rows := panel(item, current_user))
        ]
        return [group for group in groups if group[1]]

    def detail_value(self, item: Any, name: str, value: Any, hidden_ids: Any) -> Markup:
        """Render one value; identifying numbers stay masked for users who may only read."""
        column = self.columns.get(name)
        if column is not None and isinstance(column.type, UploadedFile) and value:
            return self._render_file_link(item, name, value)
        if column is not None and isinstance(column.type, Prose) and value:
            return render_prose(mask_for(current_user, value, column))
        if registry.is_record(value):
            return self._render_record_link(value, hidden_ids)
        if column is not None and isinstance(column.type, Phone) and value and can_read_numbers(current_user):
            rule = type(self).call_rule
            return phone_links.render_phone_links(
                value, rule(item, name) if rule is not None else CALL_ALLOWED
            )
        return self.cell(item, name, value, hidden_ids, mask=False)

    def _render_file_link(self, item: Any, name: str, key: str) -> Markup:
        """Render the download link, with a note if the file still names its author."""
        if not can(self, "download"):
            return Markup(formats.EMPTY_VALUE)
        url = url_for(f"{self.endpoint}.download_file", pk=item.id, column=name)
        link = Markup('<a href="{}">{}</a>').format(url, _("Download"))
        if not files.has_own_metadata(key):
            return link
        note = _("Kept as it was sent, also with the name of its author.")
        return link + Markup(' <span class="hint">{}</span>').format(note)

    def _render_record_link(self, value: Any, hidden_ids: Any) -> Markup:
        view, text = registry.find_view(type(value)), self._render_related_text(value, hidden_ids)
        if view is None or (view.datamodel.obj, value.id) in hidden_ids or not can(view, "show"):
            return text
        return Markup('<a href="{}">{}</a>').format(url_for(f"{view.endpoint}.show", pk=value.id), text)

    def badges(self, item: Any) -> list[Markup]:
        """Return the badges of the page head: enums that have tones, except `hidden_badge`."""
        members = [getattr(item, name, None) for name in self.columns]
        badges = [
            render_badge(member)
            for member in members
            if isinstance(member, enum.Enum)
            and hasattr(type(member), "tones")
            and get_tone(member) != "hidden_badge"
        ]
        if getattr(item, "archived_at", None):
            badges.append(Markup('<span class="state">{}</span>').format(_("Archived")))
        return badges

    def buttons(self, item: Any) -> list[Button]:
        """Return the primary button, *Edit*, the transitions available now, and `record_buttons`."""
        buttons = self._list_primary_buttons(item)
        if self.has_edit_form and can(self, "edit") and self.is_editable(item):
            buttons.append(Button(_("Edit"), url_for(f"{self.endpoint}.edit", pk=item.id)))
        buttons += [
            self._build_transition_button(transition, item)
            for transition in self.transitions
            if self.is_transition_available(transition, item)
        ]
        return buttons + [
            button for build_button in self.record_buttons if (button := build_button(self, item)) is not None
        ]

    def _list_primary_buttons(self, item: Any) -> list[Button]:
        """Return the *Add* button of the section named by `primary_related`."""
        view = next(
            (candidate for candidate in self._related_views if candidate.room == self.primary_related), None
        )
        if view is None or getattr(item, "archived_at", None):
            return []
        url = view.add_url(**{view.datamodel.get_related_fk(self.datamodel.obj): item.id})
        return [Button(view.add_title, url, tone="primary")] if url else []

    def is_transition_available(self, transition: Transition, item: Any) -> bool:
        """Whether permission, row rules and state allow the transition."""
        rules = (type(self).can_transition, type(self).shows_transition)
        return (
            transition.is_allowed(item)
            and can(self, transition.name)
            and all(rule is None or rule(item, current_user, transition.name) for rule in rules)
        )

    def _build_transition_button(self, transition: Transition, item: Any) -> Button:
        url = url_for(f"{self.endpoint}.move_{transition.name}", pk=item.id)
        if transition.fields:
            return Button(transition.label, url, tone=transition.tone)
        hidden = Markup(
            '<input type="hidden" name="csrf_token" value="{}">'
            '<input type="hidden" name="version" value="{}">'
        )
        return Button(
            transition.label,
            url,
            "post",
            transition.tone,
            transition.confirm,
            hidden.format(generate_csrf(), item.version),
        )

    def crumbs(self, item: Any = None, title: Any = None) -> list[tuple[Any, str | None]]:
        """Return the breadcrumbs as (text, URL or None)."""
        crumbs: list[tuple[Any, str | None]] = []
        if can(self, "list"):
            crumbs.append((self.list_title, self.last_list_url()))
        if item is not None:
            crumbs.append(
                (
                    self.option_text(item),
                    url_for(f"{self.endpoint}.show", pk=item.id) if title and can(self, "show") else None,
                )
            )
        if title:
            crumbs.append((title, None))
        return crumbs

    def last_list_url(self) -> str:
        """Return the list as the user left it, also if forms were opened since; else the plain list."""
        plain_url = url_for(f"{self.endpoint}.list")
        candidates = (get_local_path(request.referrer) or "", session.get("list_left", ""))
        return next(
            (candidate for candidate in candidates if candidate.split("?")[0] == plain_url), plain_url
        )

    # Sections of related records

    def sections(self, item: Any) -> list[Section]:
        """Return the sections of `related_views` that the user may list, in declared order."""
        declared_views = [
            view for kind in self.related_views for view in self._related_views if type(view) is kind
        ]
        return [view.section(item, self) for view in declared_views if can(view, "list")]

    def section(self, parent: Any, parent_view: Any) -> Section:
        """Return the first rows of this view, in its `base_order`, that belong to `parent`."""
        relation = self.datamodel.get_related_fk(parent_view.datamodel.obj)
        filters = self.build_filters()
        relation_filters = self.datamodel.filter_converter_class(self.datamodel).convert(relation)
        filters.add_filter(relation, type(relation_filters[0]), [str(parent.id)])
        self.exclude_restricted_rows(filters)
        if hasattr(self.datamodel.obj, "archived_at"):
            filters.add_filter("id", NotArchivedFilter, None)
        list_query = ListQuery(self.base_order[0], self.base_order[1], 0, MAX_SECTION_ROWS, filters=filters)
        add_url = self.add_url(**{relation: parent.id}) if relation in (self.add_columns or ()) else None
        widget = self._build_list_widget(list_query, related=True, omitted_column=relation)
        count = widget.template_args["count"]
        if count and not parent_view.is_access_logged:  # else the logged view of the parent implies it
            log_search(self, len(widget.template_args["rows"]), [relation], "section")
        more_url = self.related_list_url(relation, parent) if count > MAX_SECTION_ROWS else None
        html = Markup(widget(more_url=more_url))
        return Section(
            self.list_title,
            widget.template_args["pager"].count_text,
            html,
            add_url,
            self.add_title,
            bool(count),
        )

    def related_list_url(self, relation: str, parent: Any) -> str:
        """Return the URL of the full list of the records that belong to `parent`."""
        return url_for(f"{self.endpoint}.list", **{f"_flt_0_{relation}": parent.id})

    @expose("/<int:pk>/file/<string:column>", methods=["GET"])
    @permission_required("download")
    def download_file(self, pk: int, column: str) -> Any:
        """Send a file of a visible record and log it; the download name contains no personal data."""
        file_column = self.columns.get(column)
        if (
            file_column is None
            or not isinstance(file_column.type, UploadedFile)
            or column not in self.show_columns
        ):
            abort(404)
        item = self.get_or_404(pk)
        key = getattr(item, column)
        if not key or not files.get_path(key).exists():
            abort(404)
        table = self.datamodel.obj.__tablename__
        record_accessed.send(self, action="export", entity=table, entity_id=pk)
        return send_file(
            files.get_path(key),
            files.get_media_type(key),
            as_attachment=True,
            download_name=f"{table}-{pk}.{key.rpartition('.')[2]}",
        )
