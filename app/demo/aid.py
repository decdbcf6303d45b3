"""Help for clients, from a pot and from partners."""

from sqlalchemy import select

from app.aid.services import cancel_aid, hand_over_aid, plan_aid, prove_aid
from app.aid.states import AidKind
from app.cases.models import Case
from app.demo.cast import Cast
from app.demo.office import new_case
from app.demo.receipts import JUTA, prove, receipt, this_year
from app.extensions import db
from app.grants.choices import Purpose
from app.grants.models import Expenditure, Grant
from app.grants.services import approve_expenditure, open_commitment, propose_expenditure, reject_expenditure


def hand_out(cast: Cast, pot: Grant) -> None:
    """Help for clients, from the pot and from partners."""
    debt = db.session.scalars(
        select(Case).where(Case.presenting_problem.contains("tiga pinjaman daring"))
    ).one()
    with cast.at("rina", this_year(cast, 26), 13) as rina:
        school = plan_aid(
            {
                "case": debt,
                "kind": AidKind.cash,
                "item": "Biaya seragam dan buku sekolah",
                "value": 750_000,
                "grant": pot,
                "again_reason": "Sudah ditanyakan ke sekolah dan kelurahan: belum ada bantuan lain.",
            },
            by=rina,
        )
    with cast.at("admin", this_year(cast, 25), 9) as admin:
        approve_expenditure(_paid(school.expenditure), by=admin)
    with cast.at("rina", this_year(cast, 24), 15) as rina:
        hand_over_aid(school, received_by="Yuliana", by=rina)
        prove_aid(school, evidence=receipt(), by=rina)
    with cast.at("admin", this_year(cast, 23), 9) as admin:
        prove(_paid(school.expenditure), f"KW/{cast.today.year}/079", admin)
    with cast.at("rina", this_year(cast, 8), 10) as rina:
        help_ = plan_aid(
            {"case": debt, "kind": AidKind.cash, "item": "Modal jualan kue", "value": JUTA, "partner": cast.partner("Baznas Kota Bontang"),
             "again_reason": "Bantuan sebelumnya untuk sekolah anak; ini modal usaha dari Baznas."},
            by=rina,
        )  # fmt: skip
        hand_over_aid(help_, received_by="Yuliana", by=rina)
    flood = new_case(cast, "dodi", this_year(cast, 12), "Rumah terendam; kehilangan kasur dan alat masak.")
    with cast.at("dodi", this_year(cast, 11), 9) as dodi:
        rice = plan_aid(
            {
                "case": flood,
                "kind": AidKind.goods,
                "item": "Paket sembako",
                "quantity": 2,
                "value": 500_000,
                "partner": cast.partner("Baznas Kota Bontang"),
            },
            by=dodi,
        )
        hand_over_aid(rice, received_by="Klien sendiri", by=dodi)
        plan_aid(
            {
                "case": flood,
                "kind": AidKind.goods,
                "item": "Kasur dan alat masak",
                "value": 2_100_000,
                "grant": pot,
            },
            by=dodi,
        )
        refused = propose_expenditure(
            {
                "grant": pot,
                "case": flood,
                "purpose": Purpose.client_aid,
                "amount": 9 * JUTA,
                "description": "Perbaikan atap",
            },
            by=dodi,
        )
        open_commitment(
            {
                "grant": pot,
                "case": flood,
                "purpose": Purpose.client_aid,
                "amount": 1_500_000,
                "description": "Lemari, menunggu kiriman",
            },
            by=dodi,
        )
        dropped = plan_aid(
            {
                "case": flood,
                "kind": AidKind.goods,
                "item": "Selimut",
                "quantity": 3,
                "partner": cast.partner("Baznas Kota Bontang"),
            },
            by=dodi,
        )
    with cast.at("dodi", this_year(cast, 10), 9) as dodi:
        cancel_aid(dropped, reason="Sudah dibawakan tetangga.", by=dodi)
    with cast.at("admin", this_year(cast, 9), 9) as admin:
        reject_expenditure(
            refused, reason="Perbaikan rumah bukan peruntukan dana ini; ajukan ke Dinas Perumahan.", by=admin
        )


def _paid(expenditure: Expenditure | None) -> Expenditure:
    assert expenditure is not None  # noqa: S101  aid from a pot has its spending
    return expenditure
