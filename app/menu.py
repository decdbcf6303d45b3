"""The front door: every room's views in the order that the work goes, and which records show which others."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from flask import current_app
from flask_appbuilder import AppBuilder
from flask_babel import lazy_gettext as _l

from app.aid.views import AidView
from app.audit.views import AuditView, readers_button
from app.cases.limited_clients import contact_facts
from app.cases.views import (
    AssessmentView,
    AttachmentView,
    CaseloadView,
    CaseNoteView,
    CasePersonView,
    CaseView,
    EmergencyAccessView,
    FollowUpView,
    IncomingReportView,
    PlanGoalView,
    ReportClockView,
    ServiceView,
    TimelineView,
)
from app.clients.views import ClientView, ConsentView, HouseholdView
from app.core.views import PortalView
from app.core.views.api import OptionsApi, SearchApi
from app.grants.views import (
    AssetView,
    CommitmentView,
    DisbursementView,
    ExpenditureView,
    FundingSourceView,
    GrantView,
    PublishedFigureView,
)
from app.notices.views import NoticeView
from app.partners.views import PartnerContactView, PartnerServiceView, PartnerView
from app.reference.views import (
    HolidayView,
    KecamatanView,
    KelurahanView,
    NeedKindView,
    OfficeSettingView,
    PpksCategoryView,
    ProblemTagView,
)
from app.referrals.scorecard import scorecard_facts
from app.referrals.views import (
    DeclineReasonView,
    LetterView,
    LinkView,
    PartnerPageView,
    ReferralDocumentView,
    ReferralView,
    ResponseTimeView,
)
from app.security.views import SessionView, UserView
from app.standby.queries import on_standby
from app.standby.views import HandoverView, ShiftView
from app.statistics.charts import PortalChart
from app.statistics.money import MoneyPerYearView
from app.statistics.views import ClientsPerYearView, ReportsByHourView, TimeToTakeUpView


@dataclass(frozen=True)
class Category:
    """One entry of the menu and the views behind it; those in `inside` are reached from a record's page."""

    name: str
    label: Any
    views: Sequence[type[PortalView | PortalChart | CaseloadView]]
    inside: Sequence[type[PortalView]] = ()


MENU = (
    Category("Clients", _l("Clients"), (ClientView, HouseholdView), (ConsentView,)),
    Category(
        "Cases",
        _l("Cases"),
        (IncomingReportView, CaseView, ServiceView, FollowUpView, EmergencyAccessView),
        (CaseNoteView, AssessmentView, PlanGoalView, AttachmentView, CasePersonView),
    ),
    Category("Referrals", _l("Referrals"), (ReferralView,), (ReferralDocumentView,)),
    Category("Partners", _l("Partners"), (PartnerView,), (PartnerContactView, PartnerServiceView)),
    Category(
        "Funds",
        _l("Funds"),
        (
            GrantView,
            ExpenditureView,
            CommitmentView,
            AidView,
            FundingSourceView,
            AssetView,
            PublishedFigureView,
        ),
        (DisbursementView,),
    ),
    Category("Standby", _l("Standby"), (ShiftView, HandoverView)),
    Category(
        "Statistics",
        _l("Statistics"),
        (ClientsPerYearView, MoneyPerYearView, ReportsByHourView, TimeToTakeUpView),
    ),
    Category(
        "Settings",
        _l("Settings"),
        (
            UserView,
            CaseloadView,
            OfficeSettingView,
            PpksCategoryView,
            ProblemTagView,
            NeedKindView,
            KelurahanView,
            KecamatanView,
            HolidayView,
            ResponseTimeView,
            DeclineReasonView,
            ReportClockView,
            AuditView,
        ),
        (SessionView, NoticeView),
    ),
)

SECTIONS: dict[type[PortalView], Sequence[type[PortalView]]] = {
    ClientView: (CaseView, ConsentView),
    HouseholdView: (ClientView,),
    IncomingReportView: (CaseView,),
    CaseView: (
        ReferralView,
        FollowUpView,
        ServiceView,
        CaseNoteView,
        AssessmentView,
        PlanGoalView,
        AttachmentView,
        CasePersonView,
        AidView,
        CommitmentView,
        ExpenditureView,
    ),
    PartnerView: (PartnerContactView, PartnerServiceView, ReferralView, AidView),
    ReferralView: (AidView,),
    FundingSourceView: (GrantView,),
    GrantView: (DisbursementView, CommitmentView, ExpenditureView, AssetView, PublishedFigureView),
}
"""Which records a record's page shows below its facts, each as far as the user may see them."""


PANELS = {
    ClientView: ((_l("Limited case"), contact_facts),),
    PartnerView: ((_l("How it answers"), scorecard_facts),),
}
"""What a record's page tells beside its own facts."""


def register(appbuilder: AppBuilder) -> None:
    """Put every view behind its menu entry, in order."""
    for view, related in SECTIONS.items():
        view.related_views = list(related)
        for each in related:
            each.belongs_to = each.belongs_to | {each.datamodel.get_related_fk(view.datamodel.obj)}
    PortalView.record_buttons = (readers_button,)
    for told_of, panels in PANELS.items():
        told_of.panels = panels
    for category in MENU:
        for view in category.views:
            appbuilder.add_view(
                view,
                view.__name__.removesuffix("View"),
                label=view.list_title,
                category=category.name,
                category_label=category.label,
            )
        for view in category.inside:
            appbuilder.add_view_no_menu(view)
    for page in (TimelineView, LinkView, LetterView, PartnerPageView):
        appbuilder.add_view_no_menu(page)
    # Whom a partner calls now: rooms below may ask it in a template, without knowing the room that answers.
    current_app.jinja_env.globals["on_standby"] = on_standby
    appbuilder.add_api(OptionsApi)
    appbuilder.add_api(SearchApi)
