"""Pages of clients, households and consents."""

from typing import Any

from flask import url_for
from flask_babel import lazy_gettext as _l
from wtforms.validators import Length, Optional

from app.clients import access, contact, services
from app.clients.choices import PERSONAL_DETAILS, SAFE_TO_CONTACT_HINT
from app.clients.models import Client, Consent, Household
from app.clients.nik_check import visible_holders
from app.clients.states import CLIENT_MOVES, CONSENT_MOVES, HOUSEHOLD_MOVES
from app.core.actor import Actor
from app.core.forms.fields import ProseField
from app.core.views import PortalInterface, PortalView
from app.core.views.restriction import Restriction

_WHERE = {
    "place": _l("Address"),
    "address": _l("Address"),
    "rt": _l("RT"),
    "rw": _l("RW"),
    "kelurahan": _l("Kelurahan"),
    "outside_address": _l("Address outside Bontang"),
}
_WHERE_HINTS = {
    "address": _l("Street, alley, number."),
    "outside_address": _l("Only for people from elsewhere: city or regency, and province."),
}

_BIRTH = ["birth_place", "birth_date", "birth_date_precision"]
_PAPERS = ["nik", "no_kk", "identity_status", "no_nik_reason", "nik_note", "features"]
_CONTACT = (_l("Contact"), {"fields": ["phone", "phone_owner", "safe_to_contact", "contact_note"]})
_ADDRESS = (
    _l("Address"),
    {"fields": ["address", "rt", "rw", "kelurahan", "landmark", "outside_address"]},
)
_FAMILY = ["household", "household_role", "marital_status", "guardian_name", "guardian_phone"]
_LIVELIHOOD = (
    _l("Livelihood"),
    {"fields": ["occupation", "dtsen_status", "dtsen_decile"], "expanded": False},
)


def _nik_holders(client: Client, user: Actor) -> dict[str, Any]:
    """Return the clients with the same NIK, for who sees them and this one."""
    others = visible_holders(client, user) if client.nik else []
    return {"nik_holders": [(one.label, url_for("ClientView.show", pk=one.id)) for one in others]}


class ClientView(PortalView):
    datamodel = PortalInterface(
        Client,
        eager=("kelurahan",),
        alone=("household.head", "household.kelurahan"),
        restriction=Restriction(
            Client,
            # `place` and `to_check` are worked out of them.
            frozenset({*PERSONAL_DETAILS, "place", "to_check"}),
            access.personal_details_visible_to,
            access.public_search_text,
        ),
    )
    route_base = "/clients"
    list_title = _l("Clients")
    show_title = _l("Client")
    add_title = _l("Add client")
    edit_title = _l("Edit client")
    label_columns = _WHERE | {
        "label": _l("Full name"),
        "name": _l("Full name"),
        "alias": _l("Nickname or alias"),
        "sex": _l("Sex"),
        "age": _l("Age"),
        "birth_place": _l("Place of birth"),
        "birth_date": _l("Date of birth"),
        "born": _l("Date of birth"),
        "birth_date_precision": _l("How sure is the date of birth"),
        "nik": _l("NIK"),
        "no_kk": _l("No. KK"),
        "identity_status": _l("Identity"),
        "no_nik_reason": _l("Why there is no NIK"),
        "nik_note": _l("Reason when the NIK does not match"),
        "to_check": _l("To be checked"),
        "features": _l("How to recognise the person"),
        "phone": _l("Phone"),
        "phone_owner": _l("Whose phone"),
        "safe_to_contact": _l("Safe to contact"),
        "contact_note": _l("Note on contacting"),
        "landmark": _l("Landmark"),
        "household": _l("Household"),
        "household_role": _l("Role in the household"),
        "marital_status": _l("Marital status"),
        "guardian_name": _l("Parent or guardian"),
        "guardian_phone": _l("Phone of parent or guardian"),
        "occupation": _l("Occupation"),
        "dtsen_status": _l("DTSEN"),
        "dtsen_decile": _l("DTSEN decile"),
        "reason": _l("Reason"),
        "created_at": _l("Registered"),
    }
    description_columns = _WHERE_HINTS | {
        "name": _l("As on the KTP; one word is enough. Leave empty if nobody knows the name."),
        "birth_date": _l("Only the year or an estimate? Enter 1 January and say so beside it."),
        "nik": _l("16 digits. Spaces, dots and dashes do not matter."),
        "no_kk": _l("16 digits, from the family card."),
        "no_nik_reason": _l("Needed when the identity is neither verified nor stated by the client."),
        "nik_note": _l("Only needed when the portal says that NIK or date of birth does not match."),
        "features": _l("For people without papers: build, clothes, estimated age, where they were found."),
        "phone": _l("For example 0811-5413-355, or 0548-21234."),
        "safe_to_contact": SAFE_TO_CONTACT_HINT,
        "contact_note": _l("For example: only after 16.00, ask for Ibu Sari."),
        "household": _l("Type a name, an address or a No. KK."),
        "guardian_name": _l("For everybody under 18 and whoever cannot decide alone."),
        "dtsen_decile": _l("1 to 10, as the DTSEN check shows it."),
    }
    # A form that leaves these out means the usual answer; the verb knows it.
    validators_columns = {
        name: [Optional()] for name in ("sex", "birth_date_precision", "identity_status", "dtsen_status")
    }
    list_columns = ["label", "nik", "sex", "age", "kelurahan", "phone"]
    card = {"label": "title", "sex": "fact", "age": "fact", "kelurahan": "fact"}
    search_columns = ["kelurahan", "sex", "identity_status", "created_at"]
    order_columns = ["label", "name"]
    base_order = ("id", "desc")
    show_fieldsets = [
        (_l("Who it is"), {"fields": ["name", "alias", "sex", "age", "born", "birth_place"]}),
        _CONTACT,
        (_l("Address"), {"fields": ["place", "landmark"]}),
        (_l("Identity papers"), {"fields": [*_PAPERS, "to_check"]}),
        (_l("Family"), {"fields": _FAMILY}),
        _LIVELIHOOD,
    ]
    add_fieldsets = [
        (_l("Who it is"), {"fields": ["name", "alias", *_BIRTH[1:], "sex", "nik"]}),
        _CONTACT,
        _ADDRESS,
        (_l("Identity papers"), {"fields": [*_PAPERS[1:], "birth_place"], "expanded": False}),
        (_l("Family"), {"fields": _FAMILY, "expanded": False}),
        _LIVELIHOOD,
    ]
    edit_fieldsets = add_fieldsets
    field_width = dict.fromkeys(("sex", *_BIRTH, *_PAPERS[:4], *_FAMILY[1:], "phone", "phone_owner"), "half")
    field_width |= dict.fromkeys(("rt", "rw", "kelurahan"), "third") | {"dtsen_status": "half"}
    visible_to = staticmethod(access.visible_to)
    may_edit = staticmethod(access.may_edit)
    may_move = staticmethod(access.may_move)
    explain_refusal = staticmethod(access.edit_refusal)
    show_template = "clients/show.html"
    extras = staticmethod(_nik_holders)
    extra_fields = {
        "reason": ProseField(
            _l("Reason"),
            validators=[Length(max=1000)],
            description=_l("Read only by those who see both clients."),
        )
    }
    add_verb = staticmethod(services.register_client)
    edit_verb = staticmethod(services.update_client)
    moves = CLIENT_MOVES
    move_verbs = {
        "archive": services.archive_client,
        "restore": services.restore_client,
        "clear_nik": services.clear_nik,
        "archive_duplicate": services.archive_duplicate,
    }
    quick_search = True
    search_hint = _l("Name, NIK, No. KK or phone")
    call_rule = staticmethod(contact.call_rule)
    option_label = "label"
    choice_label = "described"
    leads_to = "cases"
    empty_hint = _l("Nobody is registered here yet. Add the first client; a name is not needed.")


