"""What a browser may keep: our own files for a year, pages and downloads never."""

from collections.abc import Callable
from types import ModuleType

from tests.support.client import PortalClient

LogIn = Callable[[str], PortalClient]


def test_our_files_are_kept_for_a_year(nobody: PortalClient) -> None:
    with nobody.get("/static/portal.css") as answer:
        assert "max-age=31536000" in answer.headers["Cache-Control"]


def test_a_changed_file_has_another_address(nobody: PortalClient) -> None:
    assert "/static/portal.css?v=" in nobody.get("/login/").text


def test_pages_and_downloads_are_never_kept(as_user: LogIn, make: ModuleType) -> None:
    rina = as_user("rina")
    attachment = make.attachment(by="rina")
    for path in ("/clients/list/", f"/attachments/{attachment.id}/file/file", "/api/v1/options/clients"):
        with rina.get(path) as answer:
            assert answer.headers["Cache-Control"] == "no-store"
