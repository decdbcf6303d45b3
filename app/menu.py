"""The front door: every room's views, in the order that the work goes, and which records show which others."""

import importlib.util
from importlib import import_module
from typing import Any

from flask_appbuilder import AppBuilder, IndexView
from flask_babel import lazy_gettext as _l

from app.core.views.api import OptionsApi, SearchApi
from app.core import receipts

STAGED = [
    ("app.clients.views", "ClientView", "Clients"),
    ("app.clients.views", "HouseholdView", "Clients"),
    ("app.clients.views", "ConsentView", "Clients"),
    ("app.cases.views", "IncomingReportView", "Cases"),
    ("app.cases.views", "CaseView", "Cases"),
    ("app.cases.views", "ServiceView", "Cases"),
    ("app.cases.views", "CaseNoteView", "Cases"),
    ("app.cases.views", "FollowUpView", "Cases"),
    ("app.cases.views", "AttachmentView", "Cases"),
    ("app.cases.views", "CasePersonView", "Cases"),
    ("app.partners.views", "PartnerView", "Partners"),
    ("app.partners.views", "PartnerContactView", "Partners"),
    ("app.partners.views", "PartnerServiceView", "Partners"),
    ("app.grants.views", "GrantView", "Funds"),
    ("app.grants.views", "FundingSourceView", "Funds"),
    ("app.grants.views", "AssetView", "Funds"),
    ("app.grants.views", "PublishedFigureView", "Funds"),
    *[
        ("app.reference.views", v, "Settings")
        for v in (
            "KecamatanView",
            "KelurahanView",
            "PpksCategoryView",
            "ProblemTagView",
            "NeedKindView",
            "OfficeSettingView",
        )
    ],
    ("app.security.views", "UserView", "Settings"),
    ("app.audit.views", "AuditView", "Settings"),
]


def register(appbuilder: AppBuilder) -> None:
    """Staged while the rooms land."""
    appbuilder.add_api(OptionsApi)
    appbuilder.add_api(SearchApi)
    for module, name, category in STAGED:
        try:
            found = importlib.util.find_spec(module)
        except ModuleNotFoundError:
            found = None
        if found is None:
            continue
        view: Any = getattr(import_module(module), name, None)
        if view is not None:
            appbuilder.add_view(view, name.removesuffix("View"), category=category)
