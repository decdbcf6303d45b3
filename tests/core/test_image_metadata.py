"""Stored photos contain no metadata: no place, time, author or device."""

import io
import json
import struct
import subprocess
import sys
import zlib
from collections.abc import Iterator
from pathlib import Path

import pytest
from flask import Flask
from PIL import Image, ImageChops, JpegImagePlugin

from app.core import image_worker, images
from app.core.images import ImageError, clean_image
from tests.support import photos
from tests.support.photos import CANARY, COLOURS, ORIENTED_COLOURS, encode, picture, quarter_colours

ENCODERS = {"jpg": photos.jpeg, "png": photos.png, "webp": photos.webp}
ALL_METADATA = {
    "jpg": {"comment", "exif", "gps", "iptc", "other", "thumbnail", "trailing", "xmp"},
    "png": {"comment", "exif", "gps", "other", "time", "trailing", "xmp"},
    "webp": {"exif", "gps", "trailing", "xmp"},
}


@pytest.fixture(autouse=True)
def request_context(shared_app: Flask) -> Iterator[None]:
    """Error messages need a request, for its language."""
    with shared_app.test_request_context():
        yield


def open_image(content: bytes) -> Image.Image:
    image = Image.open(io.BytesIO(content))
    image.load()
    return image


@pytest.mark.parametrize("kind", ENCODERS)
@pytest.mark.parametrize("orientation", ORIENTED_COLOURS)
def test_every_photo_is_upright_and_has_no_metadata(kind: str, orientation: int) -> None:
    sent = ENCODERS[kind](orientation)
    assert CANARY in sent
    cleaned = clean_image(sent, kind)
    assert quarter_colours(cleaned.content) == ORIENTED_COLOURS[orientation]
    assert CANARY not in cleaned.content
    assert not open_image(cleaned.content).getexif()
    assert cleaned.kind == kind
    assert cleaned.removed_metadata == ALL_METADATA[kind]


@pytest.mark.parametrize("kind", ENCODERS)
def test_upright_photo_keeps_every_pixel_and_its_profile(kind: str) -> None:
    sent = ENCODERS[kind](icc_profile=photos.srgb_profile())
    cleaned = open_image(clean_image(sent, kind).content)
    assert ImageChops.difference(open_image(sent).convert("RGB"), cleaned.convert("RGB")).getbbox() is None
    assert cleaned.info["icc_profile"] == photos.srgb_profile()


def test_upright_jpeg_keeps_its_data_bit_by_bit() -> None:
    plain = photos.plain_jpeg()
    assert clean_image(plain, "jpg") == (plain, "jpg", frozenset())
    scan = plain[plain.index(b"\xff\xda") :]
    marked = plain[:2] + b"\xff\xfe\x00\x06rahs" + plain[2:] + CANARY
    assert clean_image(marked, "jpg").content == plain
    assert scan in clean_image(marked, "jpg").content


@pytest.mark.parametrize("options", [{"progressive": True}, {"restart_marker_blocks": 1}, {"optimize": True}])
def test_jpeg_with_several_scans_or_restarts_stays_complete(options: dict[str, bool]) -> None:
    sent = photos.jpeg(scale=8, **options)
    cleaned = clean_image(sent, "jpg").content
    assert CANARY not in cleaned
    assert ImageChops.difference(open_image(sent), open_image(cleaned)).getbbox() is None


@pytest.mark.parametrize("subsampling", [0, 1, 2])
@pytest.mark.parametrize("progressive", [False, True])
def test_rotated_jpeg_keeps_subsampling_progression_and_profile(subsampling: int, progressive: bool) -> None:
    profile = photos.srgb_profile()
    sent = photos.jpeg(6, subsampling=subsampling, progressive=progressive, icc_profile=profile)
    cleaned = open_image(clean_image(sent, "jpg").content)
    assert isinstance(cleaned, JpegImagePlugin.JpegImageFile)
    assert JpegImagePlugin.get_sampling(cleaned) == subsampling
    assert bool(cleaned.info.get("progressive")) is progressive
    assert cleaned.info["icc_profile"] == profile
    expected = open_image(encode(picture(), "JPEG", quality=image_worker.JPEG_QUALITY)).quantization
    assert cleaned.quantization == expected


