"""What a section of the first page is made of."""

from typing import Any, NamedTuple

MAX_SECTION_TASKS = 5
"""Lines of a section; the list behind its count has the others."""


class SectionLink(NamedTuple):
    """A count in words, and the list that shows just these records."""

    text: str
    url: str
    late: bool = False


class Task(NamedTuple):
    """One line: a record, what it is about, and until when."""

    title: Any
    url: str | None
    description: Any
    when: str = ""
    late: str = ""
    badge: Any = ""
    visit_url: str | None = None
    """Where to note a visit to this client's home."""


class Section(NamedTuple):
    """One kind of thing that waits."""

    name: str
    title: str
    links: list[SectionLink]
    tasks: list[Task]
