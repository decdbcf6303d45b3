"""Services of users: those of administrators, and those of users for their own account."""

import re
from collections.abc import Iterable, Mapping
from datetime import timedelta
from typing import Any

from flask_babel import gettext as _
from sqlalchemy import select

from app.core.actor import ADMIN, PEKSOS, Actor, has_role
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
"""How long a temporary password is valid."""
USERNAME_PATTERN = re.compile(r"[a-z0-9][a-z0-9._-]{2,63}")


def ensure_roles() -> dict[str, Role]:
    """Create missing rows of roles; the permissions of a role are defined in code."""
    roles = {role.name: role for role in db.session.scalars(select(Role).where(Role.name.in_(ROLES)))}
    for name in ROLES:
        if name not in roles:
            roles[name] = Role(name=name)
            db.session.add(roles[name])
    db.session.flush()
    return roles


def find_user(username: str) -> PortalUser | None:
    """Return the user of this log-in name, in any capitalisation, or None."""
    name = username.strip().lower()
    # No user has such a name, and the database could fail on some of its characters.
    if not USERNAME_PATTERN.fullmatch(name):
        return None
    user: PortalUser | None = db.session.scalar(select(PortalUser).where(PortalUser.username == name))
    return user


def create_user(data: Mapping[str, Any], *, by: Actor) -> PortalUser:
    """Create an account from `first_name` (the whole name), `username` and `roles` (members or their names).

    Without `password` a temporary one is generated, to be changed at the first log-in within 72 hours (with
    `expires` false: at any time). It is returned in `temporary_password`, and stored nowhere.
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
    old_role_names = user.role_names
    if ADMIN in user.role_names and ADMIN not in {role.name for role in roles}:
        _require_other_administrator(user, "roles")
    user.first_name = _require_name(data["first_name"])
    user.roles = roles
    if user.role_names == old_role_names:
        return _save_new_version(user)
    return _save_and_notify(user, AccountChange.roles_changed, by)


def deactivate(user: PortalUser, *, by: Actor) -> PortalUser:
    """Close the account and end its sessions; the name stays in case events and audit entries."""
    _check_transition(user, "deactivate")
    if user.actor_id == by.actor_id:
        raise PortalError(_("You cannot deactivate your own account."))
    if ADMIN in user.role_names:
        _require_other_administrator(user)
    user.active = False
    end_sessions(user.actor_id)
    return _save_and_notify(user, AccountChange.deactivated, by)


def activate(user: PortalUser, *, by: Actor) -> PortalUser:
    """Reopen a closed account, with the password that it had."""
    _check_transition(user, "activate")
    user.active = True
    reset_failures(user)
    return _save_and_notify(user, AccountChange.activated, by)


def unlock(user: PortalUser, *, by: Actor) -> PortalUser:
    """Let a user try again who has to wait after wrong passwords."""
    _check_transition(user, "unlock")
    reset_failures(user)
    return _save_new_version(user)


def reset_password(user: PortalUser, *, by: Actor) -> PortalUser:
    """Set a temporary password (returned in `temporary_password`), unlock, end all sessions."""
    _check_transition(user, "reset_password")
    _set_temporary_password(user)
    end_sessions(user.actor_id)
    reset_failures(user)
    return _save_and_notify(user, AccountChange.password_reset, by)


def change_own_password(
    user: PortalUser, old_password: str, new_password: str, *, by: Actor, session_id: int | None = None
) -> PortalUser:
    """Change the user's own password and end all of their sessions except `session_id`."""
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
    """Change the user's own name."""
    user.first_name = _require_name(data["first_name"])
    return _save_new_version(user)


def set_language(user: PortalUser, language: str, *, by: Actor) -> PortalUser:
    """Store the user's language, for the next log-in."""
    user.language = language
    db.session.flush()
    return user


def _save_new_version(user: PortalUser) -> PortalUser:
    expected_version = user.version
    with db.session.no_autoflush:
        query = select(PortalUser.version).where(PortalUser.id == user.id).with_for_update(key_share=True)
        if db.session.scalar(query) != expected_version:
            raise Conflict(_("Somebody else changed this account meanwhile."))
    user.version = expected_version + 1
    db.session.flush()
    return user


def _save_and_notify(user: PortalUser, change: AccountChange, by: Actor) -> PortalUser:
    """Save the user and send `account_changed`.

    Upper rooms notify the user and write events of the user's secret cases.
    """
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
    names = {role.name if isinstance(role, RoleName) else role for role in chosen}
    if not names or not names <= set(ROLES):
        raise PortalError(_("Choose at least one role."), "roles")
    return [role for role_name, role in ensure_roles().items() if role_name in names]


def _require_other_administrator(user: PortalUser, field: str | None = None) -> None:
    # Two administrators might remove each other at the same moment. Lock first, then count: a statement that
    # waited for the lock itself would still see the roles as they were before.
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


def get_acting_user(by: Actor) -> PortalUser | None:
    """Return the user behind the actor; None for the portal itself."""
    return None if by.actor_id is None else db.session.get(PortalUser, by.actor_id)


def is_active_peksos(user: PortalUser) -> bool:
    """Return whether the user can be given work: a peksos whose account is active."""
    return bool(user.active) and has_role(user, PEKSOS)


def require_active_peksos(user: PortalUser | None, field: str) -> None:
    """Raise PortalError if the user cannot be given work; None passes."""
    if user is not None and not is_active_peksos(user):
        raise PortalError(_("Choose a peksos whose account is active."), field=field)
