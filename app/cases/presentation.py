"""Panel on a client's page that says whom to ask, in place of the details that a limited case hides."""

from collections.abc import Sequence
from typing import Any

from flask_babel import gettext as _

from app.cases.queries import list_restricting_cases
from app.clients.models.client import Client
from app.core.actor import Actor


def build_limited_case_panel(client: Client, user: Actor) -> Sequence[tuple[Any, Any]]:
    """Return whom to ask about the client's limited cases; empty if the user reads the details."""
    cases = list_restricting_cases(client, user)
    if not cases:
        return []
    people = [[case.worker] if case.worker is not None else case.team for case in cases]
    names = dict.fromkeys(person.full_name for members in people for person in members)
    return [
        (
            _("Known to the office"),
            _("The team of a limited case reads contact, address, family and consents."),
        ),
        (_("Whom to ask"), ", ".join(names) or _("the administrator")),
    ]
