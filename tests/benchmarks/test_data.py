"""Invented data at scale: the portal cannot tell them from its own, and copies are no twins."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from click.testing import CliRunner, Result
from sqlalchemy import URL, make_url, select

from app.aid.services.aid import hand_over_aid, plan_aid
from app.aid.transitions import AidKind
from app.cases.enums import CaseStatus
from app.cases.models.case import Case
from app.cli.portal import open_portal
from app.clients.services.clients import register_client
from app.core.actor import SYSTEM
from app.core.errors import PortalError
from app.db.transaction import transaction
from app.extensions import db
from app.grants.enums import Purpose
from app.grants.models.pots import Grant
from app.grants.services.spending import propose_expenditure
from app.reference.models import NeedKind
from app.referrals.enums import LegalBasis, SharedField
from app.referrals.services.drafts import draft_referral
from app.referrals.services.office import send_referral
from tests.benchmarks.data.__main__ import main
from tests.benchmarks.data.longest import LONGEST
from tests.operations.conftest import PASSWORD, Installation
from tests.operations.test_init import execute_sql
from tests.speed.large_office import SEED, TEMPLATE_CLIENTS, shared_template
from tests.support.fixed_clock import NOW

pytestmark = pytest.mark.slow

PEOPLE = "SELECT name, nik, search_text FROM client ORDER BY id"
MANY = 12 * TEMPLATE_CLIENTS
LONG_CASE = "(SELECT case_id FROM case_event GROUP BY case_id ORDER BY count(*) DESC LIMIT 1)"

DISTINCT = {
    "client": {
        "name": 905,
        "nik": 613,
        "no_kk": 250,
        "phone": 602,
        "address": 291,
        "birth_date": 1000,
        "created_at": 1000,
        "search_text": 999,
    },
    "household": {"address": 196, "search_text": 250},
    "case_file": {"number": 1488, "opened_at": 1480, "closed_at": 1416, "date(opened_at)": 1061},
    "referral": {"letter_number": 507, "sent_at": 507, "search_text": 507},
    "expenditure": {"spent_on": 299, "evidence_number": 307},
    "aid": {"handover_number": 210, "handed_over_at": 210},
    "consent": {"given_on": 345},
    "follow_up": {"due_on": 225},
    "case_event": {"recorded_at": 9328},
}
"""Different values for each thousand clients, as the earlier generator made them for three thousand: it told
every story anew."""
DAYS = ("date(opened_at)", "spent_on", "given_on", "due_on")
FEWER, FEWER_DAYS = 0.85, 0.6
"""Of 250 stories in twelve copies each, so much less is allowed than of 3,000 stories."""

SAID = {
    "case_opened": "case_file",
    "case_closed": "case_file WHERE status = 'closed'",
    "follow_up_done": "follow_up WHERE state = 'done'",
    "referral_drafted": "referral",
    "referral_sent": "referral WHERE sent_at IS NOT NULL",
    "referral_declined": "referral WHERE state = 'declined'",
    "referral_completed": "referral WHERE completed_at IS NOT NULL",
    "referral_confirmed": "referral WHERE state = 'closed'",
    "commitment_made": "commitment",
    "expenditure_approved": "expenditure WHERE posted_on IS NOT NULL AND case_id IS NOT NULL"
    " AND reverses_id IS NULL",
    "expenditure_rejected": "expenditure WHERE state = 'rejected'",
    "expenditure_reversed": "expenditure WHERE reverses_id IS NOT NULL",
    "aid_planned": "aid",
    "aid_handed_over": "aid WHERE state = 'handed_over'",
}
"""Which rows each kind of event tells of, one by one."""
WAITING = (
    "referral WHERE state IN ('draft', 'sent', 'accepted', 'in_service', 'completed')",
    "expenditure WHERE state = 'proposed'",
    "commitment WHERE state = 'open'",
    "aid WHERE state = 'planned'",
    "follow_up WHERE state = 'open'",
)


@pytest.fixture
def machine(tmp_path: Path, empty_database: URL) -> Installation:
    """Once with an SQLite file, once with PostgreSQL."""
    return Installation(tmp_path, empty_database)


def invent(machine: Installation, clients: int, **settings: str) -> Result:
    """Run the command that fills the machine's database."""
    options = ("--template", str(shared_template()), "--template-clients", str(TEMPLATE_CLIENTS))
    arguments = ["--clients", str(clients), "--seed", str(SEED), *options]
    return CliRunner().invoke(main, arguments, env=machine.settings | settings)


