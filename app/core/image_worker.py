"""Remove the metadata of one image; a separate program that `core.images` starts for each upload.

    python -I image_worker.py {jpg,png,webp,heic} < image > answer

The answer is one line of JSON and, unless it contains `refused`, the new image. Image content is untrusted,
so it is parsed only here, under limits of memory and time: no other module imports Pillow or pi-heif, and
this one imports nothing of the portal.

If the pixels stay as they are, the file is copied part by part, without the parts that are not needed to show
it: nothing is decoded, so no quality is lost. Only images that are not upright, CMYK images, animations and
HEIC are decoded.
"""

import io
import json
import re
import struct
import sys
import zlib
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from PIL import Image

MAX_PIXELS = 60_000_000
"""Checked before decoding: 50 megapixels take 616 MB."""
MAX_MEMORY_BYTES = 1536 << 20
MAX_PROCESSOR_SECONDS = 40
MAX_OUTPUT_BYTES = 128 << 20
JPEG_QUALITY = 85
"""Quality of an encoded JPEG or lossy WebP; used only for images that had to be decoded."""

EXIF_ORIENTATION_TAG = 0x0112
EXIF_GPS_TAG = 0x8825


class RefusedImageError(Exception):
    """The image is refused; the message is a code that `core.images` translates into a sentence."""


@dataclass
class StrippedImage:
    """An image without metadata, not decoded, with the raw EXIF and the kinds of metadata removed from it."""

    content: bytes
    exif: bytes = b""
    removed_metadata: set[str] = field(default_factory=set)
    is_lossless: bool = True


def limit_resources() -> None:
    """Limit memory, processor time and output of this process; Windows has no such limits."""
    try:
        import resource
    except ImportError:
        return
    resource.setrlimit(resource.RLIMIT_AS, (MAX_MEMORY_BYTES, MAX_MEMORY_BYTES))
    resource.setrlimit(resource.RLIMIT_CPU, (MAX_PROCESSOR_SECONDS, MAX_PROCESSOR_SECONDS))
    resource.setrlimit(resource.RLIMIT_FSIZE, (MAX_OUTPUT_BYTES, MAX_OUTPUT_BYTES))
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))


# --- JPEG: segments ---

_SOI, _EOI, _SOS, _APP0, _APP1, _APP2, _APP13, _APP14, _COM = (
    *(0xD8, 0xD9, 0xDA, 0xE0, 0xE1, 0xE2, 0xED, 0xEE, 0xFE),
)
_FRAME_MARKERS = set(range(0xC0, 0xD0)) - {0xC4, 0xC8, 0xCC}
_TABLE_MARKERS = {0xC4, 0xCC, 0xDB, 0xDC, 0xDD}
_NEXT_MARKER_PATTERN = re.compile(rb"\xff+[^\x00\xff\xd0-\xd7]")
"""Matches the marker that ends entropy-coded data."""


def strip_jpeg(data: bytes) -> StrippedImage:
    """Copy the segments that show the image: frame, tables, scans, JFIF without thumbnail, ICC, Adobe."""
    cleaned = StrippedImage(b"")
    parts = [data[:2]]
    found_parts = set()
    for marker, payload, scan in _iter_jpeg_segments(data, cleaned.removed_metadata):
        found_parts.add("frame" if marker in _FRAME_MARKERS else marker)
        kept_payload = _get_kept_payload(marker, payload)
        if kept_payload is None:
            cleaned.removed_metadata.add(_get_jpeg_metadata_kind(marker, payload))
            if not cleaned.exif and payload.startswith(b"Exif\0"):
                cleaned.exif = payload[6:]
            continue
        if kept_payload != payload:
            cleaned.removed_metadata.add("thumbnail")
        parts += [bytes((0xFF, marker)), struct.pack(">H", len(kept_payload) + 2), kept_payload, scan]
    if not {"frame", _SOS} <= found_parts:
        raise RefusedImageError("damaged")
    cleaned.content = b"".join([*parts, b"\xff\xd9"])
    return cleaned


