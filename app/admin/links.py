"""Links to records: the one place that turns a `RecordRef` into a URL of the portal."""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from flask import url_for
from markupsafe import Markup

from app.admin import registry
from app.core.records import AddFormRef, RecordLink, RecordRef


@dataclass(frozen=True, slots=True)
class Link:
    """Link in a page."""

    url: str
    text: Any


def build_url(ref: RecordRef | AddFormRef) -> str:
    """Return the URL of the page or form; raise `LookupError` if no view shows such records."""
    view = registry.find_view(ref.model)
    if view is None:
        raise LookupError(f"{ref.model.__name__} has no view")
    if isinstance(ref, AddFormRef):
        return url_for(f"{view.endpoint}.add", **ref.values)
    is_transition = any(transition.name == ref.page for transition in view.transitions)
    return url_for(f"{view.endpoint}.{'move_' if is_transition else ''}{ref.page}", pk=ref.id)


def build_link(link: RecordLink | None) -> Link | None:
    """Return the link for a template; None for no link."""
    return None if link is None else Link(build_url(link.ref), link.text)


def render_links(links: Iterable[RecordLink]) -> Markup:
    """Render the links in one line."""
    return Markup(", ").join(
        Markup('<a href="{}">{}</a>').format(build_url(link.ref), link.text) for link in links
    )
