"""A file that is too large is refused in the browser, before it is sent."""

from collections.abc import Callable
from pathlib import Path

from playwright.sync_api import Page, expect

from app.core.files import MAX_UPLOAD_BYTES

OpenPageAs = Callable[[str], Page]


def test_too_large_file_is_not_sent(open_page_as: OpenPageAs, tmp_path: Path) -> None:
    page = open_page_as("rina")
    large, small = tmp_path / "besar.pdf", tmp_path / "kecil.pdf"
    large.write_bytes(b"%PDF-1.7".ljust(MAX_UPLOAD_BYTES + 1, b"0"))
    small.write_bytes(b"%PDF-1.7")
    page.goto("/attachments/add")
    page.fill("[name=title]", "Surat pengantar")
    sent: list[str] = []
    page.on("request", lambda request: sent.append(request.url) if request.method == "POST" else None)
    page.set_input_files("[name=file]", large)
    page.click("#model_form button[type=submit]")
    expect(page.locator("#file-error")).to_contain_text("10 MB")
    expect(page.locator("[name=file]")).to_be_focused()
    assert sent == []
    assert page.input_value("[name=title]") == "Surat pengantar"
    page.set_input_files("[name=file]", small)
    page.click("#model_form button[type=submit]")
    expect(page.locator("#case-error, .error-summary").first).to_be_visible()  # only the case is missing now
    assert len(sent) == 1
    assert page.input_value("[name=title]") == "Surat pengantar"
