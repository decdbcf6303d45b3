"""What a section of the first page is made of."""

from typing import Any, NamedTuple

FIRST = 5
"""Lines of a section; the list behind its count has the others."""


class Link(NamedTuple):
    """A count in words, and the list that shows just these records."""

    text: str
    url: str
    late: bool = False


class Task(NamedTuple):
    """One line: a record, what it is about, and until when."""

    title: Any
    url: str | None
    line: Any
    when: str = ""
    late: str = ""
    badge: Any = ""
    visit: str | None = None
    """Where to note a visit to this client's home."""


class Section(NamedTuple):
    """One kind of thing that waits."""

    name: str
    title: str
    links: list[Link]
    tasks: list[Task]
