"""Registration of all views, menu entries and related views, and of the entries of all extension points."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from flask import current_app
from flask_appbuilder import AppBuilder
from flask_babel import lazy_gettext as _l

from app.admin import navigation
from app.admin.api import OptionsApi, SearchApi
from app.admin.base import PortalView
from app.admin.charts import ChartView
from app.admin.navigation import NavigationRooms
from app.aid import event_types as aid_events
from app.aid.services.aid import list_aid_blockers
from app.aid.views import AidView
from app.audit.views import AuditView, build_readers_button
from app.cases import event_types as case_events
from app.cases import policy as case_policy
from app.cases.events import event_groups, event_types, list_event_types
from app.cases.models.emergency import build_emergency_case_query
from app.cases.presentation import build_limited_case_panel
from app.cases.rules.closing_blockers import closing_checks
from app.cases.services.account_events import record_account_change
from app.cases.services.client_events import (
    record_consent_given,
    record_consent_withdrawn,
    record_details_changed,
)
from app.cases.services.emergency import duty_checks, end_emergency_accesses
from app.cases.services.entries import list_follow_up_blockers
from app.cases.services.nik_teams import list_client_team
from app.cases.timeline.views import TimelineView
from app.cases.views.caseload import CaseloadView
from app.cases.views.cases import CasePersonView, CaseView
from app.cases.views.emergency import EmergencyAccessView
from app.cases.views.entries import AttachmentView, CaseNoteView, FollowUpView, ServiceView
from app.cases.views.process import AssessmentView, PlanGoalView
from app.cases.views.report_clocks import ReportClockView
from app.cases.views.reports import IncomingReportView
from app.clients.policy import (
    detail_restrictions,
    edit_restrictions,
    risk_predicates,
    visibility_restrictions,
    visibility_shortcuts,
)
from app.clients.services.nik_check import NIK_NOTICE_PREDICATE, team_providers
from app.clients.signals import client_details_changed, consent_given, consent_withdrawn
from app.clients.views import ClientView, ConsentView, HouseholdView
from app.core.registry import Registry
from app.db import row_rules
from app.grants import event_types as grant_events
from app.grants.event_types import MONEY
from app.grants.models.db_rules import GRANT_ROW_RULES
from app.grants.services.commitments import list_commitment_blockers
from app.grants.services.spending import list_expenditure_blockers
from app.grants.views.expenditures import ExpenditureView
from app.grants.views.money import CommitmentView, DisbursementView
from app.grants.views.pots import FundingSourceView, GrantView
from app.grants.views.things import AssetView, PublishedFigureView
from app.notices.policy import kind_predicates
from app.notices.services import notify_account_change
from app.notices.views import NoticeView
from app.partners.services import archiving_hooks
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
from app.referrals import event_types as referral_events
from app.referrals.event_types import REFERRALS
from app.referrals.partner_link.views import PartnerPageView
from app.referrals.queries import list_scorecard_details
from app.referrals.services.links import close_partner_links
from app.referrals.services.office import list_live_referrals
from app.referrals.views.documents import ReferralDocumentView
from app.referrals.views.links import LetterView, LinkView
from app.referrals.views.referrals import ReferralView
from app.referrals.views.terms import DeclineReasonView, ResponseTimeView
from app.reports.views.charts import ClientsPerYearView, ReportsByHourView, TimeToTakeUpView
from app.reports.views.money import MoneyPerYearView
from app.security.models import emergency_case_queries
from app.security.signals import account_changed
from app.security.views import SessionView, UserView
from app.standby.models import SHIFT_ROW_RULE
from app.standby.queries import get_standby_contact
from app.standby.services.handovers import is_on_duty
from app.standby.views import HandoverView, ShiftView


@dataclass(frozen=True)
class Category:
    """One entry of the menu with its views; `unlisted_views` are reached only from other pages."""

    name: str
    label: Any
    views: Sequence[type[PortalView[Any] | ChartView | CaseloadView]]
    unlisted_views: Sequence[type[PortalView[Any]]] = ()


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

RELATED_VIEWS: dict[type[PortalView[Any]], Sequence[type[PortalView[Any]]]] = {
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
"""View -> views whose records its detail page lists, as far as the user may see them."""


EXTRA_PANELS = {
    ClientView: ((_l("Limited case"), build_limited_case_panel),),
    PartnerView: ((_l("How it answers"), list_scorecard_details),),
}
"""View -> (title, builder) of the extra panels of its detail page."""


NAVIGATION_ROOMS = NavigationRooms(
    tabs=("clients", "cases", "referrals", "partners"),
    create=("clients", "incoming-reports", "cases", "services", "follow-ups", "partners", "grants"),
)


def fill_extension_points() -> None:
    """Register the entries of all extension points, close them and connect the signals.

    A second application in the same process changes nothing.
    """
    row_rules.row_rules.register(*GRANT_ROW_RULES, SHIFT_ROW_RULE)
    emergency_case_queries.register(build_emergency_case_query)
    kind_predicates.register(NIK_NOTICE_PREDICATE)
    visibility_restrictions.register(case_policy.can_see_client)
    detail_restrictions.register(case_policy.can_read_client_details)
    edit_restrictions.register(case_policy.EMERGENCY_EDIT_RESTRICTION)
    visibility_shortcuts.register(case_policy.UNRESTRICTED_SHORTCUT)
    risk_predicates.register(case_policy.is_in_sensitive_case)
    team_providers.register(list_client_team)
    duty_checks.register(is_on_duty)
    archiving_hooks.register(close_partner_links)
    event_groups.register(*case_events.CASE_GROUPS, REFERRALS, MONEY, case_events.CORRECTIONS)
    for module in (case_events, grant_events, aid_events, referral_events):
        event_types.register(*list_event_types(module))
    closing_checks.register(
        list_follow_up_blockers,
        list_commitment_blockers,
        list_expenditure_blockers,
        list_live_referrals,
        list_aid_blockers,
    )
    Registry.close_all()
    connect_signals()


def connect_signals() -> None:
    """Connect the signals of accounts and clients to the services that record them; idempotent."""
    account_changed.connect(notify_account_change)
    account_changed.connect(record_account_change)
    account_changed.connect(end_emergency_accesses)
    client_details_changed.connect(record_details_changed)
    consent_given.connect(record_consent_given)
    consent_withdrawn.connect(record_consent_withdrawn)


def register_views(appbuilder: AppBuilder) -> None:
    """Set related views and extra panels, then register every view in the order of the menu."""
    for view, related in RELATED_VIEWS.items():
        view.related_views = list(related)
        for related_view in related:
            related_view.parent_relations = related_view.parent_relations | {
                related_view.datamodel.get_related_fk(view.datamodel.obj)
            }
    navigation.set_rooms(current_app, NAVIGATION_ROOMS)
    PortalView.record_buttons = (build_readers_button,)
    for view_class, panels in EXTRA_PANELS.items():
        view_class.extra_panels = panels
    for category in MENU:
        for view in category.views:
            appbuilder.add_view(
                view,
                view.__name__.removesuffix("View"),
                label=view.list_title,
                category=category.name,
                category_label=category.label,
            )
        for view in category.unlisted_views:
            appbuilder.add_view_no_menu(view)
    for page in (TimelineView, LinkView, LetterView, PartnerPageView):
        appbuilder.add_view_no_menu(page)
    # Whom a partner calls now: templates of lower packages use it without importing `standby`.
    current_app.jinja_env.globals["get_standby_contact"] = get_standby_contact
    appbuilder.add_api(OptionsApi)
    appbuilder.add_api(SearchApi)
