"""Uploaded files: their type is decided by their content, not by their name."""

import io
import zipfile
from collections.abc import Callable
from types import ModuleType, SimpleNamespace

import pytest
from flask import Flask
from sqlalchemy import select
from werkzeug.datastructures import FileStorage
from werkzeug.test import TestResponse

from app.audit.models import AuditEntry
from app.cases.views.entries import AttachmentView
from app.clients.models.client import Consent
from app.core import files
from app.core.errors import PortalError
from app.db.records import update
from app.db.stored_files import StoredFile, discard_stored_files
from app.db.transaction import transaction
from app.extensions import db
from tests.support.client import PortalClient
from tests.support.fixed_clock import FAR_AHEAD
from tests.support.photos import encode, picture, plain_jpeg, plain_png

AsUser = Callable[[str], PortalClient]

PDF = b"%PDF-1.7\n%..."
JPEG = plain_jpeg()
PNG = plain_png()
WEBP = encode(picture(), "WEBP", lossless=True)
SVG = b'<svg xmlns="http://www.w3.org/2000/svg"><script>alert(1)</script></svg>'


def office_file(*parts: str, size: int = 10) -> bytes:
    target = io.BytesIO()
    with zipfile.ZipFile(target, "w", zipfile.ZIP_DEFLATED) as archive:
        for part in ("[Content_Types].xml", *parts):
            archive.writestr(part, b"0" * size)
    return target.getvalue()


def make_upload(content: bytes, name: str) -> FileStorage:
    return FileStorage(io.BytesIO(content), filename=name)


@pytest.mark.parametrize(
    ("content", "name", "kind"),
    [
        (PDF, "surat.pdf", "pdf"),
        (JPEG, "KTP.JPG", "jpg"),
        (JPEG, "foto.jpeg", "jpg"),
        (PNG, "foto.png", "png"),
        (WEBP, "IMG-20270615-WA0001.webp", "webp"),
        (JPEG, "unduhan.jfif", "jpg"),
        (JPEG, "unduhan.jpe", "jpg"),
        (JPEG, "tangkapan layar.png", "jpg"),
        (PNG, "foto.jpg", "png"),
        (WEBP, "foto.jpg", "webp"),
        (b"\xef\xbb\xbf" + PDF, "dengan BOM.pdf", "pdf"),
        (b"\r\n" + PDF, "baris kosong.pdf", "pdf"),
        (office_file("word/document.xml"), "surat.docx", "docx"),
        (office_file("xl/workbook.xml"), "daftar.xlsx", "xlsx"),
    ],
)
def test_accepted_file_types_are_stored(app: Flask, content: bytes, name: str, kind: str) -> None:
    key = files.save_upload(make_upload(content, name)).key
    assert key.endswith(f".{kind}")
    assert files.get_path(key).read_bytes() == content
    assert files.get_path(key).stat().st_mode & 0o777 == 0o600


@pytest.mark.parametrize(
    ("content", "name"),
    [
        (SVG, "gambar.svg"),
        (SVG, "gambar.png"),
        (b"MZ\x90", "surat.pdf"),
        (PDF, "foto.jpg"),
        (PDF, "surat.pdf.exe"),
        (b"", "kosong.pdf"),
        (b"PK\x03\x04broken", "surat.docx"),
        (office_file("something/else.xml"), "surat.docx"),
        (office_file("word/document.xml", "word/vbaProject.bin"), "surat.docx"),
        (office_file("word/document.xml"), "daftar.xlsx"),
        (office_file("word/document.xml", size=60 * 1024 * 1024), "bom.docx"),
        (PDF + b"0" * files.MAX_UPLOAD_BYTES, "besar.pdf"),
    ],
)
def test_other_files_are_refused_with_a_message(app: Flask, content: bytes, name: str) -> None:
    with app.test_request_context(), pytest.raises(PortalError, match=r"\w+ \w+"):
        files.save_upload(make_upload(content, name))
    assert not list(files.iter_keys_on_disk())


@pytest.mark.parametrize("key", ["../../etc/passwd", "a/b.pdf", "..", "abc", "a.b.pdf"])
def test_key_cannot_leave_the_upload_folder(app: Flask, key: str) -> None:
    with pytest.raises(ValueError, match="not a key"):
        files.get_path(key)


