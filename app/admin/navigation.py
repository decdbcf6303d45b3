"""Navigation: the menu and the mobile tab bar, as far as the user has permissions.

Built once per set of roles and language: the permissions of a role are code, and no request changes them.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from typing import Any

from flask import Flask, current_app, render_template, request
from flask_appbuilder.menu import MenuItem
from flask_babel import gettext
from flask_login import current_user
from markupsafe import Markup

from app.admin.permissions import can
from app.core import formats

MAX_CREATE_LINKS = 5


@dataclass(frozen=True, slots=True)
class NavigationRooms:
    """Views that the page frame links beside the menu, by their `room`."""

    tabs: Sequence[str]
    """Views for daily work: the mobile tab bar."""
    create: Sequence[str]
    """Views whose add form is linked on every page, in this order."""


def set_rooms(app: Flask, rooms: NavigationRooms) -> None:
    """Set the rooms of tab bar and create menu."""
    app.extensions["siaga_navigation_rooms"] = rooms


@dataclass(frozen=True, slots=True)
class NavigationLink:
    """Link to one page."""

    label: str
    url: str
    base_url: str
    """Prefix of the paths of all pages that belong to this link."""

    def contains(self, path: str) -> bool:
        """Whether the path begins with `base_url`."""
        return path.startswith(self.base_url)


@dataclass(frozen=True, slots=True)
class NavigationGroup:
    """Entry of the menu; with a single link it is that link."""

    label: str
    links: Sequence[NavigationLink]

    def contains(self, path: str) -> bool:
        """Whether the path belongs to one of the links."""
        return any(link.contains(path) for link in self.links)


@dataclass(frozen=True, slots=True)
class Navigation:
    """All links of the page frame."""

    groups: Sequence[NavigationGroup]
    tabs: Sequence[tuple[str, NavigationLink]]
    """(room, link) of the mobile tab bar."""
    create_links: Sequence[tuple[str, str]]
    """(URL of the add form, label)."""
    html_cache: dict[tuple[str, str], Markup]
    """(template, base URL of the current room) -> rendered HTML."""


def render_navigation_part(template: str) -> Markup:
    """Render a part of the page frame, cached by template and current room.

    The template must depend on nothing else.
    """
    navigation, path, start_url = get_navigation(), request.path, current_app.appbuilder.get_url_for_index  # type: ignore[attr-defined]
    base_urls = [link.base_url for group in navigation.groups for link in group.links if link.contains(path)]
    room_url = start_url if path == start_url else max(base_urls, key=len, default="")
    if (template, room_url) not in navigation.html_cache:
        html = render_template(template, nav=navigation, path=room_url, start_url=start_url)
        navigation.html_cache[template, room_url] = Markup(html)
    return navigation.html_cache[template, room_url]


def get_navigation() -> Navigation:
    """Return the user's navigation, cached by roles and language."""
    cache: dict[Any, Navigation] = current_app.extensions.setdefault("siaga_navigation", {})
    key = (current_user.role_names, formats.get_language())
    if key not in cache:
        cache[key] = _build_navigation()
    return cache[key]


def _build_navigation() -> Navigation:
    """Build the links to the pages that the user may open, in the order of FAB's menu.

    A menu item is shown exactly if the user has the permission of its page: FAB's own `menu_access`
    permissions are not used.
    """
    items: Sequence[MenuItem] = current_app.appbuilder.menu.get_list()  # type: ignore[attr-defined]  # FAB's
    rooms: NavigationRooms = current_app.extensions["siaga_navigation_rooms"]
    shown_children = [(item, list(filter(_is_allowed, item.childs or [item]))) for item in items]
    leaves = [leaf for _item, children in shown_children for leaf in children]
    leaf_by_room = {
        room: leaf
        for leaf in reversed(leaves)
        for room in (*rooms.create, *rooms.tabs)
        if _is_in_room(leaf, room)
    }
    return Navigation(
        [_build_group(item, children) for item, children in shown_children if children],
        [(room, _build_link(leaf_by_room[room])) for room in rooms.tabs if room in leaf_by_room],
        list(_iter_create_links([leaf_by_room[room] for room in rooms.create if room in leaf_by_room]))[
            :MAX_CREATE_LINKS
        ],
        {},
    )


def _is_allowed(item: MenuItem) -> bool:
    view = item.baseview
    permission = view.get_method_permission(view.default_view)
    # A page for everybody checks no permission, so its view has none.
    return f"can_{permission}" not in view.base_permissions or can(view, permission)


def _build_group(item: MenuItem, children: Sequence[MenuItem]) -> NavigationGroup:
    links = [_build_link(child) for child in children]
    if len(links) == 1 and len(item.childs) == 1:
        links = [replace(links[0], label=_translate_label(item))]
    return NavigationGroup(_translate_label(item), links)


def _build_link(item: MenuItem) -> NavigationLink:
    url = item.get_url()
    return NavigationLink(_translate_label(item), url, url.removesuffix("list/"))


def _translate_label(item: MenuItem) -> str:
    return str(gettext(str(item.label)))


def _is_in_room(item: MenuItem, room: str) -> bool:
    return bool(item.get_url().startswith(f"/{room}/"))


def _iter_create_links(items: Sequence[MenuItem]) -> Iterator[tuple[str, str]]:
    for view in (item.baseview for item in items):
        if "can_add" in view.base_permissions and can(view, "add"):
            yield f"{view.route_base}/add", str(view.add_title)
