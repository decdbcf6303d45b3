"""The template office: a thousand clients created through the services.

`python -m tests.benchmarks.data.template FOLDER --clients N --seed S --now TIME` builds one. It is run in a
process of its own, so that the clock and memory of the portal that is filled are not affected.
"""

import secrets
import subprocess
import sys
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path
from random import Random

import click
from sqlalchemy import URL, event
from tqdm import tqdm

from app import create_app
from app.cli.portal import prepare_database
from app.core import clock
from app.db.transaction import transaction
from app.extensions import db
from config import ROOT, Settings
from tests.benchmarks.data import referring, spending
from tests.benchmarks.data.people import People
from tests.benchmarks.data.setting import Office
from tests.benchmarks.data.stories import CLOSES, LASTS, Registry, Story

FILE = "siaga.sqlite"
ENTRIES = (0, 0, 0, 1, 1, 2)
"""Number of services, notes and follow-ups of a case; referrals and money add more."""
REFERRED, SPENT_ON, GIVEN, OFFICE = 0.325, 0.09, 0.14, 0.003
"""Shares of cases with a referral, an expenditure, aid; and after which the office spends on itself."""

Act = Callable[[Story], None]


def template_in(folder: Path, clients: int, seed: int, now: datetime) -> Path:
    """Return the database file of the template in the folder; build it if it is missing."""
    file = folder / FILE
    if not file.exists():
        options = ("--clients", str(clients), "--seed", str(seed), "--now", now.isoformat())
        command = [sys.executable, "-m", "tests.benchmarks.data.template", str(folder), *options]
        subprocess.run(command, cwd=ROOT, check=True)
    return file


def build(folder: Path, clients: int, seed: int, now: datetime) -> None:
    """Create the clients and their cases, up to the evening before `now`."""
    folder.mkdir(parents=True, exist_ok=True)
    unfinished = folder / "unfinished.sqlite"
    unfinished.unlink(missing_ok=True)
    app = create_app(
        Settings(
            instance=folder,
            database=URL.create("sqlite", database=str(unfinished)),
            secret_key=secrets.token_hex(20),
            book_key=secrets.token_hex(20),
            upload_dir=folder / "uploads",
            testing=True,
            now=now,
        )
    )
    with app.app_context():
        prepare_database(app)
        db.engine.dispose()
        db.session().expire_on_commit = False  # there is no other writer
        event.listen(db.engine, "connect", lambda driver, _record: driver.execute("PRAGMA synchronous = OFF"))
        _create_clients(clients, seed, now)
        db.session.remove()
        db.engine.dispose()
    unfinished.rename(folder / FILE)


def _create_clients(clients: int, seed: int, now: datetime) -> None:
    evening = (now - timedelta(days=1)).astimezone(clock.WITA)
    evening = evening.replace(hour=CLOSES.hour, minute=0, second=0, microsecond=0).astimezone(UTC)
    chance = Random(seed)
    office = Office(chance, People(seed, now.date()), clients, evening)
    registry = Registry(office)
    for number in tqdm(range(clients), desc="template", unit="client", disable=None):
        worker = chance.choice(office.workers)
        with transaction(by=worker):
            client, since = registry.register(number, worker)
            for turn in range(chance.choice((1, 2))):
                opened = since + turn * LASTS
                if opened < evening:
                    _work_on(Story(office, client, worker, opened))
            if number == clients - 1:
                _leave_waiting(Story(office, client, worker, evening - timedelta(hours=30)))
    office.close_years()


def _work_on(story: Story) -> None:
    for act in _acts(story.chance):
        if story.later(3, 400):
            act(story)
        if story.waits:
            break
    story.close()
    if story.chance.random() < OFFICE:
        spending.run_office(story)


def _leave_waiting(story: Story) -> None:
    """Leave a pending record of each kind: few stories end just before their next step."""
    referring.send(story)
    story.until(story.office.now - timedelta(hours=1))
    for act in (Story.follow_up, spending.give, spending.spend):
        story.moment = story.office.now - timedelta(minutes=10)
        act(story)


def _acts(chance: Random) -> list[Act]:
    own: tuple[Act, ...] = (Story.give_service, Story.give_service, Story.add_note, Story.follow_up)
    acts = chance.choices(own, k=chance.choice(ENTRIES))
    rolled = ((REFERRED, referring.refer), (SPENT_ON, spending.spend), (GIVEN, spending.give))
    acts += [act for share, act in rolled if chance.random() < share]
    chance.shuffle(acts)
    return acts


@click.command()
@click.argument("folder", type=click.Path(path_type=Path, file_okay=False))
@click.option("--clients", required=True, type=click.IntRange(1))
@click.option("--seed", default=1)
@click.option("--now", required=True, type=datetime.fromisoformat)
def main(folder: Path, clients: int, seed: int, now: datetime) -> None:
    """Build a template office in a folder."""
    build(folder, clients, seed, now)


if __name__ == "__main__":
    main()