def _iter_jpeg_segments(data: bytes, removed_metadata: set[str]) -> Iterator[tuple[int, bytes, bytes]]:
    """Yield (marker, payload, entropy-coded data after it) up to the end of the image."""
    marker, position = _find_next_marker(data, 2, removed_metadata)
    while marker != _EOI:
        length = struct.unpack_from(">H", data, position)[0]
        start = position + length
        if length < 2 or start > len(data):
            raise RefusedImageError("damaged")
        end = _find_scan_end(data, start) if marker == _SOS else start
        yield marker, data[position + 2 : start], data[start:end]
        marker, position = _find_next_marker(data, end, removed_metadata)
    if position < len(data):
        removed_metadata.add("trailing")


def _find_next_marker(data: bytes, position: int, removed_metadata: set[str]) -> tuple[int, int]:
    """Return the next marker that has a payload or ends the image, and the position after it."""
    start = data.find(b"\xff", position)
    if start < 0:
        raise RefusedImageError("damaged")
    if start > position:
        removed_metadata.add("other")
    while data[start] == 0xFF:
        start += 1
    marker = data[start]
    if marker in (0x00, _SOI):
        raise RefusedImageError("damaged")
    if marker == 0x01 or 0xD0 <= marker <= 0xD7:
        return _find_next_marker(data, start + 1, removed_metadata)
    return marker, start + 1


def _find_scan_end(data: bytes, position: int) -> int:
    match = _NEXT_MARKER_PATTERN.search(data, position)
    if match is None:
        raise RefusedImageError("damaged")
    return match.start()


def _get_kept_payload(marker: int, payload: bytes) -> bytes | None:
    if marker in _FRAME_MARKERS or marker in _TABLE_MARKERS or marker == _SOS:
        return payload
    if marker == _APP0 and payload.startswith(b"JFIF\0") and len(payload) >= 14:
        return payload[:12] + b"\0\0"  # the thumbnail may show what was cropped from the image
    if marker == _APP2 and payload.startswith(b"ICC_PROFILE\0"):
        return payload
    if marker == _APP14 and payload.startswith(b"Adobe"):
        return payload[:12]
    return None


def _get_jpeg_metadata_kind(marker: int, payload: bytes) -> str:
    if marker == _APP1:
        return "exif" if payload.startswith(b"Exif\0") else "xmp" if b"xap" in payload[:64] else "other"
    return {_APP0: "thumbnail", _APP13: "iptc", _COM: "comment"}.get(marker, "other")


# --- PNG: chunks ---

_PNG_SIGNATURE = b"\x89PNG\r\n\x1a\n"
_PNG_KEPT_CHUNKS = frozenset(b"IHDR PLTE IDAT IEND tRNS gAMA cHRM sRGB iCCP sBIT cICP bKGD pHYs".split())
_PNG_METADATA_KINDS = {
    b"eXIf": "exif",
    b"tEXt": "comment",
    b"zTXt": "comment",
    b"iTXt": "comment",
    b"tIME": "time",
}
_PNG_METADATA_KINDS |= dict.fromkeys((b"acTL", b"fcTL", b"fdAT"), "animation")


def strip_png(data: bytes) -> StrippedImage:
    """Copy the chunks that show the image, up to its end."""
    cleaned = StrippedImage(b"")
    parts = [_PNG_SIGNATURE]
    position, kind = len(_PNG_SIGNATURE), b""
    while kind != b"IEND":
        length, kind = struct.unpack_from(">I4s", data, position)
        chunk = data[position : position + length + 12]
        if len(chunk) != length + 12 or zlib.crc32(chunk[4:-4]) != int.from_bytes(chunk[-4:]):
            raise RefusedImageError("damaged")
        position += len(chunk)
        if kind in _PNG_KEPT_CHUNKS:
            parts.append(chunk)
            continue
        is_xmp = kind == b"iTXt" and chunk[8:].startswith(b"XML:com.adobe.xmp\0")
        cleaned.removed_metadata.add("xmp" if is_xmp else _PNG_METADATA_KINDS.get(kind, "other"))
        if kind == b"eXIf":
            cleaned.exif = chunk[8:-4]
    if position < len(data):
        cleaned.removed_metadata.add("trailing")
    cleaned.content = b"".join(parts)
    return cleaned


