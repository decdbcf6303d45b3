"""Whatever is done in whatever order: the sums hold, and everybody who tells them tells the same."""

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
from app.aid.services import cancel_aid, hand_over_aid, plan_aid
from app.aid.states import AidKind
from app.cases.models import Case
from app.cli.money import CHECKS
from app.core import clock
from app.core.display import rupiah
from app.core.errors import PortalError
from app.core.operations import check
from app.core.unit import unit
from app.extensions import db
from app.grants import services
from app.grants.choices import Purpose
from app.grants.models import Commitment, Disbursement, Expenditure, Grant
from app.grants.services import balance_of
from app.grants.wording import amount, figure
from tests import factories as make
from tests.grants.support import a_receipt
from tests.support.client import PortalClient, end_transaction
from tests.support.portal import person

AMOUNTS = st.integers(0, 60)
PURPOSES = st.sampled_from(list(Purpose))
WHO = st.sampled_from(["admin", "rina"])
ANY = st.integers(0, 20)


class Books(RuleBasedStateMachine):
    """One pot, and everything that verbs can do to it; what a verb refuses leaves no trace."""

    reader: PortalClient

    @initialize(ceiling=st.sampled_from([None, 30, 100]), allowed=st.sets(PURPOSES))
    def a_pot(self, ceiling: int | None, allowed: set[Purpose]) -> None:
        end_transaction()
        self.pot_id = make.pot(*allowed, ceiling_initial=ceiling).id
        self.case_id = make.case().id

    def do(self, verb: Callable[..., Any], *args: Any, by: str = "admin", **fields: Any) -> None:
        actor = person(by)
        try:
            with unit(by=actor):
                verb(*args, by=actor, **fields)
        except PortalError:
            db.session.rollback()

    def one(self, model: Any, number: int) -> Any:
        """Some entry of the pot."""
        joined = select(model) if model is not Aid else select(Aid).join(Aid.expenditure)
        owner = model.grant_id if model is not Aid else Expenditure.grant_id
        found = db.session.scalars(joined.where(owner == self.pot_id).order_by(model.id)).all()
        return found[number % len(found)] if found else None

    def on(self, verb: Callable[..., Any], model: Any, number: int, by: str = "admin", **fields: Any) -> None:
        item = self.one(model, number)
        if item is not None:
            self.do(verb, item, by=by, **fields)

    def data(self, purpose: Purpose, value: int, *, case: bool = True) -> dict[str, Any]:
        return {
            "grant": db.session.get_one(Grant, self.pot_id),
            "case": db.session.get_one(Case, self.case_id) if case else None,
            "purpose": purpose,
            "amount": value,
            "description": "Belanja",
        }

    @rule(value=AMOUNTS)
    def money_arrives(self, value: int) -> None:
        pot = db.session.get_one(Grant, self.pot_id)
        self.do(services.disburse_grant, pot, amount=value, disbursed_on=clock.today())

    @rule(number=ANY)
    def it_was_a_mistake(self, number: int) -> None:
        self.on(services.reverse_disbursement, Disbursement, number, reason="Keliru.")

    @rule(value=AMOUNTS, purpose=PURPOSES, by=WHO, case=st.booleans())
    def money_is_spent(self, value: int, purpose: Purpose, by: str, case: bool) -> None:
        self.do(services.propose_expenditure, self.data(purpose, value, case=case), by=by)

    @rule(value=AMOUNTS, purpose=PURPOSES, by=WHO)
    def money_is_reserved(self, value: int, purpose: Purpose, by: str) -> None:
        self.do(services.open_commitment, self.data(purpose, value), by=by)

    @rule(number=ANY, value=AMOUNTS, by=WHO)
    def what_was_reserved_is_spent(self, number: int, value: int, by: str) -> None:
        spending = {"amount": value, "spent_on": clock.today(), "description": "Dari komitmen"}
        self.on(services.spend_commitment, Commitment, number, by, **spending)

    @rule(number=ANY)
    def it_is_released(self, number: int) -> None:
        self.on(services.release_commitment, Commitment, number, reason="Batal.")

    @rule(number=ANY)
    def it_is_approved(self, number: int) -> None:
        self.on(services.approve_expenditure, Expenditure, number)

    @rule(number=ANY)
    def it_is_rejected(self, number: int) -> None:
        self.on(services.reject_expenditure, Expenditure, number, reason="Tidak.")

    @rule(number=ANY)
    def it_is_reversed(self, number: int) -> None:
        self.on(services.reverse_expenditure, Expenditure, number, reason="Salah.")

    @rule(number=ANY)
    def it_is_proved(self, number: int) -> None:
        proof = {"evidence": a_receipt(), "evidence_number": "KW", "evidence_on": clock.today()}
        self.on(services.attach_evidence, Expenditure, number, **proof)

    @rule(value=AMOUNTS, by=WHO)
    def aid_is_planned(self, value: int, by: str) -> None:
        pot, case = db.session.get_one(Grant, self.pot_id), db.session.get_one(Case, self.case_id)
        aid = {"case": case, "kind": AidKind.cash, "item": "Uang", "value": value, "grant": pot}
        self.do(plan_aid, {**aid, "again_reason": "Perlu."}, by=by)

    @rule(number=ANY, gives=st.booleans())
    def aid_ends(self, number: int, gives: bool) -> None:
        if gives:
            self.on(hand_over_aid, Aid, number, "rina", received_by="Siti")
        else:
            self.on(cancel_aid, Aid, number, "rina", reason="Batal.")

    @rule(ceiling=st.sampled_from([None, 20, 60, 200]))
    def the_ceiling_is_revised(self, ceiling: int | None) -> None:
        self.do(services.edit_grant, db.session.get_one(Grant, self.pot_id), {"ceiling_revised": ceiling})

    @rule(allowed=st.sets(PURPOSES))
    def the_purposes_change(self, allowed: set[Purpose]) -> None:
        self.do(services.edit_grant, db.session.get_one(Grant, self.pot_id), {"purposes": allowed})

    @rule()
    def spending_is_complete(self) -> None:
        self.do(services.absorb_grant, db.session.get_one(Grant, self.pot_id))

    @invariant()
    def the_books_hold(self) -> None:
        sums = balance_of(db.session.get_one(Grant, self.pot_id))
        assert sums.spent + sums.committed <= (sums.limit or 0)
        assert sums.disbursed is None or 0 <= sums.spent <= sums.disbursed
        assert sums.evidenced <= sums.spent
        db.session.rollback()

    def teardown(self) -> None:
        """Ask everybody who tells the sums."""
        assert [fault for _check, found in check.run(CHECKS) for fault in found] == []
        pot = db.session.get_one(Grant, self.pot_id)
        sums, name = balance_of(pot), pot.name
        totals = {room: self._total(room) for room in ("expenditures", "commitments", "disbursements")}
        assert totals == {
            "expenditures": rupiah(sums.spent),
            "commitments": rupiah(sums.committed),
            "disbursements": rupiah(sums.disbursed or 0),
        }
        told = [sums.ceiling, sums.disbursed, sums.committed, sums.spent, sums.evidenced, sums.left]
        page = self.reader.get_page(f"/grants/show/{self.pot_id}")
        assert re.findall(r"<dd>\s*(.*?)\s*</dd>", page)[:6] == [amount(one) for one in told]
        chart = self.reader.get_page(f"/statistics/money/?year={clock.year()}")
        row = re.search(rf'<th scope="row">\s*<a[^>]*>{name}</a>(.*?)</tr>', chart, re.DOTALL)
        assert row is not None
        cells = re.findall(r"<td[^>]*>(.*?)</td>", row.group(1), re.DOTALL)
        assert [cell.strip() for cell in cells[:6]] == [figure(one) for one in told]
        self._export(sums.spent)

    def _total(self, room: str) -> str:
        page = self.reader.get_page(f"/{room}/list/?_flt_0_grant={self.pot_id}")
        found = re.search(r'class="list-total">.*?<b>(.*?)</b>', page, re.DOTALL)
        return found.group(1) if found else rupiah(0)

    def _export(self, spent: int) -> None:
        book = CalamineWorkbook.from_filelike(
            BytesIO(self.reader.get(f"/grants/{self.pot_id}/lpj.xlsx").data)
        )
        rows = book.get_sheet_by_index(2).to_python()[1:]
        assert sum(row[-1] for row in rows) == spent
        stored = select(func.coalesce(func.sum(Expenditure.counted), 0)).where(
            Expenditure.grant_id == self.pot_id
        )
        assert db.session.scalar(stored) == spent


def test_no_sequence_of_verbs_breaks_the_books(app: Flask, as_user: Callable[[str], PortalClient]) -> None:
    Books.reader = as_user("admin")
    run_state_machine_as_test(
        Books,
        settings=settings(
            max_examples=12,
            stateful_step_count=25,
            deadline=None,
            database=None,
            phases=[Phase.generate],  # each step is a transaction: to shrink a failure would take minutes
            suppress_health_check=list(HealthCheck),
        ),
    )
