"""Invented people and their stories, told through the same verbs as everything else."""

from app.core.actor import ADMIN, PEKSOS, SUPERVISOR, SYSTEM
from app.core.unit import unit
from app.security import services as accounts

ACCOUNTS = {
    "admin": ("Administrator", ADMIN),
    "rina": ("Rina Kusuma", PEKSOS),
    "dodi": ("Dodi Pratama", PEKSOS),
    "sari": ("Sari", PEKSOS),  # on nobody's team
    "kabid": ("Kepala Bidang", SUPERVISOR),
}
"""User name: full name and role."""


def build(password: str) -> None:
    """Fill a database that has no client yet; every account gets the password."""
    with unit(by=SYSTEM):
        _hire(password)


def _hire(password: str) -> None:
    for username, (name, role) in ACCOUNTS.items():
        if accounts.user_named(username) is None:
            data = {"first_name": name, "username": username, "roles": [role], "password": password}
            accounts.create_user(data, by=SYSTEM)
