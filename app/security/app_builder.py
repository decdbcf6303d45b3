"""FAB's application builder, without the FAB pages that the portal does not want."""

from flask import Flask, current_app
from flask_appbuilder import AppBuilder
from flask_appbuilder.views import UtilView

from app.security import web_session
from app.security.manager import PortalSecurityManager


class PortalAppBuilder(AppBuilder):
    """FAB's application builder with the portal's security manager and locale."""

    def init_app(self, app: Flask, session: object) -> None:
        """Set the security manager in code instead of by a setting.

        With a mistyped setting FAB would use its own, open manager.
        """
        self.security_manager_class = PortalSecurityManager
        super().init_app(app, session)

    def _add_admin_views(self) -> None:
        # Without FAB's /lang/<x>, which changes the language by GET, and the pages for its API.
        self._indexview = self.add_view_no_menu(self.indexview)
        self.add_view_no_menu(UtilView)
        self.sm.register_views()
        current_app.extensions["babel"].locale_selector = web_session.get_locale
