"""DetailPage: one record with its values, buttons and sections of related records."""

from __future__ import annotations

import enum
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from flask import abort, request, send_file, session, url_for
from flask_babel import gettext as _
from flask_login import current_user
from flask_wtf.csrf import generate_csrf
from markupsafe import Markup
from werkzeug.wrappers import Response

from app.admin import phone_links, registry
from app.admin.access_log import log_denied_record, log_view
from app.admin.declaration import Document
from app.admin.list_page import Section
from app.admin.permissions import can, get_local_path
from app.admin.registry import View
from app.admin.rows import HiddenIds, RowRenderer
from app.admin.values import get_tone, render_badge, render_prose, render_value
from app.core import files, formats
from app.core.phones import CALL_ALLOWED
from app.core.signals import record_accessed
from app.core.transitions import Transition
from app.db.masking import can_read_numbers, mask_for
from app.db.types import Phone, Prose, UploadedFile

DOCUMENT_MEDIA_TYPES = {
    "pdf": "application/pdf",
    "xlsx": "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
}


@dataclass(frozen=True, slots=True)
class Button:
    """Button of a detail page."""

    label: Any
    url: str
    method: str = "get"
    tone: str = "default"
    confirm: Any = None
    hidden: Markup | None = None
    """Hidden inputs that a POST button sends: CSRF token and version."""


@dataclass(frozen=True, slots=True)
class Crumb:
    """Breadcrumb; the page itself has no URL."""

    label: Any
    url: str | None = None


@dataclass(frozen=True, slots=True)
class DetailValue:
    """Label and rendered value of one column."""

    label: Any
    html: Markup


@dataclass(frozen=True, slots=True)
class DetailGroup:
    """Titled group of values."""

    title: Any
    values: Sequence[DetailValue]
    is_open: bool = True


