"""Data types of the sections of the first page."""

from typing import Any, NamedTuple

MAX_SECTION_TASKS = 5
"""Maximum number of tasks in a section; the list page behind its link has the others."""


class SectionLink(NamedTuple):
    """Link with a count as text, to the list page of exactly these records."""

    text: str
    url: str
    late: bool = False


class Task(NamedTuple):
    """Line of a section: a record, its description and its deadline."""

    title: Any
    url: str | None
    description: Any
    when: str = ""
    late: str = ""
    badge: Any = ""
    visit_url: str | None = None
    """URL of the form for a home visit to this client."""


class Section(NamedTuple):
    """List of open tasks of one kind, with its heading and links."""

    name: str
    title: str
    links: list[SectionLink]
    tasks: list[Task]