@pytest.fixture(scope="module")
def town(tmp_path_factory: pytest.TempPathFactory) -> URL:
    """An office of some thousand clients."""
    folder = tmp_path_factory.mktemp("town")
    made = invent(Installation(folder), MANY)
    assert made.exit_code == 0, made.output
    return make_url(f"sqlite:///{folder}/instance/siaga.sqlite")


def test_invented_data_stands_every_check_and_work_goes_on_in_it(
    machine: Installation, empty_database: URL, monkeypatch: pytest.MonkeyPatch
) -> None:
    clients = 3 * TEMPLATE_CLIENTS
    made = invent(machine, clients)
    assert made.exit_code == 0, made.output
    assert execute_sql(empty_database, "SELECT count(*) FROM client") == [(clients,)]
    again = invent(machine, 1)
    assert again.exit_code == 2
    assert "has clients" in again.stderr
    before = series(empty_database)
    with working(machine, monkeypatch):
        go_on()
    assert series(empty_database) == {kind: last + (kind != "case") for kind, last in before.items()}
    checked = machine.run_siaga("check")
    assert checked.exit_code == 0, checked.output


def test_nobody_is_invented_beside_real_people(machine: Installation, empty_database: URL) -> None:
    assert machine.run_siaga("create-admin", "--username", "bu.kepala", "--password", PASSWORD).exit_code == 0
    refused = invent(machine, 1)
    assert refused.exit_code == 2
    assert "has clients or users" in refused.stderr
    assert execute_sql(empty_database, "SELECT count(*) FROM client") == [(0,)]


def test_copies_are_as_different_as_stories_that_are_told_anew(town: URL) -> None:
    for table, columns in DISTINCT.items():
        counts = ", ".join(f"count(DISTINCT {column})" for column in columns)
        (found,) = execute_sql(town, f"SELECT {counts} FROM {table}")
        for column, wanted in columns.items():
            number = int(str(found[list(columns).index(column)])) * 1000 / MANY
            least = (FEWER_DAYS if column in DAYS else FEWER) * wanted
            assert number >= least, f"{table}.{column}: {number:.0f} of {wanted}"


def series(database: URL) -> dict[object, int]:
    rows = execute_sql(database, f"SELECT kind, last FROM number_series WHERE year = {NOW.year}")
    return {kind: int(str(last)) for kind, last in rows}


