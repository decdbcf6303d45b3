"""Images in all formats the portal reads, with metadata that it must strip."""

import base64
import io
import struct
import zlib
from functools import cache
from typing import Any

from PIL import Image, ImageCms, PngImagePlugin

CANARY = b"CANARY-TEMPAT-RAHASIA"
"""Part of every piece of metadata here; no byte of it may be stored."""
WIDTH, HEIGHT = 64, 48
COLOURS = ("red", "lime", "blue", "white")
"""Colours of the quarters of every image: upper left, upper right, lower left, lower right."""
RGB = {(255, 0, 0): "red", (0, 255, 0): "lime", (0, 0, 255): "blue", (255, 255, 255): "white"}

ORIENTED_COLOURS = {
    1: ("red", "lime", "blue", "white"),
    2: ("lime", "red", "white", "blue"),
    3: ("white", "blue", "lime", "red"),
    4: ("blue", "white", "red", "lime"),
    5: ("red", "blue", "lime", "white"),
    6: ("blue", "red", "white", "lime"),
    7: ("white", "lime", "blue", "red"),
    8: ("lime", "white", "red", "blue"),
}
"""EXIF orientation -> quarters of the image when displayed upright (EXIF 2.3, table 6)."""


def picture(mode: str = "RGB", *, scale: int = 1) -> Image.Image:
    """Return an image of four coloured quarters."""
    width, height = WIDTH * scale, HEIGHT * scale
    made = Image.new("RGB", (width, height), "white")
    places = ((0, 0), (width // 2, 0), (0, height // 2))
    for colour, (left, top) in zip(COLOURS, places, strict=False):
        made.paste(colour, (left, top, left + width // 2, top + height // 2))
    return made.convert(mode)


def quarter_colours(content: bytes) -> tuple[str, ...]:
    """Return the colours of the quarters in stored pixel order."""
    with Image.open(io.BytesIO(content)) as image:
        shown = image.convert("RGB")
    width, height = shown.size
    places = ((6, 6), (width - 7, 6), (6, height - 7), (width - 7, height - 7))
    return tuple(_nearest_colour(shown.getpixel(place)) for place in places)


def _nearest_colour(pixel: Any) -> str:
    return min(RGB.items(), key=lambda one: sum(abs(a - b) for a, b in zip(one[0], pixel, strict=True)))[1]


def exif(orientation: int = 1) -> Image.Exif:
    """Return EXIF data with maker, GPS position and orientation."""
    made = Image.Exif()
    made[0x010F] = CANARY.decode()
    made[0x0112] = orientation
    made[0x8825] = {1: "N", 2: (0.0, 7.0, 30.0), 3: "E", 4: (117.0, 29.0, 0.0), 29: CANARY.decode()}
    return made


def encode(image: Image.Image, kind: str, **options: Any) -> bytes:
    target = io.BytesIO()
    image.save(target, kind, **options)
    return target.getvalue()


def jpeg(orientation: int = 1, *, mode: str = "RGB", **options: Any) -> bytes:
    """Return a photo with EXIF, GPS, XMP, IPTC, comment, thumbnail and an archive after its end."""
    made = encode(
        picture(mode),
        "JPEG",
        exif=exif(orientation),
        comment=CANARY,
        xmp=b"<x:xmpmeta>" + CANARY + b"</x:xmpmeta>",
        **{"quality": 90, **options},
    )
    segments = b"".join(
        b"\xff" + bytes((marker,)) + struct.pack(">H", len(payload) + 2) + payload
        for marker, payload in (
            (0xED, b"Photoshop 3.0\0" + CANARY),
            (0xE2, b"MPF\0" + CANARY),
            (0xEB, CANARY),
            (0xE0, b"JFXX\0\x10" + CANARY),
        )
    )
    return made[:2] + segments + made[2:] + b"PK\x03\x04" + CANARY + plain_jpeg()


def png(orientation: int = 1, **options: Any) -> bytes:
    info = PngImagePlugin.PngInfo()
    info.add_text("Author", CANARY.decode())
    info.add_text("Comment", CANARY.decode(), zip=True)
    info.add_itxt("XML:com.adobe.xmp", CANARY.decode())
    info.add(b"prVt", CANARY)
    made = encode(picture(), "PNG", exif=exif(orientation), pnginfo=info, **options)
    time = chunk(b"tIME", b"\x07\xeb\x06\x0f\x0a\x00\x00")
    return made[:33] + time + made[33:] + CANARY


def chunk(kind: bytes, payload: bytes) -> bytes:
    """Return one PNG chunk."""
    return struct.pack(">I", len(payload)) + kind + payload + struct.pack(">I", zlib.crc32(kind + payload))


def webp(orientation: int = 1, **options: Any) -> bytes:
    return encode(picture(), "WEBP", exif=exif(orientation), xmp=CANARY, **options) + CANARY


def animated(kind: str) -> bytes:
    """Return two frames; the first one has the four colours."""
    more = {"duration": 100, "lossless": True} if kind == "WEBP" else {}
    second = Image.new("RGB", (WIDTH, HEIGHT), "black")
    return encode(picture(), kind, save_all=True, append_images=[second], exif=exif(), **more)


def cmyk(*, profile: bool) -> bytes:
    """Return a CMYK JPEG, as printing software writes it."""
    options = {"icc_profile": srgb_profile()} if profile else {}
    return encode(picture("CMYK"), "JPEG", exif=exif(), quality=95, **options)


@cache
def srgb_profile() -> bytes:
    """Return a colour profile; cached, because it contains the second of its creation."""
    return ImageCms.ImageCmsProfile(ImageCms.createProfile("sRGB")).tobytes()


def plain_jpeg() -> bytes:
    """Return a photo without metadata."""
    return encode(picture(), "JPEG", quality=90)


def plain_png() -> bytes:
    return encode(picture(), "PNG")


HEIC = base64.b64decode(
    "AAAAHGZ0eXBoZWljAAAAAG1pZjFoZWljbWlhZgAAAhJtZXRhAAAAAAAAACFoZGxyAAAAAAAAAABwaWN0AAAAAAAAAAAAAAAAAAAA"
    "AEZpbG9jAAAAAERAAAMAAQAAAAACNgABAAAAAAAAANUAAgAAAAADCwABAAAAAAAAAFoAAwAAAAADZQABAAAAAAAAACAAAABiaWlu"
    "ZgAAAAAAAwAAABVpbmZlAgAAAAABAABodmMxAAAAABVpbmZlAgAAAQACAABFeGlmAAAAACppbmZlAgAAAQADAABtaW1lAGFwcGxp"
    "Y2F0aW9uL3JkZit4bWwAAAAAAA5waXRtAAAAAAABAAABB2lwcnAAAADmaXBjbwAAAHZodmNDAQNwAAAAkAAAAAAAHvAA/P34+AAA"
    "DwNgAAEAGEABDAH//wNwAAADAJAAAAMAAAMAHroCQGEAAQAqQgEBA3AAAAMAkAAAAwAAAwAeoCCBBZbq5Ka5uAhoMCAAAAMDIAAA"
    "AwAhYgABAAZEAcFzwIkAAAATY29scm5jbHgAAQANAAaAAAAAFGlzcGUAAAAAAAAAQAAAAEAAAAAoY2xhcAAAAEAAAAABAAAAMAAA"
    "AAEAAAAAAAAAAv////AAAAACAAAAEHBpeGkAAAAAAwgICAAAAAlpcm90AwAAABlpcG1hAAAAAAAAAAEAAQaBAgMFhIYAAAAoaXJl"
    "ZgAAAAAAAAAOY2RzYwACAAEAAQAAAA5jZHNjAAMAAQABAAABV21kYXQAAADRKAGvCeAjNS3/7tn//v1vIewnpHTu79Sj/2Jju+A2"
    "//qvbX36O9N/9qo7+OJv+mYJqoElN1//Jay8yMVuPQAzouuu9AnoMhrP07t/TSkbtUSeIeGkCCx0hY+paR3hTZAyhoeXjIgcFQ0b"
    "JmS8Ya2GxJ0kbUmc/3M/JxShibQDMC5m8o6lq7KKDVE5czRJVjNEpkQOvafPWnZ75pRq9X1qt8SG64oWyYjjNKsQjIvgfFcVdNj8"
    "/qAWfz8M/3Zr1rxJdfWvbfHDDgWfK0aNP7hsm7gAAAAGRXhpZgAATU0AKgAAAAgAAwEPAAIAAAALAAAAMgESAAMAAAABAAYAAIgl"
    "AAQAAAABAAAAPgAAAABDQU5BUllNQUtFAAAAAQABAAIAAAACTgAAAAAAAAA8eDp4bXBtZXRhPkNBTkFSWVhNUDwveDp4bXBtZXRh"
    "Pg=="
)
"""Photo of a rotated phone: `irot` box and EXIF orientation 6, maker, GPS position, XMP.

Written with Pillow and pillow-heif; the portal itself has no HEIC encoder.
"""
HEIC_CANARY = b"CANARY"
