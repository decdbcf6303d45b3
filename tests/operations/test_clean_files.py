"""`siaga clean-files` removes metadata from the files of older releases and records their checksums."""

import hashlib
import secrets
from collections.abc import Callable
from types import ModuleType
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import select

from app.aid.services.aid import hand_over_aid, prove_aid
from app.audit.models import AuditEntry
from app.cli import file_cleaning
from app.cli.file_cleaning import clean_files
from app.cli.portal import open_portal
from app.clients.models.client import Consent
from app.core import clock, files, images
from app.db.stored_files import REMOVED_METADATA_LABELS, StoredFile
from app.extensions import db
from app.grants.services.spending import attach_evidence
from app.operations import check, uploads
from app.operations.checks import CHECKS
from app.referrals.services.drafts import attach_document
from tests import factories
from tests.operations.conftest import Installation
from tests.support import photos
from tests.support.client import PortalClient, end_transaction
from tests.support.photos import CANARY, COLOURS, ORIENTED_COLOURS, quarter_colours
from tests.support.portal import create_cast

AsUser = Callable[[str], PortalClient]


def store_old_file(content: bytes, kind: str) -> str:
    """Store a file as an older release did: under its final name, without a `stored_file` row."""
    key = f"{secrets.token_hex(20)}.{kind}"
    path = files.get_path(key)
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(content)
    return key


def run_clean_files() -> list[str]:
    end_transaction()
    lines = list(clean_files())
    end_transaction()
    db.session.expire_all()
    return lines


def stored_files_by_key() -> dict[str, StoredFile]:
    return {row.key: row for row in db.session.scalars(select(StoredFile))}


def list_audit_changes() -> list[dict[str, Any]]:
    lines = select(AuditEntry.changes).where(AuditEntry.entity == "stored_file").order_by(AuditEntry.id)
    return [line for line in db.session.scalars(lines) if line]


def hash_content(content: bytes) -> str:
    return hashlib.sha256(content).hexdigest()


def list_faults() -> list[str]:
    return [fault for _question, found in check.run_checks(CHECKS) for fault in found]


@pytest.fixture
def records_with_files(app: Flask, make: ModuleType) -> dict[str, Any]:
    """A record of every model with files, with photos of an older release."""
    spent, given = make.expenditure(), make.apply_transition(make.aid(), hand_over_aid, received_by="Siti")
    receipt = {"evidence_number": "KW-1", "evidence_on": clock.today()}
    make.apply_transition(
        spent, attach_evidence, evidence=store_old_file(photos.jpeg(6), "jpg"), by="admin", **receipt
    )
    make.apply_transition(given, prove_aid, evidence=store_old_file(photos.png(), "png"))
    papers = [make.referral(documents="Fotokopi KTP").documents[0] for _n in range(2)]
    shared = store_old_file(photos.jpeg(3), "jpg")
    for paper in papers:
        make.apply_transition(paper, attach_document, file=shared)
    return {
        "consent": (make.consent(scan=store_old_file(photos.jpeg(), "jpg")), "scan", COLOURS),
        "attachment": (
            make.attachment(file=store_old_file(photos.HEIC, "heic")),
            "file",
            ORIENTED_COLOURS[6],
        ),
        "expenditure": (spent, "evidence", ORIENTED_COLOURS[6]),
        "aid": (given, "evidence", COLOURS),
        "first paper": (papers[0], "file", ORIENTED_COLOURS[3]),
        "second paper": (papers[1], "file", ORIENTED_COLOURS[3]),
    }


def test_files_of_every_room_are_cleaned_and_reported(records_with_files: dict[str, Any]) -> None:
    before = {
        name: (item.version, getattr(item, column)) for name, (item, column, _c) in records_with_files.items()
    }
    originals = {key: files.get_path(key).read_bytes() for _version, key in before.values()}
    assert run_clean_files() == ["Stored files freed of metadata: 5."]
    for name, (item, column, colours) in records_with_files.items():
        key = getattr(item, column)
        content = files.get_path(key).read_bytes()
        assert quarter_colours(content) == colours, name
        assert b"CANARY" not in content, name
        assert (stored_files_by_key()[key].sha256, stored_files_by_key()[key].size) == (
            hash_content(content),
            len(content),
        ), name
        assert getattr(item, "sha256", hash_content(content)) == hash_content(content), name
        assert item.version == before[name][0], "cleaning must not cause version conflicts"
    assert set(files.iter_keys_on_disk()) == stored_files_by_key().keys(), "no original is left"
    assert {line["key"][0]: line["sha256"][0] for line in list_audit_changes()} == {
        key: hash_content(content) for key, content in originals.items()
    }
    assert {line["key"][1]: line["sha256"][1] for line in list_audit_changes()} == {
        key: row.sha256 for key, row in stored_files_by_key().items()
    }
    assert len(list_audit_changes()) == 5, "one audit entry per file"
    assert records_with_files["attachment"][0].file.endswith(".jpg")
    assert list_faults() == []


