"""Navigation: the menu and the mobile tab bar, as far as the user has permissions.

Built once per set of roles and language: the permissions of a role are code, and no request changes them.
"""

from collections.abc import Iterator, Sequence
from typing import Any, NamedTuple

from flask import current_app, render_template, request
from flask_babel import gettext
from flask_login import current_user
from markupsafe import Markup

from app.core import formats

TAB_ROOMS = ("clients", "cases", "referrals", "partners")
"""`room` of the views for daily work: the mobile tab bar."""
CREATE_ROOMS = ("clients", "incoming-reports", "cases", "services", "follow-ups", "partners", "grants")
"""`room` of the views whose add form is linked on every page, in this order."""
MAX_CREATE_LINKS = 5


class NavigationLink(NamedTuple):
    """Link to one page."""

    label: str
    url: str
    base_url: str
    """Prefix of the paths of all pages that belong to this link."""

    def contains(self, path: str) -> bool:
        """Whether the path begins with `base_url`."""
        return path.startswith(self.base_url)


class NavigationGroup(NamedTuple):
    """Entry of the menu; with a single link it is that link."""

    label: str
    links: Sequence[NavigationLink]

    def contains(self, path: str) -> bool:
        """Whether the path belongs to one of the links."""
        return any(link.contains(path) for link in self.links)


class Navigation(NamedTuple):
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
    menu = [
        (item, [child for child in item.childs or [item] if _is_shown(child)])
        for item in _list_menu_items()
        if _is_shown(item)
    ]
    leaves = [leaf for _item, children in menu for leaf in children]
    leaf_by_room = {
        room: leaf
        for leaf in reversed(leaves)
        for room in CREATE_ROOMS + TAB_ROOMS
        if _is_in_room(leaf, room)
    }
    return Navigation(
        [_build_group(item, children) for item, children in menu if children],
        [(room, _build_link(leaf_by_room[room])) for room in TAB_ROOMS if room in leaf_by_room],
        list(_iter_create_links(leaf_by_room))[:MAX_CREATE_LINKS],
        {},
    )


def _list_menu_items() -> Sequence[Any]:
    items: Sequence[Any] = current_app.appbuilder.menu.get_list()  # type: ignore[attr-defined]  # FAB puts it there
    return items


def _is_shown(item: Any) -> bool:
    security = current_app.appbuilder.sm  # type: ignore[attr-defined]
    is_rendered = item.name != "-" and item.should_render()
    return bool(is_rendered and security.has_access("menu_access", item.name))


def _build_group(item: Any, children: Sequence[Any]) -> NavigationGroup:
    links = [_build_link(child) for child in children]
    if len(links) == 1 and len(item.childs) == 1:
        links = [links[0]._replace(label=_translate_label(item))]
    return NavigationGroup(_translate_label(item), links)


def _build_link(item: Any) -> NavigationLink:
    url = item.get_url()
    return NavigationLink(_translate_label(item), url, url.removesuffix("list/"))


def _translate_label(item: Any) -> str:
    return str(gettext(str(item.label)))


def _is_in_room(item: Any, room: str) -> bool:
    return bool(item.get_url().startswith(f"/{room}/"))


def _iter_create_links(items_by_room: dict[str, Any]) -> Iterator[tuple[str, str]]:
    security = current_app.appbuilder.sm  # type: ignore[attr-defined]
    for view in (items_by_room[room].baseview for room in CREATE_ROOMS if room in items_by_room):
        if "can_add" in view.base_permissions and security.has_access("can_add", view.class_permission_name):
            yield f"{view.route_base}/add", str(view.add_title)
