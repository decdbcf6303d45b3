"""The administrator's first page warns if no good backup was made for 26 hours."""

import re
from collections.abc import Callable
from datetime import timedelta

import pytest
from flask import Flask

from app.core import clock
from app.db.command_runs import BACKUP, record_run
from tests.support.client import PortalClient

HEADING = 'id="h-backup"'


@pytest.fixture
def admin(as_user: Callable[..., PortalClient]) -> PortalClient:
    return as_user("admin")


@pytest.mark.parametrize(
    ("age_hours", "succeeded", "expected"),
    [(25, True, None), (27, True, "Cadangan baik terakhir"), (1, False, "Belum ada cadangan")],
)
def test_warning_depends_on_the_last_run(
    admin: PortalClient, age_hours: int, succeeded: bool, expected: str | None
) -> None:
    now = clock.now()
    with clock.freeze_time(now - timedelta(hours=age_hours)):
        record_run(BACKUP, clock.now(), "fault", succeeded=succeeded)
    page = admin.get_page("/")
    assert (HEADING in page) is (expected is not None)
    assert expected is None or expected in page


def test_failed_run_after_a_good_one_is_shown(admin: PortalClient) -> None:
    record_run(BACKUP, clock.now(), "1 clients", succeeded=True)
    record_run(BACKUP, clock.now(), "uploads/ab/x.pdf is missing", succeeded=False)
    page = admin.get_page("/")
    assert "Cadangan terakhir menemukan kesalahan" in page
    assert "uploads/ab" not in page


def test_only_administrators_are_warned(admin: PortalClient, as_user: Callable[..., PortalClient]) -> None:
    sections = re.findall(r'id="h-([\w-]+)"', admin.get_page("/"))
    assert sections[:2] == ["standby", "backup"], "what endangers all data stands before the daily tasks"
    for username in ("rina", "kabid"):
        assert HEADING not in as_user(username).get_page("/")


def test_demo_needs_no_backup(app: Flask, admin: PortalClient, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(app.config, "DEMO", True)
    assert HEADING not in admin.get_page("/")