class HouseholdView(PortalView):
    datamodel = PortalInterface(Household, eager=("kelurahan", "head"))
    route_base = "/households"
    list_title = _l("Households")
    show_title = _l("Household")
    add_title = _l("Add household")
    edit_title = _l("Edit household")
    offers_new = True
    label_columns = _WHERE | {
        "label": _l("Household"),
        "head": _l("Head of the household"),
        "no_kk": _l("No. KK"),
        "note": _l("Note"),
    }
    description_columns = _WHERE_HINTS | {
        "no_kk": _l("16 digits, from the family card. The members are named on each client's page.")
    }
    list_columns = ["label", "no_kk", "kelurahan"]
    card = {"label": "title", "no_kk": "fact"}
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
    visible_to = staticmethod(access.households_visible_to)
    may_edit = staticmethod(access.may_edit)
    may_move = staticmethod(access.may_move_household)
    explain_refusal = staticmethod(access.edit_refusal)
    add_verb = staticmethod(services.create_household)
    edit_verb = staticmethod(services.update_household)
    moves = HOUSEHOLD_MOVES
    move_verbs = {"archive": services.archive_household, "restore": services.restore_household}
    quick_search = True
    search_hint = _l("Head of the household, address or No. KK")
    option_label = "label"
    empty_hint = _l("Add a household when several clients live together or share a family card.")


class ConsentView(PortalView):
    datamodel = PortalInterface(Consent, eager=("client",))
    route_base = "/consents"
    list_title = _l("Consents")
    show_title = _l("Consent")
    add_title = _l("Record consent")
    edit_title = _l("Edit consent")
    label_columns = {
        "client": _l("Client"),
        "purpose": _l("Purpose"),
        "method": _l("How it was given"),
        "text_version": _l("Version of the text"),
        "given_by": _l("Given by"),
        "given_on": _l("Given on"),
        "exception_reason": _l("Why there is no consent yet"),
        "scan": _l("Scan or photo of the form"),
        "state": _l("State"),
        "withdrawn_at": _l("Withdrawn at"),
        "withdrawal_reason": _l("Why it was withdrawn"),
        "reason": _l("Reason"),
    }
    description_columns = {
        "method": _l("For somebody under 18 a parent or guardian decides, unless one of them is the danger."),
        "given_by": _l("Leave empty when the client gave it in person."),
        "exception_reason": _l("For example: unconscious, in danger, the guardian is the accused."),
        "text_version": _l("Stands at the foot of the form. Empty: the form of today."),
    }
    list_columns = ["client", "purpose", "method", "given_on", "state"]
    card = {"client": "title", "purpose": "fact", "given_on": "fact", "state": "end"}
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
    visible_to = staticmethod(access.consents_visible_to)
    may_edit = staticmethod(access.may_edit_consent)
    may_move = staticmethod(access.may_move_consent)
    explain_refusal = staticmethod(access.explain_consent_refusal)
    add_verb = staticmethod(services.record_consent)
    edit_verb = staticmethod(services.update_consent)
    moves = CONSENT_MOVES
    move_verbs = {"withdraw": services.withdraw_consent}
    extra_fields = {"reason": ProseField(_l("Reason"), validators=[Length(max=1000)])}
    quick_search = True
    search_through = ("client",)
    search_hint = _l("Name or NIK of the client")
    option_label = "label"
    empty_hint = _l("Record what a client agreed to; sharing data with a partner needs it.")
