"""What the tests of the money share."""

from collections.abc import Callable
from io import BytesIO

import pytest
from flask import Flask
from werkzeug.datastructures import FileStorage

from app.core.files import save_upload


@pytest.fixture
def receipt(app: Flask) -> Callable[[], str]:
    """A receipt that was uploaded, by its key."""
    return lambda: save_upload(FileStorage(BytesIO(b"%PDF-1.7 kwitansi"), "kwitansi.pdf"))
