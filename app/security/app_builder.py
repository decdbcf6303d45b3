"""FAB, without those of its pages that the portal does not want."""

from flask import Flask, current_app
from flask_appbuilder import AppBuilder
from flask_appbuilder.views import UtilView

from app.security import web_session
from app.security.manager import PortalSecurityManager


class PortalAppBuilder(AppBuilder):
    """FAB's application builder with the portal's users and languages."""

    def init_app(self, app: Flask, session: object) -> None:
        """Named here and not by a setting: FAB would answer a mistyped one with its own, open manager."""
        self.security_manager_class = PortalSecurityManager
        super().init_app(app, session)

    def _add_admin_views(self) -> None:
        # FAB also registers /lang/<x>, which changes the language by GET, and pages for its API.
        self._indexview = self.add_view_no_menu(self.indexview)
        self.add_view_no_menu(UtilView)
        self.sm.register_views()
        current_app.extensions["babel"].locale_selector = web_session.get_locale
