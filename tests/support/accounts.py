"""Account changes that an administrator makes on the users page, sent over HTTP."""

from app.core.actor import SYSTEM
from app.db.transaction import transaction
from app.security.enums import AccountChange
from app.security.models import PortalUser
from app.security.rules.roles import ROLE_PERMISSIONS
from app.security.services import users
from tests.support.client import PortalClient
from tests.support.portal import get_user

CHANGE_STATUS = dict.fromkeys(AccountChange, 302) | {AccountChange.password_reset: 200}
"""Expected response status. A password reset answers 200: the page itself shows the temporary password."""


def is_permitted(user: PortalUser, permission: str, view: str) -> bool:
    """Return whether `ROLE_PERMISSIONS` gives one of the user's roles this permission on the view."""
    return any((view, permission) in ROLE_PERMISSIONS[role] for role in user.role_names)


def change_account(client: PortalClient, username: str, change: AccountChange) -> None:
    """Apply the change to the account over HTTP and assert the expected status."""
    user = get_user(username)
    if change is AccountChange.activated:
        with transaction(by=SYSTEM):  # not through the service, which would send a notice
            user.active = False
    if change is AccountChange.roles_changed:
        edit_account(client, username, ["Peksos", "Supervisor"])
        return
    transition = {"deactivated": "deactivate", "activated": "activate"}.get(change.name, "reset_password")
    response = client.post(f"/users/{user.id}/{transition}", data={"version": get_user(username).version})
    assert response.status_code == CHANGE_STATUS[change]


def edit_account(client: PortalClient, username: str, roles: list[str], name: str | None = None) -> None:
    """Submit the edit form of the user and assert that the roles were saved."""
    user = get_user(username)
    data = {"first_name": name or user.first_name, "roles": roles, "version": user.version}
    assert client.post(f"/users/edit/{user.id}", data=data).status_code == 302
    assert users.find_user(username).role_names == set(roles)