def test_jfif_thumbnail_is_removed() -> None:
    plain = photos.plain_jpeg()
    start = plain.index(b"JFIF\0")
    thumbnail = b"\x02\x01" + CANARY[:6]
    head = plain[start : start + 12] + thumbnail
    marked = plain[:2] + b"\xff\xe0" + struct.pack(">H", len(head) + 2) + head + plain[start + 14 :]
    assert clean_image(marked, "jpg").content == plain


@pytest.mark.parametrize("profile", [True, False])
def test_cmyk_becomes_rgb(profile: bool) -> None:
    cleaned = clean_image(photos.cmyk(profile=profile), "jpg").content
    assert open_image(cleaned).mode == "RGB"
    assert quarter_colours(cleaned) == COLOURS
    assert "icc_profile" not in open_image(cleaned).info, "a CMYK profile does not fit RGB"


@pytest.mark.parametrize("kind", ["WEBP", "PNG"])
def test_animation_becomes_its_first_frame(kind: str) -> None:
    cleaned = clean_image(photos.animated(kind), kind.lower())
    assert "animation" in cleaned.removed_metadata
    assert getattr(open_image(cleaned.content), "n_frames", 1) == 1
    assert ImageChops.difference(picture(), open_image(cleaned.content).convert("RGB")).getbbox() is None
    assert CANARY not in cleaned.content


def test_heic_becomes_jpeg_and_is_rotated_once() -> None:
    cleaned = clean_image(photos.HEIC, "heic")
    assert photos.HEIC_CANARY in photos.HEIC
    assert photos.HEIC_CANARY not in cleaned.content
    assert (open_image(cleaned.content).format, cleaned.kind) == ("JPEG", "jpg")
    assert quarter_colours(cleaned.content) == ORIENTED_COLOURS[6]
    assert cleaned.removed_metadata == {"exif", "format", "gps", "xmp"}


