"""Before new money: everything the household received from anybody, a soft stop, and a reason to go on."""

from datetime import timedelta

import pytest

from app.aid import services as aid_services
from app.aid.states import AidKind
from app.core import clock
from app.core.errors import PortalError
from app.grants.choices import Purpose
from app.reference.choices import Confidentiality
from tests.grants.support import JUTA, refused

CARD = "6474011201120001"


@pytest.fixture
def money(make):
    def plan(**data):
        return make.aid(kind=AidKind.cash, **{"value": JUTA, "partner": make.partner(), **data})

    return plan


def _asked(act, **data) -> PortalError:
    told = refused(act, **data)
    assert told.field == "again_reason"
    return told


def test_the_first_money_is_not_stopped_and_the_second_is(make, money) -> None:
    case = make.case()
    first = money(case=case)
    told = _asked(money, case=case)
    assert "Rp\xa01.000.000" in str(told)
    assert told.links[0][0] == f"/aid/show/{first.id}"
    assert str(first.partner) in told.links[0][1]
    assert money(case=case, again_reason="Rumahnya terbakar.").again_reason


def test_goods_are_not_stopped(make, money) -> None:
    case = make.case()
    money(case=case)
    make.aid(case=case)


@pytest.mark.parametrize("shared", ["household", "card", "card of the household"])
def test_others_of_the_household_count(make, money, shared: str) -> None:
    if shared == "household":
        home = make.household()
        first, second = make.client(household=home), make.client(household=home)
    elif shared == "card":
        first, second = make.client(no_kk=CARD), make.client(no_kk=CARD)
    else:
        first, second = make.client(household=make.household(no_kk=CARD)), make.client(no_kk=CARD)
    money(case=make.case(client=first))
    _asked(money, case=make.case(client=second))
    money(case=make.case())


def test_spending_that_nobody_handed_over_counts_and_what_was_cancelled_does_not(make, money, do) -> None:
    pot, case = make.pot(Purpose.client_aid, ceiling_initial=9 * JUTA), make.case()
    do(aid_services.cancel_aid, money(case=case), reason="Batal.", by="rina")
    paid = make.expenditure(grant=pot, case=case, purpose=Purpose.client_aid, amount=2 * JUTA)
    told = _asked(money, case=case)
    assert [url for url, _text in told.links] == [f"/expenditures/show/{paid.id}"]
    assert "Rp\xa02.000.000" in str(told)


def test_a_year_later_nobody_asks(make, money) -> None:
    case = make.case()
    money(case=case)
    with clock.at(clock.now() + timedelta(days=366)):
        money(case=case)


def test_aid_in_a_hidden_case_shows_its_amount_and_nothing_more(make, money, do) -> None:
    home = make.household()
    hidden = make.case(by="dodi", client=make.client(household=home), confidentiality=Confidentiality.limited)
    secret = money(by="dodi", case=hidden, item="Sewa rumah aman")
    told = _asked(money, case=make.case(client=make.client(household=home)))
    (url, text), *_rest = told.links
    assert url == ""
    assert "Rp\xa01.000.000" in text
    assert secret.item not in text
    assert str(secret.partner) not in text
