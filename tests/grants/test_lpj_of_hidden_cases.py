"""The LPJ keeps the amount of a case that its reader may not see, and says nothing else of it."""

from datetime import timedelta
from io import BytesIO

import pytest
from pypdf import PdfReader
from python_calamine import CalamineWorkbook

from app.core import clock
from app.core import display as formats
from app.grants.choices import Purpose
from app.grants.services import attach_evidence
from app.reference.choices import Confidentiality
from tests.grants.support import JUTA, a_receipt

HIDDEN = "Bantuan klien (kasus terbatas)"
SECRET_AMOUNT = 1_234_567


@pytest.fixture
def pot(make):
    return make.pot(Purpose.operational, Purpose.client_aid, ceiling_initial=50 * JUTA)


@pytest.fixture
def spend(make, pot):
    """Spend an amount for a case from the pot."""

    def run(case, amount, **data):
        return make.expenditure(grant=pot, case=case, purpose=Purpose.client_aid, amount=amount, **data)

    return run


@pytest.fixture
def hidden_case(make):
    return make.case(by="dodi", confidentiality=Confidentiality.secret)


def sheets(client, pot) -> dict[str, list[list[object]]]:
    answer = client.get(f"/grants/{pot.id}/lpj.xlsx")
    assert answer.status_code == 200
    book = CalamineWorkbook.from_filelike(BytesIO(answer.data))
    return {name: book.get_sheet_by_name(name).to_python() for name in book.sheet_names}


def texts(client, pot) -> str:
    pdf = client.get(f"/grants/{pot.id}/lpj.pdf")
    assert pdf.status_code == 200
    pages = " ".join(page.extract_text() for page in PdfReader(BytesIO(pdf.data)).pages)
    cells = (str(cell) for rows in sheets(client, pot).values() for row in rows for cell in row)
    return " ".join([pages, *cells]).replace("\xa0", " ")


@pytest.mark.parametrize("tier", [Confidentiality.limited, Confidentiality.secret])
def test_hidden_row_has_its_amount_and_neither_number_day_case_nor_receipt(
    as_user, make, pot, spend, do, tier
) -> None:
    day = clock.today() - timedelta(days=40)
    case = make.case(by="dodi", confidentiality=tier)
    paid = spend(case, SECRET_AMOUNT, spent_on=day)
    do(attach_evidence, paid, evidence=a_receipt(), evidence_number="KW-RAHASIA", evidence_on=day)
    spend(make.case(), JUTA)
    sari, dodi = as_user("sari"), as_user("dodi")
    told, whole = texts(sari, pot), texts(dodi, pot)
    written = formats.day(day).replace("\xa0", " ")
    for word in (case.number, f"#{paid.id}", "KW-RAHASIA", written):
        assert word in whole
        assert word not in told
    assert HIDDEN in told
    assert HIDDEN not in whole
    entries = sheets(sari, pot)["Pengeluaran"]
    assert ["—", "—", HIDDEN, "—", "—", SECRET_AMOUNT] in entries


def test_sums_agree_for_every_reader(as_user, make, pot, spend, hidden_case) -> None:
    spend(hidden_case, SECRET_AMOUNT)
    spend(make.case(), JUTA)
    make.expenditure(grant=pot, purpose=Purpose.operational, amount=5_000)
    for who in ("sari", "dodi", "admin", "kabid"):
        book = sheets(as_user(who), pot)
        entries = sum(row[-1] for row in book["Pengeluaran"][1:])
        assert entries == SECRET_AMOUNT + JUTA + 5_000
        (recipients,) = (rows for name, rows in book.items() if name.startswith("Penerima"))
        assert sum(row[-1] for row in recipients[1:]) == SECRET_AMOUNT + JUTA
        (unproved,) = (rows for name, rows in book.items() if name.startswith("Bukti"))
        assert sum(row[-1] for row in unproved[1:]) == SECRET_AMOUNT + JUTA + 5_000


def test_place_of_a_hidden_row_does_not_tell_its_day_or_its_case(as_user, make, pot, spend) -> None:
    one, other = (make.case(by="dodi", confidentiality=Confidentiality.secret) for _ in range(2))
    spend(one, 300, spent_on=clock.today() - timedelta(days=50))
    spend(other, 700, spent_on=clock.today() - timedelta(days=40))
    spend(one, 500, spent_on=clock.today() - timedelta(days=30))
    spend(make.case(), JUTA)
    book = sheets(as_user("sari"), pot)
    assert [row[-1] for row in book["Pengeluaran"][1:]] == [JUTA, 700, 500, 300]
    (recipients,) = (rows for name, rows in book.items() if name.startswith("Penerima"))
    assert [row[-1] for row in recipients if row[0] == HIDDEN] == [1500]


def test_proposal_for_a_hidden_case_is_not_in_the_sum_of_the_grants_page(as_user, make, pot) -> None:
    def propose(case, amount):
        make.expenditure(by="dodi", grant=pot, case=case, purpose=Purpose.client_aid, amount=amount)

    sari, dodi, admin = as_user("sari"), as_user("dodi"), as_user("admin")
    before = sari.get_page(f"/grants/show/{pot.id}")
    propose(make.case(by="dodi", confidentiality=Confidentiality.secret), SECRET_AMOUNT)
    assert sari.get_page(f"/grants/show/{pot.id}").count("Rp") == before.count("Rp")
    assert "Rp\xa01.234.567" not in sari.get_page(f"/grants/show/{pot.id}")
    assert "Rp\xa01.234.567" in dodi.get_page(f"/grants/show/{pot.id}")
    assert "Rp\xa01.234.567" in admin.get_page(f"/grants/show/{pot.id}")
    propose(make.case(by="dodi"), JUTA)
    assert "Rp\xa01.000.000" in sari.get_page(f"/grants/show/{pot.id}")
