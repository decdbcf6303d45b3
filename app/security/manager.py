"""FAB's security manager with roles in code, sessions in the database, and none of FAB's own pages.

`has_access` is FAB's: it looks the user's roles up in `FAB_ROLES`.
"""

from flask import Flask, current_app, g
from flask_appbuilder.security.sqla.manager import SecurityManager
from flask_limiter import Limiter
from flask_login import current_user
from werkzeug.wrappers import Response

from app.extensions import limiter
from app.security import devices, web_session
from app.security.models import PortalUser, Role
from app.security.rules.roles import FAB_ROLES
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

    # Requests

    def before_request(self) -> Response | None:
        """Set FAB's `g.user`, then require a log-in."""
        g.user = current_user
        return web_session.require_login()

    def load_user(self, token: str) -> PortalUser | None:
        """Load the user of this session token, unless the session has ended or expired."""
        return web_session.load_user(token)

    # Permissions

    def is_item_public(self, _permission_name: str, _view_name: str) -> bool:
        """Return False: nothing is public. Pages for everybody check no permission."""
        return False

    def get_user_roles(self, user: PortalUser) -> list[Role]:
        """Return the user's roles; FAB would add those of groups, which the portal has not."""
        return list(user.roles)


def _is_refused(response: Response) -> bool:
    """Return whether the attempt counts as failed.

    A 429 was never tried, a redirect follows the right password.
    """
    return response.status_code not in {429, 301, 302}
