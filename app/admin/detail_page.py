"""The page of one record: facts in order of use, what can be done, related records as sections."""

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
    """One thing that can be done with the record."""

    label: Any
    url: str
    method: str = "get"
    tone: str = "default"
    confirm: Any = None
    hidden: Markup = Markup()
    """Inputs that a pressed button sends: token and version."""


class Section(NamedTuple):
    """Related records of one room."""

    title: Any
    count_text: str
    html: Markup
    add_url: str | None
    add_label: Any
    open: bool


class DetailPage(ListPage):
    """Show pages."""

    @expose("/show/<int:pk>", methods=["GET"])
    @permission_required("show")
    def show(self, pk: int) -> str:
        """The record, as far as this user may see it."""
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
        """The record if this user may see it; 404 says no more than that."""
        known = pk < 10**MAX_INTEGER_DIGITS
        item = self.datamodel.get(pk, self._base_filters) if known else None
        if item is None:
            if known:
                log_hidden_record(self, pk)
            abort(404)
        return item

    def detail_groups(self, item: Any) -> list[tuple[Any, list[tuple[Any, Markup]], bool]]:
        """The groups of (label, value)."""
        withheld = self.restricted_columns(item)
        told = {name: getattr(item, name) for name in self.show_columns if name not in withheld}
        hidden = self.find_hidden_ids([told])
        declared = self.show_fieldsets or [(None, {"fields": self.show_columns})]
        groups = [
            (
                title,
                [
                    (self.label_columns[name], self.detail_value(item, name, told[name], hidden))
                    for name in group["fields"]
                    if name in told
                ],
                bool(group.get("expanded", True)),
            )
            for title, group in declared
        ]
        groups += [
            (title, [(label, render_value(mask_for(current_user, value))) for label, value in rows], True)
            for title, panel in self.extra_panels
            if (rows := panel(item, current_user))
        ]
        return [group for group in groups if group[1]]

    def detail_value(self, item: Any, name: str, value: Any, hidden_ids: Any) -> Markup:
        """One value; numbers that tell who somebody is stay masked for those who only read."""
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
        """The download, and whether the file still says who wrote it."""
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
        """The states that stand in the head: enums that have tones, save what is usual."""
        members = [getattr(item, name, None) for name in self.columns]
        toned = [
            render_badge(one)
            for one in members
            if isinstance(one, enum.Enum) and hasattr(type(one), "tones") and get_tone(one) != "hidden_badge"
        ]
        if getattr(item, "archived_at", None):
            toned.append(Markup('<span class="state">{}</span>').format(_("Archived")))
        return toned

    def buttons(self, item: Any) -> list[Button]:
        """What comes next, the moves that this user may make now, and editing."""
        out = self._list_primary_buttons(item)
        if self.has_edit_form and can(self, "edit") and self.is_editable(item):
            out.append(Button(_("Edit"), url_for(f"{self.endpoint}.edit", pk=item.id)))
        out += [
            self._build_transition_button(move, item)
            for move in self.transitions
            if self.is_transition_available(move, item)
        ]
        return out + [button for make in self.record_buttons if (button := make(self, item)) is not None]

    def _list_primary_buttons(self, item: Any) -> list[Button]:
        """Adding to the section for which the page is mostly opened."""
        view = next((one for one in self._related_views if one.room == self.primary_related), None)
        if view is None or getattr(item, "archived_at", None):
            return []
        url = view.add_url(**{view.datamodel.get_related_fk(self.datamodel.obj): item.id})
        return [Button(view.add_title, url, tone="primary")] if url else []

    def is_transition_available(self, transition: Transition, item: Any) -> bool:
        """Whether role, row and state allow the move."""
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
        """The way back."""
        out: list[tuple[Any, str | None]] = []
        if can(self, "list"):
            out.append((self.list_title, self.last_list_url()))
        if item is not None:
            out.append(
                (
                    self.option_text(item),
                    url_for(f"{self.endpoint}.show", pk=item.id) if title and can(self, "show") else None,
                )
            )
        if title:
            out.append((title, None))
        return out

    def last_list_url(self) -> str:
        """The list as it was left, also when forms were opened since; else the list from its beginning."""
        home = url_for(f"{self.endpoint}.list")
        left = (get_local_path(request.referrer) or "", session.get("list_left", ""))
        return next((one for one in left if one.split("?")[0] == home), home)

    # Sections of related records

    def sections(self, item: Any) -> list[Section]:
        """What belongs to the record in other rooms, as far as the user's role may list it."""
        declared = [view for kind in self.related_views for view in self._related_views if type(view) is kind]
        return [view.section(item, self) for view in declared if can(view, "list")]

    def section(self, parent: Any, parent_view: Any) -> Section:
        """The newest rows of this room that belong to `parent`."""
        relation = self.datamodel.get_related_fk(parent_view.datamodel.obj)
        filters = self.build_filters()
        offered = self.datamodel.filter_converter_class(self.datamodel).convert(relation)
        filters.add_filter(relation, type(offered[0]), [str(parent.id)])
        self.exclude_restricted_rows(filters)
        if hasattr(self.datamodel.obj, "archived_at"):
            filters.add_filter("id", NotArchivedFilter, None)
        ask = ListQuery(self.base_order[0], self.base_order[1], 0, MAX_SECTION_ROWS, filters=filters)
        add = self.add_url(**{relation: parent.id}) if relation in (self.add_columns or ()) else None
        widget = self._build_list_widget(ask, related=True, omitted_column=relation)
        count = widget.template_args["count"]
        if count and not parent_view.is_access_logged:  # else the look at the parent says it
            log_search(self, len(widget.template_args["rows"]), [relation], "section")
        more = self.related_list_url(relation, parent) if count > MAX_SECTION_ROWS else None
        html = Markup(widget(more_url=more))
        return Section(
            self.list_title, widget.template_args["pager"].count_text, html, add, self.add_title, bool(count)
        )

    def related_list_url(self, relation: str, parent: Any) -> str:
        """The whole list of what belongs to the parent."""
        return url_for(f"{self.endpoint}.list", **{f"_flt_0_{relation}": parent.id})

    @expose("/<int:pk>/file/<string:column>", methods=["GET"])
    @permission_required("download")
    def download_file(self, pk: int, column: str) -> Any:
        """The file of a record that this user may see, under a name that says nothing of anybody."""
        known = self.columns.get(column)
        if known is None or not isinstance(known.type, UploadedFile) or column not in self.show_columns:
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
