"""Flags of a partner: its agreement ends or is over, or nobody has verified its record."""

import re
from collections.abc import Callable
from datetime import date, timedelta
from types import ModuleType

import pytest

from app.core import clock
from app.db.transaction import transaction
from app.extensions import db
from app.partners.models import Partner
from app.partners.services import archive_partner, verify_partner
from tests.support.client import PortalClient
from tests.support.portal import get_user

AsUser = Callable[[str], PortalClient]


def make_verified_partner(make: ModuleType, days_ago: int = 0, **data: object) -> Partner:
    partner = make.partner(**data)
    with clock.freeze_time(clock.now() - timedelta(days=days_ago)), transaction(by=get_user("admin")):
        verify_partner(partner, by=get_user("admin"))
    return partner  # type: ignore[no-any-return]


def flag_names(partner: Partner) -> list[str]:
    return [flag.name for flag in partner.flags]


@pytest.mark.parametrize(
    ("days", "flagged"),
    [(-1, ["agreement_over"]), (0, ["agreement_ends"]), (60, ["agreement_ends"]), (61, [])],
)
def test_an_agreement_is_flagged_sixty_days_before_it_ends(
    make: ModuleType, days: int, flagged: list[str]
) -> None:
    assert (
        flag_names(make_verified_partner(make, agreement_until=clock.today() + timedelta(days=days)))
        == flagged
    )


@pytest.mark.parametrize(("days", "flagged"), [(365, []), (366, ["unverified"])])
def test_verification_is_valid_for_a_year(make: ModuleType, days: int, flagged: list[str]) -> None:
    assert flag_names(make_verified_partner(make, days)) == flagged


def test_unverified_partner_is_flagged_and_an_archived_one_is_not(make: ModuleType) -> None:
    partner = make.partner(agreement_until=date(2020, 1, 1))
    assert flag_names(partner) == ["agreement_over", "unverified"]
    with transaction(by=get_user("admin")):
        archive_partner(partner, by=get_user("admin"))
    assert flag_names(partner) == []


def test_list_and_page_show_the_flags(make: ModuleType, as_user: AsUser) -> None:
    partner = make.partner(name="Mitra Lama", agreement_until=clock.today())
    for path in ("/partners/list/?q=Mitra+Lama", f"/partners/show/{partner.id}"):
        page = as_user("rina").get(path).get_data(as_text=True)
        assert page.count('class="state state-wait"') >= 2


def test_flags_are_on_the_first_page_of_the_administrator(make: ModuleType, as_user: AsUser) -> None:
    make_verified_partner(make, name="AA Baru Diperiksa")
    with transaction(by=get_user("admin")):
        shipped = db.session.scalars(db.select(Partner).filter_by(verified_on=None)).all()
        for partner in shipped[1:]:
            verify_partner(partner, by=get_user("admin"))
    left = shipped[0]
    page = as_user("admin").get("/").get_data(as_text=True)
    section = page.partition('id="h-unverified"')[2].partition("</section>")[0]
    assert "1" in section.partition("</h2>")[0]
    assert re.findall(r"/partners/show/(\d+)", section) == [str(left.id)]
    assert 'id="h-unverified"' not in as_user("rina").get("/").get_data(as_text=True)
