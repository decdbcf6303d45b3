"""The words that are extracted from the code."""

import re
import tomllib
from collections.abc import Iterator
from pathlib import Path

from babel.messages.extract import DEFAULT_KEYWORDS, extract_from_dir

from config import ROOT

KEYWORDS = DEFAULT_KEYWORDS | {
    "_l": None,
    "lazy_gettext": None,
    "lazy_ngettext": (1, 2),
    "lazy_pgettext": ((1, "c"), 2),
    "pgettext": ((1, "c"), 2),
}


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
