"""README and docs name files, links, commands and settings that exist."""

import re
from pathlib import Path

import click
import pytest

from app.cli import main
from config import ROOT

README = ROOT / "README.md"
DOCUMENTS = [README, *sorted((ROOT / "app/docs").glob("*.md"))]
MAX_README_LINES = 200
MAX_LINE_LENGTH = 120
EXAMPLES = ("app/volunteers", "tests/volunteers")
"""Packages of the example in README and room.md, which are not in the repository."""
FOLDERS = ("app/", "tests/", "translations/", ".ci/")

each_document = pytest.mark.parametrize("document", DOCUMENTS, ids=lambda path: path.name)


def _read(path: Path) -> str:
    return path.read_text(encoding="utf-8")


def _list_code(text: str) -> list[str]:
    """Return the texts in backticks, without fenced blocks."""
    prose = re.sub(r"^ *```.*?^ *```", "", text, flags=re.DOTALL | re.MULTILINE)
    return [" ".join(code.split()) for code in re.findall(r"`([^`]+)`", prose)]


@each_document
def test_every_named_file_exists(document: Path) -> None:
    paths = [code for code in _list_code(_read(document)) if re.fullmatch(r"[\w./-]+", code)]
    named = [path for path in paths if path.startswith(FOLDERS) and not path.startswith(EXAMPLES)]
    assert [path for path in named if not (ROOT / path).exists()] == [], "correct the path in the document"


@each_document
def test_every_linked_file_exists(document: Path) -> None:
    links = re.findall(r"\]\(([^)#\s]+)\)", _read(document))
    missing = [link for link in links if "://" not in link and not (document.parent / link).exists()]
    assert missing == []


def test_readme_links_every_document() -> None:
    links = set(re.findall(r"\]\(app/docs/([^)]+)\)", _read(README)))
    assert links == {document.name for document in DOCUMENTS} - {"README.md"}


@each_document
def test_lines_are_short(document: Path) -> None:
    lines = _read(document).splitlines()
    assert [line for line in lines if len(line) > MAX_LINE_LENGTH and not line.startswith("|")] == []
    assert document != README or len(lines) <= MAX_README_LINES


def _list_commands(group: click.Group) -> set[str]:
    names = set()
    for name, command in group.commands.items():
        names |= {f"{name} {sub}" for sub in command.commands} if isinstance(command, click.Group) else {name}
    return names


@each_document
def test_every_named_command_exists(document: Path) -> None:
    known = _list_commands(main)
    named = [code for code in _list_code(_read(document)) if re.match(r"siaga [a-z]", code)]
    removed = {"siaga synthesize"}
    unknown = [
        code for code in named if not any(f"{code} ".startswith(f"siaga {command} ") for command in known)
    ]
    assert set(unknown) - removed == set()


def test_readme_names_every_command() -> None:
    text = _read(README).split("## Commands")[1]
    rows = [line.split(" | ")[0] for line in text.splitlines() if line.startswith("| `siaga")]
    words = set(re.findall(r"[a-z-]+", " ".join(rows)))
    assert {word for command in _list_commands(main) for word in command.split()} - words == set()


def test_readme_names_every_setting() -> None:
    settings = set(re.findall(r'"(SIAGA_\w+)"', _read(ROOT / "config.py"))) - {"SIAGA_TESTING"}
    assert settings == set(re.findall(r"SIAGA_[A-Z_]+", _read(README)))


@each_document
def test_python_examples_are_complete(document: Path) -> None:
    for block in re.findall(r"^ *```python\n(.*?)^ *```", _read(document), flags=re.DOTALL | re.MULTILINE):
        indent = len(block) - len(block.lstrip(" "))
        lines = [line[indent:] for line in block.splitlines()]
        compile("\n".join(lines), document.name, "exec")
