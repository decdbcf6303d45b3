"""The demo: invented people and their stories, told through the same verbs that the pages use.

Deterministic: the same day gives the same people, numbers and dates. Nobody in it is real, and no official
named in the press appears as a client.
"""

from app.core.actor import ADMIN, PEKSOS, SUPERVISOR, SYSTEM
from app.core.unit import unit
from app.demo.background import fill_the_years
from app.demo.cast import Cast
from app.demo.everyday import every_other_state
from app.demo.standby import a_month_of_standby
from app.demo.stories import STORIES
from app.security.services import create_user, user_named

ACCOUNTS = {
    "admin": ("Hasanuddin", ADMIN),
    "rina": ("Rina Wulandari", PEKSOS),
    "dodi": ("Dodi Saputra", PEKSOS),
    "sari": ("Sari Melati", PEKSOS),  # on the team of no limited or secret case
    "kabid": ("Kamaruddin Bahar", SUPERVISOR),
}
"""User name -> full name and role."""


def build(password: str) -> None:
    """Open the accounts with this password and tell everything; the database must have no clients."""
    with unit(by=SYSTEM):
        for username, (name, role) in ACCOUNTS.items():
            if user_named(username) is None:  # an administrator may be there from `siaga init`
                data = {"first_name": name, "username": username, "roles": [role], "password": password}
                create_user(data, by=SYSTEM)
    cast = Cast()
    fill_the_years(cast)
    for tell in STORIES:
        tell(cast)
    every_other_state(cast)
    a_month_of_standby(cast)
