"""Example call of every service on a case: the event that it writes, its caller and its arguments."""

from collections.abc import Callable
from datetime import timedelta
from importlib import import_module
from pkgutil import iter_modules
from types import ModuleType, SimpleNamespace
from typing import Any

from app.cases import services
from app.cases.enums import CaseStage, Channel, ClosingReason, GoalResult, PersonRole, ServiceKind
from app.cases.services.closing import close_case
from app.cases.services.stages import hold_case, skip_stages
from app.core import clock
from app.db.transaction import transaction
from app.reference.enums import Confidentiality


def find_service(name: str) -> Callable[..., Any]:
    """Return the function of this name from `app.cases.services`."""
    modules = [import_module(f"{services.__name__}.{one.name}") for one in iter_modules(services.__path__)]
    (found,) = {vars(module)[name] for module in modules if name in vars(module)}
    return found  # type: ignore[no-any-return]


def create_records(make: ModuleType) -> SimpleNamespace:
    """Create the arguments for all calls in `SERVICE_CALLS`; each call is permitted."""
    case = make.case(by="rina")
    evaluated, held, closed = (make.case(by="rina") for _ in range(3))
    rina = make.get_user("rina")
    with transaction(by=rina):
        skip_stages(evaluated, stage=CaseStage.evaluation, reason="Darurat", by=rina)
        hold_case(held, reason="Sakit", until=clock.today(), by=rina)
        ended = {"closing_reason": ClosingReason.moved, "closing_summary": "Pindah"}
        close_case(closed, **ended, by=rina)
    return SimpleNamespace(
        case=case,
        evaluated=evaluated,
        held=held,
        closed=closed,
        service=make.service(case=case),
        note=make.note(case=case),
        goal=make.goal(case=case),
        led=make.case(by="sari"),
        shared=make.case(by="rina", team=[make.get_user("dodi")]),
        limited=make.case(by="rina", confidentiality=Confidentiality.limited),
        secret=make.case(by="rina", confidentiality=Confidentiality.secret),
        client=make.client(),
        report=make.report(),
        person=make.case_person(case=case),
        done=make.follow_up(case=case),
        cancelled=make.follow_up(case=case),
        file=make.attachment(case=case).file,
        tomorrow=clock.today() + timedelta(days=1),
        **{name: make.get_user(name) for name in ("admin", "rina", "dodi", "sari")},
    )


SERVICE_CALLS: dict[str, tuple[str, str, Callable[[Any], tuple[tuple[Any, ...], dict[str, Any]]]]] = {
    "open_case": (
        "case_opened",
        "rina",
        lambda it: (({"client": it.client, "channel": Channel.family, "presenting_problem": "Utang"},), {}),
    ),
    "take_up_report": ("case_opened", "rina", lambda it: ((it.report,), {"client": it.client})),
    "update_case": (
        "case_updated",
        "rina",
        lambda it: ((it.case, {"presenting_problem": "Lain"}), {}),
    ),
    "add_person": (
        "person_added",
        "rina",
        lambda it: (({"case": it.case, "client": it.client, "role": PersonRole.child},), {}),
    ),
    "update_person": (
        "person_changed",
        "rina",
        lambda it: ((it.person, {"role": PersonRole.witness}), {}),
    ),
    "open_emergency_access": (
        "emergency_access_opened",
        "admin",
        lambda it: (({"number_or_nik": it.secret.number, "reason": "Darurat"},), {}),
    ),
    "join_team": ("team_joined", "dodi", lambda it: ((it.case,), {})),
    "take_case": ("worker_assigned", "dodi", lambda it: ((it.shared,), {})),
    "assign_worker": (
        "worker_assigned",
        "admin",
        lambda it: ((it.case,), {"worker": it.dodi, "reason": "Cuti"}),
    ),
    "raise_confidentiality": (
        "confidentiality_raised",
        "rina",
        lambda it: ((it.case,), {"confidentiality": Confidentiality.secret, "reason": "Anak"}),
    ),
    "lower_confidentiality": (
        "confidentiality_lowered",
        "admin",
        lambda it: ((it.limited,), {"confidentiality": Confidentiality.ordinary, "reason": "Keliru"}),
    ),
    "give_service": (
        "service_given",
        "dodi",
        lambda it: (({"case": it.case, "kind": ServiceKind.advocacy, "narrative": "Ke kelurahan"},), {}),
    ),
    "add_note": ("note_added", "dodi", lambda it: (({"case": it.case, "text": "Datang"},), {})),
    "set_follow_up": (
        "follow_up_set",
        "dodi",
        lambda it: (({"case": it.case, "title": "Kunjungan", "due_on": it.tomorrow},), {}),
    ),
    "finish_follow_up": ("follow_up_done", "rina", lambda it: ((it.done,), {"result": "Sudah"})),
    "cancel_follow_up": (
        "follow_up_cancelled",
        "rina",
        lambda it: ((it.cancelled,), {"reason": "Pindah"}),
    ),
    "advance_case": ("stage_moved", "rina", lambda it: ((it.case,), {})),
    "skip_stages": (
        "stage_moved",
        "rina",
        lambda it: ((it.case,), {"stage": CaseStage.intervention, "reason": "Darurat"}),
    ),
    "step_back": (
        "stage_moved",
        "rina",
        lambda it: ((it.evaluated,), {"stage": CaseStage.planning, "reason": "Belum cukup"}),
    ),
    "hold_case": (
        "case_held",
        "rina",
        lambda it: ((it.case,), {"reason": "Sakit", "until": it.tomorrow}),
    ),
    "resume_case": ("case_resumed", "rina", lambda it: ((it.held,), {})),
    "close_case": (
        "case_closed",
        "rina",
        lambda it: ((it.evaluated,), {"closing_reason": ClosingReason.died, "closing_summary": "Wafat"}),
    ),
    "reopen_case": (
        "case_reopened",
        "rina",
        lambda it: ((it.closed,), {"stage": CaseStage.assessment, "reason": "Kembali"}),
    ),
    "hand_over_caseload": (
        "worker_assigned",
        "admin",
        lambda it: ((), {"worker": it.sari, "successor": it.dodi, "reason": "Pindah tugas"}),
    ),
    "record_police_report": (
        "violence_reported",
        "rina",
        lambda it: ((it.case,), {"police_report_number": "LP/B/1/XI/2026"}),
    ),
    "add_assessment": (
        "assessment_added",
        "dodi",
        lambda it: (({"case": it.case, "score": 60, "summary": "Berat"},), {}),
    ),
    "set_goal": (
        "goal_set",
        "dodi",
        lambda it: (
            ({"case": it.case, "goal": "Pulih", "activity": "Konseling", "target_on": it.tomorrow},),
            {},
        ),
    ),
    "evaluate_goal": (
        "goal_evaluated",
        "rina",
        lambda it: ((it.goal,), {"result": GoalResult.partly}),
    ),
    "correct_service": (
        "service_corrected",
        "rina",
        lambda it: ((it.service,), {"narrative": "Bukan Senin, Selasa"}),
    ),
    "correct_note": ("note_corrected", "rina", lambda it: ((it.note,), {"text": "Bukan Senin"})),
    "attach_file": (
        "attachment_added",
        "dodi",
        lambda it: (({"case": it.case, "title": "Foto", "file": it.file},), {}),
    ),
}
"""Name of the service -> kind of the event that it writes, user who calls it, function for its arguments."""