# --- WebP: RIFF chunks ---

_WEBP_KEPT_CHUNKS = frozenset((b"VP8X", b"ICCP", b"ALPH", b"VP8 ", b"VP8L"))
_WEBP_METADATA_KINDS = {b"EXIF": "exif", b"XMP ": "xmp", b"ANIM": "animation", b"ANMF": "animation"}
_WEBP_KEPT_FLAGS = 0x20 | 0x10
"""Flags of colour profile and transparency; the others announce EXIF, XMP and animation."""


def strip_webp(data: bytes) -> StrippedImage:
    """Copy the chunks that show a still image; the frames of an animation are left out."""
    cleaned = StrippedImage(b"")
    end = 8 + int.from_bytes(data[4:8], "little")
    parts = []
    for kind, payload in _iter_webp_chunks(data[:end], end):
        if kind not in _WEBP_KEPT_CHUNKS:
            cleaned.removed_metadata.add(_WEBP_METADATA_KINDS.get(kind, "other"))
        elif kind == b"VP8X":
            parts.append((kind, bytes((payload[0] & _WEBP_KEPT_FLAGS,)) + payload[1:]))
        else:
            parts.append((kind, payload))
        if kind == b"EXIF":
            cleaned.exif = payload.removeprefix(b"Exif\0\0")
    if end + end % 2 < len(data):
        cleaned.removed_metadata.add("trailing")
    cleaned.is_lossless = all(kind != b"VP8 " for kind, _payload in parts)
    body = b"WEBP" + b"".join(
        struct.pack("<4sI", kind, len(payload)) + payload + b"\0" * (len(payload) % 2)
        for kind, payload in parts
    )
    cleaned.content = b"RIFF" + struct.pack("<I", len(body)) + body
    return cleaned


def _iter_webp_chunks(data: bytes, end: int) -> Iterator[tuple[bytes, bytes]]:
    if len(data) < end:
        raise RefusedImageError("damaged")
    position = 12
    while position + 8 <= end:
        kind, length = struct.unpack_from("<4sI", data, position)
        payload = data[position + 8 : position + 8 + length]
        if len(payload) != length:
            raise RefusedImageError("damaged")
        yield kind, payload
        position += 8 + length + length % 2


# --- Decoding, where pixels have to change ---

STRIP_FUNCTIONS: dict[str, Callable[[bytes], StrippedImage]] = {
    "jpg": strip_jpeg,
    "png": strip_png,
    "webp": strip_webp,
}


def remove_metadata(data: bytes, kind: str) -> tuple[bytes, str, set[str]]:
    """Return the upright image without metadata, its kind, and the kinds of metadata removed.

    Raises `RefusedImageError` for a damaged or too large image.
    """
    if kind == "heic":
        return _convert_heic(data)
    cleaned = STRIP_FUNCTIONS[kind](data)
    orientation = _read_orientation(cleaned)
    if kind == "webp" and "animation" in cleaned.removed_metadata:
        image = _open_image(data)
    else:
        image = _open_image(cleaned.content)
        if orientation == 1 and image.mode != "CMYK":
            return cleaned.content, kind, cleaned.removed_metadata
    content = _encode_image(image, kind, orientation, lossless=cleaned.is_lossless)
    return STRIP_FUNCTIONS[kind](content).content, kind, cleaned.removed_metadata


def _read_orientation(cleaned: StrippedImage) -> int:
    """Return the EXIF orientation, 1 to 8; 1 if EXIF is broken. Notes a GPS tag as removed metadata."""
    from PIL import Image

    exif = Image.Exif()
    try:
        exif.load(cleaned.exif)
        if EXIF_GPS_TAG in exif:
            cleaned.removed_metadata.add("gps")
        orientation = int(exif.get(EXIF_ORIENTATION_TAG, 1))
    except Exception:
        return 1
    return orientation if orientation in range(1, 9) else 1


