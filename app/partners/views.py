"""Model views of partners, their contacts and the services they offer."""

from flask_babel import lazy_gettext as _l
from wtforms.validators import NumberRange, Optional

from app.admin.base import PortalView
from app.admin.interface import PortalInterface
from app.core.clock import HOURS_PER_YEAR
from app.partners import services
from app.partners.models import Partner, PartnerContact, PartnerService
from app.partners.policy import PartnerContactPolicy, PartnerPolicy, PartnerServicePolicy
from app.partners.transitions import PARTNER_TRANSITIONS

_CONTACT_COLUMNS = ["phone", "whatsapp", "email"]
_AGREEMENT_FIELDSET = (
    _l("Agreement"),
    {"fields": ["agreement_number", "agreement_from", "agreement_until", "source"], "expanded": False},
)


class PartnerView(PortalView[Partner]):
    datamodel = PortalInterface(Partner, eager=("kelurahan",))
    policy = PartnerPolicy
    route_base = "/partners"
    list_title = _l("Partners")
    show_title = _l("Partner")
    add_title = _l("Add partner")
    edit_title = _l("Edit partner")
    list_columns = ["name", "kind", "phone", "kelurahan", "accepting", "verified_on", "flags"]
    mobile_columns = {"name": "title", "kind": "fact", "phone": "fact", "flags": "fact"}
    search_columns = ["kind", "coverage", "open_24h", "accepting", "agreement_until", "verified_on"]
    order_columns = ["name"]
    base_order = ("name", "asc")
    show_fieldsets = [
        (
            _l("Partner"),
            {"fields": ["kind", *_CONTACT_COLUMNS, "open_24h", "accepting", "flags", "note"]},
        ),
        (_l("Where"), {"fields": ["address", "kelurahan", "coverage"]}),
        _AGREEMENT_FIELDSET,
    ]
    add_fieldsets = [
        (_l("Partner"), {"fields": ["name", "kind", "accepting", "open_24h", "note"]}),
        (_l("Contact"), {"fields": _CONTACT_COLUMNS}),
        (_l("Where"), {"fields": ["address", "kelurahan", "coverage"]}),
        _AGREEMENT_FIELDSET,
    ]
    edit_fieldsets = add_fieldsets
    field_width = {
        "accepting": "half",
        "open_24h": "half",
        "phone": "third",
        "whatsapp": "third",
        "email": "third",
        "agreement_from": "half",
        "agreement_until": "half",
    }
    add_service = staticmethod(services.create_partner)
    edit_service = staticmethod(services.update_partner)
    transitions = PARTNER_TRANSITIONS
    transition_services = {
        "verify": services.verify_partner,
        "archive": services.archive_partner,
        "restore": services.restore_partner,
    }
    quick_search = True
    search_hint = _l("Name, address or phone")
    empty_hint = _l("Add the agencies that help your clients: puskesmas, Baznas, police, shelters.")


class PartnerContactView(PortalView[PartnerContact]):
    datamodel = PortalInterface(PartnerContact, eager=("partner", "kelurahan"))
    policy = PartnerContactPolicy
    route_base = "/partner-contacts"
    list_title = _l("Contact persons")
    show_title = _l("Contact person")
    add_title = _l("Add contact person")
    edit_title = _l("Edit contact person")
    inline_create_link = True
    list_columns = ["name", "position", "partner", "kelurahan", "phone", "active"]
    mobile_columns = {"name": "title", "position": "fact", "partner": "fact", "phone": "fact"}
    search_columns = ["partner", "kelurahan", "active"]
    order_columns = ["name"]
    base_order = ("name", "asc")
    show_columns = [
        "partner",
        "position",
        "kelurahan",
        "phone",
        "whatsapp",
        "email",
        "active",
        "note",
    ]
    add_columns = [
        "partner",
        "name",
        "position",
        "kelurahan",
        "phone",
        "whatsapp",
        "email",
        "note",
        "active",
    ]
    edit_columns = add_columns
    field_width = {"phone": "third", "whatsapp": "third", "email": "third"}
    add_service = staticmethod(services.create_contact)
    edit_service = staticmethod(services.update_contact)
    quick_search = True
    search_relations = ("partner",)
    search_hint = _l("Name, partner or phone")
    empty_hint = _l("Add whom to call at a partner.")


class PartnerServiceView(PortalView[PartnerService]):
    datamodel = PortalInterface(PartnerService, eager=("partner", "need_kind"))
    policy = PartnerServicePolicy
    route_base = "/partner-services"
    list_title = _l("Services offered by partners")
    show_title = _l("Service offered")
    add_title = _l("Add service offered")
    edit_title = _l("Edit service offered")
    list_columns = ["partner", "need_kind", "response_hours"]
    mobile_columns = {"partner": "title", "need_kind": "fact", "response_hours": "fact"}
    search_columns = ["partner", "need_kind"]
    order_columns = ["response_hours"]
    base_order = ("id", "desc")
    show_columns = ["partner", "need_kind", "required_documents", "eligibility", "response_hours"]
    add_columns = show_columns
    edit_columns = show_columns
    validators_columns = {"response_hours": [Optional(), NumberRange(max=HOURS_PER_YEAR)]}
    add_service = staticmethod(services.create_service)
    edit_service = staticmethod(services.update_service)
    quick_search = True
    search_relations = ("partner",)
    search_hint = _l("Name of the partner")
    option_label = "label"
    empty_hint = _l("Say which kinds of help a partner offers; referrals suggest partners by them.")
