"""Siaga: the portal of an LK3. `create_app` builds the Flask application."""

from pathlib import Path

from flask import Flask

import config
from app.admin import error_pages, http
from app.admin.i18n import install_i18n
from app.core import clock
from app.db import session as database
from app.db import write_queue
from app.extensions import compress, csrf, db, limiter, migrate


def create_app(settings: config.Settings | None = None) -> Flask:
    """Build the application from settings, by default those of the environment.

    It creates neither tables nor roles; `siaga init` does.
    """
    from app import registration  # not at the top: importing one package would import all of them
    from app.audit import listener as audit
    from app.security.app_builder import PortalAppBuilder

    settings = settings or config.load()
    app = Flask(__name__, instance_path=str(settings.instance))
    app.config.from_mapping(config.build_flask_config(settings))
    app.extensions["siaga_settings"] = settings
    clock.configure_now(settings.now)

    database.init_app(app)
    migrate.init_app(app, db, directory=str(Path(__file__).parent / "migrations"))
    error_pages.init_app(app)  # before CSRF: it reads the body first, up to the allowed length
    csrf.init_app(app)
    limiter.init_app(app)
    compress.init_app(app)
    http.init_app(app, public_url=settings.public_url)
    write_queue.init_app(app)  # before the audit: after_request runs in reverse, so it is flushed after it
    audit.init_app(app)

    with app.app_context():
        appbuilder = PortalAppBuilder(app, db.session)
        install_i18n(app)
        registration.fill_extension_points()
        registration.register_views(appbuilder)
    return app
