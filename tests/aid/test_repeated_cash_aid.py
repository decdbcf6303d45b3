"""Repeated or large cash aid needs a reason; its form shows the earlier aid that the user may see."""

from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta

import pytest
from sqlalchemy import func, select

from app.aid.models import Aid
from app.aid.services import aid as aid_services
from app.aid.transitions import AidKind
from app.clients.enums import HouseholdRole
from app.core import clock
from app.core.errors import PortalError
from app.core.records import RecordRef
from app.db.transaction import transaction
from app.extensions import db
from app.grants.enums import Purpose
from app.grants.models.money import Expenditure
from app.grants.services.spending import propose_expenditure, spend_commitment
from app.reference.enums import Confidentiality
from app.reference.services import edit_office_setting, get_office_setting
from tests.grants.support import MILLION, expect_refusal
from tests.support.concurrency import run_concurrently, start_concurrently
from tests.support.html import field_error

NO_KK = "6474011201120001"
SMALL_AMOUNT = 400_000
QUESTION = "Sudahkah bantuan lain diperiksa?"


@pytest.fixture
def plan_cash(make):
    """Function that plans cash aid without a reason; its default amount is too small to need one."""

    def plan(**data):
        values = {"value": SMALL_AMOUNT, "partner": make.partner(), "again_reason": None}
        return make.aid(kind=AidKind.cash, **{**values, **data})

    return plan


def _expect_question(act, **data) -> PortalError:
    error = expect_refusal(act, **data)
    assert error.field == "again_reason"
    return error


def test_first_cash_aid_is_saved_and_the_second_needs_a_reason(make, plan_cash) -> None:
    case = make.case()
    first = plan_cash(case=case)
    error = _expect_question(plan_cash, case=case)
    assert "Rp\xa0400.000" in str(error)
    assert error.links[0].ref == RecordRef(Aid, first.id)
    assert str(first.partner) in error.links[0].text
    assert plan_cash(case=case, again_reason="Rumahnya terbakar.").again_reason


def test_goods_need_no_reason(make, plan_cash) -> None:
    case = make.case()
    plan_cash(case=case)
    make.aid(case=case, value=MILLION)


@pytest.mark.parametrize("shared", ["household", "card", "card of the household"])
def test_aid_to_others_of_the_household_counts(make, plan_cash, shared: str) -> None:
    if shared == "household":
        home = make.household()
        first, second = make.client(household=home), make.client(household=home)
    elif shared == "card":
        first, second = make.client(no_kk=NO_KK), make.client(no_kk=NO_KK)
    else:
        first, second = make.client(household=make.household(no_kk=NO_KK)), make.client(no_kk=NO_KK)
    plan_cash(case=make.case(client=first))
    _expect_question(plan_cash, case=make.case(client=second))
    plan_cash(case=make.case())


def test_expenditure_without_handover_counts_and_cancelled_aid_does_not(
    make, plan_cash, call_service
) -> None:
    pot, case = make.funded_grant(Purpose.client_aid, ceiling_initial=9 * MILLION), make.case()
    call_service(aid_services.cancel_aid, plan_cash(case=case), reason="Batal.", by="rina")
    paid = make.expenditure(grant=pot, case=case, purpose=Purpose.client_aid, amount=2 * MILLION)
    error = _expect_question(plan_cash, case=case)
    assert [link.ref for link in error.links] == [RecordRef(Expenditure, paid.id)]
    assert "Rp\xa02.000.000" in str(error)


def test_aid_of_more_than_a_year_ago_does_not_count(make, plan_cash) -> None:
    case = make.case()
    plan_cash(case=case)
    with clock.freeze_time(clock.now() + timedelta(days=366)):
        plan_cash(case=case)


@pytest.mark.parametrize(("amount", "needs_reason"), [(500_000, False), (500_001, True)])
def test_cash_above_the_amount_of_the_office_setting_needs_a_reason(
    make, plan_cash, amount: int, needs_reason: bool
) -> None:
    case = make.case()
    if needs_reason:
        assert _expect_question(plan_cash, case=case, value=amount).links == []
    else:
        plan_cash(case=case, value=amount)


