"""Rules for all templates, the stylesheet and the script."""

import re
from pathlib import Path

import pytest

import app

APP_FOLDER = Path(app.__file__).parent
TEMPLATES = sorted((APP_FOLDER / "templates").rglob("*.html"))
STYLE = (APP_FOLDER / "static" / "portal.css").read_text(encoding="utf-8")
SCRIPT = (APP_FOLDER / "static" / "portal.js").read_text(encoding="utf-8")

FORBIDDEN = {
    "an inline style": r"\sstyle=",
    "an inline handler": r"\son[a-z]+=",
    "an inline script": r"<script(?![^>]*\ssrc=)",
    "a request to elsewhere": r"""(?:href|src|action)=["'](?:https?:)?//""",
    "an icon of Font Awesome": r"\bfa-|fontawesome",
    "a tooltip": r"<a[^>]*\stitle=",
    "a placeholder for a tab stop": r'tabindex="[1-9]',
}


@pytest.mark.parametrize("path", TEMPLATES, ids=lambda path: str(path.relative_to(APP_FOLDER / "templates")))
def test_template_contains_no_forbidden_markup(path: Path) -> None:
    text = path.read_text(encoding="utf-8")
    assert [what for what, pattern in FORBIDDEN.items() if re.search(pattern, text)] == []


def test_translated_sentence_contains_no_bare_percent_sign() -> None:
    sentences = [found for path in TEMPLATES for found in re.findall(r'_\(\s*"([^"]*)"', path.read_text())]
    assert len(sentences) > 50
    assert [one for one in sentences if "%" in re.sub(r"%\(\w+\)s", "", one)] == []


def test_every_used_icon_is_in_the_sprite() -> None:
    drawn = set(re.findall(r'id="i-([\w-]+)"', (APP_FOLDER / "templates" / "sprite.html").read_text()))
    used = {
        name for path in TEMPLATES for name in re.findall(r"""icon\(["']([\w-]+)["']\)""", path.read_text())
    }
    assert used
    assert used <= drawn


def test_components_take_their_colours_from_the_tokens() -> None:
    _tokens, _mark, components = STYLE.partition("/* ---- 2.")
    components, _mark, _print = components.partition("/* ---- 16.")
    literal = re.findall(r"#[0-9a-fA-F]{3,8}\b", components)
    assert set(literal) <= {"#fff"}, "only the background of a QR code is white in both schemes"


COMPOSED_CLASSES = re.compile(r"(alert|c|k|state|select2)-|w[2-7]$")
"""Classes whose names are composed while a page is rendered, and those of the select2 library."""


def test_every_class_of_the_stylesheet_is_used() -> None:
    declared = set(re.findall(r"\.([A-Za-z_][\w-]*)", re.sub(r"/\*.*?\*/", "", STYLE, flags=re.DOTALL)))
    sources = [*TEMPLATES, *APP_FOLDER.rglob("*.py"), *APP_FOLDER.glob("static/*.js")]
    words = {word for file in sources for word in re.findall(r"[\w-]+", file.read_text(encoding="utf-8"))}
    unused = {name for name in declared - words if not COMPOSED_CLASSES.match(name)}
    assert unused == set()


def test_lines_of_the_stylesheet_have_at_most_120_characters() -> None:
    assert [line for line in STYLE.splitlines() if len(line) > 120] == []


def test_stylesheet_and_script_make_no_request_to_another_host() -> None:
    assert re.findall(r"@import|url\(", STYLE) == []
    assert re.findall(r"https?://|localStorage|sessionStorage|\beval\(|innerHTML", SCRIPT) == []
