"""`siaga translations`: extract, update and compile the catalogue."""

from pathlib import Path

import pytest
from babel.messages.mofile import read_mo
from babel.messages.pofile import read_po
from click.testing import CliRunner

from app.cli import i18n, main


@pytest.fixture
def translations_folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setattr(i18n, "TRANSLATIONS_FOLDER", tmp_path)
    monkeypatch.setattr(i18n, "CATALOGUE_TEMPLATE", tmp_path / "messages.pot")
    indonesian = tmp_path / "id" / "LC_MESSAGES"
    indonesian.mkdir(parents=True)
    (indonesian / "messages.po").write_text(
        'msgid ""\nmsgstr "Content-Type: text/plain; charset=utf-8\\n"\n\n'
        'msgid "This file is empty."\nmsgstr "Berkas ini kosong."\n\n'
        'msgid "Said no more"\nmsgstr "Tidak lagi"\n'
    )
    return tmp_path


def run_translations(name: str) -> str:
    result = CliRunner().invoke(main, ["translations", name])
    assert result.exit_code == 0, result.output
    return result.stdout


def test_extract_collects_messages_of_portal_fab_and_wtforms(translations_folder: Path) -> None:
    run_translations("extract")
    with (translations_folder / "messages.pot").open("rb") as stream:
        found = read_po(stream)
    assert "This file is empty." in found
    assert "Access is Denied" in found
    assert "Not a valid date value." in found


def test_update_keeps_translations_and_adds_untranslated_messages(translations_folder: Path) -> None:
    run_translations("extract")
    assert "to translate" in run_translations("update")
    with (translations_folder / "id" / "LC_MESSAGES" / "messages.po").open("rb") as stream:
        catalogue = read_po(stream, locale="id")
    assert catalogue["This file is empty."].string == "Berkas ini kosong."
    assert catalogue["Access is Denied"].string == ""
    assert "Said no more" not in catalogue


def test_compile_writes_the_translations(translations_folder: Path) -> None:
    run_translations("compile")
    with (translations_folder / "id" / "LC_MESSAGES" / "messages.mo").open("rb") as stream:
        assert read_mo(stream)["This file is empty."].string == "Berkas ini kosong."


def test_update_without_template_points_to_extract(translations_folder: Path) -> None:
    result = CliRunner().invoke(main, ["translations", "update"])
    assert result.exit_code == 2
    assert "siaga translations extract" in result.stderr
