"""The words: what is extracted from the code, and what is committed for reading."""

import re
import tomllib
from collections.abc import Iterator
from io import BytesIO
from pathlib import Path

import pytest
from babel.messages.extract import DEFAULT_KEYWORDS, extract_from_dir
from babel.messages.mofile import read_mo, write_mo
from babel.messages.pofile import read_po

from config import ROOT

KEYWORDS = DEFAULT_KEYWORDS | {
    "_l": None,
    "lazy_gettext": None,
    "lazy_ngettext": (1, 2),
    "lazy_pgettext": ((1, "c"), 2),
    "pgettext": ((1, "c"), 2),
}
CATALOGUES = sorted((ROOT / "translations").glob("*/LC_MESSAGES/*.po"))


def _msgids() -> Iterator[tuple[str, str]]:
    settings = tomllib.loads((ROOT / "pyproject.toml").read_text())
    mappings = settings["tool"]["babel"]["mappings"]
    methods = [(mapping["pattern"], mapping["method"]) for mapping in mappings]
    for file, line, message, _comments, _context in extract_from_dir(
        str(ROOT), methods, keywords=KEYWORDS, directory_filter=lambda path: Path(path).name in _walked(path)
    ):
        for text in (message,) if isinstance(message, str) else message:
            yield f"{file}:{line}", text


def _walked(path: str) -> set[str]:
    """Only the code: extraction would otherwise read the virtual environment too."""
    return {Path(path).name} if Path(path).is_relative_to(ROOT / "app") else set()


def test_a_per_cent_sign_stands_only_before_a_named_value() -> None:
    messages = list(_msgids())
    assert len(messages) > 100
    alone = re.compile(r"%(?!\(\w+\)[sd])")
    assert [f"{place} {text!r}" for place, text in messages if alone.search(text)] == []


@pytest.mark.parametrize("file", CATALOGUES, ids=lambda file: f"{file.parts[-3]}-{file.stem}")
def test_the_compiled_catalogue_is_the_written_one(file: Path) -> None:
    with file.open("rb") as stream:
        catalogue = read_po(stream)
    compiled = BytesIO()
    write_mo(compiled, catalogue)
    compiled.seek(0)
    with file.with_suffix(".mo").open("rb") as stream:
        committed = read_mo(stream)
    assert _words(committed) == _words(read_mo(compiled)), "run: siaga translations compile"


def _words(catalogue: object) -> dict[object, object]:
    return {(message.context, message.id): message.string for message in catalogue}  # type: ignore[attr-defined]