class DetailPage:
    """Detail page of one view, its sections, and downloads of stored files."""

    def __init__(self, view: View, row_renderer: RowRenderer) -> None:
        self.view, self.row_renderer = view, row_renderer

    def render(self, pk: int) -> str:
        """Render the parts of the record that this user may see, and log the view."""
        view = self.view
        item = view.get_or_404(pk)
        groups = self.build_groups(item)
        extra_context = type(view).extra_context
        page = view.render_template(
            view.show_template,
            pk=pk,
            title=view.show_title,
            heading=view.option_text(item),
            badges=self.build_badges(item),
            buttons=view.buttons(item),
            crumbs=self.build_crumbs(item),
            widgets={"show": view.show_widget(groups=groups, view=view, item=item)},
            sections=self.build_sections(item),
            view=view,
            item=item,
            **(extra_context(item, current_user) if extra_context else {}),
        )
        log_view(view, pk, "show")
        return str(page)

    def build_groups(self, item: Any) -> list[DetailGroup]:
        """Return the groups of columns and the extra panels that are not empty."""
        view = self.view
        view.prepare_detail(item)
        restricted = view.restricted_columns(item)
        row_values = {name: getattr(item, name) for name in view.show_columns if name not in restricted}
        hidden_ids = self.row_renderer.find_hidden_ids([row_values])
        fieldsets = view.show_fieldsets or [(None, {"fields": view.show_columns})]
        groups = [
            DetailGroup(
                title,
                [
                    DetailValue(
                        view.label_columns[name],
                        view.render_detail_value(item, name, row_values[name], hidden_ids),
                    )
                    for name in group["fields"]
                    if name in row_values
                ],
                bool(group.get("expanded", True)),
            )
            for title, group in fieldsets
        ]
        return [group for group in (*groups, *self._iter_extra_panels(item)) if group.values]

    def _iter_extra_panels(self, item: Any) -> Iterator[DetailGroup]:
        for title, build_panel in self.view.extra_panels:
            yield DetailGroup(
                title,
                [
                    DetailValue(label, render_value(mask_for(current_user, value)))
                    for label, value in build_panel(item, current_user)
                ],
            )

    def render_value(self, item: Any, name: str, value: Any, hidden_ids: HiddenIds) -> Markup:
        """Render one value; identifying numbers stay masked for users who may only read."""
        view, column = self.view, self.view.columns.get(name)
        if registry.is_record(value):
            return self._render_record_link(value, hidden_ids)
        if column is not None and value and isinstance(column.type, UploadedFile):
            return self._render_file_link(item, name, value)
        if column is not None and value and isinstance(column.type, Prose):
            return render_prose(mask_for(current_user, value, column))
        if column is not None and value and isinstance(column.type, Phone) and can_read_numbers(current_user):
            rule = type(view).call_rule
            call_rule = rule(item, name) if rule is not None else CALL_ALLOWED
            return phone_links.render_phone_links(value, call_rule)
        html: Markup = view.render_cell(item, name, value, hidden_ids, mask=False)
        return html

    def _render_file_link(self, item: Any, name: str, key: str) -> Markup:
        """Render the download link, with a note if the file still names its author."""
        view = self.view
        if not can(view, "download"):
            return Markup(formats.EMPTY_VALUE)
        url = url_for(f"{view.endpoint}.download_file", pk=item.id, column=name)
        link = Markup('<a href="{}">{}</a>').format(url, _("Download"))
        if not files.has_own_metadata(key):
            return link
        note = _("Kept as it was sent, also with the name of its author.")
        return link + Markup(' <span class="hint">{}</span>').format(note)

    def _render_record_link(self, value: Any, hidden_ids: HiddenIds) -> Markup:
        view = registry.find_view(type(value))
        text = self.row_renderer.render_related_text(value, hidden_ids)
        if view is None or (view.datamodel.obj, value.id) in hidden_ids or not can(view, "show"):
            return text
        return Markup('<a href="{}">{}</a>').format(url_for(f"{view.endpoint}.show", pk=value.id), text)

    def build_badges(self, item: Any) -> list[Markup]:
        """Return the badges of the page head: enums that have tones, except `hidden_badge`."""
        members = [getattr(item, name, None) for name in self.view.columns]
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

    # Buttons

    def build_buttons(self, item: Any) -> list[Button]:
        """Return the primary button, *Edit*, the transitions available now, and `record_buttons`."""
        view = self.view
        buttons = self._list_primary_buttons(item)
        if view.has_edit_form and can(view, "edit") and view.is_editable(item):
            buttons.append(Button(_("Edit"), url_for(f"{view.endpoint}.edit", pk=item.id)))
        buttons += [
            self._build_transition_button(transition, item)
            for transition in view.transitions
            if self._is_transition_available(transition, item)
        ]
        return buttons + [
            button for build_button in view.record_buttons if (button := build_button(view, item)) is not None
        ]

    def _list_primary_buttons(self, item: Any) -> list[Button]:
        """Return the *Add* button of the section named by `primary_related`."""
        view = self.view
        related = next((other for other in view._related_views if other.room == view.primary_related), None)
        if related is None or getattr(item, "archived_at", None):
            return []
        url = related.add_url(**{related.datamodel.get_related_fk(view.datamodel.obj): item.id})
        return [Button(related.add_title, url, tone="primary")] if url else []

    def _is_transition_available(self, transition: Transition, item: Any) -> bool:
        """Whether permission, row rules and state allow the transition."""
        view = self.view
        return (
            transition.is_allowed(item)
            and can(view, transition.name)
            and view.policy.can_transition(item, current_user, transition.name)
            and view.policy.shows_transition(item, current_user, transition.name)
        )

    def _build_transition_button(self, transition: Transition, item: Any) -> Button:
        url = url_for(f"{self.view.endpoint}.move_{transition.name}", pk=item.id)
        if transition.fields:
            return Button(transition.label, url, tone=transition.tone)
        hidden = Markup(
            '<input type="hidden" name="csrf_token" value="{}">'
            '<input type="hidden" name="version" value="{}">'
        ).format(generate_csrf(), item.version)
        return Button(transition.label, url, "post", transition.tone, transition.confirm, hidden)

    # Breadcrumbs and sections

    def build_crumbs(self, item: Any = None, title: Any = None) -> list[Crumb]:
        """Return the breadcrumbs: the list, the record, and `title` if the page has one of its own."""
        view = self.view
        crumbs = [Crumb(view.list_title, self.get_last_list_url())] if can(view, "list") else []
        if item is not None:
            has_link = title and can(view, "show")
            url = url_for(f"{view.endpoint}.show", pk=item.id) if has_link else None
            crumbs.append(Crumb(view.option_text(item), url))
        return [*crumbs, Crumb(title)] if title else crumbs

    def get_last_list_url(self) -> str:
        """Return the list as the user left it, also if forms were opened since; else the plain list."""
        plain_url = url_for(f"{self.view.endpoint}.list")
        candidates = (get_local_path(request.referrer) or "", session.get("list_left", ""))
        return next((url for url in candidates if url.split("?")[0] == plain_url), plain_url)

    def build_sections(self, item: Any) -> list[Section]:
        """Return the sections of `related_views` that the user may list, in declared order."""
        view = self.view
        declared_views = [
            related for kind in view.related_views for related in view._related_views if type(related) is kind
        ]
        listable_views = [related for related in declared_views if can(related, "list")]
        return [related.list_page.build_section(item, view) for related in listable_views]

    # Files

    def send_document(self, document: Document, pk: int) -> Response:
        """Build a document of a visible record, log it and send it."""
        view = self.view
        content = document.build(view.get_or_404(pk), current_user)
        if content is None:
            abort(404)
        table, suffix = view.datamodel.obj.__tablename__, document.path.rpartition(".")[2]
        record_accessed.send(view, action=document.action, entity=table, entity_id=pk)
        response = Response(content, mimetype=DOCUMENT_MEDIA_TYPES[suffix])
        response.headers["Content-Disposition"] = f'attachment; filename="{document.name}-{pk}.{suffix}"'
        return response

    def send_file(self, pk: int, name: str) -> Response:
        """Send a file of a visible record and log it; the download name contains no personal data."""
        view, column = self.view, self.view.columns.get(name)
        if column is None or not isinstance(column.type, UploadedFile) or name not in view.show_columns:
            abort(404)
        item = view.get_or_404(pk)
        if not view.can_open_file(item, name):
            log_denied_record(view, pk, "download_file")
            abort(404)
        key = getattr(item, name)
        if not key or not files.get_path(key).exists():
            abort(404)
        table = view.datamodel.obj.__tablename__
        record_accessed.send(view, action="export", entity=table, entity_id=pk)
        return send_file(
            files.get_path(key),
            files.get_media_type(key),
            as_attachment=True,
            download_name=f"{table}-{pk}.{key.rpartition('.')[2]}",
        )
