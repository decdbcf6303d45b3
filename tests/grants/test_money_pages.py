"""Pages of money from the proposal to the LPJ: permissions, and refusals beside their fields."""

import re
from io import BytesIO
from zipfile import ZipFile

import pytest
from pypdf import PdfReader
from python_calamine import CalamineWorkbook
from sqlalchemy import select

from app.audit.enums import Action
from app.audit.models import AuditEntry
from app.core import clock
from app.extensions import db
from app.grants.enums import GrantForm, Purpose
from app.grants.models.money import Commitment, Disbursement, Expenditure
from app.grants.models.pots import Grant
from app.grants.transitions import CommitmentState, ExpenditureState, GrantState
from app.reference.enums import Confidentiality
from tests.grants.support import MILLION
from tests.support.html import field_error


def _newest_record(model=Expenditure):
    db.session.rollback()
    return db.session.scalars(select(model).order_by(model.id.desc())).first()


@pytest.fixture
def funded_grant(make):
    return make.funded_grant(Purpose.operational, Purpose.client_aid, ceiling_initial=10 * MILLION)


def _expenditure_form(funded_grant, **data):
    return {
        "grant": str(funded_grant.id),
        "purpose": "operational",
        "amount": "Rp 2.000.000",
        "spent_on": clock.today().isoformat(),
        "description": "Kertas dan tinta",
        **data,
    }


def test_from_the_proposal_to_the_evidence(as_user, make, funded_grant) -> None:
    case, rina, admin = make.case(), as_user("rina"), as_user("admin")
    assert rina.get(f"/expenditures/add?grant={funded_grant.id}&case={case.id}").status_code == 200
    answer = rina.post(
        "/expenditures/add", data=_expenditure_form(funded_grant, case=str(case.id), purpose="client_aid")
    )
    spent = _newest_record()
    assert (answer.status_code, answer.location) == (302, f"/expenditures/show/{spent.id}")
    assert (spent.state, spent.amount) == (ExpenditureState.proposed, 2 * MILLION)
    page = f"/expenditures/{spent.id}"
    assert rina.post(f"{page}/approve", data={"version": spent.version}).status_code == 403
    assert admin.post(f"{page}/approve", data={"version": spent.version}).status_code == 302
    proof = {
        "version": _newest_record().version,
        "evidence": (BytesIO(b"%PDF-1.7 kwitansi"), "kwitansi.pdf"),
        "evidence_number": "KW-7",
        "evidence_on": clock.today().isoformat(),
    }
    assert admin.post(f"{page}/evidence", data=proof).status_code == 302
    assert _newest_record().evidence_number == "KW-7"
    assert admin.get(f"{page}/file/evidence").status_code == 200
    back = admin.post(f"{page}/reverse", data={"version": _newest_record().version, "reason": "Salah."})
    assert back.status_code == 302
    assert _newest_record().reverses_id == spent.id


@pytest.mark.parametrize("written", ["2000000", "2.000.000", "Rp 2.000.000"])
def test_amount_may_be_typed_with_separators(as_user, funded_grant, written: str) -> None:
    as_user("admin").post("/expenditures/add", data=_expenditure_form(funded_grant, amount=written))
    assert _newest_record().amount == 2 * MILLION


@pytest.mark.parametrize("written", ["2,000,000", "-2000", "0", "1" + "0" * 18, "dua juta"])
def test_invalid_amount_is_refused_and_kept(as_user, funded_grant, written: str) -> None:
    answer = as_user("admin").post("/expenditures/add", data=_expenditure_form(funded_grant, amount=written))
    assert (answer.status_code, _newest_record()) == (200, None)
    assert f'value="{written}"' in answer.text
    assert re.search(
        r'name="amount"[^>]*aria-invalid="true"|aria-invalid="true"[^>]*name="amount"', answer.text
    )


@pytest.mark.parametrize(
    ("data", "field"),
    [
        ({"amount": "11.000.000"}, "amount"),
        ({"purpose": "activity"}, "purpose"),
        ({"spent_on": "2001-01-01"}, "spent_on"),
        ({"purpose": "client_aid"}, "case"),
    ],
)
def test_refusal_is_shown_beside_its_field_and_nothing_typed_is_lost(
    as_user, funded_grant, data, field
) -> None:
    answer = as_user("admin").post("/expenditures/add", data=_expenditure_form(funded_grant, **data))
    assert (answer.status_code, _newest_record()) == (200, None)
    assert "Kertas dan tinta" in answer.text
    assert re.search(rf'href="#{field}"', answer.text)


def test_reserving_spending_and_releasing(as_user, make, funded_grant) -> None:
    case, rina, admin = make.case(), as_user("rina"), as_user("admin")
    data = {k: v for k, v in _expenditure_form(funded_grant, case=str(case.id)).items() if k != "spent_on"}
    assert rina.post("/commitments/add", data=data).status_code == 302
    reserved = _newest_record(Commitment)
    page = f"/commitments/{reserved.id}"
    assert 'value="2.000.000"' in rina.get_page(f"{page}/spend")
    assert rina.post(f"{page}/release", data={"version": reserved.version, "reason": "x"}).status_code == 403
    spending = {"version": reserved.version, "amount": "1.500.000", "description": "Kursi", "spent_on": ""}
    answer = rina.post(f"{page}/spend", data=spending)
    assert answer.location == f"/expenditures/show/{_newest_record().id}"
    assert (
        admin.post(f"{page}/release", data={"version": reserved.version, "reason": "Batal."}).status_code
        == 302
    )
    assert _newest_record(Commitment).state is CommitmentState.released


