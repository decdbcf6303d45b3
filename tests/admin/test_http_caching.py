"""Browsers cache static files for a year, pages and downloads never."""

from collections.abc import Callable
from types import ModuleType

from tests.support.client import PortalClient

AsUser = Callable[[str], PortalClient]


def test_static_files_are_cached_for_a_year(anonymous_client: PortalClient) -> None:
    with anonymous_client.get("/static/portal.css") as response:
        assert "max-age=31536000" in response.headers["Cache-Control"]


def test_static_urls_contain_a_version(anonymous_client: PortalClient) -> None:
    assert "/static/portal.css?v=" in anonymous_client.get("/login/").text


def test_pages_and_downloads_are_never_cached(as_user: AsUser, make: ModuleType) -> None:
    rina = as_user("rina")
    attachment = make.attachment(by="rina")
    for path in ("/clients/list/", f"/attachments/{attachment.id}/file/file", "/api/v1/options/clients"):
        with rina.get(path) as response:
            assert response.headers["Cache-Control"] == "no-store"
