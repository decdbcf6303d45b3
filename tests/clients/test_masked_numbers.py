"""Users who see only four digits of a number cannot search for the others."""

from collections.abc import Callable
from types import ModuleType

from tests.support.client import PortalClient


def test_masked_digits_cannot_be_searched(as_user: Callable[[str], PortalClient], make: ModuleType) -> None:
    make.client(name="Siti Aminah", nik="6474015708459834", phone="0812-0000-4321", nik_note="uji")
    kabid, rina = as_user("kabid"), as_user("rina")
    for part in ("9834", "59834", "474015", "siti+9834", "0000-4321"):
        assert kabid.get(f"/api/v1/options/clients?q={part}").json["results"] == []
        assert "Siti Aminah" not in kabid.get(f"/clients/list/?q={part}").text
    assert rina.get("/api/v1/options/clients?q=59834").json["results"]
    for whole in ("6474015708459834", "0812-0000-4321", "siti"):
        assert kabid.get(f"/api/v1/options/clients?q={whole}").json["results"], whole


def test_list_shows_the_last_four_digits_of_a_number_alone(
    as_user: Callable[[str], PortalClient], make: ModuleType
) -> None:
    make.client(name="Siti Aminah", nik="6474015708459834", phone="0812-0000-4321", nik_note="uji")
    page = as_user("kabid").get_page("/clients/list/")
    for digits, more in (("9834", "59834"), ("4321", "04321")):
        assert f"••••{digits}" in page
        assert more not in page.replace("-", "")
