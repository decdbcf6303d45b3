"""The repository's layout: top-level files, length of files, imports."""

import ast
import re
import subprocess
import sys
import tomllib
from collections.abc import Callable, Iterator
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
    entries = {path.name for path in ROOT.iterdir() if not path.name.startswith(".")}
    assert entries - CREATED_BY_USE == TOP_LEVEL


def test_no_python_file_is_longer_than_500_lines() -> None:
    written = [file for file in _files(".py") if "versions" not in file.parts]
    lengths = {str(file.relative_to(ROOT)): len(file.read_text().splitlines()) for file in written}
    assert {name: length for name, length in lengths.items() if length > 500} == {}


def test_import_contracts_are_kept() -> None:
    # In a subprocess, as it reconfigures logging, which other tests read.
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
    assert own - sys.stdlib_module_names == {"PIL", "pi_heif"}, "the worker runs without the portal's modules"


def _imported_modules(file: Path) -> Iterator[str]:
    """Yield the modules that a file imports, and `module.name` for each name that it imports."""
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


PACKAGES_WITHOUT_LAYERS = {"admin", "core", "db", "cli", "demo", "operations", "dashboard", "migrations"}
FOLDERS_WITHOUT_CODE = {"static", "templates", "docs", "__pycache__"}


def test_every_module_of_a_room_has_a_layer() -> None:
    settings = tomllib.loads((ROOT / "pyproject.toml").read_text())
    contracts = settings["tool"]["importlinter"]["contracts"]
    room_order = next(one for one in contracts if one["name"] == "Modules of a room in order")
    layers = set(re.findall(r"\w+", " ".join(room_order["layers"])))
    rooms = [
        folder
        for folder in (ROOT / "app").iterdir()
        if folder.is_dir() and folder.name not in PACKAGES_WITHOUT_LAYERS | FOLDERS_WITHOUT_CODE
    ]
    assert len(rooms) >= 12
    modules = [
        module
        for room in rooms
        for module in room.iterdir()
        if module.suffix == ".py" or (module.is_dir() and any(module.glob("*.py")))
    ]
    outside = [str(module) for module in modules if module.stem not in {*layers, "__init__"}]
    assert outside == []


FAB_IMPORTERS = ("app/admin/", "app/security/", "app/extensions.py", "app/registration.py", "app/db/model.py")
ROUTES_BY_HAND = (
    "app/admin/",
    "app/security/",
    "app/dashboard/",
    "app/cases/timeline/",
    "app/referrals/",
    "app/audit/",  # the list of readers is about a record of another view
)


def test_rooms_import_the_framework_only_through_admin() -> None:
    allowed = (*FAB_IMPORTERS, "app/cli/i18n.py")  # app/cli/i18n.py extracts the framework's messages
    assert _app_files_outside(allowed, lambda file: "flask_appbuilder" in _imported_modules(file)) == []


def test_routes_are_written_by_hand_only_for_custom_views() -> None:
    assert _app_files_outside(ROUTES_BY_HAND, lambda file: "@expose(" in file.read_text()) == []


def _app_files_outside(folders: tuple[str, ...], is_found: Callable[[Path], bool]) -> list[str]:
    files = {str(file.relative_to(ROOT)): file for file in (ROOT / "app").rglob("*.py")}
    return [name for name, file in files.items() if not name.startswith(folders) and is_found(file)]
