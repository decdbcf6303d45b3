"""Views of funding sources and of grants, with the downloads of the LPJ."""

from collections.abc import Callable, Mapping
from typing import ClassVar

from flask_babel import lazy_gettext as _l
from wtforms.validators import Length, Optional

from app.admin.base import PortalView
from app.admin.choice_fields import EnumSelectMultipleField
from app.admin.declaration import Document
from app.admin.fields import DayField, LineField, PositiveAmount, ProseField, RupiahField
from app.admin.interface import PortalInterface
from app.core import clock
from app.db.column_info import get_hint, get_label
from app.grants.documents import build_report_pdf, build_report_workbook
from app.grants.enums import Purpose
from app.grants.models.money import Disbursement
from app.grants.models.pots import FundingSource, Grant
from app.grants.overview import build_overview
from app.grants.policy import FundingSourcePolicy, GrantPolicy
from app.grants.services.life import (
    absorb_grant,
    account_grant,
    budget_grant,
    close_grant,
    disburse_grant,
    lapse_grant,
    reject_grant,
)
from app.grants.services.pots import add_grant, edit_grant
from app.grants.transitions import GRANT_TRANSITIONS

XLSX_MEDIA_TYPE = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
GRANT = _l("Grant")


class FundingSourceView(PortalView[FundingSource]):
    datamodel = PortalInterface(FundingSource)
    policy = FundingSourcePolicy
    route_base = "/funding-sources"
    list_title = _l("Funding sources")
    show_title = _l("Funding source")
    add_title = _l("Add funding source")
    edit_title = _l("Edit funding source")
    list_columns = ["name", "note"]
    mobile_columns = {"name": "title", "note": "fact"}
    search_columns: list[str] = []
    order_columns = ["name"]
    base_order = ("name", "asc")
    show_columns = ["name", "note"]
    add_columns = ["name", "note"]
    edit_columns = ["name", "note"]
    preload_options = True
    empty_hint = _l("Add who gives: a ministry, the city, a zakat agency, a company.")


class GrantView(PortalView[Grant]):
    datamodel = PortalInterface(Grant, eager=("source",))
    policy = GrantPolicy
    route_base = "/grants"
    list_title = _l("Grants")
    show_title = GRANT
    add_title = _l("Add grant")
    edit_title = _l("Edit grant")
    list_columns = ["name", "source", "fiscal_year", "form", "ceiling_text", "state"]
    mobile_columns = {"name": "title", "fiscal_year": "fact", "ceiling_text": "fact", "state": "end"}
    search_columns = ["source", "fiscal_year", "form", "state"]
    search_hint = _l("Name, year or document number")
    order_columns = ["name", "fiscal_year"]
    base_order = ("id", "desc")
    show_fieldsets = [
        (
            GRANT,
            {"fields": ["name", "source", "fiscal_year", "budget_stage", "form", "purpose_labels"]},
        ),
        (_l("Amount"), {"fields": ["ceiling_text", "ceiling_initial", "ceiling_revised"]}),
        (
            _l("On record"),
            {"fields": ["document_number", "report_number", "accounted_on", "reason", "note", "source_url"]},
        ),
    ]
    add_fieldsets = [
        (GRANT, {"fields": ["name", "source", "fiscal_year", "budget_stage", "form", "purposes"]}),
        (_l("Amount"), {"fields": ["ceiling_initial", "ceiling_revised"]}),
        (_l("On record"), {"fields": ["note", "source_url"]}),
    ]
    edit_fieldsets = [
        *add_fieldsets[:2],
        (_l("On record"), {"fields": ["document_number", "note", "source_url"]}),
    ]
    field_width = {
        "fiscal_year": "half",
        "budget_stage": "half",
        "ceiling_initial": "half",
        "ceiling_revised": "half",
        "amount": "half",
        "disbursed_on": "half",
    }
    extra_fields = {
        "purposes": EnumSelectMultipleField(
            description=_l("Tick what is allowed; nothing when it is not stated."),
            enum_class=Purpose,
        ),
        "amount": RupiahField(
            get_label(Disbursement, "amount"),
            description=_l("Whole rupiah. Of goods: their value, where it is known; they become an asset."),
            validators=[Optional(), PositiveAmount()],
        ),
        "disbursed_on": DayField(get_label(Disbursement, "disbursed_on"), default=clock.today),
        "disbursement_number": LineField(
            get_label(Disbursement, "document_number"), validators=[Optional(), Length(max=80)]
        ),
        "late_reason": ProseField(
            get_label(Disbursement, "late_reason"),
            description=get_hint(Disbursement, "late_reason"),
            validators=[Optional(), Length(max=1000)],
        ),
        "accounted_on": DayField(default=clock.today),
    }
    add_service = staticmethod(add_grant)
    edit_service = staticmethod(edit_grant)
    transitions = GRANT_TRANSITIONS
    transition_services: ClassVar[Mapping[str, Callable[..., Grant]]] = {
        "budget": budget_grant,
        "disburse": disburse_grant,
        "absorb": absorb_grant,
        "account": account_grant,
        "close": close_grant,
        "reject": reject_grant,
        "lapse": lapse_grant,
    }
    documents = {
        "report": Document("lpj.pdf", build_report_pdf, "lpj"),
        "workbook": Document("lpj.xlsx", build_report_workbook, "lpj"),
    }
    show_template = "grants/show.html"
    extra_context = staticmethod(build_overview)
    quick_search = True
    empty_hint = _l("Add the first grant: who gives it, for which year, how much.")
