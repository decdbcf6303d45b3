"""How records for tests are made: through the verbs of the rooms, in the name of one of the cast."""

from collections.abc import Callable, Mapping
from io import BytesIO
from itertools import count
from typing import Any, TypeVar

from werkzeug.datastructures import FileStorage

from app.core.actor import SYSTEM
from app.core.files import save_upload
from app.db.stored_files import record_stored_files
from app.db.transaction import transaction
from tests.support.portal import get_user

T = TypeVar("T")

_number_counter = count(1)


def next_number() -> int:
    """A number that no other record of this run has."""
    return next(_number_counter)


def store_file(content: bytes = b"%PDF-1.7 surat", name: str = "surat.pdf") -> str:
    """The key of an uploaded file, which a record that is made next will name."""
    upload = save_upload(FileStorage(BytesIO(content), filename=name))
    with transaction(by=SYSTEM):
        record_stored_files([upload])
    return upload.key


def create_record(service: Callable[..., T], data: Mapping[str, Any], *, by: str = "admin") -> T:
    """Run an add verb in a unit of its own, in the name of one of the cast."""
    actor = get_user(by)
    with transaction(by=actor):
        return service(dict(data), by=actor)
