"""What an administrator changes about an account, as the page of users sends it."""

from app.core.actor import SYSTEM
from app.core.unit import unit
from app.security import services
from app.security.choices import AccountChange
from tests.support.client import PortalClient
from tests.support.portal import person

STATUS = dict.fromkeys(AccountChange, 302) | {AccountChange.password_reset: 200}
"""A temporary password is shown on the answer itself."""


def change_account(admin: PortalClient, username: str, change: AccountChange) -> None:
    """Make this change of a peksos's account over HTTP."""
    user = person(username)
    if change is AccountChange.activated:
        with unit(by=SYSTEM):  # past the service, which would tell of it
            user.active = False
    if change is AccountChange.roles_changed:
        edit_account(admin, username, ["Peksos", "Supervisor"])
        return
    move = {"deactivated": "deactivate", "activated": "activate"}.get(change.name, "reset_password")
    answer = admin.post(f"/users/{user.id}/{move}", data={"version": person(username).version})
    assert answer.status_code == STATUS[change]


def edit_account(admin: PortalClient, username: str, roles: list[str], name: str | None = None) -> None:
    """Save the form of a user."""
    user = person(username)
    data = {"first_name": name or user.first_name, "roles": roles, "version": user.version}
    assert admin.post(f"/users/edit/{user.id}", data=data).status_code == 302
    assert services.user_named(username).role_names == set(roles)
