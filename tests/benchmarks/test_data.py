"""Invented data at scale: valid for the portal, and varied between copies."""

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
"""Distinct values per thousand clients of an earlier generator, which created 3,000 clients without copying.
"""
DAYS = ("date(opened_at)", "spent_on", "given_on", "due_on")
FEWER, FEWER_DAYS = 0.85, 0.6
"""Tolerated share of these: the data here are 250 clients in twelve copies each."""

ROWS_BY_EVENT_KIND = {
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
"""Event kind -> rows of which each has exactly one such event."""
WAITING = (
    "referral WHERE state IN ('draft', 'sent', 'accepted', 'in_service', 'completed')",
    "expenditure WHERE state = 'proposed'",
    "commitment WHERE state = 'open'",
    "aid WHERE state = 'planned'",
    "follow_up WHERE state = 'open'",
)


@pytest.fixture
def machine(tmp_path: Path, empty_database: URL) -> Installation:
    """Run on an SQLite file and on PostgreSQL."""
    return Installation(tmp_path, empty_database)


def invent(machine: Installation, clients: int, **settings: str) -> Result:
    """Run the command that fills the machine's database."""
    options = ("--template", str(shared_template()), "--template-clients", str(TEMPLATE_CLIENTS))
    arguments = ["--clients", str(clients), "--seed", str(SEED), *options]
    return CliRunner().invoke(main, arguments, env=machine.settings | settings)


@pytest.fixture(scope="module")
def town(tmp_path_factory: pytest.TempPathFactory) -> URL:
    """Return the URL of an office of some thousand clients."""
    folder = tmp_path_factory.mktemp("town")
    made = invent(Installation(folder), MANY)
    assert made.exit_code == 0, made.output
    return make_url(f"sqlite:///{folder}/instance/siaga.sqlite")


def test_invented_data_passes_siaga_check_and_can_be_worked_on(
    machine: Installation, empty_database: URL, monkeypatch: pytest.MonkeyPatch
) -> None:
    clients = 3 * TEMPLATE_CLIENTS
    made = invent(machine, clients)
    assert made.exit_code == 0, made.output
    assert execute_sql(empty_database, "SELECT count(*) FROM client") == [(clients,)]
    again = invent(machine, 1)
    assert again.exit_code == 2
    assert "has clients" in again.stderr
    before = read_number_series(empty_database)
    with running_portal(machine, monkeypatch):
        work_in_office()
    assert read_number_series(empty_database) == {
        kind: last + (kind != "case") for kind, last in before.items()
    }
    checked = machine.run_siaga("check")
    assert checked.exit_code == 0, checked.output


def test_filling_a_database_with_users_is_refused(machine: Installation, empty_database: URL) -> None:
    assert machine.run_siaga("create-admin", "--username", "bu.kepala", "--password", PASSWORD).exit_code == 0
    refused = invent(machine, 1)
    assert refused.exit_code == 2
    assert "has clients or users" in refused.stderr
    assert execute_sql(empty_database, "SELECT count(*) FROM client") == [(0,)]


def test_copies_are_as_varied_as_clients_created_one_by_one(town: URL) -> None:
    for table, columns in DISTINCT.items():
        counts = ", ".join(f"count(DISTINCT {column})" for column in columns)
        (found,) = execute_sql(town, f"SELECT {counts} FROM {table}")
        for column, wanted in columns.items():
            number = int(str(found[list(columns).index(column)])) * 1000 / MANY
            least = (FEWER_DAYS if column in DAYS else FEWER) * wanted
            assert number >= least, f"{table}.{column}: {number:.0f} of {wanted}"


def read_number_series(database: URL) -> dict[object, int]:
    rows = execute_sql(database, f"SELECT kind, last FROM number_series WHERE year = {NOW.year}")
    return {kind: int(str(last)) for kind, last in rows}


@contextmanager
def running_portal(machine: Installation, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    for name, value in machine.settings.items():
        monkeypatch.setenv(name, value)
    with open_portal(), transaction(by=SYSTEM):
        yield


def work_in_office() -> None:
    """Register a client; refer, spend and hand over aid in the newest open case."""
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


def test_record_counts_per_client_are_in_their_ranges(town: URL) -> None:
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


def test_event_counts_match_the_rows_of_the_tables(town: URL) -> None:
    kinds = execute_sql(town, "SELECT kind, count(*) FROM case_event GROUP BY kind")
    event_counts = {str(kind): count for kind, count in kinds}
    row_counts = {
        kind: execute_sql(town, f"SELECT count(*) FROM {rows}")[0][0]
        for kind, rows in ROWS_BY_EVENT_KIND.items()
    }
    assert {kind: event_counts[kind] for kind in ROWS_BY_EVENT_KIND} == row_counts
    assert execute_sql(town, "SELECT count(*) FROM case_event AS a JOIN case_event AS b USING (case_id)"
               " WHERE b.id = a.id + 1 AND b.recorded_at < a.recorded_at") == [(0,)]  # fmt: skip


def test_closed_cases_have_no_pending_records_and_open_ones_only_recent(town: URL) -> None:
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


def test_declined_referral_is_settled_or_passed_to_another_partner(town: URL) -> None:
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


def test_longest_case_is_ordinary_and_has_five_thousand_events(town: URL) -> None:
    rows = execute_sql(
        town, "SELECT case_id, count(*) FROM case_event GROUP BY case_id ORDER BY 2 DESC LIMIT 1"
    )
    assert [count for _case, count in rows] == [LONGEST]
    found = execute_sql(town, f"SELECT status, confidentiality FROM case_file WHERE id = {LONG_CASE}")
    assert found == [("active", "ordinary")]


def test_same_template_yields_the_same_people(
    machine: Installation, empty_database: URL, tmp_path: Path
) -> None:
    (tmp_path / "other").mkdir()
    other = Installation(tmp_path / "other")
    for one in (machine, other):
        assert invent(one, TEMPLATE_CLIENTS).exit_code == 0
    there = make_url(f"sqlite:///{tmp_path}/other/instance/siaga.sqlite")
    assert execute_sql(empty_database, PEOPLE) == execute_sql(there, PEOPLE)
