"""Section of the first page that warns administrators if the backup fails or is too old."""

from collections.abc import Iterator
from datetime import timedelta

from flask_babel import gettext as _

from app.core import clock, formats
from app.core.settings import get_setting
from app.dashboard.section_types import Section, Task
from app.db.command_runs import BACKUP, CommandRun, get_run

BACKUP_WARNING_PERIOD = timedelta(hours=26)
"""Time after which a backup that runs every night is missing."""


def build_backup_section() -> Iterator[Section]:
    """Warn if the last backup failed or is too old, or if there is none; the demo needs none."""
    if get_setting("DEMO"):
        return
    run = get_run(BACKUP)
    if run is not None and _is_good(run):
        return
    title = (
        _("Last good backup: %(when)s", when=formats.format_instant(run.succeeded_at))
        if run and run.succeeded_at
        else _("There is no backup of this office yet.")
    )
    line = (
        _("The last backup found a fault. The command siaga backup names it.")
        if run and not run.succeeded
        else _("Let the server run siaga backup every night.")
    )
    yield Section("backup", _("Backup"), [], [Task(title, None, line, late=_("Not safe"))])


def _is_good(run: CommandRun) -> bool:
    is_recent = run.succeeded_at is not None and clock.now() - run.succeeded_at <= BACKUP_WARNING_PERIOD
    return run.succeeded and is_recent
