"""The house from outside: what stands where, how long a file is, who looks at whom."""

import ast
import re
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

from config import ROOT

TOP_LEVEL = {"app", "translations", "tests", "config.py", "run.py", "pyproject.toml", "README.md"}
CREATED_BY_USE = {"instance", "__pycache__", "siaga.egg-info"}
TEXT_SUFFIXES = {".py", ".html", ".css", ".js", ".csv", ".md", ".toml", ".yaml", ".po"}


def _files(*suffixes: str) -> Iterator[Path]:
    for top in sorted(TOP_LEVEL):
        path = ROOT / top
        for file in sorted(path.rglob("*")) if path.is_dir() else [path]:
            if file.suffix in suffixes and "__pycache__" not in file.parts:
                yield file


def test_top_level_contains_only_the_agreed_files() -> None:
    there = {path.name for path in ROOT.iterdir() if not path.name.startswith(".")}
    assert there - CREATED_BY_USE == TOP_LEVEL


def test_no_python_file_is_longer_than_500_lines() -> None:
    written = [file for file in _files(".py") if "versions" not in file.parts]
    lengths = {str(file.relative_to(ROOT)): len(file.read_text().splitlines()) for file in written}
    assert {name: length for name, length in lengths.items() if length > 500} == {}


def test_import_contracts_are_kept() -> None:
    # In a process of its own: it sets up logging anew, and other tests read what our modules log.
    command = "import sys; from importlinter.cli import lint_imports; sys.exit(lint_imports(no_cache=True))"
    done = subprocess.run(
        [sys.executable, "-c", command], cwd=ROOT, capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stdout


def test_images_are_decoded_only_in_the_worker_process() -> None:
    worker, root = ROOT / "app" / "core" / "image_worker.py", ROOT / "app"
    elsewhere = {file: set(_imported_modules(file)) for file in root.rglob("*.py") if file != worker}
    readers = {"PIL", "pi_heif", "image_worker", "app.core.image_worker"}
    assert {str(file): names & readers for file, names in elsewhere.items() if names & readers} == {}
    own = {name.partition(".")[0] for name in _imported_modules(worker)}
    assert own - sys.stdlib_module_names == {"PIL", "pi_heif"}, "it is started without the portal"


def _imported_modules(file: Path) -> Iterator[str]:
    """The modules that a file imports, and those whose names it imports from a package."""
    for node in ast.walk(ast.parse(file.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            for one in node.names:
                yield from (one.name, one.name.partition(".")[0])
        elif isinstance(node, ast.ImportFrom) and node.module:
            yield from (node.module, node.module.partition(".")[0])
            yield from (f"{node.module}.{one.name}" for one in node.names)


def test_no_framework_hook_is_used() -> None:
    hook = re.compile(r"def (pre|post)_(add|update|delete)\b")
    assert [str(file) for file in (ROOT / "app").rglob("*.py") if hook.search(file.read_text())] == []


def test_no_file_contains_todo_marks_or_machine_paths() -> None:
    words = ("TO" + "DO", "FIX" + "ME", "/" + "work/", "../" + "shared", "not implemented" + " yet")
    found = {
        f"{file.relative_to(ROOT)}: {word}"
        for file in _files(*TEXT_SUFFIXES)
        for word in words
        if word in file.read_text(encoding="utf-8")
    }
    assert found == set()
