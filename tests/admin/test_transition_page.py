from collections.abc import Callable
from types import ModuleType

from app.extensions import db
from tests.support.client import PortalClient


def test_transition_of_an_older_version_is_refused(
    make: ModuleType, as_user: Callable[[str], PortalClient]
) -> None:
    partner = make.partner()
    shown_version = partner.version
    admin = as_user("admin")
    assert admin.post(f"/partners/{partner.id}/verify", data={"version": shown_version}).status_code == 302
    assert admin.post(f"/partners/{partner.id}/archive", data={"version": shown_version}).status_code == 409
    db.session.refresh(partner)
    assert partner.active
