"""What the tests of the money share."""

from collections.abc import Callable
from io import BytesIO

import pytest
from flask import Flask
from werkzeug.datastructures import FileStorage

from app.core.files import save_upload
from app.core.unit import unit


@pytest.fixture
def receipt(app: Flask) -> Callable[[], str]:
    """A receipt that was uploaded, by its key."""
    return lambda: save_upload(FileStorage(BytesIO(b"%PDF-1.7 kwitansi"), "kwitansi.pdf"))


@pytest.fixture
def do(people):
    """Run a verb in the name of somebody."""

    def run(verb, *args, by="admin", **fields):
        actor = getattr(people, by)
        with unit(by=actor):
            return verb(*args, by=actor, **fields)

    return run
