"""A photo is scaled down before it is sent; other files are sent unchanged."""

import base64
import hashlib
from collections.abc import Callable
from pathlib import Path

from playwright.sync_api import Page, expect
from sqlalchemy import select

from app.cases.models.entries import Attachment
from app.core import files
from app.extensions import db
from tests import factories as make
from tests.support.photos import HEIC, ORIENTED_COLOURS, plain_jpeg, quarter_colours
from tests.support.portal import PortalInstance

OpenPageAs = Callable[..., Page]
LARGE_BYTES = 1_000_000
ORIENTATION_SEGMENT = bytes.fromhex("ffe1002245786966000049492a000800000001001201030001000000060000000000")
"""EXIF segment with orientation 6, as from a phone held upright: rotate by 90 degrees clockwise."""
DRAW_PHOTO = """async () => {
    const grain = new OffscreenCanvas(1000, 750), pen = grain.getContext("2d");
    const dots = pen.createImageData(1000, 750);
    for (let n = 0, seed = 7; n < dots.data.length; n += 4) {
        seed = (seed * 16807) % 2147483647;
        const light = seed % 60, left = (n / 4) % 1000 < 500;
        dots.data.set(left ? [190 + light, light, light, 255] : [light, light, 190 + light, 255], n);
    }
    pen.putImageData(dots, 0, 0);
    const photo = new OffscreenCanvas(4000, 3000);
    photo.getContext("2d").drawImage(grain, 0, 0, 4000, 3000);
    const blob = await photo.convertToBlob({ type: "image/jpeg", quality: 0.98 });
    const bytes = new Uint8Array(await blob.arrayBuffer()), parts = [];
    const part = n => String.fromCharCode(...bytes.subarray(n, n + 9000));
    for (let n = 0; n < bytes.length; n += 9000) parts.push(part(n));
    return btoa(parts.join(""));
}"""
READ_PIXELS = """async coded => {
    const bytes = Uint8Array.from(atob(coded), one => one.charCodeAt(0));
    const picture = await createImageBitmap(new Blob([bytes]));
    const { width, height } = picture;
    const pen = new OffscreenCanvas(width, height).getContext("2d", { willReadFrequently: true });
    pen.drawImage(picture, 0, 0);
    const colour = ([r, g, b]) => (r > b ? "red" : "blue");
    const at = y => pen.getImageData(width / 2, y, 1, 1).data;
    return [width, height, colour(at(20)), colour(at(height - 20))];
}"""


def draw_photo(page: Page) -> bytes:
    """Return a photo in the size of a phone's, red on the left and blue on the right, with orientation 6."""
    plain = base64.b64decode(page.evaluate(DRAW_PHOTO))
    return plain[:2] + ORIENTATION_SEGMENT + plain[2:]


def attach_file(site: PortalInstance, page: Page, file: Path) -> bytes:
    """Attach the file to a new case; return the stored content."""
    with site.app.app_context():
        case = make.case().id
    page.goto(f"/attachments/add?case={case}")
    page.fill("[name=title]", "Surat keterangan RT")
    page.set_input_files("[name=file]", file)
    expect(page.locator("[name=file][data-ready=yes]")).to_have_count(1)
    with page.expect_navigation():
        page.locator(".savebar button").click()
    expect(page.locator("h1")).to_have_text("Surat keterangan RT")
    with site.app.app_context():
        stored = db.session.scalars(select(Attachment).order_by(Attachment.id.desc()).limit(1)).one()
        content = files.get_path(stored.file).read_bytes()
        assert hashlib.sha256(content).hexdigest() == stored.sha256
    return content


def test_photo_is_scaled_down_and_rotated(
    site: PortalInstance, open_page_as: OpenPageAs, tmp_path: Path
) -> None:
    page = open_page_as("rina")
    photo = tmp_path / "surat.jpg"
    photo.write_bytes(draw_photo(page))
    assert photo.stat().st_size > LARGE_BYTES
    assert page.evaluate(READ_PIXELS, base64.b64encode(photo.read_bytes()).decode()) == [
        3000,
        4000,
        "red",
        "blue",
    ]

    stored = attach_file(site, page, photo)

    assert stored.startswith(b"\xff\xd8\xff")
    assert len(stored) < LARGE_BYTES
    assert page.evaluate(READ_PIXELS, base64.b64encode(stored).decode()) == [1500, 2000, "red", "blue"]


def test_pdf_and_small_photo_are_sent_unchanged(
    site: PortalInstance, open_page_as: OpenPageAs, tmp_path: Path
) -> None:
    page = open_page_as("rina")
    letter, small = tmp_path / "surat.pdf", tmp_path / "kecil.jpg"
    letter.write_bytes(b"%PDF-1.7\n" + bytes(2 * LARGE_BYTES) + b"\n%%EOF\n")
    small.write_bytes(plain_jpeg())
    assert attach_file(site, page, letter) == letter.read_bytes()
    assert attach_file(site, page, small) == small.read_bytes()


def test_photo_that_the_browser_cannot_read_is_converted_by_the_server(
    site: PortalInstance, open_page_as: OpenPageAs, tmp_path: Path
) -> None:
    photo = tmp_path / "IMG_1.heic"
    photo.write_bytes(HEIC)
    stored = attach_file(site, open_page_as("rina"), photo)
    assert stored.startswith(b"\xff\xd8\xff")
    assert quarter_colours(stored) == ORIENTED_COLOURS[6]
