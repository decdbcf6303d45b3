"""Demo accounts are not created in a database with other users, which stays unchanged."""

from pathlib import Path

import pytest
from sqlalchemy import URL, select

from app.cli import demo_accounts
from app.cli.portal import prepare_database
from app.core.actor import ADMIN, SYSTEM
from app.core.errors import StartupError
from app.db.transaction import transaction
from app.extensions import db
from app.security.models import PortalUser
from app.security.services.users import create_user
from config import Settings
from tests.support.portal import make_app


@pytest.mark.parametrize("username", ["bu.kepala", "rina"])
def test_database_with_other_users_is_refused_and_unchanged(tmp_path: Path, username: str) -> None:
    file = tmp_path / "office.sqlite"
    settings = Settings(
        instance=tmp_path,
        database=URL.create("sqlite", database=str(file)),
        secret_key="only for tests, never elsewhere",
        book_key="only for tests, never elsewhere",
        upload_dir=tmp_path,
        testing=True,
    )
    app = make_app(settings)
    with app.app_context():
        prepare_database(app)
        with transaction(by=SYSTEM):
            data = {"first_name": "Kepala Kantor", "username": username, "roles": [ADMIN]}
            create_user(data, by=SYSTEM)
        before = db.session.scalars(select(PortalUser.password).order_by(PortalUser.id)).all()
        db.session.rollback()
        with pytest.raises(StartupError, match="belongs to an office"):
            demo_accounts.prepare_demo_accounts(app)
        assert db.session.scalars(select(PortalUser.password).order_by(PortalUser.id)).all() == before
        db.session.remove()
        db.engine.dispose()
    assert file.exists()
