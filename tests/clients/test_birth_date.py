"""A birth date lies in the past."""

from datetime import timedelta

import pytest

from app.core import clock
from app.core.errors import PortalError


def test_future_birth_date_is_refused(make, app):
    with pytest.raises(PortalError) as refusal:
        make.client(birth_date=clock.today() + timedelta(days=1), nik_note="salah ketik")
    assert refusal.value.field == "birth_date"
