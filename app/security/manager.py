"""FAB's security manager with roles in code, lockout after wrong passwords, and sessions that end."""

from typing import Any

from flask import Flask, current_app, g
from flask_appbuilder.const import PERMISSION_PREFIX
from flask_appbuilder.security.sqla.manager import SecurityManager
from flask_limiter import Limiter
from flask_login import current_user
from werkzeug.wrappers import Response

from app.core.actor import SYSTEM
from app.core.signals import record_accessed
from app.db.transaction import transaction
from app.extensions import limiter
from app.security import devices, web_session
from app.security.models import PortalUser
from app.security.rules import passwords
from app.security.rules.roles import FAB_ROLES, has_permission
from app.security.services import lockout, users
from app.security.views import AuthView, LanguageView, PasswordView, ProfileView

FAILED_LOGIN_LIMIT = "20 per minute; 100 per hour"
"""Failed attempts of one origin, over all user names (`devices.get_request_origin`).

Above the limit nothing more is tried from there, not even the right password. A device on which somebody has
logged in is counted by itself, so flooding the address shared by an office does not lock the office out.
"""


class PortalSecurityManager(SecurityManager):
    """Authentication and permissions. None of FAB's own pages of users and roles exists."""

    user_model = PortalUser
    authdbview = AuthView
    userstatschartview = None

    # Set-up

    @staticmethod
    def create_builtin_roles() -> dict[str, list[list[str]]]:
        """Return the three roles, defined in code; the database only stores who holds them."""
        current_app.config["FAB_ROLES"] = FAB_ROLES
        return FAB_ROLES

    def create_limiter(self, app: Flask) -> Limiter:
        """Use the portal's one limiter; FAB would create a second one and leave it disabled."""
        if limiter not in app.extensions.get("limiter", ()):
            limiter.init_app(app)
        return limiter

    def register_views(self) -> None:
        """Register log-in, language and own account, and limit failed attempts at passwords.

        The page of users is registered with the menu.
        """
        self.auth_view = self.appbuilder.add_view_no_menu(self.authdbview)
        own_password = self.appbuilder.add_view_no_menu(PasswordView)
        for view in (self.auth_view, own_password):
            limit = limiter.limit(
                FAILED_LOGIN_LIMIT,
                key_func=devices.get_request_origin,
                methods=["POST"],
                deduct_when=_is_refused,
            )
            limit(view.blueprint)
        self.appbuilder.add_view_no_menu(LanguageView)
        self.appbuilder.add_view_no_menu(ProfileView)

    # Authentication

    def before_request(self) -> Response | None:
        """Set FAB's `g.user`, then require a log-in."""
        g.user = current_user
        return web_session.require_login()

    def load_user(self, token: str) -> PortalUser | None:
        """Load the user of this session token, unless the session has ended or expired."""
        return web_session.load_user(token)

    def authenticate(self, username: str, password: str) -> PortalUser | None:
        """Return the user of this name and password, or None and the reason in `g.login_refusal`.

        An unknown user name takes as long as a known one.
        """
        user = users.find_user(username)
        user_id, password_hash = (user.id, user.password) if user else (None, None)
        self.session.rollback()  # hashing is slow: nobody should wait for our lock meanwhile
        is_correct = passwords.is_correct_password(password_hash, password)
        with transaction(by=SYSTEM):
            origin = devices.get_attempt_origin(user_id)
            g.login_refusal = lockout.record_login_attempt(
                username, user_id, password_hash, origin, is_correct=is_correct
            )
            if user is not None and not g.login_refusal:
                web_session.create_session(user)
        if g.login_refusal:
            record_accessed.send(self, action="login_failed", entity="ab_user", entity_id=user_id)
            return None
        return user

    def confirm_password(self, user: PortalUser, password: str) -> lockout.PasswordRefusal | None:
        """Check the password of a logged-in user; return why it is refused, or None.

        A wrong one counts like a failed log-in: otherwise an open session could be used to guess the
        password.
        """
        user_id, password_hash = user.id, user.password
        self.session.rollback()
        is_correct = passwords.is_correct_password(password_hash, password)
        with transaction(by=SYSTEM):
            origin = devices.get_attempt_origin(user_id)
            refusal = lockout.record_password_check(user_id, origin, is_correct=is_correct)
        if refusal:
            record_accessed.send(self, action="login_failed", entity="ab_user", entity_id=user_id)
        return refusal

    # Permissions

    def is_item_public(self, _permission_name: str, _view_name: str) -> bool:
        """Return False: nothing is public. Pages for everybody check no permission."""
        return False

    def has_access(self, permission_name: str, view_name: str) -> bool:
        """Check the permission table; a menu item is allowed exactly if its page is."""
        if permission_name == "menu_access":
            return view_name in self.get_user_menu_access()
        return current_user.is_authenticated and has_permission(current_user, permission_name, view_name)

    def get_user_menu_access(self, _menu_names: list[str] | None = None) -> set[str]:
        """Return the names of menu items whose pages the user may open, and of their categories."""
        if not current_user.is_authenticated:
            return set()
        if "menu_names" not in g:
            g.menu_names = self._list_allowed_items(self.appbuilder.menu.get_list())
        return set(g.menu_names)

    def _list_allowed_items(self, items: list[Any]) -> set[str]:
        names: set[str] = set()
        for item in items:
            child_names = self._list_allowed_items(item.childs)
            if child_names or self._is_item_allowed(item):
                names |= {item.name} | child_names
        return names

    def _is_item_allowed(self, item: Any) -> bool:
        view = item.baseview
        if view is None:
            return not item.childs  # a link to a page for everybody
        permission = PERMISSION_PREFIX + view.get_method_permission(view.default_view)
        return permission not in view.base_permissions or self.has_access(
            permission, view.class_permission_name
        )


def _is_refused(response: Response) -> bool:
    """Return whether the attempt counts as failed.

    A 429 was never tried, a redirect follows the right password.
    """
    return response.status_code not in {429, 301, 302}
