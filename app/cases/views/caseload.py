"""Handing a whole caseload over: one form, for administrators."""

from flask_appbuilder import expose
from flask_babel import lazy_gettext as _l
from flask_login import current_user
from werkzeug.wrappers import Response

from app.cases import services
from app.cases.forms import CaseloadForm
from app.cases.models import Case
from app.core.views import PortalInterface
from app.core.views.guard import allowed
from app.security.views import OwnFormView


class CaseloadView(OwnFormView):
    datamodel = PortalInterface(Case)
    route_base = "/caseload"
    list_title = _l("Hand over a caseload")
    form_title = list_title
    form = CaseloadForm

    @expose("/", methods=["GET", "POST"])
    @allowed("edit")
    def page(self) -> Response | str:
        """Show the form, or give every open case of one peksos to another."""
        answer: Response | str = super().page()
        return answer

    def form_get(self, form: CaseloadForm) -> None:
        """Nothing is chosen yet."""

    def form_post(self, form: CaseloadForm) -> None:
        """All or none."""
        services.hand_over_caseload(
            worker=form.worker.data,
            successor=form.successor.data,
            reason=form.reason.data or "",
            by=current_user,
        )
