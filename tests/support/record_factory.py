"""Creation of records for tests: by the services, in the name of a standard user."""

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
    """Return a number unique in this test run."""
    return next(_number_counter)


def store_file(content: bytes = b"%PDF-1.7 surat", name: str = "surat.pdf") -> str:
    """Store an uploaded file and return its key, for a record that will reference it."""
    upload = save_upload(FileStorage(BytesIO(content), filename=name))
    with transaction(by=SYSTEM):
        record_stored_files([upload])
    return upload.key


def create_record(service: Callable[..., T], data: Mapping[str, Any], *, by: str = "admin") -> T:
    """Run a service that adds a record in a transaction of its own, in the name of a standard user."""
    actor = get_user(by)
    with transaction(by=actor):
        return service(dict(data), by=actor)
