"""Photos are stored without metadata by every form, and a refused form keeps what was typed."""

import hashlib
import io
from collections.abc import Callable, Iterator
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import select

from app.admin.base import PortalView
from app.admin.fields import UploadField
from app.core import files, images
from app.db.stored_files import StoredFile
from app.db.types import UploadedFile
from app.extensions import Model, db
from tests.support import photos
from tests.support.client import PortalClient
from tests.support.photos import CANARY, COLOURS, ORIENTED_COLOURS, quarter_colours
from tests.support.transition_examples import TransitionExample, build_transition_examples

AsUser = Callable[[str], PortalClient]
MULTIPART = "multipart/form-data"
TITLE = "Foto <rumah>"


def stored_contents() -> dict[str, bytes]:
    return {key: files.get_path(key).read_bytes() for key in files.iter_keys_on_disk()}


def attach_file(client: PortalClient, case: Any, content: bytes, name: str = "foto.jpg") -> Any:
    form = {"case": str(case.id), "title": TITLE, "file": (io.BytesIO(content), name)}
    return client.post("/attachments/add", data=form, content_type=MULTIPART)


def file_form_names(app: Flask) -> Iterator[str]:
    """Yield `room.form` for every form with an upload field."""
    with app.test_request_context():
        for view in app.appbuilder.baseviews:  # type: ignore[attr-defined]
            if not isinstance(view, PortalView):
                continue
            forms = {
                transition.name: view.transition_forms[transition.name] for transition in view.transitions
            }
            forms |= {"add": view.add_form} if view.has_add_form else {}
            forms |= {"edit": view.edit_form} if view.has_edit_form else {}
            for name, form in forms.items():
                if any(isinstance(field, UploadField) for field in form()):
                    yield f"{view.room}.{name}"


def build_file_forms(make: ModuleType) -> dict[str, tuple[str, str, dict[str, Any]]]:
    """Return URL, name of the file field and other fields of the add and edit forms with a file."""
    consent = make.consent()
    given = {"purpose": "service", "method": "written", "given_by": "Ibu", "given_on": "2026-01-02"}
    return {
        "attachments.add": ("/attachments/add", "file", {"case": make.case().id, "title": TITLE}),
        "consents.add": ("/consents/add", "scan", {"client": make.client().id, **given}),
        "consents.edit": (f"/consents/edit/{consent.id}", "scan", {"version": consent.version, **given}),
    }


def build_file_transitions(make: ModuleType) -> dict[str, TransitionExample]:
    """Return the transitions that take a file; for handing over aid it is optional."""
    rows = build_transition_examples(make)
    rows["aid.hand_over"] = rows["aid.hand_over"]._replace(file_field="evidence")
    return {name: row for name, row in rows.items() if row.file_field}


def test_no_upload_form_stores_photo_metadata(app: Flask, make: ModuleType, as_user: AsUser) -> None:
    posts = build_file_forms(make)
    for name, row in build_file_transitions(make).items():
        view = next(one for one in app.appbuilder.baseviews if getattr(one, "room", "") == name.split(".")[0])  # type: ignore[attr-defined]
        address = f"{view.route_base}/{row.record.id}/{name.partition('.')[2]}"
        posts[name] = (address, str(row.file_field), {**row.fields, "version": row.record.version})
    assert posts.keys() == set(file_form_names(app)), "a form that takes a file is missing here"
    admin = as_user("admin")
    for name, (address, field, fields) in posts.items():
        before = set(files.iter_keys_on_disk())
        photo = (io.BytesIO(photos.jpeg(6)), "IMG_0001.jpg")
        answer = admin.post(address, data={**fields, field: photo}, content_type=MULTIPART)
        assert answer.status_code == 302, name
        (key,) = set(files.iter_keys_on_disk()) - before
        content = files.get_path(key).read_bytes()
        assert CANARY not in content, name
        assert quarter_colours(content) == ORIENTED_COLOURS[6], name
        row = db.session.scalars(select(StoredFile).filter_by(key=key)).one()
        assert (row.sha256, row.size) == (hashlib.sha256(content).hexdigest(), len(content)), name
        assert row.media_type == "image/jpeg"
        assert row.removed_metadata == "comment,exif,gps,iptc,other,thumbnail,trailing,xmp"


def test_list_of_file_columns_is_complete(app: Flask) -> None:
    columns = {
        f"{table.name}.{column.name}"
        for table in Model.metadata.sorted_tables
        for column in table.columns
        if isinstance(column.type, UploadedFile)
    }
    assert columns == {
        *("attachment.file", "consent.scan", "referral_document.file", "expenditure.evidence", "aid.evidence")
    }


@pytest.mark.parametrize(
    ("content", "name", "kind"),
    [
        (photos.jpeg(), "unduhan.jfif", "jpg"),
        (photos.jpeg(), "unduhan.jpe", "jpg"),
        (photos.jpeg(), "tangkapan.png", "jpg"),
        (photos.png(), "foto.jpg", "png"),
        (photos.webp(), "IMG-WA0001.webp", "webp"),
        (photos.cmyk(profile=True), "cetak.jpg", "jpg"),
    ],
)
def test_photo_is_named_by_its_content(
    as_user: AsUser, make: ModuleType, content: bytes, name: str, kind: str
) -> None:
    rina = as_user("rina")
    made = attach_file(rina, make.case(), content, name)
    assert made.status_code == 302
    with rina.get(f"/attachments/{made.location.rpartition('/')[2]}/file/file") as answer:
        assert answer.mimetype == files.MEDIA_TYPES[kind]
        assert answer.headers["Content-Disposition"].endswith(f".{kind}")
        assert CANARY not in answer.data
        assert quarter_colours(answer.data) == COLOURS


