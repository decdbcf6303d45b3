"""`siaga translations`: extract, merge and compile the messages of the portal, FAB and WTForms."""

import tomllib
from io import BytesIO
from pathlib import Path

import click
import flask_appbuilder
import wtforms
from babel import Locale
from babel.messages.catalog import Catalog, Message
from babel.messages.extract import DEFAULT_KEYWORDS, extract_from_dir
from babel.messages.mofile import write_mo
from babel.messages.pofile import read_po, write_po

from app.core.errors import StartupError
from config import ROOT

TRANSLATIONS_FOLDER = ROOT / "translations"
CATALOGUE_TEMPLATE = TRANSLATIONS_FOLDER / "messages.pot"
EXTRACTION_KEYWORDS = DEFAULT_KEYWORDS | {
    "_l": None,
    "_p": ((1, "c"), 2),
    "lazy_formatter_gettext": None,  # FAB's own
    "lazy_gettext": None,
    "lazy_ngettext": (1, 2),
    "lazy_pgettext": ((1, "c"), 2),
}
TRANSLATED_LIBRARIES = {
    "flask_appbuilder": (flask_appbuilder, [("**.py", "python"), ("**/templates/**.html", "jinja2")]),
    "wtforms": (wtforms, [("**.py", "python")]),
}
"""Libraries without an Indonesian translation: their messages are part of our catalogue."""


@click.group()
def translations() -> None:
    """Collect, merge and compile the words of the portal."""


def collect_messages() -> Catalog:
    """Return a catalogue with all marked messages of the portal, FAB and WTForms."""
    catalogue = Catalog(project="Siaga", charset="utf-8", fuzzy=False)
    settings = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))
    methods = [(mapping["pattern"], mapping["method"]) for mapping in settings["tool"]["babel"]["mappings"]]
    app_methods = [(pattern.removeprefix("app/"), method) for pattern, method in methods]
    _add_messages(catalogue, "app", ROOT / "app", app_methods)
    for name, (library, patterns) in TRANSLATED_LIBRARIES.items():
        _add_messages(catalogue, name, Path(str(library.__file__)).parent, patterns)
    return catalogue


@translations.command()
def extract() -> None:
    """Collect every wrapped word into translations/messages.pot."""
    click.echo(f"{CATALOGUE_TEMPLATE} holds {write_template()} messages.")


def write_template() -> int:
    """Write messages.pot and return its number of messages."""
    catalogue = collect_messages()
    TRANSLATIONS_FOLDER.mkdir(exist_ok=True)
    _write(CATALOGUE_TEMPLATE, catalogue)
    return len(catalogue)


def _add_messages(catalogue: Catalog, name: str, folder: Path, methods: list[tuple[str, str]]) -> None:
    messages = extract_from_dir(folder, methods, keywords=EXTRACTION_KEYWORDS, comment_tags=("Translators:",))
    for file, _line, message, comments, context in messages:
        catalogue.add(message, locations=[(f"{name}/{file}", 0)], auto_comments=comments, context=context)


@translations.command()
def update() -> None:
    """Merge messages.pot into every catalogue; what is new stands there untranslated."""
    print_untranslated(merge_template())


def print_untranslated(messages: dict[Path, list[str]]) -> None:
    """Print the messages without a translation, by catalogue."""
    for file, untranslated in messages.items():
        click.echo(f"{file.relative_to(TRANSLATIONS_FOLDER.parent)}: {len(untranslated)} to translate.")
        for message in untranslated:
            click.echo(f"  {message}")


def merge_template() -> dict[Path, list[str]]:
    """Merge messages.pot into every catalogue and return the messages without a translation, by file."""
    if not CATALOGUE_TEMPLATE.exists():
        raise StartupError(f"{CATALOGUE_TEMPLATE} is missing: run siaga translations extract.")
    template = _read_catalogue(CATALOGUE_TEMPLATE)
    return {file: _merge(template, file) for file in _list_catalogues()}


def _merge(template: Catalog, file: Path) -> list[str]:
    catalogue = _read_catalogue(file, locale=Locale.parse(file.parts[-3]))
    catalogue.update(template, no_fuzzy_matching=True)
    _write(file, catalogue)
    messages = [message for message in catalogue if message.id and not _is_translated(message)]
    return [message.id if isinstance(message.id, str) else message.id[0] for message in messages]


def _is_translated(message: Message) -> bool:
    texts = message.string if isinstance(message.string, list | tuple) else (message.string,)
    return all(texts) and not message.fuzzy


def _write(file: Path, catalogue: Catalog) -> None:
    """Write the catalogue, unless only its date differs."""
    stream = BytesIO()
    write_po(stream, catalogue, width=100, sort_output=True, include_lineno=False, ignore_obsolete=True)
    if not file.exists() or _without_date(stream.getvalue()) != _without_date(file.read_bytes()):
        file.write_bytes(stream.getvalue())


def _without_date(text: bytes) -> list[bytes]:
    return [line for line in text.splitlines() if not line.startswith(b'"POT-Creation-Date')]


@translations.command("compile")
def compile_catalogues() -> None:
    """Write the .mo files that the portal reads."""
    for file in _list_catalogues():
        with file.with_suffix(".mo").open("wb") as stream:
            write_mo(stream, _read_catalogue(file))
        click.echo(f"{file.with_suffix('.mo')} is written.")


def _list_catalogues() -> list[Path]:
    return sorted(TRANSLATIONS_FOLDER.glob("*/LC_MESSAGES/*.po"))


def _read_catalogue(file: Path, *, locale: Locale | None = None) -> Catalog:
    with file.open("rb") as stream:
        return read_po(stream, locale=locale)
