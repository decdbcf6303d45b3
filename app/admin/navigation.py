"""Where the user may go, in the words of his language: the menu and the phone's bar.

Made once for each set of roles and each language: what a role may open is code, and no request changes it.
"""

from collections.abc import Iterator, Sequence
from typing import Any, NamedTuple

from flask import current_app, render_template, request
from flask_babel import gettext
from flask_login import current_user
from markupsafe import Markup

from app.core import formats

TAB_ROOMS = ("clients", "cases", "referrals", "partners")
"""The rooms of the daily work: the phone's bar."""
CREATE_ROOMS = ("clients", "incoming-reports", "cases", "services", "follow-ups", "partners", "grants")
"""What may be recorded from anywhere, in this order."""
MAX_CREATE_LINKS = 5


class NavigationLink(NamedTuple):
    """One page to go to."""

    label: str
    url: str
    base_url: str
    """Every page below it belongs to it."""

    def contains(self, path: str) -> bool:
        """Whether the page of this path belongs to it."""
        return path.startswith(self.base_url)


class NavigationGroup(NamedTuple):
    """One entry of the menu; with one place it is that place."""

    label: str
    links: Sequence[NavigationLink]

    def contains(self, path: str) -> bool:
        """Whether one of its places does."""
        return any(place.contains(path) for place in self.links)


class Navigation(NamedTuple):
    """All that the frame of a page leads to."""

    groups: Sequence[NavigationGroup]
    tabs: Sequence[tuple[str, NavigationLink]]
    """Room and place."""
    create_links: Sequence[tuple[str, str]]
    """(address of the form, label)."""
    html_cache: dict[tuple[str, str], Markup]
    """Template and root of the room in which the user is -> what it looks like from there."""


def render_navigation_part(template: str) -> Markup:
    """A part of the frame that tells where the user may go and in which room he is, and nothing else."""
    ways, path, start = get_navigation(), request.path, current_app.appbuilder.get_url_for_index  # type: ignore[attr-defined]
    roots = [place.base_url for group in ways.groups for place in group.links if place.contains(path)]
    here = start if path == start else max(roots, key=len, default="")
    if (template, here) not in ways.html_cache:
        page = render_template(template, nav=ways, path=here, start_url=start)
        ways.html_cache[template, here] = Markup(page)
    return ways.html_cache[template, here]


def get_navigation() -> Navigation:
    """The navigation of this user."""
    kept: dict[Any, Navigation] = current_app.extensions.setdefault("siaga_navigation", {})
    key = (current_user.role_names, formats.get_language())
    if key not in kept:
        kept[key] = _build_navigation()
    return kept[key]


def _build_navigation() -> Navigation:
    menu = [
        (item, [one for one in item.childs or [item] if _is_shown(one)])
        for item in _list_menu_items()
        if _is_shown(item)
    ]
    leaves = [leaf for _item, below in menu for leaf in below]
    at_home = {
        room: leaf
        for leaf in reversed(leaves)
        for room in CREATE_ROOMS + TAB_ROOMS
        if _is_in_room(leaf, room)
    }
    return Navigation(
        [_build_group(item, below) for item, below in menu if below],
        [(room, _build_link(at_home[room])) for room in TAB_ROOMS if room in at_home],
        list(_iter_create_links(at_home))[:MAX_CREATE_LINKS],
        {},
    )


def _list_menu_items() -> Sequence[Any]:
    items: Sequence[Any] = current_app.appbuilder.menu.get_list()  # type: ignore[attr-defined]  # FAB puts it there
    return items


def _is_shown(item: Any) -> bool:
    security = current_app.appbuilder.sm  # type: ignore[attr-defined]
    shown = item.name != "-" and item.should_render()
    return bool(shown and security.has_access("menu_access", item.name))


def _build_group(item: Any, children: Sequence[Any]) -> NavigationGroup:
    places = [_build_link(one) for one in children]
    if len(places) == 1 and len(item.childs) == 1:
        places = [places[0]._replace(label=_translate_label(item))]
    return NavigationGroup(_translate_label(item), places)


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
