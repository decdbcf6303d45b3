"""After any sequence of services the sums are consistent, and every page shows the same ones."""

import re
from collections.abc import Callable
from io import BytesIO
from typing import Any

from flask import Flask
from hypothesis import HealthCheck, Phase, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, rule, run_state_machine_as_test
from python_calamine import CalamineWorkbook
from sqlalchemy import func, select

from app.aid.models import Aid
from app.aid.services.aid import cancel_aid, hand_over_aid, plan_aid
from app.aid.transitions import AidKind
from app.cases.models.case import Case
from app.core import clock
from app.core.errors import PortalError
from app.core.formats import format_rupiah
from app.db.transaction import transaction
from app.extensions import db
from app.grants.enums import Purpose
from app.grants.models.money import Commitment, Disbursement, Expenditure
from app.grants.models.pots import Grant
from app.grants.presentation import format_amount, format_bare_amount
from app.grants.queries.balance import get_balance
from app.grants.services.commitments import open_commitment, release_commitment
from app.grants.services.life import absorb_grant, disburse_grant, reverse_disbursement
from app.grants.services.pots import edit_grant
from app.grants.services.spending import (
    approve_expenditure,
    attach_evidence,
    propose_expenditure,
    reject_expenditure,
    reverse_expenditure,
    spend_commitment,
)
from app.operations import check
from app.operations.money_checks import CHECKS
from tests import factories as make
from tests.grants.support import store_receipt
from tests.support.client import PortalClient, end_transaction
from tests.support.portal import get_user

AMOUNTS = st.integers(0, 60)
PURPOSES = st.sampled_from(list(Purpose))
USERNAMES = st.sampled_from(["admin", "rina"])
ENTRY_NUMBERS = st.integers(0, 20)


