"""Models, rules, services, queries and policies know no URL and return no HTML."""

import ast
import re
from collections.abc import Iterator
from pathlib import Path

import pytest

from config import ROOT

APP = ROOT / "app"
LAYERS = {"models", "rules", "services", "queries", "policy", "disclosure"}
LAYERS |= {"transitions", "event_types", "events", "enums"}
PAGE_PACKAGES = {"admin", "cli", "core", "dashboard", "db", "demo", "migrations", "operations"}
"""Packages that are no rooms, and the first page. `core` and `db` are checked whole."""
ROOMS = sorted(
    path.parent.name for path in APP.glob("*/__init__.py") if path.parent.name not in PAGE_PACKAGES
)
WEB_NAMES = {"url_for", "Markup", "escape"}
URL_OR_HTML = re.compile(r"^/[a-z-]+/|/(show|edit|add|list)\b|href|https?://|</?[a-z]+[ >]")


def _list_modules() -> Iterator[Path]:
    for package in ("core", "db"):
        yield from sorted((APP / package).rglob("*.py"))
    for room in ROOMS:
        for path in sorted((APP / room).rglob("*.py")):
            if path.relative_to(APP / room).parts[0].removesuffix(".py") in LAYERS:
                yield path


def _list_docstrings(tree: ast.AST) -> set[int]:
    """Return the ids of nodes of strings on their own: docstrings of modules, functions and attributes."""
    return {id(node.value) for node in ast.walk(tree) if isinstance(node, ast.Expr)}


def _list_web_words(source: str) -> list[str]:
    tree = ast.parse(source)
    docstrings, found = _list_docstrings(tree), []
    for node in ast.walk(tree):
        if isinstance(node, ast.ImportFrom | ast.Import):
            found += [alias.name for alias in node.names if alias.name in WEB_NAMES]
        elif isinstance(node, ast.Constant) and isinstance(node.value, str) and id(node) not in docstrings:
            found += [node.value] if URL_OR_HTML.search(node.value) else []
    return found


def test_modules_are_found() -> None:
    names = {str(path.relative_to(APP)) for path in _list_modules()}
    assert {"cases/models/case.py", "partners/services.py", "core/errors.py", "clients/policy.py"} <= names


def test_no_layer_below_documents_knows_a_url_or_html() -> None:
    found = {str(path.relative_to(APP)): _list_web_words(path.read_text()) for path in _list_modules()}
    assert {name: words for name, words in found.items() if words} == {}


@pytest.mark.parametrize(
    "source",
    [
        "from markupsafe import Markup",
        "from flask import url_for",
        'link = f"/clients/show/{key}"',
        'link = "/clients/" + key',
        'html = "<b>{}</b>"',
        'url = "https://wa.me/62"',
    ],
)
def test_url_or_html_is_found(source: str) -> None:
    assert len(_list_web_words(source)) == 1


def test_urls_in_docstrings_are_ignored() -> None:
    assert _list_web_words('"""Page `/clients/show/1`."""\nlabel = "Ibu/Bapak"\nx: int\n"""An href."""') == []
