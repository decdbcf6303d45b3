"""Pages of reports, cases and their entries."""

from app.cases.views.caseload import CaseloadView as CaseloadView
from app.cases.views.cases import CasePersonView as CasePersonView
from app.cases.views.cases import CaseView as CaseView
from app.cases.views.clocks import ReportClockView as ReportClockView
from app.cases.views.emergency import EmergencyAccessView as EmergencyAccessView
from app.cases.views.entries import AttachmentView as AttachmentView
from app.cases.views.entries import CaseNoteView as CaseNoteView
from app.cases.views.entries import FollowUpView as FollowUpView
from app.cases.views.entries import ServiceView as ServiceView
from app.cases.views.process import AssessmentView as AssessmentView
from app.cases.views.process import PlanGoalView as PlanGoalView
from app.cases.views.reports import IncomingReportView as IncomingReportView
from app.cases.views.timeline import TimelineView as TimelineView
