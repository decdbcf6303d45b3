"""Views of the reference data, for administrators; other users see the records only as form options."""

from flask_babel import lazy_gettext as _l
from wtforms.validators import Optional

from app.admin.base import ModelT, PortalView
from app.admin.interface import PortalInterface
from app.reference import services
from app.reference.models import (
    Holiday,
    Kecamatan,
    Kelurahan,
    NeedKind,
    OfficeSetting,
    PpksCategory,
    ProblemTag,
)
from app.reference.policy import (
    HolidayPolicy,
    KecamatanPolicy,
    KelurahanPolicy,
    NeedKindPolicy,
    OfficeSettingPolicy,
    PpksCategoryPolicy,
    ProblemTagPolicy,
)


class _CodedReferenceView(PortalView[ModelT]):
    """Base class of the views of models with only a code, a name and a source."""

    list_columns = ["name", "code"]
    mobile_columns = {"name": "title", "code": "fact"}
    search_columns: list[str] = []
    order_columns = ["name", "code"]
    base_order = ("name", "asc")
    show_columns = ["code", "name", "source"]
    add_columns = ["code", "name", "source"]
    edit_columns = ["name", "source"]
    preload_options = True


class KecamatanView(_CodedReferenceView[Kecamatan]):
    datamodel = PortalInterface(Kecamatan)
    policy = KecamatanPolicy
    route_base = "/kecamatan"
    list_title = _l("Kecamatan")
    show_title = _l("Kecamatan")
    add_title = _l("Add kecamatan")
    edit_title = _l("Edit kecamatan")
    empty_hint = _l("The portal brings the three kecamatan of Bontang with it: run “siaga init”.")


class KelurahanView(PortalView[Kelurahan]):
    datamodel = PortalInterface(Kelurahan, eager=("kecamatan",))
    policy = KelurahanPolicy
    route_base = "/kelurahan"
    list_title = _l("Kelurahan")
    show_title = _l("Kelurahan")
    add_title = _l("Add kelurahan")
    edit_title = _l("Edit kelurahan")
    list_columns = ["name", "kecamatan", "aliases", "code"]
    mobile_columns = {"name": "title", "kecamatan": "fact", "aliases": "fact"}
    search_columns = ["kecamatan"]
    order_columns = ["name", "code"]
    base_order = ("name", "asc")
    show_columns = ["code", "name", "kecamatan", "aliases", "source"]
    add_columns = ["code", "name", "kecamatan", "aliases", "source"]
    edit_columns = ["name", "kecamatan", "aliases", "source"]
    add_service = staticmethod(services.add_kelurahan)
    edit_service = staticmethod(services.edit_kelurahan)
    preload_options = True
    empty_hint = _l("The portal brings the 15 kelurahan of Bontang with it: run “siaga init”.")


class PpksCategoryView(PortalView[PpksCategory]):
    datamodel = PortalInterface(PpksCategory)
    policy = PpksCategoryPolicy
    route_base = "/ppks-categories"
    list_title = _l("PPKS categories")
    show_title = _l("PPKS category")
    add_title = _l("Add PPKS category")
    edit_title = _l("Edit PPKS category")
    list_columns = ["code", "name", "abbreviation", "confidentiality"]
    mobile_columns = {"name": "title", "code": "fact", "confidentiality": "end"}
    search_columns = ["confidentiality"]
    order_columns = ["code", "name"]
    base_order = ("code", "asc")
    show_fieldsets = [
        (_l("Category"), {"fields": ["code", "name", "abbreviation", "note", "confidentiality"]}),
        (_l("Where it comes from"), {"fields": ["legal_basis", "valid_from", "valid_until", "source"]}),
    ]
    add_fieldsets = show_fieldsets
    edit_fieldsets = [
        (_l("Category"), {"fields": ["name", "abbreviation", "note", "confidentiality"]}),
        (_l("Where it comes from"), {"fields": ["legal_basis", "valid_from", "valid_until", "source"]}),
    ]
    field_width = {"valid_from": "half", "valid_until": "half"}
    option_label = "label"
    option_detail = "detailed_label"
    preload_options = True
    empty_hint = _l("The portal brings the 26 PPKS categories with it: run “siaga init”.")


