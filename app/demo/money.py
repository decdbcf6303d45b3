"""The money of this year and the last: from the ceiling to the receipt, and into clients' hands."""

from sqlalchemy import select

from app.core import clock
from app.core.actor import Actor
from app.demo.aid import hand_out
from app.demo.cast import Cast
from app.demo.receipts import JUTA, last_year, prove, this_year
from app.extensions import db
from app.grants.choices import BudgetStage, GrantForm, Purpose
from app.grants.models import Expenditure, FundingSource, Grant
from app.grants.services import (
    absorb_grant,
    account_grant,
    add_grant,
    budget_grant,
    close_grant,
    disburse_grant,
    open_commitment,
    propose_expenditure,
    release_commitment,
    reverse_expenditure,
    spend_commitment,
)

CITY = "Pemerintah Kota Bontang (APBD)"
MINISTRY = "Kementerian Sosial RI (APBN)"


def money(cast: Cast) -> None:
    """Every pot in the state in which such pots are at this time of the year."""
    _last_year(cast)
    _ministry(cast)
    _activities(cast)
    _goods(cast)
    pot = db.session.scalars(
        select(Grant).filter_by(name=f"Operasional dan bantuan klien {cast.today.year}")
    ).one()
    _running(cast, pot)
    hand_out(cast, pot)


def _source(name: str) -> FundingSource:
    return db.session.scalars(select(FundingSource).filter_by(name=name)).one()


def _pot(
    source: str, name: str, year: int, ceiling: int, by: Actor, *purposes: Purpose, revised: bool = False
) -> Grant:
    stage = BudgetStage.revised if revised else BudgetStage.original
    data = {"source": _source(source), "name": name, "fiscal_year": year, "form": GrantForm.cash, "budget_stage": stage,
            "ceiling_initial": ceiling, "purposes": purposes}  # fmt: skip
    grant = add_grant(data, by=by)
    return budget_grant(grant, document_number=f"DPA/{year}/2.11/{grant.id:03d}", by=by)


def _spend(
    grant: Grant, amount: int, what: str, by: Actor, purpose: Purpose, receipt: str | None
) -> Expenditure:
    spent = propose_expenditure(
        {
            "grant": grant,
            "purpose": purpose,
            "amount": amount,
            "description": what,
            "spent_on": clock.today(),
        },
        by=by,
    )
    if receipt:
        prove(spent, receipt, by)
    return spent


def _last_year(cast: Cast) -> None:
    """A pot that was spent, accounted for and closed."""
    year = cast.today.year - 1
    with cast.at("admin", last_year(cast, 90), 9) as admin:
        pot = _pot(CITY, f"Operasional LK3 {year}", year, 60 * JUTA, admin, Purpose.operational)
        disburse_grant(
            pot,
            amount=60 * JUTA,
            disbursed_on=cast.day(-last_year(cast, 90)),
            disbursement_number=f"SP2D/{year}/114",
            by=admin,
        )
    with cast.at("admin", last_year(cast, 60), 9) as admin:
        _spend(pot, 38_450_000, "Honor tenaga siaga 24 jam", admin, Purpose.operational, f"KW/{year}/031")
        _spend(
            pot,
            17_900_000,
            "Sewa dan bahan bakar mobil penjangkauan",
            admin,
            Purpose.operational,
            f"KW/{year}/032",
        )
    with cast.at("admin", last_year(cast, 5), 9) as admin:
        absorb_grant(pot, by=admin)
        account_grant(
            pot, report_number=f"LPJ/{year}/01", accounted_on=cast.day(-last_year(cast, 5)), by=admin
        )
        close_grant(pot, by=admin)


