"""Where the user may go, in the words of his language: the menu and the phone's bar.

Made once for each set of roles and each language: what a role may open is code, and no request changes it.
"""

from collections.abc import Iterator, Sequence
from typing import Any, NamedTuple

from flask import current_app, render_template, request
from flask_babel import gettext
from flask_login import current_user
from markupsafe import Markup

from app.core import display

TABS = ("clients", "cases", "referrals", "partners")
"""The rooms of the daily work: the phone's bar."""
RECORDED = ("clients", "incoming-reports", "cases", "services", "follow-ups", "partners", "grants")
"""What may be recorded from anywhere, in this order."""
MOST_RECORDED = 5


class Place(NamedTuple):
    """One page to go to."""

    label: str
    url: str
    root: str
    """Every page below it belongs to it."""

    def holds(self, path: str) -> bool:
        """Whether the page of this path belongs to it."""
        return path.startswith(self.root)


class Group(NamedTuple):
    """One entry of the menu; with one place it is that place."""

    label: str
    places: Sequence[Place]

    def holds(self, path: str) -> bool:
        """Whether one of its places does."""
        return any(place.holds(path) for place in self.places)


class Navigation(NamedTuple):
    """All that the frame of a page leads to."""

    groups: Sequence[Group]
    tabs: Sequence[tuple[str, Place]]
    """Room and place."""
    recorded: Sequence[tuple[str, str]]
    """(address of the form, label)."""
    drawn: dict[tuple[str, str], Markup]
    """Template and root of the room in which the user is -> what it looks like from there."""


def drawn(template: str) -> Markup:
    """A part of the frame that tells where the user may go and in which room he is, and nothing else."""
    ways, path, start = navigation(), request.path, current_app.appbuilder.get_url_for_index  # type: ignore[attr-defined]
    roots = [place.root for group in ways.groups for place in group.places if place.holds(path)]
    here = start if path == start else max(roots, key=len, default="")
    if (template, here) not in ways.drawn:
        page = render_template(template, ways=ways, path=here, start=start)
        ways.drawn[template, here] = Markup(page)  # noqa: S704  our own template
    return ways.drawn[template, here]


def navigation() -> Navigation:
    """The navigation of this user."""
    kept: dict[Any, Navigation] = current_app.extensions.setdefault("siaga_navigation", {})
    key = (current_user.role_names, display.spoken())
    if key not in kept:
        kept[key] = _made()
    return kept[key]


def _made() -> Navigation:
    menu = [(item, [one for one in item.childs or [item] if _open(one)]) for item in _menu() if _open(item)]
    leaves = [leaf for _item, below in menu for leaf in below]
    at_home = {room: leaf for leaf in reversed(leaves) for room in RECORDED + TABS if _is_in(leaf, room)}
    return Navigation(
        [_group(item, below) for item, below in menu if below],
        [(room, _place(at_home[room])) for room in TABS if room in at_home],
        list(_forms(at_home))[:MOST_RECORDED],
        {},
    )


def _menu() -> Sequence[Any]:
    items: Sequence[Any] = current_app.appbuilder.menu.get_list()  # type: ignore[attr-defined]  # FAB puts it there
    return items


def _open(item: Any) -> bool:
    security = current_app.appbuilder.sm  # type: ignore[attr-defined]
    shown = item.name != "-" and item.should_render()
    return bool(shown and security.has_access("menu_access", item.name))


def _group(item: Any, below: Sequence[Any]) -> Group:
    places = [_place(one) for one in below]
    if len(places) == 1 and len(item.childs) == 1:
        places = [places[0]._replace(label=_words(item))]
    return Group(_words(item), places)


def _place(item: Any) -> Place:
    url = item.get_url()
    return Place(_words(item), url, url.removesuffix("list/"))


def _words(item: Any) -> str:
    return str(gettext(str(item.label)))


def _is_in(item: Any, room: str) -> bool:
    return bool(item.get_url().startswith(f"/{room}/"))


def _forms(at_home: dict[str, Any]) -> Iterator[tuple[str, str]]:
    security = current_app.appbuilder.sm  # type: ignore[attr-defined]
    for view in (at_home[room].baseview for room in RECORDED if room in at_home):
        if "can_add" in view.base_permissions and security.has_access("can_add", view.class_permission_name):
            yield f"{view.route_base}/add", str(view.add_title)
