"""The LPJ shows the amount of a hidden case, but neither its number, day nor receipt."""

from datetime import timedelta
from io import BytesIO

import pytest
from pypdf import PdfReader
from python_calamine import CalamineWorkbook

from app.core import clock
from app.core import formats as formats
from app.grants.enums import Purpose
from app.grants.services.spending import attach_evidence
from app.reference.enums import Confidentiality
from tests.grants.support import MILLION, store_receipt

HIDDEN_LABEL = "Bantuan klien (kasus terbatas)"
SECRET_AMOUNT = 1_234_567


@pytest.fixture
def funded_grant(make):
    return make.funded_grant(Purpose.operational, Purpose.client_aid, ceiling_initial=50 * MILLION)


@pytest.fixture
def spend_for_case(make, funded_grant):
    """Function that records an expenditure of the grant for a case."""

    def run(case, amount, **data):
        return make.expenditure(
            grant=funded_grant, case=case, purpose=Purpose.client_aid, amount=amount, **data
        )

    return run


@pytest.fixture
def hidden_case(make):
    return make.case(by="dodi", confidentiality=Confidentiality.secret)


def read_sheets(client, funded_grant) -> dict[str, list[list[object]]]:
    answer = client.get(f"/grants/{funded_grant.id}/lpj.xlsx")
    assert answer.status_code == 200
    book = CalamineWorkbook.from_filelike(BytesIO(answer.data))
    return {name: book.get_sheet_by_name(name).to_python() for name in book.sheet_names}


def read_texts(client, funded_grant) -> str:
    pdf = client.get(f"/grants/{funded_grant.id}/lpj.pdf")
    assert pdf.status_code == 200
    pages = " ".join(page.extract_text() for page in PdfReader(BytesIO(pdf.data)).pages)
    cells = (str(cell) for rows in read_sheets(client, funded_grant).values() for row in rows for cell in row)
    return " ".join([pages, *cells]).replace("\xa0", " ")


@pytest.mark.parametrize("tier", [Confidentiality.limited, Confidentiality.secret])
def test_hidden_row_has_its_amount_and_neither_number_day_case_nor_receipt(
    as_user, make, funded_grant, spend_for_case, call_service, tier
) -> None:
    day = clock.today() - timedelta(days=40)
    case = make.case(by="dodi", confidentiality=tier)
    paid = spend_for_case(case, SECRET_AMOUNT, spent_on=day)
    call_service(
        attach_evidence, paid, evidence=store_receipt(), evidence_number="KW-RAHASIA", evidence_on=day
    )
    spend_for_case(make.case(), MILLION)
    sari, dodi = as_user("sari"), as_user("dodi")
    outsider_text, team_text = read_texts(sari, funded_grant), read_texts(dodi, funded_grant)
    written = formats.format_day(day).replace("\xa0", " ")
    for word in (case.number, f"#{paid.id}", "KW-RAHASIA", written):
        assert word in team_text
        assert word not in outsider_text
    assert HIDDEN_LABEL in outsider_text
    assert HIDDEN_LABEL not in team_text
    entries = read_sheets(sari, funded_grant)["Pengeluaran"]
    assert ["—", "—", HIDDEN_LABEL, "—", "—", SECRET_AMOUNT] in entries


def test_receipt_of_a_hidden_case_is_sent_to_its_team_alone(
    as_user, make, spend_for_case, hidden_case, call_service
) -> None:
    paid, day = spend_for_case(hidden_case, SECRET_AMOUNT), clock.today()
    call_service(attach_evidence, paid, evidence=store_receipt(), evidence_number="KW-1", evidence_on=day)
    address = f"/expenditures/{paid.id}/file/evidence"
    assert as_user("dodi").get(address).status_code == 200
    assert as_user("sari").get(address).status_code == 404
    assert as_user("kabid").get(address).status_code == 404


def test_sums_agree_for_every_reader(as_user, make, funded_grant, spend_for_case, hidden_case) -> None:
    spend_for_case(hidden_case, SECRET_AMOUNT)
    spend_for_case(make.case(), MILLION)
    make.expenditure(grant=funded_grant, purpose=Purpose.operational, amount=5_000)
    for who in ("sari", "dodi", "admin", "kabid"):
        book = read_sheets(as_user(who), funded_grant)
        entries = sum(row[-1] for row in book["Pengeluaran"][1:])
        assert entries == SECRET_AMOUNT + MILLION + 5_000
        (recipients,) = (rows for name, rows in book.items() if name.startswith("Penerima"))
        assert sum(row[-1] for row in recipients[1:]) == SECRET_AMOUNT + MILLION
        (unproved,) = (rows for name, rows in book.items() if name.startswith("Bukti"))
        assert sum(row[-1] for row in unproved[1:]) == SECRET_AMOUNT + MILLION + 5_000


def test_order_of_hidden_rows_reveals_neither_day_nor_case(
    as_user, make, funded_grant, spend_for_case
) -> None:
    one, other = (make.case(by="dodi", confidentiality=Confidentiality.secret) for _ in range(2))
    spend_for_case(one, 300, spent_on=clock.today() - timedelta(days=50))
    spend_for_case(other, 700, spent_on=clock.today() - timedelta(days=40))
    spend_for_case(one, 500, spent_on=clock.today() - timedelta(days=30))
    spend_for_case(make.case(), MILLION)
    book = read_sheets(as_user("sari"), funded_grant)
    assert [row[-1] for row in book["Pengeluaran"][1:]] == [MILLION, 700, 500, 300]
    (recipients,) = (rows for name, rows in book.items() if name.startswith("Penerima"))
    assert [row[-1] for row in recipients if row[0] == HIDDEN_LABEL] == [1500]


def test_proposal_for_a_hidden_case_is_not_in_the_sum_of_the_grants_page(as_user, make, funded_grant) -> None:
    def propose(case, amount):
        make.expenditure(by="dodi", grant=funded_grant, case=case, purpose=Purpose.client_aid, amount=amount)

    sari, dodi, admin = as_user("sari"), as_user("dodi"), as_user("admin")
    before = sari.get_page(f"/grants/show/{funded_grant.id}")
    propose(make.case(by="dodi", confidentiality=Confidentiality.secret), SECRET_AMOUNT)
    assert sari.get_page(f"/grants/show/{funded_grant.id}").count("Rp") == before.count("Rp")
    assert "Rp\xa01.234.567" not in sari.get_page(f"/grants/show/{funded_grant.id}")
    assert "Rp\xa01.234.567" in dodi.get_page(f"/grants/show/{funded_grant.id}")
    assert "Rp\xa01.234.567" in admin.get_page(f"/grants/show/{funded_grant.id}")
    propose(make.case(by="dodi"), MILLION)
    assert "Rp\xa01.000.000" in sari.get_page(f"/grants/show/{funded_grant.id}")