def _ministry(cast: Cast) -> None:
    """The ministry's yearly money, for operations only: all but spent."""
    year, ago = cast.today.year, this_year(cast, 200)
    with cast.at("admin", ago, 9) as admin:
        pot = _pot(
            MINISTRY,
            f"Dana operasional Kementerian Sosial {year}",
            year,
            25 * JUTA,
            admin,
            Purpose.operational,
        )
        disburse_grant(
            pot,
            amount=25 * JUTA,
            disbursed_on=cast.day(-ago),
            disbursement_number=f"SP2D/{year}/027",
            by=admin,
        )
        _spend(
            pot,
            14_600_000,
            "Pulsa, paket data, dan perlengkapan siaga",
            admin,
            Purpose.operational,
            f"KW/{year}/004",
        )
    with cast.at("admin", this_year(cast, 60), 9) as admin:
        _spend(
            pot, 9_150_000, "Perbaikan mobil layanan keliling", admin, Purpose.operational, f"KW/{year}/041"
        )
        absorb_grant(pot, by=admin)


def _activities(cast: Cast) -> None:
    """A pot of the revised budget that came late and is hardly touched: it is about to lapse."""
    year, ago = cast.today.year, this_year(cast, 55)
    with cast.at("admin", ago, 10) as admin:
        pot = _pot(
            CITY,
            f"Kegiatan keluarga tangguh APBD-P {year}",
            year,
            96 * JUTA,
            admin,
            Purpose.activity,
            revised=True,
        )
        disburse_grant(
            pot,
            amount=48 * JUTA,
            disbursed_on=cast.day(-ago),
            disbursement_number=f"SP2D/{year}/188",
            by=admin,
        )
    with cast.at("admin", this_year(cast, 30), 10) as admin:
        _spend(pot, 6_250_000, "Konsumsi pertemuan keluarga di Lok Tuan", admin, Purpose.activity, None)


def _goods(cast: Cast) -> None:
    """Goods that became an asset."""
    ago = this_year(cast, 120)
    with cast.at("admin", ago, 11) as admin:
        data = {
            "source": _source(CITY),
            "name": "Laptop untuk piket siaga",
            "fiscal_year": cast.today.year,
            "form": GrantForm.in_kind,
        }
        goods = add_grant(data, by=admin)
        budget_grant(goods, document_number=f"BAST/{cast.today.year}/12", by=admin)
        disburse_grant(goods, amount=11_500_000, disbursed_on=cast.day(-ago), by=admin)


def _running(cast: Cast, pot: Grant) -> None:
    """The pot of every day: reserved, spent, corrected, refused."""
    year, ago = cast.today.year, this_year(cast, 75)
    with cast.at("admin", ago, 9) as admin:
        disburse_grant(
            pot,
            amount=140 * JUTA,
            disbursed_on=cast.day(-ago),
            disbursement_number=f"SP2D/{year}/150",
            by=admin,
        )
        _spend(
            pot,
            78_500_000,
            "Honor tenaga siaga, semester pertama",
            admin,
            Purpose.operational,
            f"KW/{year}/059",
        )
        _spend(
            pot,
            42_300_000,
            "Honor tenaga siaga, triwulan ketiga",
            admin,
            Purpose.operational,
            f"KW/{year}/060",
        )
        wrong = _spend(pot, 2_450_000, "Alat tulis kantor", admin, Purpose.operational, None)
    with cast.at("admin", this_year(cast, 70), 9) as admin:
        reverse_expenditure(wrong, reason="Salah ketik: seharusnya Rp 245.000.", by=admin)
        _spend(pot, 245_000, "Alat tulis kantor", admin, Purpose.operational, f"KW/{year}/063")
    with cast.at("admin", this_year(cast, 40), 9) as admin:
        chairs = {
            "grant": pot,
            "purpose": Purpose.operational,
            "amount": 8 * JUTA,
            "description": "Kursi ruang konseling",
        }
        bought = open_commitment(chairs, by=admin)
        dropped = open_commitment(
            {**chairs, "amount": 3 * JUTA, "description": "Papan nama kantor"}, by=admin
        )
    with cast.at("admin", this_year(cast, 20), 9) as admin:
        spent = spend_commitment(
            bought,
            amount=7_400_000,
            spent_on=cast.day(-this_year(cast, 20)),
            description="Kursi ruang konseling",
            by=admin,
        )
        prove(spent, f"KW/{year}/081", admin)
        release_commitment(dropped, reason="Disediakan oleh kelurahan.", by=admin)