def large_png(pixels: int) -> bytes:
    """Return a PNG whose header declares so many pixels, without pixel data."""
    head = struct.pack(">IIBBBBB", pixels // 1000, 1000, 8, 2, 0, 0, 0)
    chunks = (b"IHDR", head), (b"IDAT", zlib.compress(b"")), (b"IEND", b"")
    return b"\x89PNG\r\n\x1a\n" + b"".join(photos.chunk(*one) for one in chunks)


def large_jpeg(height: int, width: int) -> bytes:
    plain = photos.jpeg(6)
    frame = plain.index(b"\xff\xc0") + 5
    return plain[:frame] + struct.pack(">HH", height, width) + plain[frame + 4 :]


def large_webp(height: int, width: int) -> bytes:
    plain = bytearray(photos.webp(6))
    canvas, frame = plain.index(b"VP8X") + 12, plain.index(b"\x9d\x01\x2a") + 3
    plain[canvas : canvas + 6] = (width - 1).to_bytes(3, "little") + (height - 1).to_bytes(3, "little")
    plain[frame : frame + 4] = struct.pack("<HH", width, height)
    return bytes(plain)


def large_heic(height: int, width: int) -> bytes:
    plain = bytearray(photos.HEIC)
    coded, cut = plain.index(b"ispe") + 8, plain.index(b"clap") + 4
    plain[coded : coded + 8] = struct.pack(">II", width, height)
    plain[cut : cut + 16] = struct.pack(">IIII", width, 1, height, 1)
    return bytes(plain)


@pytest.mark.parametrize(
    ("content", "kind"),
    [
        (large_png(61_000_000), "png"),
        (large_jpeg(7700, 8000), "jpg"),
        (large_webp(7700, 8000), "webp"),
        (large_heic(7700, 8000), "heic"),
    ],
    ids=["png", "jpg", "webp", "heic"],
)
def test_more_than_sixty_megapixels_are_refused_by_the_header(content: bytes, kind: str) -> None:
    with pytest.raises(ImageError, match="60") as error:
        clean_image(content, kind)
    assert error.value.code == "too_many_pixels"


def test_fewer_megapixels_are_not_refused_by_the_header() -> None:
    assert clean_image(large_png(60_000_000), "png").kind == "png"


@pytest.mark.parametrize(
    ("content", "kind"),
    [
        (photos.plain_jpeg()[:-200], "jpg"),
        (b"\xff\xd8\xff\xe0" + bytes(3000), "jpg"),
        (b"\xff\xd8\xff\xd9", "jpg"),
        (b"\xff\xd8" * 9, "jpg"),
        (photos.plain_png()[:-20], "png"),
        (photos.plain_png().replace(b"IDAT", b"IDAX"), "png"),
        (photos.webp()[:100], "webp"),
        (b"RIFF\x04\0\0\0WEBP", "webp"),
        (photos.HEIC[:400], "heic"),
        (b"\0\0\0\x18ftypheic" + bytes(40), "heic"),
    ],
    ids=range(10),
)
def test_damaged_photo_is_refused(content: bytes, kind: str) -> None:
    with pytest.raises(ImageError) as error:
        clean_image(content, kind)
    assert error.value.code == "damaged"


def test_broken_exif_is_removed_without_rotation() -> None:
    for exif in (b"", b"II*\0\xff\xff\xff\xff", b"MM\0*\0\0\0\x08\xff\xff" + bytes(9)):
        segment = b"\xff\xe1" + struct.pack(">H", len(exif) + 8) + b"Exif\0\0" + exif
        plain = photos.plain_jpeg()
        assert clean_image(plain[:2] + segment + plain[2:], "jpg").content == plain


# --- the process ---


def replace_worker(monkeypatch: pytest.MonkeyPatch, folder: Path, *lines: str) -> None:
    """Replace the worker by another program."""
    program = folder / "worker.py"
    program.write_text("\n".join(("import json, os, sys, time, signal", *lines)))
    monkeypatch.setattr(images, "WORKER_SCRIPT", program)


FAILING_WORKERS = {
    "it hangs": "time.sleep(60)",
    "it dies": "os.kill(os.getpid(), signal.SIGKILL)",
    "it ends early": "sys.exit(1)",
    "it says nothing": "pass",
    "it says rubbish": "print('[]')",
    "it makes something else": "print(json.dumps({'kind': 'exe', 'removed': []}))",
}


@pytest.mark.parametrize("line", FAILING_WORKERS.values(), ids=FAILING_WORKERS)
def test_worker_that_fails_refuses_the_photo(
    line: str, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setattr(images, "WORKER_TIMEOUT_SECONDS", 2)
    replace_worker(monkeypatch, tmp_path, line)
    with pytest.raises(ImageError) as error:
        clean_image(photos.plain_jpeg(), "jpg")
    assert (error.value.code, error.value.is_final) == ("failed", False)


def test_worker_gets_no_settings_of_the_portal(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("SIAGA_SECRET_KEY", CANARY.decode())
    monkeypatch.setenv("SIAGA_DATABASE_URL", CANARY.decode())
    replace_worker(monkeypatch, tmp_path, "print(json.dumps({'kind': 'jpg', 'removed': list(os.environ)}))")
    assert {name for name in clean_image(b"", "jpg").removed_metadata if name.startswith("SIAGA")} == set()


def test_photos_are_cleaned_one_at_a_time(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(images, "WORKER_WAIT_SECONDS", 0)
    with images._worker_lock, pytest.raises(ImageError) as error:
        clean_image(photos.plain_jpeg(), "jpg")
    assert (error.value.code, error.value.is_final) == ("busy", False)
    assert clean_image(photos.plain_jpeg(), "jpg").kind == "jpg"


def run_under_limits(line: str) -> "subprocess.CompletedProcess[str]":
    """Run a line of code after the worker's own resource limits are set."""
    script = str(images.WORKER_SCRIPT)
    program = f"import resource, runpy; m = runpy.run_path({script!r}); m['limit_resources'](); {line}"
    return subprocess.run([sys.executable, "-I", "-c", program], capture_output=True, text=True, check=False)


@pytest.mark.skipif(sys.platform == "win32", reason="Windows knows no such limits")
def test_worker_limits_its_memory_time_and_output() -> None:
    assert "MemoryError" in run_under_limits(f"bytearray({image_worker.MAX_MEMORY_BYTES})").stderr
    limits_expression = (
        "[resource.getrlimit(getattr(resource, 'RLIMIT_' + n))[1] for n in ('CPU', 'FSIZE', 'CORE')]"
    )
    limits = json.loads(run_under_limits(f"print({limits_expression})").stdout)
    assert limits == [image_worker.MAX_PROCESSOR_SECONDS, image_worker.MAX_OUTPUT_BYTES, 0]