def test_second_run_changes_nothing(records_with_files: dict[str, Any]) -> None:
    run_clean_files()
    hashes, lines = {key: row.sha256 for key, row in stored_files_by_key().items()}, len(list_audit_changes())
    assert run_clean_files() == []
    assert {key: row.sha256 for key, row in stored_files_by_key().items()} == hashes
    assert len(list_audit_changes()) == lines


@pytest.mark.parametrize(
    ("content", "kind", "removed"),
    [(b"%PDF-1.7 /Author (Rina)", "pdf", None), (photos.plain_jpeg(), "jpg", "none")],
)
def test_file_without_metadata_only_gets_its_row(
    app: Flask, make: ModuleType, content: bytes, kind: str, removed: str | None
) -> None:
    key = store_old_file(content, kind)
    consent = make.consent(scan=key)
    assert run_clean_files() == []
    assert (consent.scan, files.get_path(key).read_bytes()) == (key, content)
    assert stored_files_by_key()[key].removed_metadata == removed
    assert [line["sha256"] for line in list_audit_changes()] == [[hash_content(content)] * 2]
    assert list_faults() == []


def test_missing_file_is_reported_and_others_are_cleaned(app: Flask, make: ModuleType) -> None:
    gone, kept = store_old_file(photos.jpeg(), "jpg"), store_old_file(photos.jpeg(), "jpg")
    make.consent(scan=gone)
    other = make.consent(scan=kept)
    files.get_path(gone).unlink()
    reported = f"The file {gone} cannot be cleaned (No such file or directory)."
    assert run_clean_files() == [reported, "Stored files freed of metadata: 1."]
    assert stored_files_by_key().keys() == {other.scan}
    assert run_clean_files() == [reported], "the file may be restored from a backup"


def test_damaged_photo_is_kept_unchanged_and_reported_once(app: Flask, make: ModuleType) -> None:
    key = store_old_file(photos.jpeg()[:400], "jpg")
    consent = make.consent(scan=key)
    assert run_clean_files() == [f"The file {key} keeps its metadata (damaged)."]
    assert (consent.scan, stored_files_by_key()[key].removed_metadata) == (key, None)
    assert run_clean_files() == []
    assert list_faults() == []


def test_photo_is_retried_after_its_worker_failed(
    app: Flask, make: ModuleType, monkeypatch: pytest.MonkeyPatch, tmp_path: Any
) -> None:
    key = store_old_file(photos.jpeg(), "jpg")
    consent = make.consent(scan=key)
    with monkeypatch.context() as patch:
        patch.setattr(images, "WORKER_SCRIPT", tmp_path / "gone.py")
        assert run_clean_files() == [f"The file {key} keeps its metadata (failed)."]
    assert stored_files_by_key() == {}
    assert run_clean_files() == ["Stored files freed of metadata: 1."]
    assert CANARY not in files.get_path(consent.scan).read_bytes()


class SimulatedKill(BaseException):
    """Simulates that the process is killed."""


def raise_kill(*_args: Any, **_kwargs: Any) -> None:
    raise SimulatedKill


