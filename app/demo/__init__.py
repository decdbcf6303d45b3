"""Demo data: invented people and their cases, created by the same services that the pages use.

Deterministic: the same day gives the same people, numbers and dates. Nobody in it is real, and no official
named in the press appears as a client.
"""

from app.core.actor import ADMIN, PEKSOS, SUPERVISOR, SYSTEM
from app.db.transaction import transaction
from app.demo.background import create_background_cases
from app.demo.cast import DemoContext
from app.demo.everyday import create_remaining_records
from app.demo.standby import create_shifts
from app.demo.stories import STORIES
from app.security.services.users import create_user, find_user

ACCOUNTS = {
    "admin": ("Hasanuddin", ADMIN),
    "rina": ("Rina Wulandari", PEKSOS),
    "dodi": ("Dodi Saputra", PEKSOS),
    "sari": ("Sari Melati", PEKSOS),  # on the team of no limited or secret case
    "kabid": ("Kamaruddin Bahar", SUPERVISOR),
}
"""User name -> full name and role."""


def build(password: str) -> None:
    """Create the accounts with this password, then all demo records; the database must have no clients."""
    with transaction(by=SYSTEM):
        for username, (name, role) in ACCOUNTS.items():
            if find_user(username) is None:  # an administrator may exist from `siaga init`
                data = {"first_name": name, "username": username, "roles": [role], "password": password}
                create_user(data, by=SYSTEM)
    context = DemoContext()
    create_background_cases(context)
    for create_story in STORIES:
        create_story(context)
    create_remaining_records(context)
    create_shifts(context)
