"""FAB's security manager, with roles as code, accounts that lock, and sessions that end."""

import hashlib
from typing import Any

from flask import Flask, current_app, g, request
from flask_appbuilder.const import PERMISSION_PREFIX
from flask_appbuilder.security.sqla.manager import SecurityManager
from flask_jwt_extended import JWTManager
from flask_jwt_extended import current_user as user_of_token
from flask_limiter import Limiter
from flask_login import current_user
from sqlalchemy import bindparam, select
from sqlalchemy.orm import joinedload
from werkzeug.wrappers import Response

from app.core.actor import SYSTEM
from app.core.hooks import accessed
from app.core.unit import unit
from app.extensions import limiter
from app.security import lockout, passwords, services, sessions
from app.security.api import SecurityApi
from app.security.models import PortalUser
from app.security.roles import FAB_ROLES, allows
from app.security.views import AuthView, LanguageView, PasswordView, ProfileView

WRONG_PASSWORDS = "20 per minute; 100 per hour"
"""Refused attempts from one address, over all names. While it is over the limit, nothing more is tried from
there, the right password neither; but whoever has been logged in on a device is counted by himself
(`sessions.device`), so that one who floods the address shared by an office does not lock the office out."""


_BY_ID = select(PortalUser).where(PortalUser.id == bindparam("pk")).options(joinedload(PortalUser.roles))
"""Every request asks this, so it is put together once."""


class PortalSecurityManager(SecurityManager):
    """Who somebody is, and what his role may do. No page of FAB's own about users or roles exists."""

    user_model = PortalUser
    authdbview = AuthView
    security_api = SecurityApi
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

    def create_jwt_manager(self, app: Flask) -> JWTManager:
        """Tokens carry the user's stamp, so that they end with the password as sessions do."""
        key = hashlib.sha256(
            f"tokens:{app.config['SECRET_KEY']}".encode()
        ).hexdigest()  # not the cookies' key
        app.config.setdefault("JWT_SECRET_KEY", key)
        manager: JWTManager = super().create_jwt_manager(app)
        manager.additional_claims_loader(self._claims)
        return manager

    def register_views(self) -> None:
        """Log-in, token log-in, one's own account; the page of users has its place in the menu."""
        self.auth_view = self.appbuilder.add_view_no_menu(self.authdbview)
        api = self.appbuilder.add_api(self.security_api)
        own_password = self.appbuilder.add_view_no_menu(PasswordView)
        for view in (self.auth_view, api, own_password):
            limit = limiter.limit(
                WRONG_PASSWORDS, key_func=sessions.device, methods=["POST"], deduct_when=_refused
            )
            limit(view.blueprint)
        self.appbuilder.add_view_no_menu(LanguageView)
        self.appbuilder.add_view_no_menu(ProfileView)

    # Who somebody is

    def before_request(self) -> Response | None:
        """FAB's `g.user`, and the portal's door."""
        g.user = current_user
        return sessions.guard()

    def load_user(self, pk: str) -> PortalUser | None:
        """Load the user of this session, if it has not ended and does not sleep."""
        return sessions.check(self._user(int(pk)))

    def load_user_jwt(self, _jwt_header: dict[str, Any], jwt_data: dict[str, Any]) -> PortalUser | None:
        """Load the user of this token, if it still holds."""
        user = self._user(int(jwt_data["sub"]))
        if user is None or not user.active or user.must_change_password:
            return None
        if jwt_data.get("stamp") != user.session_stamp:
            return None
        g.user = user
        return user

    def _claims(self, identity: str) -> dict[str, str]:
        user = self._user(int(identity))
        return {"stamp": user.session_stamp} if user else {}

    def _user(self, pk: int) -> PortalUser | None:
        found: PortalUser | None = self.session.scalars(_BY_ID, {"pk": pk}).unique().one_or_none()
        return found

    def authenticate(self, username: str, password: str) -> PortalUser | None:
        """Find the user of that name and password, or None and the reason in `g.login_refusal`.

        A name that nobody has costs as much time as one that somebody has.
        """
        user = services.user_named(username)
        user_id, kept = (user.id, user.password) if user else (None, None)
        self.session.rollback()  # hashing takes its time; nobody should wait for our lock meanwhile
        right = passwords.matches(kept, password)
        with unit(by=SYSTEM):
            g.login_refusal = lockout.settle(user_id, kept, right=right)
        if g.login_refusal:
            accessed.send(self, action="login_failed", entity="ab_user", entity_id=user_id)
            return None
        return user

    def confirm(self, user: PortalUser, password: str) -> Any:
        """Hold the password against the user's own; answer why it is refused, or None.

        A wrong one counts like a refused log-in, or an open session would be the place to guess it.
        """
        user_id, kept = user.id, user.password
        self.session.rollback()
        right = passwords.matches(kept, password)
        with unit(by=SYSTEM):
            refusal = lockout.settle_present(user_id, right=right)
        if refusal:
            accessed.send(self, action="login_failed", entity="ab_user", entity_id=user_id)
        return refusal

    def auth_user_db(self, username: str, password: str) -> PortalUser | None:
        """Log a program in; FAB's token log-in asks here."""
        user = self.authenticate(username, password)
        if user is not None:
            accessed.send(self, action="login", entity="ab_user", entity_id=user.id)
        return user

    # What he may do

    def is_item_public(self, _permission_name: str, _view_name: str) -> bool:
        """Nothing is public; what everybody may open asks no permission."""
        return False

    def has_access(self, permission_name: str, view_name: str) -> bool:
        """Look into the table of roles; a menu item is allowed exactly when its page is."""
        if permission_name == "menu_access":
            return view_name in self.get_user_menu_access()
        user = current_user if current_user.is_authenticated else user_of_token
        return bool(user) and allows(user, permission_name, view_name)

    def get_user_menu_access(self, _menu_names: list[str] | None = None) -> set[str]:
        """Names of the menu's items whose pages the user may open, and of the categories that hold one."""
        if not current_user.is_authenticated:
            return set()
        if "menu_names" not in g:
            g.menu_names = self._open_items(self.appbuilder.menu.get_list())
        return set(g.menu_names)

    def _open_items(self, items: list[Any]) -> set[str]:
        names: set[str] = set()
        for item in items:
            below = self._open_items(item.childs)
            if below or self._opens(item):
                names |= {item.name} | below
        return names

    def _opens(self, item: Any) -> bool:
        view = item.baseview
        if view is None:
            return not item.childs  # a link to a page for everybody
        permission = PERMISSION_PREFIX + view.get_method_permission(view.default_view)
        return permission not in view.base_permissions or self.has_access(
            permission, view.class_permission_name
        )


def _refused(response: Response) -> bool:
    """Only refused attempts count, not those that were never tried.

    The token log-in answers a right password with 200, the pages lead on.
    """
    good = {429, 200} if request.endpoint == "SecurityApi.login" else {429, 301, 302}
    return response.status_code not in good
