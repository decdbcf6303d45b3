"""FAB's security manager, with roles as code, accounts that lock, and sessions that end."""

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
"""Refused attempts from one address, over all names. While it is over the limit, nothing more is tried from
there, the right password neither; but whoever has been logged in on a device is counted by himself
(`devices.place_of_request`), so that one who floods the address shared by an office does not lock it out."""


class PortalSecurityManager(SecurityManager):
    """Who somebody is, and what his role may do. No page of FAB's own about users or roles exists."""

    user_model = PortalUser
    authdbview = AuthView
    userstatschartview = None

    # What is set up

    @staticmethod
    def create_builtin_roles() -> dict[str, list[list[str]]]:
        """All three roles are code; the database only says who holds them."""
        current_app.config["FAB_ROLES"] = FAB_ROLES
        return FAB_ROLES

    def create_limiter(self, app: Flask) -> Limiter:
        """Use the portal's one limiter; FAB would make a second, and leave it switched off."""
        if limiter not in app.extensions.get("limiter", ()):
            limiter.init_app(app)
        return limiter

    def register_views(self) -> None:
        """Log-in and one's own account; the page of users has its place in the menu."""
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

    # Who somebody is

    def before_request(self) -> Response | None:
        """FAB's `g.user`, and the portal's door."""
        g.user = current_user
        return web_session.require_login()

    def load_user(self, token: str) -> PortalUser | None:
        """Load the user of this session, if it has not ended and does not sleep."""
        return web_session.load_user(token)

    def authenticate(self, username: str, password: str) -> PortalUser | None:
        """Find the user of that name and password, or None and the reason in `g.login_refusal`.

        A name that nobody has costs as much time as one that somebody has.
        """
        user = users.find_user(username)
        user_id, kept = (user.id, user.password) if user else (None, None)
        self.session.rollback()  # hashing takes its time; nobody should wait for our lock meanwhile
        right = passwords.is_correct_password(kept, password)
        with transaction(by=SYSTEM):
            place = devices.get_attempt_origin(user_id)
            g.login_refusal = lockout.record_login_attempt(username, user_id, kept, place, is_correct=right)
            if user is not None and not g.login_refusal:
                web_session.create_session(user)
        if g.login_refusal:
            record_accessed.send(self, action="login_failed", entity="ab_user", entity_id=user_id)
            return None
        return user

    def confirm_password(self, user: PortalUser, password: str) -> lockout.PasswordRefusal | None:
        """Hold the password against the user's own; answer why it is refused, or None.

        A wrong one counts like a refused log-in, or an open session would be the place to guess it.
        """
        user_id, kept = user.id, user.password
        self.session.rollback()
        right = passwords.is_correct_password(kept, password)
        with transaction(by=SYSTEM):
            place = devices.get_attempt_origin(user_id)
            refusal = lockout.record_password_check(user_id, place, is_correct=right)
        if refusal:
            record_accessed.send(self, action="login_failed", entity="ab_user", entity_id=user_id)
        return refusal

    # What he may do

    def is_item_public(self, _permission_name: str, _view_name: str) -> bool:
        """Nothing is public; what everybody may open asks no permission."""
        return False

    def has_access(self, permission_name: str, view_name: str) -> bool:
        """Look into the table of roles; a menu item is allowed exactly when its page is."""
        if permission_name == "menu_access":
            return view_name in self.get_user_menu_access()
        return current_user.is_authenticated and has_permission(current_user, permission_name, view_name)

    def get_user_menu_access(self, _menu_names: list[str] | None = None) -> set[str]:
        """Names of the menu's items whose pages the user may open, and of the categories that hold one."""
        if not current_user.is_authenticated:
            return set()
        if "menu_names" not in g:
            g.menu_names = self._list_allowed_items(self.appbuilder.menu.get_list())
        return set(g.menu_names)

    def _list_allowed_items(self, items: list[Any]) -> set[str]:
        names: set[str] = set()
        for item in items:
            below = self._list_allowed_items(item.childs)
            if below or self._is_item_allowed(item):
                names |= {item.name} | below
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
    """Only refused attempts count, not those that were never tried; a right password leads on."""
    return response.status_code not in {429, 301, 302}
