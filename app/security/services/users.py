"""The verbs of the administrator about users, and of everybody about himself."""

import re
from collections.abc import Iterable, Mapping
from datetime import timedelta
from typing import Any

from flask_babel import gettext as _
from sqlalchemy import select

from app.core.actor import ADMIN, Actor
from app.core.clock import machine_now
from app.core.errors import Conflict, PortalError
from app.extensions import db
from app.security import signals
from app.security.enums import AccountChange, RoleName
from app.security.models import PortalUser, Role
from app.security.rules import passwords
from app.security.rules.roles import ROLES
from app.security.services.lockout import WRONG_PRESENT_PASSWORD_MESSAGE, reset_failures
from app.security.services.sessions import end_sessions
from app.security.transitions import USER_TRANSITIONS

TEMPORARY_PASSWORD_LIFETIME = timedelta(hours=72)
"""How long a temporary password opens the account."""
USERNAME_PATTERN = re.compile(r"[a-z0-9][a-z0-9._-]{2,63}")


def ensure_roles() -> dict[str, Role]:
    """Make the rows of the roles where they are missing; what a role may do is code."""
    roles = {role.name: role for role in db.session.scalars(select(Role).where(Role.name.in_(ROLES)))}
    for name in ROLES:
        if name not in roles:
            roles[name] = Role(name=name)
            db.session.add(roles[name])
    db.session.flush()
    return roles


def find_user(username: str) -> PortalUser | None:
    """Find the user of that log-in name, however it is capitalised."""
    name = username.strip().lower()
    if not USERNAME_PATTERN.fullmatch(name):  # nobody is so named, and the database would choke on some of it
        return None
    found: PortalUser | None = db.session.scalar(select(PortalUser).where(PortalUser.username == name))
    return found


def create_user(data: Mapping[str, Any], *, by: Actor) -> PortalUser:
    """Open an account: `first_name` (the whole name), `username`, `roles` (choices or their names).

    Without `password` a temporary one is made, to be changed at the first log-in within 72 hours (`expires`
    false: whenever that is); it stands in `temporary_password` of the answer, and nowhere else.
    """
    username = _require_free_username(data["username"])
    user = PortalUser(username=username, email=f"{username}@siaga.invalid", last_name="", active=True)
    user.first_name = _require_name(data["first_name"])
    user.roles = _resolve_roles(data["roles"])
    password = data.get("password")
    if password is None:
        _set_temporary_password(user, expires=data.get("expires", True))
    else:
        passwords.validate_password(password, username, "password")
        user.password = passwords.hash_password(password)
    db.session.add(user)
    db.session.flush()
    return user


def update_user(user: PortalUser, data: Mapping[str, Any], *, by: Actor) -> PortalUser:
    """Change the name or the roles; one administrator always remains."""
    roles = _resolve_roles(data["roles"])
    before = user.role_names
    if ADMIN in user.role_names and ADMIN not in {role.name for role in roles}:
        _require_other_administrator(user, "roles")
    user.first_name = _require_name(data["first_name"])
    user.roles = roles
    if user.role_names == before:
        return _save_new_version(user)
    return _save_and_notify(user, AccountChange.roles_changed, by)


def deactivate(user: PortalUser, *, by: Actor) -> PortalUser:
    """Close the account and end its sessions; the person's name stays in the books."""
    _check_transition(user, "deactivate")
    if user.actor_id == by.actor_id:
        raise PortalError(_("You cannot deactivate your own account."))
    if ADMIN in user.role_names:
        _require_other_administrator(user)
    user.active = False
    end_sessions(user.actor_id)
    return _save_and_notify(user, AccountChange.deactivated, by)


def activate(user: PortalUser, *, by: Actor) -> PortalUser:
    """Open a closed account again, with the password that it had."""
    _check_transition(user, "activate")
    user.active = True
    reset_failures(user)
    return _save_and_notify(user, AccountChange.activated, by)


def unlock(user: PortalUser, *, by: Actor) -> PortalUser:
    """Let somebody try again who gave too many wrong passwords."""
    _check_transition(user, "unlock")
    reset_failures(user)
    return _save_new_version(user)


