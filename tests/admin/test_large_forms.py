"""Too large input is refused beside its field, and everything typed is kept."""

import io
from collections.abc import Callable
from types import ModuleType

import pytest
from werkzeug.datastructures import FileStorage
from werkzeug.test import TestResponse, encode_multipart

from app.core import files
from tests.support.client import PortalClient

AsUser = Callable[[str], PortalClient]

TYPED = "Surat pengantar <kelurahan> & RT 05"


def post_multipart(client: PortalClient, path: str, fields: dict[str, object]) -> TestResponse:
    """Send a form with a file, as a browser does."""
    boundary, body = encode_multipart(fields)
    kind = f"multipart/form-data; boundary={boundary}"
    return client.post(path, data=body, content_type=kind, headers={"Referer": "http://localhost" + path})


def attach_file(client: PortalClient, case: int, size: int) -> TestResponse:
    content = io.BytesIO(b"%PDF-1.7".ljust(size, b"0"))
    fields = {"case": str(case), "title": TYPED, "file": FileStorage(content, "surat.pdf")}
    return post_multipart(client, "/attachments/add", fields)


@pytest.mark.parametrize("size", [files.MAX_UPLOAD_BYTES + 1, 20 * 1024 * 1024])
def test_too_large_file_is_refused_beside_its_field(as_user: AsUser, make: ModuleType, size: int) -> None:
    case = make.case(by="rina").id
    response = attach_file(as_user("rina"), case, size)
    assert response.status_code == 200
    assert 'id="file-error"' in response.text
    assert "10 MB" in response.text
    assert "Surat pengantar &lt;kelurahan&gt; &amp; RT 05" in response.text
    assert f'value="{case}"' in response.text
    assert not list(files.iter_keys_on_disk())


def test_file_of_ten_megabytes_is_accepted(as_user: AsUser, make: ModuleType) -> None:
    assert attach_file(as_user("rina"), make.case(by="rina").id, files.MAX_UPLOAD_BYTES).status_code == 302


def test_megabyte_of_text_is_refused_and_shown_again(as_user: AsUser, make: ModuleType) -> None:
    rina, fields = as_user("rina"), {"case": str(make.case(by="rina").id), "text": "kata " * 200_000}
    for response in (
        rina.post("/case-notes/add", data=fields),
        post_multipart(rina, "/case-notes/add", fields),
    ):
        assert response.status_code == 200
        assert 'id="text-error"' in response.text
        assert fields["text"].strip() in response.text


def test_oversized_request_links_back_to_the_form(as_user: AsUser, make: ModuleType) -> None:
    response = attach_file(as_user("rina"), make.case(by="rina").id, 26 * 1024 * 1024)
    assert response.status_code == 413
    assert 'href="/attachments/add" data-back>Kembali</a>' in response.text
    assert as_user("rina").get("/profile/").status_code == 200


@pytest.mark.parametrize("referer", ["https://evil.example/x", "javascript:alert(1)", "//evil.example"])
def test_return_link_stays_in_the_portal(as_user: AsUser, referer: str) -> None:
    data, headers = {"text": "x" * 5_000_000}, {"Referer": referer}
    response = as_user("rina").post("/case-notes/add", data=data, headers=headers)
    assert response.status_code == 413
    assert "evil" not in response.text
    assert "alert(1)" not in response.text
