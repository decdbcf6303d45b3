"""Views of clients, households and consents."""

from typing import Any

from flask import url_for
from flask_babel import lazy_gettext as _l
from wtforms.validators import Length, Optional

from app.admin.base import PortalView
from app.admin.fields import ProseField
from app.admin.interface import PortalInterface
from app.admin.restriction import Restriction
from app.clients.enums import PERSONAL_DETAILS
from app.clients.models.client import Client, Consent, Household
from app.clients.policy import (
    ClientPolicy,
    ConsentPolicy,
    HouseholdPolicy,
    build_public_search_text,
    get_call_rule,
    list_visible_holders,
    personal_details_visible_to,
)
from app.clients.services import clients
from app.clients.transitions import CLIENT_TRANSITIONS, CONSENT_TRANSITIONS, HOUSEHOLD_TRANSITIONS
from app.core.actor import Actor

_BIRTH_FIELDS = ["birth_place", "birth_date", "birth_date_precision"]
_IDENTITY_FIELDS = ["nik", "no_kk", "identity_status", "no_nik_reason", "nik_note", "features"]
_CONTACT_FIELDSET = (_l("Contact"), {"fields": ["phone", "phone_owner", "safe_to_contact", "contact_note"]})
_ADDRESS_FIELDSET = (
    _l("Address"),
    {"fields": ["address", "rt", "rw", "kelurahan", "landmark", "outside_address"]},
)
_FAMILY_FIELDS = ["household", "household_role", "marital_status", "guardian_name", "guardian_phone"]
_LIVELIHOOD_FIELDSET = (
    _l("Livelihood"),
    {"fields": ["occupation", "dtsen_status", "dtsen_decile"], "expanded": False},
)


def _build_nik_holders_context(client: Client, user: Actor) -> dict[str, Any]:
    """Return label and URL of the other clients with the same NIK whom the user sees."""
    holders = list_visible_holders(client, user) if client.nik else []
    return {"nik_holders": [(holder.label, url_for("ClientView.show", pk=holder.id)) for holder in holders]}


class ClientView(PortalView[Client]):
    datamodel = PortalInterface(
        Client,
        eager=("kelurahan",),
        eager_on_detail=("household.head", "household.kelurahan"),
        restriction=Restriction(
            Client,
            # `place` and `review_notes` are computed from them.
            frozenset({*PERSONAL_DETAILS, "place", "review_notes"}),
            personal_details_visible_to,
            build_public_search_text,
        ),
    )
    policy = ClientPolicy
    route_base = "/clients"
    list_title = _l("Clients")
    show_title = _l("Client")
    add_title = _l("Add client")
    edit_title = _l("Edit client")
    # Optional: the service fills in the default of a field that the form leaves out.
    validators_columns = {
        name: [Optional()] for name in ("sex", "birth_date_precision", "identity_status", "dtsen_status")
    }
    list_columns = ["label", "nik", "sex", "age", "kelurahan", "phone"]
    mobile_columns = {"label": "title", "sex": "fact", "age": "fact", "kelurahan": "fact"}
    search_columns = ["kelurahan", "sex", "identity_status", "created_at"]
    order_columns = ["label", "name"]
    base_order = ("id", "desc")
    show_fieldsets = [
        (_l("Who it is"), {"fields": ["name", "alias", "sex", "age", "birth_date_text", "birth_place"]}),
        _CONTACT_FIELDSET,
        (_l("Address"), {"fields": ["place", "landmark"]}),
        (_l("Identity papers"), {"fields": [*_IDENTITY_FIELDS, "review_notes"]}),
        (_l("Family"), {"fields": _FAMILY_FIELDS}),
        _LIVELIHOOD_FIELDSET,
    ]
    add_fieldsets = [
        (_l("Who it is"), {"fields": ["name", "alias", *_BIRTH_FIELDS[1:], "sex", "nik"]}),
        _CONTACT_FIELDSET,
        _ADDRESS_FIELDSET,
        (_l("Identity papers"), {"fields": [*_IDENTITY_FIELDS[1:], "birth_place"], "expanded": False}),
        (_l("Family"), {"fields": _FAMILY_FIELDS, "expanded": False}),
        _LIVELIHOOD_FIELDSET,
    ]
    edit_fieldsets = add_fieldsets
    field_width = dict.fromkeys(
        ("sex", *_BIRTH_FIELDS, *_IDENTITY_FIELDS[:4], *_FAMILY_FIELDS[1:], "phone", "phone_owner"), "half"
    )
    field_width |= dict.fromkeys(("rt", "rw", "kelurahan"), "third") | {"dtsen_status": "half"}
    show_template = "clients/show.html"
    extra_context = staticmethod(_build_nik_holders_context)
    extra_fields = {
        "reason": ProseField(
            _l("Reason"),
            validators=[Length(max=1000)],
            description=_l("Read only by those who see both clients."),
        )
    }
    add_service = staticmethod(clients.register_client)
    edit_service = staticmethod(clients.update_client)
    transitions = CLIENT_TRANSITIONS
    transition_services = {
        "archive": clients.archive_client,
        "restore": clients.restore_client,
        "clear_nik": clients.clear_nik,
        "archive_duplicate": clients.archive_duplicate,
    }
    quick_search = True
    search_hint = _l("Name, NIK, No. KK or phone")
    call_rule = staticmethod(get_call_rule)
    option_label = "label"
    option_detail = "detailed_label"
    primary_related = "cases"
    empty_hint = _l("Nobody is registered here yet. Add the first client; a name is not needed.")