@pytest.mark.parametrize("function_name", ["write_image", "append_entries", "finish_uploads", "delete_file"])
def test_next_run_completes_a_killed_one(
    app: Flask, make: ModuleType, monkeypatch: pytest.MonkeyPatch, function_name: str
) -> None:
    original = photos.jpeg()
    consents = [make.consent(scan=store_old_file(original, "jpg")) for _n in range(3)]
    module = file_cleaning if function_name == "append_entries" else files
    with monkeypatch.context() as patch:
        patch.setattr(module, function_name, raise_kill)
        if function_name == "append_entries":
            patch.setattr(files, "delete_file", lambda _key: None)  # a killed process cannot clean up
        with pytest.raises(SimulatedKill):
            run_clean_files()
    db.session.rollback()
    uploads.clean_up_uploads()
    run_clean_files()
    assert len(list_audit_changes()) == 3
    assert {line["sha256"][0] for line in list_audit_changes()} == {hash_content(original)}
    for consent in consents:
        assert CANARY not in files.get_path(consent.scan).read_bytes()
    on_disk = set(files.iter_keys_on_disk())
    assert on_disk - files.list_unfinished_keys() == {consent.scan for consent in consents}
    assert [key for key in on_disk if CANARY in files.get_path(key).read_bytes()] == []
    assert list_faults() == []


@pytest.mark.both_databases
def test_file_replaced_during_the_run_is_not_changed(
    app: Flask, make: ModuleType, monkeypatch: pytest.MonkeyPatch
) -> None:
    consent, newer = make.consent(scan=store_old_file(photos.jpeg(), "jpg")), make.store_file()
    original_clean_image = images.clean_image

    def replace(content: bytes, kind: str) -> images.CleanImage:
        db.session.execute(db.update(Consent).values(scan=newer))
        db.session.commit()
        return original_clean_image(content, kind)

    monkeypatch.setattr(images, "clean_image", replace)
    assert run_clean_files() == []
    assert (consent.scan, stored_files_by_key().keys()) == (newer, {newer})
    assert list_audit_changes() == []


def test_audit_entry_is_shown_to_the_administrator(
    records_with_files: dict[str, Any], as_user: AsUser
) -> None:
    run_clean_files()
    lines = select(AuditEntry.id).where(AuditEntry.entity == "stored_file").order_by(AuditEntry.id)
    line = db.session.scalars(lines).first()
    page = as_user("admin").get_page(f"/audit/show/{line}")
    assert "Berkas tersimpan" in page
    assert "Sidik berkas (SHA-256)" in page
    assert list_audit_changes()[0]["sha256"][0] in page


@pytest.mark.parametrize(
    ("language", "words"), [("id", "data kamera (EXIF)"), ("en", "camera data (EXIF)")], ids=["id", "en"]
)
def test_removed_metadata_is_shown_in_words(
    records_with_files: dict[str, Any], as_user: AsUser, language: str, words: str
) -> None:
    run_clean_files()
    (line,) = db.session.scalars(
        select(AuditEntry.id).where(AuditEntry.entity == "stored_file").order_by(AuditEntry.id).limit(1)
    )
    codes = list_audit_changes()[0]["removed_metadata"][1]
    assert "exif" in codes.split(",")
    admin = as_user("admin")
    admin.post("/language", data={"language": language})
    page = admin.get_page(f"/audit/show/{line}")
    assert words in page
    assert codes not in page


def test_every_kind_of_removed_metadata_has_a_label(records_with_files: dict[str, Any]) -> None:
    run_clean_files()
    reported = {
        code for row in stored_files_by_key().values() for code in (row.removed_metadata or "none").split(",")
    }
    assert len(reported) > 2
    assert reported <= set(REMOVED_METADATA_LABELS)


@pytest.mark.both_databases
def test_init_and_clean_files_clean_files_of_older_releases(
    installation: Installation, monkeypatch: pytest.MonkeyPatch
) -> None:
    early = installation.run_siaga("clean-files")
    assert early.exit_code == 2
    assert "siaga init" in early.stderr
    assert installation.run_siaga("init").exit_code == 0
    for name, text in installation.settings.items():
        monkeypatch.setenv(name, text)
    with open_portal():
        create_cast()
    for command in ("init", "clean-files"):
        with open_portal():
            pk = factories.consent(scan=store_old_file(photos.jpeg(), "jpg")).id
        done = installation.run_siaga(command)
        assert done.exit_code == 0, done.output
        assert "Stored files freed of metadata: 1." in done.output
        with open_portal():
            scan = db.session.get_one(Consent, pk).scan
            assert CANARY not in files.get_path(str(scan)).read_bytes()
    assert installation.run_siaga("check").exit_code == 0