def test_existing_expenditure_is_judged_by_its_own_amount(make, plan_cash) -> None:
    case, pot = make.case(), make.funded_grant(Purpose.client_aid, ceiling_initial=9 * MILLION)
    paid = make.expenditure(grant=pot, case=case, purpose=Purpose.client_aid, amount=MILLION)
    _expect_question(plan_cash, case=case, expenditure=paid, value=None, partner=None)
    little = make.expenditure(grant=pot, case=make.case(), purpose=Purpose.client_aid, amount=SMALL_AMOUNT)
    plan_cash(case=little.case, expenditure=little, value=None, partner=None)


def test_the_administrator_sets_the_amount(as_user, make, plan_cash) -> None:
    office = get_office_setting()
    assert office.aid_check_above == 500_000
    page = f"/office-settings/edit/{office.id}"
    values = {name: getattr(office, name) or "" for name in ("office_name", "parent_office", "valid_until")}
    values |= {"valid_from": office.valid_from.isoformat(), "version": office.version}
    assert 'value="500.000"' in as_user("admin").get_page(page)
    answer = as_user("admin").post(page, data={**values, "aid_check_above": "100.000"})
    assert (answer.status_code, get_office_setting().aid_check_above) == (302, 100_000)
    _expect_question(plan_cash, case=make.case())
    for refused_amount in ("-1", "banyak"):
        answer = as_user("admin").post(page, data={**values, "version": 2, "aid_check_above": refused_amount})
        assert field_error(answer, "aid_check_above")
    assert get_office_setting().aid_check_above == 100_000
    empty = as_user("admin").post(page, data={**values, "version": 2, "aid_check_above": ""})
    assert (empty.status_code, get_office_setting().aid_check_above) == (302, 500_000)


def _aid_form(case, partner, **data):
    values = {"case": str(case.id), "kind": "cash", "item": "Biaya sekolah", "partner": str(partner.id)}
    return {**values, "form_key": "k" * 43, **data}


def _stable_lines(page: str) -> str:
    """Remove the lines that differ between two requests for a form."""
    lines = page.splitlines()
    return "\n".join(line for line in lines if "csrf" not in line and "nonce" not in line)


@pytest.mark.parametrize("tier", [Confidentiality.limited, Confidentiality.secret])
@pytest.mark.parametrize(("value", "status"), [("400.000", 302), ("750.000", 200)])
def test_aid_of_a_hidden_household_does_not_change_the_answer(
    as_user, make, plan_cash, tier: Confidentiality, value: str, status: int
) -> None:
    home, partner = make.household(no_kk=NO_KK), make.partner()
    sari = as_user("sari")
    case = make.case(by="sari", client=make.client(by="sari", no_kk=NO_KK))
    form = _aid_form(case, partner, value=value)
    without = sari.post("/aid/add", data=form)
    if status == 302:
        with transaction(by=db.session.get(type(case.worker), case.worker_id)) as session:
            session.delete(session.scalars(select(Aid)).one())  # undo the first request
            session.execute(db.text("DELETE FROM form_receipt"))
    hidden = make.case(by="dodi", client=make.client(by="dodi", household=home), confidentiality=tier)
    plan_cash(by="dodi", case=hidden, value=3 * MILLION, again_reason="Sewa rumah aman")
    pot = make.funded_grant(Purpose.client_aid, ceiling_initial=90 * MILLION)
    make.expenditure(by="dodi", grant=pot, case=hidden, purpose=Purpose.client_aid, amount=7 * MILLION)
    with_hidden = sari.post("/aid/add", data=form)
    assert (without.status_code, with_hidden.status_code) == (status, status)
    if status == 200:
        assert QUESTION in with_hidden.text
        assert "Rp\xa03.000.000" not in with_hidden.text
        assert _stable_lines(without.text) == _stable_lines(with_hidden.text)
    seen = _expect_question(plan_cash, by="dodi", case=make.case(by="dodi", client=case.client))
    assert "Rp\xa010.000.000" in str(seen) or status == 302


def test_user_who_sees_part_of_the_aid_gets_the_sum_of_that_part(make, plan_cash) -> None:
    home = make.household()
    hidden = make.case(by="dodi", client=make.client(household=home), confidentiality=Confidentiality.secret)
    plan_cash(by="dodi", case=hidden, value=3 * MILLION, again_reason="Perlu.")
    seen = plan_cash(by="sari", case=make.case(by="sari", client=make.client(household=home)), value=150_000)
    error = _expect_question(
        plan_cash, by="sari", case=make.case(by="sari", client=make.client(household=home))
    )
    assert [link.ref for link in error.links] == [RecordRef(Aid, seen.id)]
    assert "Rp\xa0150.000" in str(error)