@contextmanager
def working(machine: Installation, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    for name, value in machine.settings.items():
        monkeypatch.setenv(name, value)
    with open_portal(), transaction(by=SYSTEM):
        yield


def go_on() -> None:
    """Register somebody; in the newest open case, refer, spend, and hand aid over."""
    register_client({"name": "Aminah"}, by=SYSTEM)
    query = select(Case).filter_by(status=CaseStatus.active).order_by(Case.id.desc())
    case = db.session.scalars(query.limit(1)).one()
    need = db.session.scalars(select(NeedKind).filter_by(code="food")).one()
    referral = draft_referral({"case": case, "need_kind": need, "request": "Paket sembako"}, by=SYSTEM)
    for document in referral.documents:
        document.on_paper = True
    shared = (SharedField.identity,)
    basis = {"legal_basis": LegalBasis.public_task, "reason": "Tugas dinas."}
    send_referral(referral, shared_fields=shared, by=SYSTEM, **basis)  # type: ignore[arg-type]
    grant = db.session.scalars(select(Grant).filter_by(name=f"Dana zakat {NOW.year} no. 1")).one()
    aid = {"case": case, "kind": AidKind.goods, "item": "Sembako", "value": 100_000, "grant": grant}
    hand_over_aid(plan_aid(aid, by=SYSTEM), received_by="Aminah", by=SYSTEM)
    too_much = {
        "case": case,
        "grant": grant,
        "purpose": Purpose.client_aid,
        "amount": 10**12,
        "description": "x",
    }
    with pytest.raises(PortalError, match="left"):
        propose_expenditure(too_much, by=SYSTEM)


def test_there_is_half_a_referral_and_a_third_of_an_expenditure_for_each_client(town: URL) -> None:
    def share(table: str) -> float:
        ((count,),) = execute_sql(town, f"SELECT count(*) FROM {table}")
        return int(str(count)) / MANY

    assert share("client") == 1
    assert 1.4 < share("case_file") < 1.6
    assert 6 <= share(f"case_event WHERE case_id <> {LONG_CASE}") < 9
    assert 0.45 < share("referral") < 0.56
    assert 0.27 < share("expenditure") < 0.36
    assert 0.85 < share("referral WHERE state = 'closed'") / share("referral") < 0.95
    assert share("aid WHERE expenditure_id IS NOT NULL") < share("expenditure WHERE case_id IS NOT NULL")
    assert execute_sql(town, "SELECT count(DISTINCT state) FROM expenditure WHERE state <> 'proposed'") == [
        (3,)
    ]
    tiers = execute_sql(town, "SELECT confidentiality FROM case_file")
    assert 0.92 < tiers.count(("ordinary",)) / len(tiers) < 0.98


def test_what_the_books_of_the_cases_tell_is_what_stands_in_the_tables(town: URL) -> None:
    kinds = execute_sql(town, "SELECT kind, count(*) FROM case_event GROUP BY kind")
    told = {str(kind): count for kind, count in kinds}
    stands = {kind: execute_sql(town, f"SELECT count(*) FROM {rows}")[0][0] for kind, rows in SAID.items()}
    assert {kind: told[kind] for kind in SAID} == stands
    assert execute_sql(town, "SELECT count(*) FROM case_event AS a JOIN case_event AS b USING (case_id)"
               " WHERE b.id = a.id + 1 AND b.recorded_at < a.recorded_at") == [(0,)]  # fmt: skip


def test_nothing_waits_in_a_closed_case_and_only_new_things_in_an_open_one(town: URL) -> None:
    for rows in WAITING:
        closed = (
            f"SELECT count(*) FROM {rows} AND case_id IN (SELECT id FROM case_file WHERE status = 'closed')"
        )
        assert execute_sql(town, closed) == [(0,)], rows
        old = f"SELECT count(*) FROM {rows} AND created_at < '{NOW:%Y}-05-01'"
        assert execute_sql(town, old) == [(0,)], rows
    waiting = (
        "SELECT count(*) FROM referral WHERE due_at IS NOT NULL AND state NOT IN ('closed', 'cancelled')"
    )
    assert execute_sql(town, waiting) == execute_sql(
        town, "SELECT count(*) FROM referral WHERE due_at IS NOT NULL"
    )
    ((count,),) = execute_sql(town, waiting)
    assert 0 < int(str(count)) < MANY / 200


def test_a_declined_referral_is_settled_or_goes_to_another_partner_for_the_same_need(town: URL) -> None:
    on = "referral AS r JOIN referral AS p ON p.id = r.previous_id"
    ((count, same),) = execute_sql(
        town,
        f"SELECT count(*), sum(p.state = 'declined' AND p.owner_id IS NULL AND p.case_id = r.case_id"
        f" AND p.need_kind_id = r.need_kind_id AND p.partner_id <> r.partner_id) FROM {on}",
    )
    assert 0 < int(str(count)) == same
    open_ones = "SELECT count(*) FROM referral WHERE state = 'declined' AND owner_id IS NOT NULL"
    ((declined, left),) = execute_sql(
        town, f"SELECT count(*), ({open_ones}) FROM referral WHERE state = 'declined'"
    )
    assert int(str(left)) < int(str(declined)) / 20


def test_one_case_that_everybody_sees_has_a_timeline_of_five_thousand_events(town: URL) -> None:
    rows = execute_sql(
        town, "SELECT case_id, count(*) FROM case_event GROUP BY case_id ORDER BY 2 DESC LIMIT 1"
    )
    assert [count for _case, count in rows] == [LONGEST]
    found = execute_sql(town, f"SELECT status, confidentiality FROM case_file WHERE id = {LONG_CASE}")
    assert found == [("active", "ordinary")]


def test_a_template_gives_the_same_people_again(
    machine: Installation, empty_database: URL, tmp_path: Path
) -> None:
    (tmp_path / "other").mkdir()
    other = Installation(tmp_path / "other")
    for one in (machine, other):
        assert invent(one, TEMPLATE_CLIENTS).exit_code == 0
    there = make_url(f"sqlite:///{tmp_path}/other/instance/siaga.sqlite")
    assert execute_sql(empty_database, PEOPLE) == execute_sql(there, PEOPLE)
