"""Siaga: the portal of an LK3. `create_app` is its table of contents."""

from pathlib import Path

from flask import Flask

import config
from app.core import clock, pages, web
from app.core import db as database
from app.db import write_queue
from app.extensions import compress, csrf, db, limiter, migrate


def create_app(settings: config.Settings | None = None) -> Flask:
    """Build the application; it neither makes tables nor roles, `siaga init` does."""
    from app import menu  # here, or to import one room would be to import them all
    from app.audit import listener as audit
    from app.security.builder import PortalBuilder

    settings = settings or config.load()
    app = Flask(__name__, instance_path=str(settings.instance))
    app.config.from_mapping(config.flask_config(settings))
    app.extensions["siaga_settings"] = settings
    clock.configure(settings.now)

    database.init_app(app)
    migrate.init_app(app, db, directory=str(Path(__file__).parent / "migrations"))
    pages.init_app(app)  # reads the body first, as far as it may be long
    csrf.init_app(app)
    limiter.init_app(app)
    compress.init_app(app)
    web.init_app(app, public_url=settings.public_url)
    write_queue.init_app(app)  # bound before the audit, so it is flushed after it
    audit.init_app(app)

    with app.app_context():
        appbuilder = PortalBuilder(app, db.session)
        pages.speak(app)
        menu.register(appbuilder)
    return app
