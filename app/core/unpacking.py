"""Zip archives read by what they really hold: their lists promise whatever their maker wrote into them."""

import lzma
import struct
import zipfile
import zlib
from collections.abc import Iterable

CHUNK = 1 << 16
ENDLESS = 1 << 60
MAX_PARTS = 10_000
"""Entries of an archive that somebody sent; an office file has some dozens."""
DAMAGED = (
    zipfile.BadZipFile,
    RuntimeError,  # encrypted; also NotImplementedError: a method that Python does not know
    ValueError,
    OSError,
    EOFError,
    OverflowError,
    struct.error,
    zlib.error,
    lzma.LZMAError,
)
"""What the library raises over an archive that is damaged, or made to damage."""


class TooLargeError(Exception):
    """The archive unpacks to more than the limit."""


def count_bytes(archive: zipfile.ZipFile, parts: Iterable[zipfile.ZipInfo], limit: int) -> int:
    """Unpack the parts, keep nothing, and return their bytes; end at the first byte beyond the limit.

    Raises `TooLargeError`, or `BadZipFile` when a part holds more or less than the archive's list says.
    """
    total = 0
    for part in parts:
        promised, size = part.file_size, 0
        part.file_size = ENDLESS  # the library would stop at the promised size and never see the rest
        try:
            with archive.open(part) as stream:
                while chunk := stream.read(CHUNK):
                    size += len(chunk)
                    if total + size > limit:
                        raise TooLargeError
        finally:
            part.file_size = promised
        if size != promised:
            raise zipfile.BadZipFile(f"{part.filename} has another size than its list says")
        total += size
    return total