def test_disbursement_is_recorded_and_reversed(as_user, funded_grant) -> None:
    admin = as_user("admin")
    data = {"version": funded_grant.version, "amount": "4.000.000", "disbursed_on": clock.today().isoformat()}
    assert admin.post(f"/grants/{funded_grant.id}/disburse", data={**data, "amount": ""}).status_code == 200
    assert admin.post(f"/grants/{funded_grant.id}/disburse", data=data).status_code == 302
    assert _newest_record(Grant).state is GrantState.disbursed
    page = admin.get_page(f"/grants/show/{funded_grant.id}")
    assert "Rp\xa04.000.000" in page
    (entry,) = re.findall(r"/disbursements/show/(\d+)", page)[:1]
    assert admin.get(f"/disbursements/show/{entry}").status_code == 200
    back = admin.post(f"/disbursements/{entry}/reverse", data={"version": 1, "reason": "Keliru."})
    assert back.status_code == 302
    reversal = _newest_record(Disbursement).id
    for reversed_or_reversal in (entry, reversal):
        page = admin.get_page(f"/disbursements/show/{reversed_or_reversal}")
        assert f"/disbursements/{reversed_or_reversal}/reverse" not in page


def test_grant_without_ceiling_shows_a_dash_and_no_percentage(as_user, make) -> None:
    unknown = make.funded_grant(arrived=4 * MILLION)
    page = as_user("kabid").get_page(f"/grants/show/{unknown.id}")
    sums = [text.strip() for text in re.findall(r"<dd>(.*?)</dd>", page, re.DOTALL)]
    assert (sums[0], sums[-1]) == ("—", "—")


def test_seeded_figures_are_shown_in_their_years_as_published(as_user) -> None:
    kabid = as_user("kabid")
    cells = {
        year: [c.strip() for c in re.findall(r"<td[^>]*>(.*?)</td>", page, re.DOTALL)]
        for year in ("2012", "2013", "2014", "none")
        if (page := kabid.get_page(f"/statistics/money/?year={year}"))
    }
    # ceiling, disbursed, reserved, spent, with evidence, remaining, absorption, lapsing
    assert cells["2012"] == ["350.000.000", "—", "0", "0", "0", "350.000.000", "0,0%", "350.000.000"]
    assert cells["2013"] == ["—", "—", "—", "79.000.000", "—", "—", "—", "—"]
    assert cells["2014"] == ["408.000.000", *["—"] * 7]
    assert cells["none"] == ["25.000.000", *["—"] * 7]


@pytest.mark.parametrize("year", ["14", "x", "2014'", "99999"])
def test_invalid_year_is_a_bad_request(as_user, year: str) -> None:
    assert as_user("kabid").get(f"/statistics/money/?year={year}").status_code == 400


def test_lpj_names_cases_by_number_and_its_export_is_audited(as_user, make, funded_grant, people) -> None:
    client = make.client(name="Nama Penerima")
    case = make.case(client=client)
    make.expenditure(grant=funded_grant, case=case, purpose=Purpose.client_aid, amount=MILLION)
    kabid = as_user("kabid")
    answer = kabid.get(f"/grants/{funded_grant.id}/lpj.xlsx")
    book = CalamineWorkbook.from_filelike(BytesIO(answer.data))
    cells = [
        cell for name in book.sheet_names for row in book.get_sheet_by_name(name).to_python() for cell in row
    ]
    assert case.number in cells
    assert MILLION in cells
    assert not any("Nama Penerima" in str(cell) for cell in cells)
    assert kabid.get(f"/grants/{funded_grant.id}/lpj.pdf").data.startswith(b"%PDF")
    found = select(AuditEntry).filter_by(action=Action.export, entity="grant_fund", entity_id=funded_grant.id)
    assert {one.actor_id for one in db.session.scalars(found)} == {people.kabid.id}


@pytest.mark.parametrize("begins", ["=", "+", "-", "@", "\t=", "http://", "{=", "1e5"])
def test_typed_formula_is_text_in_the_workbook(as_user, make, begins: str) -> None:
    typed = f'{begins}HYPERLINK("http://evil.example","x")' if begins != "1e5" else begins
    odd = make.funded_grant(
        Purpose.operational,
        ceiling_initial=10 * MILLION,
        name=typed,
        source=make.funding_source(name=typed),
    )
    make.expenditure(grant=odd, purpose=Purpose.operational, description=typed, evidence_number=typed)
    book = as_user("kabid").get(f"/grants/{odd.id}/lpj.xlsx").data
    with ZipFile(BytesIO(book)) as archive:
        parts = b"".join(map(archive.read, archive.namelist())).decode()
    assert not re.search(r'<f[ >]|<hyperlink|Target="http://evil', parts)
    cells = [
        cell
        for sheet in map(CalamineWorkbook.from_filelike(BytesIO(book)).get_sheet_by_index, range(5))
        for row in sheet.to_python()
        for cell in row
    ]
    assert cells.count(typed.strip()) == 4


