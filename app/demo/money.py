"""Demo money of this year and the last: grants with disbursements, spending and receipts, and aid."""

from sqlalchemy import select

from app.core import clock
from app.core.actor import Actor
from app.demo.aid import create_aid
from app.demo.cast import DemoContext
from app.demo.receipts import MILLION_RUPIAH, attach_receipt, get_days_ago_last_year, get_days_ago_this_year
from app.extensions import db
from app.grants.enums import BudgetStage, GrantForm, Purpose
from app.grants.models.money import Expenditure
from app.grants.models.pots import FundingSource, Grant
from app.grants.services.commitments import open_commitment, release_commitment
from app.grants.services.life import absorb_grant, account_grant, budget_grant, close_grant, disburse_grant
from app.grants.services.pots import add_grant
from app.grants.services.spending import propose_expenditure, reverse_expenditure, spend_commitment

CITY_SOURCE = "Pemerintah Kota Bontang (APBD)"
MINISTRY_SOURCE = "Kementerian Sosial RI (APBN)"


def create_grant_spending(context: DemoContext) -> None:
    """Create grants in every state that is usual at this time of the year, and their spending."""
    _create_closed_grant(context)
    _create_ministry_grant(context)
    _create_activity_grant(context)
    _create_in_kind_grant(context)
    grant = db.session.scalars(
        select(Grant).filter_by(name=f"Operasional dan bantuan klien {context.today.year}")
    ).one()
    _spend_running_grant(context, grant)
    create_aid(context, grant)


def _get_source(name: str) -> FundingSource:
    return db.session.scalars(select(FundingSource).filter_by(name=name)).one()


def _create_budgeted_grant(
    source: str, name: str, year: int, ceiling: int, by: Actor, *purposes: Purpose, revised: bool = False
) -> Grant:
    stage = BudgetStage.revised if revised else BudgetStage.original
    data = {"source": _get_source(source), "name": name, "fiscal_year": year, "form": GrantForm.cash, "budget_stage": stage,
            "ceiling_initial": ceiling, "purposes": purposes}  # fmt: skip
    grant = add_grant(data, by=by)
    return budget_grant(grant, document_number=f"DPA/{year}/2.11/{grant.id:03d}", by=by)


def _record_spending(
    grant: Grant, amount: int, description: str, by: Actor, purpose: Purpose, receipt_number: str | None
) -> Expenditure:
    expenditure = propose_expenditure(
        {
            "grant": grant,
            "purpose": purpose,
            "amount": amount,
            "description": description,
            "spent_on": clock.today(),
        },
        by=by,
    )
    if receipt_number:
        attach_receipt(expenditure, receipt_number, by)
    return expenditure


def _create_closed_grant(context: DemoContext) -> None:
    """Create a grant that was spent, accounted for and closed."""
    year = context.today.year - 1
    with context.act_as("admin", get_days_ago_last_year(context, 90), 9) as admin:
        grant = _create_budgeted_grant(
            CITY_SOURCE, f"Operasional LK3 {year}", year, 60 * MILLION_RUPIAH, admin, Purpose.operational
        )
        disburse_grant(
            grant,
            amount=60 * MILLION_RUPIAH,
            disbursed_on=context.get_date(-get_days_ago_last_year(context, 90)),
            disbursement_number=f"SP2D/{year}/114",
            by=admin,
        )
    with context.act_as("admin", get_days_ago_last_year(context, 60), 9) as admin:
        _record_spending(
            grant, 38_450_000, "Honor tenaga siaga 24 jam", admin, Purpose.operational, f"KW/{year}/031"
        )
        _record_spending(
            grant,
            17_900_000,
            "Sewa dan bahan bakar mobil penjangkauan",
            admin,
            Purpose.operational,
            f"KW/{year}/032",
        )
    with context.act_as("admin", get_days_ago_last_year(context, 5), 9) as admin:
        absorb_grant(grant, by=admin)
        account_grant(
            grant,
            report_number=f"LPJ/{year}/01",
            accounted_on=context.get_date(-get_days_ago_last_year(context, 5)),
            by=admin,
        )
        close_grant(grant, by=admin)


