"""Closing blockers: an extension point by which other packages report unfinished items of a case."""

from collections.abc import Callable, Iterable
from typing import Any

from app.core.records import RecordLink
from app.core.registry import Registry

closing_checks = Registry[Callable[[Any], Iterable[RecordLink]]](
    "what keeps a case from being closed", required=True
)
"""Extension point: each function returns links to the unfinished items of its package in the case.

Their texts are translated phrases without anybody's name.
"""


def list_closing_blockers(case: Any) -> list[RecordLink]:
    """Return links to everything that is still open in the case, from all packages."""
    return [blocker for check in closing_checks for blocker in check(case)]