class GrantStateMachine(RuleBasedStateMachine):
    """One grant, and every service that can change it; a refused call is rolled back."""

    reader: PortalClient

    @initialize(ceiling=st.sampled_from([None, 30, 100]), allowed=st.sets(PURPOSES))
    def create_grant(self, ceiling: int | None, allowed: set[Purpose]) -> None:
        end_transaction()
        self.grant_id = make.funded_grant(*allowed, ceiling_initial=ceiling).id
        self.case_id = make.case().id

    def call_service(self, service: Callable[..., Any], *args: Any, by: str = "admin", **fields: Any) -> None:
        actor = get_user(by)
        try:
            with transaction(by=actor):
                service(*args, by=actor, **fields)
        except PortalError:
            db.session.rollback()

    def get_entry(self, model: Any, number: int) -> Any:
        """Return one of the entries of the grant, chosen by the number, or None."""
        joined = select(model) if model is not Aid else select(Aid).join(Aid.expenditure)
        owner = model.grant_id if model is not Aid else Expenditure.grant_id
        found = db.session.scalars(joined.where(owner == self.grant_id).order_by(model.id)).all()
        return found[number % len(found)] if found else None

    def call_on_entry(
        self, service: Callable[..., Any], model: Any, number: int, by: str = "admin", **fields: Any
    ) -> None:
        item = self.get_entry(model, number)
        if item is not None:
            self.call_service(service, item, by=by, **fields)

    def entry_data(self, purpose: Purpose, value: int, *, case: bool = True) -> dict[str, Any]:
        return {
            "grant": db.session.get_one(Grant, self.grant_id),
            "case": db.session.get_one(Case, self.case_id) if case else None,
            "purpose": purpose,
            "amount": value,
            "description": "Belanja",
        }

    @rule(value=AMOUNTS)
    def disburse(self, value: int) -> None:
        pot = db.session.get_one(Grant, self.grant_id)
        self.call_service(disburse_grant, pot, amount=value, disbursed_on=clock.today())

    @rule(number=ENTRY_NUMBERS)
    def reverse_disbursement(self, number: int) -> None:
        self.call_on_entry(reverse_disbursement, Disbursement, number, reason="Keliru.")

    @rule(value=AMOUNTS, purpose=PURPOSES, by=USERNAMES, case=st.booleans())
    def propose_expenditure(self, value: int, purpose: Purpose, by: str, case: bool) -> None:
        self.call_service(propose_expenditure, self.entry_data(purpose, value, case=case), by=by)

    @rule(value=AMOUNTS, purpose=PURPOSES, by=USERNAMES)
    def open_commitment(self, value: int, purpose: Purpose, by: str) -> None:
        self.call_service(open_commitment, self.entry_data(purpose, value), by=by)

    @rule(number=ENTRY_NUMBERS, value=AMOUNTS, by=USERNAMES)
    def spend_commitment(self, number: int, value: int, by: str) -> None:
        spending = {"amount": value, "spent_on": clock.today(), "description": "Dari komitmen"}
        self.call_on_entry(spend_commitment, Commitment, number, by, **spending)

    @rule(number=ENTRY_NUMBERS)
    def release_commitment(self, number: int) -> None:
        self.call_on_entry(release_commitment, Commitment, number, reason="Batal.")

    @rule(number=ENTRY_NUMBERS)
    def approve_expenditure(self, number: int) -> None:
        self.call_on_entry(approve_expenditure, Expenditure, number)

    @rule(number=ENTRY_NUMBERS)
    def reject_expenditure(self, number: int) -> None:
        self.call_on_entry(reject_expenditure, Expenditure, number, reason="Tidak.")

    @rule(number=ENTRY_NUMBERS)
    def reverse_expenditure(self, number: int) -> None:
        self.call_on_entry(reverse_expenditure, Expenditure, number, reason="Salah.")

    @rule(number=ENTRY_NUMBERS)
    def attach_expenditure_evidence(self, number: int) -> None:
        proof = {"evidence": store_receipt(), "evidence_number": "KW", "evidence_on": clock.today()}
        self.call_on_entry(attach_evidence, Expenditure, number, **proof)

    @rule(value=AMOUNTS, by=USERNAMES)
    def plan_cash_aid(self, value: int, by: str) -> None:
        pot, case = db.session.get_one(Grant, self.grant_id), db.session.get_one(Case, self.case_id)
        aid = {"case": case, "kind": AidKind.cash, "item": "Uang", "value": value, "grant": pot}
        self.call_service(plan_aid, {**aid, "again_reason": "Perlu."}, by=by)

    @rule(number=ENTRY_NUMBERS, gives=st.booleans())
    def end_aid(self, number: int, gives: bool) -> None:
        if gives:
            self.call_on_entry(hand_over_aid, Aid, number, "rina", received_by="Siti")
        else:
            self.call_on_entry(cancel_aid, Aid, number, "rina", reason="Batal.")

    @rule(ceiling=st.sampled_from([None, 20, 60, 200]))
    def revise_ceiling(self, ceiling: int | None) -> None:
        self.call_service(edit_grant, db.session.get_one(Grant, self.grant_id), {"ceiling_revised": ceiling})

    @rule(allowed=st.sets(PURPOSES))
    def change_purposes(self, allowed: set[Purpose]) -> None:
        self.call_service(edit_grant, db.session.get_one(Grant, self.grant_id), {"purposes": allowed})

    @rule()
    def absorb_grant(self) -> None:
        self.call_service(absorb_grant, db.session.get_one(Grant, self.grant_id))

    @invariant()
    def sums_are_consistent(self) -> None:
        sums = get_balance(db.session.get_one(Grant, self.grant_id))
        assert sums.spent + sums.committed <= (sums.limit or 0)
        assert sums.disbursed is None or 0 <= sums.spent <= sums.disbursed
        assert sums.evidenced <= sums.spent
        db.session.rollback()

    def teardown(self) -> None:
        """Compare the sums with `siaga check`, the lists, the pages and the export."""
        assert [fault for _check, found in check.run_checks(CHECKS) for fault in found] == []
        pot = db.session.get_one(Grant, self.grant_id)
        sums, name = get_balance(pot), pot.name
        totals = {room: self._list_total(room) for room in ("expenditures", "commitments", "disbursements")}
        assert totals == {
            "expenditures": format_rupiah(sums.spent),
            "commitments": format_rupiah(sums.committed),
            "disbursements": format_rupiah(sums.disbursed or 0),
        }
        figures = [sums.ceiling, sums.disbursed, sums.committed, sums.spent, sums.evidenced, sums.remaining]
        page = self.reader.get_page(f"/grants/show/{self.grant_id}")
        assert re.findall(r"<dd>\s*(.*?)\s*</dd>", page)[:6] == [format_amount(one) for one in figures]
        chart = self.reader.get_page(f"/statistics/money/?year={clock.current_year()}")
        row = re.search(rf'<th scope="row">\s*<a[^>]*>{name}</a>(.*?)</tr>', chart, re.DOTALL)
        assert row is not None
        cells = re.findall(r"<td[^>]*>(.*?)</td>", row.group(1), re.DOTALL)
        assert [cell.strip() for cell in cells[:6]] == [format_bare_amount(one) for one in figures]
        self._check_export(sums.spent)

    def _list_total(self, room: str) -> str:
        page = self.reader.get_page(f"/{room}/list/?_flt_0_grant={self.grant_id}")
        found = re.search(r'class="list-total">.*?<b>(.*?)</b>', page, re.DOTALL)
        return found.group(1) if found else format_rupiah(0)

    def _check_export(self, spent: int) -> None:
        book = CalamineWorkbook.from_filelike(
            BytesIO(self.reader.get(f"/grants/{self.grant_id}/lpj.xlsx").data)
        )
        rows = book.get_sheet_by_index(2).to_python()[1:]
        assert sum(row[-1] for row in rows) == spent
        stored = select(func.coalesce(func.sum(Expenditure.counted_amount), 0)).where(
            Expenditure.grant_id == self.grant_id
        )
        assert db.session.scalar(stored) == spent


def test_no_sequence_of_services_breaks_the_sums(app: Flask, as_user: Callable[[str], PortalClient]) -> None:
    GrantStateMachine.reader = as_user("admin")
    run_state_machine_as_test(
        GrantStateMachine,
        settings=settings(
            max_examples=12,
            stateful_step_count=25,
            deadline=None,
            database=None,
            phases=[Phase.generate],  # each step is a transaction, so shrinking a failure would take minutes
            suppress_health_check=list(HealthCheck),
        ),
    )
