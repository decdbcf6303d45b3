"""`siaga make-migration` in a copy of the checkout: its migration upgrades both databases."""

import inspect
import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest
from sqlalchemy import URL, create_engine, text
from sqlalchemy.exc import IntegrityError

from app.partners.enums import PartnerKind
from app.partners.models import Partner
from config import ROOT
from tests.operations.conftest import TIMEOUT_SECONDS, Installation
from tests.support import release_0_1
from tests.support.fixed_clock import CLOCK_SETTINGS

COPIED = ("app", "translations", "config.py", "pyproject.toml")
COLUMN = "    website: Mapped[str | None] = mapped_column(Line(200))\n"
MEMBER = '    pharmacy = lazy_pgettext("partner kind", "Pharmacy")\n'
INSERT = (
    "INSERT INTO partner (name, kind, website, open_24h, accepting, active, created_at, changed_at, version)"
    " VALUES (:kind, :kind, 'https://apotek.example', FALSE, TRUE, TRUE, :now, :now, 1)"
)


class Checkout:
    """A copy of the source code that a test may change, with its own instance folder."""

    def __init__(self, folder: Path, instance: Path) -> None:
        self.folder = folder
        self.instance = instance
        ignored = shutil.ignore_patterns("__pycache__", "*.pot")
        for name in COPIED:
            if (ROOT / name).is_dir():
                shutil.copytree(ROOT / name, folder / name, ignore=ignored)
            else:
                shutil.copy(ROOT / name, folder / name)

    def siaga(self, *arguments: str, **settings: str) -> str:
        """Run a `siaga` command of the copy; return its output."""
        environment = {name: value for name, value in os.environ.items() if not name.startswith("SIAGA_")}
        done = subprocess.run(
            [sys.executable, "-c", "from app.cli import main; main()", *arguments],
            env=environment | CLOCK_SETTINGS | {"SIAGA_INSTANCE_DIR": str(self.instance)} | settings,
            cwd=self.folder,
            capture_output=True,
            text=True,
            timeout=TIMEOUT_SECONDS,
            check=False,
        )
        assert done.returncode == 0, done.stdout + done.stderr
        return done.stdout

    def insert_before(self, model: type, line: str, new: str) -> None:
        """Insert code before a line of the module that defines the class."""
        file = self.folder / Path(inspect.getfile(model)).relative_to(ROOT)
        source = file.read_text(encoding="utf-8")
        assert source.count(line) == 1
        file.write_text(source.replace(line, new + line), encoding="utf-8")

    def files(self) -> dict[str, bytes]:
        """Return path -> content of all source files, except messages.pot."""
        found = (path for path in self.folder.rglob("*") if path.is_file() and path.suffix != ".pot")
        return {str(path): path.read_bytes() for path in found if "__pycache__" not in path.parts}

    def revisions(self) -> list[str]:
        """Return the file names of the migrations, the newest last."""
        return sorted(path.name for path in (self.folder / "app/migrations/versions").glob("*.py"))


@pytest.fixture
def checkout(tmp_path: Path) -> Checkout:
    (tmp_path / "checkout").mkdir()
    return Checkout(tmp_path / "checkout", tmp_path / "instance")


@pytest.mark.slow
def test_new_column_and_new_enum_member_make_one_migration(
    checkout: Checkout, empty_database: URL, tmp_path: Path
) -> None:
    before = checkout.revisions()
    checkout.insert_before(Partner, "    open_24h: Mapped[bool]", COLUMN)
    checkout.insert_before(PartnerKind, '    other = lazy_pgettext("partner kind"', MEMBER)
    printed = checkout.siaga("make-migration", "Add the partners' website, and pharmacies.")
    number = f"{int(before[-1][:4]) + 1:04}"
    assert f"{number}_add_the_partners_website_and_pharmacies.py is written" in printed
    assert re.search(r"messages\.po: 1 to translate\.\n  Pharmacy\n", printed)
    assert [name[:4] for name in checkout.revisions()] == [*(name[:4] for name in before), number]
    assert not checkout.instance.exists(), "the command needs no database"

    uploads = tmp_path / "uploads"
    release_0_1.load(empty_database, uploads)
    office = {
        "SIAGA_DATABASE_URL": empty_database.render_as_string(hide_password=False),
        "SIAGA_UPLOAD_DIR": str(uploads),
    }
    checkout.siaga("init", **office)
    assert "faults" not in checkout.siaga("check", **office)
    engine = create_engine(empty_database)
    with engine.begin() as connection:
        row = {"now": "2027-06-15 02:00:00.000000"}
        connection.execute(text(INSERT), {**row, "kind": "pharmacy"})
        with pytest.raises(IntegrityError, match="ck_partner_partner_kind"), connection.begin_nested():
            connection.execute(text(INSERT), {**row, "kind": "bakery"})
    engine.dispose()

    written = checkout.files()
    assert "no migration was written" in checkout.siaga("make-migration", "Again")
    assert checkout.files() == written


@pytest.mark.slow
def test_unchanged_models_make_no_migration(checkout: Checkout) -> None:
    for command in ("extract", "update"):
        checkout.siaga("translations", command)
    before = checkout.files()
    printed = checkout.siaga("make-migration", "Nothing")
    assert "no migration was written" in printed
    assert re.search(r"messages\.po: \d+ to translate", printed)
    assert checkout.files() == before


@pytest.mark.slow
def test_required_column_is_reported_to_need_a_value_for_existing_rows(checkout: Checkout) -> None:
    required = "    rooms: Mapped[int] = mapped_column(default=0)\n"
    checkout.insert_before(Partner, "    open_24h: Mapped[bool]", required)
    assert "partner.rooms is required" in checkout.siaga("make-migration", "Count the rooms")


@pytest.mark.parametrize("words", ["", "  ", '".'])
def test_migration_without_a_name_is_refused(default_installation: Installation, words: str) -> None:
    result = default_installation.run_siaga("make-migration", words)
    assert result.exit_code == 2
    assert "Say what changes" in result.stderr
