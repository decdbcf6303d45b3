"""Demo aid for clients, from a grant and from partners, in every state."""

from sqlalchemy import select

from app.aid.services.aid import cancel_aid, hand_over_aid, plan_aid, prove_aid
from app.aid.transitions import AidKind
from app.cases.models.case import Case
from app.demo.cast import DemoContext
from app.demo.office import open_new_case
from app.demo.receipts import MILLION_RUPIAH, attach_receipt, get_days_ago_this_year, upload_receipt
from app.extensions import db
from app.grants.enums import Purpose
from app.grants.models.money import Expenditure
from app.grants.models.pots import Grant
from app.grants.services.commitments import open_commitment
from app.grants.services.spending import approve_expenditure, propose_expenditure, reject_expenditure


def create_aid(context: DemoContext, grant: Grant) -> None:
    """Create planned, handed over and cancelled aid, and spending for clients beside it."""
    debt_case = db.session.scalars(
        select(Case).where(Case.presenting_problem.contains("tiga pinjaman daring"))
    ).one()
    with context.act_as("rina", get_days_ago_this_year(context, 26), 13) as rina:
        school_aid = plan_aid(
            {
                "case": debt_case,
                "kind": AidKind.cash,
                "item": "Biaya seragam dan buku sekolah",
                "value": 750_000,
                "grant": grant,
                "again_reason": "Sudah ditanyakan ke sekolah dan kelurahan: belum ada bantuan lain.",
            },
            by=rina,
        )
    with context.act_as("admin", get_days_ago_this_year(context, 25), 9) as admin:
        approve_expenditure(_require_expenditure(school_aid.expenditure), by=admin)
    with context.act_as("rina", get_days_ago_this_year(context, 24), 15) as rina:
        hand_over_aid(school_aid, received_by="Yuliana", by=rina)
        prove_aid(school_aid, evidence=upload_receipt(), by=rina)
    with context.act_as("admin", get_days_ago_this_year(context, 23), 9) as admin:
        attach_receipt(_require_expenditure(school_aid.expenditure), f"KW/{context.today.year}/079", admin)
    with context.act_as("rina", get_days_ago_this_year(context, 8), 10) as rina:
        business_aid = plan_aid(
            {"case": debt_case, "kind": AidKind.cash, "item": "Modal jualan kue", "value": MILLION_RUPIAH, "partner": context.get_partner("Baznas Kota Bontang"),
             "again_reason": "Bantuan sebelumnya untuk sekolah anak; ini modal usaha dari Baznas."},
            by=rina,
        )  # fmt: skip
        hand_over_aid(business_aid, received_by="Yuliana", by=rina)
    flood_case = open_new_case(
        context,
        "dodi",
        get_days_ago_this_year(context, 12),
        "Rumah terendam; kehilangan kasur dan alat masak.",
    )
    with context.act_as("dodi", get_days_ago_this_year(context, 11), 9) as dodi:
        food_aid = plan_aid(
            {
                "case": flood_case,
                "kind": AidKind.goods,
                "item": "Paket sembako",
                "quantity": 2,
                "value": 500_000,
                "partner": context.get_partner("Baznas Kota Bontang"),
            },
            by=dodi,
        )
        hand_over_aid(food_aid, received_by="Klien sendiri", by=dodi)
        plan_aid(
            {
                "case": flood_case,
                "kind": AidKind.goods,
                "item": "Kasur dan alat masak",
                "value": 2_100_000,
                "grant": grant,
            },
            by=dodi,
        )
        rejected_expenditure = propose_expenditure(
            {
                "grant": grant,
                "case": flood_case,
                "purpose": Purpose.client_aid,
                "amount": 9 * MILLION_RUPIAH,
                "description": "Perbaikan atap",
            },
            by=dodi,
        )
        open_commitment(
            {
                "grant": grant,
                "case": flood_case,
                "purpose": Purpose.client_aid,
                "amount": 1_500_000,
                "description": "Lemari, menunggu kiriman",
            },
            by=dodi,
        )
        cancelled_aid = plan_aid(
            {
                "case": flood_case,
                "kind": AidKind.goods,
                "item": "Selimut",
                "quantity": 3,
                "partner": context.get_partner("Baznas Kota Bontang"),
            },
            by=dodi,
        )
    with context.act_as("dodi", get_days_ago_this_year(context, 10), 9) as dodi:
        cancel_aid(cancelled_aid, reason="Sudah dibawakan tetangga.", by=dodi)
    with context.act_as("admin", get_days_ago_this_year(context, 9), 9) as admin:
        reject_expenditure(
            rejected_expenditure,
            reason="Perbaikan rumah bukan peruntukan dana ini; ajukan ke Dinas Perumahan.",
            by=admin,
        )


def _require_expenditure(expenditure: Expenditure | None) -> Expenditure:
    assert expenditure is not None  # noqa: S101  aid from a pot has its spending
    return expenditure
