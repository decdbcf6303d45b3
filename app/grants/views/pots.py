"""Pages of the money: grants, who gave them, assets, published figures."""

from collections.abc import Callable, Mapping
from typing import ClassVar

from flask import Response, abort
from flask_appbuilder import expose
from flask_babel import lazy_gettext as _l
from flask_login import current_user
from wtforms.validators import Length, Optional

from app.core import clock
from app.core.forms.choosing import ChoicesField
from app.core.forms.fields import Amount, DayField, LineField, ProseField, RupiahField
from app.core.hooks import accessed
from app.core.views import PortalInterface, PortalView
from app.core.views.guard import allowed
from app.grants import report, services
from app.grants.access import may_edit, visible_to
from app.grants.choices import GrantForm, Purpose
from app.grants.desk import desk
from app.grants.models import FundingSource, Grant
from app.grants.states import GRANT_MOVES

XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
NAME = _l("Name")
NOTE = _l("Note")
GRANT = _l("Grant")
_PURPOSES = _l("May be used for")
AMOUNT_HINT = _l("Whole rupiah, for example 25.000.000. Leave empty when it is not known.")


class FundingSourceView(PortalView):
    datamodel = PortalInterface(FundingSource)
    route_base = "/funding-sources"
    list_title = _l("Funding sources")
    show_title = _l("Funding source")
    add_title = _l("Add funding source")
    edit_title = _l("Edit funding source")
    label_columns = {"name": NAME, "note": NOTE}
    list_columns = ["name", "note"]
    card = {"name": "title", "note": "fact"}
    search_columns: list[str] = []
    order_columns = ["name"]
    base_order = ("name", "asc")
    show_columns = ["name", "note"]
    add_columns = ["name", "note"]
    edit_columns = ["name", "note"]
    visible_to = staticmethod(visible_to)
    small = True
    empty_hint = _l("Add who gives: a ministry, the city, a zakat agency, a company.")


class GrantView(PortalView):
    datamodel = PortalInterface(Grant, eager=("source",))
    route_base = "/grants"
    list_title = _l("Grants")
    show_title = GRANT
    add_title = _l("Add grant")
    edit_title = _l("Edit grant")
    label_columns = {
        "name": NAME,
        "source": _l("Funding source"),
        "fiscal_year": _l("Fiscal year"),
        "budget_stage": _l("Budget"),
        "form": _l("Form"),
        "purposes": _PURPOSES,
        "purposes_shown": _PURPOSES,
        "ceiling_initial": _l("Initial ceiling"),
        "ceiling_revised": _l("Revised ceiling"),
        "ceiling_shown": _l("Ceiling"),
        "document_number": _l("Document number"),
        "state": _l("State"),
        "reason": _l("Reason"),
        "note": NOTE,
        "source_url": _l("Source address"),
        "amount": _l("Amount"),
        "disbursed_on": _l("Arrived on"),
        "disbursement_number": _l("Number of the SP2D"),
        "late_reason": _l("Why it is posted late"),
        "report_number": _l("Number of the LPJ"),
        "accounted_on": _l("Handed in on"),
    }
    description_columns = {
        "fiscal_year": _l("Four digits. Leave empty when it is not known."),
        "budget_stage": _l("The revised budget is the one changed during the year (APBD Perubahan)."),
        "form": _l("Goods have no ceiling: their value is entered as an asset."),
        "ceiling_initial": AMOUNT_HINT,
        "ceiling_revised": _l("Whole rupiah. Only when the ceiling was changed; then this one holds."),
        "document_number": _l("Number of the DPA or NPHD."),
        "reason": _l("In one or two sentences; it stays on record."),
        "source_url": _l("Where these facts were published, if they were."),
    }
    list_columns = ["name", "source", "fiscal_year", "form", "ceiling_shown", "state"]
    card = {"name": "title", "fiscal_year": "fact", "ceiling_shown": "fact", "state": "end"}
    search_columns = ["source", "fiscal_year", "form", "state"]
    search_hint = _l("Name, year or document number")
    order_columns = ["name", "fiscal_year"]
    base_order = ("id", "desc")
    show_fieldsets = [
        (
            GRANT,
            {"fields": ["name", "source", "fiscal_year", "budget_stage", "form", "purposes_shown"]},
        ),
        (_l("Amount"), {"fields": ["ceiling_shown", "ceiling_initial", "ceiling_revised"]}),
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
        "purposes": ChoicesField(
            _PURPOSES,
            description=_l("Tick what is allowed; nothing when it is not stated."),
            enum_class=Purpose,
        ),
        "amount": RupiahField(
            _l("Amount"),
            description=_l("Whole rupiah. Of goods: their value, where it is known; they become an asset."),
            validators=[Optional(), Amount()],
        ),
        "disbursed_on": DayField(_l("Arrived on"), default=clock.today),
        "disbursement_number": LineField(_l("Number of the SP2D"), validators=[Optional(), Length(max=80)]),
        "late_reason": ProseField(
            _l("Why it is posted late"),
            description=_l("Only when the fiscal year of the grant is over."),
            validators=[Optional(), Length(max=1000)],
        ),
        "accounted_on": DayField(_l("Handed in on"), default=clock.today),
    }
    visible_to = staticmethod(visible_to)
    may_edit = staticmethod(may_edit)
    add_verb = staticmethod(services.add_grant)
    edit_verb = staticmethod(services.edit_grant)
    moves = GRANT_MOVES
    move_verbs: ClassVar[Mapping[str, Callable[..., Grant]]] = {
        "budget": services.budget_grant,
        "disburse": services.disburse_grant,
        "absorb": services.absorb_grant,
        "account": services.account_grant,
        "close": services.close_grant,
        "reject": services.reject_grant,
        "lapse": services.lapse_grant,
    }
    show_template = "grants/show.html"
    extras = staticmethod(desk)
    quick_search = True
    empty_hint = _l("Add the first grant: who gives it, for which year, how much.")

    @expose("/<int:pk>/lpj.pdf", methods=["GET"])
    @allowed("download")
    def report(self, pk: int) -> Response:
        """The LPJ on paper."""
        return self._paper(report.as_pdf(self._pot(pk), user=current_user), pk, "pdf", "application/pdf")

    @expose("/<int:pk>/lpj.xlsx", methods=["GET"])
    @allowed("download")
    def workbook(self, pk: int) -> Response:
        """The LPJ as a workbook."""
        return self._paper(report.as_workbook(self._pot(pk), user=current_user), pk, "xlsx", XLSX)

    def _pot(self, pk: int) -> Grant:
        grant: Grant = self.find(pk)
        if grant.form is not GrantForm.cash:
            abort(404)
        return grant

    def _paper(self, made: bytes, pk: int, suffix: str, kind: str) -> Response:
        answer = Response(made, mimetype=kind)
        answer.headers["Content-Disposition"] = f'attachment; filename="lpj-{pk}.{suffix}"'
        accessed.send(self, action="export", entity=Grant.__tablename__, entity_id=pk)
        return answer