def reset_password(user: PortalUser, *, by: Actor) -> PortalUser:
    """Give a temporary password (`temporary_password` of the answer), unlock, end all sessions."""
    _check_transition(user, "reset_password")
    _set_temporary_password(user)
    end_sessions(user.actor_id)
    reset_failures(user)
    return _save_and_notify(user, AccountChange.password_reset, by)


def change_own_password(
    user: PortalUser, old_password: str, new_password: str, *, by: Actor, session_id: int | None = None
) -> PortalUser:
    """Change one's own password; every session of this user but `session_id` ends."""
    if not passwords.is_correct_password(user.password, old_password):
        raise PortalError(WRONG_PRESENT_PASSWORD_MESSAGE, "old_password")
    if old_password == new_password:
        raise PortalError(_("Choose a password that differs from the present one."), "new_password")
    passwords.validate_password(new_password, user.username)
    user.password = passwords.hash_password(new_password)
    user.must_change_password, user.temporary_until = False, None
    end_sessions(user.actor_id, except_id=session_id)
    return _save_new_version(user)


def update_profile(user: PortalUser, data: Mapping[str, Any], *, by: Actor) -> PortalUser:
    """Change one's own name."""
    user.first_name = _require_name(data["first_name"])
    return _save_new_version(user)


def set_language(user: PortalUser, language: str, *, by: Actor) -> PortalUser:
    """Remember the language that the user reads."""
    user.language = language
    db.session.flush()
    return user


def _save_new_version(user: PortalUser) -> PortalUser:
    seen = user.version
    with db.session.no_autoflush:
        newest = select(PortalUser.version).where(PortalUser.id == user.id).with_for_update(key_share=True)
        if db.session.scalar(newest) != seen:
            raise Conflict(_("Somebody else changed this account meanwhile."))
    user.version = seen + 1
    db.session.flush()
    return user


def _save_and_notify(user: PortalUser, change: AccountChange, by: Actor) -> PortalUser:
    """Save the user; tell the rooms above, which notify the user and write the books of secret cases."""
    _save_new_version(user)
    signals.account_changed.send(user, change=change, by=by)
    return user


def _check_transition(user: PortalUser, transition_name: str) -> None:
    next(row for row in USER_TRANSITIONS if row.name == transition_name).check_allowed(user)


def _require_name(text: str | None) -> str:
    name = " ".join((text or "").split())
    if not name:
        raise PortalError(_("Give the person's full name."), "first_name")
    return name


def _require_free_username(text: str | None) -> str:
    username = (text or "").strip().lower()
    if not USERNAME_PATTERN.fullmatch(username):
        raise PortalError(
            _("A user name has at least 3 characters: letters without accents, digits, dot, hyphen."),
            "username",
        )
    if find_user(username):
        raise PortalError(_("This user name is already taken."), "username")
    return username


def _resolve_roles(chosen: Iterable[RoleName | str]) -> list[Role]:
    wanted = {role.name if isinstance(role, RoleName) else role for role in chosen}
    if not wanted or not wanted <= set(ROLES):
        raise PortalError(_("Choose at least one role."), "roles")
    return [role for name, role in ensure_roles().items() if name in wanted]


def _require_other_administrator(user: PortalUser, field: str | None = None) -> None:
    # Two administrators might dismiss each other at the same moment: first the lock, then the count, for a
    # statement that waited for the lock still sees the roles as they were before.
    db.session.execute(select(Role.id).where(Role.name == ADMIN).with_for_update(key_share=True))
    administrators = select(PortalUser.id).where(
        PortalUser.active.is_(True), PortalUser.roles.any(Role.name == ADMIN)
    )
    if set(db.session.scalars(administrators)) <= {user.id}:
        raise PortalError(_("This is the only active administrator; appoint another one first."), field)


def _set_temporary_password(user: PortalUser, *, expires: bool = True) -> None:
    user.temporary_password = passwords.generate_temporary_password()
    user.password = passwords.hash_password(user.temporary_password)
    user.must_change_password = True
    user.temporary_until = machine_now() + TEMPORARY_PASSWORD_LIFETIME if expires else None