def test_file_is_served_under_a_name_without_personal_data(
    as_user: AsUser, make: ModuleType, people: object
) -> None:
    case = make.case(by="rina")
    form = {"case": case.id, "title": "KTP Siti Aminah", "file": (io.BytesIO(JPEG), "KTP Siti Aminah.jpg")}
    created = as_user("rina").post("/attachments/add", data=form, content_type="multipart/form-data")
    assert created.status_code == 302
    pk = created.location.rsplit("/", 1)[1]
    with as_user("rina").get(f"/attachments/{pk}/file/file") as response:
        assert response.status_code == 200
        assert response.data == JPEG
        assert response.headers["X-Content-Type-Options"] == "nosniff"
        assert response.headers["Content-Disposition"] == f"attachment; filename=attachment-{pk}.jpg"
    assert as_user("rina").get(f"/attachments/{pk}/file/title").status_code == 404


def test_refused_form_leaves_no_file(as_user: AsUser, make: ModuleType) -> None:
    case = make.case(by="rina")
    form = {"case": case.id, "title": "x" * 5000, "file": (io.BytesIO(JPEG), "a.jpg")}
    response = as_user("rina").post("/attachments/add", data=form, content_type="multipart/form-data")
    assert response.status_code == 200
    assert not list(files.iter_keys_on_disk())


class TestReplacing:
    """A new scan replaces the old one when the form has been saved, not before."""

    @pytest.fixture
    def consent(self, app: Flask, make: ModuleType) -> Consent:
        return make.consent(scan=make.store_file(PDF, "lama.pdf"), given_by="Ibu Sari")

    def edit_scan(self, client: PortalClient, consent: Consent, **more: object) -> TestResponse:
        form = {
            "purpose": "service",
            "method": "written",
            "given_by": "Ibu Sari",
            "given_on": "2026-01-02",
            "version": str(consent.version),
            "scan": JPEG,
            **more,
        }
        form["scan"] = (io.BytesIO(form["scan"]), "baru.jpg" if form["scan"] else "")
        return client.post(f"/consents/edit/{consent.id}", data=form, content_type="multipart/form-data")

    def test_old_file_is_deleted_when_the_new_one_is_saved(self, as_user: AsUser, consent: Consent) -> None:
        old = consent.scan
        assert self.edit_scan(as_user("rina"), consent).status_code == 302
        db.session.refresh(consent)
        assert list(files.iter_keys_on_disk()) == [consent.scan] != [old]
        assert db.session.scalars(select(StoredFile.key)).all() == [consent.scan]
        entry = db.session.scalars(select(AuditEntry).order_by(AuditEntry.id.desc())).first()
        assert entry is not None
        assert "scan" in entry.changes, "the audit entry records the replacement"

    @pytest.mark.parametrize("more", [{"version": "0"}, {"given_on": str(FAR_AHEAD)}, {"scan": SVG}])
    def test_refused_save_keeps_the_old_file(
        self, as_user: AsUser, consent: Consent, more: dict[str, object]
    ) -> None:
        old = consent.scan
        assert self.edit_scan(as_user("rina"), consent, **more).status_code in (200, 409)
        assert list(files.iter_keys_on_disk()) == [old]

    def test_a_change_that_is_undone_keeps_the_file_for_good(
        self, consent: Consent, people: SimpleNamespace
    ) -> None:
        old = consent.scan

        def replace_and_fail() -> None:
            update(consent, {"scan": None}, by=people.rina)
            discard_stored_files([old])
            raise PortalError("refused after all")

        with pytest.raises(PortalError), transaction(by=people.rina):
            replace_and_fail()
        with transaction(by=people.rina):
            update(consent, {"given_by": "Ibu Ani"}, by=people.rina)
        assert list(files.iter_keys_on_disk()) == [consent.scan] == [old]

    def test_empty_file_field_keeps_the_file(self, as_user: AsUser, consent: Consent) -> None:
        old = consent.scan
        response = self.edit_scan(as_user("rina"), consent, scan=b"", text_version="2025-2")
        assert response.status_code == 302
        assert list(files.iter_keys_on_disk()) == [old]


def test_internal_error_leaves_no_file(
    as_user: AsUser, make: ModuleType, monkeypatch: pytest.MonkeyPatch
) -> None:
    def raise_error(data: object, *, by: object) -> None:
        raise RuntimeError("broken on purpose")

    case = make.case(by="rina")
    monkeypatch.setattr(AttachmentView, "add_service", staticmethod(raise_error))
    upload = {"case": case.id, "title": "Surat", "file": (io.BytesIO(b"%PDF-1.7 x"), "surat.pdf")}
    response = as_user("rina").post("/attachments/add", data=upload, content_type="multipart/form-data")
    assert response.status_code == 500
    assert not list(files.iter_keys_on_disk())