class ProblemTagView(PortalView[ProblemTag]):
    datamodel = PortalInterface(ProblemTag)
    policy = ProblemTagPolicy
    route_base = "/problem-tags"
    list_title = _l("Problem tags")
    show_title = _l("Problem tag")
    add_title = _l("Add problem tag")
    edit_title = _l("Edit problem tag")
    list_columns = ["name", "confidentiality", "code"]
    mobile_columns = {"name": "title", "confidentiality": "end"}
    search_columns = ["confidentiality"]
    order_columns = ["name", "code"]
    base_order = ("name", "asc")
    show_columns = ["code", "name", "confidentiality", "source"]
    add_columns = ["code", "name", "confidentiality", "source"]
    edit_columns = ["name", "confidentiality", "source"]
    option_detail = "detailed_label"
    preload_options = True
    empty_hint = _l("Add the problems that clients come with, in the words of the office.")


class NeedKindView(_CodedReferenceView[NeedKind]):
    datamodel = PortalInterface(NeedKind)
    policy = NeedKindPolicy
    route_base = "/need-kinds"
    list_title = _l("Kinds of need")
    show_title = _l("Kind of need")
    add_title = _l("Add kind of need")
    edit_title = _l("Edit kind of need")
    empty_hint = _l("Add the kinds of help that partners give.")


class OfficeSettingView(PortalView[OfficeSetting]):
    datamodel = PortalInterface(OfficeSetting)
    policy = OfficeSettingPolicy
    route_base = "/office-settings"
    list_title = _l("Office settings")
    show_title = _l("Office setting")
    add_title = _l("Add office setting")
    edit_title = _l("Edit office setting")
    list_columns = ["parent_office", "valid_from", "valid_until", "signatory_name"]
    mobile_columns = {"parent_office": "title", "valid_from": "fact", "valid_until": "fact"}
    search_columns: list[str] = []
    order_columns = ["valid_from"]
    base_order = ("valid_from", "desc")
    show_fieldsets = [
        (_l("Period"), {"fields": ["valid_from", "valid_until"]}),
        (_l("Office"), {"fields": ["office_name", "parent_office", "address", "phone", "letterhead"]}),
        (_l("Signatory"), {"fields": ["signatory_name", "signatory_position", "signatory_nip"]}),
        (_l("Letters"), {"fields": ["letter_pattern", "letter_place", "letter_copies"]}),
        (_l("Aid"), {"fields": ["aid_check_above"]}),
        (_l("Where it comes from"), {"fields": ["source"]}),
    ]
    add_fieldsets = show_fieldsets
    edit_fieldsets = show_fieldsets
    field_width = dict.fromkeys(("valid_from", "valid_until", "letter_pattern", "letter_place"), "half")
    validators_columns = {"aid_check_above": [Optional()]}
    add_service = staticmethod(services.add_office_setting)
    edit_service = staticmethod(services.edit_office_setting)
    option_label = "office_name"
    preload_options = True
    empty_hint = _l("Add what the office is called, where it sits and who signs its letters.")


class HolidayView(PortalView[Holiday]):
    datamodel = PortalInterface(Holiday)
    policy = HolidayPolicy
    route_base = "/holidays"
    list_title = _l("Holidays")
    show_title = _l("Holiday")
    add_title = _l("Add holiday")
    edit_title = _l("Edit holiday")
    list_columns = ["name", "day"]
    mobile_columns = {"name": "title", "day": "fact"}
    search_columns = ["day"]
    order_columns = ["day", "name"]
    base_order = ("day", "desc")
    show_columns = ["day", "name", "source"]
    add_columns = ["day", "name", "source"]
    edit_columns = ["day", "name", "source"]
    empty_hint = _l("The portal brings the holidays of Indonesia with it: run “siaga init”.")
