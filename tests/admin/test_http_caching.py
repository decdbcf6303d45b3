"""What a browser may keep: our own files for a year, pages and downloads never."""

from collections.abc import Callable
from types import ModuleType

from tests.support.client import PortalClient

AsUser = Callable[[str], PortalClient]


def test_our_files_are_kept_for_a_year(anonymous_client: PortalClient) -> None:
    with anonymous_client.get("/static/portal.css") as answer:
        assert "max-age=31536000" in answer.headers["Cache-Control"]


def test_a_changed_file_has_another_address(anonymous_client: PortalClient) -> None:
    assert "/static/portal.css?v=" in anonymous_client.get("/login/").text


def test_pages_and_downloads_are_never_kept(as_user: AsUser, make: ModuleType) -> None:
    rina = as_user("rina")
    attachment = make.attachment(by="rina")
    for path in ("/clients/list/", f"/attachments/{attachment.id}/file/file", "/api/v1/options/clients"):
        with rina.get(path) as answer:
            assert answer.headers["Cache-Control"] == "no-store"
