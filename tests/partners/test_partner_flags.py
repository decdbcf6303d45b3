"""What somebody should talk about with a partner: an agreement that ends, a record nobody has checked."""

import re
from collections.abc import Callable
from datetime import date, timedelta
from types import ModuleType

import pytest

from app.core import clock
from app.core.unit import unit
from app.extensions import db
from app.partners.models import Partner
from app.partners.services import archive_partner, verify_partner
from tests.support.client import PortalClient
from tests.support.portal import person

AsUser = Callable[[str], PortalClient]


def verified(make: ModuleType, days_ago: int = 0, **data: object) -> Partner:
    partner = make.partner(**data)
    with clock.at(clock.now() - timedelta(days=days_ago)), unit(by=person("admin")):
        verify_partner(partner, by=person("admin"))
    return partner  # type: ignore[no-any-return]


def flags(partner: Partner) -> list[str]:
    return [flag.name for flag in partner.flags]


@pytest.mark.parametrize(
    ("days", "flagged"),
    [(-1, ["agreement_over"]), (0, ["agreement_ends"]), (60, ["agreement_ends"]), (61, [])],
)
def test_an_agreement_is_flagged_sixty_days_before_it_ends(
    make: ModuleType, days: int, flagged: list[str]
) -> None:
    assert flags(verified(make, agreement_until=clock.today() + timedelta(days=days))) == flagged


@pytest.mark.parametrize(("days", "flagged"), [(365, []), (366, ["unverified"])])
def test_a_record_is_believed_for_a_year(make: ModuleType, days: int, flagged: list[str]) -> None:
    assert flags(verified(make, days)) == flagged


def test_a_record_that_nobody_ever_checked_and_an_archived_one(make: ModuleType) -> None:
    partner = make.partner(agreement_until=date(2020, 1, 1))
    assert flags(partner) == ["agreement_over", "unverified"]
    with unit(by=person("admin")):
        archive_partner(partner, by=person("admin"))
    assert flags(partner) == []


def test_list_and_page_show_the_flags(make: ModuleType, as_user: AsUser) -> None:
    partner = make.partner(name="Mitra Lama", agreement_until=clock.today())
    for path in ("/partners/list/?q=Mitra+Lama", f"/partners/show/{partner.id}"):
        page = as_user("rina").get(path).get_data(as_text=True)
        assert page.count('class="state state-wait"') >= 2


def test_the_administrator_is_told_on_the_first_page(make: ModuleType, as_user: AsUser) -> None:
    verified(make, name="AA Baru Diperiksa")
    with unit(by=person("admin")):
        shipped = db.session.scalars(db.select(Partner).filter_by(verified_on=None)).all()
        for partner in shipped[1:]:
            verify_partner(partner, by=person("admin"))
    left = shipped[0]
    page = as_user("admin").get("/").get_data(as_text=True)
    section = page.partition('id="h-unverified"')[2].partition("</section>")[0]
    assert "1" in section.partition("</h2>")[0]
    assert re.findall(r"/partners/show/(\d+)", section) == [str(left.id)]
    assert 'id="h-unverified"' not in as_user("rina").get("/").get_data(as_text=True)
