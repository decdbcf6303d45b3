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
    label_columns = {
        "name": _l("Name"),
        "kind": _l("Kind of partner"),
        "address": _l("Address"),
        "kelurahan": _l("Kelurahan"),
        "coverage": _l("Serves these kelurahan"),
        "phone": _l("Phone"),
        "whatsapp": _l("WhatsApp"),
        "email": _l("E-mail"),
        "open_24h": _l("Open 24 hours"),
        "accepting": _l("Takes new referrals"),
        "agreement_number": _l("Number of the agreement"),
        "agreement_from": _l("Agreement from"),
        "agreement_until": _l("Agreement until"),
        "verified_on": _l("Last verified on"),
        "flags": _l("To do"),
        "state": _l("State"),
        "note": _l("Note"),
        "source": _l("Source"),
    }
    description_columns = {
        "phone": _l("For example 0548-21234; short codes such as 110 are fine."),
        "coverage": _l("Tick all that this partner serves."),
        "accepting": _l("Untick while the partner is full or closed."),
        "source": _l("Where these facts come from."),
    }
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
    label_columns = {
        "partner": _l("Partner"),
        "name": _l("Full name"),
        "position": _l("Position"),
        "kelurahan": _l("For this kelurahan"),
        "phone": _l("Phone"),
        "whatsapp": _l("WhatsApp"),
        "email": _l("E-mail"),
        "active": _l("Still works there"),
        "note": _l("Note"),
    }
    description_columns = {
        "kelurahan": _l("Only for an officer of one kelurahan, such as a Bhabinkamtibmas."),
        "note": _l("For example: in the mornings only."),
    }
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
    label_columns = {
        "partner": _l("Partner"),
        "need_kind": _l("Kind of help"),
        "required_documents": _l("Required documents"),
        "eligibility": _l("Who may get it"),
        "response_hours": _l("Answers within (hours)"),
    }
    description_columns = {
        "required_documents": _l("One document per line; a referral takes them over as its checklist."),
        "response_hours": _l("Leave empty if nothing is agreed."),
    }
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