@pytest.mark.parametrize(("who", "shown"), [("kabid", "••••7890"), ("sari", "081234567890")])
def test_lpj_masks_a_typed_number_like_the_page_of_the_expenditure(
    as_user, make, who: str, shown: str
) -> None:
    grant = make.funded_grant(Purpose.operational, ceiling_initial=10 * MILLION)
    paid = make.expenditure(grant=grant, purpose=Purpose.operational, description="Pulsa 081234567890")
    reader = as_user(who)
    page = reader.get_page(f"/expenditures/show/{paid.id}")
    pdf = PdfReader(BytesIO(reader.get(f"/grants/{grant.id}/lpj.pdf").data)).pages
    book = CalamineWorkbook.from_filelike(BytesIO(reader.get(f"/grants/{grant.id}/lpj.xlsx").data))
    sheet = str(book.get_sheet_by_name("Pengeluaran").to_python())
    for text in (page, " ".join(one.extract_text() for one in pdf), sheet):
        assert shown in text
        assert ("081234567890" in text) is (who == "sari")


def test_grant_in_goods_has_no_lpj(as_user, make) -> None:
    goods = make.funded_grant(form=GrantForm.in_kind)
    assert as_user("admin").get(f"/grants/{goods.id}/lpj.pdf").status_code == 404


def test_money_of_a_hidden_case_is_hidden_from_a_peksos_and_anonymous_for_administrators(
    as_user, make, funded_grant
) -> None:
    client = make.client(by="dodi", name="Nama Rahasia")
    team = [make.get_user("rina")]
    secret = make.case(by="dodi", client=client, confidentiality=Confidentiality.secret, team=team)
    spent = make.expenditure(by="dodi", grant=funded_grant, case=secret, description="Sewa rumah aman")
    assert as_user("sari").get(f"/expenditures/show/{spent.id}").status_code == 404
    assert f"/expenditures/show/{spent.id}" not in as_user("sari").get_page("/expenditures/list/")
    for reader in ("admin", "kabid"):
        page = as_user(reader).get_page(f"/expenditures/show/{spent.id}")
        assert "Rp\xa01.000" in page
        assert "Nama Rahasia" not in page
        assert "Sewa rumah aman" not in page
        assert as_user(reader).get_page("/expenditures/list/?q=Sewa").count(f"/show/{spent.id}") == 0
    assert "Sewa rumah aman" in as_user("dodi").get_page(f"/expenditures/show/{spent.id}")


@pytest.mark.parametrize("reader", ["rina", "kabid"])
def test_only_administrators_set_up_grants_and_make_their_transitions(
    as_user, funded_grant, reader: str
) -> None:
    client = as_user(reader)
    for transition in ("disburse", "absorb", "account", "close", "lapse"):
        assert (
            client.post(
                f"/grants/{funded_grant.id}/{transition}", data={"version": funded_grant.version}
            ).status_code
            == 403
        )
    assert (client.get("/expenditures/add").status_code == 200) is (reader == "rina")
    assert client.get("/statistics/money/").status_code == 200


@pytest.mark.parametrize("page", ["/grants/show/{pot}", "/grants/{pot}/lpj.xlsx", "/statistics/money/"])
def test_statement_count_does_not_grow_with_the_expenditures(
    as_user, make, funded_grant, capture_statements, page
) -> None:
    client = as_user("admin")
    address = page.format(pot=funded_grant.id)

    def count() -> int:
        client.get(address)
        with capture_statements() as sent:
            assert client.get(address).status_code == 200
        return len(sent)

    make.expenditure(grant=funded_grant, amount=1, case=make.case())
    make.commitment(grant=funded_grant, amount=1, case=make.case())
    few = count()
    for _ in range(3):
        make.expenditure(grant=funded_grant, amount=1, case=make.case())
        make.commitment(grant=funded_grant, amount=1, case=make.case())
    assert count() == few
    assert few <= 25


def test_overlong_number_is_refused_with_a_sentence(as_user) -> None:
    message = field_error(as_user("admin").post("/expenditures/add", data={"amount": "9" * 5000}), "amount")
    assert message == "Jumlah ini terlalu besar."


def test_peksos_spends_a_reservation_of_a_case_and_none_of_the_office(as_user, make, funded_grant) -> None:
    of_office, of_case = (
        make.commitment(grant=funded_grant),
        make.commitment(grant=funded_grant, case=make.case()),
    )
    rina = as_user("rina")
    assert rina.get(f"/commitments/{of_case.id}/spend").status_code == 200
    assert rina.get(f"/commitments/{of_office.id}/spend").status_code == 403
    data = {"version": of_office.version, "amount": "1", "spent_on": str(clock.today()), "description": "ATK"}
    assert rina.post(f"/commitments/{of_office.id}/spend", data=data).status_code == 403
    assert _newest_record() is None
