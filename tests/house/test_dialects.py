"""The lists and marks that decide on which databases a test runs."""

from config import ROOT
from tests.support.dialects import SQLITE_ONLY


def test_files_that_run_on_sqlite_only_exist() -> None:
    missing = [file for file in SQLITE_ONLY if not (ROOT / "tests" / file).is_file()]
    assert missing == []


def test_mark_for_both_databases_is_used_in_sqlite_only_files_only() -> None:
    marked = {
        file.relative_to(ROOT / "tests").as_posix()
        for file in (ROOT / "tests").rglob("test_*.py")
        if "@pytest.mark.both_databases" in file.read_text(encoding="utf-8")
    }
    assert marked - SQLITE_ONLY == {"house/test_dialects.py"}  # this file contains the text of the mark
