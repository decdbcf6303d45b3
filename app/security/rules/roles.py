"""Permission table: what each role may do with each view, defined in code only.

Which records a user sees is decided by the policies of each room. R: list, show, download; C: add; E: edit;
A: archive, restore; any other word is a permission of that name, mostly a transition.
"""

from app.core.actor import ADMIN, PEKSOS, SUPERVISOR

ROLES = (ADMIN, PEKSOS, SUPERVISOR)

_CASE_TRANSITIONS = "join take assign advance skip step_back hold resume close reopen police_report"

_REFERRAL_TRANSITIONS = (
    "send choose_partner accept start complete confirm dispute refer_on send_update reply ask_document"
    " decline settle cancel"
)

PERMISSION_TABLE: dict[str, tuple[str, str, str]] = {
    # view                 Admin                      Peksos                    Supervisor
    "ClientView": ("R C E A clear_nik archive_duplicate", "R C E clear_nik archive_duplicate", "R"),
    "HouseholdView": ("R C E A", "R C E", "R"),
    "ConsentView": ("R C E withdraw", "R C E withdraw", "R"),
    "IncomingReportView": ("R C E take_up dismiss", "R C E take_up dismiss", "R"),
    "CaseView": (
        f"R C E {_CASE_TRANSITIONS} raise_confidentiality lower_confidentiality",
        f"R C E {_CASE_TRANSITIONS} raise_confidentiality",
        "R",
    ),
    "CaseloadView": ("edit", "", ""),
    "TimelineView": ("show download", "show download", "show download"),
    "CasePersonView": ("R C E", "R C E", "R"),
    "AssessmentView": ("R C", "R C", "R"),
    "PlanGoalView": ("R C evaluate", "R C evaluate", "R"),
    "ServiceView": ("R C correct", "R C correct", "R"),
    "CaseNoteView": ("R C correct", "R C correct", "R"),
    "FollowUpView": ("R C done cancel", "R C done cancel", "R"),
    "AttachmentView": ("R C", "R C", "R"),
    "EmergencyAccessView": ("R C close", "R C close", "R"),
    "ReferralView": (f"R C E {_REFERRAL_TRANSITIONS}", f"R C E {_REFERRAL_TRANSITIONS}", "R"),
    "ReferralDocumentView": ("R attach enclose waive", "R attach enclose waive", "R"),
    "LinkView": ("add edit", "add edit", ""),
    "LetterView": ("download", "download", "download"),
    "PartnerView": ("R C E A verify", "R verify", "R"),
    "PartnerContactView": ("R C E", "R C", "R"),
    "PartnerServiceView": ("R C E", "R", "R"),
    "GrantView": ("R C E budget disburse absorb account close reject lapse", "R", "R"),
    "DisbursementView": ("R reverse", "R", "R"),
    "CommitmentView": ("R C spend release", "R C spend", "R"),
    "ExpenditureView": ("R C approve evidence reject reverse", "R C", "R"),
    "AidView": ("R C hand_over prove cancel", "R C hand_over prove cancel", "R"),
    "FundingSourceView": ("R C E", "R", "R"),
    "AssetView": ("R C E", "R", "R"),
    "PublishedFigureView": ("R C E", "R", "R"),
    "ShiftView": ("R C E swap cancel", "R take_call", "R"),
    "HandoverView": ("R C E", "R C acknowledge", "R"),
    "ClientsPerYearView": ("list", "list", "list"),
    "ReportsByHourView": ("list", "list", "list"),
    "TimeToTakeUpView": ("list", "list", "list"),
    "MoneyPerYearView": ("list", "list", "list"),
    "KecamatanView": ("R C E", "", ""),
    "KelurahanView": ("R C E", "", ""),
    "PpksCategoryView": ("R C E", "", ""),
    "ProblemTagView": ("R C E", "", ""),
    "NeedKindView": ("R C E", "", ""),
    "OfficeSettingView": ("R C E", "", ""),
    "HolidayView": ("R C E", "", ""),
    "ResponseTimeView": ("R C E", "", ""),
    "DeclineReasonView": ("R E", "", ""),
    "ReportClockView": ("R E", "", ""),
    "UserView": ("R C E deactivate activate unlock reset_password", "", ""),
    "SessionView": ("R end", "R end", "R end"),
    "NoticeView": ("R read", "R read", "R read"),
    "AuditView": ("R", "list show", ""),
}

_PERMISSION_LETTERS = {
    "R": ("list", "show", "download"),
    "C": ("add",),
    "E": ("edit",),
    "A": ("archive", "restore"),
}


def _expand_permissions(cell: str) -> list[str]:
    return [f"can_{name}" for word in cell.split() for name in _PERMISSION_LETTERS.get(word, (word,))]


ROLE_PERMISSIONS: dict[str, frozenset[tuple[str, str]]] = {
    role: frozenset(
        (view, name)
        for view, cells in PERMISSION_TABLE.items()
        for name in _expand_permissions(cells[column])
    )
    for column, role in enumerate(ROLES)
}
"""Role -> pairs (view, permission) that it holds."""

FAB_ROLES: dict[str, list[list[str]]] = {
    role: [
        [f"^{view}$", f"^({'|'.join(_expand_permissions(cells[column]))})$"]
        for view, cells in PERMISSION_TABLE.items()
        if cells[column]
    ]
    for column, role in enumerate(ROLES)
}
"""The same for FAB: role -> [pattern of a view, pattern of its permissions].

FAB uses `re.match`: without anchors one name would grant every longer one.
"""
