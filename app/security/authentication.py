"""Checks of passwords: at the log-in, and of a logged-in user before a grave step."""

from flask import g

from app.core.actor import SYSTEM
from app.core.signals import record_accessed
from app.db.transaction import transaction
from app.extensions import db
from app.security import devices, web_session
from app.security.models import PortalUser
from app.security.rules import passwords
from app.security.services import lockout, users


def authenticate(username: str, password: str) -> PortalUser | None:
    """Return the user of this name and password, or None and the reason in `g.login_refusal`.

    An unknown user name takes as long as a known one.
    """
    user = users.find_user(username)
    user_id, password_hash = (user.id, user.password) if user else (None, None)
    db.session.rollback()  # hashing is slow: nobody should wait for our lock meanwhile
    is_correct = passwords.is_correct_password(password_hash, password)
    with transaction(by=SYSTEM):
        origin = devices.get_attempt_origin(user_id)
        g.login_refusal = lockout.record_login_attempt(
            username, user_id, password_hash, origin, is_correct=is_correct
        )
        if user is not None and not g.login_refusal:
            web_session.create_session(user)
    if g.login_refusal:
        record_accessed.send(None, action="login_failed", entity="ab_user", entity_id=user_id)
        return None
    return user


def confirm_password(user: PortalUser, password: str) -> lockout.PasswordRefusal | None:
    """Check the password of a logged-in user; return why it is refused, or None.

    A wrong one counts like a failed log-in: otherwise an open session could be used to guess the password.
    """
    user_id, password_hash = user.id, user.password
    db.session.rollback()
    is_correct = passwords.is_correct_password(password_hash, password)
    with transaction(by=SYSTEM):
        origin = devices.get_attempt_origin(user_id)
        refusal = lockout.record_password_check(user_id, origin, is_correct=is_correct)
    if refusal:
        record_accessed.send(None, action="login_failed", entity="ab_user", entity_id=user_id)
    return refusal