def test_heic_of_a_phone_is_kept_as_jpeg(as_user: AsUser, make: ModuleType) -> None:
    assert attach_file(as_user("rina"), make.case(), photos.HEIC, "IMG_1.HEIC").status_code == 302
    ((key, content),) = stored_contents().items()
    assert key.endswith(".jpg")
    assert photos.HEIC_CANARY not in content
    assert quarter_colours(content) == ORIENTED_COLOURS[6]


@pytest.mark.parametrize("brand", [b"mif1", b"msf1", b"heix", b"hevc"])
def test_heif_of_any_brand_and_name_is_kept_as_jpeg(as_user: AsUser, make: ModuleType, brand: bytes) -> None:
    sent = photos.HEIC[:8] + brand + photos.HEIC[12:]
    assert attach_file(as_user("rina"), make.case(), sent, "IMG_1.heif").status_code == 302
    ((key, content),) = stored_contents().items()
    assert key.endswith(".jpg")
    assert photos.HEIC_CANARY not in content


@pytest.mark.parametrize("start", [b"\xef\xbb\xbf", b"\r\n", b"\n\n", b"\xef\xbb\xbf\r\n"])
def test_pdf_after_a_line_break_or_byte_order_mark_is_accepted(
    as_user: AsUser, make: ModuleType, start: bytes
) -> None:
    letter = start + b"%PDF-1.7 /Author (Rina)"
    rina = as_user("rina")
    made = attach_file(rina, make.case(), letter, "surat.pdf")
    assert made.status_code == 302
    ((key, content),) = stored_contents().items()
    assert key.endswith(".pdf")
    assert content == letter
    row = db.session.scalars(select(StoredFile)).one()
    assert (row.removed_metadata, row.media_type) == (None, "application/pdf")
    assert "Disimpan sebagaimana dikirim, termasuk nama pembuatnya." in rina.get_page(made.location)


def test_page_of_a_photo_does_not_warn_of_an_author(as_user: AsUser, make: ModuleType) -> None:
    page = as_user("rina").get_page(f"/attachments/show/{make.attachment().id}")
    assert "Unduh" in page
    assert "nama pembuatnya" not in page


def test_form_explains_what_is_removed(as_user: AsUser, make: ModuleType) -> None:
    page = as_user("rina").get_page("/attachments/add")
    assert "Lokasi, waktu, dan jenis perangkat dihapus dari foto sebelum disimpan." in page


@pytest.mark.parametrize(
    ("content", "name", "has_message"),
    [
        (photos.animated("WEBP"), "lucu.webp", True),
        (photos.animated("PNG"), "lucu.png", True),
        (photos.png(), "diam.png", False),
    ],
)
def test_animation_says_that_only_its_first_frame_is_kept(
    as_user: AsUser, make: ModuleType, content: bytes, name: str, has_message: bool
) -> None:
    rina = as_user("rina")
    made = attach_file(rina, make.case(), content, name)
    page = rina.get_page(made.location)
    assert ("Gambar ini berupa animasi; hanya bingkai pertamanya yang disimpan." in page) is has_message
    ((_key, kept),) = stored_contents().items()
    assert quarter_colours(kept) == COLOURS


WORKER_FAILURES = {
    "print(1); sys.exit(1)": "Gambar ini tidak dapat diproses.",
    "time.sleep(60)": "Gambar ini tidak dapat diproses.",
    "os.kill(os.getpid(), 9)": "Gambar ini tidak dapat diproses.",
    """print('{"refused": "too_many_pixels"}')""": "Gambar ini lebih dari 60 megapiksel.",
    """print('{"refused": "damaged"}')""": "Gambar ini rusak.",
}


@pytest.mark.parametrize(("line", "sentence"), WORKER_FAILURES.items())
def test_photo_that_cannot_be_cleaned_is_refused_beside_its_field(
    as_user: AsUser,
    make: ModuleType,
    monkeypatch: pytest.MonkeyPatch,
    tmp_path: Path,
    line: str,
    sentence: str,
) -> None:
    program = tmp_path / "worker.py"
    program.write_text(f"import os, sys, time\n{line}")
    monkeypatch.setattr(images, "WORKER_SCRIPT", program)
    monkeypatch.setattr(images, "WORKER_TIMEOUT_SECONDS", 2)
    case = make.case()
    answer = attach_file(as_user("rina"), case, photos.jpeg())
    assert answer.status_code == 200
    beside = answer.text[answer.text.index('id="file-error"') :][:200]
    assert sentence in beside
    assert "Foto &lt;rumah&gt;" in answer.text, "typed values are lost"
    assert f'value="{case.id}"' in answer.text
    assert stored_contents() == {}
    assert db.session.scalars(select(StoredFile)).all() == []


def test_refused_form_stores_neither_file_nor_row(as_user: AsUser, make: ModuleType) -> None:
    form = {"case": make.case().id, "title": "x" * 5000, "file": (io.BytesIO(photos.jpeg()), "foto.jpg")}
    answer = as_user("rina").post("/attachments/add", data=form, content_type=MULTIPART)
    assert answer.status_code == 200
    assert stored_contents() == {}
    assert db.session.scalars(select(StoredFile)).all() == []


def test_limit_of_ten_megabytes_holds_for_what_was_sent(as_user: AsUser, make: ModuleType) -> None:
    sent = photos.plain_jpeg().ljust(files.MAX_UPLOAD_BYTES + 1, b"0")
    answer = attach_file(as_user("rina"), make.case(), sent)
    assert "lebih besar dari 10 MB" in answer.text
    assert stored_contents() == {}
    assert attach_file(as_user("rina"), make.case(), sent[:-1]).status_code == 302
