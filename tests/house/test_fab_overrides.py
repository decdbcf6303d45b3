"""The table of what the portal overrides in Flask-AppBuilder, compared with the code."""

import importlib
import inspect
import pkgutil
import re
from collections import defaultdict
from collections.abc import Iterator

import app
from app.security.manager import PortalSecurityManager
from config import ROOT

TABLES = (ROOT / "app/docs/fab.md").read_text(encoding="utf-8")
MAX_SECURITY_MANAGER_METHODS = 8


def test_overridden_methods_are_documented() -> None:
    documented = defaultdict[str, set[str]](set)
    for classes, methods, _reason in _rows("Methods", 3):
        for name in classes:
            documented[name] |= set(methods)
    assert _overridden_methods() == documented


def test_overridden_templates_are_documented() -> None:
    folder = ROOT / "app/templates"
    files = {str(file.relative_to(folder)) for file in (folder / "appbuilder").rglob("*.html")}
    assert files == {name for names, _reason in _rows("Templates", 2) for name in names}


def test_every_row_gives_a_reason() -> None:
    for title, columns in (("Methods", 3), ("Templates", 2)):
        assert all(len(row[-1][0]) > 10 for row in _rows(title, columns, last_as_text=True))


def test_security_manager_has_few_methods() -> None:
    methods = [name for name, value in vars(PortalSecurityManager).items() if inspect.isroutine(value)]
    assert len(methods) <= MAX_SECURITY_MANAGER_METHODS, methods


def _rows(title: str, columns: int, *, last_as_text: bool = False) -> Iterator[list[list[str]]]:
    """Yield the rows of one table: the names in backticks of each cell."""
    section = TABLES.split(f"## {title}\n")[1].split("\n## ")[0]
    lines = [line for line in section.splitlines() if line.startswith("|")][2:]
    assert lines
    for line in lines:
        cells = [cell.strip() for cell in line.strip("|").split(" | ")]
        assert len(cells) == columns, line
        names = [re.findall(r"`([^`]+)`", cell) for cell in cells]
        yield [*names[:-1], [cells[-1]]] if last_as_text else names


def _overridden_methods() -> dict[str, set[str]]:
    """Return class -> methods of FAB that it overrides, over all modules of the portal."""
    found = defaultdict[str, set[str]](set)
    for module_info in pkgutil.walk_packages(app.__path__, "app."):
        if module_info.name.startswith("app.migrations"):
            continue
        for kind in vars(importlib.import_module(module_info.name)).values():
            if inspect.isclass(kind) and kind.__module__ == module_info.name:
                found[kind.__name__] |= set(_names_from_fab(kind))
    return {name: methods for name, methods in found.items() if methods}


def _names_from_fab(kind: type) -> Iterator[str]:
    for name, value in vars(kind).items():
        # SQLAlchemy sets the constructor of a model; it overrides nothing of FAB.
        is_written_here = getattr(inspect.unwrap(value), "__module__", "") == kind.__module__
        is_method = inspect.isroutine(value) and (name == "__init__" or not name.startswith("__"))
        owners = (base for base in kind.__mro__[1:] if name in vars(base))
        if is_method and is_written_here and any(o.__module__.startswith("flask_appbuilder") for o in owners):
            yield name
