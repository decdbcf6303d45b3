"""Run `core.image_worker` in a child process, one image at a time: a photo can attack its parser."""

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
"""Seconds after which a worker is killed; on a slow machine sixty megapixels take twenty seconds."""
WORKER_WAIT_SECONDS = 60
"""Seconds that an upload waits for the lock of the worker."""

_INHERITED_VARIABLES = ("PATH", "LD_LIBRARY_PATH", "SYSTEMROOT", "TMP", "TEMP", "TMPDIR")
"""The only environment variables that the worker gets: it must not see our secrets."""
_worker_lock = threading.Lock()
_log = logging.getLogger(__name__)


class CleanImage(NamedTuple):
    """The content of an uploaded image as it is stored."""

    content: bytes
    kind: str
    removed_metadata: frozenset[str]
    """Kinds of metadata (exif, gps, xmp, iptc, comment, …); `animation`: only the first frame is left."""


class ImageError(PortalError):
    """The worker refused an image, failed or was busy; `code` says which."""

    def __init__(self, code: str) -> None:
        messages = {
            "damaged": _("This picture is damaged. Take it again, or choose another one."),
            "too_many_pixels": _("This picture has more than 60 megapixels. Take a smaller one."),
            "busy": _("Other pictures are being prepared just now. Save again in a minute."),
        }
        default_message = _(
            "This picture could not be prepared for storing. Save again, or choose another one."
        )
        super().__init__(messages.get(code, default_message))
        self.code = code
        self.is_final = code in ("damaged", "too_many_pixels")
        """Whether the same image would be refused again."""


def clean_image(content: bytes, kind: str) -> CleanImage:
    """Remove all metadata, turn the image upright, keep only the first frame; HEIC becomes JPEG.

    Raises `ImageError` if the image is damaged or has more than 60 megapixels, if the worker is busy, fails
    or dies, or if it takes longer than `WORKER_TIMEOUT_SECONDS`.
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
    """Return the worker's standard output; empty if it failed or was killed."""
    environment = {name: os.environ[name] for name in _INHERITED_VARIABLES if name in os.environ}
    environment["MALLOC_ARENA_MAX"] = "2"  # arenas reserved for threads would count against RLIMIT_AS
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
        except (subprocess.SubprocessError, OSError) as error:
            _log.warning("image worker: %s", error)
            return b""
        answer.seek(0)
        return answer.read()


def _parse_answer(line: bytes) -> dict[str, Any]:
    try:
        answer = json.loads(line)
    except ValueError:
        return {}
    return answer if isinstance(answer, dict) else {}