def _create_ministry_grant(context: DemoContext) -> None:
    """Create the ministry's yearly grant, for operations only, nearly all spent."""
    year, days_ago = context.today.year, get_days_ago_this_year(context, 200)
    with context.act_as("admin", days_ago, 9) as admin:
        grant = _create_budgeted_grant(
            MINISTRY_SOURCE,
            f"Dana operasional Kementerian Sosial {year}",
            year,
            25 * MILLION_RUPIAH,
            admin,
            Purpose.operational,
        )
        disburse_grant(
            grant,
            amount=25 * MILLION_RUPIAH,
            disbursed_on=context.get_date(-days_ago),
            disbursement_number=f"SP2D/{year}/027",
            by=admin,
        )
        _record_spending(
            grant,
            14_600_000,
            "Pulsa, paket data, dan perlengkapan siaga",
            admin,
            Purpose.operational,
            f"KW/{year}/004",
        )
    with context.act_as("admin", get_days_ago_this_year(context, 60), 9) as admin:
        _record_spending(
            grant, 9_150_000, "Perbaikan mobil layanan keliling", admin, Purpose.operational, f"KW/{year}/041"
        )
        absorb_grant(grant, by=admin)


def _create_activity_grant(context: DemoContext) -> None:
    """Create a grant of the revised budget, hardly spent, about to lapse."""
    year, days_ago = context.today.year, get_days_ago_this_year(context, 55)
    with context.act_as("admin", days_ago, 10) as admin:
        grant = _create_budgeted_grant(
            CITY_SOURCE,
            f"Kegiatan keluarga tangguh APBD-P {year}",
            year,
            96 * MILLION_RUPIAH,
            admin,
            Purpose.activity,
            revised=True,
        )
        disburse_grant(
            grant,
            amount=48 * MILLION_RUPIAH,
            disbursed_on=context.get_date(-days_ago),
            disbursement_number=f"SP2D/{year}/188",
            by=admin,
        )
    with context.act_as("admin", get_days_ago_this_year(context, 30), 10) as admin:
        _record_spending(
            grant, 6_250_000, "Konsumsi pertemuan keluarga di Lok Tuan", admin, Purpose.activity, None
        )


def _create_in_kind_grant(context: DemoContext) -> None:
    """Create a grant of goods that became an asset."""
    days_ago = get_days_ago_this_year(context, 120)
    with context.act_as("admin", days_ago, 11) as admin:
        data = {
            "source": _get_source(CITY_SOURCE),
            "name": "Laptop untuk piket siaga",
            "fiscal_year": context.today.year,
            "form": GrantForm.in_kind,
        }
        grant = add_grant(data, by=admin)
        budget_grant(grant, document_number=f"BAST/{context.today.year}/12", by=admin)
        disburse_grant(grant, amount=11_500_000, disbursed_on=context.get_date(-days_ago), by=admin)


def _spend_running_grant(context: DemoContext, grant: Grant) -> None:
    """Spend from the main grant: reserve, spend, reverse, release."""
    year, days_ago = context.today.year, get_days_ago_this_year(context, 75)
    with context.act_as("admin", days_ago, 9) as admin:
        disburse_grant(
            grant,
            amount=140 * MILLION_RUPIAH,
            disbursed_on=context.get_date(-days_ago),
            disbursement_number=f"SP2D/{year}/150",
            by=admin,
        )
        _record_spending(
            grant,
            78_500_000,
            "Honor tenaga siaga, semester pertama",
            admin,
            Purpose.operational,
            f"KW/{year}/059",
        )
        _record_spending(
            grant,
            42_300_000,
            "Honor tenaga siaga, triwulan ketiga",
            admin,
            Purpose.operational,
            f"KW/{year}/060",
        )
        wrong_expenditure = _record_spending(
            grant, 2_450_000, "Alat tulis kantor", admin, Purpose.operational, None
        )
    with context.act_as("admin", get_days_ago_this_year(context, 70), 9) as admin:
        reverse_expenditure(wrong_expenditure, reason="Salah ketik: seharusnya Rp 245.000.", by=admin)
        _record_spending(grant, 245_000, "Alat tulis kantor", admin, Purpose.operational, f"KW/{year}/063")
    with context.act_as("admin", get_days_ago_this_year(context, 40), 9) as admin:
        commitment_data = {
            "grant": grant,
            "purpose": Purpose.operational,
            "amount": 8 * MILLION_RUPIAH,
            "description": "Kursi ruang konseling",
        }
        chair_commitment = open_commitment(commitment_data, by=admin)
        released_commitment = open_commitment(
            {**commitment_data, "amount": 3 * MILLION_RUPIAH, "description": "Papan nama kantor"}, by=admin
        )
    with context.act_as("admin", get_days_ago_this_year(context, 20), 9) as admin:
        expenditure = spend_commitment(
            chair_commitment,
            amount=7_400_000,
            spent_on=context.get_date(-get_days_ago_this_year(context, 20)),
            description="Kursi ruang konseling",
            by=admin,
        )
        attach_receipt(expenditure, f"KW/{year}/081", admin)
        release_commitment(released_commitment, reason="Disediakan oleh kelurahan.", by=admin)