class HouseholdView(PortalView[Household]):
    datamodel = PortalInterface(Household, eager=("kelurahan", "head"))
    policy = HouseholdPolicy
    route_base = "/households"
    list_title = _l("Households")
    show_title = _l("Household")
    add_title = _l("Add household")
    edit_title = _l("Edit household")
    inline_create_link = True
    list_columns = ["label", "no_kk", "kelurahan"]
    mobile_columns = {"label": "title", "no_kk": "fact"}
    search_columns = ["kelurahan"]
    order_columns = ["id"]
    base_order = ("id", "desc")
    show_fieldsets = [
        (
            _l("Household"),
            {"fields": ["head", "no_kk", "place", "note"]},
        )
    ]
    add_fieldsets = [
        (_l("Address"), {"fields": ["address", "rt", "rw", "kelurahan", "outside_address"]}),
        (_l("Family card"), {"fields": ["no_kk", "note"]}),
    ]
    edit_fieldsets = add_fieldsets
    field_width = {"rt": "third", "rw": "third", "kelurahan": "third"}
    add_service = staticmethod(clients.create_household)
    edit_service = staticmethod(clients.update_household)
    transitions = HOUSEHOLD_TRANSITIONS
    transition_services = {"archive": clients.archive_household, "restore": clients.restore_household}
    quick_search = True
    search_hint = _l("Head of the household, address or No. KK")
    option_label = "label"
    empty_hint = _l("Add a household when several clients live together or share a family card.")


class ConsentView(PortalView[Consent]):
    datamodel = PortalInterface(Consent, eager=("client",))
    policy = ConsentPolicy
    route_base = "/consents"
    list_title = _l("Consents")
    show_title = _l("Consent")
    add_title = _l("Record consent")
    edit_title = _l("Edit consent")
    list_columns = ["client", "purpose", "method", "given_on", "state"]
    mobile_columns = {"client": "title", "purpose": "fact", "given_on": "fact", "state": "end"}
    search_columns = ["client", "purpose", "given_on"]
    order_columns = ["given_on"]
    base_order = ("id", "desc")
    show_columns = [
        "client",
        "purpose",
        "method",
        "text_version",
        "given_by",
        "given_on",
        "exception_reason",
        "scan",
        "state",
        "withdrawn_at",
        "withdrawal_reason",
    ]
    add_columns = ["client", "purpose", "method", "given_by", "given_on"]
    add_columns += ["exception_reason", "text_version", "scan"]
    edit_columns = add_columns[1:]
    field_width = {"purpose": "half", "method": "half", "given_by": "half", "given_on": "half"}
    validators_columns = {"given_on": [Optional()]}
    add_service = staticmethod(clients.record_consent)
    edit_service = staticmethod(clients.update_consent)
    transitions = CONSENT_TRANSITIONS
    transition_services = {"withdraw": clients.withdraw_consent}
    extra_fields = {"reason": ProseField(_l("Reason"), validators=[Length(max=1000)])}
    quick_search = True
    search_relations = ("client",)
    search_hint = _l("Name or NIK of the client")
    option_label = "label"
    empty_hint = _l("Record what a client agreed to; sharing data with a partner needs it.")
