"""`siaga clean-files`: files of older releases lose their metadata, and the book keeps their checksum."""

import hashlib
import secrets
from collections.abc import Callable
from types import ModuleType
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import select

from app.aid.services import hand_over_aid, prove_aid
from app.audit.models import AuditEntry
from app.cli import file_cleaning
from app.cli.checks import CHECKS
from app.cli.file_cleaning import clean_files
from app.cli.portal import opened
from app.clients.models import Consent
from app.core import clock, files, images
from app.core.operations import check, uploads
from app.core.stored_files import REMOVED_METADATA, StoredFile
from app.extensions import db
from app.grants.services import attach_evidence
from app.referrals.services import attach_document
from tests import factories
from tests.operations.conftest import Machine
from tests.support import photos
from tests.support.client import PortalClient, end_transaction
from tests.support.photos import CANARY, COLOURS, ORIENTED, quarters
from tests.support.portal import hire_cast

LogIn = Callable[[str], PortalClient]


def old_file(content: bytes, kind: str) -> str:
    """A file as an older release stored it: under its own name, without a row."""
    key = f"{secrets.token_hex(20)}.{kind}"
    path = files.path_of(key)
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(content)
    return key


def run() -> list[str]:
    end_transaction()
    lines = list(clean_files())
    end_transaction()
    db.session.expire_all()
    return lines


def rows() -> dict[str, StoredFile]:
    return {row.key: row for row in db.session.scalars(select(StoredFile))}


def book() -> list[dict[str, Any]]:
    lines = select(AuditEntry.changes).where(AuditEntry.entity == "stored_file").order_by(AuditEntry.id)
    return [line for line in db.session.scalars(lines) if line]


def sha256(content: bytes) -> str:
    return hashlib.sha256(content).hexdigest()


def faults() -> list[str]:
    return [fault for _question, found in check.run(CHECKS) for fault in found]


@pytest.fixture
def records(app: Flask, make: ModuleType) -> dict[str, Any]:
    """A record of every room that keeps files, with photos of an older release."""
    spent, given = make.expenditure(), make.moved(make.aid(), hand_over_aid, received_by="Siti")
    receipt = {"evidence_number": "KW-1", "evidence_on": clock.today()}
    make.moved(spent, attach_evidence, evidence=old_file(photos.jpeg(6), "jpg"), by="admin", **receipt)
    make.moved(given, prove_aid, evidence=old_file(photos.png(), "png"))
    papers = [make.referral(documents="Fotokopi KTP").documents[0] for _n in range(2)]
    shared = old_file(photos.jpeg(3), "jpg")
    for paper in papers:
        make.moved(paper, attach_document, file=shared)
    return {
        "consent": (make.consent(scan=old_file(photos.jpeg(), "jpg")), "scan", COLOURS),
        "attachment": (make.attachment(file=old_file(photos.HEIC, "heic")), "file", ORIENTED[6]),
        "expenditure": (spent, "evidence", ORIENTED[6]),
        "aid": (given, "evidence", COLOURS),
        "first paper": (papers[0], "file", ORIENTED[3]),
        "second paper": (papers[1], "file", ORIENTED[3]),
    }


def test_files_of_every_room_are_cleaned_and_told(records: dict[str, Any]) -> None:
    before = {name: (item.version, getattr(item, column)) for name, (item, column, _c) in records.items()}
    originals = {key: files.path_of(key).read_bytes() for _version, key in before.values()}
    assert run() == ["Stored files freed of metadata: 5."]
    for name, (item, column, colours) in records.items():
        key = getattr(item, column)
        content = files.path_of(key).read_bytes()
        assert quarters(content) == colours, name
        assert b"CANARY" not in content, name
        assert (rows()[key].sha256, rows()[key].size) == (sha256(content), len(content)), name
        assert getattr(item, "sha256", sha256(content)) == sha256(content), name
        assert item.version == before[name][0], "a form that is open meanwhile can still be saved"
    assert set(files.keys_on_disk()) == rows().keys(), "no original is left"
    assert {line["key"][0]: line["sha256"][0] for line in book()} == {
        key: sha256(content) for key, content in originals.items()
    }
    assert {line["key"][1]: line["sha256"][1] for line in book()} == {
        key: row.sha256 for key, row in rows().items()
    }
    assert len(book()) == 5, "one line for each file"
    assert records["attachment"][0].file.endswith(".jpg")
    assert faults() == []


def test_second_run_changes_nothing(records: dict[str, Any]) -> None:
    run()
    kept, lines = {key: row.sha256 for key, row in rows().items()}, len(book())
    assert run() == []
    assert {key: row.sha256 for key, row in rows().items()} == kept
    assert len(book()) == lines


@pytest.mark.parametrize(
    ("content", "kind", "removed"),
    [(b"%PDF-1.7 /Author (Rina)", "pdf", None), (photos.plain_jpeg(), "jpg", "none")],
)
def test_file_that_has_nothing_to_lose_gets_its_row_alone(
    app: Flask, make: ModuleType, content: bytes, kind: str, removed: str | None
) -> None:
    key = old_file(content, kind)
    consent = make.consent(scan=key)
    assert run() == []
    assert (consent.scan, files.path_of(key).read_bytes()) == (key, content)
    assert rows()[key].removed_metadata == removed
    assert [line["sha256"] for line in book()] == [[sha256(content)] * 2]
    assert faults() == []


