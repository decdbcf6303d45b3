"""Every text for users is wrapped for translation."""

import ast
import re
from collections.abc import Iterator
from pathlib import Path
from xml.etree.ElementTree import Element

import html5lib
import pytest

from config import ROOT
from tests.support.page_texts import element_texts

MESSAGE_CALLS = {
    "PortalError",
    "Conflict",
    "Forbidden",
    "ValidationError",
    "StopValidation",
    "flash",
    "Transition",
}
"""Calls whose arguments are shown to the user."""
PROPER_NAMES = {"Siaga", "WhatsApp", "NIK", "WITA", "HEAD"}


def _python_files() -> list[Path]:
    return [file for file in (ROOT / "app").rglob("*.py") if "migrations" not in file.parts]


def _find_bare_texts(tree: ast.AST) -> Iterator[tuple[int, str]]:
    """Yield (line, text) of each literal argument that is not wrapped in `_()` or the like."""
    for call in ast.walk(tree):
        if isinstance(call, ast.Call) and _call_name(call.func) in MESSAGE_CALLS:
            for argument in call.args[:1] if _call_name(call.func) != "Transition" else ():
                yield from _literal_text(argument)
            for keyword in call.keywords:
                if keyword.arg in ("label", "confirm", "description", "message"):
                    yield from _literal_text(keyword.value)


def _call_name(function: ast.expr) -> str:
    return function.attr if isinstance(function, ast.Attribute) else getattr(function, "id", "")


def _literal_text(node: ast.expr) -> Iterator[tuple[int, str]]:
    if isinstance(node, ast.JoinedStr) or (isinstance(node, ast.Constant) and isinstance(node.value, str)):
        yield node.lineno, ast.unparse(node)


def test_every_refusal_and_flash_is_wrapped_for_translation() -> None:
    bare = [
        f"{file.relative_to(ROOT)}:{line} {text}"
        for file in _python_files()
        for line, text in _find_bare_texts(ast.parse(file.read_text(encoding="utf-8")))
    ]
    assert bare == []


TEMPLATES = sorted((ROOT / "app" / "templates").rglob("*.html"))


def _without_jinja(text: str) -> str:
    text = re.sub(r"\{#.*?#\}|\{%.*?%\}", " ", text, flags=re.DOTALL)
    return re.sub(r"\{\{.*?\}\}", " ", text, flags=re.DOTALL)


@pytest.mark.parametrize(
    "file", TEMPLATES, ids=lambda file: str(file.relative_to(ROOT / "app" / "templates"))
)
def test_every_template_text_is_wrapped_for_translation(file: Path) -> None:
    page: Element = html5lib.parse(
        _without_jinja(file.read_text(encoding="utf-8")), namespaceHTMLElements=False
    )
    bare = [
        text for text in element_texts(page) if re.search(r"[A-Za-z]{2,}", text) and text not in PROPER_NAMES
    ]
    assert bare == []


def test_scripts_contain_no_messages() -> None:
    sentence_literal = re.compile(r"""["'`]([A-Z][a-z]+ [^"'`]*|[a-z]+ [a-z]+ [a-z]+ [^"'`]*)["'`]""")
    scripts = sorted((ROOT / "app" / "static").glob("*.js"))
    assert scripts
    code = [re.sub(r"//.*", "", line) for file in scripts for line in file.read_text().splitlines()]
    assert [text for line in code for text in sentence_literal.findall(line)] == []
