"""Harmful files are refused beside their field, or stored so that they do no harm."""

import io
import random
import struct
import zipfile
from collections.abc import Callable
from types import ModuleType

import pytest
from flask import Flask
from werkzeug.datastructures import FileStorage
from werkzeug.test import TestResponse

from app.core import files
from app.core.errors import PortalError
from tests.core.test_uploaded_files import JPEG, PDF, SVG, office_file
from tests.support.client import PortalClient

AsUser = Callable[[str], PortalClient]

HTML = b"<html><script>alert(document.cookie)</script></html>"
TYPED = 'Foto <rumah> & "halaman"'


def attach_file(client: PortalClient, case: int, content: bytes, name: str) -> TestResponse:
    form = {"case": str(case), "title": TYPED, "file": (io.BytesIO(content), name)}
    return client.post("/attachments/add", data=form, content_type="multipart/form-data")


@pytest.mark.parametrize(
    ("content", "name"),
    [
        (SVG, "gambar.svg"),
        (SVG, "gambar.png"),
        (HTML, "surat.pdf"),
        (HTML, "surat.html"),
        (b"\n" + HTML + PDF, "surat.pdf"),
        (b"GIF89a" + HTML, "foto.gif"),
        (JPEG + HTML, "foto.html"),
        (PDF, "surat.pdf.js"),
        (PDF, "surat.pdf%00.exe"),
        (b"MZ" + PDF, "surat.pdf"),
        (office_file("word/document.xml", size=60 * 1024 * 1024), "bom.docx"),
        (office_file("xl/workbook.xml")[:-9], "putus.xlsx"),
        (office_file("word/document.xml").replace(b"\x14\x00", b"\xff\x00"), "aneh.docx"),
    ],
    ids=range(13),
)
def test_a_harmful_file_is_refused_beside_its_field_with_everything_typed(
    as_user: AsUser, make: ModuleType, content: bytes, name: str
) -> None:
    case = make.case(by="rina").id
    answer = attach_file(as_user("rina"), case, content, name)
    assert answer.status_code == 200
    assert 'id="file-error"' in answer.text
    assert "Foto &lt;rumah&gt; &amp; &#34;halaman&#34;" in answer.text
    assert f'value="{case}"' in answer.text
    assert not list(files.iter_keys_on_disk())


def falsify_size(content: bytes, declared_size: int) -> bytes:
    """Return the zip with this size of its last entry in the central directory and in the local header."""
    with zipfile.ZipFile(io.BytesIO(content)) as archive:
        part, start = archive.infolist()[-1], archive.start_dir
    altered = bytearray(content)
    for place in (part.header_offset + 22, content.rindex(b"PK\x01\x02", start) + 24):
        assert struct.unpack_from("<L", content, place) == (part.file_size,)
        struct.pack_into("<L", altered, place, declared_size)
    return bytes(altered)


@pytest.mark.parametrize("declared_size", [10, 60 * 1024 * 1024])
def test_zip_bomb_is_measured_while_unpacking_whatever_size_it_declares(
    as_user: AsUser, make: ModuleType, declared_size: int
) -> None:
    bomb = falsify_size(office_file("xl/workbook.xml", size=60 * 1024 * 1024), declared_size)
    answer = attach_file(as_user("rina"), make.case(by="rina").id, bomb, "bom.xlsx")
    assert answer.status_code == 200
    assert "Isi berkas ini lebih dari 100 MB setelah dibuka." in answer.text
    assert list(files.iter_keys_on_disk()) == []


@pytest.mark.parametrize("declared_size", [5, 2_000])
def test_office_file_with_a_wrong_declared_size_is_refused(
    as_user: AsUser, make: ModuleType, declared_size: int
) -> None:
    wrong = falsify_size(office_file("xl/workbook.xml", size=1_000), declared_size)
    answer = attach_file(as_user("rina"), make.case(by="rina").id, wrong, "daftar.xlsx")
    assert answer.status_code == 200
    assert 'id="file-error"' in answer.text
    assert list(files.iter_keys_on_disk()) == []


@pytest.mark.parametrize(
    "name",
    [
        "../../../etc/cron.d/x.pdf",
        "C:\\windows\\x.pdf",
        "/etc/x.pdf",
        "x" * 3000 + ".pdf",
        ".pdf",
        "a\r\nb.pdf",
    ],
)
def test_file_name_is_never_used_as_a_path(as_user: AsUser, make: ModuleType, name: str) -> None:
    rina = as_user("rina")
    answer = attach_file(rina, make.case(by="rina").id, PDF, name)
    if answer.status_code == 302:
        (key,) = files.iter_keys_on_disk()
        assert files.get_path(key).parent.parent.samefile(rina.application.config["UPLOAD_FOLDER"])
        assert files.get_path(key).name == key
    else:
        assert 'id="file-error"' in answer.text


def test_text_in_a_file_field_is_refused(as_user: AsUser, make: ModuleType) -> None:
    form = {"case": str(make.case(by="rina").id), "title": TYPED, "file": "%PDF-1.7"}
    for kind in ("multipart/form-data", "application/x-www-form-urlencoded"):
        answer = as_user("rina").post("/attachments/add", data=form, content_type=kind)
        assert answer.status_code == 200
        assert 'id="file-error"' in answer.text


@pytest.mark.parametrize(
    ("content", "kind", "kept"), [(PDF + HTML, "pdf", PDF + HTML), (JPEG + HTML + PDF, "jpg", JPEG)]
)
def test_polyglot_file_is_served_as_a_download_of_one_type(
    as_user: AsUser, make: ModuleType, content: bytes, kind: str, kept: bytes
) -> None:
    rina = as_user("rina")
    made = attach_file(rina, make.case(by="rina").id, content, f"surat.{kind}")
    with rina.get(f"/attachments/{made.location.rpartition('/')[2]}/file/file") as answer:
        assert answer.mimetype == files.MEDIA_TYPES[kind]
        assert answer.headers["X-Content-Type-Options"] == "nosniff"
        assert answer.headers["Content-Disposition"].startswith("attachment;")
        assert answer.data == kept
        assert "script-src 'self'" in answer.headers["Content-Security-Policy"]


def test_damaged_office_file_causes_no_error(app: Flask) -> None:
    whole, rng = office_file("word/document.xml", "word/styles.xml"), random.Random(3)
    for _round in range(600):
        damaged = bytearray(whole)
        for _byte in range(rng.choice((1, 1, 4))):
            damaged[rng.randrange(4, len(damaged))] = rng.choice((0, 255, rng.randrange(256)))
        with app.test_request_context():
            try:
                files.delete_file(
                    files.save_upload(FileStorage(io.BytesIO(bytes(damaged)), "surat.docx")).key
                )
            except PortalError:
                continue