def test_missing_file_is_told_and_stops_nothing(app: Flask, make: ModuleType) -> None:
    gone, kept = old_file(photos.jpeg(), "jpg"), old_file(photos.jpeg(), "jpg")
    make.consent(scan=gone)
    other = make.consent(scan=kept)
    files.path_of(gone).unlink()
    told = f"The file {gone} cannot be cleaned (No such file or directory)."
    assert run() == [told, "Stored files freed of metadata: 1."]
    assert rows().keys() == {other.scan}
    assert run() == [told], "it may come back from a backup"


def test_damaged_photo_is_kept_as_it_is_and_told_once(app: Flask, make: ModuleType) -> None:
    key = old_file(photos.jpeg()[:400], "jpg")
    consent = make.consent(scan=key)
    assert run() == [f"The file {key} keeps its metadata (damaged)."]
    assert (consent.scan, rows()[key].removed_metadata) == (key, None)
    assert run() == []
    assert faults() == []


def test_photo_whose_worker_failed_is_tried_again(
    app: Flask, make: ModuleType, monkeypatch: pytest.MonkeyPatch, tmp_path: Any
) -> None:
    key = old_file(photos.jpeg(), "jpg")
    consent = make.consent(scan=key)
    with monkeypatch.context() as broken:
        broken.setattr(images, "WORKER", tmp_path / "gone.py")
        assert run() == [f"The file {key} keeps its metadata (failed)."]
    assert rows() == {}
    assert run() == ["Stored files freed of metadata: 1."]
    assert CANARY not in files.path_of(consent.scan).read_bytes()


class Killed(BaseException):
    """The process ends here."""


def kill(*_args: Any, **_kwargs: Any) -> None:
    raise Killed


@pytest.mark.parametrize("place", ["write_image", "append", "settle", "forget"])
def test_run_that_was_killed_goes_on_where_it_stopped(
    app: Flask, make: ModuleType, monkeypatch: pytest.MonkeyPatch, place: str
) -> None:
    original = photos.jpeg()
    consents = [make.consent(scan=old_file(original, "jpg")) for _n in range(3)]
    where = file_cleaning if place == "append" else files
    with monkeypatch.context() as power:
        power.setattr(where, place, kill)
        if place == "append":
            power.setattr(files, "forget", lambda _key: None)  # nothing is tidied up by who is dead
        with pytest.raises(Killed):
            run()
    db.session.rollback()
    uploads.tidy()
    run()
    assert len(book()) == 3
    assert {line["sha256"][0] for line in book()} == {sha256(original)}
    for consent in consents:
        assert CANARY not in files.path_of(consent.scan).read_bytes()
    on_disk = set(files.keys_on_disk())
    assert on_disk - files.unfinished() == {consent.scan for consent in consents}
    assert [key for key in on_disk if CANARY in files.path_of(key).read_bytes()] == []
    assert faults() == []


def test_file_that_is_replaced_meanwhile_is_left_alone(
    app: Flask, make: ModuleType, monkeypatch: pytest.MonkeyPatch
) -> None:
    consent, newer = make.consent(scan=old_file(photos.jpeg(), "jpg")), make.stored()
    first = images.clean_image

    def replace(content: bytes, kind: str) -> images.CleanImage:
        db.session.execute(db.update(Consent).values(scan=newer))
        db.session.commit()
        return first(content, kind)

    monkeypatch.setattr(images, "clean_image", replace)
    assert run() == []
    assert (consent.scan, rows().keys()) == (newer, {newer})
    assert book() == []


def test_line_of_the_book_is_shown_to_the_administrator(records: dict[str, Any], as_user: LogIn) -> None:
    run()
    lines = select(AuditEntry.id).where(AuditEntry.entity == "stored_file").order_by(AuditEntry.id)
    line = db.session.scalars(lines).first()
    page = as_user("admin").get_page(f"/audit/show/{line}")
    assert "Berkas tersimpan" in page
    assert "Sidik berkas (SHA-256)" in page
    assert book()[0]["sha256"][0] in page


@pytest.mark.parametrize(
    ("language", "words"), [("id", "data kamera (EXIF)"), ("en", "camera data (EXIF)")], ids=["id", "en"]
)
def test_removed_metadata_is_shown_in_words(
    records: dict[str, Any], as_user: LogIn, language: str, words: str
) -> None:
    run()
    (line,) = db.session.scalars(
        select(AuditEntry.id).where(AuditEntry.entity == "stored_file").order_by(AuditEntry.id).limit(1)
    )
    codes = book()[0]["removed_metadata"][1]
    assert "exif" in codes.split(",")
    admin = as_user("admin")
    admin.post("/language", data={"language": language})
    page = admin.get_page(f"/audit/show/{line}")
    assert words in page
    assert codes not in page


def test_every_kind_of_removed_metadata_has_words(records: dict[str, Any]) -> None:
    run()
    told = {code for row in rows().values() for code in (row.removed_metadata or "none").split(",")}
    assert len(told) > 2
    assert told <= set(REMOVED_METADATA)


def test_init_and_the_command_clean_what_an_older_release_left(
    machine: Machine, monkeypatch: pytest.MonkeyPatch
) -> None:
    early = machine.siaga("clean-files")
    assert early.exit_code == 2
    assert "siaga init" in early.stderr
    assert machine.siaga("init").exit_code == 0
    for name, text in machine.settings.items():
        monkeypatch.setenv(name, text)
    with opened():
        hire_cast()
    for command in ("init", "clean-files"):
        with opened():
            pk = factories.consent(scan=old_file(photos.jpeg(), "jpg")).id
        done = machine.siaga(command)
        assert done.exit_code == 0, done.output
        assert "Stored files freed of metadata: 1." in done.output
        with opened():
            scan = db.session.get_one(Consent, pk).scan
            assert CANARY not in files.path_of(str(scan)).read_bytes()
    assert machine.siaga("check").exit_code == 0
