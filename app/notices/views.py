"""View of the user's own notices."""

from flask_babel import lazy_gettext as _l

from app.admin.base import PortalView
from app.admin.interface import PortalInterface
from app.notices import services
from app.notices.models import Notice
from app.notices.policy import NoticePolicy
from app.notices.presentation import build_record_link
from app.notices.transitions import NOTICE_TRANSITIONS


class NoticeView(PortalView[Notice]):
    datamodel = PortalInterface(Notice)
    policy = NoticePolicy
    route_base = "/notices"
    list_title = _l("My notices")
    show_title = _l("Notice")
    add_title = edit_title = show_title
    list_columns = ["sentence", "created_at", "state"]
    mobile_columns = {"sentence": "title", "created_at": "fact", "state": "end"}
    search_columns: list[str] = []
    order_columns = ["id"]
    base_order = ("id", "desc")
    show_columns = ["sentence", "created_at", "read_at", "reason", "state"]
    has_add_form = False
    has_edit_form = False
    log_access = False
    option_label = "sentence"
    show_template = "notices/show.html"
    extra_context = staticmethod(build_record_link)
    transitions = NOTICE_TRANSITIONS
    transition_services = {"read": services.mark_read}
    empty_hint = _l("Nothing to read. What concerns you alone appears here and on the first page.")
