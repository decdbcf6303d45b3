"""Upper limits of the modules that run between the route of a list or an add form and its rows."""

import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import PurePath
from types import FrameType
from typing import Any

import app
from tests.support.client import PortalClient

ROOT = PurePath(app.__file__).parent

RUN_FOR_EVERY_REQUEST = (
    "security/",
    "audit/",
    "core/actor.py",
    "core/clock.py",
    "core/hash_chain.py",
    "core/seals.py",
    "core/tokens.py",
    "db/session.py",
    "db/stored_files.py",
    "db/types.py",
    "db/write_queue.py",
    "admin/error_pages.py",
    "admin/http.py",
    "admin/i18n.py",
    "admin/navigation.py",
    "admin/request_guard.py",
)
"""Sessions, headers, page frame, types, clock and audit book: not read to follow one page."""
MAX_LIST_MODULES = 26
MAX_ADD_MODULES = 24


def test_list_runs_few_modules(as_user: Callable[[str], PortalClient]) -> None:
    client = as_user("rina")
    assert client.post("/clients/add", data={"name": "Sukma Ayu", "sex": "female"}).status_code == 302
    assert "Sukma Ayu" in client.get_page("/clients/list/")
    with _record_modules() as modules:
        assert client.get("/clients/list/").status_code == 200
    assert "clients/policy.py" in modules
    assert "admin/list_page.py" in modules
    assert len(modules) <= MAX_LIST_MODULES, sorted(modules)


def test_save_runs_few_modules(as_user: Callable[[str], PortalClient]) -> None:
    client = as_user("rina")
    client.get("/clients/add")
    with _record_modules() as modules:
        assert client.post("/clients/add", data={"name": "Sukma Ayu", "sex": "female"}).status_code == 302
    assert "clients/services/clients.py" in modules
    assert "admin/form_page.py" in modules
    assert len(modules) <= MAX_ADD_MODULES, sorted(modules)


@contextmanager
def _record_modules() -> Iterator[set[str]]:
    """Collect the portal's modules of which a function is called."""
    modules: set[str] = set()

    def note_call(frame: FrameType, event: str, _argument: Any) -> None:
        path = PurePath(frame.f_code.co_filename)
        if event == "call" and path.suffix == ".py" and path.is_relative_to(ROOT):
            name = str(path.relative_to(ROOT))
            if not name.startswith(RUN_FOR_EVERY_REQUEST):
                modules.add(name)

    previous = sys.getprofile()
    sys.setprofile(note_call)
    try:
        yield modules
    finally:
        sys.setprofile(previous)
