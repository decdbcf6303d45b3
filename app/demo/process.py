"""How far the work has come: stages, a rest, closings, a new beginning, corrections."""

from sqlalchemy import select

from app.cases.choices import CaseStage, ClosingReason, GoalResult, Place, ServiceKind
from app.cases.models import Case, PlanGoal
from app.cases.services import (
    add_assessment,
    add_note,
    advance_case,
    close_case,
    correct_note,
    evaluate_goal,
    give_service,
    hold_case,
    reopen_case,
    report_to_police,
    set_goal,
    skip_stages,
    step_back,
)
from app.clients.choices import ConsentPurpose
from app.core.actor import Actor
from app.demo.cast import Cast
from app.demo.office import new_case
from app.demo.stories.words import agree
from app.extensions import db


def every_stage(cast: Cast) -> None:
    """Cases that went the whole way, rest, came back, or jumped over stages."""
    _debt_is_planned(cast)
    _night_call_skips(cast)
    _whole_way(cast)
    _rests(cast)
    _comes_back(cast)
    _reported(cast)


def _case_about(text: str) -> Case:
    return db.session.scalars(select(Case).where(Case.presenting_problem.contains(text))).one()


def _plan(cast: Cast, case: Case, score: int, by: Actor, goal: str, ago: int) -> None:
    add_assessment(
        {"case": case, "score": score, "summary": "Keadaan keluarga dilihat dan dibicarakan."}, by=by
    )
    advance_case(case, by=by)
    until = cast.day(30 - ago)
    set_goal(
        {"case": case, "goal": goal, "activity": "Konseling dan pendampingan", "target_on": until}, by=by
    )
    advance_case(case, by=by)


def _debt_is_planned(cast: Cast) -> None:
    case = _case_about("tiga pinjaman daring")
    with cast.at("rina", 8, 9, 0) as rina:
        advance_case(case, by=rina)
        advance_case(case, by=rina)
        _plan(cast, case, 62, rina, "Angsuran keluarga turun di bawah sepertiga penghasilan", 8)


def _night_call_skips(cast: Cast) -> None:
    case = _case_about("terbaring sendirian")
    with cast.at("dodi", 1, 23, 59) as dodi:
        why = "Darurat: klien demam dan sendirian, dibawa ke IGD lebih dulu."
        skip_stages(case, stage=CaseStage.intervention, reason=why, by=dodi)


def _whole_way(cast: Cast) -> None:
    case = new_case(cast, "sari", 120, "Janda dengan dua anak, ingin membuka warung.")
    with cast.at("sari", 110, 9, 0) as sari:
        advance_case(case, by=sari)
        agree(case.client, ConsentPurpose.service, str(case.client.name), sari)
        advance_case(case, by=sari)
        _plan(cast, case, 35, sari, "Warung berjalan tiga bulan", 110)
    with cast.at("sari", 80, 9, 0) as sari:
        text = "Mendampingi ke Baznas; modal usaha disetujui."
        give_service(
            {"case": case, "kind": ServiceKind.advocacy, "place": Place.partner, "narrative": text}, by=sari
        )
        advance_case(case, by=sari)
        step_back(case, stage=CaseStage.intervention, reason="Warung baru buka dua pekan.", by=sari)
    with cast.at("sari", 20, 9, 0) as sari:
        advance_case(case, by=sari)
        for goal in db.session.scalars(select(PlanGoal).filter_by(case_id=case.id)):
            evaluate_goal(goal, result=GoalResult.reached, by=sari)
        advance_case(case, by=sari)
        advance_case(case, by=sari)
    with cast.at("sari", 6, 9, 0) as sari:
        close_case(
            case,
            closing_reason=ClosingReason.goal_reached,
            closing_summary="Warung menghidupi keluarga.",
            by=sari,
        )


def _rests(cast: Cast) -> None:
    case = new_case(cast, "rina", 40, "Bapak dengan anak berkebutuhan khusus mencari sekolah.")
    with cast.at("rina", 12, 9, 0) as rina:
        why = "Keluarga pulang kampung sampai bulan depan."
        hold_case(case, reason=why, until=cast.day(20), by=rina)


def _comes_back(cast: Cast) -> None:
    case = new_case(cast, "dodi", 90, "Perempuan lansia tanpa kartu keluarga.")
    with cast.at("dodi", 60, 9, 0) as dodi:
        note = add_note({"case": case, "text": "Kartu keluarga diambil hari Senin."}, by=dodi)
        close_case(
            case,
            closing_reason=ClosingReason.moved,
            closing_summary="Pindah ke rumah anak di Sangatta.",
            by=dodi,
        )
    with cast.at("dodi", 10, 9, 0) as dodi:
        why = "Kembali ke Bontang, membutuhkan tempat tinggal."
        reopen_case(case, stage=CaseStage.assessment, reason=why, by=dodi)
        correct_note(
            note,
            text="Kartu keluarga diambil hari Selasa.",
            reason="Hari yang benar menurut Disdukcapil.",
            by=dodi,
        )


def _reported(cast: Cast) -> None:
    case = new_case(cast, "dodi", 9, "Remaja putri dipaksa oleh kerabat.", tags=["sexual_violence"])
    with cast.at("dodi", 8, 9, 0) as dodi:
        report_to_police(case, police_report_number="LP/B/000/DEMO", by=dodi)
    new_case(
        cast, "rina", 1, "Perempuan muda meminta pendampingan setelah kekerasan.", tags=["sexual_violence"]
    )
