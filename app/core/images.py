"""Runs `core.image_worker`, one image at a time: photos can be made to harm whoever reads them."""

import json
import logging
import os
import subprocess
import sys
import tempfile
import threading
from pathlib import Path
from typing import Any, NamedTuple

from flask_babel import gettext as _

from app.core.errors import PortalError

WORKER_SCRIPT = Path(__file__).with_name("image_worker.py")
IMAGE_KINDS = ("jpg", "png", "webp", "heic")
WORKER_TIMEOUT_SECONDS = 60
"""After which a worker is killed; on a slow machine sixty megapixels take twenty."""
WORKER_WAIT_SECONDS = 60
"""Seconds that an upload waits for the one before it."""

_INHERITED_VARIABLES = ("PATH", "LD_LIBRARY_PATH", "SYSTEMROOT", "TMP", "TEMP", "TMPDIR")
"""Environment variables of the worker: it needs none of our secrets."""
_worker_lock = threading.Lock()
_log = logging.getLogger(__name__)


class CleanImage(NamedTuple):
    """What is stored of an image that was sent."""

    content: bytes
    kind: str
    removed_metadata: frozenset[str]
    """Kinds of metadata (exif, gps, xmp, iptc, comment, …); `animation`: only the first frame is left."""


class ImageError(PortalError):
    """An image is refused."""

    def __init__(self, code: str) -> None:
        sentences = {
            "damaged": _("This picture is damaged. Take it again, or choose another one."),
            "too_many_pixels": _("This picture has more than 60 megapixels. Take a smaller one."),
            "busy": _("Other pictures are being prepared just now. Save again in a minute."),
        }
        failed = _("This picture could not be prepared for storing. Save again, or choose another one.")
        super().__init__(sentences.get(code, failed))
        self.code = code
        self.is_final = code in ("damaged", "too_many_pixels")
        """Whether the same image would be refused again."""


def clean_image(content: bytes, kind: str) -> CleanImage:
    """Free an image of all metadata, upright and still; HEIC becomes JPEG.

    Raises `ImageError` when it is damaged, has more than 60 megapixels, or when the worker fails, dies, or
    takes longer than `SECONDS`.
    """
    if not _worker_lock.acquire(timeout=WORKER_WAIT_SECONDS):
        raise ImageError("busy")
    try:
        line, _newline, cleaned = _run_worker(content, kind).partition(b"\n")
    finally:
        _worker_lock.release()
    answer = _parse_answer(line)
    if "refused" in answer or answer.get("kind") not in IMAGE_KINDS:
        raise ImageError(str(answer.get("refused", "failed")))
    return CleanImage(cleaned, answer["kind"], frozenset(answer["removed"]))


def _run_worker(content: bytes, kind: str) -> bytes:
    """Return what the worker answers, nothing if it did not come to its end."""
    environment = {name: os.environ[name] for name in _INHERITED_VARIABLES if name in os.environ}
    environment["MALLOC_ARENA_MAX"] = "2"  # what threads set aside would count as used
    with tempfile.TemporaryFile() as answer:  # a file, so that its size can be limited
        try:
            subprocess.run(  # noqa: S603
                [sys.executable, "-I", str(WORKER_SCRIPT), kind],
                input=content,
                stdout=answer,
                stderr=subprocess.DEVNULL,
                env=environment,
                timeout=WORKER_TIMEOUT_SECONDS,
                check=True,
            )
        except (subprocess.SubprocessError, OSError) as fault:
            _log.warning("image worker: %s", fault)
            return b""
        answer.seek(0)
        return answer.read()


def _parse_answer(line: bytes) -> dict[str, Any]:
    try:
        answer = json.loads(line)
    except ValueError:
        return {}
    return answer if isinstance(answer, dict) else {}
