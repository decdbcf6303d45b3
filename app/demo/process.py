"""Demo case stages: advancing, skipping, holding, closing, reopening, corrections."""

from sqlalchemy import select

from app.cases.enums import CaseStage, ClosingReason, GoalResult, Place, ServiceKind
from app.cases.models.case import Case
from app.cases.models.process import PlanGoal
from app.cases.services.closing import close_case, reopen_case
from app.cases.services.entries import add_note, give_service
from app.cases.services.process import add_assessment, correct_note, evaluate_goal, set_goal
from app.cases.services.stages import advance_case, hold_case, skip_stages, step_back
from app.cases.services.violence import record_police_report
from app.clients.enums import ConsentPurpose
from app.core.actor import Actor
from app.demo.cast import DemoContext
from app.demo.office import open_new_case
from app.demo.stories.words import record_written_consent
from app.extensions import db


def create_stage_changes(context: DemoContext) -> None:
    """Create cases that were completed, put on hold, reopened, or skipped stages."""
    _plan_debt_case(context)
    _skip_stages_of_night_call(context)
    _complete_case(context)
    _put_case_on_hold(context)
    _close_and_reopen_case(context)
    _report_case_to_police(context)


def _get_case_by_problem(text: str) -> Case:
    return db.session.scalars(select(Case).where(Case.presenting_problem.contains(text))).one()


def _assess_and_plan(
    context: DemoContext, case: Case, score: int, by: Actor, goal: str, days_ago: int
) -> None:
    add_assessment(
        {"case": case, "score": score, "summary": "Keadaan keluarga dilihat dan dibicarakan."}, by=by
    )
    advance_case(case, by=by)
    target_on = context.get_date(30 - days_ago)
    set_goal(
        {"case": case, "goal": goal, "activity": "Konseling dan pendampingan", "target_on": target_on}, by=by
    )
    advance_case(case, by=by)


def _plan_debt_case(context: DemoContext) -> None:
    case = _get_case_by_problem("tiga pinjaman daring")
    with context.act_as("rina", 8, 9, 0) as rina:
        advance_case(case, by=rina)
        advance_case(case, by=rina)
        _assess_and_plan(context, case, 62, rina, "Angsuran keluarga turun di bawah sepertiga penghasilan", 8)


def _skip_stages_of_night_call(context: DemoContext) -> None:
    case = _get_case_by_problem("terbaring sendirian")
    with context.act_as("dodi", 1, 23, 59) as dodi:
        reason = "Darurat: klien demam dan sendirian, dibawa ke IGD lebih dulu."
        skip_stages(case, stage=CaseStage.intervention, reason=reason, by=dodi)


def _complete_case(context: DemoContext) -> None:
    case = open_new_case(context, "sari", 120, "Janda dengan dua anak, ingin membuka warung.")
    with context.act_as("sari", 110, 9, 0) as sari:
        advance_case(case, by=sari)
        record_written_consent(case.client, ConsentPurpose.service, str(case.client.name), sari)
        advance_case(case, by=sari)
        _assess_and_plan(context, case, 35, sari, "Warung berjalan tiga bulan", 110)
    with context.act_as("sari", 80, 9, 0) as sari:
        narrative = "Mendampingi ke Baznas; modal usaha disetujui."
        give_service(
            {"case": case, "kind": ServiceKind.advocacy, "place": Place.partner, "narrative": narrative},
            by=sari,
        )
        advance_case(case, by=sari)
        step_back(case, stage=CaseStage.intervention, reason="Warung baru buka dua pekan.", by=sari)
    with context.act_as("sari", 20, 9, 0) as sari:
        advance_case(case, by=sari)
        for goal in db.session.scalars(select(PlanGoal).filter_by(case_id=case.id)):
            evaluate_goal(goal, result=GoalResult.reached, by=sari)
        advance_case(case, by=sari)
        advance_case(case, by=sari)
    with context.act_as("sari", 6, 9, 0) as sari:
        close_case(
            case,
            closing_reason=ClosingReason.goal_reached,
            closing_summary="Warung menghidupi keluarga.",
            by=sari,
        )


def _put_case_on_hold(context: DemoContext) -> None:
    case = open_new_case(context, "rina", 40, "Bapak dengan anak berkebutuhan khusus mencari sekolah.")
    with context.act_as("rina", 12, 9, 0) as rina:
        reason = "Keluarga pulang kampung sampai bulan depan."
        hold_case(case, reason=reason, until=context.get_date(20), by=rina)


def _close_and_reopen_case(context: DemoContext) -> None:
    case = open_new_case(context, "dodi", 90, "Perempuan lansia tanpa kartu keluarga.")
    with context.act_as("dodi", 60, 9, 0) as dodi:
        note = add_note({"case": case, "text": "Kartu keluarga diambil hari Senin."}, by=dodi)
        close_case(
            case,
            closing_reason=ClosingReason.moved,
            closing_summary="Pindah ke rumah anak di Sangatta.",
            by=dodi,
        )
    with context.act_as("dodi", 10, 9, 0) as dodi:
        reason = "Kembali ke Bontang, membutuhkan tempat tinggal."
        reopen_case(case, stage=CaseStage.assessment, reason=reason, by=dodi)
        correct_note(
            note,
            text="Kartu keluarga diambil hari Selasa.",
            reason="Hari yang benar menurut Disdukcapil.",
            by=dodi,
        )


def _report_case_to_police(context: DemoContext) -> None:
    case = open_new_case(context, "dodi", 9, "Remaja putri dipaksa oleh kerabat.", tags=["sexual_violence"])
    with context.act_as("dodi", 8, 9, 0) as dodi:
        record_police_report(case, police_report_number="LP/B/000/DEMO", by=dodi)
    open_new_case(
        context, "rina", 1, "Perempuan muda meminta pendampingan setelah kekerasan.", tags=["sexual_violence"]
    )