def _open_image(content: bytes) -> "Image.Image":
    """Open the image without decoding it; raise `RefusedImageError` if it has more than `MAX_PIXELS`."""
    from PIL import Image

    Image.MAX_IMAGE_PIXELS = None  # replaced by our own, lower limit below
    image = Image.open(io.BytesIO(content), formats=("JPEG", "PNG", "WEBP", "HEIF"))
    if image.width * image.height > MAX_PIXELS:
        raise RefusedImageError("too_many_pixels")
    return image


def _encode_image(image: "Image.Image", kind: str, orientation: int, *, lossless: bool) -> bytes:
    """Decode the first frame, turn it upright and encode it; a lossless image stays lossless."""
    from PIL import Image, JpegImagePlugin

    transpose = Image.Transpose
    transpose_methods = (
        transpose.FLIP_LEFT_RIGHT,
        transpose.ROTATE_180,
        transpose.FLIP_TOP_BOTTOM,
        transpose.TRANSPOSE,
        transpose.ROTATE_270,
        transpose.TRANSVERSE,
        transpose.ROTATE_90,
    )
    options: dict[str, Any] = {"icc_profile": image.info.get("icc_profile"), "quality": JPEG_QUALITY}
    if kind == "jpg":
        options["subsampling"] = JpegImagePlugin.get_sampling(image)
        options["progressive"] = "progressive" in image.info
    elif kind == "webp":
        options["lossless"] = lossless
    if image.mode == "CMYK":
        image, options["icc_profile"] = _convert_to_rgb(image), None
    if orientation > 1:
        image = image.transpose(transpose_methods[orientation - 2])
    target = io.BytesIO()
    image.save(target, {"jpg": "JPEG", "png": "PNG", "webp": "WEBP"}[kind], exif=b"", **options)
    return target.getvalue()


def _convert_to_rgb(image: "Image.Image") -> "Image.Image":
    """Convert from CMYK to sRGB, using the image's colour profile if it can be read."""
    from PIL import ImageCms

    try:
        profile = ImageCms.ImageCmsProfile(io.BytesIO(image.info["icc_profile"]))
        srgb = ImageCms.createProfile("sRGB")
        return ImageCms.profileToProfile(image, profile, srgb, outputMode="RGB") or image.convert("RGB")
    except (ImageCms.PyCMSError, OSError, KeyError):
        return image.convert("RGB")


def _convert_heic(data: bytes) -> tuple[bytes, str, set[str]]:
    """Convert the main image to JPEG; libheif turns it upright, and its EXIF orientation is only a copy."""
    import pi_heif

    pi_heif.register_heif_opener(thumbnails=False, depth_images=False, aux_images=False)
    image = _open_image(data)
    metadata = StrippedImage(b"", exif=(image.info.get("exif") or b"").removeprefix(b"Exif\0\0"))
    _read_orientation(metadata)
    removed_metadata = metadata.removed_metadata | {name for name in ("exif", "xmp") if image.info.get(name)}
    target, profile = io.BytesIO(), image.info.get("icc_profile")
    if image.mode != "RGB":
        image = image.convert("RGB")
    image.save(target, "JPEG", quality=JPEG_QUALITY, icc_profile=profile, exif=b"", xmp=b"")
    return strip_jpeg(target.getvalue()).content, "jpg", removed_metadata | {"format"}


def main() -> None:
    """Clean the image on standard input and write the answer; any exception becomes `refused`."""
    limit_resources()
    content = b""
    try:
        content, kind, removed = remove_metadata(sys.stdin.buffer.read(), sys.argv[1])
        _open_image(content)
        answer: dict[str, object] = {"kind": kind, "removed": sorted(removed)}
    except RefusedImageError as error:
        answer = {"refused": str(error)}
    except MemoryError:
        answer = {"refused": "failed"}
    except Exception:
        answer = {"refused": "damaged"}
    sys.stdout.buffer.write(json.dumps(answer).encode() + b"\n" + content)


if __name__ == "__main__":
    main()