@pytest.mark.parametrize("restricted", ["client", "member", "head"])
@pytest.mark.parametrize("shared", ["household", "card"])
def test_aid_of_a_member_is_not_linked_where_the_household_is_withheld(
    as_user, make, plan_cash, restricted: str, shared: str
) -> None:
    # Both have ordinary cases of Sari; a limited case of Rina withholds the household of one of them.
    home = make.household(no_kk=NO_KK)
    live = {"household": home} if shared == "household" else {"no_kk": NO_KK}
    client, member = make.client(**live), make.client(household=home)
    head = make.client(household=home, household_role=HouseholdRole.head)
    of_member = plan_cash(by="sari", case=make.case(by="sari", client=member))
    case = make.case(by="sari", client=client)
    hider = {"client": client, "member": member, "head": head}[restricted]
    make.case(by="rina", client=hider, confidentiality=Confidentiality.limited)
    form = _aid_form(case, make.partner(), value="750.000")
    answers = {who: as_user(who).post("/aid/add", data=form).text for who in ("sari", "admin")}
    assert all(QUESTION in page for page in answers.values())
    assert f"/aid/show/{of_member.id}" not in answers["sari"]
    assert f"/aid/show/{of_member.id}" in answers["admin"]


def test_own_aid_of_a_client_counts_where_the_household_is_withheld(make, plan_cash) -> None:
    client = make.client(household=make.household())
    case = make.case(by="sari", client=client)
    own = plan_cash(by="sari", case=case)
    make.case(by="rina", client=client, confidentiality=Confidentiality.limited)
    question = _expect_question(plan_cash, by="sari", case=case)
    assert [link.ref for link in question.links] == [RecordRef(Aid, own.id)]


@pytest.mark.parametrize("first", ["aid", "spending", "spent reservation"])
def test_concurrent_cash_aid_to_one_household_needs_a_reason(as_user, make, people, first: str) -> None:
    home = make.household()
    one, other = (make.case(client=make.client(household=home)) for _ in range(2))
    pot = make.funded_grant(Purpose.client_aid, ceiling_initial=90 * MILLION)
    of_case = {
        "grant": pot,
        "case": one,
        "purpose": Purpose.client_aid,
        "amount": SMALL_AMOUNT,
        "description": "x",
    }
    reserved = make.commitment(**of_case) if first == "spent reservation" else None
    rina, partner = as_user("rina"), make.partner()
    form = _aid_form(other, partner, value="300.000")
    aid = {"case": one, "kind": AidKind.cash, "item": "Sewa", "value": SMALL_AMOUNT, "partner": partner}
    with ThreadPoolExecutor(1) as pool:
        with transaction(by=people.rina):
            if first == "aid":
                aid_services.plan_aid(aid, by=people.rina)
            elif reserved is None:
                propose_expenditure(of_case, by=people.rina)
            else:
                spent = {"amount": SMALL_AMOUNT, "spent_on": clock.today(), "description": "Sewa"}
                spend_commitment(reserved, **spent, by=people.rina)
            waiting = start_concurrently(pool, lambda: rina.post("/aid/add", data=form))
        answer = waiting.result(timeout=60)
    assert answer.status_code == 200
    assert "Rp\xa0400.000" in field_error(answer, "again_reason")
    assert db.session.scalar(select(func.count(Aid.id)).filter_by(case_id=other.id)) == 0


def test_concurrent_aid_to_four_members_never_deadlocks(as_user, make) -> None:
    home, partner = make.household(), make.partner()
    cases = [make.case(client=make.client(household=home)).id for _ in range(4)]
    clients = [as_user("rina") for _ in cases]
    data = {"kind": "cash", "item": "Sewa", "partner": str(partner.id), "value": "400.000"}

    answers = run_concurrently(
        len(cases), lambda number: clients[number].post("/aid/add", data={**data, "case": str(cases[number])})
    )
    assert sorted(one.status_code for one in answers) == [200, 200, 200, 302]
    assert db.session.scalar(select(func.count(Aid.id))) == 1


def test_with_an_amount_of_zero_all_cash_aid_needs_a_reason(make, plan_cash, people) -> None:
    with transaction(by=people.admin):
        edit_office_setting(get_office_setting(), {"aid_check_above": 0}, by=people.admin)
    _expect_question(plan_cash, case=make.case(), value=1)
